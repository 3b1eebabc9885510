"""The namer's network: convolutions over a portrait, and names from frozen token embeddings, in one space.

portrait ─ convolutions [4, 40, 40] ─► [64, 5, 5] ─ two layers ─────────────────► picture [192] ─┐
words ─ the planner's token embeddings, mean, frozen [576] ─ linear ────────────► name [192] ────┴─► scale · cosine + bias
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from vlm.reading.icons.portrait import CHANNELS, SIDE

WIDTHS, DEPTHS = (48, 128, 256), (1, 2, 1)
"""Channels of the convolutions at a half, a quarter and an eighth of the portrait's side, and how many blocks there are of each."""
SQUEEZED, INNER, JOINT = 64, 512, 192


class Convolution(nn.Module):
    """One with a batch's norm; its weights lie as a matrix, as the optimiser wants them."""

    def __init__(self, channels: int, out: int, side: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.shape, self.stride = (out, channels, side, side), stride
        fan = channels * side**2
        self.weight, self.norm = nn.Parameter(torch.randn(out, fan) * (2 / fan) ** 0.5), nn.BatchNorm2d(out)

    def forward(self, pictures: Tensor) -> Tensor:
        kernel = self.weight.view(self.shape).contiguous(memory_format=torch.channels_last)
        normed: Tensor = self.norm(functional.conv2d(pictures, kernel, stride=self.stride, padding=self.shape[-1] // 2))
        return normed

    def folded(self) -> tuple[Tensor, Tensor]:
        """Kernel and bias of the same convolution without its norm, as it is used after training."""
        norm = self.norm
        assert norm.running_mean is not None and norm.running_var is not None
        share = norm.weight / (norm.running_var + norm.eps).sqrt()
        return (self.weight * share[:, None]).view(self.shape), norm.bias - norm.running_mean * share


class Block(nn.Module):
    """Two convolutions beside the way through."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = Convolution(width, width), Convolution(width, width)
        nn.init.zeros_(self.second.norm.weight)

    def forward(self, pictures: Tensor) -> Tensor:
        return functional.relu(pictures + self.second(functional.relu(self.first(pictures))))


class IconNetwork(nn.Module):
    """Pictures and words to the space that they share."""

    def __init__(self, words: int) -> None:
        """
        Args:
            words: width of the frozen embeddings.
        """
        super().__init__()
        layers: list[Convolution | Block] = []
        for number, (width, depth) in enumerate(zip(WIDTHS, DEPTHS, strict=True)):
            layers.append(Convolution(WIDTHS[number - 1], width, 3, 2) if number else Convolution(CHANNELS, width, 5, 2))
            layers += [Block(width) for _ in range(depth)]
        self.layers = nn.ModuleList([*layers, Convolution(WIDTHS[-1], SQUEEZED, 1)])
        self.hidden, self.norm = nn.Linear(SQUEEZED * (SIDE // 8) ** 2, INNER), nn.LayerNorm(INNER)
        self.dropout = nn.Dropout(0.3)
        self.picture_projection, self.name_projection = nn.Linear(INNER, JOINT), nn.Linear(words, JOINT)
        self.logit_scale = nn.Parameter(torch.tensor(2.7))
        self.logit_bias = nn.Parameter(torch.tensor(-9.0))

    def encode_pictures(self, portraits: Tensor) -> Tensor:
        """float [n, CHANNELS, SIDE, SIDE] → [n, JOINT], of length 1."""
        seen = portraits.contiguous(memory_format=torch.channels_last)
        for layer in self.layers:
            seen = layer(seen)
            if isinstance(layer, Convolution):
                seen = functional.relu(seen)
        hidden = self.hidden(self.dropout(seen.contiguous().flatten(1)))
        hidden = self.dropout(functional.relu(self.norm(hidden)))
        return functional.normalize(self.picture_projection(hidden), dim=-1)

    def encode_names(self, embedded: Tensor) -> Tensor:
        """Frozen embeddings [m, words] → [m, JOINT], of length 1."""
        return functional.normalize(self.name_projection(embedded), dim=-1)

    def forward(self, portraits: Tensor, embedded: Tensor) -> Tensor:
        """Logits [n, m]: whether each picture bears each name."""
        return self.encode_pictures(portraits) @ self.encode_names(embedded).T * self.logit_scale.exp() + self.logit_bias


def sigmoid_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """SigLIP's: each pair of a picture and a name is judged alone.

    Args:
        logits: [n, m].
        targets: [n, m], 1 where the name is the picture's, −1 where it is not, 0 where nobody knows.
    """
    return -(functional.logsigmoid(logits * targets) * targets.abs()).sum() / len(logits)
