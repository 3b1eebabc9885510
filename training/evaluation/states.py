"""Widgets and their states on labelled screens: `python -m training.evaluation.states DIR...`.

Each screen is read, and beside each label that was read a widget is looked for, all of it as in use. What accessibility or the page says is
the truth. Prints, by kind, how often the state is told and right, told and wrong, and not told because nobody can be sure; how many plain
labels were said to have a state; and how often states told at each confidence are right. Wilson's 95 % intervals.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tasks.statistics import by_group, rate_of
from training.command import command
from training.states.examples import NOTHING, answer_of, stored_screens
from vlm.reading.protocols import Reader
from vlm.reading.reader import open_reader
from vlm.reading.states import label_line, open_state_reader

BINS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.001)


@dataclass(frozen=True, slots=True)
class Judged:
    """One label: what stands beside it, what was told of it, how surely, and where it was."""

    kind: str
    truth: str
    told: str | None
    confidence: float
    app: str
    enabled: bool
    place: str = ""

    @property
    def right(self) -> bool:
        return self.told == self.truth


@dataclass
class Report:
    """What was measured."""

    judged: list[Judged] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for kind in sorted({one.kind for one in self.judged}):
            found[kind] = _counts([one for one in self.judged if one.kind == kind])
        grey = [one for one in self.judged if not one.enabled and one.kind != "nothing"]
        found["grey"] = _counts(grey)
        found["by_app"] = by_group((one.app, one.right) for one in self.judged if one.kind != "nothing")
        found["confidence"] = {
            f"{low}–{min(high, 1):g}": rate_of(sum(one.right for one in some), len(some))
            for low, high in pairwise(BINS)
            if (some := [one for one in self.judged if one.kind != "nothing" and one.told and low <= one.confidence < high])
        }
        if self.milliseconds:
            found["milliseconds_a_screen"] = round(float(np.median(self.milliseconds)), 1)
        return found


def measure(folders: Iterable[Path], reader: Reader) -> Report:
    """Judge all labels of all screens."""
    report, states = Report(), open_state_reader()
    for screen in stored_screens(folders):
        picture = screen.picture().convert("RGB")
        pixels, reading = np.asarray(picture), reader.read(picture)
        lines = [label_line(pixels, element) for element in reading.elements]
        began = time.process_time()
        widgets = states.look(pixels, reading, reading.elements)
        report.milliseconds.append(1000 * (time.process_time() - began))
        for element, line, widget in zip(reading.elements, lines, widgets, strict=True):
            if element.kind != "text":
                continue
            answer = answer_of(screen.elements, element.text, line, lines)
            if answer is None:
                continue
            truth = _truth(answer.classes)
            told: str | None = None if widget is None else widget.state
            if truth[0] == "nothing":
                told = told or "nothing"
            confidence = 0.0 if widget is None else widget.confidence
            place = f"{screen.path.parent.name}/{screen.path.name} {element.text!r}"
            report.judged.append(Judged(*truth, told, confidence, screen.app, answer.enabled, place))
    return report


def _truth(classes: frozenset[str]) -> tuple[str, str]:
    """The kind and the state of what belongs to a label."""
    if classes == NOTHING:
        return "nothing", "nothing"
    if len(classes) > 1:
        return ("menu tick", "on") if "tick on" in classes else ("no menu tick", "off")  # which may show nothing, and is then not told
    name, _, state = next(iter(classes)).rpartition(" ")
    return name, {"closed": "off", "open": "on"}.get(state, state)


def _counts(some: Sequence[Judged]) -> dict[str, Any]:
    return told_rate(Counter("right" if one.right else "not told" if one.told is None else "wrong" for one in some))


def told_rate(counts: Counter[str]) -> dict[str, Any]:
    """How often what was told was `right`, `wrong`, and `not told` because nobody could be sure."""
    return rate_of(counts["right"], counts.total()) | {"wrong": counts["wrong"], "not_told": counts["not told"]}


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.states", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--misses", action="store_true", help="also print each label whose state was told wrong or not at all")
    given = parser.parse_args(arguments)
    report = measure(given.folders, open_reader(threads=1))
    if given.misses:
        for one in report.judged:
            if not one.right:
                print(f"{one.kind} {one.truth}, told {one.told} ({one.confidence:.3f}): {one.app} {one.place}")
    print(json.dumps(report.to_json(), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    raise SystemExit(main())
