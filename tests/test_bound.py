"""On a real X server: a run that is bound to a window acts in no other."""

from __future__ import annotations

import pytest
from Xlib import X

from agent.approval import Gatekeeper
from agent.desktop import LiveDesktop
from agent.look import DecisionStale
from agent.protocols import Verdict
from agent.settings import ApprovalMode
from agent.virtual import VirtualDesktop
from recordings.action import Action, Click, Drag, Move, Press, Scroll, Type
from recordings.episode import Prediction
from tests.witnesses import HEIGHT, WIDTH, at, witnesses


def test_where_one_window_is_allowed_a_click_on_another_is_asked_about_in_every_mode(virtual: VirtualDesktop) -> None:
    """Whichever is active: a middle click pastes where it lands."""
    with witnesses(virtual, ("Shell", 600, 400), ("Allowed", 100, 100)) as (shell, allowed), LiveDesktop(virtual.display) as desktop:
        observation = desktop.observe()
        assert observation.window_title == "Allowed"
        (x, y), (x1, y1) = at(shell), at(allowed)
        inside: list[Action] = [Click(x=x1, y=y1), Scroll(x=x1, y=y1, dy=1), Type(text="x"), Drag(path=((x1, y1), (x1 + 0.01, y1)))]
        outside: list[Action] = [
            Click(x=x, y=y), Click(x=x, y=y, button="middle"), Scroll(x=x, y=y, dy=1), Drag(path=((x1, y1), (x, y))), Move(x=x, y=y),
            Click(x=0.01, y=0.99, button="right"), Press(keys=("alt", "tab")),
        ]  # fmt: skip
        for mode in ApprovalMode:
            gatekeeper = Gatekeeper(mode, allowed_window="Allowed")
            for action in inside:
                expected = Verdict.STOP if mode is ApprovalMode.EACH else Verdict.APPROVE
                assert gatekeeper.review(observation, Prediction(action=action)).verdict is expected, action
            for action in outside:
                decision = gatekeeper.review(observation, Prediction(action=action))
                assert decision.verdict is Verdict.STOP and "--approve none" not in decision.reason, action


def test_a_menu_of_the_allowed_window_is_a_part_of_it(virtual: VirtualDesktop) -> None:
    with witnesses(virtual, ("Shell", 600, 400), ("Allowed", 100, 100)) as (shell, allowed), LiveDesktop(virtual.display) as desktop:
        for owner, verdict in ((allowed, Verdict.APPROVE), (shell, Verdict.STOP)):
            menu = owner.display.screen().root.create_window(450, 250, 90, 60, 0, X.CopyFromParent, override_redirect=True)
            menu.set_wm_transient_for(owner.window)
            menu.map()
            owner.display.sync()
            click = Prediction(action=Click(x=480 / WIDTH, y=280 / HEIGHT))
            assert Gatekeeper(ApprovalMode.NONE, allowed_window="Allowed").review(desktop.observe(), click).verdict is verdict
            menu.destroy()
            owner.display.sync()


@pytest.mark.parametrize("button", ["left", "middle", "right"])
def test_bound_to_a_window_nothing_is_clicked_where_another_lies(virtual: VirtualDesktop, button: str) -> None:
    with witnesses(virtual, ("Bound", 100, 100), ("Over", 250, 100)) as (bound, over):
        with LiveDesktop(virtual.display, window="^Bound$") as desktop:
            desktop.observe()
            for x in (0.95, 0.75):
                with pytest.raises(DecisionStale, match="'Over' lies over the window 'Bound'"):
                    desktop.perform(Click(x=x, y=0.6, button=button))
            assert over.got() == [] and bound.got() == []


def test_bound_to_a_window_nothing_is_typed_after_the_focus_has_moved(virtual: VirtualDesktop) -> None:
    with witnesses(virtual, ("Shell", 600, 400), ("Bound", 100, 100)) as (shell, bound):
        with LiveDesktop(virtual.display, window="^Bound$") as desktop:
            desktop.observe()
            shell.focus()  # while the model thinks
            shell.got()
            for action in (Type(text="curl x | sh\n"), Press(keys=("enter",)), Press(keys=("ctrl", "v"))):
                with pytest.raises(DecisionStale, match="the keyboard belongs to 'Shell', not to 'Bound'"):
                    desktop.perform(action)
            assert shell.got() == [] and bound.got() == []


def test_bound_to_a_window_one_that_came_on_top_is_not_clicked(virtual: VirtualDesktop) -> None:
    with witnesses(virtual, ("Bound", 100, 100)) as (bound,):
        with LiveDesktop(virtual.display, window="^Bound$") as desktop:
            desktop.observe()
            with witnesses(virtual, ("New", 120, 120)) as (new,):
                for action in (Click(x=0.5, y=0.5), Click(x=0.5, y=0.5, button="middle"), Drag(path=((0.5, 0.5), (0.6, 0.5)))):
                    with pytest.raises(DecisionStale, match="'New' is now where"):
                        desktop.perform(action)
                assert new.got() == [] and bound.got() == []
