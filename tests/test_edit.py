"""Trimming, splitting, merging, relabelling, verifying: new episodes out of old ones, which stay as they were."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from demonstrations import SCRIPT, make_episode

from recordings.durable import try_lock
from recordings.edit import merge, relabel, rename, split, trim, verify
from recordings.episode import EpisodeHeader, StopReason
from recordings.store import EpisodeError, EpisodeWriter, read_episode


def digest(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    return make_episode(tmp_path, task="editor-save", extra={"seed": 3})


def test_trimming_keeps_the_steps_and_their_pixels_and_leaves_the_original(shown: Path, tmp_path: Path) -> None:
    before = digest(shown)
    path = trim(read_episode(shown), tmp_path, "part", 3, 5)
    part, whole = read_episode(path), read_episode(shown)
    assert part.problems == () and [step.index for step in part.steps] == [0, 1, 2]
    assert [step.action for step in part.steps] == [step.action for step in whole.steps[2:5]]
    for mine, theirs in zip(part.steps, whole.steps[2:5], strict=True):
        assert mine.element == theirs.element and mine.seconds == theirs.seconds and mine.started_at == theirs.started_at
        for which in ("before", "after"):
            assert part.frame(mine, which).tobytes() == whole.frame(theirs, which).tobytes()
    assert part.header.extra["made_from"] == ["shown steps 3-5"] and part.header.ended_at == whole.header.ended_at
    assert part.header.task is None and part.header.verdict is None, "a part is no run of the task"
    assert (path / part.steps[0].after_frame).samefile(path / part.steps[1].before_frame), "one picture is saved once"
    assert digest(shown) == before


def test_trimming_to_the_whole_keeps_task_and_verdict(shown: Path, tmp_path: Path) -> None:
    copy = read_episode(trim(read_episode(shown), tmp_path, "copy", 1, len(SCRIPT)))
    assert copy.header.task == "editor-save" and copy.header.verdict is True and copy.header.stop_detail == "132"


def test_splitting_and_merging_give_the_steps_back(shown: Path, tmp_path: Path) -> None:
    whole = read_episode(shown)
    paths = split(whole, tmp_path, ["a", "b", "c"], [3, 6])
    parts = [read_episode(path) for path in paths]
    assert [len(part.steps) for part in parts] == [2, 3, len(SCRIPT) - 5]
    again = read_episode(merge(parts, tmp_path, "again"))
    assert [step.action for step in again.steps] == [step.action for step in whole.steps]
    assert [step.index for step in again.steps] == list(range(len(SCRIPT)))
    assert again.header.stop_reason is StopReason.DONE and again.header.extra["made_from"] == ["a", "b", "c"]
    assert again.frame(again.steps[-1], "after").tobytes() == whole.frame(whole.steps[-1], "after").tobytes()


def test_what_cannot_be_cut_or_joined_says_so(shown: Path, tmp_path: Path) -> None:
    episode = read_episode(shown)
    for first, last in ((0, 3), (3, 2), (4, 99)):
        with pytest.raises(EpisodeError, match="9 steps"):
            trim(episode, tmp_path, "part", first, last)
    with pytest.raises(EpisodeError, match="leaves a part empty"):
        split(episode, tmp_path, ["a", "b"], [1])
    make_episode(tmp_path, "other", size=(200, 200))
    with pytest.raises(EpisodeError, match="different sizes"):
        merge([episode, read_episode(tmp_path / "other")], tmp_path, "both")
    with pytest.raises(EpisodeError, match="exists already"):
        trim(episode, tmp_path, "other", 1, 2)
    with pytest.raises(EpisodeError, match="exists already"):
        split(episode, tmp_path, ["fresh", "other"], [3])
    assert not (tmp_path / "fresh").exists() and not (tmp_path / "both").exists() and not (tmp_path / "part").exists()


def test_relabelling_replaces_the_header_and_remembers_what_it_said(shown: Path) -> None:
    relabel(shown, instruction="Store it")
    header = relabel(shown, instruction="Keep it", task="folder-create")
    assert header == read_episode(shown).header and header.instruction == "Keep it" and header.task == "folder-create"
    assert header.extra["labels_before"] == [
        {"instruction": "Save it, please"},
        {"instruction": "Store it", "task": "editor-save"},
    ]
    assert header.extra["seed"] == 3 and len(read_episode(shown).steps) == len(SCRIPT)
    with pytest.raises(EpisodeError, match="source"):
        relabel(shown, source="nobody")
    assert read_episode(shown).header == header


def test_renaming_moves_the_folder_and_refuses_a_taken_name(shown: Path, tmp_path: Path) -> None:
    make_episode(tmp_path, "other")
    with pytest.raises(EpisodeError, match="exists already"):
        rename(shown, "other")
    with pytest.raises(EpisodeError, match="cannot be called"):
        rename(shown, "../out")
    assert rename(shown, "better") == tmp_path / "better"
    assert read_episode(tmp_path / "better").header.name == "better" and not shown.exists()


def test_an_episode_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name="run", instruction="x")) as writer:
        with pytest.raises(EpisodeError, match="another process is writing"):
            relabel(writer.path, instruction="x")
    assert try_lock(writer.path / ".lock") is not None, "the lock is given back"


def test_verifying_names_every_damage(shown: Path, tmp_path: Path) -> None:
    assert verify(shown)[1] == []
    (shown / "frames/000002-before.png").unlink()
    (shown / "frames/000004-after.png").write_bytes(b"no picture")
    with (shown / "steps.jsonl").open("ab") as file:
        file.write(b'{"index": 9, "torn')
    episode, problems = verify(shown)
    assert len(episode.steps) == len(SCRIPT)
    assert [problem for problem in problems if "000002-before" in problem] == ["frames/000002-before.png of step 2 is missing"]
    assert sum("000004-after" in problem for problem in problems) == 1 and any("line 10 is incomplete" in problem for problem in problems)
    copy = read_episode(trim(episode, tmp_path, "copy", 1, 9))
    assert len(copy.steps) == 9 and copy.steps[2].before_frame is None and copy.steps[2].action == episode.steps[2].action
    assert any("000002-before" in line for line in copy.header.extra["problems"])


def test_a_newer_format_is_named_with_what_to_do(shown: Path) -> None:
    data = json.loads((shown / "episode.json").read_text())
    (shown / "episode.json").write_text(json.dumps(data | {"format_version": 99}))
    with pytest.raises(EpisodeError, match=r"format version 99.*update Deskhand"):
        verify(shown)
    with pytest.raises(EpisodeError, match="format version 99"):
        relabel(shown, instruction="x")
    assert json.loads((shown / "episode.json").read_text())["format_version"] == 99
