"""Secrets shown by a real browser and a real terminal while a run is kept, and looked for in the pictures that it left.

`python -m tests.plant_desktop 40` shows so many pages of six secrets, beside a terminal with six more, and prints what two readers find
again. Needs chromium, xterm and tesseract.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fakes import ScriptedPolicy

from agent.desktop import LiveDesktop
from agent.session import Session
from agent.settings import ApprovalMode, Settings
from agent.virtual import VirtualDesktop
from recordings.action import Finish, Wait
from tests.plant_episodes import Plant, draw_plants, leaks, read_frame
from tests.planted_screens import planted_page

FLAGS = ("--no-sandbox", "--test-type", "--no-first-run", "--disable-gpu", "--password-store=basic")
TERMINAL = ("xterm", "-T", "shell", "-fa", "DejaVu Sans Mono", "-fs", "10", "-e")


def show_once(virtual: VirtualDesktop, root: Path, draw: random.Random, number: int) -> list[Plant]:
    """One page and one terminal, and a run of two steps that looks at them."""
    html, shown = planted_page(draw)
    plants = [Plant(kind, "browser", text, secret) for kind, text, secret in shown]
    typed = draw_plants(draw, "terminal", 6)
    page, listing = virtual.home / f"page-{number}.html", virtual.home / f"listing-{number}.txt"
    page.write_text(html.replace("<body>", f"<title>Notes {number}</title><body>"), encoding="utf-8")
    listing.write_text("\n".join(plant.text for plant in typed), encoding="utf-8")
    virtual.spawn(["chromium", *FLAGS, f"--user-data-dir={virtual.home}/profile", f"--app=file://{page}"])
    virtual.spawn([*TERMINAL, "sh", "-c", f"cat {listing}; sleep 99"])
    virtual.place_window(f"Notes {number}", 0, 0, 1270, 640, timeout=40)
    virtual.place_window("shell", 0, 660, 1270, 300, timeout=20)
    time.sleep(2.0)  # the page is drawn
    policy = ScriptedPolicy(str(Wait(seconds=0.5)), str(Finish(answer="seen")), thought="I look")
    with LiveDesktop(virtual.display) as desktop:
        settings = Settings(episodes=root / f"run-{number}", approve=ApprovalMode.NONE)
        with Session(settings, policy=policy, desktop=desktop) as session:
            list(session.run("look at it"))
    return [*plants, *typed]


def main() -> None:
    count, seed = int(sys.argv[1]) if len(sys.argv) > 1 else 10, int(sys.argv[2]) if len(sys.argv) > 2 else 3
    draw, planted, kinds, open_ = random.Random(seed), Counter[str](), set[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            with VirtualDesktop(1280, 960) as virtual:
                plants = show_once(virtual, Path(folder), draw, number)
            planted.update(plant.channel for plant in plants)
            kinds.update(plant.kind for plant in plants)
            for plant, where in leaks(Path(folder) / f"run-{number}", plants, read_frame):
                open_ += 1
                print(f"  {plant.channel}, {plant.kind}: {plant.text!r} in {where}", flush=True)
    print(f"{sum(planted.values())} shown of {len(kinds)} kinds ({dict(planted)}), {open_} found again")


if __name__ == "__main__":
    main()
