"""Records out of LLaVA-style conversations: pictures, questions and answers as they stand, for what is not to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from recordings.exchange import Report, json_lines_file, read_json_lines
from recordings.foreign import is_below
from recordings.geometry import Box
from training.datasets.records import Frame, Kind, Record
from vlm.prompts import IMAGE_PLACEHOLDER, SPECIAL_TOKENS, Mode

END = SPECIAL_TOKENS["end_think"]


def conversation_records(source: Path, name: str, kind: Kind) -> Iterator[tuple[str, Record | str]]:
    """Each item's name with a record of each of its turns, or with the reason why there is none.

    Args:
        source: the JSON (lines) file, or the folder that holds it; pictures are named relative to it.
        name: what the records' source is called.
        kind: what the records count as; the answers of `ground` must be boxes.
    """
    file = json_lines_file(source)
    report = Report()
    for number, item in enumerate(read_json_lines(source, report), 1):
        identity = str(item.get("id", number)) if isinstance(item, dict) else str(number)
        # Items of one episode, as our own export names them, stay on one side of a split.
        group = identity.rpartition("/")[0] or identity
        try:
            yield from ((group, record) for record in _records(item, file.parent, name, kind, group))
        except KeyError as error:
            yield group, f"conversations without {error}"
        except (TypeError, AttributeError):
            yield group, "conversations that are not written as LLaVA writes them"
    yield from (("", f"lines that are no JSON ({problem})") for problem in report.problems)


def _records(item: dict[str, Any], images: Path, name: str, kind: Kind, group: str) -> Iterator[Record | str]:
    given = item.get("image") or []
    names = [given] if isinstance(given, str) else given
    pictures = tuple(Frame(images / name, images) for name in names)
    if not all(is_below(images, name) for name in names):
        yield "conversations whose picture is missing"
        return
    turns = [(turn["from"], str(turn["value"])) for turn in item["conversations"]]
    pairs = [(asked, told) for (who, asked), (other, told) in pairwise(turns) if (who, other) == ("human", "gpt")]
    if not pairs:
        yield "conversations without a question and its answer"
    for asked, told in pairs:
        target = _box(told.rpartition(END)[2]) if kind == "ground" else None
        if isinstance(target, str):
            yield target
            continue
        think: Mode = "think" if END in told else "nothink"
        answer = told.removeprefix(SPECIAL_TOKENS["think"])
        question = asked.replace(IMAGE_PLACEHOLDER, "").strip()
        yield Record(kind, pictures, question, answer, think, source=name, episode=group, target=target)


def _box(answer: str) -> Box | str:
    """The box that an answer is, or what is wrong with it."""
    try:
        corners = [float(part) for part in answer.partition("[")[2].partition("]")[0].split(",")]
        if len(corners) == 4 and not all(0 <= corner <= 1 for corner in corners):
            return "answers with a box that is not within 0–1"
        x1, y1, x2, y2 = corners
        return Box(x1=x1, y1=y1, x2=x2, y2=y2)
    except ValueError:
        return "answers that should be a box and are none that can be read"
