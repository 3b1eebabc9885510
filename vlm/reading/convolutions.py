"""The layers of the reader's own small networks, in numpy: no framework has to be loaded for a few crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def read_weights(path: Path) -> dict[str, Floats]:
    """Weights by their names, which are kept in half precision."""
    from safetensors.numpy import load_file

    return {name: value.astype(np.float32) for name, value in load_file(path).items()}


def convolve(image: Floats, weight: Floats, bias: Floats) -> Floats:
    """3×3, padded, rectified; [n, h, w, in] and [out, 3, 3, in] to [n, h, w, out]."""
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))  # [n, h, w, in, 3, 3]
    columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(*image.shape[:3], -1)
    return np.maximum(columns @ weight.reshape(len(weight), -1).T + bias, 0)


def pool(image: Floats) -> Floats:
    """The largest of each 2×2; [n, h, w, c] to [n, h / 2, w / 2, c]."""
    n, height, width, channels = image.shape
    return image.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def softmax(scores: Floats) -> Floats:
    """Chances along the last axis."""
    chances = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return chances / chances.sum(axis=-1, keepdims=True)
