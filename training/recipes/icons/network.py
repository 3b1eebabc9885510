"""The namer's network: two ways to look at a picture, and names from frozen token embeddings, in one space for each.

    portrait ─ oriented gradients, whitened, fixed ─► [640] ─ three layers ──────► picture [192] ─► scale · cosine + bias ─┐
    portrait ─ convolutions [4, 40, 40] ─► [192, 5, 5] ─ two layers ─────────────► picture [192] ─► scale · cosine + bias ─┴─► sum
    words ─ the planner's token embeddings, mean, frozen [576] ─ linear, one for each ─► name [192]

Each way is trained by a loss of its own and asked together with the other: gradients know an outline whatever its ink at once,
convolutions learn with time what tells two outlines apart.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from vlm.reading.icons.gradients import FEATURES
from vlm.reading.icons.portrait import CHANNELS, SIDE

WHITENED, INNER, JOINT = 640, 1024, 192
WIDTHS, DEPTHS = (32, 96, 192), (1, 2, 1)
"""Channels of the convolutions at a half, a quarter and an eighth of the portrait's side, and how many blocks there are of each."""
PLACES = (SIDE // 8) ** 2
SQUEEZED = 64


class Naming(nn.Module):
    """Pictures that are described by so many numbers, and names, to the space that they share."""

    def __init__(self, width: int, words: int, bias: float) -> None:
        """
        Args:
            width: what a picture is described with.
            words: width of the frozen embeddings.
        """
        super().__init__()
        self.picture_projection, self.name_projection = nn.Linear(width, JOINT), nn.Linear(words, JOINT)
        self.logit_scale = nn.Parameter(torch.tensor(2.7))
        self.logit_bias = nn.Parameter(torch.tensor(bias))

    def encode_names(self, embedded: Tensor) -> Tensor:
        """Frozen embeddings [m, words] → [m, JOINT], of length 1."""
        return functional.normalize(self.name_projection(embedded), dim=-1)

    def forward(self, described: Tensor, embedded: Tensor) -> Tensor:
        """Logits [n, m]: whether each picture bears each name."""
        pictures = functional.normalize(self.picture_projection(described), dim=-1)
        return pictures @ self.encode_names(embedded).T * self.logit_scale.exp() + self.logit_bias


class Gradients(nn.Module):
    """What a picture's edges look like."""

    mean: Tensor
    matrix: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("matrix", torch.zeros(FEATURES, WHITENED))
        self.first, self.norm, self.second = nn.Linear(WHITENED, INNER), nn.LayerNorm(INNER), nn.Linear(INNER, INNER // 2)
        self.blinded, self.dropout = nn.Dropout(0.1), nn.Dropout(0.35)

    def whiten(self, described: Tensor) -> None:
        """Set from some examples [n, FEATURES]: their strongest directions, each divided by its deviation, but weak ones, which are
        mostly noise, by more."""
        self.mean.copy_(described.mean(dim=0))
        variances, directions = torch.linalg.eigh(torch.cov((described - self.mean).T.double()))
        strongest = variances.argsort(descending=True)[:WHITENED]
        kept = variances[strongest]
        self.matrix.copy_(directions[:, strongest] / (kept + kept.mean()).sqrt())

    def forward(self, described: Tensor) -> Tensor:
        """float [n, FEATURES] → [n, INNER // 2]."""
        hidden = functional.relu(self.norm(self.first(self.blinded((described - self.mean) @ self.matrix))))
        return functional.relu(self.second(self.dropout(hidden)))


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


class Shapes(nn.Module):
    """What convolutions see in a portrait."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[Convolution | Block] = []
        for number, (width, depth) in enumerate(zip(WIDTHS, DEPTHS, strict=True)):
            layers.append(Convolution(WIDTHS[number - 1], width, 3, 2) if number else Convolution(CHANNELS, width, 5, 2))
            layers += [Block(width) for _ in range(depth)]
        self.layers = nn.ModuleList([*layers, Convolution(WIDTHS[-1], SQUEEZED, 1)])
        self.hidden, self.norm = nn.Linear(SQUEEZED * PLACES, INNER // 2), nn.LayerNorm(INNER // 2)
        self.dropout = nn.Dropout(0.3)

    def forward(self, portraits: Tensor) -> Tensor:
        """float [n, CHANNELS, SIDE, SIDE] → [n, INNER // 2]."""
        seen = portraits.contiguous(memory_format=torch.channels_last)
        for layer in self.layers:
            seen = layer(seen)
            if isinstance(layer, Convolution):
                seen = functional.relu(seen)
        seen = self.dropout(seen.contiguous().flatten(1))
        shaped: Tensor = self.dropout(functional.relu(self.norm(self.hidden(seen))))
        return shaped


class IconNetwork(nn.Module):
    """Both ways."""

    def __init__(self, words: int) -> None:
        """
        Args:
            words: width of the frozen embeddings.
        """
        super().__init__()
        self.gradients, self.shapes = Gradients(), Shapes()
        self.by_gradients, self.by_shapes = Naming(INNER // 2, words, -9.0), Naming(INNER // 2, words, -9.0)

    def forward(self, portraits: Tensor, described: Tensor, embedded: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [n, m] by gradients and by shapes; their sum is what is answered."""
        return self.by_gradients(self.gradients(described), embedded), self.by_shapes(self.shapes(portraits), embedded)


def sigmoid_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """SigLIP's: each pair of a picture and a name is judged alone.

    Args:
        logits: [n, m].
        targets: [n, m], 1 where the name is the picture's, −1 where it is not, 0 where nobody knows.
    """
    return -(functional.logsigmoid(logits * targets) * targets.abs()).sum() / len(logits)
