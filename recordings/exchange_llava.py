"""LLaVA's JSON lines: one conversation a step, a question with the picture and an answer with the thought and the action.

The question is `Task:` with what was done so far; the answer's last line is the action. That, the pictures and their order are kept;
elements, timings and outcomes are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from recordings.action import Action, ActionSyntaxError, parse_action, print_action
from recordings.durable import create_private
from recordings.exchange import Report, Row, Trail, done_before, json_lines_file, read_json_lines, source_of, trails_of
from recordings.exchange_calls import CallError, actions_of
from recordings.foreign import read_picture
from recordings.store import Episode, EpisodeError

FILE = "conversations.jsonl"
IMAGES = "images"
_IMAGE_MARK = "<image>"


def write_llava(episodes: Sequence[Episode], folder: Path, report: Report) -> None:
    """See `recordings.exchange.export_episodes`."""
    (folder / IMAGES).mkdir(0o700)
    with create_private(folder / FILE) as file:
        for episode in episodes:
            for item in _items(episode, folder, report):
                file.write((json.dumps(item, ensure_ascii=False) + "\n").encode())


def _items(episode: Episode, folder: Path, report: Report) -> Iterator[dict[str, Any]]:
    for position, step in enumerate(episode.steps):
        identity = f"{episode.header.name}/{step.index:06}"
        if step.action is None or step.before_frame is None:
            report.problems.append(f"{identity} is left out: it has no {'action' if step.action is None else 'frame'}")
            continue
        image = f"{IMAGES}/{episode.header.name}-{step.index:06}.png"
        try:
            with create_private(folder / image) as file:
                file.write(episode.picture(step.before_frame)[0])
        except EpisodeError as error:
            (folder / image).unlink()
            report.problem(f"{identity} is left out: {error}")
            continue
        report.steps += 1
        done = done_before(episode.steps[:position])
        question = "\n".join([_IMAGE_MARK, f"Task: {episode.header.instruction}", "Done so far:", *(done or ["nothing"])])
        answer = "\n".join([*step.prediction.thought.splitlines(), print_action(step.action)])
        conversation = [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]
        yield {"id": identity, "image": image, "conversations": conversation, "by": step.source.value}


def read_llava(source: Path, images: Path | None, report: Report) -> Iterator[Trail]:
    """See `recordings.exchange.import_episodes`. Answers may hold our actions, pyautogui's calls or smol2operator's."""
    yield from trails_of(_rows(source, images or json_lines_file(source).parent, report), "llava")


def _rows(source: Path, images: Path, report: Report) -> Iterator[Row]:
    for number, item in enumerate(read_json_lines(source, report), 1):
        where = f"item {number}"
        try:
            turns = [(turn["from"], str(turn["value"])) for turn in item["conversations"]]
            picture = item["image"][-1] if isinstance(item["image"], list) else item["image"]
            name = str(item.get("id", source.stem)).rpartition("/")[0] or source.stem
            pairs = [(asked, told) for (who, asked), (other, told) in pairwise(turns) if (who, other) == ("human", "gpt")]
            for asked, told in pairs:
                thought, actions = _read_answer(told)
                yield Row(
                    name,
                    _instruction(asked),
                    thought,
                    actions,
                    partial(read_picture, images, str(picture)),
                    where,
                    source_of(item.get("by")),
                )
        except (KeyError, TypeError, IndexError) as error:
            report.problems.append(f"{where} is left out: it has no {error}")
        except CallError as error:
            report.problems.append(f"{where} is left out: {error}")


def _instruction(question: str) -> str:
    words = question.replace(_IMAGE_MARK, "").strip()
    for line in words.splitlines():
        if line.startswith("Task: "):
            return line.removeprefix("Task: ").strip()
    return " ".join(words.split())


def _read_answer(answer: str) -> tuple[str, list[Action]]:
    """Thought and actions: the last line that is an action, or the lines at the end that are calls."""
    thought, _, line = answer.strip().rpartition("\n")
    try:
        return thought.strip(), [parse_action(line)]
    except ActionSyntaxError:
        pass
    lines = answer.strip().splitlines()
    start = len(lines)
    while start and lines[start - 1].removeprefix("Action: ").partition("(")[0].replace(".", "").replace("_", "").isalnum():
        start -= 1
    code = "\n".join(line.removeprefix("Action: ") for line in lines[start:])
    if not code:
        raise CallError(f"the answer {' '.join(answer.split())[:60]!r} holds no action")
    return "\n".join(lines[:start]).strip(), actions_of(code)
