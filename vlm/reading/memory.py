"""What was made out of a piece of a picture, found again by its pixels, or of a phrase by its letters."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value")
MOST = 4096


class Memory(Generic[Value]):
    """Pieces used lately. Whoever asks for several at once trims it afterwards, so that no answer is forgotten before it is given."""

    def __init__(self) -> None:
        self._values: OrderedDict[bytes, Value] = OrderedDict()

    @staticmethod
    def key(pixels: NDArray[np.uint8]) -> bytes:
        """Of all its bytes and its shape."""
        return hashlib.blake2b(pixels.tobytes(), digest_size=16, person=repr(pixels.shape[:2])[:16].encode()).digest()

    def __contains__(self, key: bytes) -> bool:
        return key in self._values

    def __getitem__(self, key: bytes) -> Value:
        self._values.move_to_end(key)
        return self._values[key]

    def __setitem__(self, key: bytes, value: Value) -> None:
        self._values[key] = value

    def trim(self) -> None:
        """Keep the `MOST` pieces used last."""
        while len(self._values) > MOST:
            self._values.popitem(last=False)
