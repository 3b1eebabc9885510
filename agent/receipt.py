"""What quantisation costs and spares: the same questions about the same screens, put to each form of a model in one run."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from tasks.statistics import rate_of

if TYPE_CHECKING:
    from vlm.quantization import Quantization


@dataclass(frozen=True, slots=True)
class Candidate:
    """One form of a model: its name in the table, where it is loaded from, and how it is quantised on the way."""

    name: str
    source: str
    quantization: Quantization | None


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to point at; a hit lies in its box (0–1)."""

    image: Path
    instruction: str
    box: Box


def check(candidates: Sequence[Candidate]) -> None:
    """Look at every candidate before the first is measured, which takes long. Raises DeskhandError with the first that cannot be loaded."""
    from vlm.loading import look_at

    for candidate in candidates:
        look_at(candidate.source, candidate.quantization)


def measure(candidates: Sequence[Candidate], questions: Sequence[Question], notice: Callable[[str], None] = lambda text: None) -> list[Any]:
    """One JSON-ready row a candidate: `hits`, `n`, `rate`, `interval` (95 %), `seconds_per_click`, `weights` and `peak_memory` (bytes), and
    `as_first`, how many points lie where the first candidate's do.

    Seconds are the median of a whole click: taking in the screen and pointing. Neighbouring questions about one image look at it once,
    and each counts that look.

    Raises:
        DeskhandError: there is nothing to ask, or a model cannot be loaded.
    """
    if not questions:
        raise DeskhandError("there is nothing to point at on these screens: name other ones with --on")
    rows: list[dict[str, Any]] = []
    first: list[Point] = []
    for candidate in candidates:
        notice(f"{candidate.name}: {len(questions)} questions")
        row, points = _measure_one(candidate, questions)
        first = first or points
        rows.append(row | {"as_first": sum(_near(a, b) for a, b in zip(points, first, strict=True))})
        notice(f"{candidate.name}: {row['hits']} hits")
    return rows


def _measure_one(candidate: Candidate, questions: Sequence[Question]) -> tuple[dict[str, Any], list[Point]]:
    import torch

    from vlm.engine import load
    from vlm.images import read_image
    from vlm.memory import peak_memory, weights_bytes

    # The memory of the one before must be free, so that this one's peak is its own.
    gc.collect()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    points, seconds = [], []
    with peak_memory(device) as peak:
        model = load(candidate.source, candidate.quantization, dtype=torch.bfloat16)
        for question in questions:
            sight = model.look(read_image(question.image))
            answer = sight.ground(question.instruction)
            points.append(answer.point)
            seconds.append(sight.seconds + answer.seconds)
    hits = sum(question.box.contains(point) for question, point in zip(questions, points, strict=True))
    row = {
        "name": candidate.name,
        **rate_of(hits, len(points)),
        "seconds_per_click": round(statistics.median(seconds), 4),
        "weights": weights_bytes(model.network),
        "peak_memory": peak.bytes,
        "memory_of": "GPU" if device.type == "cuda" else "process",
    }
    return row, points


def _near(a: Point, b: Point) -> bool:
    return abs(a.x - b.x) <= 0.01 and abs(a.y - b.y) <= 0.01


def print_receipt(found: dict[str, Any]) -> str:
    """The measurement as a table for people."""
    lines = [
        f"{'as':<14}{'hits':>10}{'rate':>8}{'95 % interval':>18}{'s/click':>9}{'weights':>12}{'peak':>12}{'same point':>12}",
    ]
    for row in found["rows"]:
        low, high = row["interval"]
        lines.append(
            f"{Path(row['name']).name:<14}{row['hits']:>4} of {row['n']:<3}{row['rate']:>7.1%}{f'{low:.1%}–{high:.1%}':>18}"
            f"{row['seconds_per_click']:>9.3f}{row['weights'] / 2**20:>8,.0f} MiB{row['peak_memory'] / 2**20:>8,.0f} MiB"
            f"{row['as_first']:>5} of {row['n']}"
        )
    return "\n".join(
        [*lines, f"peak: of the {found['rows'][0]['memory_of']}; same point: within a hundredth of the screen of the first row's"]
    )
