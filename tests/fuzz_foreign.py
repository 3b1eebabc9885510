"""Fuzzed episodes, tasks, sets and imports: `python -m tests.fuzz_foreign 10000` tries so many of them.

Whatever they hold: no file outside their folder is touched or read, nothing takes 2 seconds of computing, the process stays under 1 GiB,
and what goes wrong is said in one line. A case that breaks one of these is shrunk by hypothesis and printed.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import re
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from hostile import bomb, damaged, dumped, hostile, mutated, png, spoil

from agent.cli import main as command_line
from agent.episodes.review import hide
from agent.replay.source import stage_settings
from agent.settings import Settings
from recordings import edit
from recordings.errors import DeskhandError
from recordings.exchange import FORMATS, import_episodes
from recordings.store import read_episode
from tasks.catalogue import DEFINITIONS
from tasks.grounding import read_grounding_set
from training.conversations import conversation_records
from training.episode_records import Dropped
from training.mixture import read_mixture
from training.screens.store import read_screens
from training.usable import usable_records

SECONDS, WALL_SECONDS, MEGABYTES = 2.0, 30, 1024
SAMPLES = Path(__file__).parents[1] / "recordings" / "samples"
CANARY = b"canary of the user's own file"
OPENED, READ, CHANGED = 0x20, 0x1, 0x2 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400
"""What inotify tells of a folder's files."""


def peak_megabytes() -> int:
    """The most memory that this process has held. What `getrusage` tells begins at what the process had that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


class Broken(AssertionError):
    """One of the promises does not hold."""


class Outside:
    """A folder beside the foreign one, with files of the user's; says what happened to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        Image.new("RGB", (64, 48), (1, 2, 3)).save(folder / "photo.png")
        (folder / "000000-before.png").write_bytes((folder / "photo.png").read_bytes())
        (folder / "key").write_bytes(CANARY)
        (folder / "task.yaml").write_text((DEFINITIONS / "calculator-sum.yaml").read_text())
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watch = self._libc.inotify_init1(os.O_NONBLOCK)
        self._libc.inotify_add_watch(self._watch, os.fsencode(folder), OPENED | READ | CHANGED)

    def events(self) -> list[str]:
        try:
            data = os.read(self._watch, 65536)
        except BlockingIOError:
            return []
        found = []
        while data:
            _, mask, _, length = struct.unpack_from("iIII", data)
            name = data[16 : 16 + length].rstrip(b"\0").decode()
            if name:  # the folder itself is opened by whoever looks through its parent
                found.append(f"{name} ({mask:#x})")
            data = data[16 + length :]
        return found

    def close(self) -> None:
        os.close(self._watch)


@cache
def sample() -> tuple[Any, list[Any]]:
    path = SAMPLES / "editor-save"
    return json.loads((path / "episode.json").read_text()), [json.loads(line) for line in (path / "steps.jsonl").read_text().splitlines()][
        :3
    ]


def make_episode(draw: Callable[..., Any], folder: Path, outside: Path) -> Path:
    values = hostile(outside)
    header, steps = sample()
    path = folder / draw(st.sampled_from(["one", "one", "two\x1b[2J", "..odd"]))
    (path / "frames").mkdir(parents=True)
    if draw(st.booleans()):
        header = {**header, "task": None, "extra": {"notes": ["n"], "labels_before": [], "seed": 3, "desktop": "virtual"}}
    (path / "episode.json").write_bytes(damaged(draw, dumped(mutated(draw, header, values))))
    lines = b"\n".join(dumped(mutated(draw, step, values)) for step in steps) + b"\n"
    (path / "steps.jsonl").write_bytes(damaged(draw, lines))
    pictures = [png(64, 48)] * 4 + [png(1, 3000), png(64, 48, "LA"), png(64, 48, "P"), bomb(13_300)]
    large = draw(st.integers(0, 40)) == 40
    for index in range(3):
        for which in ("before", "after"):
            data = draw(st.sampled_from([*pictures, bomb(6_900)] if large else pictures))
            (path / "frames" / f"{index:06}-{which}.png").write_bytes(damaged(draw, data) if len(data) < 5000 else data)
    verdict = {"episode": "one", "step": 0, "quality": "good", "reason": "r", "by": "person"}
    amendment = {"episode": "one", "by": "repair", "step": 0, "action": "wait()", "thought": "", "instruction": ""}
    for name, note in (("verdicts.jsonl", verdict), ("amendments.jsonl", amendment)):
        if draw(st.integers(0, 3)) == 0:
            (folder / name).write_bytes(damaged(draw, dumped(mutated(draw, note, values))))
            spoil(draw, folder / name, outside)
    for name in (".episode.json.new", ".lock", "link.png"):
        if draw(st.integers(0, 5)) == 0:
            (path / name).symlink_to(outside / draw(st.sampled_from(["key", "photo.png", "made"])))
    for name in ("frames/000000-before.png", "frames/000001-after.png", "frames", "steps.jsonl", "episode.json"):
        spoil(draw, path / name, outside)
    return path


def try_episode(draw: Callable[..., Any], folder: Path, outside: Path, run: Run) -> None:
    path = make_episode(draw, folder / "episodes", outside)
    here = ["--episodes", str(folder / "episodes")]
    run.command("episodes", "list", *here)
    for verb in (["verify"], ["show"], ["show", "--html", str(folder / "page.html")], ["review", "--rules", "--hide-text", "x"]):
        run.command("episodes", verb[0], path.name, *verb[1:], *here)
    for form in ("dataset", "llava", "smol"):
        run.command("episodes", "export", path.name, "--format", form, "--out", str(folder / f"out-{form}"), *here)
    run.call(lambda: stage_settings(read_episode(path), Settings()))
    run.call(lambda: edit.trim(read_episode(path), folder / "new", "part", 1, 2))
    run.call(lambda: hide(path, [], ["1,0,0,0.5,0.5"], False))
    run.command("episodes", "relabel", path.name, "--instruction", "other", *here)
    run.command("replay", str(path), "--how", "watch", "--plain", "--draw", str(folder / "drawn"))
    run.call(lambda: list(usable_records(folder / "episodes", lambda name: __import__("random").Random(1), [], lambda name: Dropped())))
    run.command("data", "check", str(folder / "episodes"))
    run.command("data", "report", str(folder / "episodes"), "--html", str(folder / "report.html"))


def try_task(draw: Callable[..., Any], folder: Path, outside: Path, run: Run) -> None:
    names = sorted(path.name for path in DEFINITIONS.glob("*.yaml"))
    text = (DEFINITIONS / draw(st.sampled_from(names))).read_text()
    if draw(st.booleans()):
        value = mutated(draw, yaml.safe_load(text), hostile(outside))
        with contextlib.suppress(yaml.YAMLError, ValueError, RecursionError):
            text = yaml.safe_dump(value, allow_unicode=True)
    mean = ["&a [*a, *a]", "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]",
            "!!python/object/apply:os.system [id]", "1: {2: 3}", "0o" + "7" * 5000, "1:" * 3000 + "1", "[" * 500, "? " * 2000, "<<: {a: 1}",
            "2001-99-99", "!!binary x", "!!timestamp 9999999999", "!!int []", "a: 0x" + "f" * 10_000]  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        text = draw(st.sampled_from(mean)) if draw(st.booleans()) else f"{text}\nmore: {draw(st.sampled_from(mean))}"
    path = folder / "task.yaml"
    path.write_bytes(damaged(draw, text.encode("utf-8", "replace")))
    spoil(draw, path, folder)
    run.command("tasks", "check", str(path))
    run.command("tasks", "show", str(path))
    run.command("tasks", "add", str(path))
    run.call(lambda: read_mixture(path))
    mixture = {"sources": [{"name": "a", "path": "."}], "seed": 1}
    path.unlink(missing_ok=True) if not path.is_dir() else None
    if not path.exists():
        path.write_bytes(damaged(draw, dumped(mutated(draw, mixture, hostile(folder)))))
        run.call(lambda: read_mixture(path))


def try_import(draw: Callable[..., Any], folder: Path, outside: Path, run: Run) -> None:
    values = hostile(outside)
    data = folder / "data"
    (data / "images").mkdir(parents=True)
    for place in (data, data / "images"):
        (place / "a.png").write_bytes(draw(st.sampled_from([png(64, 48), png(64, 48), bomb(13_300)])))
        (place / "link.png").symlink_to(outside / "photo.png")
        (place / "folder").symlink_to(outside)
        os.mkfifo(place / "fifo.png")
    llava = {"id": "e/0", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nTask: do\nDone so far:\nnothing"},
             {"from": "gpt", "value": "now\nclick(x=0.5000, y=0.5000)"}]}  # fmt: skip
    value = {"code": "pyautogui.click(x=0.5, y=0.5)", "thought": "t", "last_step_correct": False}
    turns = [{"index": 0, "image": "a.png", "value": value}, {"index": 1, "image": "images/a.png", "value": value}]
    marks = {"task_completed": True, "alignment_score": 7, "domain": "x"}
    agentnet = {"task_id": "a", "instruction": "do it", "traj": turns} | marks
    sets = {"img_filename": "a.png", "instruction": "x", "bbox": [1, 2, 3, 4], "data_type": "text"}
    screens = {
        "image": "a.png",
        "source": "s",
        "app": "a",
        "elements": [{"name": "OK", "role": "button", "box": [1, 2, 3, 4]}],
        "glyphs": None,
    }
    parquet = data / "rows.parquet"
    if draw(st.booleans()):
        item = draw(st.sampled_from([llava, agentnet, sets, screens]))
        items = [mutated(draw, item, values) for _ in range(draw(st.integers(1, 3)))]
        lined = b"\n".join(map(dumped, items)) if draw(st.booleans()) else dumped(items)
        path = data / ("screens.jsonl" if item is screens else "rows.jsonl")
        path.write_bytes(damaged(draw, lined))
        spoil(draw, path, folder)
        if path.is_fifo() or path.is_symlink():  # a person named it: nobody else can
            return
    else:
        header, steps = sample()
        picture = {"bytes": draw(st.sampled_from([png(64, 48), bomb(13_300), CANARY, None])), "path": str(outside / "photo.png")}
        smol = {"images": [picture], "texts": [{"system": "s", "user": "Instruction: do\n\nPrevious actions:\nNone",
                "assistant": "<think>\nt\n</think>\n<code>\nclick(x=0.5, y=0.5)\n</code>"}], "source": "a"}  # fmt: skip
        own = {"episode": "one", "index": 0, "instruction": "do", "task": None, "action": "wait()", "thought": "", "before": picture,
               "after": None, "step": json.dumps(mutated(draw, steps[0], values))}  # fmt: skip
        row = mutated(draw, draw(st.sampled_from([smol, own])), values)
        try:
            pq.write_table(pa.Table.from_pylist([row] * draw(st.integers(1, 3))), parquet)
        except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError, UnicodeError):
            return  # nothing that parquet can say
        parquet.write_bytes(damaged(draw, parquet.read_bytes()))
        (data / "episodes.jsonl").write_bytes(damaged(draw, dumped(mutated(draw, header | {"name": "one"}, values))))
        path = draw(st.sampled_from([parquet, data]))
    form = draw(st.sampled_from([None, None, *FORMATS]))
    run.call(lambda: import_episodes(path, folder / "imported", form, draw(st.sampled_from([None, data])), rename=True))
    run.call(lambda: read_grounding_set(path))
    run.call(lambda: list(conversation_records(path, "a", "text")))
    run.call(lambda: [screen.picture() for screen in read_screens(data)])


class Run:
    """Does things with a foreign file, and sees that each keeps the promises."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside

    def command(self, *argv: str) -> None:
        """One command of the command line."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self._watched(argv, lambda: command_line.main([one.replace("\0", "") for one in argv]))
        told = out.getvalue() + err.getvalue()
        if "internal error" in told or "Traceback" in told:
            raise Broken(f"{argv}: {told[-600:]}")
        if any(mark in told for mark in "\x1b\x9b\x7f\u202e"):
            raise Broken(f"{argv}: prints what a terminal obeys: {told[-300:]!r}")

    def call(self, work: Callable[[], object]) -> None:
        """One call, which may say in words that it cannot."""

        def speaking() -> None:
            with contextlib.suppress(DeskhandError):
                work()

        self._watched(work, speaking)

    def _watched(self, what: object, work: Callable[[], object]) -> None:
        began = time.process_time()
        signal.alarm(WALL_SECONDS)
        try:
            work()
        finally:
            signal.alarm(0)
        if (seconds := time.process_time() - began) > SECONDS:
            raise Broken(f"{what}: {seconds:.1f} s")
        if (used := peak_megabytes()) > MEGABYTES:
            raise Broken(f"{what}: {used} MiB")
        if events := self.outside.events():
            raise Broken(f"{what}: {events}")


def _hung(*_: object) -> None:
    raise Broken(f"nothing happened for {WALL_SECONDS} s")


CASES = {"episode": try_episode, "task": try_task, "import": try_import}


def fuzz(kind: str, count: int) -> None:
    """Try `count` cases of one kind. Raises Broken, or what was raised, for the smallest that was found."""

    @settings(
        max_examples=count, database=None, deadline=None, verbosity=Verbosity.normal, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if count > 200 else [Phase.generate],
    )  # fmt: skip
    @given(st.data())
    def case(data: st.DataObject) -> None:
        top = Path(tempfile.mkdtemp(prefix="deskhand-fuzz-"))
        outside = Outside(top / "outside")
        (top / "inside").mkdir()
        os.environ["DESKHAND_HOME"] = str(top / "home")
        try:
            CASES[kind](data.draw, top / "inside", outside.folder, Run(outside))
        finally:
            outside.close()
            shutil.rmtree(top, ignore_errors=True)

    before, build = signal.signal(signal.SIGALRM, _hung), command_line.build_parser
    command_line.build_parser = cache(build)  # which takes longer than all that is tried
    try:
        case()
    finally:
        command_line.build_parser = build
        signal.signal(signal.SIGALRM, before)


def main(count: int, kinds: list[str]) -> None:
    for kind in kinds or list(CASES):
        began = time.monotonic()
        fuzz(kind, count // len(kinds or CASES))
        used = peak_megabytes()
        print(f"{kind}: {count // len(kinds or CASES)} tried, {time.monotonic() - began:.0f} s, {used} MiB at the most", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
