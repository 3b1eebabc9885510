"""Train the planner: transformers' Trainer over batches that are made as they are needed, by the clock where minutes are given."""

from __future__ import annotations

import hashlib
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import TrainerCallback, TrainingArguments

from recordings.errors import DeskhandError
from training.commit import makers
from training.datasets.episode_plans import Lessons, read_lessons
from training.evaluation.planner import read_sentences
from training.generate.instructions.pairs import pairs
from training.optimizing import fast_bfloat16, rate_at
from training.stages.pairs import write_pairs
from training.stages.part_trainer import DISK_ADVICE, Clock, PartTrainer
from training.stages.result import ABOUT, check_whole, load_trained, read_about, write_about
from training.stages.text.measure import measure
from training.stages.text.model import TextModel, prepare_text
from training.stages.text.rows import Batch, Encoder, Stream, in_batches
from training.stages.text.settings import TextSettings
from training.stages.text.taught import Taught
from vlm.adapters import read_adapter
from vlm.bounds import read_tokenizer
from vlm.planner.load import shipped_adapter
from vlm.planner.shown import shown_with, write_shown
from vlm.writing import writing

TAUGHT = "taught"
"""Of what is measured on: what the episodes show."""
NOISE = 0.01
"""By how much a loss may rise without a word."""
HELD_OUT_SEED = 1_000_003
"""Of the made pairs that are only measured on."""


class TextTrainer(PartTrainer):
    """Trainer for `TextModel`, over batches without end."""

    def __init__(
        self, about: dict[str, Any], stream: Stream, settings: TextSettings, held_out: dict[str, list[Batch]], **options: Any
    ) -> None:
        clock = Clock(settings.minutes, settings.steps, float(about.get("minutes", 0.0)))
        super().__init__(about, clock, train_dataset=stream, data_collator=as_it_is, **options)
        self.stream, self.settings, self.held_out = stream, settings, held_out
        self.seen = self.right = self.counted = torch.zeros((), dtype=torch.long)

    def get_train_dataloader(self) -> DataLoader:
        workers = self.settings.workers
        return DataLoader(self.stream, batch_size=None, collate_fn=as_it_is, num_workers=workers, prefetch_factor=4 if workers else None)

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        warmup, clock = self.settings.warmup, self.clock
        self.lr_scheduler = LambdaLR(optimizer or self.optimizer, lambda step: rate_at(clock.share(step), warmup))
        return self.lr_scheduler

    def compute_loss(self, model: Any, inputs: dict[str, Tensor], return_outputs: bool = False, **_: Any) -> Any:
        made = model(**inputs)
        with torch.no_grad():
            self.seen = self.seen + inputs["ids"].numel()
            self.right, self.counted = (
                self.right.to(made["right"].device) + made["right"],
                self.counted.to(made["tokens"].device) + made["tokens"],
            )
        return (made["loss"], made) if return_outputs else made["loss"]

    def _prepare_inputs(self, inputs: Batch) -> dict[str, Tensor]:
        return {name: torch.from_numpy(value).to(self.args.device).long() for name, value in inputs.items()}

    @torch.no_grad()
    def losses(self) -> dict[str, float]:
        """The mean loss of the answers' tokens on each held-out set."""
        found = {}
        self.model.eval()
        for name, batches in self.held_out.items():
            total = tokens = 0.0
            for batch in batches:
                with self.compute_loss_context_manager():
                    made = self.model(**self._prepare_inputs(batch))
                count = float(made["tokens"])
                total, tokens = total + float(made["loss"]) * count, tokens + count
            found[name] = total / max(tokens, 1.0)
        self.model.train()
        return found


class _Watch(TrainerCallback):
    """Prints how it goes, measures, and ends the run when the time is up."""

    trainer: TextTrainer

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.measured: list[dict[str, float]] = []
        self.first: dict[str, float] = {}
        """The losses before the first step, where something was known before."""
        self._tokens, self._at = 0, time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._at = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        settings = self.trainer.settings
        if self.trainer.clock.is_up:
            control.should_training_stop = control.should_log = True
        if state.global_step % settings.measure_every == 0 and self.trainer.held_out:
            found = self.trainer.losses()
            self.measured.append(found)
            print(f"step {state.global_step}: {_listed(found)}", file=sys.stderr, flush=True)
            if settings.settled is not None and found.get(TAUGHT, math.inf) < settings.settled and not worse(self.first, found):
                control.should_training_stop = control.should_log = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if not logs or "loss" not in logs:
            return
        trainer = self.trainer
        if not math.isfinite(logs["loss"]):
            raise DeskhandError(f"the loss is not finite at step {state.global_step}: lower the rate")
        self.losses.append(logs["loss"])
        seen, now = int(trainer.seen), time.monotonic()
        speed = (seen - self._tokens) / max(now - self._at, 1e-9)
        self._tokens, self._at = seen, now
        share = float(trainer.right) / max(float(trainer.counted), 1.0)
        trainer.right, trainer.counted = torch.zeros((), dtype=torch.long), torch.zeros((), dtype=torch.long)
        line = f"loss {logs['loss']:.4f}, tokens right {100 * share:.2f} %, rate {logs.get('learning_rate', 0):.2e}, {speed:,.0f} tokens/s"
        done = 100 * trainer.clock.share(state.global_step)
        print(f"step {state.global_step}, {done:.0f} %: {line}", file=sys.stderr, flush=True)


def as_it_is(item: Any) -> Any:
    return item


def held_out_sets(settings: TextSettings, encoder: Encoder, taught: Taught | None) -> dict[str, list[Batch]]:
    """Batches that are only measured on: made pairs of a seed of their own, sentences written by hand, and what is taught."""
    made = {}
    pad = encoder.tokenizer.pad_token_id or 0
    if settings.held_out:
        stream = pairs(HELD_OUT_SEED)
        examples = [encoder.plan(pair.instruction, pair.steps) for pair in (next(stream) for _ in range(settings.held_out))]
        made["made"] = in_batches(examples, settings.tokens, pad)
    for path in settings.development:
        made[path.stem] = in_batches([encoder.plan(one.instruction, one.steps) for one in read_sentences(path)], settings.tokens, pad)
    if taught is not None:
        made[TAUGHT] = in_batches([encoder.plan(lesson.instruction, lesson.steps) for lesson in taught.lessons], settings.tokens, pad)
    return made


def run_text_stage(settings: TextSettings, base: Path, out: Path, resume: Path | None = None) -> dict[str, Any]:
    """Train an adapter of the planner; it lies in `out` in peft's layout, in bfloat16.

    Args:
        base: the base's folder in the published layout.
        resume: a `checkpoint-…` folder of the same run.

    Raises:
        DeskhandError: the loss is not finite; the disk is full; an episode or a file of sentences cannot be read.
    """
    lessons = lessons_of(settings)
    taught = Taught(lessons.taught) if lessons is not None else None
    before = adapter_of(settings)
    model = prepare_text(base, settings.lora, settings.seed, before)
    first = {name: value.detach().clone() for name, value in model.named_parameters() if value.requires_grad} if settings.blend else {}
    encoder = Encoder(read_tokenizer(base))
    about = {"settings": settings.model_dump(mode="json"), "data": fingerprint(Stream(base, settings, taught)), **makers()}
    begun = 0
    if resume is not None:
        check_whole(resume)
        load_trained(model, resume)
        about["minutes"] = read_about(resume).get("minutes", 0.0)
        begun = int(resume.name.rpartition("-")[2])
    cuda = torch.cuda.is_available()
    arguments = TrainingArguments(
        output_dir=str(out), per_device_train_batch_size=1, gradient_accumulation_steps=settings.accumulate, learning_rate=settings.rate,
        max_grad_norm=1.0, weight_decay=0.0, max_steps=settings.steps, save_steps=settings.save_every, save_total_limit=2,
        logging_steps=min(settings.log_every, settings.steps), logging_nan_inf_filter=False, eval_strategy="no", seed=settings.seed,
        remove_unused_columns=False, report_to=[], disable_tqdm=True, bf16=cuda or fast_bfloat16(), use_cpu=not cuda,
        optim="adamw_torch_fused" if cuda else "adamw_torch", adam_beta2=0.99, ignore_data_skip=True, dataloader_num_workers=0,
    )  # fmt: skip
    watch = _Watch()
    with writing(out, DISK_ADVICE):
        stream, held_out = Stream(base, settings, taught, begun), held_out_sets(settings, encoder, taught)
        trainer = TextTrainer(about, stream, settings, held_out, model=model, args=arguments)
        watch.trainer = trainer
        trainer.add_callback(watch)
        known = measured(model, encoder, settings) if before is not None and resume is None else []
        watch.first = trainer.losses() if before is not None else {}
        if watch.first:
            print(f"before: {_listed(watch.first)}", file=sys.stderr, flush=True)
        trainer.train(resume_from_checkpoint=str(resume) if resume is not None else None)
        with torch.no_grad():
            for name, value in model.named_parameters():
                if settings.blend is not None and name in first:
                    value.copy_(torch.lerp(first[name].to(value.device), value, settings.blend))
        final = trainer.losses()
        trainer.count_minutes()
        write_about(out / ABOUT, about | {"steps": trainer.state.global_step})
        write_shown(out, [*shown_with(before), *(lessons.unsaid if lessons is not None else ())])
        write_pairs(model.model, {name.removeprefix("model."): value for name, value in model.state_dict().items()}, out)
    print(f"end: {_listed(final)}", file=sys.stderr, flush=True)
    scores = [f"before: {line}" for line in known] + measured(model, encoder, settings, out)
    scores += [f"{name} got worse: loss {watch.first[name]:.4f} → {final[name]:.4f}" for name in worse(watch.first, final)]
    return {
        "steps": trainer.state.global_step,
        "losses": watch.losses,
        "held_out": final,
        "scores": scores,
        "lessons": list(lessons.lines()) if lessons is not None else [],
        "out": str(out),
        "tokens": int(trainer.seen),
    }


def fingerprint(stream: Stream) -> str:
    """Changes with any token of the first batch, and so with the seed, the words that are drawn from and what is taught."""
    return hashlib.sha256(next(iter(stream))["ids"].tobytes()).hexdigest()[:16]


def lessons_of(settings: TextSettings) -> Lessons | None:
    """What the episodes show; None where none are named. Raises DeskhandError where they show nothing."""
    if not settings.episodes:
        return None
    lessons = read_lessons(settings.episodes)
    if not lessons.taught:
        why = "; ".join(f"{name}: {reason}" for name, reason in lessons.unusable.items())
        raise DeskhandError(f"no episode shows a goal and how it is fulfilled: {why}")
    return lessons


def adapter_of(settings: TextSettings) -> Path | None:
    """The adapter that a run goes on from. Raises DeskhandError where there is none."""
    if settings.adapter is None:
        return None
    folder = shipped_adapter() if settings.adapter == "shipped" else settings.adapter
    if folder is None:
        raise DeskhandError("no adapter of the planner is shipped here: name the folder of another one, or leave adapter out")
    read_adapter(folder)
    return folder


def measured(model: TextModel, encoder: Encoder, settings: TextSettings, out: Path | None = None) -> list[str]:
    """How many of the development sentences are planned rightly, a line a file; what is wrong is written into `out`."""
    model.eval()
    found = [
        measure(model.base, encoder.tokenizer, path, out / f"{path.stem}-failures.txt" if out is not None else None)
        for path in settings.development
    ]
    model.train()
    return found


def worse(first: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """What has a loss that rose by more than a tenth, and by more than `NOISE`."""
    return [name for name, value in first.items() if name != TAUGHT and now[name] > max(1.1 * value, value + NOISE)]


def _listed(losses: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in losses.items())
