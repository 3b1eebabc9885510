"""OpenCUA's AgentNet trajectories: JSON lines of `task_id`, `instruction` and `traj`, the pictures in a folder beside them.

A step's `value` holds pyautogui code, `thought`, `action` in words, and what a reviewing model thought of it. A picture was taken before
its step, so the next one's shows what came of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from recordings import foreign
from recordings.action import Action
from recordings.episode import Source, StopReason
from recordings.exchange import ExchangeError, Report, Trail, header_of, json_lines_file, read_json_lines, steps_of
from recordings.exchange_calls import CallError, actions_of

MARKS = ("alignment_score", "efficiency_score", "task_difficulty", "domain")
FOLDERS = ("images", "ubuntu_images", "win_mac_images", ".")
"""Where the pictures lie, beside the file, unless a folder is named."""

_Turn = tuple[Sequence[Action], str, Callable[[], Image.Image], str]


def read_agentnet(source: Path, images: Path | None, report: Report) -> Iterator[Trail]:
    """See `recordings.exchange.import_episodes`. A trajectory that cannot be read is left out and named."""
    file = json_lines_file(source)
    for number, item in enumerate(read_json_lines(source, report), 1):
        where = f"{file.name} item {number}"
        try:
            yield _trail(item, where, images, file.parent)
        except (KeyError, TypeError, AttributeError) as error:
            report.problems.append(f"{where} is left out: {type(error).__name__}: {error}")


def _trail(item: dict[str, Any], where: str, images: Path | None, beside: Path) -> Trail:
    instruction = str(item.get("instruction") or item.get("natural_language_task") or item.get("actual_task") or "")
    if not instruction:
        raise KeyError("instruction")
    turns: list[_Turn] = []
    problems: list[str] = []
    wrong: list[int] = []
    count = 0
    for step in item["traj"]:
        value, place = step["value"], f"step {step.get('index', len(turns))}"
        folder, name = _find(images, beside, str(step["image"])), str(step["image"])
        try:
            actions = actions_of(str(value["code"]), _size(folder, name))
        except CallError as error:
            problems.append(f"{place} is left out: {error}")
            continue
        turns.append((actions, str(value.get("thought") or value.get("action") or ""), partial(foreign.read_picture, folder, name), place))
        if value.get("last_step_correct") is False:
            wrong += range(count, count + len(actions))
        count += len(actions)
    marks = {name: item[name] for name in MARKS if isinstance(item.get(name), int | float | str) and len(str(item[name])) < 200}
    done = item.get("task_completed")
    header = header_of(str(item["task_id"]), instruction, "agentnet", where, source=Source.HUMAN)
    extra = header.extra | {"agentnet": marks} | ({"marked_wrong": wrong} if wrong else {})
    ending = StopReason.FAILED if done is False else StopReason.DONE
    header = header.model_copy(update={"extra": extra, "stop_reason": ending, "verdict": done if isinstance(done, bool) else None})
    return Trail(header, steps_of(turns, problems, [Source.HUMAN] * len(turns)), problems)


def _find(images: Path | None, beside: Path, name: str) -> Path:
    """The folder that a picture lies in."""
    if images is not None:
        if not os.path.isdir(images):
            raise ExchangeError(f"{images} is no folder: name the one that holds the pictures")
        return images
    return next((beside / folder for folder in FOLDERS if foreign.is_below(beside / folder, name)), beside / FOLDERS[0])


def _size(folder: Path, name: str) -> tuple[int, int] | None:
    try:
        return foreign.picture_size(folder, name)
    except OSError:
        return None
