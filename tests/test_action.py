"""Printing and parsing an action is the identity, and the parser refuses all else in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.action import (
    ACTION_ADAPTER,
    ACTION_CLASSES,
    MODIFIERS,
    NAMED_KEYS,
    Action,
    ActionSyntaxError,
    Ask,
    Click,
    Drag,
    Finish,
    Move,
    Press,
    Scroll,
    Type,
    Wait,
    parse_action,
    print_action,
    target_of,
)
from recordings.geometry import Point

fractions = st.floats(0, 1)
notches = st.integers(-100, 100)
buttons = st.sampled_from(["left", "middle", "right"])
keys = st.sampled_from((*MODIFIERS, *NAMED_KEYS)) | st.characters().filter(lambda key: key.isprintable() and not key.isspace())
modifiers = st.lists(st.sampled_from(MODIFIERS), max_size=4).map(tuple)
seconds = st.floats(0, 60)
chord = st.lists(keys, min_size=1, max_size=5).map(tuple)
path = st.lists(st.tuples(fractions, fractions), min_size=2, max_size=5).map(tuple)
STRATEGIES: dict[type, st.SearchStrategy[Action]] = {
    Click: st.builds(Click, x=fractions, y=fractions, button=buttons, count=st.integers(1, 3), modifiers=modifiers, seconds=seconds),
    Move: st.builds(Move, x=fractions, y=fractions),
    Drag: st.builds(Drag, path=path, button=buttons, modifiers=modifiers, count=st.integers(1, 3)),
    Scroll: st.builds(Scroll, x=fractions, y=fractions, dx=notches, dy=notches, modifiers=modifiers),
    Type: st.builds(Type, text=st.text()),
    Press: st.builds(Press, keys=chord, then=st.lists(chord, max_size=3).map(tuple)),
    Wait: st.builds(Wait, seconds=st.floats(0, 60)),
    Ask: st.builds(Ask, question=st.text()),
    Finish: st.builds(Finish, success=st.booleans(), answer=st.text()),
}
actions = st.one_of(*STRATEGIES.values())


def test_every_kind_is_drawn() -> None:
    assert set(STRATEGIES) == set(ACTION_CLASSES)


@given(actions)
def test_parsing_inverts_printing(action: Action) -> None:
    assert parse_action(print_action(action)) == action
    assert parse_action(f"  {action}\n") == action


@given(actions)
def test_files_keep_actions(action: Action) -> None:
    assert ACTION_ADAPTER.validate_json(ACTION_ADAPTER.dump_json(action)) == action


@given(actions)
def test_fewer_decimals_move_the_target_by_less_than_one_of_them(action: Action) -> None:
    parsed = parse_action(print_action(action, decimals=3))
    before, after = target_of(action), target_of(parsed)
    assert (before is None) == (after is None)
    if before and after:
        assert max(abs(before.x - after.x), abs(before.y - after.y)) <= 0.0006
    assert print_action(parsed, decimals=3) == print_action(action, decimals=3)


@given(st.text() | st.from_regex(r"(click|type|drag|press)\(((x|y|text|path|keys|kind)=[^)]{0,12},? ?){0,3}\)?"))
def test_any_text_is_an_action_or_a_syntax_error(text: str) -> None:
    try:
        action = parse_action(text)
    except ActionSyntaxError as error:
        assert str(error)
    else:
        assert isinstance(action, ACTION_CLASSES)


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (Click(x=0.1979, y=0.913), "click(x=0.1979, y=0.9130)"),
        (
            Click(x=0, y=1, button="right", count=2, modifiers=("ctrl",)),
            'click(x=0.0000, y=1.0000, button="right", count=2, modifiers=["ctrl"])',
        ),
        (Drag(path=((0, 0), (0.5, 1))), "drag(path=[[0.0000, 0.0000], [0.5000, 1.0000]])"),
        (Scroll(x=0.5, y=0.5, dy=-3), "scroll(x=0.5000, y=0.5000, dy=-3)"),
        (Scroll(x=0.5, y=0.5, dy=1, modifiers=("ctrl",)), 'scroll(x=0.5000, y=0.5000, dy=1, modifiers=["ctrl"])'),
        (Type(text='Grüße, "日本"\n'), 'type(text="Grüße, \\"日本\\"\\n")'),
        (Press(keys=("ctrl", "s")), 'press(keys=["ctrl", "s"])'),
        (Wait(), "wait()"),
        (Finish(success=False), "finish(success=false)"),
    ],
)
def test_the_text_form(action: Action, text: str) -> None:
    assert print_action(action) == text
    assert parse_action(text) == action


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected one action"),
        ("click at the button", "expected one action"),
        ("click(x=0.5, y=0.5) click(x=0.5, y=0.5)", "expected ','"),
        ("click(x=0.5)", "y: Field required"),
        ("click(x=0.5, x=0.5, y=0.5)", "x is given twice"),
        ("click(x=1.5, y=0.5)", "x: Input should be less than or equal to 1"),
        ("click(x=NaN, y=0.5)", "NaN is not a number"),
        ("click(x=0.5, y=0.5, kind=1)", "kind is the action's name"),
        ("click(x=0.5, y=0.5, z=1)", "z: Extra inputs"),
        ("jump(x=0.5)", "jump"),
        ("type(text=__import__('os'))", "not a JSON value"),
        ('type(text="\\ud800")', "surrogate"),
        ("press(keys=[])", "keys: "),
        ('press(keys=["ctrl", "sneeze"])', "unknown key 'sneeze'"),
        ("type(text=" + "[" * 100_000, "text"),
    ],
)
def test_mistakes_are_named(text: str, complaint: str) -> None:
    with pytest.raises(ActionSyntaxError) as caught:
        parse_action(text)
    assert complaint in str(caught.value)


def test_targets() -> None:
    assert target_of(Drag(path=((0.1, 0.2), (0.3, 0.4)))) == Point(x=0.1, y=0.2)
    assert target_of(Type(text="a")) is None
