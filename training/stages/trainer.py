"""One fine-tuning stage: transformers' Trainer over packed rows, measured on what is held out, with exact resume."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.utils.data import SequentialSampler
from transformers import TrainerCallback, TrainingArguments

from recordings.errors import DeskhandError
from training.commit import makers
from training.stages.data import RowOrder
from training.stages.kinds import Answers, Rates, check_kept, told
from training.stages.model import StageModel
from training.stages.part_trainer import DISK_ADVICE, Clock, PartTrainer
from training.stages.prepare import Prepared, planned_steps, prepare, steps_of, translated
from training.stages.result import check_same, check_whole, load_trained, read_about, write_result
from training.stages.settings import StageSettings
from vlm.writing import writing


class StageTrainer(PartTrainer):
    """Trainer for `StageModel`: rows instead of tensors, and a loss that stays finite."""

    def __init__(self, about: dict[str, Any], model: StageModel, args: TrainingArguments, rows: RowOrder, **options: Any) -> None:
        clock = Clock(None, args.max_steps, float(about.get("minutes", 0.0)))
        super().__init__(about, clock, model=model, args=args, train_dataset=rows, data_collator=lambda given: {"rows": given}, **options)
        self._answers, self.measured_at = Answers(), -1
        self.rates: Rates = {}
        self._names: list[str] = []

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        losses = model(rows=inputs["rows"])
        loss = losses["loss"]
        self._names = [name for row in inputs["rows"] for name in row.names[:3]]
        self._must_be_finite(loss.detach(), "loss")
        return (loss, losses) if return_outputs else loss

    def _clip_grad_norm(self, model: Any) -> Any:
        norm = super()._clip_grad_norm(model)
        # Before the step is made: otherwise the weights, and the next checkpoint with them, would be spoiled.
        self._must_be_finite(torch.as_tensor(norm), "gradient")
        return norm

    def _must_be_finite(self, value: torch.Tensor, what: str) -> None:
        if bool(value.isfinite()):
            return
        # A loss is that of the weights as they are now: a checkpoint of this very step holds the same ones.
        good = [path for step, path in self.checkpoints() if step < self.state.global_step + (what != "loss")]
        left = f"{good[-1]} is kept" if good else "no good checkpoint was saved yet"
        raise DeskhandError(f"the {what} is not finite at step {self.state.global_step} ({', '.join(self._names)}): lower the rate; {left}")

    def check_end(self) -> None:
        """Raise DeskhandError where the weights have no finite loss after the last step, which no other step looks at."""
        row = self.train_dataset[0]
        self._names = row.names[:3]
        self._must_be_finite(self.prediction_step(self.model_wrapped, {"rows": [row]})[0], "loss")

    def prediction_step(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> tuple[Any, None, None]:
        (row,) = inputs["rows"]
        base = self.model.base
        with torch.no_grad(), self.compute_loss_context_manager(), self._answers.looking(base.lm_head, row):
            return model(rows=inputs["rows"])["loss"].float(), None, None

    def evaluate(self, *arguments: Any, **more: Any) -> dict[str, float]:
        """As the library does it, and by kinds: `rates` are those of the last time, after the step `measured_at`; the first time's
        stay in `about`."""
        self._answers = Answers()
        measured = super().evaluate(*arguments, **more)
        self.measured_at = self.state.global_step
        self.rates = self._answers.rates()
        self.about.setdefault("before", self.rates)
        if self.is_world_process_zero():
            print(f"held out: {told(self.rates)}", file=sys.stderr, flush=True)
        return measured

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return SequentialSampler(train_dataset or self.train_dataset)

    def _prepare_inputs(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return inputs  # rows find their device themselves


class _Progress(TrainerCallback):
    """A line with the loss and the time left each time something is logged, and the end when the time is up."""

    def __init__(self, minutes: float | None) -> None:
        self.began, self.first, self.minutes = time.monotonic(), 0, minutes

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.began, self.first = time.monotonic(), state.global_step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self.minutes is None:
            return
        over = torch.tensor(float(time.monotonic() - self.began > 60 * self.minutes), device=args.device)
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(over, dist.ReduceOp.MAX)  # one that stops alone would leave the others waiting
        if bool(over):
            control.should_save = control.should_training_stop = control.should_log = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if not state.is_world_process_zero or not logs:
            return
        if "loss" in logs:
            done = max(state.global_step - self.first, 1)
            spent = time.monotonic() - self.began
            left = spent / done * (state.max_steps - state.global_step)
            if self.minutes is not None:
                left = min(left, max(60 * self.minutes - spent, 0.0))
            step = f"step {state.global_step} of {state.max_steps}"
            print(f"{step}, {left / 60:.1f} min left: loss {logs['loss']:.4g}", file=sys.stderr, flush=True)
        elif "eval_loss" in logs:
            print(f"step {state.global_step}: held out {logs['eval_loss']:.4g}", file=sys.stderr, flush=True)


def run_stage(settings: StageSettings, out: Path, resume: Path | None = None) -> dict[str, Any]:
    """Train the stage; the result lies in `out`: an adapter in peft's layout, or a whole checkpoint.

    Args:
        resume: a `checkpoint-…` folder of the same stage: its losses go on as if it had never stopped.

    Raises:
        DeskhandError: see `prepare`; the loss or the gradient is not finite; memory or disk does not suffice.
    """
    known: dict[str, Any] = {}
    if resume is not None:
        check_whole(resume)
        known = read_about(resume)
    ready = prepare(settings)
    made = ready.train
    if settings.aim is not None:
        steps = int(known["settings"]["steps"]) if known else planned_steps(settings, ready)
        settings = settings.model_copy(update={"steps": steps})
    about: dict[str, Any] = {
        "settings": settings.model_dump(mode="json"), "data": made.fingerprint, "records": made.records,
        "left_out": dict(made.dropped), "steps_left_out": dict(ready.dropped),
        "held_out_left_out": dict(ready.held_out.dropped + ready.held_out_dropped), "base": str(ready.checkpoint.folder.name),
        **makers(),
    }  # fmt: skip
    if resume is not None:
        check_same(resume, about)
        load_trained(ready.model, resume)
        about |= {name: known[name] for name in ("before", "minutes") if name in known}
    with writing(out, DISK_ADVICE):
        trainer = _trainer(settings, ready, about, out)
        if trainer.is_world_process_zero():
            print("\n".join(ready.lines()), file=sys.stderr, flush=True)
        with translated(settings, made):
            trainer.train(resume_from_checkpoint=str(resume) if resume is not None else None)
            trainer.check_end()
            trainer.count_minutes()
            about["steps"] = trainer.state.global_step
            if ready.held_out.rows:
                if trainer.measured_at != trainer.state.global_step:
                    trainer.evaluate()
                about["after"] = trainer.rates
                if trainer.args.world_size == 1:  # of several each has measured its share alone
                    check_kept(about["before"], about["after"])
            state = trainer.accelerator.get_state_dict(trainer.model_wrapped) if trainer.is_fsdp_enabled else ready.model.state_dict()
        if trainer.is_world_process_zero():
            write_result(ready, about, state, out, settings.trains == "lora")
    history = trainer.state.log_history
    losses = [entry["loss"] for entry in history if "loss" in entry]
    measured = [entry["eval_loss"] for entry in history if "eval_loss" in entry]
    ended = {"process": trainer.args.process_index, "steps": trainer.state.global_step, "of_steps": trainer.state.max_steps}
    ended |= {"before": about.get("before", {}), "after": about.get("after", {})}
    return ended | {"first_loss": losses[0], "last_loss": losses[-1], "losses": losses, "held_out": measured, "out": str(out)}


def _trainer(settings: StageSettings, ready: Prepared, about: dict[str, Any], out: Path) -> StageTrainer:
    measured = ready.held_out.rows
    narrow = torch.cuda.is_available() if settings.bfloat16 is None else settings.bfloat16
    arguments = TrainingArguments(
        output_dir=str(out), per_device_train_batch_size=settings.rows, per_device_eval_batch_size=1,
        gradient_accumulation_steps=settings.accumulate, learning_rate=settings.rate, lr_scheduler_type="cosine", max_grad_norm=1.0,
        weight_decay=0.0, save_steps=settings.save_every, save_total_limit=2, logging_steps=settings.log_every,
        eval_strategy="steps" if measured else "no", eval_steps=settings.measure_every, eval_on_start=bool(measured),
        prediction_loss_only=True, seed=settings.seed, data_seed=settings.seed, remove_unused_columns=False, report_to=["tensorboard"],
        disable_tqdm=True, bf16=narrow, use_cpu=not torch.cuda.is_available(), dataloader_num_workers=0,
        save_only_model=False, ddp_find_unused_parameters=False,
    )  # fmt: skip
    steps = steps_of(settings, len(ready.train.rows), arguments.world_size)
    arguments.max_steps, arguments.warmup_steps = steps, math.ceil(settings.warmup * steps)
    arguments.logging_steps = min(settings.log_every, steps)  # a short run has a loss to tell, too
    rows = RowOrder(ready.train.rows, settings.seed, steps * settings.rows * settings.accumulate * arguments.world_size)
    trainer = StageTrainer(
        about, ready.model, arguments, rows, eval_dataset=RowOrder(measured, settings.seed, len(measured)) if measured else None
    )
    trainer.add_callback(_Progress(settings.minutes))
    return trainer
