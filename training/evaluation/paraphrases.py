"""Words that no visible name says, and names that are not there: `python -m training.evaluation.paraphrases`.

Screens by their visible names, what a person may call one of these, and what is not there (`paraphrases.jsonl`). The planner
was fitted to the set `fitted`; nothing was tuned on `held-out`. An opposite is never taken, as in a run. Wilson intervals.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict

from recordings.parsing import parse_json
from tasks.statistics import rate_of
from training.beside import read_beside
from training.command import command
from vlm.planner.load import load_planner
from vlm.planner.plan import PlannedStep
from vlm.planner.questions import MOST_CHOICES
from vlm.planner.seeking import LIKELY, WORTH_NAMING
from vlm.reading.opposites import mean_opposites


@command
def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="How often a paraphrase of a visible name is understood, and what is not there taken.")
    parser.add_argument("--sets", default="", help="with commas: of these sets alone")
    wanted = [name for name in parser.parse_args().sets.split(",") if name]
    planner = load_planner()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in read_beside(__file__, "paraphrases.jsonl").splitlines():
        screen = parse_json(line)
        if wanted and screen["set"] not in wanted:
            continue
        counts, names = found[screen["set"]], screen["names"]
        for words, meant in [*screen["meant"].items(), *((words, None) for words in screen["absent"])]:
            weighed = planner.choose_visible(PlannedStep(do="click", target=words), names)
            chosen = next((name for name, chance in weighed[:1] if chance >= LIKELY and not mean_opposites(words, name)), None)
            counts["absent" if meant is None else "meant"] += 1
            if meant is not None:
                counts["named"] += meant in [name for name, chance in weighed[:MOST_CHOICES] if chance >= WORTH_NAMING]
            if chosen is not None:
                counts["absent taken" if meant is None else "right" if chosen == meant else "wrong"] += 1
    report = {
        name: {
            "found": rate_of(counts["right"], counts["meant"]), "another": rate_of(counts["wrong"], counts["meant"]),
            "named_at_least": rate_of(counts["named"], counts["meant"]),
            "absent_taken": rate_of(counts["absent taken"], counts["absent"]),
        }
        for name, counts in found.items()
    }  # fmt: skip
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    raise SystemExit(main())
