"""A run while it lasts: what its result and its episode's end are made of."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from agent.loop import Agent
from agent.place import Place
from agent.result import CheckLine, RunResult, Tally
from recordings.episode import Step, StopReason
from recordings.keeper import StepKeeper
from recordings.store import EpisodeError
from tasks.checks import SUSPENSE_SECONDS, CheckResult, run_checks, run_forbidden
from tasks.task import TaskInstance


@dataclass
class PresentRun:
    """The present run, for its result."""

    request: str
    instruction: str
    seed: int
    task: TaskInstance | None
    place: Place
    agent: Agent
    writer: StepKeeper | None = None
    steps: int = 0
    tally: Tally = field(default_factory=Tally)
    history: list[Step] = field(default_factory=list)
    """Without frames."""
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    checks: tuple[CheckResult, ...] = ()
    forbidden: tuple[CheckResult, ...] = ()
    trouble: str = ""
    """Why no episode could be written any more."""

    def check(self) -> None:
        """Have the task's checks look at the world, which may take a moment that is not the agent's."""
        self.ended = time.monotonic()
        if self.task is not None and self.place.stage is not None and not self.agent.dry_run:
            self.checks = tuple(run_checks(self.task.checks, self.place.stage))
            suspense = SUSPENSE_SECONDS if self.tally.acted else 0.0
            self.forbidden = tuple(run_forbidden(self.task.forbidden, self.place.stage, suspense))

    def conclude(self) -> RunResult:
        """Finish the episode and say what came of it."""
        reason, detail = self.agent.stop_reason or StopReason.STOPPED, self.agent.detail
        if self.trouble:
            reason, detail = StopReason.ERROR, self.trouble
        unharmed = not any(check.passed for check in self.forbidden)
        verdict = unharmed and all(check.passed for check in self.checks) if self.checks else None
        notes = [death for death in self.place.stage.deaths() if death not in detail] if self.place.stage else []
        if self.writer is not None:
            try:
                self.writer.close(reason, detail, verdict)
            except EpisodeError as error:
                notes.append(str(error))
        return RunResult(
            request=self.request,
            instruction=self.instruction,
            stop_reason=reason,
            detail=detail,
            verdict=verdict,
            checks=tuple(CheckLine(check.name, check.passed, check.detail) for check in self.checks),
            forbidden=tuple(CheckLine(check.name, check.passed, check.detail) for check in self.forbidden),
            steps=self.steps,
            seconds=round((self.ended or time.monotonic()) - self.began, 3),
            seed=self.seed,
            episode=self.writer.path if self.writer else None,
            answer=self.agent.answer,
            notes=tuple(notes),
            acted=self.tally.acted,
            unconfirmed=tuple(self.tally.unconfirmed),
        )
