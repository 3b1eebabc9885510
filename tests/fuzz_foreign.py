"""Fuzzed files from elsewhere: `python -m tests.fuzz_foreign 100000 --log FILE` tries so many, and goes on where it was stopped.

Whatever they hold: no file outside their folder is touched or read, nothing is run or connected to, nothing takes 2 seconds of computing,
the process stays under 1 GiB, and what goes wrong is said in one line. Each case is made by its kind and number alone, in a folder that is
always called the same: `--only KIND NUMBER` tries it again. What breaks a promise is written down, and the next case begins.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_cases import CASES
from fuzz_guard import Bench, Run, peak_megabytes
from hostile import Draw

BLOCK = 500
"""Cases of a line in the log."""
FULL = (0, 700, 20_000)
"""Bytes that a file may grow to where the disk is full."""


def try_one(bench: Bench, kind: str, number: int) -> int:
    """Try a case; says how much was done with it. Raises Broken, or what was raised."""
    draw = Draw(f"{kind} {number}")
    run = Run(bench.outside, draw.one([None] * 20 + list(FULL)))
    with bench.case() as inside:
        CASES[kind](draw, inside, bench.outside.folder, run)
    return run.deeds


def main(wanted: argparse.Namespace) -> int:
    kinds = wanted.kinds or list(CASES)
    known = [json.loads(line) for line in wanted.log.read_text().splitlines()] if wanted.log is not None and wanted.log.exists() else []
    done, tried, broken, began = {(one["kind"], one["first"]) for one in known}, Counter[str](), 0, time.monotonic()
    for one in known:
        tried[one["kind"]] += one["tried"]
        broken += len(one["broken"])
    with Bench() as bench:
        if wanted.only is not None:
            try_one(bench, wanted.only[0], int(wanted.only[1]))
            return 0
        for first in range(0, -(-wanted.count // len(kinds)), BLOCK):
            for kind in kinds:
                if (kind, first) in done:
                    continue
                numbers = range(first, min(first + BLOCK, -(-wanted.count // len(kinds))))
                told = {"kind": kind, "first": first, "tried": len(numbers), "deeds": 0, "broken": {}}
                for number in numbers:
                    try:
                        told["deeds"] += try_one(bench, kind, number)
                    except Exception as error:  # noqa: BLE001 — whatever it is, it is what is looked for
                        told["broken"][number] = "".join(traceback.format_exception(error))[-3000:]
                        print(f"{kind} {number}:\n{told['broken'][number]}", flush=True)
                tried[kind] += len(numbers)
                broken += len(told["broken"])
                if wanted.log is not None:
                    with wanted.log.open("a") as log:
                        log.write(json.dumps(told | {"mebibytes": peak_megabytes()}) + "\n")
    counts = ", ".join(f"{kind}: {tried[kind]} tried" for kind in kinds)
    print(f"{counts}; {broken} broken, {time.monotonic() - began:.0f} s, {peak_megabytes()} MiB at the most", flush=True)
    return 1 if broken else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=1000, help="cases in all")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(CASES)}; all where none is named")
    parser.add_argument("--log", type=Path, help="a line for each block of cases; what it tells of is not tried again")
    parser.add_argument("--only", nargs=2, metavar=("KIND", "NUMBER"), help="try this one alone, and let what it raises be seen")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main(arguments()))
