"""What came of a run: the agent's own word, and what the task's checks found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from recordings.action import Ask, Finish, Move, Wait
from recordings.episode import Outcome, Step, StopReason
from recordings.printable import counted
from vlm.planner.position import PlanLine

UNCONFIRMED_SHOWN = 3
REQUEST_SHOWN = 60
"""Characters of a request in the line for people."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One of the task's own checks: what it looked at, whether it held, and what it found."""

    name: str
    passed: bool
    detail: str = ""


@dataclass
class Tally:
    """What a run's steps brought about, as far as the screen showed it."""

    acted: int = 0
    """Steps that did something: waiting, asking and finishing do nothing."""
    unconfirmed: list[str] = field(default_factory=list)
    """Those after which the screen showed nothing new, in words."""

    def add(self, step: Step) -> None:
        if step.outcome is not Outcome.PERFORMED or isinstance(step.action, Ask | Finish | Move | Wait | None):
            return
        mark = step.prediction.plan
        if mark is not None and mark.about != "step":
            return
        self.acted += 1
        if step.changed is not True:
            self.unconfirmed.append(step.prediction.thought or str(step.action))
        elif step.prediction.thought in self.unconfirmed:  # tried again, and then it worked
            self.unconfirmed.remove(step.prediction.thought)
            self.acted -= 1


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that ended. `stop_reason` is why the agent ended it, `verdict` whether the task is really done."""

    request: str
    instruction: str
    stop_reason: StopReason
    detail: str
    verdict: bool | None
    """All checks hold and nothing forbidden does; None where the run had no task, or was interrupted."""
    checks: tuple[CheckLine, ...]
    steps: int
    seconds: float
    seed: int
    episode: Path | None
    answer: str = ""
    notes: tuple[str, ...] = ()
    """What happened around the run: an application that died, an episode that could not be finished."""
    acted: int = 0
    """Steps that did something on the screen."""
    unconfirmed: tuple[str, ...] = ()
    """Those after which the screen showed nothing new."""
    forbidden: tuple[CheckLine, ...] = ()
    """What must not hold, and whether it does."""
    plan: tuple[PlanLine, ...] = ()
    """What was planned and what became of it; empty for engines that plan as they go."""

    unheeded: tuple[str, ...] = ()
    """What the person said and no planned step did anything about, where the plan was carried out all the same."""

    @property
    def success(self) -> bool:
        """The checks' verdict, or the agent's word where there are no checks."""
        return self.stop_reason is StopReason.DONE if self.verdict is None else self.verdict

    @property
    def unchecked(self) -> bool:
        """Whether it is done by the agent's own word alone."""
        return self.verdict is None and self.stop_reason is StopReason.DONE

    @property
    def sign(self) -> str:
        """`✓`: done, as its checks found; `✗`: not done; `?`: said to be done, and nothing checked it."""
        return "?" if self.unchecked else "✓" if self.success else "✗"

    @property
    def confirmation(self) -> str:
        """What the screen confirmed of an unchecked run, and what not, in words."""
        skipped = [str(line.step) for line in self.plan if line.status == "skipped"]
        left_out = f"; skipped: {'; '.join(skipped)}" if skipped else ""
        left_out += f"; nothing was done about {', '.join(f'“{word}”' for word in self.unheeded)}" if self.unheeded else ""
        if not self.acted:
            return "nothing was done on the screen" + left_out
        words = f"the screen changed after {self.acted - len(self.unconfirmed)} of {self.acted} actions"
        return words + (f", not after: {'; '.join(self.unconfirmed[:UNCONFIRMED_SHOWN])}" if self.unconfirmed else "") + left_out

    def line(self) -> str:
        """One line for people: verdict, request, reason, steps, seconds."""
        request = Path(self.request).name if self.request.endswith((".yaml", ".yml")) else self.request
        request = request if len(request) <= REQUEST_SHOWN else request[: REQUEST_SHOWN - 1] + "…"
        word = f"the model says done, unchecked; {self.confirmation}" if self.unchecked else f"{self.stop_reason}"
        reason = word + (f" ({self.detail})" if self.detail and self.detail != self.stop_reason else "")
        if self.verdict is not None and self.verdict is not (self.stop_reason is StopReason.DONE):
            reason += f", and {sum(check.passed for check in self.checks)} of {len(self.checks)} checks hold"
        if broken := [check.detail for check in self.forbidden if check.passed]:
            reason += f"; what must not be: {broken[0]}"
        return " ".join(f"{self.sign} {request}: {reason}, {counted(self.steps, 'step')}, {self.seconds:.1f} s".split())

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for `--json`."""
        found = asdict(replace(self, plan=())) | {"plan": [line.to_json() for line in self.plan]}
        return {
            "success": self.success,
            "checked": self.verdict is not None,
            **found,
            "stop_reason": self.stop_reason.value,
            "episode": str(self.episode) if self.episode else None,
        }
