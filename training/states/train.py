"""Makes the weights that tell states: `python -m training.states.train EXAMPLES.npz...`. A quarter of an hour on one core at most."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.numpy import load_file
from torch import nn

from training.command import command
from training.fitting import fit, held_out, layers_of, read_examples, save, temperature_of
from training.states.examples import MARGIN
from vlm.reading.states import CLASSES, HEIGHT, WEIGHTS, WIDTH

CHANNELS = (3, 16, 32, 64)
INNER = 96
BATCH = 96
SCENERY = 4
"""Crops of a batch, more, that are like those of photographs."""
NOTHING_SHARE = 0.55
"""Of what is learned from, at most so much shows nothing."""
KEPT = ("abiword", "atril", "xarchiver")
"""Applications that are kept for the temperature, and so is one example in twenty of the pages."""


class Network(nn.Module):
    """The network that `vlm.reading.states.StateNetwork` runs, with batch normalisation, which goes into the convolutions on export."""

    def __init__(self) -> None:
        super().__init__()
        pairs = list(pairwise(CHANNELS))
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b in pairs)
        self.inner = nn.Linear(CHANNELS[-1] * (HEIGHT // 8) * (WIDTH // 8), INNER)
        self.outer = nn.Linear(INNER, len(CLASSES))
        self.dropout = nn.Dropout(0.1)
        self.frozen = False
        """Whether the normalisation stays as it is."""

    def train(self, mode: bool = True) -> Network:
        super().train(mode)
        for norm in self.norms:
            norm.train(mode and not self.frozen)
        return self

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        hidden = pictures
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            hidden = nn.functional.max_pool2d(norm(convolution(hidden)).relu(), 2)
        return self.outer(self.dropout(self.inner(self.dropout(hidden.permute(0, 2, 3, 1).flatten(1))).relu()))

    def exported(self) -> dict[str, torch.Tensor]:
        named = {}
        for number, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            scale = torch.as_tensor(norm.weight) / torch.sqrt(torch.as_tensor(norm.running_var) + norm.eps)
            named[f"conv{number}.weight"] = (convolution.weight * scale[:, None, None, None]).permute(0, 2, 3, 1).contiguous()
            named[f"conv{number}.bias"] = norm.bias - norm.running_mean * scale
        return named | layers_of(self, "inner", "outer")


def resumed(weights: Path) -> Network:
    """A network that goes on from exported weights; their normalisation has gone into the convolutions and stays as it is."""
    model, values = Network(), {name: torch.from_numpy(value).float() for name, value in load_file(weights).items()}
    for number, (convolution, norm) in enumerate(zip(model.convolutions, model.norms, strict=True)):
        convolution.weight.data = values[f"conv{number}.weight"].permute(0, 3, 1, 2).contiguous()
        norm.bias.data = values[f"conv{number}.bias"]
        norm.running_var.fill_(1.0 - norm.eps)
    for name in ("inner", "outer"):
        getattr(model, name).weight.data = values[f"{name}.weight"]
        getattr(model, name).bias.data = values[f"{name}.bias"]
    model.frozen = True
    return model


def vary(crops: torch.Tensor) -> torch.Tensor:
    """Moves, scales, colours, blurs and inverts crops, each in its own way; uint8 [n, h, w, 3] to float32 [n, 3, HEIGHT, WIDTH]."""
    n, height, width, _ = crops.shape
    pictures = crops.permute(0, 3, 1, 2).float() / 255
    zoom = torch.exp((torch.rand(n) - 0.5) * 0.36)
    across, down = (torch.rand(n) - 0.5) * 2 * 1.8 / (width / 2), (torch.rand(n) - 0.5) * 2 * 1.8 / (height / 2)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = zoom * WIDTH / width, zoom * HEIGHT / height
    theta[:, 0, 2], theta[:, 1, 2] = across, down
    grid = nn.functional.affine_grid(theta, [n, 3, HEIGHT, WIDTH], align_corners=False)
    pictures = nn.functional.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)
    order = torch.stack([torch.randperm(3) for _ in range(16)])[torch.randint(16, (n,))]
    mixed = torch.gather(pictures, 1, order[:, :, None, None].expand_as(pictures))
    pictures = torch.where((torch.rand(n) < 0.5)[:, None, None, None], mixed, pictures)
    grey = pictures.mean(dim=1, keepdim=True).expand_as(pictures)
    pictures = torch.where((torch.rand(n) < 0.12)[:, None, None, None], grey, pictures)
    pictures = torch.where((torch.rand(n) < 0.3)[:, None, None, None], 1 - pictures, pictures)
    contrast, light = 0.55 + 0.6 * torch.rand(n, 1, 1, 1), (torch.rand(n, 3, 1, 1) - 0.5) * 0.25
    pictures = (pictures - 0.5) * contrast + 0.5 + light
    return (pictures + torch.randn_like(pictures) * 0.012).clamp(0, 1) - 0.5


def scenery(count: int) -> torch.Tensor:
    """Crops as of photographs: blots of colour, coarse and fine, float32 [count, 3, HEIGHT, WIDTH]."""
    made = torch.zeros(count, 3, HEIGHT, WIDTH)
    for fineness in (2, 5, 11):
        blots = torch.rand(count, 3, fineness, fineness * 2) - 0.5
        weight = torch.rand(count, 1, 1, 1)
        made += weight * nn.functional.interpolate(blots, (HEIGHT, WIDTH), mode="bicubic", align_corners=False)
    return (made * (0.4 + torch.rand(count, 1, 1, 1))).clamp(-0.5, 0.5)


def plain(crops: torch.Tensor) -> torch.Tensor:
    """The middle of crops, as it is in use."""
    inner = crops[:, MARGIN : MARGIN + HEIGHT, MARGIN : MARGIN + WIDTH]
    return inner.permute(0, 3, 1, 2).float() / 255 - 0.5


def loss_of(scores: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """How unlikely it is said to be that one of the allowed classes is shown."""
    return -(torch.logsumexp(scores.masked_fill(~masks, -1e4), dim=1) - torch.logsumexp(scores, dim=1))


def train(model: Network, crops: torch.Tensor, masks: torch.Tensor, epochs: int, minutes: float, rate: float) -> Network:
    """Train for some epochs, or as far as the processor's minutes last: each time on another part of what shows nothing."""
    nothing = masks[:, 0] & (masks.sum(dim=1) == 1)
    some, none = torch.nonzero(~nothing).flatten(), torch.nonzero(nothing).flatten()
    share = min(len(none), round(len(some) * NOTHING_SHARE / (1 - NOTHING_SHARE)))
    nowhere = torch.tensor([[name == "nothing" for name in CLASSES]]).repeat(SCENERY, 1)

    def draw() -> torch.Tensor:
        chosen = torch.cat((some, none[torch.randperm(len(none))[:share]]))
        return chosen[torch.randperm(len(chosen))]

    def loss(picked: torch.Tensor) -> torch.Tensor:
        shown = torch.cat((vary(crops[picked]), scenery(SCENERY)))
        return loss_of(model(shown), torch.cat((masks[picked], nowhere))).mean()

    fit(model, len(some) + share, draw, loss, batch=BATCH, epochs=epochs, rate=rate, decay=1e-2, minutes=minutes)
    return model


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.train", description=__doc__)
    parser.add_argument("examples", nargs="+", type=Path, metavar="EXAMPLES.npz")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--rate", type=float, default=4e-3, help="the highest learning rate")
    parser.add_argument("--resume", type=Path, metavar="WEIGHTS", help="go on from weights that were made before")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    known = read_examples(given.examples)
    crops, masks = torch.from_numpy(known["crops"]), torch.from_numpy(known["masks"])
    held = torch.from_numpy(held_out(known["apps"], KEPT, 5000))
    print(f"{len(crops)} examples, {int(held.sum())} of them held out", flush=True)
    model = resumed(given.resume) if given.resume is not None else Network()
    model = train(model, crops[~held], masks[~held], given.epochs, given.minutes, given.rate)
    with torch.no_grad():
        scores = torch.cat([model(plain(part)) for part in crops[held].split(512)])
    temperature = max(temperature_of(lambda t: loss_of(scores / t, masks[held]).mean(), 0.5, 4.0), 1.0)
    right = masks[held].gather(1, scores.argmax(dim=1, keepdim=True)).float().mean()
    print(f"held out: {float(right):.4f} right, temperature {temperature:.2f}")
    save(model.exported() | {"temperature": torch.tensor([temperature])}, given.out)


if __name__ == "__main__":
    raise SystemExit(main())
