"""Screens with planted secrets, rendered by Chromium, and where every letter of each secret stands: what a frame may not show.

A letter counts as shown where its middle is not painted over; of a secret as many in a row as `tests.plant_episodes` takes for a leak.
Ordinary screens, without a secret, tell what covering too much costs.
"""

from __future__ import annotations

import io
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image

from agent.frame_reader import frame_reader
from recordings.geometry import Box
from recordings.secrets.memory import Redactor
from recordings.secrets.pixels import find_shown
from recordings.secrets.rules import Rules
from tests.plant_episodes import COMMON
from tests.planted import KINDS
from training.screens.browser import Browser

ROOT = Path(__file__).parents[1]
FONTS = ("DejaVu Sans", "DejaVu Sans Mono", "DejaVu Serif", "Liberation Sans", "Liberation Mono", "Nimbus Sans", "Cantarell", "Noto Sans")
SIZES = (11, 12, 13, 13.333, 14, 15, 16, 18)
VIEWS = ((1024, 768), (1280, 720))
COLOURS = (("#ffffff", "#111111"), ("#f4f4f4", "#333333"), ("#1e1e1e", "#dddddd"), ("#ffffff", "#0645ad"), ("#fff8dc", "#554400"))
CAPTIONS = ("Settings", "Account", "Send message", "Order number 4711", "Last change: yesterday", "API access", "Your keys", "Notes")
_WHERE = """
(() => [...document.querySelectorAll('s')].map((mark) => {
  const letters = [], walk = document.createTreeWalker(mark, NodeFilter.SHOW_TEXT), range = document.createRange();
  let clip = [0, 0, innerWidth, innerHeight];
  for (let up = mark; up; up = up.parentElement) if (getComputedStyle(up).overflow !== 'visible' && up !== document.body) {
    const box = up.getBoundingClientRect();
    clip = [Math.max(clip[0], box.left), Math.max(clip[1], box.top), Math.min(clip[2], box.right), Math.min(clip[3], box.bottom)];
  }
  for (let node; (node = walk.nextNode());) for (let at = 0; at < node.data.length; at++) {
    range.setStart(node, at); range.setEnd(node, at + 1);
    const box = range.getBoundingClientRect(), x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    const seen = box.width > 0 && x > clip[0] && x < clip[2] && y > clip[1] && y < clip[3];
    letters.push([node.data[at], seen ? x / innerWidth : null, y / innerHeight]);
  }
  return [mark.dataset.kind, mark.dataset.text, letters];
}))()
"""

Letter = tuple[str, float | None, float]
"""A character and its middle; None where it is not on the screen."""


@dataclass(frozen=True)
class Secret:
    """A secret on a screen."""

    kind: str
    text: str
    letters: tuple[Letter, ...]

    def shown(self, boxes: Sequence[Box]) -> str:
        """The longest run of its letters and digits that no box covers, where it is long enough to count."""
        whole = "".join(letter for letter, _, _ in self.letters)
        common = {at for match in COMMON.finditer(whole) for at in range(*match.span())}
        runs, every = [""], [one for at, one in enumerate(self.letters) if one[0].isalnum() and at not in common]
        for letter, x, y in every:
            bare = x is not None and not any(box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2 for box in boxes)
            if bare:
                runs[-1] += letter
            else:
                runs.append("")
        longest = max(runs, key=len)
        return longest if len(longest) >= min(8, len(every)) else ""


@dataclass(frozen=True)
class PlantedScreen:
    image: Image.Image
    secrets: tuple[Secret, ...]


def planted_screens(seed: int, count: int) -> Iterator[PlantedScreen]:
    """Pages with some six secrets each."""
    draw = random.Random(seed)
    with Browser() as browser:
        for _ in range(count):
            browser.resize(*draw.choice(VIEWS))
            browser.show(planted_page(draw)[0])
            told = browser.evaluate(_WHERE)
            secrets = tuple(Secret(kind, text, tuple(tuple(letter) for letter in letters)) for kind, text, letters in told)  # type: ignore[misc]
            yield PlantedScreen(Image.open(io.BytesIO(browser.screenshot())).convert("RGB"), secrets)


def planted_page(draw: random.Random) -> tuple[str, list[tuple[str, str, str]]]:
    """A page's markup, and the kind, the text and the secret of each of its six."""
    shown = [(kind, *KINDS[kind](draw)) for kind in draw.sample(list(KINDS), 6)]
    return _page(draw, [_part(draw, *one) for one in shown]), shown


def _part(draw: random.Random, kind: str, text: str, secret: str) -> str:
    mark = escape(text).replace(escape(secret), f'<s data-kind="{escape(kind)}" data-text="{escape(text)}">{escape(secret)}</s>', 1)
    mark = mark.replace("\n", "<br>")
    label = re.match(r"([^<]{2,24}?(?:[:=：]|\bis|ist|lautet)) ?(.+)", mark, re.DOTALL)
    width, caption = draw.choice((300, 420, 560, 760, 900)), draw.choice(CAPTIONS)
    match draw.choice(("line", "row", "field", "code", "chat")):
        case "row":
            name, value = (label[1].rstrip("=:"), label[2]) if label else (caption, mark)
            return f"<table><tr><td style='width:160px'>{name}</td><td style='max-width:{width}px'>{value}</td></tr></table>"
        case "field":
            name, value = (label[1], label[2]) if label else (caption, mark)
            box = f"display:block;white-space:nowrap;overflow:hidden;border:1px solid #888;padding:4px;width:{width}px"
            return f"<label>{name}</label><span style='{box}'>{value}</span>"
        case "code":
            return f"<pre style='border:1px solid #888;padding:6px;width:{width}px;white-space:pre-wrap'>{mark}</pre>"
        case "chat":
            return f"<div style='border:1px solid #aaa;border-radius:9px;padding:8px;width:{width}px'>Hi! {mark} - see you tomorrow</div>"
        case _:
            return f"<b>{caption}</b><p style='width:{width}px'>{mark}</p>"


def _page(draw: random.Random, parts: Sequence[str]) -> str:
    paper, ink = draw.choice(COLOURS)
    style = (
        f"body{{background:{paper};color:{ink};font:{draw.choice(SIZES)}px '{draw.choice(FONTS)}','DejaVu Sans';margin:12px}}"
        "p{margin:4px 0 8px}td{vertical-align:top;padding:2px 12px 2px 0}body>*{margin-bottom:8px}*{overflow-wrap:anywhere}"
        f"pre{{font-family:'{draw.choice(('DejaVu Sans Mono', 'Liberation Mono'))}'}}s{{text-decoration:none}}"
    )
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style><body>{"".join(parts)}</body>'


def ordinary_screens(seed: int, count: int) -> Iterator[Image.Image]:
    """Pages as people see them: technical prose, code, lists of files, mails, figures, settings."""
    draw = random.Random(seed)
    files = sorted(path for path in ROOT.rglob("*") if path.suffix in (".md", ".py", ".yaml", ".toml") and ".venv" not in path.parts)
    with Browser() as browser:
        for number in range(count):
            browser.resize(*draw.choice(VIEWS))
            make = (_prose, _code, _listing, _figures)[number % 4]
            browser.show(_page(draw, [make(draw, draw.choice(files))]))
            yield Image.open(io.BytesIO(browser.screenshot())).convert("RGB")


def _lines(draw: random.Random, path: Path, count: int) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    start = draw.randrange(max(len(lines) - count, 1))
    return lines[start : start + count]


def _prose(draw: random.Random, path: Path) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in _lines(draw, path, 30))


def _code(draw: random.Random, path: Path) -> str:
    return f"<pre style='white-space:pre-wrap'>{escape(chr(10).join(_lines(draw, path, 40)))}</pre>"


def _listing(draw: random.Random, path: Path) -> str:
    names = draw.sample(sorted(str(one.relative_to(ROOT)) for one in path.parents[0].glob("*")) * 3 + ["setup_1.4.2-1_amd64.deb",
        "IMG_20260412_181233.jpg", "Screenshot from 2026-11-27 12-49-21.png", "linux-image-6.1.0-28-amd64", "libreoffice-calc_7.4.7.deb",
        "invoice-2026-0412.pdf", "backup-2026-11-01T03:00:12Z.tar.gz", "report_final_v3 (2).docx"], 9)  # fmt: skip
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{draw.randrange(10 ** draw.randint(2, 7)):,} B</td>"
        f"<td>2026-{draw.randint(1, 12):02}-{draw.randint(1, 28):02} {draw.randint(0, 23):02}:{draw.randint(0, 59):02}</td></tr>"
        for name in names
    )
    return f"<table>{rows}</table>"


def _figures(draw: random.Random, path: Path) -> str:
    rows = "".join(
        f"<tr><td>{draw.choice(('Order', 'Invoice', 'Ticket', 'Flight', 'Part no.', 'Phone', 'Version', 'Total'))}</td>"
        f"<td>{draw.choice(('#', 'A-', 'INV-2026-', 'LH', 'v', '+49 30 ', '€ ', ''))}{draw.randrange(10 ** draw.randint(3, 6)):,}"
        f"{draw.choice(('', '.25', '.1.3', ' %', ' pcs'))}</td>"
        f"<td>{draw.choice(('shipped', 'paid', 'open', 'Mon 14:05', '12 Nov 2026'))}</td></tr>"
        for _ in range(18)
    )
    return f"<table>{rows}</table>"


def told(screen: PlantedScreen, boxes: Sequence[Box]) -> list[str]:
    """A line for each secret that the boxes leave in clear."""
    return [json.dumps([one.kind, one.text, shown]) for one in screen.secrets if (shown := one.shown(boxes))]


def main() -> None:
    """Show very many, and print how many letters in a row stay bare, by kind; then what is covered of ordinary screens."""
    count, seed = int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 3
    read, rules = frame_reader(None, "latin"), Rules()
    planted, bare = Counter[str](), Counter[str]()
    for screen in planted_screens(seed, count):
        boxes = [shown.box for shown in find_shown(read(screen.image) or (), Redactor(rules))]
        planted.update(secret.kind for secret in screen.secrets)
        bare.update(secret.kind for secret in screen.secrets if secret.shown(boxes))
        print(*told(screen, boxes), sep="\n", end="")
    print(f"{planted.total()} shown of {len(planted)} kinds, {bare.total()} in clear {dict(bare)}")
    lines = covered = 0
    for image in ordinary_screens(seed, count // 4):
        written = read(image) or ()
        boxes = [shown.box for shown in find_shown(written, Redactor(rules))]
        lines += len(written)
        covered += sum(any(_touches(line.box, box) for box in boxes) for line in written)
    print(f"of {lines} lines without a secret {covered} were covered, or parts of them")


def _touches(line: Box, box: Box) -> bool:
    return box.y1 <= line.center.y <= box.y2 and box.x1 < line.x2 and line.x1 < box.x2


if __name__ == "__main__":
    main()
