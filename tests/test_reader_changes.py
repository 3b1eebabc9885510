"""Reading only what changed equals reading it all: on drawn sessions, by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw
from rendered import FONTS, LOOKS, NAMES, font

from vlm.reading.networks import Networks
from vlm.reading.reader import open_reader
from vlm.reading.reading import Reading


def session(seed: int, steps: int) -> Iterator[Image.Image]:
    """A screen on which windows and menus open, move, are typed into, chosen from and closed."""
    rng = random.Random(seed)
    face = font(rng.choice(FONTS), rng.choice((11, 13, 15)))
    back = Image.new("RGB", (900, 560), LOOKS[rng.choice(("light", "dark"))][0])
    for _ in range(steps):
        pen = ImageDraw.Draw(back)
        ground, ink = LOOKS[rng.choice(tuple(LOOKS))]
        left, top = rng.randrange(-40, 700), rng.randrange(-20, 460)
        match rng.randrange(4):
            case 0:  # a menu
                entries = rng.sample(NAMES, rng.randrange(3, 7))
                pen.rectangle((left, top, left + 190, top + 24 * len(entries) + 8), fill=ground, outline=ink)
                for row, name in enumerate(entries):
                    pen.text((left + 10, top + 6 + 24 * row), name, font=face, fill=ink)
            case 1:  # a window with a row of names
                pen.rectangle((left, top, left + 380, top + 120), fill=ground, outline=ink)
                pen.text((left + 12, top + 6), "   ".join(rng.sample(NAMES, 3)), font=face, fill=ink)
                pen.text((left + 12, top + 60), " ".join(rng.sample(NAMES, 4)), font=face, fill=ink)
            case 2:  # some of it moves
                part = back.crop((left, top, left + 300, top + 150))
                back.paste(part, (left + rng.randrange(-9, 10), top + rng.randrange(-9, 10)))
            case _:  # one row is chosen
                pen.rectangle((left, top, left + 200, top + 22), fill=LOOKS["chosen"][0])
                pen.text((left + 8, top + 3), rng.choice(NAMES), font=face, fill=(255, 255, 255))
        yield back.copy()


def told(reading: Reading) -> list[tuple[str, str, object, float]]:
    return [(each.text, each.kind, each.box, round(each.confidence, 3)) for each in reading.elements]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_told_is_always_of_this_frame(seed: int) -> None:
    reader, read = open_reader(), 0
    for frame in session(seed, 5):
        reading = reader.read(frame)
        assert told(reading) == told(open_reader().read(frame))
        read += len(reading.elements)
    assert read > 20


def test_only_what_changed_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {"text_map": 0, "characters_map": 0}
    for name in calls:
        real = getattr(Networks, name)

        def counted(self: Networks, pixels: object, name: str = name, real: object = real) -> object:
            calls[name] += 1
            return real(self, pixels)  # type: ignore[operator]

        monkeypatch.setattr(Networks, name, counted)
    picture = Image.new("RGB", (1280, 720), "white")
    pen, face = ImageDraw.Draw(picture), font(FONTS[0], 13)
    for number, name in enumerate(NAMES):
        pen.text((30 + number % 5 * 240, 20 + number // 5 * 110), name, font=face, fill="black")
    reader = open_reader()
    first = reader.read(picture)
    assert len(first.elements) == len(NAMES) and calls["characters_map"] == len(NAMES)
    before = dict(calls)
    assert reader.read(picture.copy()).elements == first.elements and calls == before
    pen.text((900, 600), "Something new", font=face, fill="black")
    second = reader.read(picture)
    assert {each.text for each in second.elements} - {each.text for each in first.elements} == {"Something new"}
    assert calls["characters_map"] == before["characters_map"] + 1 and calls["text_map"] - before["text_map"] <= 4
    moved = Image.new("RGB", (1280, 720), "white")
    moved.paste(picture, (0, 7))
    reader.read(moved)
    assert calls["characters_map"] <= before["characters_map"] + 12, "a line that only moved is known by its pixels"


def test_another_size_is_another_screen() -> None:
    reader = open_reader()
    picture = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(picture).text((40, 40), "Preferences", font=font(FONTS[0], 20), fill="black")
    assert [each.text for each in reader.read(picture).elements] == ["Preferences"]
    assert [each.text for each in reader.read(picture.crop((0, 0, 300, 120))).elements] == ["Preferences"]
    assert reader.read(picture.crop((0, 100, 400, 200))).elements == ()
    assert [each.text for each in reader.read(picture).elements] == ["Preferences"]
