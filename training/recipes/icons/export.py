"""The trained namer as the file that ships: half precision, read by ONNX Runtime.

Norms are worked into the convolutions, the names into a matrix; the confidence is set on sources that nothing was trained on.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.generate.icons.drawings import load_drawings
from training.generate.icons.examples import Examples
from training.recipes.icons.network import Block, Convolution, IconNetwork
from training.recipes.icons.onnx_file import Graph
from training.recipes.icons.train import CHECKPOINT, RUN
from vlm.reading.icons.namer import Namer
from vlm.reading.icons.names import icon_names
from vlm.reading.icons.portrait import CHANNELS, SIDE

TUNED = 4000
"""Examples that the confidence is set with."""


def to_onnx(network: IconNetwork, names: Tensor, metadata: dict[str, str]) -> bytes:
    """The file's content: `portraits` float32 [n, CHANNELS, SIDE, SIDE] → `scores` float32 [n, names], before the sigmoid."""
    graph = Graph()

    def half(values: Tensor) -> str:
        return graph.constant(values.detach().float().numpy().astype(np.float16))

    def linear(hidden: str, layer: nn.Linear) -> str:
        return graph.add("Add", [graph.add("MatMul", [hidden, half(layer.weight.T)]), half(layer.bias)])

    def convolved(seen: str, layer: Convolution) -> str:
        kernel, bias = layer.folded()
        edge, stride = layer.shape[-1] // 2, layer.stride
        return graph.add("Conv", [seen, half(kernel), half(bias)], pads=[edge] * 4, strides=[stride] * 2)

    seen = "portraits"
    for layer in network.layers:
        if isinstance(layer, Convolution):
            seen = graph.add("Relu", [convolved(seen, layer)])
        else:
            assert isinstance(layer, Block)
            added = convolved(graph.add("Relu", [convolved(seen, layer.first)]), layer.second)
            seen = graph.add("Relu", [graph.add("Add", [seen, added])])
    hidden, norm = linear(graph.add("Flatten", [seen], axis=1), network.hidden), network.norm
    hidden = graph.add("LayerNormalization", [hidden, half(norm.weight), half(norm.bias)], axis=-1, epsilon=norm.eps)
    picture = graph.add("LpNormalization", [linear(graph.add("Relu", [hidden]), network.picture_projection)], axis=-1, p=2)
    scores = graph.add("MatMul", [picture, half((network.encode_names(names) * network.logit_scale.exp()).T)])
    graph.add("Add", [scores, graph.constant(network.logit_bias.detach().numpy().reshape(1))], "scores")
    return graph.to_bytes(("portraits", ("n", CHANNELS, SIDE, SIDE)), ("scores", ("n", len(icon_names()))), metadata)


def set_confidence(scores: NDArray[np.float32], names: NDArray[np.int64]) -> tuple[float, float, float]:
    """Slope on the first score, slope on its lead over the second, and offset: a logistic regression of "the first name is right"."""
    ordered = np.sort(scores, axis=1)
    features = torch.tensor(np.stack((ordered[:, -1], ordered[:, -1] - ordered[:, -2], np.ones(len(scores))), axis=1), dtype=torch.float64)
    right = torch.tensor(scores.argmax(axis=1) == names, dtype=torch.float64)
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = nn.functional.binary_cross_entropy_with_logits(features @ weights, right)
        value.backward()
        return value

    optimizer.step(loss)
    first, lead, offset = (round(float(value), 4) for value in weights.detach())
    return first, lead, offset


def export(folder: Path, cache: Path, to: Path) -> tuple[float, float, float]:
    """Write what `training.recipes.icons.train` left in `folder` as the file that ships; its confidence."""
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    names: Tensor = state["names"]  # as they were while it learned: what is said for a name may have grown since
    network = IconNetwork(names.shape[1])
    network.load_state_dict(state["network"])
    network.eval()
    run = (folder / RUN).read_text(encoding="utf-8")
    to.write_bytes(to_onnx(network, names, {"confidence": "0 0 0", "run": run}))
    tune = Examples(load_drawings(cache, "tune"), 77, others=0.08, nothing=0.04).draw(TUNED)
    confidence = set_confidence(Namer(to).scores(tune.pictures), tune.names)
    to.write_bytes(to_onnx(network, names, {"confidence": " ".join(map(str, confidence)), "run": run}))
    return confidence
