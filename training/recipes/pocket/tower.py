"""The tower's and the projector's pretraining: SigLIP's sigmoid loss between pieces of screens and what is said of them.

    square piece ─► 6 × 6 patches ─┬─► SigLIP-2 ─┬─► all patches, norm, linear ─► [192] ───┐
    line of text ─► 2 × 12 patches ┘             └─► projector, mean over patches ─► [576] ┼─► scale · cosine + bias, each
    words ─ the decoder's token embeddings, mean, frozen ─┬─ linear ─► [192] ──────────────┤
                                                          └────────────────► [576] ────────┘

The first way teaches the tower to see, the second has the projector write what it sees as the decoder's own words lie: without it, none of
what the tower told apart had reached the decoder after a quarter of an hour.
Beside its name an icon has what the shipped namer thinks of it, all names at once.
From random weights alone nothing but the names' frequencies was learned in the minutes that there are: it begins with gradients, see there.
Goes on exactly where it stopped: its checkpoint holds the state of chance, and its length is counted in steps.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.generate.crops.questions import ICON, Pieces, icon_piece
from training.generate.icons.drawings import load_drawings
from training.generate.icons.examples import NONE, Examples
from training.generate.icons.sources import cache_folder
from training.optimizing import fast_bfloat16, optimizers_of, rate_at, set_rate
from training.recipes.icons.network import JOINT, sigmoid_loss
from training.recipes.icons.train import RESTYLED, Targets
from training.recipes.icons.words import WordEmbeddings, Words
from training.recipes.pocket.settings import TowerSettings
from vlm.configuration import PATCH
from vlm.model import VisionTower
from vlm.reading.icons.namer import WEIGHTS, Namer
from vlm.reading.icons.portrait import CHANNELS, SIDE, portrait
from vlm.reading.lines import Rectangle
from vlm.writing import writing

GRIDS = {"squares": (6, 6), "lines": (2, 12)}
"""In patches, as the image processor cuts what is so large (`vlm.assembly.LEAST`)."""
CELLS, DIRECTIONS, REACH = 4, 4, 2.0
"""Of the gradients that the tower begins with: places along a patch's side, directions, and a filter's deviation in pixels."""
LINE = (24, 144)
"""Pixels of a stored line of text: height, width."""
SAVE_SECONDS = 60
TOLD_EVERY = 50
CHECKPOINT = "checkpoint.pt"
BEGIN = (2.7, -6.0)
"""The logarithm of a scale, and a bias, as few pairs in so many belong together."""
SIZES = 0.2
"""Weight of the sizes of what the projector writes."""
PART = 2048
"""Icons that are drawn at once."""
Pixels = NDArray[np.uint8]


class TowerNamer(nn.Module):
    """A tower of the published architecture, and the heads that its pretraining needs and nothing after it."""

    def __init__(self, config: Any, words: int) -> None:
        super().__init__()
        self.tower = VisionTower(config)
        siglip = self.tower.siglip
        siglip.set_attn_implementation("eager")  # which costs a quarter less for sixteen places
        for part in (siglip.encoder.layers[-1], siglip.post_layernorm, siglip.head):
            part.requires_grad_(False)  # the features are the layer's before
        begin_with_gradients(self.tower)
        wide = {name: rows * columns * config.vision_config.hidden_size for name, (rows, columns) in GRIDS.items()}
        self.norms = nn.ModuleDict({name: nn.LayerNorm(width) for name, width in wide.items()})
        self.projections = nn.ModuleDict({name: nn.Linear(width, JOINT) for name, width in wide.items()})
        self.dropout, self.name_projection = nn.Dropout(0.1), nn.Linear(words, JOINT)
        self.logit_scale, self.logit_bias = (nn.Parameter(torch.tensor(value)) for value in BEGIN)
        self.projector = nn.Sequential(nn.Linear(config.vision_config.hidden_size, words), nn.GELU(), nn.Linear(words, words))
        self.spoken_scale, self.spoken_bias = (nn.Parameter(torch.tensor(value)) for value in BEGIN)

    def encode_pictures(self, group: str, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """float [n, 3, rows * 16, columns * 16], 0–255, of the group's grid → [n, JOINT], of length 1, and as the projector writes it:
        [n, patches, words]."""
        rows, columns = GRIDS[group]
        cells = pixels.view(len(pixels), 3, rows, PATCH, columns, PATCH).permute(0, 2, 4, 3, 5, 1)
        patches = cells.reshape(len(pixels), rows * columns, -1)
        features = self.tower.encode(self.tower.embed(patches, self.tower.positions((rows, columns))))
        seen = functional.normalize(self.projections[group](self.dropout(self.norms[group](features.flatten(1)))), dim=-1)
        return seen, self.projector(features)

    def forward(self, pictures: Mapping[str, Tensor], embedded: Tensor, words: Words) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [n, m] of all pictures, one group after the other, by the tower's own head and by what the projector writes; and how far
        the sizes of what it writes are from those of words."""
        both = [self.encode_pictures(group, pixels) for group, pixels in pictures.items()]
        names = functional.normalize(self.name_projection(embedded), dim=-1)
        logits = torch.cat([seen for seen, _ in both]) @ names.T * self.logit_scale.exp() + self.logit_bias
        meant = functional.normalize(torch.cat([written.mean(1) for _, written in both]) - words.mean, dim=-1)
        spoken = meant @ functional.normalize(embedded, dim=-1).T * self.spoken_scale.exp() + self.spoken_bias
        sizes = torch.cat([(written.norm(dim=-1) / words.size - 1).square().mean(1) for _, written in both])
        return logits, spoken, sizes.mean()


def begin_with_gradients(tower: VisionTower) -> None:
    """Let the patch embedding look for edges, and the first layer write how strong each is, whichever side is dark; the others begin as
    nearly nothing. In place; all of it is trained on."""
    siglip = tower.siglip
    across = torch.arange(PATCH) - (PATCH - 1) / 2
    middles = (torch.arange(CELLS) + 0.5) * PATCH / CELLS - PATCH / 2
    y, x = torch.meshgrid(across, across, indexing="ij")
    filters = []
    for cy, cx, turn in product(middles, middles, range(DIRECTIONS)):
        angle = math.pi * turn / DIRECTIONS
        window = torch.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * REACH**2))
        edge = ((x - cx) * math.cos(angle) + (y - cy) * math.sin(angle)) * window
        edge -= window * edge.sum() / window.sum()  # a ground of one colour is no edge
        filters.append(edge / edge.abs().sum() * 4)
    embeddings, first = siglip.embeddings, siglip.encoder.layers[0].mlp
    n = min(len(filters), embeddings.patch_embedding.out_features // 3)
    with torch.no_grad():
        for layer in siglip.encoder.layers:
            for last in (layer.self_attn.out_proj, layer.mlp.fc2):
                last.weight *= 0.1
                last.bias.zero_()
        embeddings.patch_embedding.weight *= 0.3
        embeddings.patch_embedding.weight[:n] = (torch.stack(filters)[:n, ..., None].expand(-1, -1, -1, 3) / 3).flatten(1)
        embeddings.patch_embedding.weight[n : 2 * n] = 0
        embeddings.patch_embedding.bias[: 2 * n] = 0
        embeddings.position_embedding.weight *= 0.3
        embeddings.position_embedding.weight[:, : 2 * n] *= 0.1
        places = torch.arange(n)
        first.fc1.weight[: 2 * n], first.fc1.bias[: 2 * n], first.fc2.weight[:, : 2 * n] = 0, 0, 0
        for side, sign in ((places, 3), (places + n, -3)):  # both together give the size of a number
            first.fc1.weight[side, places] = sign
            first.fc2.weight[places + n, side] = 0.5


def enlarged(pieces: Tensor, grid: tuple[int, int]) -> Tensor:
    """uint8 [n, height, width, 3] → float [n, 3, rows * 16, columns * 16]."""
    size = (grid[0] * PATCH, grid[1] * PATCH)
    return functional.interpolate(pieces.permute(0, 3, 1, 2).float(), size, mode="bilinear", align_corners=False)


def varied(pieces: Tensor, grid: tuple[int, int]) -> Tensor:
    """The same, each moved and scaled a little, some in the opposite light, all with their colours in another order."""
    n, pixels = len(pieces), pieces.permute(0, 3, 1, 2).float()
    change = torch.zeros(n, 2, 3)
    change[:, 0, 0] = change[:, 1, 1] = torch.exp((torch.rand(n) - 0.5) * 0.2)
    change[:, :, 2] = (torch.rand(n, 2) - 0.5) * 0.16
    places = functional.affine_grid(change, [n, 3, grid[0] * PATCH, grid[1] * PATCH], align_corners=False)
    moved = functional.grid_sample(pixels, places, padding_mode="border", align_corners=False)[:, torch.randperm(3)]
    return torch.where((torch.rand(n) < 0.5)[:, None, None, None], 255 - moved, moved)


def draw_pool(path: Path, settings: TowerSettings, seed: int, teacher: Path = WEIGHTS) -> None:
    """Draw what the tower learns from into a file, unless it lies there; it learns the `teacher`'s thoughts. Raises IconsMissing."""
    if path.exists():
        return
    drawings = load_drawings(cache_folder(), "train")
    examples, namer = Examples(drawings, seed, restyled=RESTYLED, look=both_looks), Namer(teacher)
    names, words, shown, taught = list[NDArray[np.int64]](), list[str](), [], []
    for start in range(0, settings.icons, PART):
        drawn = examples.draw(min(PART, settings.icons - start))
        portraits, seen = apart(drawn.pictures)
        names.append(drawn.names)
        words += drawn.words
        shown.append(seen)
        if settings.taught:
            taught.append(namer.scores(portraits).astype(np.float16))
    pieces = Pieces("train", seed, drawings)
    marks = [pieces.mark() for _ in range(settings.marks)]
    texts = [pieces.words() for _ in range(settings.lines)]
    squares = np.concatenate((*shown, np.stack([cv2.resize(one.pixels, (ICON, ICON)) for one in marks])))
    names.append(np.full(len(marks) + len(texts), NONE))
    words += [*(f"{one.widget} {one.says}" for one in marks), *(one.says for one in texts)]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    with writing(partial, "free some space and give the command again"):
        lines = np.stack([as_line(one.pixels) for one in texts])
        told = np.concatenate(taught) if taught else np.zeros((0, 0), np.float16)
        np.savez(partial, squares=squares, lines=lines, names=np.concatenate(names), words=json.dumps(words), taught=told)
    partial.replace(path)


def both_looks(canvas: Pixels, box: Rectangle) -> NDArray[np.float32]:
    """An icon as the shipped namer looks at it, and as the tower does, one behind the other."""
    return np.concatenate((portrait(canvas, box).ravel(), icon_piece(canvas, box).ravel().astype(np.float32)))


def apart(shown: NDArray[np.float32]) -> tuple[NDArray[np.float32], Pixels]:
    """Portraits float32 [n, 4, 40, 40] and pieces uint8 [n, 48, 48, 3] of what was looked at so."""
    split = CHANNELS * SIDE * SIDE
    return shown[:, :split].reshape(-1, CHANNELS, SIDE, SIDE), shown[:, split:].reshape(-1, ICON, ICON, 3).astype(np.uint8)


def as_line(pixels: Pixels) -> Pixels:
    """A line of text at one height, continued by its ground or cut at one width."""
    high, wide = LINE
    scaled = cv2.resize(pixels, (max(round(pixels.shape[1] * high / len(pixels)), 1), high), interpolation=cv2.INTER_AREA)[:, :wide]
    return np.asarray(cv2.copyMakeBorder(scaled, 0, 0, 0, wide - scaled.shape[1], cv2.BORDER_REPLICATE))


class TowerRun:
    """One pretraining: its pool, network and optimiser, and how far it came."""

    def __init__(self, settings: TowerSettings, config: Any, base: Path, pool: Path, seed: int) -> None:
        self.settings = settings
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        with np.load(pool) as kept:
            self.pieces = {name: torch.from_numpy(kept[name]) for name in GRIDS}
            self.taught = torch.from_numpy(kept["taught"])
            self.names, self.words = torch.from_numpy(kept["names"]), json.loads(str(kept["words"]))
        torch.manual_seed(seed)
        embeddings = WordEmbeddings(base)
        self.targets, self.words_are = Targets(embeddings), embeddings.words_are(self.device)
        self.network = TowerNamer(config, embeddings.width).to(self.device)
        self.optimizers = optimizers_of(self.network, settings.rate, settings.decay, ("embedding",))
        self.step, self.spent = 0, 0.0
        self.losses: list[float] = []

    def batch(self) -> tuple[dict[str, Tensor], Tensor, Tensor, Tensor]:
        """Pictures in their groups, embeddings of what may be said of them, targets, and the places of the squares."""
        squares, lines = len(self.pieces["squares"]), len(self.pieces["lines"])
        chosen = torch.randint(squares, (self.settings.batch,)), torch.randint(lines, (self.settings.batch_lines,))
        shown = {name: varied(self.pieces[name][rows], GRIDS[name]).to(self.device) for name, rows in zip(GRIDS, chosen, strict=True)}
        rows = torch.cat((chosen[0], chosen[1] + squares))
        embedded, wanted = self.targets.of(self.names[rows], [self.words[row] for row in rows.tolist()])
        return shown, embedded.to(self.device), wanted.to(self.device), chosen[0]

    def advance(self, steps: int) -> None:
        """One optimiser step of so many in all."""
        set_rate(self.optimizers, self.settings.rate * (rate_at(self.step / steps, self.settings.warmup) + 0.003))
        pictures, embedded, wanted, squares = self.batch()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda" or fast_bfloat16()):
            logits, spoken, sizes = self.network(pictures, embedded, self.words_are)
        named = sigmoid_loss(logits.float(), wanted)
        loss = named + sigmoid_loss(spoken.float(), wanted) + SIZES * sizes
        if self.settings.taught:
            known = (squares < len(self.taught)).nonzero()[:, 0]
            likely = torch.sigmoid(self.taught[squares[known]].float()).to(self.device)
            for said in (logits, spoken):
                told = functional.binary_cross_entropy_with_logits(
                    said[known.to(self.device), : likely.shape[1]].float(), likely, reduction="sum"
                )
                loss = loss + self.settings.taught * told / len(squares)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        self.losses.append(float(named.detach()))

    def save(self, path: Path, about: dict[str, Any]) -> None:
        state = {
            "network": self.network.state_dict(), "optimizers": [one.state_dict() for one in self.optimizers], "step": self.step,
            "spent": self.spent, "losses": self.losses, "chance": torch.get_rng_state(), "about": about,
        }  # fmt: skip
        partial = path.with_suffix(".partial")
        with writing(partial, "free some space and give the command again"):
            torch.save(state, partial)
        partial.replace(path)

    def restore(self, path: Path) -> None:
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.network.load_state_dict(state["network"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.step, self.spent, self.losses = state["step"], state["spent"], state["losses"]
        torch.set_rng_state(state["chance"].cpu())

    def seconds_a_step(self, tries: int) -> float:
        """Measured; what was learned and drawn meanwhile is forgotten."""
        kept = {name: value.clone() for name, value in self.network.state_dict().items()}
        chance, states = torch.get_rng_state(), [one.state_dict() for one in self.optimizers]
        self.advance(1 << 20)
        began = time.monotonic()
        for _ in range(tries):
            self.advance(1 << 20)
        seconds = (time.monotonic() - began) / tries
        self.network.load_state_dict(kept)
        for optimizer, state in zip(self.optimizers, states, strict=True):
            optimizer.state.clear()
            optimizer.load_state_dict(state)
        self.step, self.losses = 0, []
        torch.set_rng_state(chance)
        return seconds

    def train(self, steps: int, folder: Path, about: dict[str, Any], stop: int | None = None) -> None:
        """To the end, or to the step `stop`; the checkpoint lies in `folder`."""
        kept = folder / CHECKPOINT
        if kept.exists():
            self.restore(kept)
        before, began = self.spent, time.monotonic()
        saved = began
        while self.step < min(steps, stop or steps):
            self.advance(steps)
            now = time.monotonic()
            self.spent = before + now - began
            if self.step % TOLD_EVERY == 0:
                loss = float(np.mean(self.losses[-TOLD_EVERY:]))
                print(f"tower: step {self.step} of {steps}, {self.spent / 60:.1f} min: loss {loss:.3f}", file=sys.stderr, flush=True)
            if now - saved > SAVE_SECONDS:
                saved = now
                self.save(kept, about)
        self.save(kept, about)

    @torch.no_grad()
    def scores(self, pieces: Pixels, written: bool = False) -> Tensor:
        """Logits [n, names] of icons' pieces, uint8 [n, 48, 48, 3]; `written`: by what the projector writes."""
        self.network.eval()
        names = self.targets.names.to(self.device)
        parts = torch.from_numpy(pieces).split(256)
        shown = ({"squares": enlarged(part, GRIDS["squares"]).to(self.device)} for part in parts)
        found = [self.network(one, names, self.words_are)[written].cpu() for one in shown]
        self.network.train()
        return torch.cat(found)

    def vision(self) -> dict[str, Tensor]:
        """The tower's and the projector's tensors by their published names."""
        published = {"tower.": "model.vision_tower.", "projector.": "model.mm_projector."}
        return {
            published[part] + name.removeprefix(part): value.detach().cpu()
            for name, value in self.network.state_dict().items()
            for part in published
            if name.startswith(part)
        }
