"""What is on a screen, by name: read from an image file or from the host's screen, printed or drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from agent.drawing import save_drawing
from agent.permissions.opening import open_permissions
from agent.settings import Settings
from recordings.geometry import Box
from vlm.reading.elements import in_reading_order
from vlm.reading.reading import Reading, ScreenElement

MARKS = {"text": (200, 0, 60), "word": (200, 0, 60), "glyph": (0, 60, 220), "icon": (0, 140, 60)}


def capture(settings: Settings) -> Image.Image:
    """The host's screen, or the part of it that the settings choose, black where it may not be seen. Raises DesktopError."""
    from agent.screen import Screen

    permissions = open_permissions(settings.permissions, None)
    screen = Screen(monitor=settings.monitor, region=settings.region, window=settings.window, permissions=permissions)
    try:
        return screen.grab().to_screenshot().image
    finally:
        screen.close()


def with_icons(picture: Image.Image, reading: Reading) -> Reading:
    """The same with the picture's icons by name, each with its confidence; what is a sign or a widget stays that."""
    from vlm.reading.icons.finder import IconFinder

    signs = [each.box for each in reading.elements if each.kind == "glyph"]
    signs += [each.widget.box for each in reading.elements if each.widget is not None]
    found = [icon.element for icon in IconFinder().find(picture, reading)]
    free = [each for each in found if not any(each.box.overlap(box) > 0 for box in signs)]
    return replace(reading, elements=in_reading_order([*reading.elements, *free], reading.size))


def to_dict(reading: Reading) -> dict[str, Any]:
    """JSON-ready: `elements` of `text`, `kind`, `box` [x1, y1, x2, y2] in 0–1 and `confidence`, and of `widget` where one stands beside it
    (`kind`, `state` or null, `confidence`, `box`), with `chosen` and `grey`, true where that is sure,
    else null; `size` in pixels; `seconds`."""
    elements = [
        {"text": each.text, "kind": each.kind, "box": _corners(each.box), "confidence": round(each.confidence, 4)} | _states(each)
        for each in reading.elements
    ]
    return {"elements": elements, "size": list(reading.size), "seconds": round(reading.seconds, 4)}


def to_lines(reading: Reading) -> list[str]:
    """For people: the corners, the confidence, the widget with its state where there is one, and the text of each element or its name."""
    return [
        f"{' '.join(f'{value:.4f}' for value in _corners(each.box))}  {each.confidence:.2f}  {_told(each)}{each.text}"
        for each in reading.elements
    ] or ["nothing is written there"]


def _states(element: ScreenElement) -> dict[str, Any]:
    told: dict[str, Any] = {} if element.kind == "icon" else {"chosen": element.chosen, "grey": element.grey}
    if (widget := element.widget) is not None:
        box = _corners(widget.box)
        told["widget"] = {"kind": widget.kind, "state": widget.state, "confidence": round(widget.confidence, 4), "box": box}
    return told


def _told(element: ScreenElement) -> str:
    widget = element.widget
    if element.kind == "icon":
        return "[icon]  "
    told = [f"{widget.kind}, {widget.state or 'state unknown'} {widget.confidence:.2f}"] if widget is not None else []
    told += [name for name, state in (("chosen", element.chosen), ("grey", element.grey)) if state]
    return f"[{', '.join(told)}]  " if told else ""


def _corners(box: Box) -> list[float]:
    return [box.x1, box.y1, box.x2, box.y2]


def draw_reading(picture: Image.Image, reading: Reading, out: Path) -> None:
    """Save a copy of the picture with each element framed and its text below. Raises DrawingError where `out` cannot be written."""
    drawn = picture.convert("RGB")
    canvas = ImageDraw.Draw(drawn)
    font = ImageFont.load_default(10)
    width, height = drawn.size
    for each in reading.elements:
        left, top, right, bottom = (side * size for side, size in zip(_corners(each.box), (width, height) * 2, strict=True))
        canvas.rectangle((left - 2, top - 2, right + 1, bottom + 1), outline=MARKS[each.kind])
        canvas.text((left, bottom + 1), each.text, font=font, fill=MARKS[each.kind])
    save_drawing(out, drawn)
