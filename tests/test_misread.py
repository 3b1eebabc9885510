"""Secrets that a reader read badly: covered all the same, and little else."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PIL import Image, ImageDraw
from rendered import font

from agent.frame_reader import frame_reader
from recordings.geometry import Box
from recordings.secrets.memory import Redactor
from recordings.secrets.pixels import find_shown
from recordings.secrets.rules import Rules
from tests.planted import KINDS
from tests.planted_screens import planted_screens, told

SLIPS = {"O": "0", "0": "O", "l": "1", "1": "l", "I": "l", "5": "S", "8": "B"}
CELL, LINE = 0.0005, 0.03


@dataclass(frozen=True)
class Line:
    """A line as it was read: evenly spaced letters."""

    text: str
    box: Box

    def part(self, start: int, end: int) -> Box:
        return Box(x1=start * CELL, y1=self.box.y1, x2=end * CELL, y2=self.box.y2)


def lines(*texts: str) -> list[Line]:
    return [
        Line(text, Box(x1=0.0, y1=0.1 + LINE * row, x2=min(len(text) * CELL, 1.0), y2=0.12 + LINE * row)) for row, text in enumerate(texts)
    ]


def bare(read: Sequence[Line]) -> str:
    """What of them is not covered."""
    boxes = [shown.box for shown in find_shown(read, Redactor(Rules()))]

    def covered(x: float, y: float) -> bool:
        return any(box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2 for box in boxes)

    return "\n".join(
        "".join("·" if covered(line.box.x1 + (at + 0.5) * CELL, line.box.center.y) else one for at, one in enumerate(line.text))
        for line in read
    )


@pytest.mark.parametrize(
    ("read", "secret"),
    [
        (["npm_RT0Mka6vyWWvNXh3w7wWo B5EpfjsYq2ZUYMO there"], ["B5EpfjsYq2ZUYMO"]),
        (["see 9117883829:AA4jfXuX8v h2_1 KZNUK9IKLdbFfu0XgOYg there"], ["AA4jfXuX8v", "KZNUK9IKLdbFfu0XgOYg"]),
        (["see Alza b9hMG7Of0wxnru0dSKj LmyXahu_Yw1fTjSE there"], ["b9hMG7Of0wxnru0dSKj", "LmyXahu_Yw1fTjSE"]),
        (["e7343886273cb2 b66c6c02d9e76a4a3966ae8666"], ["e7343886273cb2", "b66c6c02d9e76a4a3966ae8666"]),
        (["it is 4c90ab7e21d", "f0387c5521e9 there"], ["4c90ab7e21d", "f0387c5521e9"]),
        (["T:WPA;S:home;P:JCYWF4peZF2dX3;;"], ["JCYWF4peZF2dX3"]),
        (["authorization Basic AyYgeamHLthwxwwyGil5DN"], ["AyYgeamHLthwxwwyGil5DN"]),
        (["machine example.org login jane password", "M%A*IT+BIIx7"], ["M%A*IT+BIIx7"]),
        (["argue anxiety argue ancient advice", "amazing adāpt arctic angry alcohol amused answer"], ["argue", "amazing", "arctic angry"]),
        (["export DB_PASSW0RD=yuT#hepR3Lx7"], ["yuT#hepR3Lx7"]),
        (["口口 vakzhsqff168"], ["vakzhsqff168"]),
        (["otpauth //totp/Shop:jane? secret=64C6HEDFA7475C33D3 D33FBG33ED4G7C&issuer=Sh"], ["64C6HEDFA7475C33D3", "D33FBG33ED4G7C"]),
        (["W31G1-LO4OO-QUWYV- C7FYD-ZRN4A"], ["W31G1", "C7FYD", "ZRN4A"]),
        (["set up key bmw2 64o6 nq24 q2"], ["bmw2 64o6 nq24"]),
        (["passphrase alpha aspect argue actor aerobic"], ["alpha aspect argue actor aerobic"]),
        (["arrest ankle apple antenna answer affai"], ["arrest ankle apple antenna answer affai"]),
        (
            ["is agent acoustic arctic artist address armed acquire artwork annual", "arrow antique actual"],
            ["acoustic arctic", "arrow antique"],
        ),
        (["curl - u jane: iccuhacj822 https"], ["iccuhacj822"]),
        (["mysq1 -u root -pulbufsek445 shop"], ["ulbufsek445"]),
        (["postgres:/app:s3cretword@db.example.org"], ["s3cretword"]),
        (["code 729425"], ["729425"]),
    ],
)
def test_what_was_read_badly_is_covered(read: list[str], secret: list[str]) -> None:
    rest = bare(lines(*read))
    assert [one for one in secret if one in rest] == [], rest


@pytest.mark.parametrize(
    "text",
    [
        "The password must have at least eight characters.", "Forgot your password? Reset it by mail, or ask the administrator.",
        "linux-image-6.1.0-28-amd64 depends on initramfs-tools (>= 0.120)", "IMG_20260412_181233.jpg 2,204,117 B 2026-04-12 18:12",
        "Order #82,507 of Mon 14:05: 3 pcs, € 1,204.25", "def read_lines(self, path: Path) -> tuple[list[bytes], bool]:",
        "File Edit View Search Terminal Help", "error code 404: not found", "INV-2026-0412 LH308 A-4711",
        "chromium 156.0.7012.45 x86_64 utf8mb4 sha256sum html5lib", "The key is under the mat.",
        "Über die Größe entscheidet später die Prüfung.", "https://docs.example.org/guide/getting-started/installation",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert bare(lines(text)) == text


def slipped(draw: random.Random, text: str) -> list[str]:
    """As a reader may read it: a letter taken for another, a space put into a long word, a line broken."""
    letters = list(text)
    at = draw.randrange(len(letters))
    letters[at] = SLIPS.get(letters[at], letters[at])
    read = "".join(letters)
    long = max(read.split(), key=len)
    if len(long) >= 16:
        place = read.index(long) + draw.randrange(5, len(long) - 4)
        read = read[:place] + draw.choice((" ", "\n")) + read[place:]
    elif len(read) > 40 and " " in read:  # lines are broken between words
        place = draw.choice([at for at, one in enumerate(read) if one == " "])
        read = read[:place] + "\n" + read[place + 1 :]
    return read.split("\n")


def test_no_kind_stays_in_clear_where_a_reader_slips() -> None:
    draw, open_ = random.Random(5), list[str]()
    count = 0
    for kind, make in KINDS.items():
        for _ in range(12):
            text, secret = make(draw)
            if "\n" in text:
                continue
            count += 1
            read = slipped(draw, text)
            rest = "".join(one for one in bare(lines(*read)) if one.isalnum()).lower()
            letters = "".join(one for one in secret if one.isalnum()).lower()
            if any(letters[at : at + 8] in rest for at in range(max(len(letters) - 7, 1))):
                open_.append(f"{kind}: {read}")
    assert count > 400 and len(open_) <= count // 100, "\n".join(open_)


def test_a_hostile_text_is_searched_in_time() -> None:
    for text in ("a//:" * 400, "-u a:b" * 300, "AB1-" * 500, "T:WPA" * 300, "ab1 " * 500, "x@y." * 400):
        begin = time.process_time()
        bare(lines(text))
        assert time.process_time() - begin < 1.0, text[:8]


OTHER_LABELS = (
    "Пароль — {}",
    "Новый пароль: {}",
    "Токен {}",
    "Секретный ключ = {}",
    "Гасло: {}",
    "Κωδικός πρόσβασης {}",
    "Код доступа {}",
    "Συνθηματικό: {}",
)
MADE_UP = ("kxncm0113", "elp%6EX79x7", "cryxr0", "agygdfoo7481", "C9ad2x5E2U!x7", "gcjxz4419", "WsMSSjMAx7", "unyfh9")
ORDINARY = ("report.pdf", "1.4.2", "12 KB", "27.11.2026", "14:05", "Berlin", "libreoffice-calc", "UTF-8")  # fmt: skip


def drawn(values: Sequence[str], size: int) -> tuple[Image.Image, list[Box]]:
    """Each value beside a label in another script, and where it stands."""
    picture, type_ = Image.new("RGB", (420, 40 * len(values)), "white"), font("truetype/dejavu/DejaVuSans.ttf", size)
    pen, places = ImageDraw.Draw(picture), []
    for row, (label, value) in enumerate(zip(OTHER_LABELS, values, strict=True)):
        before = label.removesuffix("{}")
        pen.text((12, 40 * row + 8), before + value, font=type_, fill="black")
        left, right = (12 + type_.getlength(text) for text in (before, before + value))
        places.append(Box.from_pixels(round(left) + 1, 40 * row + 10, round(right - left) - 2, size - 2, picture.size))
    return picture, places


def test_values_beside_labels_in_other_scripts_are_covered_and_ordinary_ones_stay() -> None:
    """The reader passes over letters that it knows where others stand beside them: each word is read again by itself."""
    read, bare_, hidden = frame_reader(None, "latin"), [], []
    for size in (13, 16):
        for values in (MADE_UP, ORDINARY):
            picture, places = drawn(values, size)
            boxes = [shown.box for shown in find_shown(read(picture) or (), Redactor(Rules()))]
            for value, place in zip(values, places, strict=True):
                steps = [place.x1 + (place.x2 - place.x1) * step / 20 for step in range(1, 20)]
                share = sum(any(box.x1 <= x <= box.x2 and box.y1 <= place.center.y <= box.y2 for box in boxes) for x in steps) / len(steps)
                if values is MADE_UP and share < 1:
                    bare_.append((size, value, share))
                if values is ORDINARY and share:
                    hidden.append((size, value, share))
    assert (bare_, hidden) == ([], [])


AFTER_SIGNS = (
    ("= oliffnavm439", "oliffnavm439"), ("0000 = vbsgh97", "vbsgh97"), ("— bldf7481", "bldf7481"), ("Faco – unyfh9", "unyfh9"),
    ("Itlfoq51", "Itlfoq51"), ("vssganbuo", "vssganbuo"), ("jkpy%m*9x7", "jkpy%m*9x7"), ("+SpaFNAAix7", "SpaFNAAix7"),
)  # fmt: skip


@pytest.mark.parametrize(("read", "secret"), AFTER_SIGNS)
def test_a_made_up_word_after_a_sign_needs_no_label_that_can_be_read(read: str, secret: str) -> None:
    assert secret not in bare(lines(read)) and not any(map(str.isalnum, bare(lines(read)).replace("0000", "").replace("Faco", "")))


STAY = (
    "Version: python3", "Disk = nvme0", "Size – 1080p60", "MacBookPro", "Kubernetes", "File: report2026", "x86_64", "Zwischenablage",
    "IMG_20260412.jpg", "libgtk-3-0", "GTK 3.24.38", "Encoding: UTF-8", "sha256", "LH 4711",
)  # fmt: skip


@pytest.mark.parametrize("text", STAY)
def test_ordinary_values_after_a_sign_stay(text: str) -> None:
    assert bare(lines(text)) == text


def test_pages_of_a_real_browser_show_no_secret() -> None:
    """`python -m tests.planted_screens` shows very many."""
    read = frame_reader(None, "latin")
    screens = list(planted_screens(7, 4))
    shown = [told(screen, [one.box for one in find_shown(read(screen.image) or (), Redactor(Rules()))]) for screen in screens]
    assert sum(len(screen.secrets) for screen in screens) >= 20 and shown == [[]] * len(screens)
