"""Corrections: by keys in the terminal UI while the agent asks, by a real hand on the mouse, and of a recording during a ground replay."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import types
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from demonstrations import BUTTONS, make_episode
from fakes import ScriptedPolicy, small_settings
from PIL import Image
from stage import CLICK, SMALL, WIDE, Stage, proposal, type_line, until
from textual.pilot import Pilot

from agent.correction import editable_text, edited, shifted
from agent.screen import Screen
from agent.session import Session
from agent.settings import Settings
from agent.tui.replay import ReplayApp, make_replay_app
from agent.tui.start import make_app
from agent.virtual import VirtualDesktop
from recordings.action import Action, ActionSyntaxError, Click, Finish, Press, Type, parse_action
from recordings.episode import READ, Outcome, Source, StopReason
from recordings.geometry import Point, ScreenTransform
from recordings.store import Episode, read_episode
from vlm.reading.reader import open_reader

# Pure parts.


@pytest.mark.parametrize(
    ("text", "right", "down", "expected"),
    [
        ("click(x=0.5, y=0.5, count=2)", 10, -1, "click(x=0.5164, y=0.4990, count=2)"),
        ("click(x=0, y=1)", -10, 10, "click(x=0.0008, y=0.9990)"),
        ("scroll(x=0.5, y=0.5, dy=3)", 1, 1, "scroll(x=0.5023, y=0.5031, dy=3)"),
        ("drag(path=[[0.1, 0.1], [0.5, 0.5]])", -1, 0, "drag(path=[[0.1000, 0.1000], [0.4992, 0.5010]])"),
        ('press(keys=["a"])', 5, 5, 'press(keys=["a"])'),
    ],
)
def test_a_place_moves_by_pixels_and_stays_inside(text: str, right: int, down: int, expected: str) -> None:
    assert str(shifted(parse_action(text), right, down, (640, 480))) == expected


def test_moving_there_and_back_lands_on_the_same_pixel() -> None:
    transform = ScreenTransform(0, 0, 640, 480)
    for x in (0.0, 0.1234, 0.5, 0.9999):
        action: Action = Click(x=x, y=x)
        moved = shifted(shifted(action, 10, -7, (640, 480)), -10, 7, (640, 480))
        assert isinstance(moved, Click)
        if 0.05 < x < 0.95:
            assert transform.to_screen(Point(x=moved.x, y=moved.y)) == transform.to_screen(Point(x=x, y=x))


def test_a_text_is_changed_as_text_and_anything_else_as_an_action() -> None:
    assert editable_text(Type(text="Grüße")) == "Grüße" and edited(Type(text="Grüße"), "(x=1") == Type(text="(x=1")
    assert edited(Type(text="a"), 'press(keys=["enter"])') == Press(keys=("enter",))
    assert editable_text(Type(text="a\n")) == 'type(text="a\\n")' and edited(Type(text="a\n"), 'type(text="b\\n")') == Type(text="b\n")
    with pytest.raises(ActionSyntaxError):
        edited(Click(x=0.5, y=0.5), "clik")


# While the agent asks.


class Kept(Stage):
    """A stage whose runs are recorded."""

    def __init__(self, policy: ScriptedPolicy, tmp_path: Path) -> None:
        super().__init__(policy, approve="each")
        settings = Settings(approve="each", episodes=tmp_path)  # type: ignore[arg-type]
        self.app = make_app(settings, open_session=partial(Session, policy=policy, desktop=self.desktop), list_tasks=list)

    @property
    def episode(self) -> Episode:
        return read_episode(self.app.results[0].episode)


async def test_the_crosshair_is_moved_and_both_wishes_are_kept(tmp_path: Path) -> None:
    stage = Kept(ScriptedPolicy(CLICK, "finish()", thought="now [Edit]"), tmp_path)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await pilot.press("m")
        assert stage.app.panel.mode == "moving" and "move the crosshair" in stage.shown
        await pilot.press("right", "right", "down", "shift+left")
        drawn = stage.app.board.live.scene.action
        assert drawn == Click(x=round((160 + 19.5) / 640, 4), y=round((240 + 10.5) / 480, 4)) and f"x={drawn.x:.3f}" in stage.words
        assert not stage.desktop.performed
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == [drawn]
        await pilot.press("ctrl+q")
    step = stage.episode.steps[0]
    assert step.source is Source.CORRECTED and step.action == drawn and step.outcome is Outcome.PERFORMED
    assert step.prediction.action == parse_action(CLICK) and step.prediction.thought == "now [Edit]"
    assert stage.episode.steps[1].source is Source.AGENT and step.before_frame and step.after_frame


async def test_the_text_is_changed(tmp_path: Path) -> None:
    stage = Kept(ScriptedPolicy('type(text="helo")', CLICK, "finish()"), tmp_path)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await pilot.press("e")
        assert stage.app.panel.mode == "editing" and stage.app.panel.field.value == "helo"
        await pilot.press("backspace", "l", "o", "space", "m", "s", "enter")
        await proposal(pilot, stage, 1)
        assert stage.desktop.performed == [Type(text="hello ms")]
        await pilot.press("e")
        stage.app.panel.field.value = "clik(x=1)"
        await pilot.press("enter")
        assert stage.app.panel.mode == "editing" and len(stage.desktop.performed) == 1 and "clik" in stage.shown
        stage.app.panel.field.value = 'press(keys=["ctrl", "s"])'
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.panel.field.value == "", "the next instruction begins empty"
        await until(pilot, lambda: 'wanted type(text="helo")' in stage.shown and "corrected" in stage.shown)
        await pilot.press("ctrl+q")
    assert [step.source for step in stage.episode.steps] == [Source.CORRECTED, Source.CORRECTED, Source.AGENT]
    assert [step.action for step in stage.episode.steps][:2] == [Type(text="hello ms"), Press(keys=("ctrl", "s"))]
    assert stage.episode.steps[1].prediction.action == parse_action(CLICK)


async def test_escape_leaves_a_correction_and_changes_nothing(tmp_path: Path) -> None:
    stage = Kept(ScriptedPolicy(CLICK, "finish()"), tmp_path)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        for key in ("m", "e"):
            await pilot.press(key, "right", "escape")
            assert stage.app.panel.mode == "approving" and stage.app.board.live.scene.action == parse_action(CLICK)
        await pilot.press("m", "left", "right", "a")
        assert stage.app.panel.mode == "moving", "what is placed is begun by enter, what is proposed approved by a"
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")
    moved = stage.episode.steps[0]
    assert moved.action == Click(x=round(160.5 / 640, 4), y=round(240.5 / 480, 4)), "the same pixel, by its centre"


async def test_stopping_works_out_of_a_correction(tmp_path: Path) -> None:
    stage = Kept(ScriptedPolicy(CLICK), tmp_path)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await pilot.press("m", "right", "ctrl+x")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].stop_reason is StopReason.STOPPED and not stage.desktop.performed
        assert stage.app.panel.mode == "ready"
        await pilot.press("ctrl+q")


async def test_what_has_no_place_cannot_be_moved_and_nobody_takes_over_a_virtual_desktop(tmp_path: Path) -> None:
    stage = Kept(ScriptedPolicy('type(text="x")', "finish()"), tmp_path)
    stage.app.settings.desktop = "virtual"
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await pilot.press("m", "t")
        assert stage.app.panel.mode == "approving" and "do it yourself" not in stage.shown
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


@pytest.mark.desktop
@pytest.mark.parametrize("how", ["t", "hotkey"])
async def test_a_hand_on_the_real_mouse_takes_over_until_it_hands_back(
    tmp_path: Path, virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("DISPLAY", virtual_desktop.display)
    policy = ScriptedPolicy("click(x=0.2500, y=0.5000)", "finish()")
    settings = small_settings(tmp_path, desktop="host", approve="each")
    app = make_app(settings, open_session=partial(Session, policy=policy), list_tasks=list)

    def hand(*what: str) -> None:
        subprocess.run(["xdotool", *what], env=virtual_desktop.env, check=True, timeout=20)

    say = "printf '\\n\\n\\n   Reminders\\n'; exec sleep 99"
    terminal = virtual_desktop.spawn(["xterm", "-T", "bare", "-fa", "DejaVu Sans Mono", "-fs", "16", "-e", "sh", "-c", say])
    virtual_desktop.place_window("bare", 200, 300, 500, 300)
    with closing(Screen(virtual_desktop.display)) as screen:
        read = open_reader().read(screen.grab().to_screenshot().image).elements
    word = next(one for one in read if one.text == "Reminders").box.center
    x, y = int(word.x * 1024), int(word.y * 768)
    hand("mousemove", "100", "100")
    async with app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "click it")
        await until(pilot, lambda: app.panel.mode == "approving", 30)
        await pilot.press("t")
        await until(pilot, lambda: app.panel.mode == "taking")
        await pilot.press("t")
        await until(pilot, lambda: app.panel.mode == "approving")  # nothing was done by hand
        await pilot.press("t")
        await until(pilot, lambda: app.panel.mode == "taking")
        both = ("mousemove", str(x), str(y), "click", "1", "sleep", "1.5", "mousemove", "900", "700", "click", "3", "sleep", "1.5")
        last = ("mousemove", "800", "600", "click", "1") if how == "t" else ("key", "ctrl+alt+h")
        await asyncio.to_thread(hand, *both, *last)
        assert (not app.results and app.panel.mode == "taking") or how != "t", "the person goes on until they hand back"
        if how == "t":
            await pilot.press("t")
        await until(pilot, lambda: app.results, 30)
        await pilot.press("ctrl+q")
    step, *others, end = read_episode(app.results[0].episode).steps
    assert step.source is Source.CORRECTED and step.outcome is Outcome.PERFORMED
    more = [Click(x=900.5 / 1024, y=700.5 / 768, button="right"), *([Click(x=800.5 / 1024, y=600.5 / 768)] if how == "t" else [])]
    assert [other.action for other in others] == [one.model_copy(update={"x": round(one.x, 4), "y": round(one.y, 4)}) for one in more]
    assert all(other.source is Source.HUMAN and other.before_frame and other.outcome is Outcome.PERFORMED for other in others)
    assert isinstance(end.action, Finish) and len(policy.histories) == 2, "the model was asked before and after, and not in between"
    terminal.terminate()
    virtual_desktop.windows.wait_gone("bare")
    assert step.element is not None and (step.element.name, step.element.role) == ("Reminders", READ), "what it was done to is kept"
    assert step.action == Click(x=round((x + 0.5) / 1024, 4), y=round((y + 0.5) / 768, 4)) and step.prediction.action == Click(
        x=0.25, y=0.5
    )
    assert app.results[0].stop_reason is StopReason.DONE and "act" not in step.seconds, "the agent's own hands did nothing"


# During a ground replay.


class Pointing:
    """A model that finds one button only, and takes its time."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()

    def look(self, image: Image.Image) -> Pointing:
        return self

    def ground(self, text: str) -> types.SimpleNamespace:
        assert self.go_on.wait(20)
        place = BUTTONS["Open"].center
        return types.SimpleNamespace(point=place, box=BUTTONS["Open"], confidence=0.5, seconds=0.125)


class Replay:
    """A replay's app on a painted episode."""

    def __init__(self, tmp_path: Path, ask_for: str | None = "element") -> None:
        self.model = Pointing()
        self.episode = read_episode(make_episode(tmp_path))
        settings = Settings(episodes=tmp_path, model="test")
        self.app: ReplayApp = make_replay_app(
            settings, self.episode, ask_for, load=lambda stop: (self.model, ScriptedPolicy("click(x=0.5, y=0.5)"))  # type: ignore[arg-type]
        )  # fmt: skip

    @property
    def shown(self) -> str:
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    async def done(self, pilot: Pilot[int]) -> None:
        await until(pilot, lambda: self.app._ended)


async def test_a_ground_replay_shows_hits_and_stores_corrections(tmp_path: Path) -> None:
    replay = Replay(tmp_path)
    async with replay.app.run_test(size=WIDE) as pilot:
        await replay.done(pilot)
        summary = replay.app.summary
        assert (summary.hits, summary.judged, summary.asked, summary.left_out) == (1, 4, 5, 4)
        await until(pilot, lambda: "1/4 = 25.0%" in replay.shown and "✓" in replay.shown and "✗" in replay.shown)
        assert replay.app.live.scene.action == Click(x=0.2, y=0.15) and replay.app.live.scene.recorded == (
            Point(x=0.2, y=0.15),
            BUTTONS["Open"],
        )
        await pilot.press("down", "down")
        await until(pilot, lambda: "asked for 'Save'" in replay.shown and "0.500 away" in replay.shown)
        await pilot.press("m", "down", "shift+right", "enter")
        assert replay.app.panel.mode == "grounding" and replay.app.corrections.count == 1
        await pilot.press("r")
        assert replay.app.corrections.count == 2
        await until(pilot, lambda: "2 corrections" in replay.shown)
        await pilot.press("s")
        assert replay.app.summary.judged == 3
        await until(pilot, lambda: "left out" in replay.shown)
        await pilot.press("q")
    stored = read_episode(replay.app.corrections.path)
    assert stored.problems == () and stored.header.name == "shown-corrected" and stored.header.extra == {"corrects": "shown"}
    first, second = stored.steps
    assert first.source is second.source is Source.CORRECTED and first.prediction == second.prediction
    assert first.prediction.action == Click(x=0.2, y=0.15, count=2) and first.prediction.box == BUTTONS["Open"]
    assert first.action == Click(x=round(65.5 / 320, 4), y=round(40.5 / 200, 4), count=2) and first.element is None
    assert second.action == Click(x=0.7, y=0.15, count=2) and second.element.name == "Save" and second.note == "corrects step 2 of shown"
    assert stored.frame(second, "before").tobytes() == replay.episode.frame(replay.episode.steps[2], "before").tobytes()
    assert read_episode(replay.episode.path).steps == replay.episode.steps, "the recording stays as it was"


async def test_a_person_may_look_around_while_the_model_still_works(tmp_path: Path) -> None:
    replay = Replay(tmp_path)
    replay.model.go_on.clear()
    async with replay.app.run_test(size=SMALL) as pilot:
        await pilot.press("down", "m", "e", "r", "s")
        assert replay.app.panel.mode == "grounding" and not replay.app.answers
        replay.model.go_on.set()
        await replay.done(pilot)
        await pilot.press("up", "e")
        replay.app.panel.field.value = 'press(keys=["q"])'
        await pilot.press("enter")
        assert replay.app.corrected == {0: Press(keys=("q",))}
        assert all(
            widget.region.bottom <= 24 and widget.region.right <= 80 for widget in replay.app.screen.walk_children() if widget.region
        )
        await pilot.press("ctrl+q")
    assert replay.app.return_value == 0


async def test_watching_steps_through_the_frames(tmp_path: Path) -> None:
    replay = Replay(tmp_path, None)
    (replay.episode.path / replay.episode.steps[1].before_frame).unlink()
    async with replay.app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "thought 0" in replay.shown and "Save it, please" in replay.shown)
        await pilot.press("down")
        await until(pilot, lambda: replay.app.live.scene is None)
        await until(pilot, lambda: "this step has no frame" in replay.shown and "thought 1" in replay.shown)
        await pilot.press("down", "m", "e", "s")
        assert replay.app.live.scene.action == Click(x=0.7, y=0.15, count=2) and replay.app.panel.mode == "watching"
        await pilot.press("q")
    assert replay.app.corrections.path is None and sorted(path.name for path in tmp_path.iterdir()) == ["shown"]


async def test_a_model_that_cannot_be_asked_says_so(tmp_path: Path) -> None:
    from recordings.errors import DeskhandError

    def broken(stop: threading.Event) -> None:
        raise DeskhandError("the folder holds no weights")

    replay = Replay(tmp_path)
    replay.app._load = broken  # type: ignore[assignment]
    async with replay.app.run_test(size=WIDE) as pilot:
        await replay.done(pilot)
        assert "holds no weights" in replay.shown
        await pilot.press("q")
    assert replay.app.return_value == 1
