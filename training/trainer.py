"""Training in legs: each leg is a YAML file, starts from a checkpoint or from nothing, and ends with a checkpoint and a log line.

Batches depend on the seed and the step number alone, so an interrupted leg resumes with the same batches and the same losses.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch.utils.data import DataLoader, IterableDataset

from recordings.errors import DeskhandError
from training.collate import Batch, Collator
from training.dense import DenseHeads
from training.initial import fresh_pocket
from training.objective import Losses, Objective
from training.sources import DrawnSource, EpisodeSource, FolderSource, ScreenSource
from training.views import PreparedScreen, choose_ink, choose_window
from training.yaml_file import read_yaml
from vlm.model import Phi4ForCausalLMV
from vlm.tokenizer import build_tokenizer, save_tokenizer

LOSS_WEIGHTS = {
    "language": 1.0,
    "coordinate": 1.0,
    "pointer": 1.0,
    "labels": 0.5,
    "copy": 0.5,
    "trail": 0.5,
    "target": 1.0,
    "characters": 1.0,
    "edges": 0.3,
    "places": 1.0,
}


class SourceSettings(BaseModel):
    """One source of screens and how often it is drawn from."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["drawn", "sheet", "folder", "episodes"]
    weight: float = Field(1.0, gt=0)
    path: Path | None = None
    size: tuple[int, int] = (1024, 768)
    wide: float = Field(0.3, ge=0, le=1, description="how far drawn screens leave the virtual desktop's own look")
    roam: float = Field(0.7, ge=0, le=1, description="share of a folder's screens whose windows are moved to anywhere on the screen")


class LegSettings(BaseModel):
    """Everything that decides a leg but its starting weights."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 1
    minutes: float | None = Field(None, gt=0, description="stop and finish the learning-rate decay after this time")
    steps: int | None = Field(None, gt=0, description="stop after this many steps; decides alone where both are given")
    sources: list[SourceSettings] = Field(min_length=1)
    windows: list[tuple[int, int]] = Field(min_length=1, description="window shapes in patches: rows, columns")
    ink: int = Field(900, gt=0, description="patches of a view of the whole screen, blanks left out first")
    ink_share: float = Field(0.0, ge=0, le=1, description="share of steps that look at whole screens instead of windows")
    tokens: int = Field(8192, description="image tokens a step")
    windows_per_screen: int = 8
    questions: int = Field(6, description="questions a window, as far as row_tokens reach")
    row_tokens: int = Field(256, description="text tokens a window")
    whole_times: int = Field(1, gt=0, description="how many windows' questions and text tokens a view of the whole screen gets")
    kinds: dict[str, float] = Field(default_factory=lambda: {"ground": 1.0, "act": 1.0, "plan": 0.3})
    blind_share: float = Field(0.0, ge=0, le=1, description="share of steps that leave the pictures out and learn thoughts only")
    losses: dict[str, float] = Field(default_factory=dict, description="weights that differ from LOSS_WEIGHTS")
    softness: float = Field(4.0, gt=0, description="standard deviation of the coordinate targets, in thousandths")
    muon: float = 0.01
    adam: float = 0.002
    warmup: int = 20
    final: float = Field(0.05, description="the last learning rate as a share of the first")
    frozen: list[str] = Field(default_factory=list, description="prefixes of parameters that are not trained")
    threads: int | None = None
    log_every: int = 10


def read_settings(path: Path) -> LegSettings:
    """A leg's YAML file. Raises DeskhandError that names the key at fault."""
    return read_yaml(path, LegSettings, "training configuration")


class Batches(IterableDataset):
    """Batches by step number: the same number gives the same batch, wherever training begins."""

    def __init__(self, settings: LegSettings, first: int) -> None:
        self.settings, self.first = settings, first

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        collator = Collator(build_tokenizer())
        sources = [_open(source) for source in self.settings.sources]
        step = self.first
        while True:
            yield make_batch(self.settings, collator, sources, step)
            step += 1


def _open(source: SourceSettings) -> ScreenSource:
    if source.kind in ("drawn", "sheet"):
        return DrawnSource(source.size, source.wide, sheet=source.kind == "sheet")
    if source.path is None:
        raise DeskhandError(f"a source of kind {source.kind!r} needs a path")
    return (FolderSource if source.kind == "folder" else EpisodeSource)(source.path, source.size, source.roam)


def make_batch(settings: LegSettings, collator: Collator, sources: list[ScreenSource], step: int) -> Batch:
    """The batch of one step; all its screens have one size, so that nothing is padded."""
    rng = random.Random(f"{settings.seed}/{step}")
    shape = rng.choice(settings.windows)
    whole = rng.random() < settings.ink_share
    blind = rng.random() < settings.blind_share
    count = max(settings.tokens // (settings.ink if whole else shape[0] * shape[1]), 1)
    first = rng.choices(settings.sources, [source.weight for source in settings.sources])[0]
    alike = [i for i, source in enumerate(settings.sources) if source.size == first.size]
    screens: list[PreparedScreen] = []
    while len(screens) < count:
        index = rng.choices(alike, [settings.sources[i].weight for i in alike])[0]
        prepared = PreparedScreen(sources[index].draw(rng))
        screens += [prepared] * min(1 if whole else settings.windows_per_screen, count - len(screens))
    views = [choose_ink(rng, screen, settings.ink) if whole else choose_window(rng, screen, shape) for screen in screens]
    times = settings.whole_times if whole else 1
    return collator.collate(rng, screens, views, settings.questions * times, settings.kinds, settings.row_tokens * times, blind)


class Trainer:
    """One leg over a model: optimisers, schedule, checkpoints."""

    def __init__(self, settings: LegSettings, model: Phi4ForCausalLMV, heads: DenseHeads, out: Path, device: str = "cpu") -> None:
        self.settings, self.out, self.device = settings, out, torch.device(device)
        self.model, self.heads = model.to(self.device), heads.to(self.device)
        if settings.threads:
            torch.set_num_threads(settings.threads)
        self.step, self.spent = 0, 0.0
        # Fused attention was measured at 1.4 to 1.7 times the speed of the eager one on 1,200 tokens a row on a processor.
        model.set_attn_implementation("sdpa")
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(not any(name.startswith(prefix) for prefix in settings.frozen))
        unused = model.model.vision_tower.siglip
        for part in (unused.encoder.layers[-1], unused.post_layernorm, unused.head):
            part.requires_grad_(False)
        matrices = [p for n, p in model.named_parameters() if p.requires_grad and p.ndim == 2 and _hidden(n)]
        others = [p for n, p in model.named_parameters() if p.requires_grad and not (p.ndim == 2 and _hidden(n))]
        self.optimisers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW([*others, *heads.parameters()], lr=settings.adam, betas=(0.9, 0.98), weight_decay=0.0)
        ]
        if matrices:
            self.optimisers.append(torch.optim.Muon(matrices, lr=settings.muon, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"))
        self.rates = [settings.adam, settings.muon]
        collator = Collator(build_tokenizer())
        self.objective = Objective(model, heads, collator.coordinate_ids, LOSS_WEIGHTS | settings.losses, settings.softness)

    @property
    def progress(self) -> float:
        if self.settings.steps:
            return self.step / self.settings.steps
        return self.spent / 60 / self.settings.minutes if self.settings.minutes else 0.0

    def train_step(self, batch: Batch) -> Losses:
        """One optimiser step. Raises DeskhandError where the loss is not finite: the weights are then still the last good ones."""
        scale = min(1.0, (self.step + 1) / self.settings.warmup) * max(self.settings.final, min(1.0, 1.6 * (1 - self.progress)))
        for optimiser, rate in zip(self.optimisers, self.rates, strict=False):
            for group in optimiser.param_groups:
                group["lr"] = rate * scale
        with torch.autocast(self.device.type, torch.bfloat16):
            losses = self.objective(batch.to(self.device))
        if not bool(losses.total.isfinite()):
            raise DeskhandError(f"the loss is not finite at step {self.step}: lower the learning rates and resume from {self.out}")
        losses.total.backward()
        for optimiser in self.optimisers:
            torch.nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return losses

    @torch.no_grad()
    def reading(self, batch: Batch) -> float:
        """F1 of the characters that the dense head reads on a batch, 0–1."""
        tower = self.model.model.vision_tower
        with torch.autocast(self.device.type, torch.bfloat16):
            features = tower.encode(tower.embed(batch.patches, tower.positions(batch.grid)[batch.cells]))
            hits, predicted, present = self.heads.character_counts(features[batch.known], batch.characters[batch.known])
        return 2 * hits / max(predicted + present, 1)

    def save(self) -> None:
        """Weights in the official layout, and beside them what only training needs. The last good checkpoint is never half overwritten."""
        self.out.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(self.out)
        save_tokenizer(self.out)
        state = {
            "heads": self.heads.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "spent": self.spent,
            "settings": self.settings.model_dump_json(),
        }
        torch.save(state, self.out / "training.pt.new")
        (self.out / "training.pt.new").replace(self.out / "training.pt")

    def resume(self, state: dict[str, Any]) -> None:
        """Continue this very leg: optimiser state, step and time as they were saved."""
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.spent = state["step"], state["spent"]


def _hidden(name: str) -> bool:
    """Whether a matrix lies between layers, where orthogonalised updates help; tables and the head are not such matrices."""
    return "layers." in name or "mm_projector" in name


def load_checkpoint(folder: Path) -> tuple[Phi4ForCausalLMV, DenseHeads, dict[str, Any]]:
    """Model, dense heads and training state of a checkpoint; fresh heads and no state where it has none."""
    if not (folder / "config.json").is_file():
        raise DeskhandError(f"no checkpoint at {folder}: give a folder that a leg has written")
    model = Phi4ForCausalLMV.from_pretrained(folder, dtype=torch.float32)
    heads = DenseHeads(model.config.vision_config.hidden_size, model.config.hidden_size)
    path = folder / "training.pt"
    state = torch.load(path, weights_only=True) if path.is_file() else {}
    if state:
        heads.load_state_dict(state["heads"], strict=False)
    return model, heads, state


def train(config: Path, out: Path, start: Path | None = None, minutes: float | None = None, device: str = "cpu") -> dict[str, Any]:
    """Run one leg. Continues `out` where it holds an unfinished leg of the same settings, else starts from `start` or fresh weights.

    Returns the leg's last means; the same numbers are printed to stderr and appended to `out/log.jsonl` as it goes.
    """
    settings = read_settings(config)
    if minutes is not None:
        settings = settings.model_copy(update={"minutes": minutes, "steps": None})
    own = (out / "training.pt").is_file()
    if own or start is not None:
        model, heads, state = load_checkpoint(out if own else start)  # type: ignore[arg-type]
    else:
        model = fresh_pocket(settings.seed)
        heads, state = DenseHeads(model.config.vision_config.hidden_size, model.config.hidden_size), {}
    trainer = Trainer(settings, model, heads, out, device)
    if own and state.get("settings") == settings.model_dump_json():
        trainer.resume(state)
    loader = iter(DataLoader(Batches(settings, trainer.step), batch_size=None, num_workers=1, prefetch_factor=4))
    means: dict[str, float] = {}
    saved = logged = time.monotonic()
    images = text = 0
    out.mkdir(parents=True, exist_ok=True)
    try:
        while trainer.progress < 1:
            began = time.monotonic()
            batch = next(loader)
            losses = trainer.train_step(batch)
            images, text = images + batch.image_tokens, text + batch.text_tokens
            for name in (field.name for field in fields(losses) if field.name != "total"):
                value = float(getattr(losses, name).detach())
                if value:  # exactly zero is what a batch without such questions gives
                    means[name] = 0.9 * means.get(name, value) + 0.1 * value
            now = time.monotonic()
            trainer.spent += now - began
            if trainer.step % settings.log_every == 0:
                rate = {"image_tokens_per_s": images / (now - logged), "text_tokens_per_s": text / (now - logged)}
                f1 = trainer.reading(batch.to(trainer.device)) if batch.image_tokens and bool(batch.known.any()) else 0.0
                line = {"step": trainer.step, "minutes": trainer.spent / 60, **means, "reading_f1": f1, **rate}
                print(" ".join(f"{k} {v:.4g}" for k, v in line.items()), file=sys.stderr, flush=True)
                with (out / "log.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps({k: round(v, 5) for k, v in line.items()}) + "\n")
                images, text, logged = 0, 0, now
            if now - saved > 120:
                trainer.save()
                saved = now
    finally:
        trainer.save()
    return {"step": trainer.step, "minutes": trainer.spent / 60, **means}
