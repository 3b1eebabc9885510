"""A key-value cache that is filled once per screenshot and taken back to it after every question."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

_ROOM = 512
"""At least so many tokens are allocated beyond what is needed, in whole multiples of it: decoding rarely copies, and caches of screenshots
of one size are of one size."""


class _Layer(CacheLayerMixin):
    """Keys and values [batch, heads, room, width], of which the first `length` positions count.

    Unlike the library's growing layer nothing is copied per token, and unlike its static one the length can go back.
    """

    is_sliding = False

    def __init__(self) -> None:
        super().__init__()
        self.length = 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys = key_states.new_empty((*key_states.shape[:2], 0, key_states.shape[-1]))
        self.values = value_states.new_empty((*value_states.shape[:2], 0, value_states.shape[-1]))
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object) -> tuple[Tensor, Tensor]:
        """Append, and return everything so far as views."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        assert self.keys is not None and self.values is not None
        end = self.length + key_states.shape[2]
        self.reserve(end)
        self.keys[:, :, self.length : end] = key_states
        self.values[:, :, self.length : end] = value_states
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def reserve(self, tokens: int) -> None:
        """Allocate for so many tokens, those that are held included."""
        assert self.keys is not None and self.values is not None
        if tokens > self.keys.shape[2]:
            room = (-(-tokens // _ROOM) + 1) * _ROOM
            self.keys, self.values = _grown(self.keys, self.length, room), _grown(self.values, self.length, room)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        return self.length

    def get_max_length(self) -> int:
        return -1


def _grown(old: Tensor, length: int, room: int) -> Tensor:
    # Zeros, since a recorded pass reads all of the room: what is masked away is multiplied by nothing, and nothing times NaN is NaN.
    new = old.new_zeros((*old.shape[:2], room, old.shape[3]))
    new[:, :, :length] = old[:, :, :length]
    return new


class PrefixCache(Cache):
    """One sequence's keys and values, for `past_key_values`."""

    def __init__(self, layers: int) -> None:
        super().__init__(layers=[_Layer() for _ in range(layers)])

    @property
    def length(self) -> int:
        """Tokens held."""
        return self.layers[0].get_seq_length()

    @property
    def address(self) -> int:
        """Where in memory it begins; another one once it had to grow."""
        keys = self.layers[0].keys
        return keys.data_ptr() if isinstance(keys, torch.Tensor) else 0

    def reserve(self, tokens: int) -> None:
        """Allocate for so many tokens in all, where it holds some already."""
        for layer in self.layers:
            layer.reserve(tokens)

    def forward_to(self, length: int) -> None:
        """Count tokens that were written into the room behind the last one."""
        for layer in self.layers:
            layer.length = length

    def back_to(self, length: int) -> None:
        """Forget everything after the first `length` tokens; costs nothing.

        Raises:
            ValueError: fewer tokens are held.
        """
        if not 0 <= length <= self.length:
            raise ValueError(f"the cache holds {self.length} tokens, it cannot go back to {length}")
        for layer in self.layers:
            layer.length = length

    @property
    def bytes(self) -> int:
        """Memory allocated."""
        tensors = [tensor for layer in self.layers for tensor in (layer.keys, layer.values) if isinstance(tensor, torch.Tensor)]
        return sum(tensor.nbytes for tensor in tensors)
