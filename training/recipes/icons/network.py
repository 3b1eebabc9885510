"""The namer's network: what a picture's edges look like, and names from frozen token embeddings, in one space.

    portrait ─ oriented gradients, whitened, fixed ─► [640] ─ three layers ─► picture [192] ─┐
    words ─ the planner's token embeddings, mean, frozen [576] ─ linear ────► name [192] ────┴─► scale · cosine + bias

The gradients stand where SigLIP-2 has its patch embedding and encoder: on one thread a small tower learns the same from nothing in hours
(`training/LOG.md`), this in minutes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WHITENED, INNER, JOINT = 640, 1024, 192


class IconNetwork(nn.Module):
    """Pictures and words to the space that they share."""

    def __init__(self, words: int) -> None:
        """
        Args:
            words: width of the frozen embeddings.
        """
        super().__init__()
        self.first, self.norm = nn.Linear(WHITENED, INNER), nn.LayerNorm(INNER)
        self.second, self.picture_projection = nn.Linear(INNER, INNER // 2), nn.Linear(INNER // 2, JOINT)
        self.name_projection = nn.Linear(words, JOINT)
        self.blinded, self.dropout = nn.Dropout(0.1), nn.Dropout(0.35)
        self.logit_scale = nn.Parameter(torch.tensor(2.7))
        self.logit_bias = nn.Parameter(torch.tensor(-9.0))

    def encode_pictures(self, whitened: Tensor) -> Tensor:
        """float [n, WHITENED] → [n, JOINT], of length 1."""
        hidden = functional.relu(self.norm(self.first(self.blinded(whitened))))
        hidden = functional.relu(self.second(self.dropout(hidden)))
        return functional.normalize(self.picture_projection(hidden), dim=-1)

    def encode_names(self, embedded: Tensor) -> Tensor:
        """Frozen embeddings [m, words] → [m, JOINT], of length 1."""
        return functional.normalize(self.name_projection(embedded), dim=-1)

    def forward(self, whitened: Tensor, embedded: Tensor) -> Tensor:
        """Logits [n, m]: whether each picture bears each name."""
        return self.encode_pictures(whitened) @ self.encode_names(embedded).T * self.logit_scale.exp() + self.logit_bias


def sigmoid_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """SigLIP's: each pair of a picture and a name is judged alone.

    Args:
        logits: [n, m].
        targets: [n, m], 1 where the name is the picture's, −1 where it is not, 0 where nobody knows.
    """
    return -(functional.logsigmoid(logits * targets) * targets.abs()).sum() / len(logits)
