"""Files that somebody else made: what they name, link to, swell up to or say is met at one door."""

from __future__ import annotations

import ast
import io
import json
import os
import resource
import signal
import stat
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from demonstrations import SCRIPT, make_episode
from PIL import Image

from agent.cli.main import main
from agent.episodes.page import write_page
from agent.episodes.review import hide
from agent.replay.source import stage_settings
from agent.settings import Settings
from recordings import edit, foreign
from recordings.errors import DeskhandError
from recordings.exchange import export_episodes, import_episodes
from recordings.redaction import Rules, load_rules
from recordings.store import EpisodeWriter, read_episode

ROOT = Path(__file__).parents[1]
SECRET = b"the content of a private key"


@pytest.fixture
def episode(tmp_path: Path) -> Path:
    return make_episode(tmp_path / "episodes")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A file of the user's outside any episode."""
    path = tmp_path / "home" / "id_ed25519"
    path.parent.mkdir()
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of the user's outside any episode."""
    path = tmp_path / "home" / "photo.png"
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (320, 200), (1, 2, 3)).save(path)
    return path


def change_header(path: Path, **changes: Any) -> None:
    header = json.loads((path / "episode.json").read_text())
    (path / "episode.json").write_text(json.dumps(header | changes))


def change_step(path: Path, index: int = 0, **changes: Any) -> None:
    lines = (path / "steps.jsonl").read_text().splitlines()
    lines[index] = json.dumps(json.loads(lines[index]) | changes)
    (path / "steps.jsonl").write_text("\n".join(lines) + "\n")


def bomb(side: int) -> bytes:
    """A PNG of `side`² pixels in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, body = zlib.compressobj(9), b""
    for _ in range(side):
        body += packer.compress(bytes(1 + side // 8 + 1))
    body += packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def outside(episode: Path, target: Path) -> dict[str, Callable[[], str]]:
    """Ways in which a frame's name leads to a file that is none of the episode's; each gives the name."""

    def link(name: str, to: Path) -> str:
        (episode / name).unlink(missing_ok=True)
        (episode / name).symlink_to(to)
        return name

    def folder() -> str:
        (target.parent / "000099-before.png").write_bytes(target.read_bytes())
        (episode / "frames").rename(episode / "kept")
        (episode / "frames").symlink_to(target.parent)
        return "frames/000099-before.png"

    return {
        "absolute": lambda: str(target),
        "upwards": lambda: os.path.relpath(target, episode),
        "link": lambda: link("frames/000099-before.png", target),
        "linked folder": folder,
    }


# Row 2 and 4: exports ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["llava", "dataset", "smol"])
@pytest.mark.parametrize("way", ["absolute", "upwards", "link", "linked folder"])
def test_no_export_carries_a_file_from_outside(form: str, way: str, episode: Path, key: Path, tmp_path: Path) -> None:
    change_step(episode, before_frame=outside(episode, key)[way]())
    report = export_episodes([read_episode(episode)], form, tmp_path / "out")
    assert report.problems
    assert all(SECRET not in data for data in files_below(tmp_path / "out").values())
    for file in (tmp_path / "out").rglob("*.parquet"):
        assert SECRET not in str(pq.read_table(file).to_pylist()).encode()


def test_what_is_no_picture_is_not_exported_as_one(episode: Path, tmp_path: Path) -> None:
    (episode / "frames" / "000000-before.png").write_bytes(SECRET)
    export_episodes([read_episode(episode)], "llava", tmp_path / "out")
    assert all(SECRET not in data for data in files_below(tmp_path / "out").values())


@pytest.mark.parametrize("name", ["../../site/evil", "/tmp/evil", "a/b", "..", "", "a\x1b[2J", "x" * 200])
def test_an_episode_is_called_as_episodes_are(name: str, episode: Path, tmp_path: Path) -> None:
    change_header(episode, name=name)
    with pytest.raises(DeskhandError, match="is no name of an episode"):
        export_episodes([read_episode(episode)], "llava", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_frames_are_called_as_frames_are(episode: Path, tmp_path: Path) -> None:
    (episode / "frames" / "payload.pth").write_bytes((episode / "frames" / "000000-before.png").read_bytes())
    change_step(episode, before_frame="frames/payload.pth")
    export_episodes([read_episode(episode)], "llava", tmp_path / "out")
    assert {Path(name).suffix for name in files_below(tmp_path / "out")} == {".jsonl", ".png"}


# Row 3: durable writes -----------------------------------------------------------------------------------------------------------


def test_no_link_that_lies_there_is_written_through(episode: Path, key: Path) -> None:
    for name in (".episode.json.new", ".steps.jsonl.new", "frames/.000000-before.png.new"):
        (episode / name).symlink_to(key)
    edit.relabel(episode, instruction="other words")
    hide(episode, ["other"], ["1,0,0,1,1"], True)
    assert key.read_bytes() == SECRET and read_episode(episode).header.instruction == "[hidden] words"


@pytest.mark.parametrize("name", ["steps.jsonl", "frames", ".lock"])
def test_no_writer_goes_on_through_a_link(name: str, episode: Path, key: Path) -> None:
    (episode / name).rename(episode / "kept") if (episode / name).exists() else None
    (episode / name).symlink_to(key.parent if name == "frames" else key)
    with pytest.raises(DeskhandError):
        with EpisodeWriter.reopen(episode) as writer:
            writer.append(read_episode(ROOT / "recordings/samples/calculator-sum").steps[0].model_copy(update={"index": writer.steps}))
    assert files_below(key.parent) == {key.name: SECRET}


def test_verdicts_and_amendments_are_not_written_through_links(episode: Path, key: Path) -> None:
    (episode.parent / "verdicts.jsonl.new").symlink_to(key)
    assert main(["data", "check", str(episode.parent)]) == 0
    assert key.read_bytes() == SECRET


# Row 5: review and pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["absolute", "upwards", "link", "linked folder"])
def test_nothing_outside_is_painted_over_nor_shown(way: str, episode: Path, photo: Path, tmp_path: Path) -> None:
    before = photo.read_bytes()
    change_step(episode, before_frame=outside(episode, photo)[way](), after_frame=None)
    with pytest.raises(DeskhandError):
        hide(episode, [], ["1,0,0,1,1"], False)
    write_page(read_episode(episode), tmp_path / "page.html")
    assert photo.read_bytes() == before
    assert all(data == before for name, data in files_below(photo.parent).items())
    import base64

    assert base64.b64encode(before).decode() not in (tmp_path / "page.html").read_text()


# Row 20: loads -------------------------------------------------------------------------------------------------------------------


def grown(work: Callable[[], object]) -> tuple[float, int]:
    """Seconds, and MiB of memory at the highest, in a process of its own: a peak is never forgotten."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(20)  # what goes wrong here must not take the machine with it
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            work()
            used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
            os.write(writer, f"{time.process_time() - began} {used}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        told = file.read().split()
    os.waitpid(child, 0)
    assert told, "it failed, or was killed"
    return float(told[0]), int(told[1])


def test_a_picture_of_countless_pixels_is_refused_by_its_header(episode: Path) -> None:
    data = bomb(13_300)
    assert len(data) < 100_000
    for frame in (episode / "frames").iterdir():
        frame.write_bytes(data)
    seconds, megabytes = grown(lambda: edit.verify(episode))
    assert seconds < 2 and megabytes < 200
    assert any("pixels" in problem for problem in edit.verify(episode)[1])


@pytest.mark.parametrize("name", ["steps.jsonl", "episode.json", "frames/000000-before.png"])
@pytest.mark.parametrize("kind", ["fifo", "device"])
@pytest.mark.timeout(20)
def test_a_pipe_or_a_device_is_no_file_of_an_episode(kind: str, name: str, episode: Path, tmp_path: Path) -> None:
    (episode / name).unlink()
    os.mkfifo(episode / name) if kind == "fifo" else (episode / name).symlink_to("/dev/zero")
    main(["episodes", "verify", "shown", "--episodes", str(episode.parent)])
    main(["episodes", "show", "shown", "--html", str(tmp_path / "page.html"), "--episodes", str(episode.parent)])
    main(["episodes", "export", "shown", "--out", str(tmp_path / "out"), "--episodes", str(episode.parent)])


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": 1e300}, {"started_at": -1e300}, {"ended_at": 1e300},
        {"displays": [{"left": 0, "top": 0, "width": 1e300, "height": 1}]},
        {"extra": {"seed": "x"}, "task": "calculator-sum"}, {"extra": {"seed": 10**400}}, {"extra": {"labels_before": 5}},
        {"extra": {"desktop": {"a": []}}},
    ],
)  # fmt: skip
def test_numbers_of_a_header_that_nothing_can_be(changes: dict[str, Any], episode: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_episode(episode.parent, "other")
    change_header(episode, **changes)
    assert main(["episodes", "list", "--episodes", str(episode.parent)]) == 0
    for argv in (["relabel", "shown", "--instruction", "other"], ["show", "shown"], ["verify", "shown"], ["review", "shown", "--rules"]):
        main(["episodes", *argv, "--episodes", str(episode.parent)])
    with suppress(DeskhandError):
        stage_settings(read_episode(episode), Settings())
    told = capsys.readouterr()
    assert "internal error" not in told.err and "other" in told.out


def test_json_that_is_nested_too_deep_or_endless_is_refused() -> None:
    for text in ("[" * 200_000, '{"a":' * 70 + "1" + "}" * 70, "NaN", "[1e999]", "1" * 5000):
        with pytest.raises(foreign.ForeignError):
            foreign.parse_json(text)


def test_aliases_that_stand_for_a_thousand_million_things(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines))
    seconds, megabytes = grown(lambda: main(["tasks", "check", str(path)]))
    assert seconds < 2 and megabytes < 100
    assert main(["tasks", "check", str(path)]) == 1 and "aliases" in capsys.readouterr().out
    (tmp_path / "mixture.yaml").write_text("\n".join(lines))
    assert main(["data", "mix", str(tmp_path / "mixture.yaml")]) == 1 and "aliases" in capsys.readouterr().err


def test_rules_for_secrets_end(tmp_path: Path) -> None:
    began = time.process_time()
    for text in ("a" * 200_000, "a." * 100_000 + "@", "eyJ-" * 50_000, "sk-" * 60_000, "bearer " * 30_000, "1 " * 100_000):
        Rules().redact(text)
    assert time.process_time() - began < 4
    own = tmp_path / "redact.txt"
    began = time.process_time()
    own.write_text("/(a+)+$/\n")
    load_rules(own).redact("a" * 40 + "!")
    own.write_text("/(a|a)*$/\n")
    assert load_rules(own).redact("a" * 5000 + "!") == ("[hidden]", ("hidden",)), "what cannot be searched is not kept"
    assert time.process_time() - began < 4


def test_a_key_is_not_pressed_a_thousand_million_times(tmp_path: Path) -> None:
    item = {"task_id": "t", "instruction": "do it", "traj": [{"index": 0, "image": "a.png", "value": {"code": ""}}]}
    item["traj"][0]["value"]["code"] = "pyautogui.press('a', presses=1000000000)"  # type: ignore[index]
    (tmp_path / "t.jsonl").write_text(json.dumps(item))
    seconds, megabytes = grown(lambda: import_episodes(tmp_path / "t.jsonl", tmp_path / "e"))
    assert seconds < 2 and megabytes < 100


PACKED = """
import sys, pyarrow as pa, pyarrow.parquet as pq
image = pa.array([[{"bytes": bytes(800 << 20), "path": "x"}]])
texts = pa.array([[{"system": "", "user": "x", "assistant": "click(0.1, 0.1)"}]])
table = pa.table({"images": image, "texts": texts, "source": ["a"]})
pq.write_table(table, sys.argv[1], compression="zstd", use_dictionary=False, write_statistics=False)
"""
UNPACKED = """
import resource, sys
from pathlib import Path
from recordings.exchange import ExchangeError, import_episodes
try:
    import_episodes(Path(sys.argv[1]), Path(sys.argv[2]))
except ExchangeError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_small_parquet_does_not_become_a_gigabyte(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    subprocess.run([sys.executable, "-c", PACKED, str(path)], check=True)
    assert path.stat().st_size < 100_000
    command = [sys.executable, "-c", UNPACKED, str(path), str(tmp_path / "e")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    words, megabytes = done.stdout.splitlines()
    assert "larger than" in words and int(megabytes) < 1024


# Row 21: imports -----------------------------------------------------------------------------------------------------------------


def llava_item(image: str) -> dict[str, Any]:
    return {"id": "a/0", "image": image, "conversations": [{"from": "human", "value": "Task: x"}, {"from": "gpt", "value": "wait()"}]}


def agentnet_item(image: str) -> dict[str, Any]:
    value = {"code": "pyautogui.click(x=0.5, y=0.5)"}
    return {"task_id": "a", "instruction": "do it", "traj": [{"index": 0, "image": image, "value": value}]}


@pytest.mark.parametrize("item", [llava_item, agentnet_item])
@pytest.mark.parametrize("way", ["absolute", "upwards", "link"])
def test_no_import_copies_a_picture_from_elsewhere(way: str, item: Any, photo: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "images").mkdir(parents=True)
    (data / "link.png").symlink_to(photo)
    (data / "images" / "link.png").symlink_to(photo)
    name = {"absolute": str(photo), "upwards": f"../{photo.parent.name}/photo.png", "link": "link.png"}[way]
    (data / "rows.jsonl").write_text(json.dumps(item(name)))
    report = import_episodes(data / "rows.jsonl", tmp_path / "episodes")
    pixels = [Image.open(path).getpixel((0, 0)) for path in (tmp_path / "episodes").rglob("*.png")]
    assert pixels == [] and report.problems
    report = import_episodes(data / "rows.jsonl", tmp_path / "again", images=data)
    assert not list((tmp_path / "again").rglob("*.png"))


def test_training_reads_no_picture_from_elsewhere(photo: Path, tmp_path: Path) -> None:
    from training.conversations import conversation_records
    from training.screens.store import read_screens

    data = tmp_path / "data"
    data.mkdir()
    (data / "link.png").symlink_to(photo)
    names = [str(photo), f"../{photo.parent.name}/photo.png", "link.png"]
    (data / "rows.jsonl").write_text("\n".join(json.dumps(llava_item(name)) for name in names))
    found = [one for _, one in conversation_records(data / "rows.jsonl", "mine", "text")]
    assert found == ["conversations whose picture is missing"] * 3
    for name in names:
        (data / "screens.jsonl").write_text(json.dumps({"image": name, "source": "", "app": "", "elements": [], "glyphs": None}))
        with pytest.raises(DeskhandError):
            next(read_screens(data)).picture()


# Row 22: permissions -------------------------------------------------------------------------------------------------------------


def test_what_shows_the_screen_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = os.umask(0o022)
    try:
        path = make_episode(tmp_path / "new" / "episodes")
        episode = read_episode(path)
        for form in ("llava", "dataset", "smol"):
            export_episodes([episode], form, tmp_path / "new" / "exports" / form)
        write_page(episode, tmp_path / "new" / "page.html")
        main(["replay", str(path), "--how", "watch", "--plain", "--draw", str(tmp_path / "new" / "drawn")])
    finally:
        os.umask(old)
    for one in [tmp_path / "new", *(tmp_path / "new").rglob("*")]:
        assert stat.S_IMODE(one.stat().st_mode) & 0o077 == 0, one


# One door ------------------------------------------------------------------------------------------------------------------------

READERS = ("recordings", "agent/episodes", "agent/replay", "tasks")
"""Where every file that is read may come from elsewhere."""
DOORS = {"recordings/foreign.py", "recordings/durable.py"}
OPENING = {"open", "read_bytes", "read_text", "copyfile", "load", "safe_load", "SafeLoader"}
OWN = {("agent/episodes/page.py", "read_text"), ("tasks/prepare.py", "open")}
"""A style sheet of the package, and a file that is created."""


def calls_in(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> tuple[str, str]:
    """What is called, and what it belongs to."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return ast.unparse(function.value), function.attr
    return "", getattr(function, "id", "")


def test_nothing_else_opens_what_is_foreign() -> None:
    found = []
    for path in sorted(path for name in ("agent", "recordings", "tasks", "training", "vlm") for path in (ROOT / name).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in DOORS:
            continue
        for call in calls_in(path):
            owner, what = called(call)
            if (owner, what) == ("Image", "open"):
                found.append(f"{name}:{call.lineno}: Image.open")
            own = (name, what) in OWN or owner in ("os", "self.gate") or owner.startswith(("foreign", "Image.new"))
            if name.startswith(READERS) and what in OPENING and not own:
                found.append(f"{name}:{call.lineno}: {owner}.{what}")
    assert found == [], "read it with recordings.foreign"


def test_no_name_of_a_frame_is_joined_to_a_path() -> None:
    for path in (path for name in ("agent", "recordings", "training") for path in (ROOT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                joined = {part.attr for part in ast.walk(node.right) if isinstance(part, ast.Attribute)}
                assert not joined & {"before_frame", "after_frame"}, f"{path}:{node.lineno}"


def test_old_episodes_and_the_samples_read_on() -> None:
    for path in sorted((ROOT / "recordings" / "samples").iterdir()):
        episode, problems = edit.verify(path)
        assert problems == [] and episode.steps


def test_the_door_itself(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_bytes(b"12345")
    assert foreign.read_below(tmp_path, "a/b.txt", 5) == b"12345" == foreign.read_below(tmp_path, "./a/b.txt", 5)
    assert foreign.is_below(tmp_path, "a/b.txt") and not foreign.is_below(tmp_path, "a")
    for name in ("a/b.txt/..", "../x", "/etc/passwd", "", ".", "a\\b.txt", "a/\0"):
        with pytest.raises(foreign.ForeignError):
            foreign.read_below(tmp_path, name, 5)
    with pytest.raises(foreign.ForeignError, match="larger than 4 bytes"):
        foreign.read_below(tmp_path, "a/b.txt", 4)
    with pytest.raises(IsADirectoryError):
        foreign.read_below(tmp_path, "a", 5)
    with pytest.raises(FileNotFoundError):
        foreign.read_below(tmp_path, "a/c.txt", 5)
    foreign.replace_below(tmp_path, "a/b.txt", b"new")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"new" and [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_picture_is_one_of_three_kinds_and_no_slow_one() -> None:
    for form, good in (("PNG", True), ("JPEG", True), ("WEBP", True), ("GIF", False), ("TIFF", False), ("BMP", False)):
        data = io.BytesIO()
        Image.new("RGB", (40, 30), (9, 9, 9)).save(data, form)
        if good:
            assert foreign.decode(data.getvalue()).size == (40, 30)
        else:
            with pytest.raises(foreign.ForeignError, match="not an image"):
                foreign.decode(data.getvalue())
    data = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(data, "JPEG", progressive=True)
    whole = data.getvalue()
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    with pytest.raises(foreign.ForeignError, match="scans"):
        foreign.decode(whole[:-2] + scan * 100 + whole[-2:])
    assert sys.getrecursionlimit() < 10_000 and SCRIPT
