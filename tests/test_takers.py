"""What takes the keys whichever window has the focus: nothing is typed into it that was not meant for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from agent.desktop import LiveDesktop
from agent.look import DecisionStale
from agent.virtual import VirtualDesktop
from recordings.action import Press, Type
from tests.witnesses import HEIGHT, WIDTH, Witness, popup, witnesses


@pytest.mark.parametrize(
    ("kind", "whole", "taken"),
    [("DROPDOWN_MENU", False, True), ("POPUP_MENU", False, True), ("", False, True), ("", True, True), ("NOTIFICATION", False, False),
     ("TOOLTIP", False, False), ("COMBO", False, False)],
)  # fmt: skip
def test_keys_do_not_go_into_what_came_up_and_takes_them(
    virtual: VirtualDesktop, desktop: LiveDesktop, kind: str, whole: bool, taken: bool
) -> None:
    """A menu has the keyboard whichever window has the focus, and so has what locks the screen."""
    with witnesses(virtual, ("Other", 600, 100), ("Target", 100, 100)) as (other, target):
        desktop.observe()
        came = popup(other, kind, 0, 0, *((WIDTH, HEIGHT) if whole else (120, 90)))
        for action in (Type(text="q"), Press(keys=("enter",))):
            with pytest.raises(DecisionStale, match="has come up that may take the keys, so nothing") if taken else nullcontext():
                desktop.perform(action)
            assert bool(target.got()) != taken
        desktop.observe()
        desktop.perform(Press(keys=("down",)))  # it was seen, and is meant
        assert target.got()
        desktop.observe()
        came.destroy()
        other.display.sync()
        with pytest.raises(DecisionStale, match="the menu that was open has closed") if "MENU" in kind else nullcontext():
            desktop.perform(Press(keys=("enter",)))
        assert bool(target.got()) == ("MENU" not in kind)


def test_what_a_program_proposes_to_what_is_typed_is_no_reason_to_stop(
    virtual: VirtualDesktop, desktop: LiveDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is it its menu; a menu of another program, or what covers the screen, is."""
    with witnesses(virtual, ("Other", 600, 100), ("Target", 100, 100)) as (other, target):
        keyboard = desktop.hands._keyboard
        choose, came = keyboard.choose, list[Any]()
        for owner, kind, stops in (
            (target, "", False),
            (target, "POPUP_MENU", False),
            (other, "NOTIFICATION", False),
            (other, "MENU", True),
        ):
            desktop.observe()
            calls = iter(range(100))

            def come(group: int | None, owner: Witness = owner, kind: str = kind, calls: Iterator[int] = calls) -> None:
                if next(calls) == 3:
                    came.append(popup(owner, kind, 300, 300, 100, 100))
                choose(group)

            monkeypatch.setattr(keyboard, "choose", come)
            with pytest.raises(DecisionStale, match=r"another program .* \(a part of it was done\)") if stops else nullcontext():
                desktop.perform(Type(text="abcd"))
            assert (len(target.got()) == 4) != stops
            came.pop().destroy()
            owner.display.sync()
