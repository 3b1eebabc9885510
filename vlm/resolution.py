"""How a picture becomes features: natively, or in the ways that the published report compares that with.

    dynamic         the tower sees the whole grid of patches at once (NaFlex): what the model ships with
    multi-crop      the grid is cut into tiles, each seen alone as a picture of its own
    dynamic-s2      beside the whole grid the picture at half its size, each coarse feature behind the fine ones that it covers
    multi-crop-s2   tiles, with the half-sized picture seen whole behind them

All give one feature a patch, so the decoder's sequence stays as long; the S2 ways double the width that the projector takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from vlm.configuration import Resolution

if TYPE_CHECKING:
    from vlm.model import Phi4ForCausalLMV, VisionTower

RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)

TILE = 24
"""Patches along a side of a tile: the 384 pixels of SigLIP-2's own square pictures."""
_SIDE, _CHANNELS = 16, 3


def scales_of(resolution: Resolution) -> int:
    """How many features of the tower's width stand behind each other for one patch."""
    return 2 if resolution.endswith("s2") else 1


def see(tower: VisionTower, patches: Tensor, grid: tuple[int, int], resolution: Resolution) -> Tensor:
    """Patches (uint8 [rows * columns, 768], row-major) of a grid (rows, columns) to features [1, rows * columns, width * scales]."""
    fine = _tiles(tower, patches, grid) if resolution.startswith("multi-crop") else _whole(tower, patches, grid)
    if scales_of(resolution) == 1:
        return fine
    small, small_grid = halved(patches, grid)
    coarse = _whole(tower, small, small_grid)[0].view(*small_grid, -1)
    spread = coarse.repeat_interleave(2, dim=0).repeat_interleave(2, dim=1)[: grid[0], : grid[1]]
    return torch.cat([fine, spread.reshape(1, grid[0] * grid[1], -1)], dim=-1)


def _whole(tower: VisionTower, patches: Tensor, grid: tuple[int, int]) -> Tensor:
    return tower.encode(tower.embed(patches[None], tower.positions(grid)))


def _tiles(tower: VisionTower, patches: Tensor, grid: tuple[int, int]) -> Tensor:
    rows, columns = grid
    field = patches.view(rows, columns, -1)
    bands = []
    for top in range(0, rows, TILE):
        tiles = []
        for left in range(0, columns, TILE):
            tile = field[top : top + TILE, left : left + TILE]
            height, width = tile.shape[:2]
            tiles.append(_whole(tower, tile.reshape(height * width, -1), (height, width))[0].view(height, width, -1))
        bands.append(torch.cat(tiles, dim=1))
    return torch.cat(bands, dim=0).reshape(1, rows * columns, -1)


def halved(patches: Tensor, grid: tuple[int, int]) -> tuple[Tensor, tuple[int, int]]:
    """The picture at half its size, as patches and their grid; an odd last row or column is continued by its own pixels."""
    rows, columns = grid
    image = patches.view(rows, columns, _SIDE, _SIDE, _CHANNELS).permute(4, 0, 2, 1, 3).reshape(1, _CHANNELS, rows * _SIDE, columns * _SIDE)
    odd = (0, columns % 2 * _SIDE, 0, rows % 2 * _SIDE)
    small = functional.avg_pool2d(functional.pad(image.float(), odd, mode="replicate"), 2).round().to(torch.uint8)
    height, width = small.shape[2] // _SIDE, small.shape[3] // _SIDE
    cut = small.view(_CHANNELS, height, _SIDE, width, _SIDE).permute(1, 3, 2, 4, 0)
    return cut.reshape(height * width, -1), (height, width)


def set_resolution(model: Phi4ForCausalLMV, resolution: Resolution) -> None:
    """Make a loaded model see pictures so, in place. A second scale begins without any weight: at first it changes no answer.

    Raises:
        ValueError: the model was made for another number of scales, and what it learned about them would be lost.
    """
    config = model.config
    before, after = scales_of(config.resolution), scales_of(resolution)
    if after < before:
        raise ValueError(f"this model sees {config.resolution} and has learned from both scales: it cannot see {resolution}")
    if after > before:
        first = model.model.mm_projector[0]
        assert isinstance(first, nn.Linear)
        wide = nn.Linear(first.in_features * after, first.out_features, device=first.weight.device, dtype=first.weight.dtype)
        with torch.no_grad():
            wide.weight.zero_()
            wide.weight[:, : first.in_features] = first.weight
            wide.bias.copy_(first.bias)
        model.model.mm_projector[0] = wide
        config.mm_hidden_size = wide.in_features
    config.resolution = resolution
