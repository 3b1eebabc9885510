"""Real programs on a virtual desktop, followed by the default engine with words that are quoted: no model has to be there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import small_settings

from agent.session import Session
from recordings.episode import Outcome, StopReason
from vlm.planner.load import QuotedPlanner
from vlm.planner.plan import parse_plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Session]:
    """One engine for all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.planning.open_planner", lambda settings, stop=None: QuotedPlanner("there is no base"))
        with Session(small_settings(folder, width=1024, height=768, seed=5)) as session:
            yield session


@pytest.mark.desktop
@pytest.mark.parametrize("task", ["editor-save", "editor-preferences", "calculator-sum"])
def test_a_demo_task_is_done(session: Session, task: str) -> None:
    steps = list(session.run(task))
    assert session.result is not None and session.result.verdict is True, session.result
    assert session.plan and all(line.status == "done" for line in session.plan)
    looked = sorted(step.prediction.seconds for step in steps)[len(steps) // 2]
    print(f"{task}: look, read and locate in {looked:.2f} s (median of {len(steps)})")


@pytest.mark.desktop
def test_what_is_not_there_ends_as_not_done_and_what_nobody_foresaw_is_not_answered(session: Session) -> None:
    session.settings = session.settings.model_copy(update={"open": ("mousepad",)})
    list(session.run('click "Edit", then click "Frobnicate"'))
    assert session.result is not None and session.result.stop_reason is StopReason.FAILED and not session.result.success
    assert "I do not see “Frobnicate”" in session.result.detail
    assert [line.status for line in session.plan] == ["done", "asked"]

    steps = list(session.run('type "hello" and press Ctrl+Q'))
    assert session.result.stop_reason is StopReason.FAILED and "“Save Changes” came up, which nobody planned" in session.result.detail
    assert [step.action.kind for step in steps if step.outcome is Outcome.PERFORMED and step.action] == ["type", "press", "finish"]


@pytest.mark.desktop
def test_a_plan_can_be_made_first_changed_and_followed_and_a_closed_window_ends_it(session: Session) -> None:
    session.settings = session.settings.model_copy(update={"open": ("mousepad",)})
    request = 'type "hello" and press Ctrl+Q'
    made = session.make_plan(request)
    assert [str(step) for step in made] == ["type hello", "press Ctrl+Q"]
    list(session.run(request, plan=parse_plan("press Ctrl+Q\nclick Edit")))
    assert session.result is not None and session.result.stop_reason is StopReason.FAILED
    assert "has closed" in session.result.detail and session.result.steps == 1
    assert [(str(line.step), line.status) for line in session.plan] == [("press Ctrl+Q", "done"), ("click Edit", "pending")]
