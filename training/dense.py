"""Dense supervision: what the tower must know of every patch, learned through heads that only training has.

A vision-language model trained from scratch on questions alone does not find reading in affordable time. Asking each patch which
characters lie in it, and where the edges of its element are, gives a signal at every patch of every picture.
"""

from __future__ import annotations

import math
import string
import zlib

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.screens.store import ScreenElement
from vlm.configuration import PATCH

CHARACTERS = string.ascii_letters + string.digits + string.punctuation + "…×÷√±²−"
CLASSES = len(CHARACTERS) + 1
"""One class a character and one for all others."""
_CLASS = {character: index for index, character in enumerate(CHARACTERS)}
REACH = 8.0
"""Patches from a patch's centre to an element's edge beyond which the edge is only 'far'."""


def character_targets(glyphs: list[tuple[str, float, float, float, float]], grid: tuple[int, int]) -> np.ndarray:
    """Which characters have their centre in which patch: uint8 [rows, columns, CLASSES]."""
    rows, columns = grid
    targets = np.zeros((rows, columns, CLASSES), np.uint8)
    for character, x1, y1, x2, y2 in glyphs:
        row, column = int((y1 + y2) / 2 / PATCH), int((x1 + x2) / 2 / PATCH)
        if 0 <= row < rows and 0 <= column < columns:
            targets[row, column, _CLASS.get(character, CLASSES - 1)] = 1
    return targets


def edge_targets(elements: list[ScreenElement], grid: tuple[int, int]) -> np.ndarray:
    """Distances from each patch's centre to its smallest element's left, top, right and bottom edge, in patches.

    float32 [rows, columns, 4], NaN where a patch belongs to no element.
    """
    rows, columns = grid
    targets = np.full((rows, columns, 4), np.nan, np.float32)
    for element in sorted(elements, key=lambda e: -(e.box[2] - e.box[0]) * (e.box[3] - e.box[1])):
        x1, y1, x2, y2 = (edge / PATCH for edge in element.box)
        left, top = max(round(x1), 0), max(round(y1), 0)
        right, bottom = min(max(round(x2), left + 1), columns), min(max(round(y2), top + 1), rows)
        if left >= columns or top >= rows:
            continue
        cx = np.arange(left, right, dtype=np.float32)[None, :] + 0.5
        cy = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5
        patch = targets[top:bottom, left:right]
        patch[..., 0], patch[..., 1], patch[..., 2], patch[..., 3] = cx - x1, cy - y1, x2 - cx, y2 - cy
    return np.clip(targets, -1.0, REACH)


SHORTEST, LONGEST, WAVES = 4.0, 160.0, 16
"""Wavelengths of places and numbers in sixty-fourths of the picture, and how many there are."""


def place_waves(fractions: Tensor) -> Tensor:
    """Sines and cosines of places in the picture: [.., 2] fractions (x, y) to [.., 4 * WAVES]."""
    frequencies = 2 * math.pi * 64 / torch.logspace(math.log10(SHORTEST), math.log10(LONGEST), WAVES, device=fractions.device)
    phase = fractions[..., None].float() * frequencies
    return torch.cat([phase.sin(), phase.cos()], dim=-1).flatten(-2)


def patch_places(cells: Tensor, grid: tuple[int, int]) -> Tensor:
    """Centres of patches as fractions (x, y): cell numbers [..] to [.., 2]."""
    return torch.stack([(cells % grid[1] + 0.5) / grid[1], (cells // grid[1] + 0.5) / grid[0]], dim=-1)


LABEL_CLASSES = 256
"""The characters of a label, and its pairs of neighbouring characters hashed into the classes that are left."""


def label_classes(name: str) -> list[int]:
    """Which classes a label has: what tells it from other labels, whatever its length."""
    text = name.strip()
    found = {_CLASS.get(character, CLASSES - 1) for character in text if not character.isspace()}
    for first, second in zip(f"^{text}", f"{text}$", strict=True):
        found.add(CLASSES + zlib.crc32(f"{first}{second}".encode()) % (LABEL_CLASSES - CLASSES))
    return sorted(found)


class DenseHeads(nn.Module):
    """Linear readers of characters and edges from patch features, and of whole labels from the decoder; never shipped."""

    def __init__(self, width: int, decoder_width: int | None = None) -> None:
        super().__init__()
        self.label_norm = nn.LayerNorm(decoder_width or width)
        self.labels = nn.Linear(decoder_width or width, LABEL_CLASSES)
        nn.init.constant_(self.labels.bias, -3.0)
        self.target_norm = nn.LayerNorm(decoder_width or width)
        self.targets = nn.Linear(decoder_width or width, 4 * WAVES)
        self.norm = nn.LayerNorm(width)
        self.characters = nn.Linear(width, CLASSES)
        self.edges = nn.Linear(width, 4)
        self.places = nn.Linear(width, 4 * WAVES)
        nn.init.constant_(self.characters.bias, -4.0)
        nn.init.zeros_(self.edges.weight)

    def loss(self, features: Tensor, characters: Tensor | None, known: Tensor | None, edges: Tensor) -> tuple[Tensor, Tensor]:
        """Character loss and edge loss of features [batch, n, width].

        `characters` is uint8 [batch, n, CLASSES], `known` [batch] says which pictures have glyph boxes, `edges` is [batch, n, 4].
        """
        normal = self.norm(features)
        zero = features.new_zeros(())
        character_loss = zero
        if characters is not None and known is not None and bool(known.any()):
            logits = self.characters(normal[known])
            truth = characters[known].to(logits.dtype)
            # Most patches are blank: characters that are there weigh more than those that are not.
            loss = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none", pos_weight=logits.new_tensor(3.0))
            character_loss = loss.sum() / truth.sum().clamp_min(1.0)
        inside = ~edges.isnan().any(-1)
        edge_loss = zero
        if bool(inside.any()):
            edge_loss = functional.smooth_l1_loss(self.edges(normal[inside]), edges[inside].to(normal.dtype), beta=0.5)
        return character_loss, edge_loss

    def place_loss(self, features: Tensor, cells: Tensor, grid: tuple[int, int]) -> Tensor:
        """How badly features [batch, n, width] tell where their patches are; 1 where they tell nothing.

        A tower that only has to read forgets where it reads, and the decoder has no other way to know.
        """
        truth = place_waves(patch_places(cells, grid))
        return 2 * functional.mse_loss(self.places(self.norm(features)).float(), truth)

    def target_loss(self, hidden: Tensor, centres: Tensor) -> Tensor:
        """How badly hidden states [p, decoder width] tell the centre (x, y) of what they point at; 1 where they tell nothing."""
        if hidden.shape[0] == 0:
            return hidden.new_zeros((), dtype=torch.float32)
        return 2 * functional.mse_loss(self.targets(self.target_norm(hidden)).float(), place_waves(centres))

    def label_loss(self, hidden: Tensor, truth: Tensor) -> Tensor:
        """How badly hidden states [n, decoder width] tell the label they belong to: `truth` is uint8 [n, LABEL_CLASSES].

        One head reads the label both from the patches that show it and from the words that ask for it, so that the two meet in one
        space: looking for a label is then a matter of comparing.
        """
        if hidden.shape[0] == 0:
            return hidden.new_zeros((), dtype=torch.float32)
        logits = self.labels(self.label_norm(hidden)).float()
        wanted = truth.to(logits.dtype)
        loss = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none", pos_weight=logits.new_tensor(3.0))
        return loss.sum() / wanted.sum().clamp_min(1.0)

    @torch.no_grad()
    def character_counts(self, features: Tensor, characters: Tensor) -> tuple[int, int, int]:
        """True positives, predicted and present characters at threshold 0.5, for an F1."""
        predicted = self.characters(self.norm(features)) > 0
        present = characters.bool()
        return int((predicted & present).sum()), int(predicted.sum()), int(present.sum())
