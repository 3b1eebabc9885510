"""What a machine that others use costs: a plan's step, alone and beside as many busy processes as there are processors, once with threads
that wait as ours do and once as the library's do: `python -m vlm.benchmark.busy`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

from recordings.own_module import own_module
from vlm.threads import SPINS

WAYS = {"ours": SPINS, "the library's": "300000"}
REPEATS = 8
INSTRUCTION = "open the file menu and save it as notes{}.txt, then press OK"


def main(arguments: list[str]) -> int:
    if arguments == ["--measure"]:
        print(json.dumps(_measure()))
        return 0
    found: dict[tuple[str, bool], list[float]] = {}
    for _ in range(2):
        for way, spins in WAYS.items():
            for beside in (False, True):
                hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(beside * (os.cpu_count() or 1))]
                try:
                    done = subprocess.run(
                        own_module("vlm.benchmark.busy", "--measure"),
                        env=os.environ | {"GOMP_SPINCOUNT": spins}, capture_output=True, text=True, check=True,
                    )  # fmt: skip
                finally:
                    for hog in hogs:
                        hog.kill()
                        hog.wait()
                found.setdefault((way, beside), []).extend(json.loads(done.stdout))
    for way in WAYS:
        one, other = (statistics.median(found[way, crowded]) for crowded in (False, True))
        each = len(found[way, False])
        print(f"a plan's step, {way} way to wait: {one:.3f} s alone, {other:.3f} s beside: {other / one:.2f} : 1 (n = {each} each)")
    return 0


def _measure() -> list[float]:
    """Seconds of a step, of several plans. Raises DeskhandError where the planner's model is not there."""
    from vlm.planner.load import load_planner

    planner = load_planner()
    steps = len(planner.plan(INSTRUCTION.format("")))
    seconds = []
    for number in range(REPEATS):
        began = time.perf_counter()
        planner.plan(INSTRUCTION.format(number))
        seconds.append((time.perf_counter() - began) / steps)
    return seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
