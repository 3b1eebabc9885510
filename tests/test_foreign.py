"""Files that somebody else made: what they name, link to, swell up to or say is met at one door."""

from __future__ import annotations

import ast
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from demonstrations import SCRIPT, make_episode
from PIL import Image

from agent.cli.main import main
from agent.episodes.page import write_page
from agent.episodes.review import hide
from recordings import edit, foreign
from recordings.errors import DeskhandError
from recordings.exchange import export_episodes, import_episodes
from recordings.store import read_episode

ROOT = Path(__file__).parents[1]
SECRET = b"the content of a private key"


def nothing_read(_: Image.Image) -> tuple[()]:
    return ()  # what is written in a frame, for whom that does not matter


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


@pytest.mark.parametrize("name", ["../../site/evil", "/tmp/evil", "a/b", "..", "", "a\x1b[2J", "x" * 201])
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
    hide(episode, ["other"], ["1,0,0,1,1"], True, nothing_read)
    assert key.read_bytes() == SECRET and read_episode(episode).header.instruction == "[hidden] words"


def test_no_lock_that_is_a_link_is_taken(episode: Path, key: Path) -> None:
    (episode / ".lock").unlink()
    (episode / ".lock").symlink_to(key)
    with pytest.raises(DeskhandError):
        edit.relabel(episode, instruction="other words")
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
        hide(episode, [], ["1,0,0,1,1"], False, nothing_read)
    write_page(read_episode(episode), tmp_path / "page.html")
    assert photo.read_bytes() == before
    assert all(data == before for name, data in files_below(photo.parent).items())
    import base64

    assert base64.b64encode(before).decode() not in (tmp_path / "page.html").read_text()


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
    from training.datasets.conversations import conversation_records
    from training.screens.store import read_screens

    data = tmp_path / "data"
    data.mkdir()
    (data / "link.png").symlink_to(photo)
    names = [str(photo), f"../{photo.parent.name}/photo.png", "link.png"]
    (data / "rows.jsonl").write_text("\n".join(json.dumps(llava_item(name)) for name in names))
    found = [one for _, one in conversation_records(data / "rows.jsonl", "mine", "text")]
    assert found == ["conversations whose picture is missing"] * 3
    for name in names:
        (data / "screens.jsonl").write_text(json.dumps({"image": name, "source": "", "app": "", "elements": []}))
        with pytest.raises(DeskhandError):
            next(read_screens(data)).picture()


@pytest.mark.parametrize("item", [llava_item, agentnet_item])
def test_a_folder_s_own_list_is_no_link_to_another_s(item: Any, photo: Path, tmp_path: Path) -> None:
    """A person may name a link of their own; that a folder from elsewhere holds one is nobody's wish."""
    theirs = tmp_path / "home" / "rows.jsonl"
    theirs.write_text(json.dumps(item("photo.png")))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.jsonl").symlink_to(theirs)
    with pytest.raises(DeskhandError, match="link"):
        import_episodes(tmp_path / "data", tmp_path / "episodes")
    assert import_episodes(tmp_path / "data" / "rows.jsonl", tmp_path / "episodes").steps == 1


def test_training_follows_no_link_to_an_episode_that_nobody_named(tmp_path: Path) -> None:
    from training.datasets.folders import episodes_in

    private = make_episode(tmp_path / "private")
    shared = make_episode(tmp_path / "shared", "one")
    (tmp_path / "shared" / "two").symlink_to(private)
    assert episodes_in(tmp_path / "shared") == [shared]
    assert episodes_in(tmp_path / "shared" / "two") == [tmp_path / "shared" / "two"], "a person named it"


# Second names, and files to which something is added ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["symlink_to", "hardlink_to"])
def test_nothing_is_added_to_a_file_that_has_another_name(how: str, episode: Path, key: Path, tmp_path: Path) -> None:
    from training.screens.store import LabelledScreen, count_screens, write_screens

    screen = LabelledScreen(Image.new("RGB", (40, 30)), "s", "a", [])
    (tmp_path / "screens").mkdir()
    for path in (episode / "steps.jsonl", tmp_path / "screens" / "screens.jsonl"):
        path.unlink(missing_ok=True)
        getattr(path, how)(key)
    with pytest.raises(foreign.ForeignError):
        foreign.append_below(episode, "steps.jsonl")
    for work in (lambda: count_screens(tmp_path / "screens"), lambda: write_screens(tmp_path / "screens", [screen])):
        with pytest.raises((DeskhandError, OSError)):
            work()
    (tmp_path / "screens" / "screens.jsonl").unlink()
    getattr(tmp_path / "screens" / "000000.png", how)(key)
    write_screens(tmp_path / "screens", [screen])
    assert key.read_bytes() == SECRET and count_screens(tmp_path / "screens") == 1


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_is_not_even_opened(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes into a pipe goes on once it is opened, and a tape winds back."""
    path = tmp_path / "rows.jsonl"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    opened, really = [], os.open
    monkeypatch.setattr(os, "open", lambda name, *rest, **more: opened.append(str(name)) or really(name, *rest, **more))
    for read in (lambda: foreign.read_file(path, 9), lambda: foreign.read_below(tmp_path, path.name, 9)):
        with pytest.raises(foreign.ForeignError):
            read()
    assert not {str(path), path.name} & set(opened)


# Row 22: permissions -------------------------------------------------------------------------------------------------------------


# One door ------------------------------------------------------------------------------------------------------------------------


def calls_in(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> tuple[str, str]:
    """What is called, and what it belongs to."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return ast.unparse(function.value), function.attr
    return "", getattr(function, "id", "")


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
    several = io.BytesIO()
    Image.new("RGB", (8, 8)).save(several, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    says = several.getvalue()[2 : several.getvalue().index(b"\xff\xdb")]  # that there are more pictures behind it
    with pytest.raises(foreign.ForeignError, match="scans"):
        foreign.decode(whole[:2] + says + whole[2:-2] + scan * 100 + whole[-2:])
    assert sys.getrecursionlimit() < 10_000 and SCRIPT
