"""One noun for every front end: a session wires model, desktop, task and store, and runs them as steps.

with Session(settings, watcher=show) as session:
    for step in session.run("sum"):
        ...
    print(session.result.line())
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from agent.approval import Person
from agent.protocols import Desktop, Policy, Watcher
from agent.settings import Settings
from agent.stop import StopSwitch
from recordings.episode import Step, StopReason


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One of the task's own checks: what it looked at, whether it held, and what it found."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run: the agent's own word (`stop_reason`) and what the task's checks found (`verdict`)."""

    request: str
    instruction: str
    stop_reason: StopReason
    detail: str
    verdict: bool | None
    """All checks hold; None where the run had no task."""
    checks: tuple[CheckLine, ...]
    steps: int
    seconds: float
    seed: int
    episode: Path | None
    answer: str = ""
    notes: tuple[str, ...] = field(default=())
    """What happened around the run: an application that died, an episode that could not be written."""

    @property
    def success(self) -> bool:
        """The checks' verdict, or the agent's word where there are no checks."""
        raise NotImplementedError

    def line(self) -> str:
        """One line for people: verdict, request, steps, seconds, reason."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for `--json`."""
        raise NotImplementedError


class Session:
    """Holds what is expensive (the model) across runs and opens what is not (the desktop) for each run.

    Not thread-safe but for `switch`: create it, iterate `run` and close it in one thread (child processes of a virtual desktop die with
    the thread that started them). A front end with an event loop runs all of it in one worker thread and only turns `switch` from others.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        person: Person | None = None,
        watcher: Watcher | None = None,
        notice: Callable[[str], None] | None = None,
        policy: Policy | None = None,
        desktop: Desktop | None = None,
    ) -> None:
        """
        Args:
            settings: may be replaced between runs by assigning `session.settings`.
            person: answers approvals and questions; without one, what needs approval is refused and the run ends as refused.
            watcher: told of each phase, from the run's thread.
            notice: receives one line of progress ("loading the model", "paused: you moved the mouse"), from any thread.
            policy: instead of the model that the settings name (tests, replay).
            desktop: instead of the one that the settings name (tests); the session does not close it.
        """
        self.settings = settings
        self.switch = StopSwitch()
        self.result: RunResult | None = None
        """Set when `run` ends, however it ends; None while it runs."""

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        self.close()

    def prepare(self) -> None:
        """Load the model now instead of at the first run. Raises DeskhandError where it cannot be."""
        raise NotImplementedError

    def run(self, request: str) -> Iterator[Step]:
        """Run a task (its name, or the path of a YAML file) or a free instruction, and yield each step once it is saved.

        Leaving the iteration early, an exception and Ctrl-C all end the run cleanly: keys released, the virtual desktop and its
        processes gone, the episode finished and `result` set.

        Raises:
            DeskhandError: the run could not begin (no display, unknown task, broken weights).
        """
        raise NotImplementedError

    def close(self) -> None:
        """Let go of everything. Never raises; may be called twice."""
        raise NotImplementedError
