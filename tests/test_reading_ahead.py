"""Approval for a policy that reads nothing itself: what is written where it acts is read beside it, and counts."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeDesktop, ScriptedPolicy, small_settings
from PIL import Image, ImageDraw, ImageFont

from agent.approval import Gatekeeper
from agent.doctor import examine
from agent.frame_reader import FrameReader
from agent.gate import gatekeeper_for
from agent.permissions.effective import Permissions
from agent.permissions.opening import permissions_for
from agent.place import Place
from agent.protocols import Verdict
from agent.reading_ahead import ReadingAhead, sight_of
from agent.session import Session
from agent.settings import Settings
from agent.stop import StopSwitch
from recordings.action import parse_action, target_of
from recordings.episode import Element, Observation, Outcome, Prediction, SeenWindow, Step
from recordings.geometry import Box, Point
from vlm.reading.networks import ReaderError
from vlm.reading.reader import open_reader
from vlm.reading.reading import Reading
from vlm.reading.view import Eyes

SIZE = (640, 400)
SAYS = "I go on with the task."


def drawn(*texts: tuple[int, int, str]) -> FakeDesktop:
    """A screen of which accessibility names nothing."""
    desktop = FakeDesktop(SIZE)
    pen = ImageDraw.Draw(desktop.image)
    for x, y, text in texts:
        pen.text((x, y), text, "black", ImageFont.load_default(18))
    return desktop


def gate_for(desktop: FakeDesktop, reader: FrameReader, words: str = "do it") -> tuple[Gatekeeper, ReadingAhead, Observation]:
    observation, sight = desktop.observe(), ReadingAhead(reader)
    sight.begin(observation.screenshot.image)
    settings = Settings(approve="risky")
    return gatekeeper_for(settings, Place(desktop, "host"), sight, Permissions(), None, lambda line: None, words), sight, observation


def judge(gate: Gatekeeper, observation: Observation, action: str) -> str:
    """Why it is asked about; empty where it is not."""
    decision = gate.review(observation, Prediction(action=parse_action(action), thought=SAYS, text=action))
    return decision.reason if decision.verdict is Verdict.STOP else ""


@pytest.fixture(scope="module")
def reader() -> FrameReader:
    return FrameReader(lambda: open_reader("latin", threads=1))


def unreadable() -> FrameReader:
    def fail() -> None:
        raise ReaderError("reading the screen needs the models of the package rapidocr: pip install rapidocr")

    return FrameReader(fail)  # type: ignore[arg-type]


def at(x: int, y: int) -> str:
    return f"click(x={x / SIZE[0]:.3f}, y={y / SIZE[1]:.3f})"


def test_what_is_written_where_it_clicks_counts_whatever_the_model_says(reader: FrameReader) -> None:
    gate, _, observation = gate_for(drawn((60, 60, "Delete account"), (60, 200, "Weiter")), reader)
    assert "Delete" in judge(gate, observation, at(100, 70))
    assert judge(gate, observation, at(80, 210)) == ""


def test_a_button_that_only_affirms_is_judged_by_what_its_window_says(reader: FrameReader) -> None:
    gate, _, observation = gate_for(drawn((60, 60, "Delete all the files in it?"), (400, 300, "OK")), reader)
    whole = Box(x1=0, y1=0, x2=1, y2=1)
    assert "Delete" in judge(gate, replace(observation, active=whole), at(410, 310))
    assert "Delete" in judge(gate, replace(observation, active=whole, dialog=True), 'press(keys=["enter"])')


def test_what_is_typed_beside_a_label_of_passwords_is_asked_about(reader: FrameReader) -> None:
    gate, _, observation = gate_for(drawn((40, 60, "User name"), (40, 120, "Password:")), reader)
    assert judge(gate, observation, at(300, 130)) == ""
    assert "Password" in judge(gate, observation, 'type(text="hunter2")')
    assert "Password" in judge(gate, observation, 'press(keys=["h"])')
    assert judge(gate, observation, at(300, 70)) == "" and judge(gate, observation, 'type(text="ada")') == ""


def test_the_users_words_on_a_strangers_page_are_no_leave_for_a_policy_that_does_not_read(reader: FrameReader) -> None:
    """A page may write the user's own words wherever it likes; who reads finds both of them, and asks which."""
    gate, _, observation = gate_for(drawn((60, 60, "Name"), (60, 200, "Name")), reader, "Click Name and type Fay")
    page = SeenWindow("Order - Chromium", "chromium Chromium")
    assert "strangers" in judge(gate, replace(observation, window=page, window_at=lambda point: page), at(80, 210))
    named = Element(name="Name", role="link", box=Box(x1=0, y1=0, x2=1, y2=1))
    gate._element_soon = lambda point: named
    assert judge(gate, replace(observation, window=page, window_at=lambda point: page), at(80, 70)) == ""


def test_an_icon_is_judged_by_its_name_and_asked_about_where_nobody_knows_it(reader: FrameReader) -> None:
    desktop = drawn((60, 60, "Notes"))
    noise = Image.frombytes("L", (28, 28), random.Random(1).randbytes(28 * 28)).convert(
        "RGB"
    )  # of any other, one in ten is taken for something
    desktop.image.paste(noise, (400, 200))
    gate, sight, observation = gate_for(desktop, reader)
    (icon,) = sight.icons_at(target_of(parse_action(at(414, 214))))  # type: ignore[arg-type]
    assert icon.element.confidence < 0.3 and "no name" in judge(gate, observation, at(414, 214))


def test_where_nothing_can_be_read_what_has_no_name_is_asked_about() -> None:
    gate, sight, observation = gate_for(drawn((60, 60, "Weiter")), unreadable())
    assert "rapidocr" in judge(gate, observation, at(80, 70)) and "rapidocr" in sight.trouble
    assert "rapidocr" in judge(gate, observation, 'press(keys=["enter"])')
    assert judge(gate, observation, 'press(keys=["a"])') == "" and judge(gate, observation, "scroll(x=0.5, y=0.5, dy=3)") == ""


def test_a_frame_that_is_not_read_in_time_is_not_trusted(monkeypatch: pytest.MonkeyPatch, reader: FrameReader) -> None:
    class Slow:
        def read(self, image: Image.Image) -> None:
            time.sleep(0.6)

    monkeypatch.setattr("agent.reading_ahead.READING_SECONDS", 0.05)
    gate, _, observation = gate_for(drawn((60, 60, "Weiter")), FrameReader(Slow))  # type: ignore[arg-type]
    assert "seconds" in judge(gate, observation, at(80, 70))


def test_a_policy_that_reads_keeps_its_own_eyes(reader: FrameReader) -> None:
    class Reads(ScriptedPolicy):
        eyes = Eyes(open_reader("latin"), None)  # type: ignore[arg-type]

    policy = Reads("finish()")
    assert sight_of(policy, reader) is policy.eyes
    assert isinstance(sight_of(ScriptedPolicy("finish()"), reader), ReadingAhead)


def test_the_permissions_and_doctor_say_that_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [line for line in permissions_for(Settings(), "host", None).lines() if "nothing is read" in line]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    permissions = permissions_for(Settings(model="https://127.0.0.1:9/v1"), "host", None)
    (line,) = (line for line in permissions.lines() if "nothing is read" in line)
    assert "rapidocr" in line and "asked about" in line
    assert "rapidocr" in permissions.to_json()["unread"]
    own = permissions_for(Settings(), "virtual", None)
    assert not [line for line in own.lines() if "nothing is read" in line], "nobody is asked there"


def test_doctor_says_it_of_a_model_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object, **more: object) -> None:
        raise ReaderError("reading the screen needs the package onnxruntime: pip install onnxruntime")

    monkeypatch.setattr("agent.doctor._model", lambda source: None)
    monkeypatch.setattr("vlm.reading.reader.open_reader", missing)
    found = next(one for one in examine(Settings(model="somewhere")) if one is not None and one.name == "reader")
    assert found.optional and not found.ok and "asks about what accessibility does not name" in found.line()


@pytest.mark.parametrize(("button", "refused"), [("Delete", True), ("Back", False)])
def test_a_program_without_accessibility_is_read(tmp_path: Path, reader: FrameReader, button: str, refused: bool) -> None:
    """The policy's words are harmless; what it clicks need not be."""

    class Sees(ScriptedPolicy):
        def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
            reading = reader.read(observation.screenshot.image)
            assert reading is not None
            place = next(one.box.center for one in reading.elements if button in one.text)
            action = f"click(x={place.x:.4f}, y={place.y:.4f})"
            return Prediction(action=parse_action(action), text=action, thought=SAYS)

    message = f"env NO_AT_BRIDGE=1 GTK_A11Y=none yad --title=Note --text=Well? --button={button}:1"
    with Session(small_settings(tmp_path, desktop="virtual", approve="risky", open=(message,), steps=1), policy=Sees()) as session:
        (step,) = session.run("look at it")
    assert (step.outcome is Outcome.REFUSED) is refused, step.note
    assert not refused or "Delete" in step.note


class Behind:
    """A reader that reads one frame at once, and of each other waits until it is let go."""

    def __init__(self) -> None:
        self.go, self.reads = threading.Event(), 0

    def read(self, image: Image.Image) -> Reading:
        self.reads += 1
        if self.reads > 1:
            self.go.wait(30)
        return Reading((), image.size, 0.0)


def test_a_frame_is_never_judged_by_what_was_read_of_the_one_before() -> None:
    once = Behind()
    reader = FrameReader(lambda: once)  # type: ignore[arg-type]
    _, sight, _ = gate_for(drawn(), reader)
    assert sight.reading is not None and sight.trouble == ""
    reader.trouble = "the reader's models are gone"
    sight.begin(drawn().image)
    assert sight.reading is None and "gone" in sight.trouble and sight.icons_at(Point(x=0.5, y=0.5)) == ()


def test_all_questions_about_a_frame_wait_together_as_long_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.reading_ahead.READING_SECONDS", 0.4)
    slow = Behind()
    gate, sight, observation = gate_for(drawn(), FrameReader(lambda: slow))  # type: ignore[arg-type]
    for _ in range(2):
        sight.begin(replace(observation.screenshot, image=drawn().image).image)
        began = time.monotonic()
        assert "seconds" in judge(gate, observation, "drag(path=[[0.1, 0.1], [0.9, 0.9]])")
        assert 0.3 < time.monotonic() - began < 0.8, "another frame is waited for anew"
    slow.go.set()


def test_a_stop_ends_the_waiting_for_a_reading() -> None:
    slow, switch = Behind(), StopSwitch()
    sight = ReadingAhead(FrameReader(lambda: slow), switch)  # type: ignore[arg-type]
    for _ in range(2):
        sight.begin(drawn().image)
    stopping = threading.Timer(0.2, switch.stop)
    stopping.start()
    began = time.monotonic()
    assert sight.reading is None and time.monotonic() - began < 5 and "stopped" in sight.trouble
    slow.go.set()
    stopping.join()


def test_a_process_waits_for_what_is_being_read_before_it_ends() -> None:
    """A thread that is left alone in a network's library ends the process with an error."""
    program = """
import time
from PIL import Image
from agent.frame_reader import FrameReader
from agent.reading_ahead import ReadingAhead

class Slow:
    def read(self, image):
        time.sleep(0.5)
        print("read", flush=True)

ReadingAhead(FrameReader(Slow)).begin(Image.new("RGB", (10, 10)))
print("ends", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "ends\nread\n"
