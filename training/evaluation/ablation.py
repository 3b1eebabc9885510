"""The ways to see a picture (`vlm.resolution`) compared on one set of screens: as the model is, and after the same fine-tune of each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from agent.settings import Settings
from recordings.errors import DeskhandError
from tasks.statistics import HitRate, wilson_interval
from training.datasets.folders import holds_screens
from training.evaluation.evaluate import evaluate_screens
from training.screens.store import read_screens
from training.stages.settings import StageSettings
from training.stages.trainer import run_stage
from vlm.configuration import Resolution
from vlm.engine import VisionLanguageModel, load
from vlm.resolution import RESOLUTIONS, scales_of, set_resolution

RATE = 3e-4


@dataclass(frozen=True, slots=True)
class Measured(HitRate):
    """Hits of n questions, and seconds for a look and its question at the median."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """One way: before any training for it, and after it; None where nothing was trained."""

    way: Resolution
    before: Measured
    after: Measured | None
    minutes: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""

        def told(one: Measured | None) -> dict[str, Any] | None:
            return None if one is None else one.to_json() | {"seconds": one.seconds}

        found = {"width": scales_of(self.way), "before": told(self.before), "after": told(self.after)}
        return {"resolution": self.way} | found | {"training_minutes": round(self.minutes, 2)}


def ways_of(text: str) -> list[Resolution]:
    """The ways that a text names, separated by commas; `all` names them all. Raises DeskhandError for any other."""
    names = list(RESOLUTIONS) if text == "all" else text.split(",")
    if unknown := [name for name in names if name not in RESOLUTIONS]:
        raise DeskhandError(f"there is no resolution {unknown[0]!r}: choose of {', '.join(RESOLUTIONS)}, or all")
    return [way for way in RESOLUTIONS if way in names]


def ablate(on: Path, count: int, settings: Settings, ways: Sequence[Resolution], mixture: Path | None, steps: int) -> Iterator[Row]:
    """Measure each way on the screens in a folder, one after the other.

    Args:
        mixture: what each is fine-tuned on, decoder and projector, from the same weights for `steps` steps; None for none.

    Raises:
        DeskhandError: there are no such screens; see `run_stage`.
    """
    if not holds_screens(on):
        raise DeskhandError(f"{on} holds no labelled screens: make some with `deskhand screens`, or name their folder with --on")
    for way in ways:
        model = load(settings.model)
        set_resolution(model.network, way)
        before = _measure(model, on, count, settings.seed)
        if mixture is None:
            yield Row(way, before, None)
            continue
        stage = StageSettings(
            stage="instruct", base=settings.model, mixture=mixture, trains="all", resolution=way, rate=RATE, steps=steps,
            seed=settings.seed, save_every=steps + 1, measure_every=steps + 1,
        )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="deskhand-ablation-") as out:
            began = time.monotonic()
            run_stage(stage, Path(out))
            minutes = (time.monotonic() - began) / 60
            yield Row(way, before, _measure(load(out), on, count, settings.seed), minutes)


def _measure(model: VisionLanguageModel, on: Path, count: int, seed: int) -> Measured:
    found = evaluate_screens(model, read_screens(on), count, seed)
    return Measured(found["hits"], found["n"], found["seconds_per_question"])


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """A table for people, and which ordering came out."""
    yield f"{'resolution':14} {'width':>5} {'s':>6}  {'as it is':38} after the fine-tune"
    for row in rows:
        yield f"{row.way:14} {scales_of(row.way):>4}× {row.before.seconds:6.2f}  {row.before!s:38} {row.after or '–'}"
    judged = [(row.after or row.before, row.way) for row in rows]
    judged.sort(key=lambda one: -one[0].hits)
    yield "order: " + ", ".join(" = ".join(way for _, way in alike) for _, alike in groupby(judged, key=lambda one: one[0].hits))
    best, last = judged[0][0], judged[-1][0]
    if wilson_interval(best.hits, best.n)[0] <= wilson_interval(last.hits, last.n)[1]:
        yield "The intervals of the first and the last overlap: so many questions do not tell them apart."
