"""What was acknowledged stays readable: after a kill, a full disk, a torn line, a lost frame."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from recordings.action import Click, Type
from recordings.episode import EpisodeHeader, Outcome, Prediction, Screenshot, Step, StopReason
from recordings.errors import DeskhandError
from recordings.geometry import Box, ScreenTransform
from recordings.store import Episode, EpisodeWriter, default_root, read_episode, unique_name

TRANSFORM = ScreenTransform(0, 0, 320, 200)
KILLED_WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store import header, step
from recordings.store import EpisodeWriter

writer = EpisodeWriter.create(Path(sys.argv[1]), header())
for index in range(100_000):
    writer.append(step(index))
    print(index, flush=True)
"""


def header(name: str = "run") -> EpisodeHeader:
    return EpisodeHeader(name=name, instruction='Type "ü"')


def screenshot(shade: int) -> Screenshot:
    return Screenshot(Image.new("RGB", (320, 200), (shade % 256, 20, 30)), TRANSFORM)


def noise(side: int) -> Screenshot:
    return Screenshot(Image.effect_noise((side, side), 90).convert("RGB"), TRANSFORM)


def step(index: int, text: str = "日本\u2028\n") -> Step:
    return Step(
        index=index,
        prediction=Prediction(action=Type(text=text), thought="then [OK]", box=Box(x1=0, y1=0, x2=0.5, y2=1), confidence=0.9),
        action=Type(text=text),
        outcome=Outcome.PERFORMED,
        seconds={"act": 0.1},
        before=screenshot(index),
        after=screenshot(index + 1),
    )


def assert_whole(episode: Episode, count: int) -> None:
    assert [one.index for one in episode.steps] == list(range(count))
    for one in episode.steps:
        for which, shade in (("before", one.index), ("after", one.index + 1)):
            frame = episode.frame(one, which)
            assert frame is not None and frame.getpixel((0, 0)) == (shade % 256, 20, 30)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The operating system refuses to let any file grow beyond `size` bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_episode_comes_back_as_it_was_written(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path / "new" / "folder", header()) as writer:
        written = [writer.append(step(index)) for index in range(3)]
        assert (writer.path / "frames" / "000002-before.png").is_file()
        assert written[2].before_frame == "frames/000002-before.png" and written[2].after_frame == "frames/000002-after.png"
        writer.close(StopReason.DONE, "saved", True)
    episode = read_episode(writer.path)
    assert episode.problems == ()
    assert [one.model_dump() for one in episode.steps] == [one.model_dump() for one in written]
    assert (episode.header.stop_reason, episode.header.stop_detail, episode.header.verdict) == (StopReason.DONE, "saved", True)
    assert episode.header.ended_at is not None and episode.header.ended_at >= episode.header.started_at
    assert_whole(episode, 3)


def test_frames_are_exact_and_a_shared_image_is_stored_once(tmp_path: Path) -> None:
    first, second = noise(64), noise(64)
    with EpisodeWriter.create(tmp_path, header()) as writer:
        one = writer.append(Step(index=0, prediction=Prediction(), before=first, after=second))
        two = writer.append(Step(index=1, prediction=Prediction(), before=second))
    episode = read_episode(writer.path)
    for which, expected in (("before", first), ("after", second)):
        frame = episode.frame(episode.steps[0], which)
        assert frame is not None and ImageChops.difference(frame, expected.image).getbbox() is None
    assert one.after_frame and two.before_frame
    assert (writer.path / one.after_frame).samefile(writer.path / two.before_frame)
    assert episode.frame(episode.steps[1], "after") is None


def test_killed_at_random_moments_it_keeps_every_acknowledged_step(tmp_path: Path) -> None:
    for seed in range(5):
        moment = random.Random(seed)
        root = tmp_path / str(seed)
        command = [sys.executable, "-c", KILLED_WRITER, str(root), str(Path(__file__).parent)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
        assert writer.stdout is not None
        for _ in range(moment.randint(1, 12)):
            acknowledged = int(writer.stdout.readline())
        time.sleep(moment.uniform(0, 0.02))
        writer.send_signal(signal.SIGKILL)
        for line in writer.stdout:
            acknowledged = int(line)
        assert writer.wait() == -signal.SIGKILL
        episode = read_episode(root / "run")
        assert len(episode.steps) in (acknowledged + 1, acknowledged + 2)
        assert episode.problems[0].startswith("it has no end")
        assert_whole(episode, len(episode.steps))


def test_a_line_torn_anywhere_costs_that_step_alone(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path, header()) as writer:
        for index in range(3):
            writer.append(step(index))
    file = writer.path / "steps.jsonl"
    whole = file.read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for end in range(last + 1, len(whole)):
        file.write_bytes(whole[:end])
        episode = read_episode(writer.path)
        assert len(episode.steps) == 2
        assert episode.problems == ("steps.jsonl line 3 is incomplete and left out",)


def test_a_damaged_line_and_a_lost_frame_are_named(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path, header()) as writer:
        for index in range(3):
            writer.append(step(index))
    lines = (writer.path / "steps.jsonl").read_text().split("\n")
    lines[1] = lines[1].replace('"kind":"type"', '"kind":"explode"', 1)
    (writer.path / "steps.jsonl").write_text("\n".join(lines))
    (writer.path / "frames/000002-after.png").unlink()
    (writer.path / "frames/000002-before.png").write_bytes(b"\x89PNG\r\n")
    episode = read_episode(writer.path)
    assert [one.index for one in episode.steps] == [0, 2]
    assert episode.problems[0].startswith("steps.jsonl line 2 is damaged")
    assert episode.problems[1] == "frames/000002-after.png of step 2 is missing"
    with pytest.raises(DeskhandError, match=r"000002-after\.png cannot be read"):
        episode.frame(episode.steps[1], "after")
    with pytest.raises(DeskhandError, match=r"000002-before\.png cannot be read"):
        episode.frame(episode.steps[1], "before")


def test_a_frame_outside_the_folder_is_never_opened(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    with EpisodeWriter.create(tmp_path, header()) as writer:
        writer.append(step(0))
    file = writer.path / "steps.jsonl"
    file.write_text(file.read_text().replace("frames/000000-before.png", "frames/../../secret.png"))
    episode = read_episode(writer.path)
    assert "missing" in episode.problems[0]
    with pytest.raises(DeskhandError, match="outside its folder"):
        episode.frame(episode.steps[0], "before")


@pytest.mark.parametrize("which", ["frame", "line", "header"])
def test_a_full_disk_is_one_clear_error_and_loses_nothing(tmp_path: Path, which: str) -> None:
    writer = EpisodeWriter.create(tmp_path, header())
    writer.append(step(0))
    writer.append(step(1))
    size = (writer.path / "steps.jsonl").stat().st_size
    if which == "header":
        with largest_file(100), pytest.raises(DeskhandError, match=r"end of the episode .* could not be saved"):
            writer.close(StopReason.DONE)
    else:
        failing = step(2, "x" * 2000) if which == "line" else step(2).model_copy(update={"before": noise(200)})
        with largest_file(size + 700 if which == "line" else 4000):
            for _ in range(2):
                with pytest.raises(
                    DeskhandError, match=r"step 3 could not be saved in .*run: File too large; the 2 steps before it are safe"
                ):
                    writer.append(failing)
            assert not list(writer.path.glob("frames/000002*"))
            writer.close(StopReason.ERROR, "disk")
    episode = read_episode(writer.path)
    assert_whole(episode, 2)
    assert "incomplete" not in " ".join(episode.problems)


def test_beginning_on_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    with largest_file(10), pytest.raises(DeskhandError, match="cannot be begun: File too large"):
        EpisodeWriter.create(tmp_path, header())
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_is_refused_or_replaced(tmp_path: Path) -> None:
    EpisodeWriter.create(tmp_path, header()).close(StopReason.DONE)
    with pytest.raises(DeskhandError, match="exists already: choose another name, for instance run-2"):
        EpisodeWriter.create(tmp_path, header())
    assert unique_name(tmp_path, "run") == "run-2"
    assert unique_name(tmp_path, "walk") == "walk"
    with EpisodeWriter.create(tmp_path, header(), rename=True) as writer:
        assert writer.header.name == "run-2"
    assert read_episode(tmp_path / "run-2").header.name == "run-2"


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\\b", "a\nb", "x" * 201, "字" * 67, "trailing ", "nul\0", "e\u0301/"])
def test_names_that_are_no_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeskhandError, match="cannot be called"):
        EpisodeWriter.create(tmp_path, header(name))


def test_another_format_version_names_the_fix(tmp_path: Path) -> None:
    EpisodeWriter.create(tmp_path, header()).close(StopReason.DONE)
    file = tmp_path / "run" / "episode.json"
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"format_version": 2, "unheard": 1}))
    with pytest.raises(DeskhandError, match="format version 2, this Deskhand reads version 1: update Deskhand"):
        read_episode(tmp_path / "run")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"name": 1}'])
def test_a_damaged_header_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "episode.json").write_bytes(content)
    with pytest.raises(DeskhandError, match=r"episode\.json is damaged"):
        read_episode(tmp_path)


def test_a_folder_without_a_header_is_no_episode(tmp_path: Path) -> None:
    with pytest.raises(DeskhandError, match="is not an episode"):
        read_episode(tmp_path)


def test_misuse_is_an_error_of_ours(tmp_path: Path) -> None:
    writer = EpisodeWriter.create(tmp_path, header())
    with pytest.raises(ValueError, match="cannot follow"):
        writer.append(step(5))
    writer.close(StopReason.DONE)
    writer.close(StopReason.FAILED)
    with pytest.raises(ValueError, match="closed"):
        writer.append(step(0))
    assert read_episode(writer.path).header.stop_reason is StopReason.DONE


@pytest.mark.parametrize(("error", "reason"), [(RuntimeError("boom"), StopReason.ERROR), (KeyboardInterrupt(), StopReason.STOPPED)])
def test_an_exception_ends_the_episode(tmp_path: Path, error: BaseException, reason: StopReason) -> None:
    with pytest.raises(type(error)), EpisodeWriter.create(tmp_path, header()) as writer:
        writer.append(Step(index=0, prediction=Prediction(mistake="not an action", text="…"), action=Click(x=0.5, y=0.5)))
        raise error
    episode = read_episode(writer.path)
    assert episode.header.stop_reason is reason and len(episode.steps) == 1


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path / "home"))
    assert default_root() == tmp_path / "home" / "episodes"
    monkeypatch.delenv("DESKHAND_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_root() == tmp_path / "data" / "deskhand" / "episodes"


def test_the_last_step_can_be_taken_back(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path, header()) as writer:
        assert not writer.undo()
        for index in range(3):
            writer.append(step(index))
        assert writer.undo() and writer.steps == 2
        assert not list(writer.path.glob("frames/000002*"))
        writer.append(step(2))
        assert writer.undo()
    episode = read_episode(writer.path)
    assert episode.problems == ()
    assert_whole(episode, 2)
