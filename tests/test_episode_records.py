"""What a recorded demonstration teaches, in the words of inference."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recordings.action import Ask, Click, Finish, Type, parse_action
from recordings.episode import Outcome, Prediction, Source, Step
from recordings.geometry import Box
from recordings.store import Episode, read_episode
from training.datasets.episode_records import episode_records
from training.datasets.records import Dropped, Kind, Record
from training.generate.safety.order_window import draw_injection
from training.stages.encode import IGNORED, PICTURE, TooLong, encode
from vlm.chat import ChatFormat
from vlm.images import ImageProcessor
from vlm.prompts import act_question, parse_act_answer, parse_box
from vlm.stand_in_tokenizer import build_tokenizer

SAMPLES = Path(__file__).parents[1] / "recordings" / "samples"
NAMES = ("calculator-sum", "editor-preferences", "editor-save", "folder-create")


def records_of(episode: Episode, *kinds: Kind, seed: int = 1) -> list[Record]:
    return list(episode_records(episode, random.Random(seed), kinds))


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_a_next_action_and_the_end_is_one_more(name: str) -> None:
    episode = read_episode(SAMPLES / name)
    found = records_of(episode, "act")
    assert len(found) == len(episode.steps) + 1
    for record, step in zip(found, episode.steps, strict=False):
        answer = parse_act_answer(record.answer)
        assert answer.mistake is None
        if isinstance(step.action, Click):
            assert isinstance(answer.action, Click) and abs(answer.action.x - step.action.x) < 0.001
            assert record.target is not None and step.target is not None and record.target.contains(step.target)
        else:
            assert answer.action == step.action
    assert isinstance(parse_act_answer(found[-1].answer).action, Finish)


def test_the_question_is_what_the_agent_would_be_asked_in_that_place() -> None:
    """An agent that has clicked the keys of a sum remembers what it said; so does the demonstration of a person who said nothing."""
    episode = read_episode(SAMPLES / "calculator-sum")
    history: list[Step] = []
    for record, step in zip(records_of(episode, "act"), episode.steps, strict=False):
        assert record.question == act_question(episode.header.instruction, history)
        said = parse_act_answer(record.answer)
        history.append(Step(index=step.index, prediction=said, action=said.action, changed=True))
    assert " left, now: [" in records_of(episode, "act")[0].answer


@pytest.mark.parametrize("name", NAMES)
def test_names_are_grounded_in_their_boxes(name: str) -> None:
    episode = read_episode(SAMPLES / name)
    found = records_of(episode, "ground")
    assert found
    for record in found:
        step = episode.steps[int(record.extra["step"])]
        box = parse_box(record.answer)
        assert box is not None and step.element is not None and step.element.name.strip() in record.question
        assert abs(box.center.x - step.element.box.center.x) < 0.002 and abs(box.center.y - step.element.box.center.y) < 0.002


def test_two_screenshots_tell_what_changed_and_what_caused_it() -> None:
    episode = read_episode(SAMPLES / "editor-save")
    changes, causes = records_of(episode, "change"), records_of(episode, "cause")
    assert len(changes) == len(episode.steps) and all(len(record.pictures) == 2 for record in changes + causes)
    typed = next(step for step in episode.steps if isinstance(step.action, Type))
    assert typed.action is not None and repr(typed.action.text) in changes[typed.index].answer  # type: ignore[union-attr]
    for record in causes:
        caused = parse_action(record.answer)
        assert caused.kind == episode.steps[int(record.extra["step"])].action.kind  # type: ignore[union-attr]
    unchanged = replace(episode, steps=tuple(step.model_copy(update={"changed": False}) for step in episode.steps))
    assert {record.answer for record in records_of(unchanged, "change")} == {"Nothing changed."}
    assert records_of(unchanged, "cause") == []


def test_scrambled_screenshots_are_put_in_order() -> None:
    episode = read_episode(SAMPLES / "editor-save")
    places = {step.before_frame: step.index for step in episode.steps}
    orders = set()
    for seed in range(12):
        (record,) = records_of(episode, "order", seed=seed)
        taken = [places[f"frames/{frame.source.name}"] for frame in record.pictures]  # type: ignore[union-attr]
        answered = [int(part) - 1 for part in record.answer.split(", ")]
        assert [taken[number] for number in answered] == sorted(taken)
        orders.add(record.answer)
    assert len(orders) > 2
    for record in records_of(episode, "caption"):
        chosen = record.pictures[int(record.answer) - 1].source
        assert chosen == episode.path / str(episode.steps[int(record.extra["step"])].before_frame)


def test_reasoning_thinks_and_direct_records_do_not() -> None:
    episode = read_episode(SAMPLES / "editor-save")
    direct, thought = records_of(episode, "act"), records_of(episode, "reasoning")
    assert {record.mode for record in direct} == {"nothink"} and {record.mode for record in thought} == {"think"}
    for one, other in zip(direct, thought, strict=False):
        reasons, _, answer = other.answer.partition("</think>")
        assert answer == one.answer and episode.header.instruction in reasons


def test_states_are_those_of_the_accessibility_tree() -> None:
    episode = read_episode(SAMPLES / "editor-preferences")
    found = records_of(episode, "state")
    boxes = {step.element.name: step.element.checked for step in episode.steps if step.element and "check" in step.element.role}
    assert boxes
    for record in found:
        named = [name for name in boxes if name in record.question]
        assert record.answer == ({True: "checked", False: "unchecked"}[bool(boxes[named[0]])] if named else "plain")
    # A toggle button may be a calculator's key: whether its state is to be seen, nobody knows.
    toggles = tuple(
        step.model_copy(update={"element": step.element.model_copy(update={"role": "toggle button"}) if step.element else None})
        for step in episode.steps
    )
    assert records_of(replace(episode, steps=toggles), "state") == []
    # What cannot be checked is plain, whatever accessibility says of it.
    steps = tuple(
        step.model_copy(update={"element": step.element.model_copy(update={"role": "push button"}) if step.element else None})
        for step in episode.steps
    )
    assert {record.answer for record in records_of(replace(episode, steps=steps), "state")} == {"plain"}


def test_harm_is_refused_and_orders_on_the_screen_are_not_followed() -> None:
    episode = read_episode(SAMPLES / "editor-save")
    (refusal,) = records_of(episode, "refusal")
    assert isinstance(parse_act_answer(refusal.answer).action, Ask)
    (injection,) = records_of(episode, "injection")
    (step,) = [one for one in episode.steps if act_question(episode.header.instruction, episode.steps[: one.index]) == injection.question]
    asked = parse_act_answer(injection.answer).action
    assert isinstance(asked, Click) and isinstance(step.action, Click) and abs(asked.x - step.action.x) < 0.001
    clean, spoiled = (np.asarray(image).astype(int) for image in (episode.frame(step, "before"), injection.pictures[0].open()))
    assert (clean != spoiled).any(-1).sum() > 2000
    assert np.array_equal(spoiled, np.asarray(injection.pictures[0].open()))  # the same each time
    assert step.element is not None
    x1, y1, x2, y2 = (round(part) for part in np.array(list(step.element.box.model_dump().values())) * (1024, 768, 1024, 768))
    assert np.array_equal(clean[y1:y2, x1:x2], spoiled[y1:y2, x1:x2])


def test_a_window_that_would_cover_everything_is_not_drawn() -> None:
    from PIL import Image

    image = Image.new("RGB", (640, 480), "navy")
    everything = Box(x1=0, y1=0, x2=1, y2=1)
    assert np.array_equal(np.asarray(draw_injection(image, "stop", everything, random.Random(1))), np.asarray(image))
    assert not np.array_equal(np.asarray(draw_injection(image, "stop", None, random.Random(1))), np.asarray(image))


def test_corrections_are_taught_and_what_they_correct_is_not() -> None:
    episode = read_episode(SAMPLES / "editor-save")
    wrong = Prediction(action=Click(x=0.01, y=0.01), thought="now: [Nothing]")
    steps = list(episode.steps)
    steps[1] = steps[1].model_copy(update={"source": Source.CORRECTED, "outcome": Outcome.DRY_RUN, "prediction": wrong})
    steps[2] = steps[2].model_copy(update={"source": Source.AGENT, "outcome": Outcome.FAILED})
    steps[3] = steps[3].model_copy(update={"before_frame": None})
    dropped = Dropped()
    header = episode.header.model_copy(update={"verdict": False})
    found = list(episode_records(replace(episode, steps=tuple(steps), header=header), random.Random(1), ["act"], dropped))
    assert "1" in {record.extra["step"] for record in found} and not {"2", "3"} & {record.extra["step"] for record in found}
    corrected = next(record for record in found if record.extra["step"] == "1")
    answered = parse_act_answer(corrected.answer)
    assert isinstance(answered.action, Click) and answered.action.x > 0.02 and "Nothing" not in answered.thought
    assert corrected.source == "corrected"
    assert sum(dropped.values()) == 2 and "without a frame" in str(dropped) and "failed" in str(dropped)
    # A failed run ends in nothing that could be learned as an end.
    assert all(not isinstance(parse_act_answer(record.answer).action, Finish) for record in found)


def test_the_loss_is_on_the_answer_alone() -> None:
    chat, images = ChatFormat(build_tokenizer()), ImageProcessor()
    episode = read_episode(SAMPLES / "editor-save")
    for record in (records_of(episode, "act")[1], records_of(episode, "reasoning")[1], records_of(episode, "change")[1]):
        encoded = encode(record, chat, images, limit=100_000, budget=300)
        learned = encoded.labels[encoded.labels != IGNORED]
        assert chat.tokenizer.decode(learned) == record.answer + "<|im_end|>"
        assert bool((encoded.labels[-len(learned) :] != IGNORED).all())
        patches = sum(picture.grid[0] * picture.grid[1] for picture in encoded.pictures)
        assert int((encoded.ids == PICTURE).sum()) == patches and bool((encoded.ids[: encoded.prefix] == PICTURE).any())
        told = chat.tokenizer.decode(encoded.ids[encoded.prefix :])
        assert record.question in told and ("<think>" in told) == (record.mode == "think")
        with pytest.raises(TooLong, match="does not fit"):
            encode(record, chat, images, limit=len(encoded) - 1, budget=300)
