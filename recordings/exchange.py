"""Episodes in other projects' formats, out and in: one function each way, and what every format shares.

Nothing that exists is overwritten. An export appears under its name once it is whole; an import writes ordinary episodes, each of which
says in its header where it came from.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from recordings import foreign, parsing
from recordings.action import Action, print_action
from recordings.durable import make_private
from recordings.edit import write_whole
from recordings.episode import EpisodeHeader, Prediction, Screenshot, Source, Step, StopReason
from recordings.errors import DeskhandError
from recordings.geometry import ScreenTransform
from recordings.names import to_name
from recordings.store import Episode, EpisodeError

FORMATS = ("dataset", "llava", "smol", "agentnet")
"""dataset: a Hugging Face dataset folder (parquet, images in it), which keeps everything. llava: JSON lines of conversations.
smol: smol2operator's rows and action space. agentnet: OpenCUA's trajectories, only read."""


LINE_BYTES = 4 << 20
"""The most that one item of a file may be."""
INSTRUCTION, NAMED = 20_000, 1000
"""Characters of an instruction, and problems that are named one by one."""


class ExchangeError(DeskhandError):
    """A file of another format that cannot be read, or a folder that cannot be written."""


@dataclass
class Report:
    """What was written, and in one line each what was left out or is missing."""

    written: list[Path] = field(default_factory=list)
    steps: int = 0
    problems: list[str] = field(default_factory=list)

    def problem(self, line: str) -> None:
        """Add one; of more than `NAMED` only that there are more."""
        if len(self.problems) <= NAMED:
            self.problems.append(line[:500] if len(self.problems) < NAMED else "and more, which are not listed")


@dataclass
class Trail:
    """An episode on its way in: its steps carry their frames. `problems` grows while the steps are taken."""

    header: EpisodeHeader
    steps: Iterable[Step]
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One turn of a conversation about one picture, as chat formats have them."""

    group: str
    instruction: str
    thought: str
    actions: Sequence[Action]
    picture: Callable[[], Image.Image]
    where: str
    """Which line or row it is, for people."""
    source: Source = Source.AGENT
    """Who decided, where that is known."""


class Exporter(Protocol):
    def __call__(self, episodes: Sequence[Episode], folder: Path, report: Report) -> None: ...


class Importer(Protocol):
    def __call__(self, source: Path, images: Path | None, report: Report) -> Iterator[Trail]: ...


def export_episodes(episodes: Sequence[Episode], form: str, out: Path) -> Report:
    """Write episodes into the new folder `out`.

    Raises:
        ExchangeError: the format is only read, the folder exists, or it cannot be written.
    """
    exporter: Exporter
    match form:
        case "dataset":
            from recordings.exchange_dataset import write_dataset as exporter
        case "llava":
            from recordings.exchange_llava import write_llava as exporter
        case "smol":
            from recordings.exchange_smol import write_smol as exporter
        case _:
            raise ExchangeError(f"{form} is only read: export to dataset, llava or smol")
    report = Report([out])
    with _new_folder(out) as folder:
        exporter(episodes, folder, report)
    return report


def import_episodes(source: Path, root: Path, form: str | None = None, images: Path | None = None, *, rename: bool = False) -> Report:
    """Write the episodes that another format's file or folder holds into `root`. One whose name exists is left out and named.

    Args:
        form: one of `FORMATS`; told from the content where it is None.
        images: the folder that picture names are relative to, where the format keeps them apart.
        rename: give a taken name a number instead.

    Raises:
        ExchangeError: the source is in none of the formats, or cannot be read.
    """
    importer: Importer
    match form or detect(source):
        case "dataset":
            from recordings.exchange_dataset import read_dataset as importer
        case "llava":
            from recordings.exchange_llava import read_llava as importer
        case "smol":
            from recordings.exchange_smol import read_smol as importer
        case _:
            from recordings.exchange_agentnet import read_agentnet as importer
    report = Report()
    for trail in importer(source, images, report):
        count = report.steps
        try:
            path = write_whole(root, trail.header, _counted(trail.steps, report), partial(list, trail.problems), rename=rename)
        except EpisodeError as error:
            report.problems.append(str(error))
            report.steps = count
            continue
        report.written.append(path)
        report.problems += [f"{path.name}: {problem}" for problem in trail.problems]
    return report


def _counted(steps: Iterable[Step], report: Report) -> Iterator[Step]:
    for step in steps:
        report.steps += 1
        yield step


def detect(source: Path) -> str:
    """The format that a file or folder is in.

    Raises:
        ExchangeError: none of the known ones.
    """
    if any(source.glob("**/*.parquet")) if os.path.isdir(source) else source.suffix == ".parquet":
        from recordings.exchange_dataset import columns_of

        columns = columns_of(source)
        if {"images", "texts"} <= columns:
            return "smol"
        if {"episode", "before"} <= columns:
            return "dataset"
        raise ExchangeError(
            f"{source} has the columns {', '.join(sorted(columns))}: neither Deskhand's (episode, before) nor smol2operator's"
        )
    for item in read_json_lines(source, Report()):
        if "traj" in item:
            return "agentnet"
        if "conversations" in item:
            return "llava"
        break
    raise ExchangeError(f"{source} is in none of the formats {', '.join(FORMATS)}")


def json_lines_file(source: Path) -> Path:
    """The file itself, or the only one with JSON lines in a folder."""
    if not os.path.isdir(source):
        return source
    files = sorted(path for pattern in ("*.jsonl", "*.json") for path in source.glob(pattern))
    if len(files) != 1:
        raise ExchangeError(f"{source} holds {len(files)} files of JSON: name the one that is meant")
    return files[0]


def read_json_lines(source: Path, report: Report) -> Iterator[dict[str, Any]]:
    """Each object of a file of JSON lines, or of one JSON list; what is no object is left out and named.

    A file that a person named may be their own link; one that lies in the folder that they named may not.
    """
    path = json_lines_file(source)
    try:
        with foreign.open_file(path) if path == source else foreign.open_below(source, path.name) as file:
            if file.read(1) == b"[":
                file.seek(0)
                yield from (item for item in parsing.read_json_list(file, LINE_BYTES) if isinstance(item, dict))
                return
            file.seek(0)
            for number, line in enumerate(foreign.lines_of(file, LINE_BYTES), 1):
                if not line.strip():
                    continue
                try:
                    item = parsing.parse_json(line.decode())
                except foreign.ForeignError as error:
                    report.problem(f"{path.name} line {number} is left out: {error}")
                    continue
                if isinstance(item, dict):
                    yield item
                else:
                    report.problem(f"{path.name} line {number} is left out: it is no object")
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path} is no file of JSON lines: it is no text") from error
    except foreign.ForeignError as error:
        raise ExchangeError(f"{path} is no file of JSON lines: {error}") from error
    except OSError as error:
        raise ExchangeError(f"{path} cannot be read: {error.strerror}") from error


def trails_of(rows: Iterable[Row], form: str) -> Iterator[Trail]:
    """Neighbouring rows of one group become one episode; a frame is also what came of the step before it."""
    pending: list[Row] = []
    for row in rows:
        if pending and (row.group, row.instruction) != (pending[0].group, pending[0].instruction):
            yield _trail(pending, form)
            pending = []
        pending.append(row)
    if pending:
        yield _trail(pending, form)


def _trail(rows: Sequence[Row], form: str) -> Trail:
    problems: list[str] = []
    by = Source.HUMAN if all(row.source is Source.HUMAN for row in rows) else Source.AGENT
    header = header_of(rows[0].group, rows[0].instruction, form, f"{rows[0].where} to {rows[-1].where}", source=by)
    turns = [(row.actions, row.thought, row.picture, row.where) for row in rows]
    return Trail(header, steps_of(turns, problems, [row.source for row in rows]), problems)


def source_of(written: Any) -> Source:
    """Who decided, as our own exports say it; in anybody else's files nothing says that it was a person."""
    return Source(written) if isinstance(written, str) and written in set(Source) else Source.AGENT


def steps_of(
    turns: Sequence[tuple[Sequence[Action], str, Callable[[], Image.Image], str]], problems: list[str], sources: Sequence[Source]
) -> Iterator[Step]:
    """Steps of turns that have a picture and a source each, which its actions share; a picture that cannot be read is named."""

    def show(picture: Callable[[], Image.Image], where: str) -> Screenshot | None:
        try:
            image = picture()
        except OSError as error:
            problems.append(f"{where}: its picture cannot be read ({getattr(error, 'strerror', None) or error})")
            return None
        return Screenshot(image, ScreenTransform(0, 0, *image.size), 0.0)

    following = show(turns[0][2], turns[0][3]) if turns else None
    for position, (actions, thought, _, _) in enumerate(turns):
        before = following
        following = show(turns[position + 1][2], turns[position + 1][3]) if position + 1 < len(turns) else None
        for number, action in enumerate(actions):
            prediction = Prediction(action=action, thought=thought if number == 0 else "", text=print_action(action))
            last = number == len(actions) - 1
            by = sources[position]
            yield Step(index=0, prediction=prediction, action=action, source=by, before=before, after=following if last else None)


def header_of(name: str, instruction: str, form: str, where: str, **changes: Any) -> EpisodeHeader:
    """The header of an imported episode; a name that no folder can have is mended."""
    name = to_name(name, "imported")
    values = {"stop_reason": StopReason.DONE, "source": Source.AGENT} | changes
    return EpisodeHeader(name=name, instruction=instruction[:INSTRUCTION], extra={"imported": {"format": form, "from": where}}, **values)


def done_before(steps: Sequence[Step]) -> list[str]:
    """The actions of earlier steps, numbered, as chat formats list them."""
    actions = [step.action for step in steps if step.action is not None]
    return [f"{number}. {print_action(action)}" for number, action in enumerate(actions, 1)]


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A folder that gets its name once everything in it is written; nothing is left of one that fails."""
    if os.path.islink(out) or (os.path.exists(out) and (not os.path.isdir(out) or any(out.iterdir()))):
        raise ExchangeError(f"{out} exists already: choose another folder")
    part = None
    try:
        make_private(out.parent)
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        yield part
        os.replace(part, out)
    except OSError as error:
        raise ExchangeError(f"{out} cannot be written: {error.strerror or error}") from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
