"""One fine-tuning stage: transformers' Trainer over packed rows, with exact resume, and a result that the product can load."""

from __future__ import annotations

import json
import math
import random
import shutil
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.utils.data import Dataset, SequentialSampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from recordings.errors import DeskhandError
from recordings.store import read_episode
from training.curation import unfit, why_unfit
from training.encode import IGNORED
from training.episode_records import Dropped, episode_records, episodes_in
from training.mixture import draw, read_mixture
from training.records import Record
from training.stages.model import StageModel
from training.stages.rows import Made, Row, make_rows
from training.stages.settings import StageSettings
from vlm.adapters import DECODER
from vlm.chat import ChatFormat
from vlm.loading import Checkpoint, load_checkpoint

TRAINED = "trained.safetensors"
"""In a checkpoint: the weights that the stage trains, the others being the base's."""
ABOUT = "stage.json"
"""In a checkpoint and a result: the settings, the data's fingerprint and the versions that made it."""


class _Rows(Dataset):
    """Rows in the order of training, round after round, each round in an order of its own: the same for any number of processes."""

    def __init__(self, rows: list[Row], seed: int, length: int) -> None:
        self.rows = rows
        self.order: list[int] = []
        while len(self.order) < length:
            round_ = list(range(len(rows)))
            random.Random(f"{seed}/{len(self.order)}").shuffle(round_)
            self.order += round_
        del self.order[length:]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, number: int) -> Row:
        return self.rows[self.order[number]]


def _as_they_are(rows: list[Row]) -> dict[str, Any]:
    return {"rows": rows}


class StageTrainer(Trainer):
    """Trainer for `StageModel`: rows instead of tensors, and checkpoints of what is trained alone."""

    def __init__(self, about: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.about = about
        self.parts: dict[str, float] = {}
        # The loss is a mean over rows already.
        self.model_accepts_loss_kwargs = False

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        losses = model(rows=inputs["rows"])
        loss = losses["loss"]
        if not bool(loss.isfinite()):
            names = ", ".join(name for row in inputs["rows"] for name in row.names[:3])
            raise DeskhandError(
                f"the loss is not finite at step {self.state.global_step} ({names}): lower the rate; the last checkpoint is kept"
            )
        self.parts = {name: float(losses[name]) for name in ("language", "pointer")}
        return (loss, losses) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return SequentialSampler(train_dataset or self.train_dataset)

    def log(self, logs: dict[str, float], *arguments: Any, **more: Any) -> None:
        super().log(logs | (self.parts if "loss" in logs else {}), *arguments, **more)

    def _prepare_inputs(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return inputs  # rows find their device themselves

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(_trained(_plain(self.model)), folder / TRAINED)
        (folder / ABOUT).write_text(json.dumps(self.about, indent=2) + "\n", encoding="utf-8")

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        load_trained(_plain(model or self.model), Path(resume_from_checkpoint))


class _Progress(TrainerCallback):
    """A line with the loss and the time left each time something is logged."""

    def __init__(self) -> None:
        self.began, self.first = time.monotonic(), 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.began, self.first = time.monotonic(), state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if state.is_world_process_zero and logs and "loss" in logs:
            done = max(state.global_step - self.first, 1)
            left = (time.monotonic() - self.began) / done * (state.max_steps - state.global_step)
            numbers = " ".join(f"{name} {logs[name]:.4g}" for name in ("loss", "language", "pointer") if name in logs)
            print(f"step {state.global_step} of {state.max_steps}, {left / 60:.1f} min left: {numbers}", file=sys.stderr, flush=True)


def _plain(model: Any) -> StageModel:
    plain: StageModel = getattr(model, "module", model)
    return plain


def _trained(model: StageModel) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu().contiguous() for name, value in model.named_parameters() if value.requires_grad}


def load_trained(model: StageModel, folder: Path) -> None:
    """Put a checkpoint's trained weights into the model. Raises DeskhandError where they are of another one."""
    try:
        saved = load_file(folder / TRAINED)
    except (OSError, ValueError) as error:
        raise DeskhandError(f"{folder} is no checkpoint of a stage ({error}): give a checkpoint-… folder of the same --out") from error
    own = {name: value for name, value in model.named_parameters() if value.requires_grad}
    if {name: value.shape for name, value in saved.items()} != {name: value.shape for name, value in own.items()}:
        raise DeskhandError(f"{folder} is a checkpoint of another model or stage: resume with the configuration that began it")
    with torch.no_grad():
        for name, value in saved.items():
            own[name].copy_(value)


def records_of(settings: StageSettings) -> tuple[list[Record], Dropped]:
    """What the mixture draws to train on, or all records of the episodes in the folders. Raises DeskhandError where there are none."""
    if settings.mixture is not None:
        drawn = draw(read_mixture(settings.mixture), "train")
        return drawn.records, Dropped(drawn.dropped)
    rng, dropped, records = random.Random(settings.seed), Dropped(), list[Record]()
    for path in settings.episodes:
        folders = episodes_in(path)
        if not folders:
            raise DeskhandError(f"{path} holds no episode: name an episode's folder, or the folder that holds them")
        left_out = unfit(path)
        for folder in folders:
            for record in episode_records(read_episode(folder), rng, settings.kinds or None, dropped):
                if (verdict := why_unfit(record, left_out)) is not None:
                    dropped.reasons[f"records of a step with a {verdict.quality}"] += 1
                else:
                    records.append(record)
    return records, dropped


def prepare_model(settings: StageSettings, checkpoint: Checkpoint) -> StageModel:
    """The checkpoint's model with what the stage trains unfrozen, or with fresh low-rank pairs."""
    torch.manual_seed(settings.seed)
    model: Any = checkpoint.model
    model.requires_grad_(False)
    if settings.trains == "lora":
        from peft import LoraConfig, get_peft_model

        lora = settings.lora
        model = get_peft_model(model, LoraConfig(r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=DECODER))
    base = model.get_base_model() if settings.trains == "lora" else model
    if settings.trains == "all":
        model.requires_grad_(True)
        tower = base.model.vision_tower
        tower.requires_grad_(settings.tower)
        for part in (tower.siglip.encoder.layers[-1], tower.siglip.post_layernorm, tower.siglip.head):
            part.requires_grad_(False)  # inference never reaches them
    if settings.trains == "projector":
        base.model.mm_projector.requires_grad_(True)
    vocabulary = checkpoint.tokenizer.get_vocab()
    decimals = {vocabulary[f"{value:03d}"] for value in range(1000)} if all(f"{v:03d}" in vocabulary for v in (0, 999)) else set()
    cache = 0 if settings.trains == "all" and settings.tower else settings.cache
    return StageModel(model, checkpoint.metadata.get("pointer_layer"), settings.pointer, cache, decimals)


def make(settings: StageSettings) -> tuple[Checkpoint, StageModel, Made, Dropped]:
    """Base, model and rows of a stage.

    Raises:
        DeskhandError: the base cannot be loaded, or no record is left to learn from.
    """
    dtype = None if settings.quantization else (torch.float32 if not torch.cuda.is_available() else torch.bfloat16)
    checkpoint = load_checkpoint(settings.base, settings.quantization, dtype=dtype)
    records, dropped = records_of(settings)
    limit = min(settings.tokens, int(checkpoint.model.config.max_position_embeddings))
    chat = ChatFormat(checkpoint.tokenizer)
    made = make_rows(records, chat, checkpoint.images, limit, settings.budget, settings.packing, settings.seed)
    if not made.rows:
        raise DeskhandError(f"no record is left to learn from: {len(records)} records, left out {dict(made.dropped)}, steps {dropped}")
    return checkpoint, prepare_model(settings, checkpoint), made, dropped


def describe(settings: StageSettings, model: StageModel, made: Made, dropped: Dropped) -> Iterator[str]:
    """What a stage is about to do, for a dry run; nothing is trained."""
    trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
    held = sum(value.numel() * value.element_size() for value in model.parameters())
    longest = max(len(row.ids) for row in made.rows)
    total = sum(value.numel() for value in model.parameters())
    yield f"stage {settings.stage}: {settings.trains} of {settings.base}, {trained:,} of {total:,} weights"
    left_out = ", ".join(f"{count} {reason}" for reason, count in made.dropped.items()) or "none"
    yield f"records: {made.records} in {len(made.rows)} rows; left out: {left_out}; steps left out: {dropped}"
    learned = sum(int((row.labels != IGNORED).sum()) for row in made.rows)
    yield f"tokens: {sum(len(row.ids) for row in made.rows):,}, the longest row {longest:,}, loss on {learned:,}"
    rounds = settings.steps * settings.rows / len(made.rows)
    yield f"steps: {settings.steps} of {settings.rows} rows, {rounds:.1f} times through the data; data {made.fingerprint}"
    yield f"memory: weights {held / 2**30:.2f} GiB, gradients and AdamW {trained * 12 / 2**30:.2f} GiB, beside activations"
    row = max(made.rows, key=lambda one: len(one.ids))
    began = time.perf_counter()
    model([row])["loss"].backward()
    seconds = time.perf_counter() - began
    model.zero_grad(set_to_none=True)
    yield f"time: {seconds:.2f} s for the longest row, so at most {seconds * settings.steps * settings.rows / 60:.1f} min"


def run_stage(settings: StageSettings, out: Path, resume: Path | None = None) -> dict[str, Any]:
    """Train the stage; the result lies in `out`: an adapter in peft's layout, or a whole checkpoint.

    Args:
        resume: a `checkpoint-…` folder of the same stage: its losses go on as if it had never stopped.

    Raises:
        DeskhandError: see `make`; the loss is not finite; memory or disk does not suffice.
    """
    checkpoint, model, made, dropped = make(settings)
    about = {
        "settings": settings.model_dump(mode="json"), "data": made.fingerprint, "records": made.records,
        "left_out": dict(made.dropped), "steps_left_out": dict(dropped.reasons), "base": str(checkpoint.folder.name),
        "versions": {name: version(name) for name in ("deskhand", "torch", "transformers", "peft", "accelerate")},
    }  # fmt: skip
    if resume is not None:
        _check_same(resume, about)
    arguments = TrainingArguments(
        output_dir=str(out), per_device_train_batch_size=settings.rows, max_steps=settings.steps, learning_rate=settings.rate,
        warmup_steps=math.ceil(settings.warmup * settings.steps), lr_scheduler_type="cosine", max_grad_norm=1.0, weight_decay=0.0,
        save_steps=settings.save_every, save_total_limit=2, logging_steps=settings.log_every, seed=settings.seed,
        data_seed=settings.seed, remove_unused_columns=False, report_to=["tensorboard"], disable_tqdm=True, bf16=torch.cuda.is_available(),
        gradient_checkpointing=settings.checkpointing, use_cpu=not torch.cuda.is_available(), dataloader_num_workers=0,
        save_only_model=False, ddp_find_unused_parameters=False,
    )  # fmt: skip
    rows = _Rows(made.rows, settings.seed, settings.steps * settings.rows * arguments.world_size)
    trainer = StageTrainer(about, model=model, args=arguments, train_dataset=rows, data_collator=_as_they_are)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Progress())
    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume is not None else None)
    except (torch.OutOfMemoryError, MemoryError) as error:
        longest = max(len(row.ids) for row in made.rows)
        raise DeskhandError(
            f"out of memory with rows of up to {longest} tokens: set tokens to {longest * 2 // 3}, budget lower, or checkpointing to true"
        ) from error
    except OSError as error:
        raise DeskhandError(f"{out} cannot be written ({error.strerror}): free some space and resume from its last checkpoint") from error
    if trainer.is_world_process_zero():
        _finish(checkpoint, model, about, out, settings)
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    ended = {"process": arguments.process_index, "steps": trainer.state.global_step}
    return ended | {"first_loss": losses[0], "last_loss": losses[-1], "losses": losses, "out": str(out)}


def _check_same(resume: Path, about: dict[str, Any]) -> None:
    try:
        before = json.loads((resume / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeskhandError(f"{resume} is no checkpoint of a stage: give a checkpoint-… folder of the same --out") from error
    for name in ("settings", "data"):
        if before[name] != about[name]:
            raise DeskhandError(f"{resume} was made with other {name}: resume with what began it, or start anew without --resume")


def _finish(checkpoint: Checkpoint, model: StageModel, about: dict[str, Any], out: Path, settings: StageSettings) -> None:
    if settings.trains == "lora":
        model.model.save_pretrained(out)
    else:
        model.model.save_pretrained(out, max_shard_size="5GB")
        for path in checkpoint.folder.iterdir():
            if (
                path.is_file()
                and not path.name.startswith("model")
                and path.suffix in (".json", ".jinja", ".txt")
                and path.name != "config.json"
            ):
                shutil.copyfile(path, out / path.name)
        config = json.loads((out / "config.json").read_text(encoding="utf-8")) | {"deskhand": checkpoint.metadata}
        (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (out / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
