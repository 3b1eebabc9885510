"""Training in legs: each leg is a YAML file, starts from a checkpoint or from nothing, and ends with a checkpoint and a log line.

Batches depend on the seed and the step number alone, so an interrupted leg resumes with the same batches and the same losses.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, IterableDataset
from transformers.utils.logging import disable_progress_bar

from recordings.errors import DeskhandError
from training.collate import Batch, Collator
from training.dense import DenseHeads
from training.initial import fresh_pocket
from training.leg_settings import LOSS_WEIGHTS, LegSettings, SourceSettings, read_settings
from training.objective import POINTER_LAYER, Losses, Objective
from training.sources import DrawnSource, EpisodeSource, FolderSource, ScreenSource
from training.views import PreparedScreen, choose_ink, choose_window
from vlm.folder import first_line, read_config
from vlm.model import Phi4ForCausalLMV
from vlm.tokenizer import build_tokenizer, save_tokenizer
from vlm.writing import writing

STATE = "training.pt"
"""In a checkpoint: what only training needs."""
SAVE_EVERY = 120
"""Seconds."""
MORE_SPACE = "free some space and give the same command again"


class Batches(IterableDataset):
    """Batches by step number: the same number gives the same batch, wherever training begins."""

    def __init__(self, settings: LegSettings, sources: list[ScreenSource], first: int) -> None:
        self.settings, self.sources, self.first = settings, sources, first

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        collator = Collator(build_tokenizer())
        step = self.first
        while True:
            yield make_batch(self.settings, collator, self.sources, step)
            step += 1


def _open(source: SourceSettings) -> ScreenSource:
    if source.kind in ("drawn", "sheet"):
        return DrawnSource(source.size, source.wide, sheet=source.kind == "sheet")
    if source.path is None:
        raise DeskhandError(f"a source of kind {source.kind!r} needs a path")
    try:
        return (FolderSource if source.kind == "folder" else EpisodeSource)(source.path, source.size, source.roam)
    except OSError as error:
        raise DeskhandError(f"the source {source.path} cannot be read ({first_line(error)}): make it again, or leave it out") from error


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
        self.saved: int | None = None
        self.sound = True
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
        """One optimiser step. Raises as `losses` and `update` do."""
        losses = self.losses(batch)
        self.update(losses, batch)
        return losses

    def losses(self, batch: Batch) -> Losses:
        """Of the weights as they are. Raises DeskhandError where their sum is not finite: these weights are not worth saving."""
        with torch.autocast(self.device.type, torch.bfloat16):
            losses = self.objective(batch.to(self.device))
        self._must_be_finite(losses.total.detach(), "loss", batch)
        return losses

    def update(self, losses: Losses, batch: Batch) -> None:
        """Make the step. Raises DeskhandError where the gradient is not finite: the weights are then as they were."""
        scale = min(1.0, (self.step + 1) / self.settings.warmup) * max(self.settings.final, min(1.0, 1.6 * (1 - self.progress)))
        for optimiser, rate in zip(self.optimisers, self.rates, strict=False):
            for group in optimiser.param_groups:
                group["lr"] = rate * scale
        losses.total.backward()
        for optimiser in self.optimisers:
            norm = torch.nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], 1.0)
            self._must_be_finite(norm, "gradient", batch)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1

    def _must_be_finite(self, value: torch.Tensor, what: str, batch: Batch) -> None:
        if bool(value.isfinite()):
            return
        self.sound = False
        asked = ", ".join(f"{count} {kind}" for kind, count in batch.kinds.items()) or "nothing asked"
        kept = "nothing of this leg was saved yet" if self.saved is None else f"{self.out} keeps step {self.saved}"
        raise DeskhandError(
            f"the {what} is not finite at step {self.step} (batch {self.settings.seed}/{self.step}: {asked}): lower adam and muon; {kept}"
        )

    @torch.no_grad()
    def reading(self, batch: Batch) -> float:
        """F1 of the characters that the dense head reads on a batch, 0–1."""
        tower = self.model.model.vision_tower
        with torch.autocast(self.device.type, torch.bfloat16):
            features = tower.encode(tower.embed(batch.patches, tower.positions(batch.grid)[batch.cells]))
            hits, predicted, present = self.heads.character_counts(features[batch.known], batch.characters[batch.known])
        return 2 * hits / max(predicted + present, 1)

    def save(self) -> None:
        """Weights in the official layout, and beside them what only training needs. The last good checkpoint is never half overwritten.

        Raises:
            DeskhandError: the folder cannot be written; what it held before is as it was.
        """
        state = {
            "heads": self.heads.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "spent": self.spent,
            "settings": self.settings.model_dump_json(),
        }
        fresh = self.out / "new"
        with writing(self.out, MORE_SPACE):
            try:
                fresh.mkdir(parents=True, exist_ok=True)
                self.model.save_pretrained(fresh)
                save_tokenizer(fresh)
                torch.save(state, fresh / STATE)
                for path in sorted(fresh.iterdir(), key=lambda path: path.name == STATE):
                    path.replace(self.out / path.name)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        self.saved = self.step

    def resume(self, state: dict[str, Any]) -> None:
        """Continue this very leg: optimiser state, step and time as they were saved."""
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.spent = state["step"], state["spent"]
        self.saved = self.step


def _hidden(name: str) -> bool:
    """Whether a matrix lies between layers, where orthogonalised updates help; tables and the head are not such matrices."""
    return "layers." in name or "mm_projector" in name


def load_checkpoint(folder: Path) -> tuple[Phi4ForCausalLMV, DenseHeads, dict[str, Any]]:
    """Model, dense heads and training state of a checkpoint; fresh heads and no state where it has none.

    Raises:
        DeskhandError: there is no checkpoint, it is of another kind of model, or a file of it is damaged.
    """
    if not (folder / "config.json").is_file():
        raise DeskhandError(f"no checkpoint at {folder}: give a folder that a leg has written")
    read_config(folder)
    path = folder / STATE
    try:
        model = Phi4ForCausalLMV.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        heads = DenseHeads(model.config.vision_config.hidden_size, model.config.hidden_size)
        state = torch.load(path, weights_only=True, map_location="cpu") if path.is_file() else {}
        if state:
            heads.load_state_dict(state["heads"], strict=False)
    except Exception as error:
        raise DeskhandError(f"the checkpoint {folder} cannot be loaded ({first_line(error)}): begin from another one") from error
    if model.config.num_hidden_layers <= POINTER_LAYER + 1:
        raise DeskhandError(
            f"{folder} has {model.config.num_hidden_layers} layers, a leg needs {POINTER_LAYER + 2}: begin from another one"
        )
    return model, heads, state


def _drawn(loader: Iterator[Batch], step: int) -> Batch:
    try:
        return next(loader)
    except (DeskhandError, OSError) as error:
        # From another process comes a traceback, whose last line is what was said there.
        raise DeskhandError(f"no batch for step {step}: {str(error).strip().splitlines()[-1].partition(': ')[2]}") from error


def train(config: Path, out: Path, start: Path | None = None, minutes: float | None = None, device: str | None = None) -> dict[str, Any]:
    """Run one leg. Goes on with what `out` holds, exactly where that is a leg of the same settings; else from `start` or fresh weights.

    Args:
        device: what to compute on; None: the GPU where there is one.

    Returns the leg's last means; the same numbers are printed to stderr and appended to `out/log.jsonl` as it goes.

    Raises:
        DeskhandError: the settings, a source or a checkpoint is wrong; `out` holds a leg that does not go on from `start`; a loss is not
            finite; or `out` cannot be written.
    """
    disable_progress_bar()  # standard error belongs to the command line
    settings = read_settings(config)
    if minutes is not None:
        settings = settings.model_copy(update={"minutes": minutes, "steps": None})
    # Here, and not first in the process that draws: nothing is written where one of them is wrong.
    sources = [_open(source) for source in settings.sources]
    own = (out / STATE).is_file()
    if own or start is not None:
        model, heads, state = load_checkpoint(out if own else start)  # type: ignore[arg-type]
    else:
        model = fresh_pocket(settings.seed)
        heads, state = DenseHeads(model.config.vision_config.hidden_size, model.config.hidden_size), {}
    same = own and state.get("settings") == settings.model_dump_json()
    if own and start is not None and start.resolve() != out.resolve():
        if not same:
            raise DeskhandError(f"{out} holds a leg of other settings, so {start} would be passed over: name another --out, or no --resume")
        print(f"{out} holds this leg up to step {state['step']}: it goes on from there, not from {start}", file=sys.stderr, flush=True)
    trainer = Trainer(settings, model, heads, out, device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if same:
        trainer.resume(state)
    first = trainer.step
    loader = iter(DataLoader(Batches(settings, sources, first), batch_size=None, num_workers=1, prefetch_factor=4))
    means: dict[str, float] = {}
    saved = logged = time.monotonic()
    images = text = 0
    with writing(out, "name another --out"):
        out.mkdir(parents=True, exist_ok=True)
    batch: Batch | None = None
    try:
        while trainer.progress < 1:
            began = time.monotonic()
            batch = _drawn(loader, trainer.step)
            losses = trainer.losses(batch)
            if began - saved > SAVE_EVERY:  # now, as these weights have just shown a finite loss
                trainer.save()
                saved = time.monotonic()
            trainer.update(losses, batch)
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
                with writing(out, MORE_SPACE), (out / "log.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps({k: round(v, 5) for k, v in line.items()}) + "\n")
                images, text, logged = 0, 0, now
        if batch is not None:  # no other step looks at what the last one made
            with torch.no_grad():
                trainer.losses(batch)
    finally:
        if trainer.sound and trainer.step > first:
            trainer.save()
    return {"step": trainer.step, "minutes": trainer.spent / 60, **means}
