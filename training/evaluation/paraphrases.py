"""Words that no visible name says, and names that are not there: `python -m training.evaluation.paraphrases`.

Lists of names as screens have them, and what a person may call one of them, or something that is not there. The rule was chosen on
`development`; `validation` was looked at before `LIKELY` and `LIFT` were raised for what is absent on real screens. Wilson intervals.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter

from recordings.parsing import parse_json
from tasks.statistics import rate_of
from training.beside import read_beside
from training.command import command
from vlm.planner.load import load_planner
from vlm.planner.plan import PlannedStep
from vlm.planner.seeking import LIKELY


@command
def main() -> None:
    """The command."""
    argparse.ArgumentParser(description="How often a paraphrase of a visible name is understood, and what is not there taken.").parse_args()
    planner = load_planner()
    found: dict[str, Counter[str]] = {}
    for line in read_beside(__file__, "paraphrases.jsonl").splitlines():
        item = parse_json(line)
        weighed = planner.choose_visible(PlannedStep(do="click", target=item["words"]), item["names"])
        chosen = [name for name, chance in weighed if chance >= LIKELY]
        counts = found.setdefault(item["set"], Counter())
        counts["absent" if item["meant"] is None else "meant"] += 1
        if chosen:
            counts["absent taken" if item["meant"] is None else "right" if chosen[0] == item["meant"] else "wrong"] += 1
    report = {
        name: {
            "found": rate_of(counts["right"], counts["meant"]), "another": rate_of(counts["wrong"], counts["meant"]),
            "absent_taken": rate_of(counts["absent taken"], counts["absent"]),
        }
        for name, counts in found.items()
    }  # fmt: skip
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    raise SystemExit(main())
