"""What each `deskhand data` command does. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict
from typing import TYPE_CHECKING

from agent.cli.arguments import read_settings, report

if TYPE_CHECKING:
    from recordings.store import Episode
    from training.datasets.mend import Mended


def data_check(arguments: argparse.Namespace) -> int:
    from training.datasets.checks import check_folder
    from training.datasets.folders import holds_screens
    from training.datasets.verdicts import save_verdicts, unfit

    verdicts = list(check_folder(arguments.folder))
    path = save_verdicts(arguments.folder, verdicts)
    left_out = unfit(arguments.folder, verdicts=verdicts if path is None else None)
    episodes = sum(step is None for _, step in left_out)
    steps = len(left_out) - episodes
    if arguments.json:
        counts = {"left_out": steps, "episodes_left_out": episodes}
        print(json.dumps({"verdicts": [asdict(one) for one in verdicts]} | counts | {"file": None if path is None else str(path)}))
        return 0
    for one in verdicts:
        print(one)
    reasons = Counter(one.kind for one in verdicts)
    for reason, count in reasons.most_common():
        print(f"{count:5}  {reason}")
    part, wholes = ("elements", "screens") if holds_screens(arguments.folder) else ("steps", "episodes")
    whole = f" and {episodes} whole {wholes}" if episodes else ""
    where = f"the verdicts are in {path}" if path is not None else "what ships with Deskhand stays as it is: the verdicts are kept nowhere"
    print(f"{steps} {part}{whole} are left out of training; {where}")
    return 0


def data_classify(arguments: argparse.Namespace) -> int:
    from training.datasets.folders import holds_screens
    from training.datasets.verdicts import classify

    part = "element" if holds_screens(arguments.folder) else "step"
    path = classify(arguments.folder, arguments.name, arguments.number - 1, arguments.quality, arguments.reason)
    print(json.dumps({"file": str(path)}) if arguments.json else f"{arguments.name}, {part} {arguments.number}: {arguments.quality}")
    return 0


def data_report(arguments: argparse.Namespace) -> int:
    from training.datasets.verdicts_page import write_report

    counts = write_report(arguments.folder, arguments.html)
    text = ", ".join(f"{count} {name}" for name, count in counts.items())
    report(arguments, {"steps": counts, "page": str(arguments.html)}, f"{text}; the page is {arguments.html}")
    return 0


def data_repair(arguments: argparse.Namespace) -> int:
    from training.datasets.mend import repair

    return _keep(arguments, repair(arguments.folder))


def data_regenerate(arguments: argparse.Namespace) -> int:
    from agent.model import name_of, open_policy
    from training.datasets.mend import regenerate

    settings = read_settings(arguments)
    with redirect_stdout(sys.stderr):
        policy = open_policy(settings)
        mended = regenerate(arguments.folder, policy, name_of(policy, settings))
    return _keep(arguments, mended)


def data_rewrite(arguments: argparse.Namespace) -> int:
    from training.datasets.mend import rewrite

    settings = read_settings(arguments)
    if not hasattr(arguments, "model"):  # nobody named one: by program
        return _keep(arguments, rewrite(arguments.folder, settings.seed))
    from agent.model import open_grounder

    with redirect_stdout(sys.stderr):
        model = open_grounder(settings)

        def say(episode: Episode, question: str) -> str:
            frame = episode.frame(episode.steps[0], "before") if episode.steps else None
            return model.look(frame).ask(question, "nothink") if frame is not None else ""

        mended = rewrite(arguments.folder, settings.seed, say, settings.model)
    return _keep(arguments, mended)


def _keep(arguments: argparse.Namespace, mended: Mended) -> int:
    from training.datasets.amendments import save_amendments

    path = save_amendments(arguments.folder, mended.amendments)
    found = {"amended": len(mended.amendments), "left": mended.left, "file": str(path)}
    report(arguments, found, f"{len(mended.amendments)} amended, in {path}; left as it is: {mended.left}")
    return 0


def data_mix(arguments: argparse.Namespace) -> int:
    from training.datasets.mixture import draw, read_mixture

    mixture = read_mixture(arguments.mixture)
    sides = {"train": draw(mixture, "train"), "held-out": draw(mixture, "held-out")}
    if arguments.json:
        found = {name: {"records": len(drawn.records), "sources": drawn.counts, "left_out": drawn.dropped} for name, drawn in sides.items()}
        print(json.dumps(found))
        return 0
    for name, drawn in sides.items():
        print("\n".join(f"{name:9} {line}" for line in drawn.lines()))
    return 0


def data_safety(arguments: argparse.Namespace) -> int:
    from training.generate.safety.screens import make_safety

    settings = read_settings(arguments)
    size = settings.width, settings.height
    found = make_safety(arguments.out, arguments.count, settings.seed, size, training=not arguments.held_out)
    counts = ", ".join(f"{found[kind]} of {kind}" for kind in ("injection", "refusal"))
    left = f"; {len(found['left_out'])} scenes could not be staged" if found["left_out"] else ""
    report(arguments, found, f"records from {found['pictures']} pictures in {arguments.out}: {counts}{left}")
    return 0


DATA_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "data check": data_check, "data classify": data_classify, "data mix": data_mix,
    "data report": data_report, "data repair": data_repair, "data regenerate": data_regenerate, "data rewrite": data_rewrite,
    "data safety": data_safety,
}  # fmt: skip
