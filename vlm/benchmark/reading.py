"""What reading costs: a first look, the look after a menu came up, and one at what has not changed; in one run, on one machine.

python -m vlm.benchmark.reading                      drawn screens of 1280×720 and 1920×1080
python -m vlm.benchmark.reading before.png after.png two captures of a screen
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from vlm.images import read_image

SIZES = ((1280, 720), (1920, 1080))
NAMES = 70
ENTRIES = 14
WORDS = (
    "File", "Edit", "View", "Search", "Tools", "Help", "Open", "Recent", "Save", "All", "Close", "Print", "Preview", "Page", "Setup",
    "Find", "Replace", "Zoom", "Full", "Screen", "Side", "Pane", "Sort", "Lines",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one pair of screens. Seconds of the clock, and of all processors together, medians over the repeats.

    Attributes:
        elements: how many were read on the first screen and on the second.
        ratio: processor seconds of a full reading of the second screen, over those of reading only what changed.
        memory: most that the process has held so far, MiB.
    """

    size: tuple[int, int]
    elements: tuple[int, int]
    first: float
    first_cpu: float
    changed: float
    changed_cpu: float
    full_cpu: float
    unchanged: float
    ratio: float
    memory: int


def measure(before: Image.Image, after: Image.Image, repeats: int) -> Cost:
    """Read both screens with a fresh reader, then the second again; and the second alone with another."""
    from vlm.reading.reader import open_reader

    open_reader().read(before.crop((0, 0, 64, 64)))  # what the libraries do once
    rows: list[tuple[float, ...]] = []
    counts = (0, 0)
    for _ in range(repeats):
        reader = open_reader()
        readings, times = [], []
        for screen in (before, after, after):
            clock, processor = time.perf_counter(), time.process_time()
            readings.append(reader.read(screen))
            times += [time.perf_counter() - clock, time.process_time() - processor]
        other, processor = open_reader(), time.process_time()
        other.read(after)
        rows.append((*times[:5], time.process_time() - processor))
        counts = len(readings[0].elements), len(readings[1].elements)
    first, first_cpu, changed, changed_cpu, unchanged, full_cpu = (statistics.median(column) for column in zip(*rows, strict=True))
    return Cost(before.size, counts, first, first_cpu, changed, changed_cpu, full_cpu, unchanged, full_cpu / changed_cpu, _most_memory())


def draw_pair(size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """A screen with a window of some seventy names, and the same with a menu over it."""
    rng = random.Random(0)
    before = Image.new("RGB", size, (242, 241, 240))
    font = ImageFont.load_default(13)
    pen = ImageDraw.Draw(before)
    pen.rectangle((0, 0, size[0], 24), fill=(74, 105, 160))
    columns = 7
    for number in range(NAMES):
        x = 16 + (number % columns) * (size[0] - 32) // columns
        y = 34 + (number // columns) * (size[1] - 60) // (NAMES // columns)
        pen.text((x, y), " ".join(rng.sample(WORDS, rng.choice((1, 2)))), font=font, fill=(40, 40, 40))
    after = before.copy()
    pen = ImageDraw.Draw(after)
    pen.rectangle((60, 50, 300, 58 + ENTRIES * 22), fill=(255, 255, 255), outline=(150, 150, 150))
    for entry in range(ENTRIES):
        pen.text((72, 56 + entry * 22), " ".join(rng.sample(WORDS, 2)), font=font, fill=(40, 40, 40))
    return before, after


def _most_memory() -> int:
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most // 2**20 if sys.platform == "darwin" else most // 2**10)


def table(costs: Sequence[Cost]) -> str:
    """For people; seconds."""
    lines = ["screen      elements   first  (cpu)  menu   (cpu)  unchanged  full : changed (cpu)  memory"]
    for cost in costs:
        size, elements = f"{cost.size[0]}×{cost.size[1]}", f"{cost.elements[0]} → {cost.elements[1]}"
        lines.append(
            f"{size:11} {elements:9} {cost.first:6.2f} {cost.first_cpu:6.2f} {cost.changed:6.2f} {cost.changed_cpu:6.2f}"
            f" {cost.unchanged:9.4f} {cost.ratio:13.1f} : 1 {cost.memory:12} MiB"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what reading screens costs.")
    parser.add_argument(
        "images", nargs="*", type=Path, metavar="IMAGE", help="two captures of one screen: before, and after a menu came up"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    if len(wanted.images) not in (0, 2):
        parser.error("name two captures of one screen, or none")
    if wanted.images:
        before, after = map(read_image, wanted.images)
        pairs = [(before, after)]
    else:
        pairs = [draw_pair(size) for size in SIZES]
    costs = [measure(*pair, wanted.repeats) for pair in pairs]
    print(json.dumps([asdict(cost) for cost in costs]) if wanted.json else table(costs))


if __name__ == "__main__":
    main()
