"""What came of a run: the agent's own word, and what the task's checks found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recordings.episode import StopReason

REQUEST_SHOWN = 60
"""Characters of a request in the line for people."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One of the task's own checks: what it looked at, whether it held, and what it found."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that ended. `stop_reason` is why the agent ended it, `verdict` whether the task is really done."""

    request: str
    instruction: str
    stop_reason: StopReason
    detail: str
    verdict: bool | None
    """All checks hold; None where the run had no task, or was interrupted."""
    checks: tuple[CheckLine, ...]
    steps: int
    seconds: float
    seed: int
    episode: Path | None
    answer: str = ""
    notes: tuple[str, ...] = ()
    """What happened around the run: an application that died, an episode that could not be finished."""

    @property
    def success(self) -> bool:
        """The checks' verdict, or the agent's word where there are no checks."""
        return self.stop_reason is StopReason.DONE if self.verdict is None else self.verdict

    def line(self) -> str:
        """One line for people: verdict, request, reason, steps, seconds."""
        request = Path(self.request).name if self.request.endswith((".yaml", ".yml")) else self.request
        request = request if len(request) <= REQUEST_SHOWN else request[: REQUEST_SHOWN - 1] + "…"
        reason = f"{self.stop_reason}" + (f" ({self.detail})" if self.detail and self.detail != self.stop_reason else "")
        if self.verdict is not None and self.verdict is not (self.stop_reason is StopReason.DONE):
            reason += f", and {sum(check.passed for check in self.checks)} of {len(self.checks)} checks hold"
        return " ".join(f"{'✓' if self.success else '✗'} {request}: {reason}, {self.steps} steps, {self.seconds:.1f} s".split())

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for `--json`."""
        found = asdict(self)
        return {
            "success": self.success,
            **found,
            "stop_reason": self.stop_reason.value,
            "episode": str(self.episode) if self.episode else None,
        }
