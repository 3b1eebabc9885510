"""A session that follows a plan on a program of paper: what it shows and keeps, and what it refuses before anything moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import small_settings
from paper import EDITOR, SAVE, PaperDesktop, WrittenPlanner

from agent.approval import Person
from agent.protocols import Decision, Verdict
from agent.session import Session
from recordings.episode import Observation, Prediction
from recordings.errors import DeskhandError
from recordings.store import read_episode
from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.planner.plan import Plan, parse_plan
from vlm.reading.match import TextLocator
from vlm.reading.view import Eyes


class Reader:
    """A person who reads what is shown and agrees to it, or does not."""

    def __init__(self, agrees: bool) -> None:
        self.agrees, self.shown = agrees, list[str]()

    def agree(self, words: str) -> bool:
        self.shown.append(words)
        return self.agrees

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        return Decision(Verdict.APPROVE, by_person=True)

    def answer(self, question: str) -> str | None:
        return None


def session_on_paper(planner: WrittenPlanner, tmp_path: Path, person: Person | None = None, **settings: Any) -> Session:
    desktop = PaperDesktop(EDITOR, "main")
    policy = PlanPolicy(PlanFollower(lambda: planner), Eyes(desktop, TextLocator()))
    return Session(small_settings(tmp_path, **settings), person=person, policy=policy, desktop=desktop)


def test_a_session_shows_its_plan_and_how_far_it_is(tmp_path: Path) -> None:
    with session_on_paper(WrittenPlanner(SAVE), tmp_path) as session:
        assert [step.do for step in session.make_plan("save it as a.txt")] == ["click", "click", "type", "click"]
        seen = []
        for _ in session.run("save it as a.txt"):
            seen.append([line.status for line in session.plan])
        assert seen[0] == ["done", "active", "pending", "pending"] and seen[-1] == ["done"] * 4
        assert session.result is not None and session.result.unchecked and session.result.success
        assert session.result.line().startswith(
            "? save it as a.txt: the model says done, unchecked; the screen changed after 4 of 4 actions, 5 steps"
        )
        assert session.result.to_dict()["plan"][0] == {"do": "click", "target": "File", "status": "done"}
        kept = read_episode(session.result.episode)
        assert [step.prediction.plan.index for step in kept.steps if step.prediction.plan] == [0, 1, 2, 3, 4]


def test_what_the_screen_did_not_confirm_is_said(tmp_path: Path) -> None:
    with session_on_paper(WrittenPlanner("press F5\nclick File"), tmp_path) as session:
        list(session.run("do it"))
        assert session.result is not None
        assert "the screen changed after 1 of 2 actions, not after: press F5" in session.result.line()
        assert session.result.to_dict()["checked"] is False and session.result.to_dict()["unconfirmed"] == ("press F5",)


def test_what_no_step_did_anything_about_is_said_where_nobody_was_asked_first(tmp_path: Path) -> None:
    planner = WrittenPlanner("click File")
    planner.steps = Plan(planner.steps, 1.0, unheeded=("start",))
    with session_on_paper(planner, tmp_path, approve="none") as session:
        list(session.run("open the file menu and start it"))
        assert session.result is not None and session.result.unchecked
        assert "; nothing was done about “start”" in session.result.line()


@pytest.mark.parametrize(
    ("plan", "words", "reason"),
    [
        ("press F5\n" * 60, "do it sixty times", "the plan has 60 steps and this run at most 50"),
        ("press F5", "press it " * 600, "characters"), ("press F5", "Сохрани файл и закрой окно", "another script"),
        ("", "well, hm", "cannot turn"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_before_anything_moves(plan: str, words: str, reason: str, tmp_path: Path) -> None:
    with session_on_paper(WrittenPlanner(plan), tmp_path) as session, pytest.raises(DeskhandError, match=reason):
        list(session.run(words))


@pytest.mark.parametrize("agrees", [True, False])
def test_a_plan_that_its_model_is_not_sure_of_is_shown_first(agrees: bool, tmp_path: Path) -> None:
    person = Reader(agrees)
    with session_on_paper(WrittenPlanner(SAVE, chance=0.5), tmp_path, person, approve="risky") as session:
        if agrees:
            list(session.run("save it as a.txt"))
            assert session.result is not None and session.result.success
        else:
            with pytest.raises(DeskhandError, match="nothing was done"):
                list(session.run("save it as a.txt"))
            assert session.result is None
    (shown,) = person.shown
    assert "not sure" in shown and "save it as a.txt" in shown and all(str(step) in shown for step in parse_plan(SAVE))


def test_with_nobody_to_ask_a_plan_in_doubt_is_not_carried_out(tmp_path: Path) -> None:
    with session_on_paper(WrittenPlanner(SAVE, chance=0.5), tmp_path, approve="risky") as session:
        with pytest.raises(DeskhandError, match="not sure that this is what you mean: click File; "):
            list(session.run("save it as a.txt"))
        list(session.run("save it as a.txt", plan=parse_plan(SAVE)))  # a person has read it
        assert session.result is not None and session.result.success
    for doubtless in (WrittenPlanner(SAVE, chance=0.95), WrittenPlanner(SAVE)):
        with session_on_paper(doubtless, tmp_path, approve="risky") as session:
            list(session.run("save it as a.txt"))
            assert session.result is not None and session.result.success


def test_a_plan_with_a_key_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with session_on_paper(WrittenPlanner(SAVE), tmp_path) as session, pytest.raises(DeskhandError, match="no key"):
        list(session.run("save it", plan=parse_plan("press Hyper+S")))
