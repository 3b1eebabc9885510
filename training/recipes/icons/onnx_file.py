"""Writes the few parts of ONNX's file format that the namer needs, byte for byte: the `onnx` package is not needed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

OPSET, IR_VERSION = 20, 9
_TYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 7, np.dtype(np.float16): 10}


@dataclass
class Graph:
    """Nodes in the order in which they run, constants, one input and one output."""

    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)
    _count: int = 0

    def constant(self, values: NDArray[np.generic]) -> str:
        """A constant; weights in half precision are cast when the network is loaded."""
        self._count += 1
        name = f"c{self._count}"
        tensor = b"".join(_number(1, side) for side in values.shape)
        tensor += _number(2, _TYPES[values.dtype]) + _bytes(8, name.encode()) + _bytes(9, np.ascontiguousarray(values).tobytes())
        self.constants.append(tensor)
        return self.add("Cast", [name], to=1) if values.dtype == np.float16 else name

    def add(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: int | float | str | Sequence[int]) -> str:
        """One operator; the name of its output."""
        self._count += 1
        output = output or f"v{self._count}"
        node = b"".join(_bytes(1, name.encode()) for name in inputs) + _bytes(2, output.encode()) + _bytes(4, kind.encode())
        self.nodes.append(node + b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items()))
        return output

    def to_bytes(self, source: tuple[str, Sequence[int | str]], result: tuple[str, Sequence[int | str]], metadata: dict[str, str]) -> bytes:
        """The file: names and shapes of input and output, an axis that varies by a name."""
        graph = b"".join(_bytes(1, node) for node in self.nodes) + _bytes(2, b"icons")
        graph += b"".join(_bytes(5, constant) for constant in self.constants)
        graph += _bytes(11, _value(*source)) + _bytes(12, _value(*result))
        model = _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _number(2, OPSET))
        return model + b"".join(_bytes(14, _bytes(1, key.encode()) + _bytes(2, text.encode())) for key, text in metadata.items())


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _number(place: int, value: int) -> bytes:
    return _varint(place << 3) + _varint(value)


def _bytes(place: int, content: bytes) -> bytes:
    return _varint(place << 3 | 2) + _varint(len(content)) + content


def _attribute(name: str, value: int | float | str | Sequence[int]) -> bytes:
    head = _bytes(1, name.encode())
    if isinstance(value, str):
        return head + _bytes(4, value.encode()) + _number(20, 3)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + np.float32(value).tobytes() + _number(20, 1)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    return head + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sides = b"".join(_bytes(1, _bytes(2, side.encode()) if isinstance(side, str) else _number(1, side)) for side in shape)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, sides)))
