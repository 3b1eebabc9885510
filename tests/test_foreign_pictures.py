"""Pictures that somebody else made: they are read as people see them, and cost no more than they show."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from recordings import foreign


def png_of(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def drawn(mode: str, *values: object) -> Image.Image:
    """One pixel beside the other."""
    picture = Image.new(mode, (len(values), 1))
    for x, value in enumerate(values):
        picture.putpixel((x, 0), value)  # type: ignore[arg-type]
    return picture


@pytest.mark.parametrize(
    ("picture", "seen"),
    [
        (drawn("I;16", 0, 0x8080, 0xFFFF), [0, 128, 255]),
        (drawn("L", 0, 128, 255), [0, 128, 255]),
        (drawn("RGBA", (0, 0, 0, 255), (0, 0, 0, 128), (0, 0, 0, 0)), [0, 127, 255]),
        (drawn("LA", (0, 255), (0, 0)), [0, 255]),
    ],
    ids=["16 bits of grey", "grey", "colours on nothing", "grey on nothing"],
)
def test_a_picture_is_read_as_people_see_it(picture: Image.Image, seen: list[int]) -> None:
    """What is written where nothing shows it is an order that nobody but the agent would read."""
    read = foreign.decode(png_of(picture))
    assert read.mode == "RGB" and [read.getpixel((x, 0)) for x in range(read.width)] == [(grey,) * 3 for grey in seen]


def test_a_colour_that_stands_for_nothing_is_white() -> None:
    data, picture = io.BytesIO(), drawn("P", 0, 1)
    picture.putpalette([0, 0, 0, 9, 9, 9])
    picture.save(data, "PNG", transparency=1)
    assert foreign.decode(data.getvalue()).getpixel((1, 0)) == (255, 255, 255)


@pytest.mark.parametrize("kind", [b"tEXt", b"IDAT"])
def test_a_picture_of_a_million_parts_is_not_begun(kind: bytes) -> None:
    whole = png_of(Image.new("RGB", (4, 4)))
    content = b"a\0b" if kind == b"tEXt" else b""
    part = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    began = time.process_time()
    with pytest.raises(foreign.ForeignError, match="parts"):
        foreign.decode(whole[:33] + part * 1_000_000 + whole[33:])
    assert time.process_time() - began < 2
    assert foreign.decode(whole[:33] + part * 20_000 + whole[33:]).size == (4, 4)
