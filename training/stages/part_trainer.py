"""transformers' Trainer for a model of which only a part is trained: its checkpoints hold that part, and what made it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, Trainer
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from training.stages.result import write_trained
from vlm.writing import writing

DISK_ADVICE = "free some space and resume from its last checkpoint, if it has one"


class Clock:
    """How long a run has taken, and how far it has come: by the clock where it has minutes, else by its steps. Goes on after a stop.

    Args:
        before: minutes that it had taken before it was stopped.
    """

    def __init__(self, minutes: float | None, steps: int, before: float = 0.0) -> None:
        self.minutes, self.steps, self.before = minutes, steps, before
        self.began: float | None = None

    @property
    def spent(self) -> float:
        """Minutes."""
        return self.before + ((time.monotonic() - self.began) / 60 if self.began is not None else 0.0)

    @property
    def is_up(self) -> bool:
        return self.minutes is not None and self.spent >= self.minutes

    def share(self, step: int) -> float:
        """What part of the run is done, from 0."""
        done = step / self.steps
        return done if self.minutes is None else max(self.spent / self.minutes, done)


class PartTrainer(Trainer):
    """A loss that the model tells as a mean, and checkpoints of what is trained alone; `about` lies beside them."""

    def __init__(self, about: dict[str, Any], clock: Clock, **options: Any) -> None:
        super().__init__(**options)
        self.about, self.clock = about, clock
        self.trained = [name for name, value in self.model.named_parameters() if value.requires_grad]
        self.model_accepts_loss_kwargs = False
        self.remove_callback(PrinterCallback)

    def train(self, *arguments: Any, **more: Any) -> Any:
        self.clock.began = time.monotonic()
        return super().train(*arguments, **more)

    def count_minutes(self) -> None:
        """Note how long it took so far, what was done before a stop included."""
        self.about["minutes"] = round(self.clock.spent, 2)

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Those that lie there, each with its step, the last one last."""
        found = [(path.name.rpartition("-")[2], path) for path in Path(self.args.output_dir).glob(f"{PREFIX_CHECKPOINT_DIR}-*")]
        return sorted((int(step), path) for step, path in found if step.isdecimal())

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        folder = Path(self.args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        before = [path for step, path in self.checkpoints() if step < self.state.global_step]
        try:
            with writing(folder, f"free some space and {f'resume from {before[-1]}' if before else 'start again'}"):
                super()._save_checkpoint(model, trial)
        except Exception:
            # Half of one looks like a whole one to a person.
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        state = self.model.state_dict() if state_dict is None else state_dict
        self.count_minutes()
        write_trained({name: state[name] for name in self.trained}, self.about, Path(output_dir or self.args.output_dir))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Nothing: the trained weights were put in before anything was wrapped or sharded."""
