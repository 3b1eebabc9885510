"""What hands do, as raw events, comes back as the actions that they did."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.recorder.compose import Composer, read_table
from agent.recorder.gestures import DOUBLE_SECONDS, Command, Gesture, Reducer, simplify
from agent.recorder.listening import InputEvent
from recordings.action import MODIFIERS, Action, Click, Drag, Press, Scroll, Type
from recordings.geometry import Point, ScreenTransform
from tests.doings import draw_actions

TRANSFORM = ScreenTransform(0, 0, 1000, 500)
HOTKEY = frozenset({"ctrl", "alt", "escape"})


class Pen:
    """Writes down the events of actions as a system would tell them."""

    def __init__(self) -> None:
        self.events: list[InputEvent] = []
        self.at = 10.0
        self.place = (0, 0)

    def do(self, action: Action, pause: float = 0.01) -> None:
        match action:
            case Click():
                self.move(*self.pixel(action.x, action.y))
                self.keys(action.modifiers, True)
                for _ in range(action.count):
                    self.add("button", action.button, True)
                    self.add("button", action.button, False)
                self.keys(action.modifiers[::-1], False)
            case Drag():
                corners = [self.pixel(*corner) for corner in action.path]
                self.move(*corners[0])
                self.keys(action.modifiers, True)
                self.add("button", action.button, True)
                for (x1, y1), (x2, y2) in itertools.pairwise(corners):
                    for step in range(1, 11):
                        self.move(round(x1 + (x2 - x1) * step / 10), round(y1 + (y2 - y1) * step / 10))
                self.add("button", action.button, False)
                self.keys(action.modifiers[::-1], False)
            case Scroll():
                self.move(*self.pixel(action.x, action.y))
                self.keys(action.modifiers, True)
                for _ in range(abs(action.dy)):
                    self.add("wheel", dy=-1 if action.dy > 0 else 1)
                for _ in range(abs(action.dx)):
                    self.add("wheel", dx=1 if action.dx > 0 else -1)
                self.keys(action.modifiers[::-1], False)
            case Type():
                for character in action.text:
                    self.add("key", character.lower(), True, character=character)
                    self.add("key", character.lower(), False)
            case Press():
                self.keys(action.keys, True)
                self.keys(action.keys[::-1], False)
        self.at += pause

    def keys(self, names: tuple[str, ...], pressed: bool) -> None:
        for name in names:
            self.add("key", name, pressed, character=" " if name == "space" else name if len(name) == 1 else "")

    def move(self, x: int, y: int) -> None:
        self.place = (x, y)
        self.add("move")

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        return TRANSFORM.to_screen(Point(x=x, y=y))

    def add(self, kind: str, name: str = "", pressed: bool = False, **more: object) -> None:
        self.at += 0.002
        self.events.append(InputEvent(kind, name, pressed, *self.place, at=self.at, **more))  # type: ignore[arg-type]


def reduce(events: list[InputEvent], **options: object) -> list[Gesture | Command]:
    reducer = Reducer(**options)  # type: ignore[arg-type]
    return [done for event in events for done in reducer.feed(event)] + reducer.flush()


def actions(events: list[InputEvent]) -> list[Action]:
    return [done.to_action(TRANSFORM) for done in reduce(events) if isinstance(done, Gesture)]


@settings(max_examples=60)
@given(st.integers(0, 1 << 32))
def test_any_doing_comes_back_exactly(seed: int) -> None:
    done = draw_actions(random.Random(seed), 12, TRANSFORM)
    pen = Pen()
    for action in done:
        pen.do(action)
    assert actions(pen.events) == done


anything = st.builds(
    InputEvent,
    st.sampled_from(["move", "button", "wheel", "key"]),
    st.sampled_from(["left", "right", "button8", "a", "", "enter", "altgr", "compose", *MODIFIERS]),
    st.booleans(), st.integers(-50, 50), st.integers(-50, 50), st.integers(-1, 1), st.integers(-1, 1), st.integers(0, 5),
    st.sampled_from(["", "a", "é"]), st.sampled_from(["", "a", "dead_acute", "Multi_key"]),
)  # fmt: skip


@given(st.lists(anything, max_size=60))
def test_whatever_arrives_is_reduced_in_order_and_nothing_is_invented(events: list[InputEvent]) -> None:
    timed = [
        InputEvent(e.kind, e.name, e.pressed, e.x, e.y, e.dx, e.dy, e.code, e.character, e.symbol, at=float(number))
        for number, e in enumerate(events)
    ]
    done = [one for one in reduce(timed, composer=Composer({("dead_acute", "a"): "á"})) if isinstance(one, Gesture)]
    assert all(one.started_at <= one.ended_at for one in done)
    starts = [one.started_at for one in done if one.kind in ("click", "scroll", "type")]
    assert starts == sorted(starts)
    typed = sum(len(one.text) for one in done)
    assert typed <= sum(bool(event.character) for event in timed if event.kind == "key" and event.pressed)
    for one in done:
        one.to_action(TRANSFORM)


def test_clicks_far_apart_in_time_or_place_are_single() -> None:
    pen = Pen()
    pen.do(Click(x=0.5, y=0.5), DOUBLE_SECONDS + 0.1)
    pen.do(Click(x=0.5, y=0.5))
    pen.do(Click(x=0.6, y=0.5))
    assert [action.count for action in actions(pen.events) if isinstance(action, Click)] == [1, 1, 1]


def test_a_fourth_click_begins_anew() -> None:
    pen = Pen()
    for _ in range(4):
        pen.do(Click(x=0.5, y=0.5))
    assert [action.count for action in actions(pen.events) if isinstance(action, Click)] == [3, 1]


def test_a_pending_click_is_finished_when_its_time_is_up() -> None:
    pen, reducer = Pen(), Reducer()
    pen.do(Click(x=0.5, y=0.5))
    assert [done for event in pen.events for done in reducer.feed(event)] == []
    assert reducer.began_at == pytest.approx(10.004)
    assert reducer.due_at is not None and reducer.flush(reducer.due_at - 0.01) == []
    (click,) = reducer.flush(reducer.due_at + 0.01)
    assert isinstance(click, Gesture) and click.kind == "click" and reducer.began_at is None


def test_a_trembling_hand_still_clicks() -> None:
    pen = Pen()
    pen.move(100, 100)
    pen.add("button", "left", True)
    pen.move(102, 101)
    pen.add("button", "left", False)
    assert actions(pen.events) == [Click(x=0.1005, y=0.201)]


def test_wheels_turned_back_are_two_scrolls() -> None:
    pen = Pen()
    pen.do(Scroll(x=0.5, y=0.5, dy=3))
    pen.do(Scroll(x=0.5, y=0.5, dy=2))
    pen.do(Scroll(x=0.5, y=0.5, dy=-1))
    assert [action.dy for action in actions(pen.events) if isinstance(action, Scroll)] == [5, -1]


def test_keys_that_overlap_are_typed_in_the_order_they_went_down() -> None:
    pen = Pen()
    for name, pressed in (("h", True), ("i", True), ("h", False), ("i", False)):
        pen.add("key", name, pressed, character=name)
    assert actions(pen.events) == [Type(text="hi")]


def test_two_shortcuts_with_one_held_modifier() -> None:
    pen = Pen()
    pen.keys(("ctrl", "c"), True)
    pen.keys(("c",), False)
    pen.keys(("v",), True)
    pen.keys(("v", "ctrl"), False)
    assert actions(pen.events) == [Press(keys=("ctrl", "c")), Press(keys=("ctrl", "v"))]


def test_a_modifier_held_over_presses_of_tab_is_one_press() -> None:
    pen = Pen()
    pen.keys(("alt", "tab"), True)
    pen.keys(("tab", "shift", "tab"), False)
    pen.keys(("tab",), True)
    pen.keys(("tab",), False)
    pen.keys(("shift", "tab"), True)
    pen.keys(("tab", "shift", "alt"), False)
    pen.do(Press(keys=("alt", "tab")))
    pen.keys(("ctrl", "shift", "tab"), True)
    pen.keys(("tab", "shift"), False)
    pen.keys(("tab",), True)
    pen.keys(("tab", "ctrl"), False)
    assert actions(pen.events) == [
        Press(keys=("alt", "tab"), then=(("tab",), ("shift", "tab"))), Press(keys=("alt", "tab")),
        Press(keys=("ctrl", "shift", "tab"), then=(("tab",),)),
    ]  # fmt: skip


def test_a_held_modifier_ends_where_the_mouse_is_used() -> None:
    pen = Pen()
    pen.keys(("alt", "left"), True)
    pen.keys(("left",), False)
    pen.do(Click(x=0.5, y=0.5))
    pen.keys(("alt",), False)
    assert actions(pen.events)[0] == Press(keys=("alt", "left"))
    assert actions(pen.events)[1:] == [Click(x=0.5005, y=0.501, modifiers=("alt",))]


@pytest.mark.parametrize("count", [2, 3])
def test_a_click_whose_last_press_moves_is_a_drag_by_words_or_lines(count: int) -> None:
    pen = Pen()
    pen.do(Click(x=0.1005, y=0.201, count=count - 1), 0.0)
    pen.do(Drag(path=((0.1005, 0.201), (0.4005, 0.201))))
    assert actions(pen.events) == [Drag(path=((0.1005, 0.201), (0.4005, 0.201)), count=count)]


def test_a_button_that_stays_down_is_a_long_press() -> None:
    pen = Pen()
    pen.move(100, 100)
    pen.add("button", "left", True)
    pen.at += 1.2
    pen.add("button", "left", False)
    (click,) = actions(pen.events)
    assert isinstance(click, Click) and click.seconds == pytest.approx(1.2, abs=0.01)


def test_modifiers_alone_are_keys_but_not_after_use() -> None:
    pen = Pen()
    pen.do(Press(keys=("super",)))
    pen.do(Press(keys=("ctrl", "shift")))
    pen.do(Click(x=0.5, y=0.5, modifiers=("ctrl",)))
    assert actions(pen.events) == [Press(keys=("super",)), Press(keys=("ctrl", "shift")), Click(x=0.5005, y=0.501, modifiers=("ctrl",))]


def test_the_recorder_s_own_hotkeys_are_no_actions() -> None:
    pen = Pen()
    pen.do(Type(text="abc"))
    pen.do(Press(keys=("ctrl", "alt", "escape")))
    done = reduce(pen.events, commands={HOTKEY: "stop"})
    assert [one.text if isinstance(one, Gesture) else one.name for one in done] == ["abc", "stop"]


def test_dead_keys_and_compose_make_one_character() -> None:
    pen = Pen()
    for symbol, character in (
        ("dead_acute", ""), ("e", "e"), ("Multi_key", ""), ("o", "o"), ("e", "e"), ("dead_circumflex", ""), ("space", " "), ("x", "x"),
        ("dead_acute", ""), ("x", "x"), ("y", "y"),
    ):  # fmt: skip
        pen.add("key", symbol, True, symbol=symbol, character=character)
        pen.add("key", symbol, False, symbol=symbol, character=character)
    assert actions(pen.events) == [Type(text="éœ^xy")]


def test_composing_without_the_system_s_table() -> None:
    composer = Composer({})
    assert [composer.feed("dead_diaeresis", ""), composer.feed("u", "u"), composer.feed("x", "x")] == ["", "ü", "x"]


def test_the_user_s_own_sequences_win(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "compose"  # type: ignore[operator]
    own.write_text('include "%L"\n<Multi_key> <e> <equal> : "\\"€\\"" # mine\n')
    monkeypatch.setenv("XCOMPOSEFILE", str(own))
    assert read_table()[("Multi_key", "e", "equal")] == '"€"'


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=150))
def test_a_simplified_path_keeps_its_ends_and_stays_near(path: list[tuple[int, int]]) -> None:
    corners = simplify(path)
    assert corners[0] == path[0] and corners[-1] == path[-1] and 2 <= len(corners) <= 64
    assert set(corners) <= set(path)
