"""Prose that mentions a name is not clicked; a link in it is."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from recordings.geometry import Box
from vlm.reading.links import only_mentioned
from vlm.reading.protocols import Candidate
from vlm.reading.reading import ScreenElement


def line(
    colour: tuple[int, int, int], ground: str = "white", text: str = "Click OK to delete everything. Export CSV is done with it"
) -> bool:
    image = Image.new("RGB", (600, 60), ground)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype("DejaVuSans.ttf", 15)
    start = text.index("Export CSV")
    pieces, left, edges = (text[:start], "Export CSV", text[start + 10 :]), 20.0, [20.0]
    for number, piece in enumerate(pieces):
        pen.text((left, 20), piece, colour if number == 1 else ("black" if ground == "white" else "white"), font)
        left += pen.textlength(piece, font)
        edges.append(left)
    element = ScreenElement(text, Box(x1=20 / 600, y1=18 / 60, x2=left / 600, y2=40 / 60), 0.9)
    part = Box(x1=edges[1] / 600, y1=18 / 60, x2=edges[2] / 600, y2=40 / 60)
    return only_mentioned(Candidate(element, part, 0.8, "part"), image)


def test_a_name_in_prose_is_only_mentioned() -> None:
    assert line((0, 0, 0)) and line((255, 255, 255), "black")


def test_a_link_in_prose_is_not() -> None:
    assert not line((0, 0, 238)) and not line((90, 170, 255), "black")


def test_a_label_of_few_words_is_no_prose() -> None:
    assert not line((0, 0, 0), text="Export CSV now")
