"""Where the screens of training come from."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recordings.action import Click, Finish
from recordings.errors import DeskhandError
from recordings.geometry import Point
from recordings.store import HEADER, read_episode
from training.examples import act_example, make_examples
from training.screens.drawn import draw_screen
from training.screens.store import LabelledScreen, ScreenElement, write_screens
from training.sources import EpisodeSource, FolderSource, shifted, shown_steps
from training.views import PreparedScreen
from vlm.prompts import act_question, parse_act_answer

SAMPLES = Path(__file__).parents[1] / "recordings" / "samples"


def test_shifting_moves_pixels_and_labels_together() -> None:
    drawn = draw_screen(random.Random(9), (320, 240))
    moved = shifted(drawn, 5, -3)
    before, after = np.asarray(drawn.picture()), np.asarray(moved.picture())
    assert np.array_equal(before[3:, :-5], after[:-3, 5:])
    names = {(e.name, e.box) for e in moved.elements}
    kept = [e for e in drawn.elements if (e.name, (e.box[0] + 5, e.box[1] - 3, e.box[2] + 5, e.box[3] - 3)) in names]
    assert len(kept) == len(moved.elements) > 0


def test_stored_screens_roam_as_far_as_their_elements_stay_in_view(tmp_path: Path) -> None:
    picture = Image.new("RGB", (320, 240), "navy")
    picture.paste("white", (100, 90, 160, 130))
    write_screens(tmp_path, [LabelledScreen(picture, "applications", "x", [ScreenElement("Save", "button", (100, 90, 160, 130))])])
    source, still = FolderSource(tmp_path, (320, 240), roam=1.0), FolderSource(tmp_path, (320, 240))
    places = set()
    for seed in range(60):
        moved = source.draw(random.Random(seed))
        (element,) = moved.elements
        pixels = np.asarray(moved.picture())
        x1, y1, x2, y2 = map(int, element.box)
        assert (pixels[y1:y2, x1:x2] == 255).all() and (pixels == 255).all(-1).sum() == 60 * 40
        places.add((x1, y1))
        x, y, *_ = still.draw(random.Random(seed)).elements[0].box
        assert abs(x - 100) <= 8 and abs(y - 90) <= 8
    assert min(x for x, _ in places) < 20 and max(x for x, _ in places) > 240
    assert min(y for _, y in places) < 20 and max(y for _, y in places) > 180


@pytest.mark.parametrize("name", ["editor-preferences", "editor-save", "folder-create"])
def test_demonstrations_ask_in_training_what_inference_asks(name: str) -> None:
    episode = read_episode(SAMPLES / name)
    shown = shown_steps(episode, (1024, 768))
    assert len(shown) == len(episode.steps) + 1
    for index, screen in enumerate(shown):
        assert screen.told is not None
        instruction, plan, at = screen.told
        assert at == index
        element = screen.elements[0] if screen.elements else None
        example = act_example(instruction, plan, index, element, Point(x=0.25, y=0.5))
        assert example.question == act_question(episode.header.instruction, episode.steps[:index])
        answer = parse_act_answer(example.answer)
        if index == len(plan):
            assert isinstance(answer.action, Finish)
        elif plan[index].verb == "click":
            assert element is not None and answer.thought == f"now: [{element.name}]" and screen.picture().size == (1024, 768)
        else:
            assert answer.action == episode.steps[index].action


def test_what_a_demonstration_clicked_is_asked_for_wherever_it_roams() -> None:
    source = EpisodeSource(SAMPLES, (1024, 768), roam=1.0)
    places = set()
    for seed in range(40):
        screen = PreparedScreen(source.draw(random.Random(seed)))
        assert screen.told is not None
        instruction, plan, index = screen.told
        found = make_examples(random.Random(seed), screen.elements, [], screen.size, 3, {"act": 1.0}, screen.aim, screen.told)
        assert instruction in found[0].question
        assert not any(instruction in example.question for example in found[1:])  # beside it, made-up instructions ask for the same
        if index < len(plan) and plan[index].verb == "click":
            x1, y1, x2, y2 = screen.elements[0].box
            action = parse_act_answer(found[0].answer).action
            assert isinstance(action, Click) and x1 - 1 <= action.x * 1024 <= x2 + 1 and y1 - 1 <= action.y * 768 <= y2 + 1
            places.add(round(action.x, 1))
    assert len(places) > 5


def test_demonstrations_that_failed_or_are_of_another_size_show_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    episode = read_episode(SAMPLES / "editor-save")
    assert shown_steps(episode, (800, 600)) == []
    failed = replace(episode, header=episode.header.model_copy(update={"verdict": False}))
    assert shown_steps(failed, (1024, 768)) == []
    with pytest.raises(DeskhandError, match="no step of a demonstration"):
        EpisodeSource(tmp_path, (1024, 768))
    for name in ("editor-save", "editor-preferences"):
        shutil.copytree(SAMPLES / name, tmp_path / name)
    assert EpisodeSource(tmp_path, (1024, 768)).screens and not capsys.readouterr().err
    header = tmp_path / "editor-save" / HEADER
    header.write_text(failed.header.model_dump_json())
    assert EpisodeSource(tmp_path, (1024, 768)).screens
    assert "1 of 2 episodes are of no use" in capsys.readouterr().err
