"""What is chosen and what is grey on labelled screens: `python -m training.evaluation.looks DIR...`.

Each screen is read, and each text that has siblings is looked at as in use; accessibility or the page is the truth. Prints, by kind and
state, how often it is told right, told wrong, and not told because nobody can be sure. Wilson's 95 % intervals.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from training.command import command
from training.evaluation.states import told_rate
from training.states.look_examples import LookExample, collect
from vlm.reading.chosen import Standing, open_chosen_reader
from vlm.reading.protocols import Reader
from vlm.reading.reader import open_reader

ONE_OF_THEM = frozenset({"page tab"})
"""Of these exactly one in a row is chosen, and what is asked about them knows it."""


def measure(folders: Iterable[Path], reader: Reader) -> dict[str, Counter[str]]:
    """By what was asked, of which kind and in which state: how often `right`, `wrong` and `not told`."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    chosen_reader = open_chosen_reader()
    for _, example in collect(list(folders), reader):
        standing = chosen_reader.standing(example.element, example.page, example.kind in ONE_OF_THEM)
        for asked, truth, told in _asked(example, standing):
            found[f"{asked}, {example.kind}: {truth}"]["not told" if told is None else "right" if told == truth else "wrong"] += 1
    return found


def _asked(example: LookExample, standing: Standing | None) -> list[tuple[str, bool, bool | None]]:
    asked = []
    if example.chosen is not None:
        asked.append(("chosen", example.chosen, standing.is_chosen if standing is not None else None))
    if example.grey is not None:
        asked.append(("grey", example.grey, standing.is_grey if standing is not None else None))
    return asked


def to_json(found: dict[str, Counter[str]]) -> dict[str, Any]:
    """The same with rates and intervals, both states of a kind together as well."""
    both: dict[str, Counter[str]] = defaultdict(Counter)
    for name, counts in found.items():
        both[name.rpartition(":")[0]].update(counts)
    return {name: told_rate(counts) for name, counts in sorted({**found, **both}.items())}


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.looks", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    print(json.dumps(to_json(measure(given.folders, open_reader(threads=1))), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    raise SystemExit(main())
