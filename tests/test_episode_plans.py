"""Episodes as goals and their plans."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from demonstrations import make_episode

from recordings.action import Action, Click, Drag, Finish, Move, Press, Scroll, Type, Wait
from recordings.episode import Element, EpisodeHeader, Hidden, PlanMark, Prediction, Source, Step, StopReason
from recordings.errors import DeskhandError
from recordings.geometry import Box
from recordings.store import Episode
from tasks.catalogue import load_task
from training.datasets.episode_plans import Lesson, NoLesson, plan_of, read_lessons, written_keys
from training.datasets.verdicts import classify
from training.stages.text.taught import Taught
from vlm.planner.keys import parse_keys
from vlm.planner.plan import parse_plan, print_plan
from vlm.planner.quoted import quoted_plan
from vlm.prompts import PlanItem, print_thought

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "recordings" / "samples"
PLACE = Box(x1=0.4, y1=0.4, x2=0.6, y2=0.6)


def clicked(name: str, role: str = "push button", checked: bool | None = None, **click: Any) -> tuple[Action, dict[str, Any]]:
    return Click(x=0.5, y=0.5, **click), {"element": Element(name=name, role=role, box=PLACE, checked=checked)}


Did = Action | tuple[Action, dict[str, Any]]


def episode(*did: Did, instruction: str = "file the letter under trip.txt", **header: Any) -> Episode:
    steps = []
    for index, one in enumerate(did):
        action, more = one if isinstance(one, tuple) else (one, {})
        values = {"source": Source.HUMAN, "prediction": Prediction(action=action), "action": action} | more
        steps.append(Step(index=index, **values))
    values = {"source": Source.HUMAN, "stop_reason": StopReason.DONE, "verdict": True} | header
    return Episode(Path("shown"), EpisodeHeader(name="shown", instruction=instruction, **values), tuple(steps), ())


def test_what_was_done_is_told_in_words() -> None:
    shown = episode(
        clicked("File", "menu"), Move(x=0.1, y=0.1), clicked("Save As...", "menu item"), Type(text="tri"), Type(text="px"),
        Press(keys=("backspace",)), Type(text=".txt\n"), Wait(seconds=1), clicked("Backup", "check box", False),
        clicked("Old", "check menu item", True), clicked("7", "toggle button", False), clicked("a.txt", count=2),
        clicked("b.txt", button="right"), Press(keys=("ctrl", "shift", "pageup")),
        Scroll(x=0.5, y=0.5, dy=3), Scroll(x=0.5, y=0.5, dy=2), Finish(),
    )  # fmt: skip
    assert print_plan(plan_of(shown)).split("\n") == [
        "click File", "click Save As...", "type trip.txt", "press Enter", "set on Backup", "set off Old", "click 7", "double_click a.txt",
        "right_click b.txt", "press Ctrl+Shift+PageUp", "scroll down", "done",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("did", "header", "why"),
    [
        ([clicked("")], {}, "step 1: a click on something without a name"),
        ([clicked("x" * 90)], {}, "a text of 90 characters"),
        ([clicked("A", modifiers=("ctrl",))], {}, "key held down"), ([clicked("A", button="middle")], {}, "middle click"),
        ([clicked("A"), Drag(path=((0.1, 0.1), (0.2, 0.2)))], {}, "step 2: a drag"),
        ([(Type(text="•••"), {"hidden": (Hidden(place="action", kind="password"),)})], {}, "is hidden"),
        ([clicked("A")], {"verdict": False}, "checks did not pass"), ([clicked("A")], {"stop_reason": StopReason.STOPPED}, "not finished"),
        ([clicked("A")], {"instruction": " "}, "no goal"), ([Move(x=0.1, y=0.1)], {}, "nothing was done"),
        ([clicked("A")], {"source": Source.AGENT, "verdict": None}, "nothing says that it was right"),
        ([clicked("A"), Finish(success=False)], {}, "without success"), ([clicked("A")] * 61, {}, "61 steps"),
    ],
)  # fmt: skip
def test_what_shows_no_plan_is_told(did: Sequence[Did], header: dict[str, Any], why: str) -> None:
    with pytest.raises(NoLesson, match=why):
        plan_of(episode(*did, **header))


def test_an_agents_clicks_are_named_by_what_it_planned_or_thought() -> None:
    agent: dict[str, Any] = {"source": Source.AGENT}
    click = Click(x=0.5, y=0.5)
    planned = Prediction(action=click, plan=PlanMark(step="click Save", name=""))
    waiting = Prediction(action=Wait(seconds=1), plan=PlanMark(step="click Save", about="target"))
    thinking = Prediction(action=click, thought=print_thought(PlanItem("click", "Quit")))
    shown = episode(
        (Wait(seconds=1), agent | {"prediction": waiting}), (click, agent | {"prediction": planned}),
        (click, agent | {"prediction": thinking}),
        source=Source.AGENT,
    )  # fmt: skip
    assert print_plan(plan_of(shown)) == "click Save\nclick Quit\ndone"


def test_lines_that_a_goal_does_not_say_are_typed_apart() -> None:
    assert print_plan(plan_of(episode(Type(text="a\tb\nc")))) == "type a\npress Tab\ntype b\npress Enter\ntype c\ndone"
    said = episode(Type(text="a\nb"), instruction="write down a\nb")
    assert print_plan(plan_of(said)) == "type a\\nb\ndone"


@pytest.mark.parametrize("keys", [("ctrl", "s"), ("enter",), ("pagedown",), ("a",), ("ctrl", "+"), ("alt", "f4"), ("shift", "tab")])
def test_keys_are_written_as_plans_do(keys: tuple[str, ...]) -> None:
    assert parse_keys(written_keys(keys)) == keys


def test_the_samples_teach_what_their_instructions_write_out() -> None:
    lessons = read_lessons([SAMPLES])
    assert len(lessons.taught) == 4 and not lessons.unusable
    plans = {lesson.episode: print_plan(lesson.steps) for lesson in lessons.taught}
    assert plans["editor-save"].split("\n")[1:] == ["click File", "click Save As...", "type notes.txt", "click Save", "done"]
    assert plans["editor-preferences"].split("\n")[2:4] == ["set on Display whitespace", "set on Display line endings"]
    assert not any(step.text for step in lessons.unsaid)


def test_a_folder_tells_what_is_left_out(tmp_path: Path) -> None:
    make_episode(tmp_path, "good", ["click(x=0.2, y=0.15)", 'type(text="x")'], instruction="do the thing")
    make_episode(tmp_path, "failed", ["click(x=0.2, y=0.15)"], instruction="do it", stop_reason=StopReason.DONE)
    make_episode(tmp_path, "nameless", ["click(x=0.95, y=0.95)"])
    classify(tmp_path, "failed", 0, "wrong answer", "another button")
    lessons = read_lessons([tmp_path])
    assert [lesson.episode for lesson in lessons.taught] == ["good"] and set(lessons.unusable) == {"failed", "nameless"}
    assert [step.text for step in lessons.unsaid if step.text] == ["x"]
    said = "\n".join(lessons.lines())
    assert "1 goals are shown" in said and "'x' is typed though the goal does not say it" in said and "another button" in said
    with pytest.raises(DeskhandError, match="holds no episode"):
        read_lessons([tmp_path / "none"])


def shown_goals() -> list[Lesson]:
    return [
        Lesson(f"file my list under {file}", parse_plan(f"click File\nclick Save As...\ntype {file}\nclick Save"))
        for file in ("larder", "trip.txt", "2024", "notes")
    ]


def test_what_a_goal_says_is_copied_whatever_its_value() -> None:
    taught, rng = Taught(shown_goals()), random.Random(1)
    typed = set()
    for _ in range(300):
        instruction, steps = taught.draw(rng)
        assert parse_plan(print_plan(steps)[:-5])[:2] == parse_plan("click File\nclick Save As...")
        assert steps[2].text is not None and steps[2].text in instruction and "file my list under" in instruction.lower()
        typed.add(steps[2].text)
    assert len(typed) > 100


def test_targets_that_differ_are_copied_and_those_that_do_not_stay() -> None:
    goals = [
        Lesson(f"get the menu ready for {mode.lower()} work", parse_plan(f"click Menu\nclick {mode}")) for mode in ("Advanced", "Financial")
    ]
    taught, rng = Taught(goals), random.Random(2)
    drawn = [taught.draw(rng) for _ in range(200)]
    assert all(steps[0].target == "Menu" and (steps[1].target or "").lower() in instruction.lower() for instruction, steps in drawn)
    assert len({steps[1].target for _, steps in drawn}) > 30


def test_nothing_says_that_there_is_no_plan_for_what_was_shown() -> None:
    taught, rng = Taught(shown_goals()), random.Random(3)
    assert taught.contradicted("please file the shopping list", ())
    assert not taught.contradicted("please file the shopping list", parse_plan("click File"))
    assert not taught.contradicted("book a flight", ())
    refused = [taught.refused(rng) for _ in range(50)]
    assert all(steps == () and not taught.contradicted(instruction, steps) for instruction, steps in refused)


def test_goals_to_demonstrate_name_no_step_but_hands_are_told_each() -> None:
    paths = sorted((ROOT / "training/configs/tasks").glob("goal-*.yaml"))
    assert len(paths) >= 2
    for path in paths:
        instance = load_task(path).instantiate(3)
        assert quoted_plan(instance.instruction) is None
        assert len(quoted_plan(instance.quoted) or ()) >= 2
