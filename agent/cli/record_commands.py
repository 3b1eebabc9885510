"""`deskhand record`: opens what is recorded, tells what happens, and ends the episode."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from agent.cli.arguments import UsageError
from agent.cli.plain import PlainPrinter, describe_step
from agent.settings import Settings
from agent.undisturbed import undisturbed
from recordings.episode import Display, EpisodeHeader, Source, Step, StopReason
from recordings.names import ADVICE, is_name, normal
from recordings.printable import counted
from recordings.redaction import redact_header
from recordings.secrets.memory import Redactor
from recordings.secrets.rules import load_rules
from recordings.store import EpisodeWriter, default_root

if TYPE_CHECKING:
    from agent.permissions.effective import Permissions
    from agent.recorder.recorder import Recorder
    from agent.screen import Screen
    from agent.world import VirtualWorld
    from tasks.task import TaskInstance


def record(arguments: argparse.Namespace, settings: Settings) -> int:
    """Record until the hotkey, Ctrl-C, or the end of what is recorded."""
    if not is_name(normal(arguments.name)):  # before a desktop is started for it
        raise UsageError(f"an episode cannot be called {arguments.name!r}: {ADVICE}")
    if not arguments.task.strip():
        raise UsageError('--task is empty: say what you are about to do, as in --task "file the invoice"')
    rules = Redactor(load_rules(arguments.rules))
    permissions = _open_permissions(settings)
    task = _find_task(arguments.task, settings)
    kind = settings.desktop_for(task is not None)
    printer = PlainPrinter(sys.stderr if arguments.json else sys.stdout)
    with ExitStack() as cleanup:
        display, bus, world = None, None, None
        if kind == "virtual":
            display, bus, world = _open_virtual(settings, task, cleanup, printer)
        else:
            from agent.place import refuse_wayland

            refuse_wayland()
        from agent.screen import Screen

        screen = Screen(
            display, monitor=settings.monitor, region=settings.region, window=settings.window, permissions=permissions
        )  # fmt: skip
        cleanup.callback(screen.close)
        rules.learn_from(task.instruction if task else arguments.task)
        header = redact_header(_header(arguments.name, task.instruction if task else arguments.task, task, kind, settings, screen), rules)
        writer = EpisodeWriter.create((settings.episodes or default_root()).expanduser(), header)
        with writer:
            recorder = _start(screen, writer, rules, display, bus, settings, printer)
            try:
                _announce(recorder, writer, display, printer)
                while not recorder.wait(0.5):
                    pass
            except KeyboardInterrupt:
                pass  # an ordinary way to end a recording
            finally:
                with undisturbed():
                    recorder.stop()
                    _conclude(recorder, task, world)
        found = {"episode": str(writer.path), "steps": writer.steps, "events": recorder.heard, "left_out": recorder.left_out,
                 "stopped": writer.header.stop_detail, "verdict": writer.header.verdict}  # fmt: skip
    if recorder.left_out:
        printer.notice(f"{recorder.left_out} actions were left out: outside of what is recorded, or with side buttons")
    if recorder.failure is not None:
        printer.notice(f"{recorder.failure}; what was recorded until then is saved")
    printer.line(f"{counted(writer.steps, 'step')} in {writer.path}")
    if arguments.json:
        print(json.dumps(found))
    return 1 if recorder.failure is not None else 0


def _open_permissions(settings: Settings) -> Permissions:
    from agent.cli.commands import console_person
    from agent.permissions.opening import open_permissions

    return open_permissions(settings.permissions, console_person(PlainPrinter(sys.stderr), lambda: False))


def _find_task(text: str, settings: Settings) -> TaskInstance | None:
    from agent.cli.commands import console_person
    from agent.consent import before_run
    from tasks.catalogue import registered_tasks

    if not (text.endswith((".yaml", ".yml")) or text in registered_tasks()):
        return None
    agreed = before_run(text, True, settings, console_person(PlainPrinter(sys.stderr), lambda: False))
    return agreed.instantiate(settings.seed) if agreed is not None else None


def _open_virtual(
    settings: Settings, task: TaskInstance | None, cleanup: ExitStack, printer: PlainPrinter
) -> tuple[str, str, VirtualWorld]:
    from agent.place import Stage, open_programs, start_virtual
    from tasks.prepare import prepare

    virtual = cleanup.enter_context(start_virtual(settings, task is not None and task.needs_network, printer.notice))
    stage = Stage(virtual)
    cleanup.callback(stage.close)
    open_programs(settings.open, stage, virtual)
    if task is not None:
        prepare(task, stage)
    return virtual.display, virtual.env["DBUS_SESSION_BUS_ADDRESS"], stage


def _header(name: str, instruction: str, task: TaskInstance | None, kind: str, settings: Settings, screen: Screen) -> EpisodeHeader:
    area = screen.grab().to_transform()
    return EpisodeHeader(
        name=name,
        instruction=instruction,
        task=task.name if task else None,
        source=Source.HUMAN,
        platform=f"{platform.system()} {platform.release()}",
        displays=[Display(left=area.left, top=area.top, width=area.width, height=area.height, scale=area.scale)],
        extra={"desktop": kind, **({"seed": settings.seed} if task else {})},
    )


def _start(
    screen: Screen, writer: EpisodeWriter, rules: Redactor, display: str | None, bus: str | None, settings: Settings, printer: PlainPrinter
) -> Recorder:
    from agent.frame_reader import FrameReader
    from agent.recorder.naming import Namer
    from agent.recorder.recorder import Recorder
    from vlm.reading.reader import open_reader

    lock = threading.Lock()

    def status(step: Step) -> None:
        hidden = sorted({one.kind for one in step.hidden or ()})
        with lock:
            printer.line(describe_step(step) + (f"  [hidden: {', '.join(hidden)}]" if hidden else ""))

    def obey(name: str) -> None:
        if name == "note" and sys.stdin.isatty():
            threading.Thread(target=_read_note, args=(recorder, printer), daemon=True).start()
        elif name in ("pause", "note"):
            printer.notice("paused" if recorder.paused else "recording")
        elif name == "undo":
            printer.notice("the last step is taken back")

    recorder = Recorder(
        screen,
        writer,
        rules,
        display=display,
        session_bus=bus,
        window=settings.window,
        on_step=status,
        on_command=obey,
        name_at=Namer(lambda: open_reader(settings.lang, threads=1), rules),  # the applications need the other cores
        read=FrameReader(lambda: open_reader(settings.lang, threads=1)),
    )
    recorder.start()
    return recorder


def _announce(recorder: Recorder, writer: EpisodeWriter, display: str | None, printer: PlainPrinter) -> None:
    from agent.recorder.recorder import HOTKEYS

    keys = ", ".join(f"{'+'.join(combination)} {_WORDS[name]}" for name, combination in HOTKEYS.items())
    printer.notice(f"recording {writer.path.name}{f' on the virtual display {display}' if display else ''}: {keys}")
    if recorder.witness.trouble:
        printer.notice(f"password fields cannot be told apart here, for {recorder.witness.trouble}: type no passwords while recording")


_WORDS = {"stop": "stops", "pause": "pauses and goes on", "undo": "takes the last step back", "note": "asks for a note here"}


def _read_note(recorder: Recorder, printer: PlainPrinter) -> None:
    printer.notice("paused; write what the next step is for, then Enter, go back, and press ctrl+alt+p to go on:")
    recorder.note(sys.stdin.readline().strip())


def _conclude(recorder: Recorder, task: TaskInstance | None, world: VirtualWorld | None) -> None:
    verdict = None
    if task is not None and world is not None and recorder.failure is None:
        from tasks.checks import run_checks

        verdict = all(check.passed for check in run_checks(task.checks, world))
    failure = recorder.failure
    recorder.scribe.close(StopReason.DONE if failure is None else StopReason.ERROR, str(failure or ""), verdict, recorder.note_left)
