"""smol2operator's rows: `images`, `texts` (system, user, assistant) and `source` in parquet, the answer in its own functions.

What its functions cannot say is left out and named: middle and triple clicks, held modifiers, drags with a path, questions. Kept are
instruction, thought, action and picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from recordings import foreign
from recordings.exchange import Report, Row, Trail, source_of, trails_of
from recordings.exchange_calls import CallError, actions_of, smol_calls
from recordings.exchange_dataset import bytes_of, parquet_schema, picture_of, read_rows, value_feature, write_card, write_parquet
from recordings.store import Episode

SYSTEM = (
    "You operate a computer. Look at the screenshot, think between <think> and </think>, then call functions between <code> and </code>. "
    "Coordinates are fractions of the picture's width and height.\n"
    "click(x, y), double_click(x, y), right_click(x, y), move_mouse(x, y), drag(from_coord, to_coord), scroll(direction, amount), "
    "type(text), press(keys), wait(seconds), final_answer(answer)"
)
_ROLES = ("system", "user", "assistant")
_IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
_TEXT = pa.struct([pa.field(role, pa.string()) for role in _ROLES])
SCHEMA = parquet_schema(
    {"images": pa.list_(_IMAGE), "texts": pa.list_(_TEXT), "source": pa.string(), "by": pa.string()},
    {
        "images": [{"_type": "Image"}],
        "texts": [{role: value_feature("string") for role in _ROLES}],
        "source": value_feature("string"),
        "by": value_feature("string"),
    },
)


def write_smol(episodes: Sequence[Episode], folder: Path, report: Report) -> None:
    """See `recordings.exchange.export_episodes`."""
    write_parquet(folder, SCHEMA, (row for episode in episodes for row in _export_rows(episode, report)))
    write_card(folder, f"{report.steps} steps in smol2operator's action space.")


def _export_rows(episode: Episode, report: Report) -> Iterator[dict[str, Any]]:
    done: list[str] = []
    for step in episode.steps:
        calls = smol_calls(step.action) if step.action is not None else None
        picture = picture_of(episode, step.before_frame, report)
        if calls is None or picture is None:
            if calls is None or step.before_frame is None:  # a missing file is named already
                why = "it has no frame" if calls is not None else f"{step.action or 'no action'} has no function there"
                report.problems.append(f"{episode.header.name}: step {step.index} is left out: {why}")
        else:
            report.steps += 1
            thought = f"<think>\n{step.prediction.thought}\n</think>\n" if step.prediction.thought else ""
            previous = "\n".join(f"Step {number}: {words}" for number, words in enumerate(done, 1)) or "None"
            texts = {
                "system": SYSTEM,
                "user": f"Instruction: {episode.header.instruction}\n\nPrevious actions:\n{previous}",
                "assistant": f"{thought}<code>\n{calls}\n</code>",
            }
            yield {"images": [picture], "texts": [texts], "source": episode.header.name, "by": step.source.value}
        if calls is not None:
            done.append(calls.replace("\n", "; "))


def read_smol(source: Path, images: Path | None, report: Report) -> Iterator[Trail]:
    """See `recordings.exchange.import_episodes`; neighbouring rows with one source and instruction become an episode."""
    yield from trails_of(_rows(source, report), "smol")


def _rows(source: Path, report: Report) -> Iterator[Row]:
    for number, row in enumerate(read_rows(source), 1):
        images, texts = row.get("images"), row.get("texts")
        data = bytes_of(images[-1]) if isinstance(images, list) and images else None
        if data is None:
            report.problem(f"row {number} is left out: it has no picture")
            continue
        for text in texts if isinstance(texts, list) else []:
            try:
                user, answer = str(text["user"]), str(text["assistant"])
                code, thought = _between(answer, "<code>", "</code>"), _between(answer, "<think>", "</think>") or ""
                actions = actions_of(answer if code is None else code, _size(data))
            except (KeyError, TypeError, CallError) as error:
                report.problem(f"row {number} is left out: {error}")
                continue
            group = str(row.get("source") or source.stem)
            yield Row(group, _instruction(user), thought, actions, partial(foreign.decode, data), f"row {number}", source_of(row.get("by")))


def _between(text: str, begin: str, end: str) -> str | None:
    _, found, rest = text.partition(begin)
    inside, ended, _ = rest.partition(end)
    return inside.removeprefix("\n").removesuffix("\n") if found and ended else None


def _instruction(user: str) -> str:
    """What stands between `Instruction:` and a line `Previous actions:`, or all of it on one line."""
    _, found, rest = user.partition("Instruction:")
    if not found:
        return " ".join(user.split())
    first, *lines = rest.splitlines() or [""]
    end = next((at for at, line in enumerate(lines) if line.strip().startswith("Previous actions:")), len(lines))
    return "\n".join([first, *lines[:end]]).strip()


def _size(data: bytes) -> tuple[int, int] | None:
    try:
        return foreign.open_picture(data).size
    except OSError:
        return None
