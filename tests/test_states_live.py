"""A real dialog whose application tells nothing to accessibility: its boxes are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import small_settings

from agent.session import Session
from recordings.action import Click
from recordings.episode import Outcome, StopReason
from vlm.planner.load import QuotedPlanner

DIALOG = (
    "env NO_AT_BRIDGE=1 GTK_THEME={theme} yad --form --title=Options --field='Wrap long lines':CHK TRUE --field='Show a ruler':CHK FALSE"
    " --field='Keep a backup':CHK FALSE --field='Check spelling':CHK TRUE --button=Close:0"
)


@pytest.mark.desktop
@pytest.mark.parametrize("theme", ["Adwaita", "Adwaita:dark"])
def test_a_ticked_box_is_passed_over_and_an_unticked_one_is_ticked(theme: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.planning.open_planner", lambda settings, stop=None: QuotedPlanner("there is no base"))
        with Session(small_settings(tmp_path, open=(DIALOG.format(theme=theme),))) as session:
            steps = list(session.run('tick "Wrap long lines", tick "Show a ruler", untick "Keep a backup" and untick "Check spelling"'))
    assert session.result is not None and session.result.stop_reason is StopReason.DONE, session.result
    clicked = [step for step in steps if isinstance(step.action, Click) and step.outcome is Outcome.PERFORMED]
    names = [step.prediction.plan.name.lstrip("✓") for step in clicked if step.prediction.plan]
    assert names == ["Show a ruler", "Check spelling"], "and neither the box that is ticked already nor the one that is not"
    assert all(step.changed for step in clicked)
