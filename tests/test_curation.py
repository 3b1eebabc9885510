"""Each check finds the fault that was planted and no other, and what is unfit is not learned from."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from demonstrations import BUTTONS, make_episode, paint, screenshot
from PIL import Image, ImageDraw

from agent.cli.main import main
from recordings.action import Click
from recordings.episode import Element, EpisodeHeader, Prediction, Source, Step, StopReason
from recordings.errors import DeskhandError
from recordings.store import STEPS, EpisodeWriter, read_episode
from training.datasets.checks import check_episode, check_folder
from training.datasets.mixture import Mixture, draw
from training.datasets.pictures import difference_hash
from training.datasets.records import Dropped
from training.datasets.usable import usable_records
from training.datasets.verdicts import VERDICTS, read_verdicts, unfit

SAMPLES = Path(__file__).parents[1] / "recordings" / "samples"


def write(root: Path, name: str, change: Callable[[list[Step]], None]) -> Path:
    """Three clicks on painted buttons, with a fault planted by `change`."""
    steps = []
    for index, (label, box) in enumerate(BUTTONS.items()):
        steps.append(
            Step(
                index=index, prediction=Prediction(), action=Click(x=box.center.x, y=box.center.y), source=Source.HUMAN, changed=True,
                element=Element(name=label, role="push button", box=box),
                before=screenshot(paint(index)), after=screenshot(paint(index + 1)),
            )
        )  # fmt: skip
    change(steps)
    with EpisodeWriter.create(root, EpisodeHeader(name=name, instruction="Do it", source=Source.HUMAN)) as writer:
        for step in steps:
            writer.append(step)
        writer.close(StopReason.DONE, "", True)
    return writer.path


def spoil(number: int, **changes: object) -> Callable[[list[Step]], None]:
    def change(steps: list[Step]) -> None:
        steps[number] = steps[number].model_copy(update=changes)

    return change


def highlighted() -> Image.Image:
    """The frame before step 2 as it was after step 1, but with a light on the button that will be clicked."""
    image = paint(1)
    box = BUTTONS["Save"]
    corners = [box.x1 * image.width + 1, box.y1 * image.height + 1, box.x2 * image.width - 1, box.y2 * image.height - 1]
    ImageDraw.Draw(image).rectangle(corners, outline="white", width=2)
    return image


FAULTS = {
    "empty frame": spoil(1, before=screenshot(Image.new("RGB", (320, 200), "black"))),
    "unparsable action": spoil(1, action=None, prediction=Prediction(mistake="no action")),
    "the action lies outside": spoil(1, action=Click(x=0.01, y=0.99)),
    "duplicate frame": spoil(1, after=screenshot(paint(1))),
    "leaked highlight": spoil(1, before=screenshot(highlighted())),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_nothing_else(tmp_path: Path, fault: str) -> None:
    found = list(check_episode(read_episode(write(tmp_path, "spoiled", FAULTS[fault]))))
    assert [(one.step, one.reason.startswith(fault)) for one in found] == [(1, True)], found
    assert found[0].quality == ("wrong answer" if "action" in fault else "bad image")


def test_sound_episodes_have_no_fault(tmp_path: Path) -> None:
    assert list(check_episode(read_episode(write(tmp_path, "sound", lambda steps: None)))) == []
    assert [one for one in check_folder(SAMPLES) if one.quality != "good"] == []


def test_a_missing_frame_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "spoiled", lambda steps: None)
    (path / "frames" / "000001-before.png").unlink()
    assert {(one.step, one.quality) for one in check_episode(read_episode(path))} == {(1, "bad image")}


def test_near_duplicates_are_found_across_episodes(tmp_path: Path) -> None:
    write(tmp_path, "first", lambda steps: None)
    write(tmp_path, "second", spoil(0, before=screenshot(Image.effect_noise((320, 200), 90).convert("RGB"))))
    found = list(check_folder(tmp_path))
    assert [(one.episode, one.step) for one in found] == [("second", 1), ("second", 2)] and all(one.quality == "good" for one in found)
    assert "of first" in found[0].reason
    image = paint(1)
    assert difference_hash(image) == difference_hash(image.resize((640, 400)))


def test_what_is_unfit_is_not_learned_and_a_person_has_the_last_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "shown", "spoiled", FAULTS["empty frame"])
    assert main(["data", "check", str(tmp_path / "shown")]) == 0
    said = capsys.readouterr().out
    assert "spoiled, step 2: bad image: empty frame" in said and "1 steps are left out" in said

    def taught() -> tuple[set[str], int]:
        values = {"sources": [{"name": "shown", "path": tmp_path / "shown"}], "held_out": 0.0}
        drawn = draw(Mixture.model_validate(values), "train")
        return {record.extra["step"] for record in drawn.records if "step" in record.extra}, drawn.dropped[
            "records of a step with a bad image"
        ]

    assert taught()[0] == {"0", "2"} and taught()[1] > 3
    assert main(["data", "classify", str(tmp_path / "shown"), "spoiled", "2", "good"]) == 0
    assert main(["data", "classify", str(tmp_path / "shown"), "spoiled", "1", "wrong answer", "--reason", "the other one"]) == 0
    assert taught()[0] == {"1", "2"}
    assert main(["data", "check", str(tmp_path / "shown")]) == 0  # checking again leaves a person's word
    assert taught()[0] == {"1", "2"}
    assert {verdict.reason for verdict in unfit(tmp_path / "shown").values()} == {"the other one"}


def test_what_a_mixture_would_give_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_episode(tmp_path / "shown", "one")
    (tmp_path / "mixture.yaml").write_text("sources: [{name: mine, path: shown}]\nheld_out: 0.0\n")
    assert main(["data", "mix", str(tmp_path / "mixture.yaml"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["train"]["records"] > 5 and found["held-out"]["records"] == 0 and found["train"]["left_out"]


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with EpisodeWriter.create(tmp_path / "empty", EpisodeHeader(name="nothing", instruction="x")) as writer:
        writer.close(StopReason.DONE)
    (tmp_path / "wrong").mkdir()
    make_episode(tmp_path / "wrong", "one")
    (tmp_path / "wrong" / VERDICTS).write_text('{"episode": "one", "step": 0, "quality": "lovely", "reason": ""}\n')
    for argv, said in (
        (["data", "check", str(tmp_path)], "holds no episode"),
        (["data", "check", str(tmp_path / "wrong")], "line 1: not a verdict"),
        (["data", "classify", str(tmp_path / "empty"), "nothing", "4", "good"], "holds no step 4"),
        (["data", "classify", str(tmp_path / "empty"), "nothing", "1", "lovely"], "there is no class 'lovely'"),
    ):
        assert main(argv) == 1
        line = capsys.readouterr().err.strip().splitlines()
        assert len(line) == 1 and said in line[0]
    with pytest.raises(DeskhandError):
        read_verdicts(tmp_path / "wrong")


DAMAGES = {
    "element.box.x2": lambda line: line.replace('"x2":0.8', '"x2":1.7'),
    "action.click.x": lambda line: line.replace('"action":{"kind":"click","x":0.7', '"action":{"kind":"click","x":1.4'),
    "it is not JSON": lambda line: "no step at all",
}


@pytest.mark.parametrize("fault", DAMAGES)
def test_a_lost_step_is_told_and_what_follows_it_is_not_taught(tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str) -> None:
    lines = (write(tmp_path / "shown", "spoiled", lambda steps: None) / STEPS).read_text().splitlines()
    damaged = DAMAGES[fault](lines[1])
    assert damaged != lines[1]
    (tmp_path / "shown" / "spoiled" / STEPS).write_text("\n".join([lines[0], damaged, lines[2], ""]))
    assert main(["data", "check", str(tmp_path / "shown")]) == 0
    said = capsys.readouterr().out
    assert "spoiled, step 2: bad image: lost step: its line is damaged" in said and fault in said
    assert "spoiled, step 3: bad image: its history is not whole" in said and "\n2 steps are left out of training" in said
    (tmp_path / "shown" / VERDICTS).unlink()  # what was never checked is not taught either
    drawn = draw(
        Mixture.model_validate(
            {"sources": [{"name": "a", "path": tmp_path / "shown", "kinds": ["act"]}], "held_out": 0, "reasoning_share": 0}
        ),
        "train",
    )
    assert [record.extra.get("step") for record in drawn.records] == ["0"]
    assert drawn.dropped["steps after one that is lost"] == 1
    (reason,) = [reason for reason in drawn.dropped if reason.startswith("steps whose line is damaged")]
    assert fault in reason


def test_a_lost_last_step_leaves_the_others_but_no_end(tmp_path: Path) -> None:
    path = write(tmp_path, "spoiled", lambda steps: None)
    lines = (path / STEPS).read_text().splitlines()
    (path / STEPS).write_text("\n".join([*lines[:2], lines[2][:40]]))
    dropped = Dropped()
    ((_, records),) = usable_records(tmp_path, random.Random, ["act"], lambda _: dropped)
    assert [record.extra.get("step") for record in records] == ["0", "1"] and dropped == {"steps whose line is incomplete": 1}


def test_whole_episodes_are_counted_apart_from_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "spoiled", FAULTS["empty frame"])
    (tmp_path / "unreadable").mkdir()
    (tmp_path / "unreadable" / "episode.json").write_text("{")
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name="nothing", instruction="x")) as writer:
        writer.close(StopReason.DONE)
    assert main(["data", "check", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "nothing: bad image: an episode without a step" in said and "1 steps and 2 whole episodes are left out of training" in said
    assert main(["data", "check", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["left_out"], found["episodes_left_out"]) == (1, 2)
    assert main(["data", "report", str(tmp_path), "--html", str(tmp_path / "page.html")]) == 0


def test_the_samples_are_checked_and_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    samples = Path(__file__).parents[1] / "recordings" / "samples"
    before = sorted(samples.rglob("*"))
    for folder in (samples, samples / "editor-save"):
        assert main(["data", "check", str(folder)]) == 0
        assert "kept nowhere" in capsys.readouterr().out
        assert main(["data", "check", str(folder), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["file"] is None
    assert main(["data", "classify", str(samples), "editor-save", "1", "wrong answer"]) == 1
    assert main(["data", "repair", str(samples)]) == 1
    assert capsys.readouterr().err.count("ships with Deskhand and stays as it is: copy it") == 2
    assert sorted(samples.rglob("*")) == before
