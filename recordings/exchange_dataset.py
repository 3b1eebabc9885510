"""A Hugging Face dataset folder: one row a step in parquet, its pictures inside, and the episodes' headers beside.

`datasets.load_dataset(folder)` reads it as it is. Each row also holds the step's own line, so nothing is lost on the way back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from recordings import foreign, parsing
from recordings.action import parse_action, print_action
from recordings.durable import create_private
from recordings.episode import FORMAT_VERSION, EpisodeHeader, Prediction, Screenshot, Step
from recordings.exchange import ExchangeError, Report, Trail, header_of
from recordings.geometry import ScreenTransform
from recordings.reading import Episode, EpisodeError, parse_step

HEADERS = "episodes.jsonl"
SHARD_BYTES = 256 << 20
"""Of pictures in one parquet file."""
ROWS_AT_ONCE, READ_AT_ONCE, BYTES_AT_ONCE = 16, 4, 64 << 20
"""What is in memory before it is written."""
HEADERS_BYTES = 32 << 20
_TEXTS = (
    "episode", "instruction", "task", "action", "thought", "predicted_action", "source", "outcome", "note", "window_title", "element_name",
    "element_role", "step",
)  # fmt: skip
_IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])


def parquet_schema(columns: Mapping[str, pa.DataType], features: Mapping[str, Any]) -> pa.Schema:
    """A schema that carries what the `datasets` library wants to know of its columns."""
    return pa.schema(list(columns.items()), metadata={"huggingface": json.dumps({"info": {"features": features}})})


def value_feature(kind: str) -> dict[str, str]:
    return {"dtype": kind, "_type": "Value"}


SCHEMA = parquet_schema(
    {"index": pa.int32(), **dict.fromkeys(_TEXTS, pa.string()), "element_box": pa.list_(pa.float64()), "before": _IMAGE, "after": _IMAGE},
    {
        "index": value_feature("int32"),
        **{name: value_feature("string") for name in _TEXTS},
        "element_box": {"feature": value_feature("float64"), "_type": "Sequence"},
        "before": {"_type": "Image"},
        "after": {"_type": "Image"},
    },
)


def write_dataset(episodes: Sequence[Episode], folder: Path, report: Report) -> None:
    """See `recordings.exchange.export_episodes`."""
    write_parquet(folder, SCHEMA, (row for episode in episodes for row in _rows(episode, report)))
    headers = "".join(episode.header.model_dump_json() + "\n" for episode in episodes)
    _write(folder / HEADERS, headers)
    write_card(
        folder, f"{len(episodes)} episodes, {report.steps} steps. One row is one step: its picture, its action, and what came of it."
    )


def _rows(episode: Episode, report: Report) -> Iterator[dict[str, Any]]:
    for step in episode.steps:
        report.steps += 1
        element = step.element
        yield {
            "episode": episode.header.name,
            "index": step.index,
            "instruction": episode.header.instruction,
            "task": episode.header.task,
            "action": print_action(step.action) if step.action is not None else None,
            "thought": step.prediction.thought,
            "predicted_action": print_action(step.prediction.action) if step.prediction.action is not None else None,
            "source": step.source.value,
            "outcome": step.outcome.value,
            "note": step.note,
            "window_title": step.window_title,
            "element_name": element.name if element else None,
            "element_role": element.role if element else None,
            "element_box": list(element.box.model_dump().values()) if element else None,
            "before": picture_of(episode, step.before_frame, report),
            "after": picture_of(episode, step.after_frame, report),
            "step": step.model_dump_json(exclude_none=True),
        }


def picture_of(episode: Episode, name: str | None, report: Report) -> dict[str, Any] | None:
    """A frame's own bytes, as parquet rows hold pictures. One that is missing is named in the report."""
    if name is None:
        return None
    try:
        return {"bytes": episode.picture(name)[0], "path": f"{episode.header.name}-{Path(name).name}"}
    except EpisodeError as error:
        report.problem(f"{episode.header.name}: {name[:200]} is left out ({error})")
        return None


def bytes_of(picture: Any) -> bytes | None:
    """A picture's own bytes in a row; None for whatever else stands there."""
    data = picture.get("bytes") if isinstance(picture, dict) else None
    return data if isinstance(data, bytes) else None


def write_parquet(folder: Path, schema: pa.Schema, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as `data/train-00000-of-00001.parquet` and so on, in shards of a size that can be moved."""
    data = folder / "data"
    data.mkdir(0o700)
    shards: list[Path] = []
    writer: pq.ParquetWriter | None = None
    batch: list[dict[str, Any]] = []
    weight = waiting = 0

    def flush() -> None:
        nonlocal writer, waiting
        if writer is None:
            shards.append(data / f"shard-{len(shards)}")
            writer = pq.ParquetWriter(files.enter_context(create_private(shards[-1])), schema, compression="zstd")
        writer.write_table(pa.Table.from_pylist(batch, schema=schema))
        batch.clear()
        waiting = 0

    with ExitStack() as files:
        try:
            for row in rows:
                batch.append(row)
                weight, waiting = weight + _weight(row), waiting + _weight(row)
                if len(batch) >= ROWS_AT_ONCE or waiting > BYTES_AT_ONCE:
                    flush()
                if weight > SHARD_BYTES and writer is not None:
                    writer.close()
                    writer, weight = None, 0
            if batch or not shards:
                flush()
        finally:
            if writer is not None:
                writer.close()
    for number, shard in enumerate(shards):
        shard.rename(data / f"train-{number:05}-of-{len(shards):05}.parquet")


def _weight(row: dict[str, Any]) -> int:
    pictures = [
        picture for value in row.values() for picture in (value if isinstance(value, list) else [value]) if isinstance(picture, dict)
    ]
    return sum(len(picture.get("bytes") or b"") for picture in pictures)


def write_card(folder: Path, words: str) -> None:
    """The README that tells the `datasets` library where the rows are."""
    head = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*.parquet\n---\n"
    _write(folder / "README.md", f"{head}\n{words}\n\nScreenshots may show private things: look before you share them.\n")


def _write(path: Path, text: str) -> None:
    with create_private(path) as file:
        file.write(text.encode())


def columns_of(source: Path) -> set[str]:
    """The columns of a parquet file, or of the first in a folder. Raises ExchangeError."""
    try:
        with _open(*_files(source)[0]) as file:
            return set(file.schema_arrow.names)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ExchangeError(f"{source} is no parquet: {' '.join(str(error).split())[:300]}") from error


def read_rows(source: Path) -> Iterator[dict[str, Any]]:
    """The rows of all parquet files, in order, a few in memory at a time. Raises ExchangeError."""
    try:
        for folder, name in _files(source):
            with _open(folder, name) as file:
                batches = file.iter_batches(READ_AT_ONCE, use_threads=False)
                rows: list[dict[str, Any]] | None = []
                while rows is not None:
                    yield from rows
                    with foreign.bounded_memory():  # a few kilobytes may stand for gigabytes, whatever the file says of itself
                        batch = next(batches, None)
                        rows = None if batch is None else batch.to_pylist()
    except MemoryError as error:
        raise ExchangeError(f"{source} cannot be read: {READ_AT_ONCE} rows of it are larger than {foreign.MEMORY:,} bytes") from error
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ExchangeError(f"{source} cannot be read: {' '.join(str(error).split())[:300]}") from error


def _files(source: Path) -> list[tuple[Path, str]]:
    """The parquet files, each as a folder and the name below it; a single one may be a link of its owner's."""
    if not os.path.isdir(source):
        return [(source.resolve().parent, source.resolve().name)]
    files = sorted(path.relative_to(source).as_posix() for path in source.glob("**/*.parquet"))
    if not files:
        raise ExchangeError(f"{source} holds no parquet file")
    return [(source, name) for name in files]


@contextmanager
def _open(folder: Path, name: str) -> Iterator[pq.ParquetFile]:
    with foreign.open_below(folder, name) as file:
        with foreign.bounded_memory():
            opened = pq.ParquetFile(file, pre_buffer=False)
        with opened:
            yield opened


def read_dataset(source: Path, images: Path | None, report: Report) -> Iterator[Trail]:
    """See `recordings.exchange.import_episodes`; an episode's rows must follow each other."""
    headers = _read_headers(source, report)
    rows = read_rows(source)
    row = next(rows, None)
    while row is not None:
        name, problems = str(row.get("episode")), list[str]()
        if name not in headers:
            report.problem(f"{HEADERS} says nothing of {name}: its header is made from its rows")
        words, task = (_text(row.get(key)) for key in ("instruction", "task"))
        header = headers.pop(name, None) or header_of(name, words or "", "dataset", source.name, task=task)
        ahead = _Ahead(row, rows, name)
        yield Trail(header, _steps(ahead, header, problems), problems)
        row = ahead.rest()
    for header in headers.values():
        yield Trail(header, (), [])


def _read_headers(source: Path, report: Report) -> dict[str, EpisodeHeader]:
    folder = source if os.path.isdir(source) else source.parent.parent
    if not foreign.is_below(folder, HEADERS):
        return {}
    headers = {}
    for number, line in enumerate(foreign.read_below(folder, HEADERS, HEADERS_BYTES).splitlines(), 1):
        try:
            header = EpisodeHeader.model_validate(parsing.parse_json(line))
        except (ValidationError, foreign.ForeignError) as error:
            report.problem(f"{HEADERS} line {number} is damaged: {' '.join(str(error).split())}")
            continue
        if header.format_version > FORMAT_VERSION:
            raise ExchangeError(
                f"{header.name} has format version {header.format_version}, this Deskhand reads {FORMAT_VERSION}: update it"
            )
        headers[header.name] = header
    return headers


class _Ahead:
    """The rows of one episode, as they are read; whoever takes them all is told which row comes after."""

    def __init__(self, row: dict[str, Any], rows: Iterator[dict[str, Any]], name: str) -> None:
        self._row: dict[str, Any] | None = row
        self._rows, self._name = rows, name

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while self._row is not None and str(self._row.get("episode")) == self._name:
            row, self._row = self._row, next(self._rows, None)
            yield row

    def rest(self) -> dict[str, Any] | None:
        """The first row of another episode, whatever was left of this one's passed over."""
        for _ in self:
            pass
        return self._row


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _steps(rows: Iterable[dict[str, Any]], header: EpisodeHeader, problems: list[str]) -> Iterator[Step]:
    last: tuple[bytes, Screenshot] | None = None
    for row in rows:
        shown: dict[str, Screenshot | None] = {}
        for which in ("before", "after"):
            data = bytes_of(row.get(which))
            if data is not None and (last is None or last[0] != data):
                last = _screenshot(data, header, f"row {row.get('index')}: the frame {which}", problems) or last
            shown[which] = last[1] if data is not None and last is not None and last[0] == data else None
        try:
            told = row.get("step")
            if told and not isinstance(told, str | bytes):
                raise TypeError("its step is no text")
            step = parse_step(told) if told else _step(row)
        except (ValidationError, foreign.ForeignError, ValueError, TypeError) as error:
            problems.append(f"row {row.get('index')} is left out: {' '.join(str(error).split())[:200]}")
            continue
        yield step.model_copy(update={**shown, "before_frame": None, "after_frame": None})


def _step(row: dict[str, Any]) -> Step:
    action = parse_action(row["action"]) if row.get("action") else None
    prediction = Prediction(action=action, thought=row.get("thought") or "", text=row.get("action") or "")
    return Step(index=row.get("index", 0), prediction=prediction, action=action)


def _screenshot(data: bytes, header: EpisodeHeader, what: str, problems: list[str]) -> tuple[bytes, Screenshot] | None:
    try:
        image = foreign.decode(data)
    except OSError as error:
        problems.append(f"{what} cannot be read: {error}")
        return None
    area = header.displays[0] if header.displays else None
    transform = ScreenTransform(area.left, area.top, area.width, area.height, area.scale) if area else ScreenTransform(0, 0, *image.size)
    return data, Screenshot(image, transform, 0.0)
