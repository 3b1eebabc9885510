"""Where accessibility says nothing, the recorder names what was clicked by what is written there: real programs without accessibility."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from test_recorder import Recording, written

from agent.recorder.naming import Namer, written_at
from agent.recorder.recorder import Recorder
from agent.virtual import VirtualDesktop
from recordings.action import Click
from recordings.episode import READ, Element
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from recordings.painting import PAINT
from recordings.secrets.rules import Rules
from recordings.store import Episode
from tests.probe import wait_until
from vlm.reading.reader import ScreenReader, open_reader
from vlm.reading.reading import ScreenElement

SIZE = (800, 600)


@pytest.fixture(scope="module")
def reader() -> ScreenReader:
    return open_reader()


class NamedRecording(Recording):
    """A recording that names what it can by reading."""

    def __init__(self, virtual: VirtualDesktop, root: Path, name_at: object) -> None:
        super().__init__(virtual, root)
        self.recorder = Recorder(
            self.screen, self.writer, Rules(), display=virtual.display, session_bus=self.bus, name_at=name_at  # type: ignore[arg-type]
        )  # fmt: skip

    def click_on(self, words: str, reader: ScreenReader) -> None:
        """Click on a word where the screen has it."""
        self.recorder.watch.settled_after(time.monotonic(), 10)
        found = next(one for one in reader.read(self.screen.grab().to_screenshot().image).elements if words in one.text)
        start = found.text.index(words)
        place = found.part(start, start + len(words)).center
        self.do(Click(x=round(place.x, 4), y=round(place.y, 4)))


@contextmanager
def named(virtual: VirtualDesktop, root: Path, name_at: object) -> Iterator[NamedRecording]:
    made = NamedRecording(virtual, root, name_at)
    made.recorder.start()
    try:
        yield made
    finally:
        made.recorder.stop()


@contextmanager
def shown(virtual: VirtualDesktop, title: str, argv: list[str]) -> Iterator[None]:
    program = virtual.spawn(argv)
    try:
        virtual.place_window(title, 80, 60, 760, 420)
        yield
    finally:
        program.terminate()
        virtual.windows.wait_gone(title)


def terminal(words: str) -> list[str]:
    return ["xterm", "-T", "bare", "-fa", "DejaVu Sans Mono", "-fs", "14", "-e", "sh", "-c", f"printf '\\n\\n{words}\\n'; exec sleep 99"]


def test_a_terminal_and_a_qt_editor_without_accessibility_are_named_by_reading(
    virtual_desktop: VirtualDesktop, reader: ScreenReader, tmp_path: Path
) -> None:
    name_at = Namer(lambda: open_reader(threads=1), Rules())
    with (
        shown(virtual_desktop, "bare", terminal("  Reminders\\n\\n\\n  Archive")),
        named(virtual_desktop, tmp_path, name_at) as one,
    ):
        one.click_on("Reminders", reader)
        one.click_on("Archive", reader)
        first = one.end()
    silent = ["env", "DBUS_SESSION_BUS_ADDRESS=disabled:", "featherpad", "--standalone"]
    with shown(virtual_desktop, "Untitled", silent), named(virtual_desktop, tmp_path, name_at) as one:
        one.click_on("Search", reader)
        second = one.end()
    steps = [*first.steps, *second.steps]
    assert [step.element and step.element.name for step in steps] == ["Reminders", "Archive", "Search"]
    for step in steps:
        assert step.element is not None and step.element.role == READ and step.element.checked is None
        assert step.target is not None and step.element.box.contains(step.target)
    assert not name_at.trouble


def test_what_accessibility_names_is_not_read(virtual_desktop: VirtualDesktop, reader: ScreenReader, tmp_path: Path) -> None:
    asked: list[Point] = []
    yad = ["yad", "--form", "--title=Spoken", "--field=Town", "--button=Send order:0"]
    with (
        shown(virtual_desktop, "Spoken", yad),
        named(virtual_desktop, tmp_path, lambda image, point: asked.append(point)) as one,
    ):
        one.click_on("Send order", reader)
        episode = one.end()
    element = episode.steps[0].element
    assert element is not None and (element.name, element.role) == ("Send order", "push button") and not asked


def test_a_secret_that_only_reading_finds_is_kept_nowhere(virtual_desktop: VirtualDesktop, reader: ScreenReader, tmp_path: Path) -> None:
    with (
        shown(virtual_desktop, "bare", terminal("  jane.roe@example.org")),
        named(virtual_desktop, tmp_path, Namer(lambda: open_reader(threads=1), Rules())) as one,
    ):
        one.click_on("jane", reader)
        episode: Episode = one.end()
    step = episode.steps[0]
    assert step.element is not None and step.element.role == READ and step.element.name == "[mail]"
    assert "mail" in {hidden.kind for hidden in step.hidden or () if hidden.place == "element"}
    assert b"jane" not in written(episode)
    for which in ("before", "after"):
        frame = episode.frame(step, which)  # type: ignore[arg-type]
        assert frame is not None and step.target is not None
        assert frame.getpixel((int(step.target.x * 1024), int(step.target.y * 768))) == PAINT
        assert not any("jane" in one.text for one in reader.read(frame).elements)


def test_a_secret_in_pieces_is_known_as_one(reader: ScreenReader) -> None:
    picture = Image.new("RGB", SIZE, "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(20)
    for number, group in enumerate(("4111", "1111", "1111", "1111")):
        draw.text((100 + 120 * number, 300), group, fill="black", font=font)
    found = Namer(lambda: reader, Rules())(picture, Point(x=120 / 800, y=312 / 600))
    assert found is not None and Rules().redact(found.name) == ("[card]", ("card",))


def test_a_slow_reader_holds_up_no_event(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    began: list[float] = []

    def slow(image: Image.Image, point: Point) -> Element | None:
        began.append(time.monotonic())
        time.sleep(1.5)
        return Element(name=f"slow {len(began)}", role=READ, box=Box(x1=0, y1=0, x2=1, y2=1))

    with shown(virtual_desktop, "bare", terminal("words")), named(virtual_desktop, tmp_path, slow) as one:
        one.hands.observe()
        for number in range(4):
            one.hands.perform(Click(x=0.3 + 0.1 * number, y=0.3))
        wait_until(lambda: began)
        heard, at = one.recorder.heard, time.monotonic()
        one.hands.perform(Click(x=0.35, y=0.4))
        wait_until(lambda: one.recorder.heard >= heard + 3 and one.recorder._events.empty())
        assert time.monotonic() - at < 1.0
        episode = one.end()
    names = [step.element.name for step in episode.steps if step.element is not None]
    assert names == [f"slow {number}" for number in range(1, 6)] and len(episode.steps) == 5


def test_without_a_reader_elements_stay_unnamed_and_it_is_opened_once() -> None:
    opened: list[int] = []

    def broken() -> ScreenReader:
        opened.append(1)
        raise DeskhandError("the packages that read are missing")

    name_at = Namer(broken, Rules())
    picture, middle = Image.new("RGB", SIZE), Point(x=0.5, y=0.5)
    assert name_at(picture, middle) is None and name_at(picture, middle) is None
    assert opened == [1] and "missing" in name_at.trouble


def at(text: str, left: int, top: int, width: int, height: int = 16) -> ScreenElement:
    return ScreenElement(text, Box.from_pixels(left, top, width, height, SIZE), 0.99)


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [
        (110, 108, "Save"),  # on the word
        (80, 108, "Save"),  # on the button's edge, or on the box before a label
        (110, 126, "Save"),  # below the word, still on the button
        (70, 108, None),  # next to it
        (110, 140, None),
        (205, 108, "Cancel"),  # between two, nearer to one
        (400, 300, None),
        (310, 108, "x"),  # a small thing in front of a long line
    ],
)
def test_what_is_written_near_enough_names_the_place(x: int, y: int, name: str | None) -> None:
    words = [at("Save", 100, 100, 40), at("Cancel", 220, 100, 50), at("a long line " * 20, 290, 98, 400, 20), at("x", 305, 100, 10)]
    found = written_at(words, Point(x=x / SIZE[0], y=y / SIZE[1]), SIZE)
    assert (found.name if found else None) == name
    if found is not None:
        assert found.box.contains(Point(x=x / SIZE[0], y=y / SIZE[1]))


def test_the_box_is_told_of_the_whole_picture(reader: ScreenReader) -> None:
    picture = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(picture).text((300, 400), "Preferences", fill="black", font=ImageFont.load_default(20))
    found = Namer(lambda: reader, Rules())(picture, Point(x=350 / 800, y=412 / 600))
    assert found is not None and found.name == "Preferences"
    assert 395 / 600 < found.box.y1 < 408 / 600 and 412 / 600 < found.box.y2 < 430 / 600
    assert Namer(lambda: reader, Rules())(picture, Point(x=350 / 800, y=120 / 600)) is None
