"""What real windows are asked about: terminals and password fields are told apart by what they are, not by what they are called."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
from approval_cost import measure
from fakes import ScriptedPolicy, small_settings

from agent.session import Session
from recordings.episode import Outcome

TYPE = 'type(text="hunter2")'


@pytest.mark.parametrize(
    ("program", "action", "reason"),
    [
        ("yad --entry --title=Hello --hide-text", TYPE, "password field"),
        ("yad --entry --title=Hello", TYPE, None),
        ("xterm -T htop -e cat", TYPE, "terminal"),
        ("xterm -class Editor -name editor -T notes -e cat", TYPE, "terminal"),
        ("xterm -T htop -e cat", 'press(keys=["enter"])', "terminal"),
        ("yad --title=Note --text=Well? --button=Delete:0 --button=Back:1", 'press(keys=["enter"])', "has the keyboard"),
        ("yad --title=Note --text=Delete-everything? --button=Yes:0 --button=Back:1", 'press(keys=["enter"])', "says"),
        ("yad --title=Note --text=Well? --button=Further:0 --button=Back:1", 'press(keys=["enter"])', None),
    ],
)
def test_what_is_typed_into(tmp_path: Path, program: str, action: str, reason: str | None) -> None:
    settings = small_settings(tmp_path, desktop="virtual", approve="risky", open=(program,), steps=1)
    with Session(settings, policy=ScriptedPolicy(action)) as session:
        (step,) = session.run("type it")
    assert step.outcome is (Outcome.REFUSED if reason else Outcome.PERFORMED)
    assert (reason or "") in step.note


def test_what_approval_adds_to_a_step(tmp_path: Path) -> None:
    """A sample of what `python -m tests.approval_cost 120` measures, of this process's own time: a busy machine makes others wait."""
    costs = measure(7, tmp_path)
    passed, computed = statistics.median(costs.passed), statistics.median(costs.computed)
    print(f"approval of {len(costs.passed)} steps: {passed:.1f} ms passed, {computed:.1f} computed")
    assert len(costs.computed) == 7 and computed <= 15
