"""Corrections made while an episode is replayed: an episode of their own, each step beside what the model wanted."""

from __future__ import annotations

from pathlib import Path

from agent.replay.ground import GroundedStep
from recordings.action import Action, target_of
from recordings.episode import Outcome, Source, Step, StopReason
from recordings.keeper import StepKeeper
from recordings.provenance import is_trusted
from recordings.redaction import redact_header
from recordings.secrets.memory import Redactor
from recordings.secrets.rules import load_rules
from recordings.store import Episode, EpisodeWriter


class Corrections:
    """Begins its episode with the first correction; each one is on the disk once `add` returns."""

    def __init__(self, episode: Episode, root: Path, model: str) -> None:
        self._episode, self._root, self._model = episode, root, model
        self._writer: StepKeeper | None = None

    @property
    def path(self) -> Path | None:
        """The corrections' episode, once there is one."""
        return self._writer.path if self._writer is not None else None

    @property
    def count(self) -> int:
        return self._writer.steps if self._writer is not None else 0

    def add(self, grounded: GroundedStep, action: Action) -> Step:
        """Store what the model should have done in a recorded step's frame. Nothing was performed, so its outcome is a dry run.

        Raises:
            EpisodeError: it cannot be saved.
        """
        assert grounded.prediction is not None
        if self._writer is None:
            header = self._episode.header.model_copy(
                update={
                    "name": f"{self._episode.path.name}-corrected", "source": Source.CORRECTED, "model": self._model, "stop_reason": None,
                    "stop_detail": "", "verdict": None, "ended_at": None, "task": None,
                    "extra": {"corrects": self._episode.path.name},
                }
            )  # fmt: skip
            trusted = is_trusted(self._episode.path)
            redactor = Redactor(load_rules())
            self._writer = StepKeeper(
                EpisodeWriter.create(self._root, redact_header(header, redactor), rename=True, made_here=trusted), redactor
            )
        recorded, point = grounded.step, target_of(action)
        kept = recorded.element is not None and point is not None and recorded.element.box.contains(point)
        return self._writer.append(
            Step(
                index=self._writer.steps, prediction=grounded.prediction, action=action, source=Source.CORRECTED, outcome=Outcome.DRY_RUN,
                note=f"corrects step {recorded.index} of {self._episode.path.name}", window_title=recorded.window_title,
                element=recorded.element if kept else None, started_at=recorded.started_at, before=recorded.before,
            )
        )  # fmt: skip

    def close(self) -> None:
        """End the episode, if there is one. Raises EpisodeError where its end cannot be saved."""
        if self._writer is not None:
            self._writer.close(StopReason.DONE, f"{self.count} corrections")
