"""Looking again at what an episode keeps: what was hidden when it was recorded, and hiding more before anybody trains on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.private import WINDOW, is_private
from recordings.errors import DeskhandError
from recordings.geometry import Box
from recordings.hiding import hide_boxes, hide_by_rules
from recordings.patterns import Pattern
from recordings.secrets.pixels import Read
from recordings.secrets.rules import Rules, load_rules
from recordings.store import Episode, Which, read_episode


class ReviewError(DeskhandError):
    """A part of a frame that cannot be meant."""


def describe_hidden(episode: Episode) -> list[dict[str, Any]]:
    """What is hidden in each step, counted from 1: why, where, and for frames in which box; JSON-ready."""
    return [
        {
            "step": step.index + 1,
            "kind": one.kind,
            "place": one.place,
            "box": list(one.box.model_dump().values()) if one.box is not None else None,
        }
        for step in episode.steps
        for one in step.hidden or ()
    ]


def hidden_lines(hidden: Sequence[dict[str, Any]]) -> list[str]:
    """The same for people: one line for what is hidden in the same way in several steps."""
    steps: dict[str, list[int]] = {}
    for one in hidden:
        place = ", ".join(f"{edge:.2f}" for edge in one["box"]) if one["box"] else ""
        steps.setdefault(f"{one['kind']} in its {one['place']}" + (f" at {place}" if place else ""), []).append(one["step"])
    return [f"{_spans(numbers)}: {what}" for what, numbers in steps.items()]


def _spans(numbers: Sequence[int]) -> str:
    """`step 3`, or `steps 3–7, 9`."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    words = ", ".join("–".join(map(str, span)) for span in spans)
    return f"step{'s' if len(set(numbers)) > 1 else ''} {words}"


def bare_line(episode: Episode, hidden: Sequence[dict[str, Any]]) -> list[str]:
    """What to look at, too: steps in windows that are covered in new episodes, where this one is older."""
    covered = {one["step"] for one in hidden if one["kind"] == WINDOW}
    bare = [step.index + 1 for step in episode.steps if is_private(step.window_class) and step.index + 1 not in covered]
    words = "in terminals or programs for passwords, whose windows were not covered when this was kept"
    return [f"{_spans(bare)}: {words}"] if bare else []


def hide(path: Path, words: Sequence[str], boxes: Sequence[str], by_rules: bool, read: Read) -> dict[str, int]:
    """Hide words in every text, boxes in frames, and what the rules find in both; says how many steps and frames were changed.

    Args:
        read: what is written in a frame.
        boxes: each `STEP,LEFT,TOP,RIGHT,BOTTOM`: the step counted from 1, the rest fractions of the frame.

    Raises:
        ReviewError: a box is none, or there is no such step; nothing is hidden then.
        EpisodeError: the episode is being written, or cannot be read or written.
    """
    if not (words or boxes or by_rules):
        return {}
    wanted = _boxes(boxes, read_episode(path))
    own = tuple(Pattern(re.escape(word), ignore_case=True) for word in words if word)
    rules = load_rules() if by_rules else Rules()
    texts, frames = hide_by_rules(path, replace(rules, own=rules.own + own), read if by_rules else None) if words or by_rules else (0, 0)
    return {"texts": texts, "frames": frames + (hide_boxes(path, wanted) if wanted else 0)}


def _boxes(lines: Sequence[str], episode: Episode) -> dict[tuple[int, Which], list[Box]]:
    wanted: dict[tuple[int, Which], list[Box]] = {}
    for line in lines:
        try:
            number, *edges = line.split(",")
            left, top, right, bottom = (float(edge) for edge in edges)
            box = Box(x1=left, y1=top, x2=right, y2=bottom)
            step = next(step for step in episode.steps if step.index == int(number) - 1)
        except (ValueError, ValidationError) as error:
            raise ReviewError(
                f"{line} is no part of a frame: write 3,0.1,0.2,0.5,0.4 (step, left, top, right, bottom as fractions)"
            ) from error
        except StopIteration:
            raise ReviewError(f"{episode.path.name} has no step {number}: it has {len(episode.steps)}") from None
        frames: tuple[tuple[Which, str | None], ...] = (("before", step.before_frame), ("after", step.after_frame))
        for which, name in frames:
            if name is not None:
                wanted.setdefault((step.index, which), []).append(box)
    return wanted
