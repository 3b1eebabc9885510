"""What a machine that others use costs: a plan's step and a question about an icon, alone and beside as many busy processes as there are
processors, once with threads that wait as ours do and once as the library's do: `python -m vlm.benchmark.busy`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from PIL import Image, ImageDraw

from vlm.threads import SPINS

WAYS = {"ours": SPINS, "the library's": "300000"}
REPEATS = 8
ANSWER = 16
"""Tokens of an answer about an icon."""
INSTRUCTION = "open the file menu and save it as notes{}.txt, then press OK"


def main(arguments: list[str]) -> int:
    if arguments == ["--measure"]:
        print(json.dumps(_measure()))
        return 0
    found: dict[tuple[str, bool], dict[str, list[float]]] = {}
    for _ in range(2):
        for way, spins in WAYS.items():
            for beside in (False, True):
                hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(beside * (os.cpu_count() or 1))]
                try:
                    done = subprocess.run(
                        [sys.executable, "-m", "vlm.benchmark.busy", "--measure"],
                        env=os.environ | {"GOMP_SPINCOUNT": spins}, capture_output=True, text=True, check=True,
                    )  # fmt: skip
                finally:
                    for hog in hogs:
                        hog.kill()
                        hog.wait()
                for name, seconds in json.loads(done.stdout).items():
                    found.setdefault((way, beside), {}).setdefault(name, []).extend(seconds)
    for way in WAYS:
        for name, alone in found[way, False].items():
            one, other = statistics.median(alone), statistics.median(found[way, True][name])
            print(f"{name}, {way} way to wait: {one:.3f} s alone, {other:.3f} s beside: {other / one:.2f} : 1 (n = {len(alone)} each)")
    return 0


def _measure() -> dict[str, list[float]]:
    from vlm.engine import load
    from vlm.planner.load import load_planner
    from vlm.planner.pocket import PocketPlanner
    from vlm.prompts import icon_question

    planner = load_planner()
    found = {}
    if isinstance(planner, PocketPlanner):
        steps = len(planner.plan(INSTRUCTION.format("")))
        found["a plan's step"] = [seconds / steps for seconds in _timed(lambda number: planner.plan(INSTRUCTION.format(number)))]
    model = load("pocket", device="cpu")
    model.look(_icon(REPEATS)).ask(icon_question(), limit=ANSWER)
    found["an icon's name"] = _timed(lambda number: model.look(_icon(number)).ask(icon_question(), limit=ANSWER))
    return found


def _timed(work: Callable[[int], object]) -> list[float]:
    seconds = []
    for number in range(REPEATS):
        began = time.perf_counter()
        work(number)
        seconds.append(time.perf_counter() - began)
    return seconds


def _icon(number: int) -> Image.Image:
    """Another one each time, for the same again is not looked at."""
    picture = Image.new("RGB", (48, 48), (230, 230, 230))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((10, 14, 38, 38), fill=(60, 90, 20 * number), outline=0)
    draw.polygon([(12, 14), (24, 6), (36, 14)], fill=(200, 160, 40))
    return picture


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
