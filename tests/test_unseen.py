"""Terminals inside other programs are covered in what is kept: also those that an action closes, and also once accessibility is silent."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fakes import FakeDesktop, ScriptedPolicy, small_settings

from agent.accessibility import Accessibility
from agent.keeping import Unseen, without_unseen
from agent.place import Place
from agent.private import WINDOW
from agent.protocols import Decision, Verdict
from agent.recorder.gestures import Gesture
from agent.recorder.judging import Judge
from agent.recorder.scribe import Draft
from agent.recorder.witness import Witness
from agent.session import Session
from agent.virtual import VirtualDesktop
from agent.x11.display import Window
from recordings.action import Type
from recordings.episode import INTERRUPTED, Element, EpisodeHeader, Observation, Outcome, Prediction, Source, Step
from recordings.geometry import Box
from recordings.keeper import StepKeeper
from recordings.painting import PAINT
from recordings.secrets.memory import MOST_FOUND, Redactor
from recordings.secrets.pieces import TypedPieces
from recordings.secrets.rules import Rules
from recordings.store import EpisodeWriter, read_episode

PANEL = Box(x1=0, y1=0.5, x2=1, y2=1)


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminals: Any) -> tuple[FakeDesktop, Any]:
    """A run of one click, on a desktop of which `terminals` tells where terminals are."""
    desktop = FakeDesktop()
    made = Unseen.__init__
    monkeypatch.setattr(
        Unseen, "__init__", lambda self, place: made(self, Place(desktop, "host", terminals=lambda area: terminals(desktop)))
    )
    policy = ScriptedPolicy("click(x=0.5, y=0.5)", "finish()")
    with Session(small_settings(tmp_path, approve="none"), policy=policy, desktop=desktop) as session:
        list(session.run("close the panel"))
        assert session.result is not None and session.result.episode is not None
        return desktop, read_episode(session.result.episode)


def covers(frame: Any) -> bool:
    assert frame is not None
    return frame.getpixel((frame.width // 2, frame.height * 3 // 4)) == PAINT  # type: ignore[no-any-return]


def test_a_terminal_that_the_action_closes_is_covered_in_the_frame_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminals(desktop: FakeDesktop) -> Sequence[Box]:
        return () if desktop.performed else (PANEL,)

    desktop, episode = run(tmp_path, monkeypatch, terminals)
    assert desktop.performed and covers(episode.frame(episode.steps[0], "before"))


def test_where_nobody_can_tell_frames_are_covered_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminals(desktop: FakeDesktop) -> Sequence[Box]:
        if not desktop.performed:
            raise OSError("the display is gone")
        return ()

    _, episode = run(tmp_path, monkeypatch, terminals)
    assert covers(episode.frame(episode.steps[0], "before"))


def test_a_recording_covers_terminals_once_the_accessibility_bus_is_gone(
    virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: Accessibility, texts: bool = False) -> list[object]:
        raise OSError("the bus is gone")

    monkeypatch.setattr(Accessibility, "nodes", gone)
    editor = virtual_desktop.spawn(["xterm", "-class", "Editor", "-name", "editor", "-T", "edits"])
    witness = Witness(Rules(), session_bus=virtual_desktop.env.get("DBUS_SESSION_BUS_ADDRESS"), display=virtual_desktop.display)
    try:
        virtual_desktop.wait_for_window("edits")
        window = next(one for one in virtual_desktop.windows.all() if one.title == "edits")
        survey = witness._survey()
        assert window.id in survey.held and survey.in_terminal(window) and "cannot be read" in witness.trouble
        assert any(secret.kind == WINDOW and secret.width * secret.height > 10_000 for secret in survey.secrets)
    finally:
        witness.stop()
        editor.terminate()
        virtual_desktop.windows.wait_gone("edits")


@pytest.mark.parametrize(("title", "verdict"), [("web1 - noVNC - Chromium", "doubt"), ("News - Chromium", "shown")])
def test_what_a_person_types_into_another_machine_in_a_browser_is_in_doubt(
    title: str, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.recorder.judging.is_still", lambda *seen: False)
    seen: Any = SimpleNamespace(in_image=lambda *box: None, screenshot=SimpleNamespace(image=None))
    typed = Draft(Gesture("type", 0.0, 1.0, text="ab"), seen, seen, 0.0, window=Window(1, title, "chromium Chromium", None, 0, 0, 100, 100))
    assert Judge(lambda image: None).verdict([typed], None) == verdict, "so short a text is not hidden for not having been read elsewhere"


def typing(place: Place, text: str, tmp_path: Path) -> str:
    """What is kept of a text that was typed there, in all that is written."""
    action = Type(text=text)
    step = Step(index=0, prediction=Prediction(action=action, text=str(action)), action=action)
    keeper = StepKeeper(EpisodeWriter.create(tmp_path, EpisodeHeader(name="run", instruction="x")), Redactor(Rules()))
    unseen = Unseen(place)
    unseen.look(FakeDesktop().observe().screenshot)
    unseen.begin(action)
    keeper.append(unseen.without(step, keeper))
    return (tmp_path / "run" / "steps.jsonl").read_text(encoding="utf-8")


def raises() -> bool:
    raise ValueError("a bus that says nonsense")


def test_what_goes_into_a_field_of_which_nobody_can_tell_what_it_is_is_not_kept(tmp_path: Path) -> None:
    desktop = FakeDesktop()
    assert "swordfish" in typing(Place(desktop, "host"), "swordfish", tmp_path / "a")
    assert "swordfish" not in typing(Place(desktop, "host", types_password=raises), "swordfish", tmp_path / "b")
    assert "swordfish" not in typing(Place(desktop, "host", password_seen=lambda: True), "swordfish", tmp_path / "c")


def test_a_text_that_leaves_its_field_is_typed_once_it_is_known_what_the_field_is(tmp_path: Path) -> None:
    place, asked = Place(FakeDesktop(), "host"), threading.Event()

    def slow() -> bool:
        time.sleep(0.2)
        asked.set()
        return True

    for text, known in (("swordfish\n", True), ("bob\tx", True), ("swordfish", False)):
        asked.clear()
        unseen = Unseen(replace(place, types_password=slow))
        unseen.begin(Type(text=text))
        assert asked.is_set() is known, text
        asked.wait(5)


def test_a_tab_in_the_midst_may_lead_into_a_password_field(tmp_path: Path) -> None:
    field = Element(name="Password", role="password text", box=PANEL)
    place = Place(FakeDesktop(), "host", everything=lambda area: [field])
    assert "swordfish" not in typing(place, "bob\tswordfish\n", tmp_path / "a")
    assert "swordfish" in typing(place, "swordfish\n", tmp_path / "b"), "which goes where the keyboard is"
    assert "swordfish" in typing(replace(place, everything=lambda area: ()), "bob\tswordfish\n", tmp_path / "c")


def test_what_a_person_types_instead_of_a_click_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Corrects:
        def decide(self, *_: object) -> Decision:
            return Decision(Verdict.APPROVE, Type(text="swordfish"), Source.CORRECTED)

        def answer(self, question: str) -> None:
            """Has none."""

    made = Unseen.__init__
    monkeypatch.setattr(Unseen, "__init__", lambda self, place: made(self, replace(place, types_password=lambda: True)))
    policy = ScriptedPolicy("click(x=0.5, y=0.5)", "finish()")
    settings = small_settings(tmp_path, approve="each")
    with Session(settings, policy=policy, desktop=FakeDesktop(), person=Corrects()) as session:  # type: ignore[arg-type]
        steps = list(session.run("log in"))
    assert "[secret]" in str(steps[0].action)
    assert not any(b"swordfish" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("outcome", "note", "kept"),
    [
        (Outcome.FAILED, "the keyboard belongs to another window", False),
        (Outcome.SKIPPED, f"{INTERRUPTED}you pressed a key", False),
        (Outcome.SKIPPED, "the user does not want this action", True),
        (Outcome.REFUSED, "needs approval", True),
    ],
)
def test_of_what_was_typed_blindly_in_part_nothing_is_kept(outcome: Outcome, note: str, kept: bool, tmp_path: Path) -> None:
    action = Type(text="swordfish\n")
    step = Step(index=0, prediction=Prediction(action=action), action=action, outcome=outcome, note=note, window_class="xterm XTerm")
    keeper = StepKeeper(EpisodeWriter.create(tmp_path, EpisodeHeader(name="run", instruction="x")), Redactor(Rules()))
    assert ("swordfish" in str(without_unseen(step, keeper))) is kept


def test_a_page_that_shows_any_number_of_tokens_lets_no_password_be_forgotten() -> None:
    redactor = Redactor(Rules())
    for number in range(2 * MOST_FOUND):
        redactor.learn_from(f"ghp_{number:036d}q7Rk2Lm9Xz")
    assert len(redactor.known) <= 2 * MOST_FOUND + 2
    assert redactor.learn("swordfish") and redactor.redact("it is swordfish")[0] == "it is [secret]"
    assert "[token]" in redactor.redact(f"ghp_{10 * MOST_FOUND:036d}q7Rk2Lm9Xz")[0], "which the rules find again"


def test_long_texts_are_no_pieces_of_a_secret_and_are_not_searched_again_with_each_step() -> None:
    pieces, redactor, began = TypedPieces(), Redactor(Rules()), time.monotonic()
    for index, text in enumerate(["word " * 20_000] * 40 + ["ghp_q7Rk2Lm9", "Xz4Wb8Tn5Vc3Hd6Jf1aa"]):
        action = Type(text=text)
        pieces.add(Step(index=index, prediction=Prediction(action=action), action=action), redactor)
    assert time.monotonic() - began < 2.0
    assert set(pieces.spans) == {40, 41}


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.SKIP])
def test_what_was_asked_about_as_a_password_is_not_kept(verdict: Verdict, tmp_path: Path) -> None:
    class Asked:
        def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
            return Decision(verdict if "password" in concern else Verdict.APPROVE)

        def answer(self, question: str) -> None:
            """Has none."""

    policy = ScriptedPolicy('type(text="swordfish")', 'type(text="barracuda")', "finish()", thought="")
    policy.on_predict = lambda: setattr(policy, "thought", "" if policy.histories else "I enter the passphrase")
    settings = small_settings(tmp_path, approve="risky")
    with Session(settings, policy=policy, desktop=FakeDesktop(), person=Asked()) as session:  # type: ignore[arg-type]
        list(session.run("sign me in"))
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*.jsonl"))
    assert b"swordfish" not in written and b"[secret]" in written
