"""Runs as plain lines, for terminals, pipes and logs without a TUI."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from agent.stop import Position, StopSwitch
from recordings.action import Move, Wait
from recordings.episode import Outcome, Source, Step
from recordings.printable import printable

if TYPE_CHECKING:
    from agent.result import RunResult
    from vlm.planner.position import PlanLine

THOUGHT_SHOWN = 80
"""Characters of a thought that a line shows."""


class PlainPrinter:
    """Prints each step and each result as it comes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._context = ""
        self._awaited: str | None = None
        self._waits: str | None = None

    def line(self, text: str) -> None:
        """One line at once, whatever the stream's buffering; a character that the terminal lacks, or would obey, is replaced."""
        encoding, text = getattr(self._stream, "encoding", None) or "utf-8", printable(text)
        try:
            print(text.encode(encoding, "replace").decode(encoding), file=self._stream, flush=True)
        except OSError:  # nobody reads it: that ends a command, but not the threads that record and clean up
            if threading.current_thread() is threading.main_thread():
                raise

    def notice(self, text: str) -> None:
        self.line(f"· {text}")

    def begin(self, request: str) -> None:
        """A run is about to begin; `beginning` will say of what."""
        self._awaited = request

    def beginning(self, instruction: str, plan: Sequence[PlanLine]) -> None:
        """What is to be done and the plan for it, once for each `begin`, before anything moves."""
        request, self._awaited = self._awaited, None
        if request is None:
            return
        self.line(f"{request}: {instruction}" if instruction != request else request)
        for number, line in enumerate(plan, 1):
            self.line(f"{number:5d}. {line.step}")

    def step(self, step: Step) -> None:
        """A line; what is waited for is told once, however often it is looked for."""
        waits = step.prediction.thought if isinstance(step.action, Wait | Move) and step.prediction.thought.strip() else None
        if waits is None or waits != self._waits:
            self.line(describe_step(step))
        self._waits = waits
        used, limit = step.prediction.context_used, step.prediction.context_limit
        if used is not None:
            self._context = f"context: {used:,}{f' of {limit:,}' if limit else ''} tokens at the last step"

    def result(self, result: RunResult) -> None:
        for check in result.checks:
            self.line(f"  {'✓' if check.passed else '✗'} {check.name}" + (f": {check.detail}" if check.detail else ""))
        for number, planned in enumerate(result.plan, 1):
            if planned.status not in ("done", "skipped"):
                self.line(f"{number:5d}. {planned.step}: not done")
        for note in result.notes:
            self.notice(note)
        self.line(result.line())
        if self._context:
            self.line(f"  {self._context}")
            self._context = ""
        if result.episode is not None:
            self.line(f"  episode: {result.episode}")

    def summary(self, results: Iterable[RunResult]) -> None:
        """One line on several runs."""
        every = list(results)
        self.line(
            f"{sum(result.success for result in every)} of {len(every)} succeeded, {sum(result.steps for result in every)} steps, "
            f"{sum(result.seconds for result in every):.1f} s"
        )


def describe_step(step: Step) -> str:
    """A step as one line: number, seconds, action, outcome, thought, note."""
    seconds = sum(step.seconds.values())
    action = str(step.action) if step.action is not None else f"no action: {_one_line(step.prediction.text, THOUGHT_SHOWN)!r}"
    if step.element is not None and (step.element.name or step.element.role):
        action += f" on {' '.join(filter(None, (step.element.role, repr(step.element.name) if step.element.name else '')))}"
    parts = [f"{step.index + 1:3d} {seconds:6.2f} s  {action}"]
    if step.outcome is not Outcome.PERFORMED:
        parts.append(f"[{step.outcome}]")
    if step.source is Source.CORRECTED:
        parts.append(f"[corrected; wanted {step.prediction.action or 'no action'}]")
    if step.prediction.thought:
        parts.append(f"“{_one_line(step.prediction.thought, THOUGHT_SHOWN)}”")
    if step.note:
        parts.append(f"({_one_line(step.note, 2 * THOUGHT_SHOWN)})")
    return "  ".join(parts)


def _one_line(text: str, length: int) -> str:
    flat = printable(" ".join(text.split()))
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def resume_on_enter(switch: StopSwitch, printer: PlainPrinter) -> None:
    """Say when a run is paused, and let it go on once somebody presses Enter at this terminal."""

    # In a thread of its own: a terminal that takes no output must not hold up an emergency stop.
    switch.subscribe(
        lambda position, reason: (
            threading.Thread(target=_wait_for_enter, args=(switch, reason, printer), daemon=True).start()
            if position is Position.PAUSED
            else None
        )
    )


def _wait_for_enter(switch: StopSwitch, reason: str, printer: PlainPrinter) -> None:
    at_terminal = sys.stdin.isatty()
    printer.notice(
        f"paused: {reason} ({'Enter goes on, Ctrl-C ends it' if at_terminal else 'nobody is at a terminal to go on: Ctrl-C ends it'})"
    )
    while at_terminal and switch.paused:
        if _enter_pressed(0.1):
            switch.resume()


def _enter_pressed(timeout: float) -> bool:
    if sys.platform == "win32":
        import msvcrt

        return _typed(timeout) and msvcrt.getwch() in "\r\n"
    return _typed(timeout) and bool(sys.stdin.readline())


def read_line(ended: Callable[[], bool]) -> str:
    """What is typed at this terminal up to Enter; raises EOFError at its end, and once nobody needs an answer any more.

    An emergency stop must end a run that waits for an answer, and a thread that is inside `input` cannot be woken.
    """
    while not _typed(0.1):
        if ended():
            raise EOFError
    return input()


def forget_typed() -> None:
    """Drop what was typed at this terminal so far: it was no answer to a question that is only now put."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios

    with suppress(termios.error, OSError, ValueError):  # it is no terminal
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def _typed(timeout: float) -> bool:
    """Wait until there is something to read: on Windows a key, elsewhere a whole line or the end."""
    if sys.platform == "win32":
        import msvcrt

        time.sleep(timeout)
        return msvcrt.kbhit()
    import select

    try:
        return bool(select.select([sys.stdin], [], [], timeout)[0])
    except (OSError, ValueError):  # no file: reading it says what is wrong
        return True
