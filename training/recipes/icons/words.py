"""Names as the namer's network gets them: the mean of the planner's token embeddings, frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from vlm.reading.icons.names import icon_names

_TABLE = "model.embed_tokens.weight"


@dataclass(frozen=True, slots=True)
class Words:
    """Where words lie among the decoder's token embeddings: around their mean [width], so far from nothing."""

    mean: Tensor
    size: float


class WordEmbeddings:
    """Of the planner's base model in its converted folder, `vlm.planner.base.find_base()`."""

    def __init__(self, base: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        with safe_open(base / "model.safetensors", "pt") as weights:
            table = weights.get_tensor(_TABLE).float()
        self._mean, self._size = table.mean(dim=0), float(table.norm(dim=1).mean())
        self._table = table - self._mean  # what all tokens share tells no two names apart
        self._known: dict[str, Tensor] = {}

    @property
    def width(self) -> int:
        return self._table.shape[1]

    def words_are(self, device: torch.device) -> Words:
        return Words(self._mean.to(device), self._size)

    def embed(self, texts: Sequence[str]) -> Tensor:
        """[len(texts), width], of length √width."""
        for text in texts:
            if text not in self._known:
                tokens = self._tokenizer.encode(" " + text, add_special_tokens=False).ids
                self._known[text] = self._table[tokens].mean(dim=0)
        return functional.normalize(torch.stack([self._known[text] for text in texts]), dim=-1) * self.width**0.5

    def names(self) -> Tensor:
        """Of all `icon_names()`: the name counts as much as all that is said for it."""
        rows = []
        for name in icon_names():
            said = self.embed(name.said).mean(dim=0) if name.said else self.embed([name.name])[0]
            rows.append(self.embed([name.name])[0] + said)
        return functional.normalize(torch.stack(rows), dim=-1) * self.width**0.5
