"""The least time that each phase of a click can take on a card: its arithmetic over the matrix rate, or its bytes over the bandwidth.

Both are measured on the card itself (`vlm.benchmark.card`), not read off a data sheet.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from vlm.sizes import cache_bytes, parts_of

if TYPE_CHECKING:
    from vlm.configuration import Phi4SiglipConfig
    from vlm.quantization import Quantization


@dataclass(frozen=True, slots=True)
class Rates:
    """What a card was measured to do.

    Attributes:
        bandwidth: bytes a second, read and written together.
        matrix: bfloat16 operations a second of a large matrix product, an addition and a multiplication counting two.
    """

    bandwidth: float
    matrix: float


@dataclass(frozen=True, slots=True)
class Work:
    """What one click has to do. Operations of tower (projector included) and prefill; bytes of the weights that a pass of a few tokens
    reads, with the keys and values before it; and of what unpacking quantised weights once reads and writes."""

    tower: float
    prefill: float
    a_pass: float
    unpack: float


def work_of(config: Phi4SiglipConfig, quantization: Quantization | None, tokens: int) -> Work:
    """Of a picture of `tokens` patches, in the published architecture."""
    parts = {part.name: part for part in parts_of(config.to_dict(), quantization)}
    vision = config.vision_config
    assert vision is not None and not isinstance(vision, dict)
    tower_layers, layers = vision.num_hidden_layers - 1, config.num_hidden_layers
    # The tower looks both ways, the decoder back only; scores and their use are two products each. The decoder's last layer is spared:
    # a prefill needs its keys and values alone, which are little.
    tower = 2 * tokens * (parts["tower"].parameters + parts["projector"].parameters) + 4 * tokens**2 * vision.hidden_size * tower_layers
    decoder = parts["decoder linears"]
    prefill = (2 * tokens * decoder.parameters / layers + 2 * tokens**2 * config.hidden_size) * (layers - 1)
    a_pass = decoder.bytes + parts["head"].bytes + tokens * cache_bytes(config.to_dict())
    unpack = 0 if quantization is None else decoder.bytes + 2 * decoder.parameters
    return Work(tower, prefill, a_pass, unpack)


@dataclass(frozen=True, slots=True)
class Floors:
    """Seconds."""

    tower: float
    prefill: float
    unpack: float
    a_pass: float

    def click(self, passes: int) -> float:
        """Of a first click that takes so many passes after the prefill."""
        return self.tower + self.prefill + self.unpack + passes * self.a_pass

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


def floors_of(work: Work, rates: Rates) -> Floors:
    """The least seconds for this work at these rates."""
    return Floors(work.tower / rates.matrix, work.prefill / rates.matrix, work.unpack / rates.bandwidth, work.a_pass / rates.bandwidth)
