"""What each `deskhand data` command does. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict


def data_check(arguments: argparse.Namespace) -> int:
    from training.curation import check_folder, save_verdicts, unfit

    verdicts = list(check_folder(arguments.folder))
    path = save_verdicts(arguments.folder, verdicts)
    left_out = unfit(arguments.folder)
    if arguments.json:
        print(json.dumps({"verdicts": [asdict(one) for one in verdicts], "left_out": len(left_out), "file": str(path)}))
        return 0
    for one in verdicts:
        print(f"{one.episode}, step {one.step + 1}: {one.quality}: {one.reason}")
    counts = Counter(one.reason.partition(":")[0].partition(" of step")[0] for one in verdicts)
    for reason, count in counts.most_common():
        print(f"{count:5}  {reason}")
    print(f"{len(left_out)} steps are left out of training; the verdicts are in {path}")
    return 0


def data_classify(arguments: argparse.Namespace) -> int:
    from training.curation import classify

    path = classify(arguments.folder, arguments.episode, arguments.step - 1, arguments.quality, arguments.reason)
    print(json.dumps({"file": str(path)}) if arguments.json else f"{arguments.episode}, step {arguments.step}: {arguments.quality}")
    return 0


def data_mix(arguments: argparse.Namespace) -> int:
    from training.mixture import draw, read_mixture

    mixture = read_mixture(arguments.mixture)
    sides = {"train": draw(mixture, "train"), "held-out": draw(mixture, "held-out")}
    if arguments.json:
        found = {name: {"records": len(drawn.records), "sources": drawn.counts, "left_out": drawn.dropped} for name, drawn in sides.items()}
        print(json.dumps(found))
        return 0
    for name, drawn in sides.items():
        print("\n".join(f"{name:9} {line}" for line in drawn.lines()))
    return 0


DATA_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "data check": data_check, "data classify": data_classify, "data mix": data_mix,
}  # fmt: skip
