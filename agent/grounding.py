"""Pointing at what an instruction names, in image files: one, or a whole list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from agent.drawing import save_drawing
from agent.protocols import Glance, Grounder, GroundingAnswer
from recordings.errors import DeskhandError
from recordings.foreign import read_file
from recordings.marking import TOLD, mark
from recordings.parsing import parse_json
from vlm.answer import Grounding, Named, NotOnScreen

ITEMS_BYTES = 64 << 20


class GroundingError(DeskhandError):
    """A list of questions that cannot be read."""


def ground_image(load: Callable[[], Grounder], path: Path, instruction: str) -> GroundingAnswer:
    """The answer about one image file; the model is loaded only once there is something to ask it.

    Raises:
        NotOnScreen: the words are not on the image, or several times.
        DeskhandError: the image is missing, no image, or of a size that no screen has; the instruction is empty; the model is missing.
    """
    image, instruction = _read(path), _instruction(instruction)
    return load().look(image).ground(instruction)


def ground_batch(load: Callable[[], Grounder], items: Path) -> Iterator[dict[str, Any]]:
    """One answer for each line of a JSON-lines file of `{"image", "instruction"}`, in order; images lie in its folder, or below.

    A line that cannot be answered yields `{"error"}`, and the next ones are answered all the same; one whose words are not on the image,
    or several times, also has `"missing": true`, the `"nearest"` names, and those `"candidates"` with box and confidence. Neighbouring
    questions about one image look at it once.

    Raises:
        DeskhandError: the file cannot be read, or the model is missing.
    """
    try:
        lines = read_file(items, ITEMS_BYTES).splitlines()
    except OSError as error:
        raise GroundingError(f"{items} cannot be read ({error.strerror or error}): name a file of JSON lines") from error
    model: Grounder | None = None
    seen: tuple[Path, Glance] | None = None
    for line in lines:
        if not line.strip():
            continue
        try:
            name, instruction = _read_item(line)
            path = items.parent / name
            image = _read(path, items.parent) if seen is None or seen[0] != path else None
        except DeskhandError as error:
            yield {"error": str(error)}
            continue
        model = model or load()
        try:
            if image is not None:
                seen = (path, model.look(image))
            assert seen is not None
            yield to_dict(seen[1].ground(instruction))
        except NotOnScreen as error:
            told = [_named(one) for one in error.candidates]
            yield {"missing": True, "nearest": list(error.nearest), "candidates": told, "error": str(error)}
        except DeskhandError as error:
            yield {"error": str(error)}


def to_dict(answer: GroundingAnswer) -> dict[str, Any]:
    """JSON-ready: `point` [x, y], `box` [x1, y1, x2, y2] or null, `confidence` 0–1 or null, `seconds`; coordinates 0–1. Where the answer
    was read, also the `name` that stands there and the `runners_up`, each with `name`, `box` and `confidence`."""
    box = answer.box
    told: dict[str, Any] = {
        "point": [answer.point.x, answer.point.y],
        "box": None if box is None else [box.x1, box.y1, box.x2, box.y2],
        "confidence": None if answer.confidence is None else round(answer.confidence, 4),
        "seconds": round(answer.seconds, 4),
    }
    if isinstance(answer, Grounding) and answer.found is not None:
        told |= {"name": answer.found.name, "runners_up": [_named(one) for one in answer.runners_up]}
    return told


def _named(one: Named) -> dict[str, Any]:
    return {"name": one.name, "box": [one.box.x1, one.box.y1, one.box.x2, one.box.y2], "confidence": round(one.confidence, 4)}


def draw_answer(image: Path, answer: GroundingAnswer, out: Path) -> None:
    """Save a copy of the image with the box and a cross at the point. Raises DrawingError where `out` cannot be written."""
    picture = _read(image)
    mark(picture, answer.box, answer.point, TOLD)
    save_drawing(out, picture)


def _read(path: Path, folder: Path | None = None) -> Image.Image:
    from vlm.images import read_image

    return read_image(path, folder)


def _read_item(line: bytes) -> tuple[str, str]:
    try:
        item = parse_json(line)
    except OSError as error:
        raise GroundingError(f"this line cannot be read: {error}") from error
    if not isinstance(item, dict):
        raise GroundingError('the line is not an object: write {"image": "a.png", "instruction": "the OK button"}')
    for name in ("image", "instruction"):
        if not isinstance(item.get(name), str):
            raise GroundingError(f'"{name}" is missing or not a text')
    return item["image"], _instruction(item["instruction"])


def _instruction(words: str) -> str:
    if not words.strip():
        raise GroundingError("the instruction is empty: say what to point at")
    return words
