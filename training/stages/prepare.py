"""What a stage needs before its first step: the base with what is trained unfrozen, and the rows; and what a dry run says of them."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from recordings.errors import DeskhandError
from training.datasets.records import Dropped
from training.stages.data import split_of
from training.stages.encode import IGNORED
from training.stages.model import StageModel
from training.stages.pairs import with_pairs
from training.stages.rows import Made, first_of, make_rows
from training.stages.settings import LEAST_BUDGET, StageSettings
from training.stages.show import marked
from vlm.adapters import DECODER, PROJECTOR
from vlm.chat import ChatFormat
from vlm.folder import beside_weights, find_checkpoint
from vlm.loading import Checkpoint, load_checkpoint
from vlm.memory import peak_memory
from vlm.resolution import set_resolution

TIMED = 12
"""Rows that are timed to plan a stage's steps."""
EXAMPLES = 2
"""How many records a dry run prints."""


def prepare_model(settings: StageSettings, checkpoint: Checkpoint) -> StageModel:
    """The checkpoint's model with what the stage trains unfrozen, or with fresh low-rank pairs."""
    torch.manual_seed(settings.seed)
    model: Any = checkpoint.model
    model.requires_grad_(False)
    if settings.trains == "lora":
        where = f"{DECODER}|{PROJECTOR}" if settings.projector else DECODER
        model = with_pairs(model, where, settings.lora, settings.adapter)
    base = model.get_base_model() if settings.trains == "lora" else model
    if settings.trains == "all":
        model.requires_grad_(True)
        tower = base.model.vision_tower
        tower.requires_grad_(settings.tower)
        for part in (tower.siglip.encoder.layers[-1], tower.siglip.post_layernorm, tower.siglip.head):
            part.requires_grad_(False)  # inference never reaches them
    if settings.trains == "projector":
        base.model.mm_projector.float().requires_grad_(True)
    made = StageModel(model, 0 if settings.trains == "all" and settings.tower else settings.cache)
    if settings.checkpointing:
        made.recompute_activations()
    return made


@dataclass
class Prepared:
    """All that a stage needs before its first step."""

    checkpoint: Checkpoint
    model: StageModel
    train: Made
    held_out: Made
    dropped: Dropped
    """What of the episodes gave no record to learn from."""
    held_out_dropped: Dropped

    def lines(self) -> Iterator[str]:
        """What each side holds, and what was left out of it, for people."""
        for name, made, dropped in (("records", self.train, self.dropped), ("held out", self.held_out, self.held_out_dropped)):
            count = sum(len(row.names) for row in made.rows)
            yield f"{name}: {count} of {made.records} in {len(made.rows)} rows; left out: {made.dropped}; before that: {dropped}"


def prepare(settings: StageSettings) -> Prepared:
    """Base, model and rows of a stage.

    Raises:
        DeskhandError: the base cannot be loaded, or no record is left to learn from.
    """
    # What AdamW changes by a ten-thousandth needs more digits than bfloat16 has; what is frozen beside it does not.
    narrow = torch.cuda.is_available() if settings.bfloat16 is None else settings.bfloat16
    exact = settings.trains == "all" or not narrow
    dtype = None if settings.quantization else (torch.float32 if exact else torch.bfloat16)
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else None
    split = split_of(settings)  # before the base, which may take minutes
    if settings.trains != "lora":
        beside_weights(find_checkpoint(settings.base))  # what cannot be copied at the end is said at the beginning
    checkpoint = load_checkpoint(settings.base, settings.quantization, device, dtype)
    set_resolution(checkpoint.model, settings.resolution)
    limit = min(settings.tokens, int(checkpoint.model.config.max_position_embeddings))
    chat = ChatFormat(checkpoint.tokenizer)
    train, held_out = (
        make_rows(records, chat, checkpoint.images, limit, settings.budget, settings.packing, settings.seed, settings.fill)
        for records in (split.train, split.held_out)
    )
    if not train.rows:
        left_out = f"left out: {train.dropped}; before that: {split.dropped}"
        raise DeskhandError(f"no record is left to learn from: of {train.records} {left_out}")
    del held_out.rows[settings.measured :]
    return Prepared(checkpoint, prepare_model(settings, checkpoint), train, held_out, split.dropped, split.held_out_dropped)


def steps_of(settings: StageSettings, rows: int, processes: int = 1) -> int:
    """Optimiser steps: as many as the settings say, or what so many rounds through the rows make."""
    if settings.rounds is None:
        return settings.steps
    return max(math.ceil(settings.rounds * rows / (settings.rows * settings.accumulate * processes)), 1)


def planned_steps(settings: StageSettings, ready: Prepared) -> int:
    """How many optimiser steps fit into the minutes aimed at, by the time that a few rows take."""
    assert settings.aim is not None
    rows = (ready.train.rows * 2)[: TIMED + 1]
    narrow = torch.cuda.is_available() if settings.bfloat16 is None else settings.bfloat16
    with translated(settings, ready.train), torch.autocast(ready.model.base.lm_head.weight.device.type, torch.bfloat16, enabled=narrow):
        for number, row in enumerate(rows):
            if number == 1:  # the first one allocates
                began = time.perf_counter()
            ready.model([row])["loss"].backward()
    ready.model.zero_grad(set_to_none=True)
    seconds = (time.perf_counter() - began) / max(len(rows) - 1, 1)
    return max(int(60 * settings.aim / (seconds * settings.rows * settings.accumulate)), 1)


def describe(settings: StageSettings, ready: Prepared) -> Iterator[str]:
    """What a stage is about to do, for a dry run; nothing is trained. Raises DeskhandError where the memory does not suffice for a row."""
    model, made = ready.model, ready.train
    trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
    held = sum(value.numel() * value.element_size() for value in model.parameters())
    longest = max(len(row.ids) for row in made.rows)
    total = sum(value.numel() for value in model.parameters())
    yield f"stage {settings.stage}: {settings.trains} of {settings.base}, {trained:,} of {total:,} weights"
    yield from ready.lines()
    learned = sum(int((row.labels != IGNORED).sum()) for row in made.rows)
    yield f"tokens: {sum(len(row.ids) for row in made.rows):,}, the longest row {longest:,}, loss on {learned:,}"
    steps, a_step = steps_of(settings, len(made.rows)), settings.rows * settings.accumulate
    yield f"steps: {steps} of {a_step} rows, {steps * a_step / len(made.rows):.1f} times through the data; data {made.fingerprint}"
    row = max(made.rows, key=lambda one: len(one.ids))
    began = time.perf_counter()
    with (
        translated(settings, made),
        peak_memory(model.base.lm_head.weight.device) as peak,
        torch.autocast("cuda", torch.bfloat16, enabled=torch.cuda.is_available()),
    ):
        model([row])["loss"].backward()
    seconds = time.perf_counter() - began
    model.zero_grad(set_to_none=True)
    peaked = f"{peak.bytes / 2**30:.2f} GiB at the peak of the longest row, AdamW not yet in it"
    yield f"memory: weights {held / 2**30:.2f} GiB, gradients and AdamW {trained * 12 / 2**30:.2f} GiB; {peaked}"
    minutes = min(seconds * steps * a_step / 60, settings.minutes or math.inf)
    yield f"time: {seconds:.2f} s for the longest row, so at most {minutes:.1f} min"
    for example in made.rows[:EXAMPLES]:
        yield f"example: {example.names[0]}"
        yield marked(first_of(example), ChatFormat(ready.checkpoint.tokenizer))


@contextmanager
def translated(settings: StageSettings, made: Made) -> Iterator[None]:
    """While this is open a lack of memory becomes a DeskhandError that says what to lower, and by how much."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        # On a processor torch has no type of its own for it.
        if not isinstance(error, (torch.OutOfMemoryError, MemoryError)) and "DefaultCPUAllocator" not in str(error):
            raise
        longest = max(len(row.ids) for row in made.rows)
        advice = [f"tokens to {longest * 2 // 3}"]
        if patches := max((grid[0] * grid[1] for row in made.rows for grid in (picture.grid for picture in row.pictures)), default=0):
            advice.append(f"budget to {max(patches * 2 // 3, LEAST_BUDGET)}")
        if settings.rows > 1:
            advice.append(f"rows to 1 with accumulate {settings.rows * settings.accumulate}")
        if not settings.checkpointing:
            advice.append("checkpointing to true")
        *others, last = advice
        raise DeskhandError(
            f"out of memory with rows of up to {longest} tokens: set {', '.join(others)}{' or ' if others else ''}{last}"
        ) from error
