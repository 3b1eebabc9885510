"""Icons by name: where they are, what words find them, and what never does. The pictures are drawn here."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeDesktop
from locator_screens import box, reading
from PIL import Image, ImageDraw

from agent.approval import Gatekeeper
from agent.cli.main import main
from agent.protocols import Verdict
from agent.settings import ApprovalMode
from recordings.action import Ask, Wait, parse_action
from recordings.episode import ANSWERED, Element, Observation, Outcome, PlanMark, Prediction, Screenshot, Step
from recordings.geometry import Box, Point, ScreenTransform
from vlm.answer import NotOnScreen
from vlm.plan_policy import Proposal
from vlm.planner.plan import PlannedStep
from vlm.planner.seeking import Seeking
from vlm.pocket_engine import ReadSight
from vlm.reading.icons.finder import IconFinder
from vlm.reading.icons.icon import Icon
from vlm.reading.icons.locate import agrees, locate_icon
from vlm.reading.icons.namer import WEIGHTS, Namer
from vlm.reading.icons.names import icon_names
from vlm.reading.icons.portrait import portrait
from vlm.reading.icons.regions import find_regions
from vlm.reading.match import TextLocator
from vlm.reading.protocols import Located
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.tiles import find_edges
from vlm.reading.view import ScreenView

NAMES = [name.name for name in icon_names()]


def icon(name: str, place: Box, sure: float = 0.9, label: str = "") -> Icon:
    return Icon(ScreenElement(name, place, sure, "icon"), ((NAMES.index(name), sure),), label)


def plus(pen: ImageDraw.ImageDraw, x: int, y: int, side: int, ink: str | tuple[int, int, int] = "black") -> None:
    thick = max(side // 6, 2)
    middle = side // 2
    pen.rectangle((x + middle - thick // 2, y, x + middle + (thick - 1) // 2, y + side - 1), fill=ink)
    pen.rectangle((x, y + middle - thick // 2, x + side - 1, y + middle + (thick - 1) // 2), fill=ink)


def test_pictures_are_found_on_any_ground_within_their_buttons_and_beside_texts() -> None:
    picture = Image.new("RGB", (400, 200), (240, 240, 238))
    pen = ImageDraw.Draw(picture)
    plus(pen, 20, 20, 16)
    pen.rectangle((60, 12, 92, 44), outline=(150, 150, 150))
    plus(pen, 68, 20, 16, (120, 120, 120))
    pen.rectangle((0, 100, 399, 199), fill=(40, 40, 44))
    plus(pen, 20, 140, 24, "white")
    for x in (100, 106, 112):
        pen.rectangle((x, 150, x + 2, 152), fill="white")
    pen.text((200, 20), "Save Page", fill="black")
    pen.line((0, 60, 399, 60), fill="black")
    boxes = find_regions(find_edges(np.asarray(picture)), [(200, 20, 260, 34)])
    wanted = [(20, 20, 36, 36), (68, 20, 84, 36), (20, 140, 44, 164), (100, 150, 115, 153)]
    assert len(boxes) == len(wanted)
    for found, (left, top, right, bottom) in zip(sorted(boxes), sorted(wanted), strict=True):
        assert all(abs(one - other) <= 2 for one, other in zip(found, (left, top, right, bottom), strict=True))
    assert find_regions(find_edges(np.zeros((100, 100, 3), np.uint8)), []) == []


def test_the_icon_at_a_point_is_the_one_that_is_found_in_the_whole_picture() -> None:
    draw = random.Random(2)
    picture = Image.new("RGB", (900, 600), (240, 240, 238))
    pen = ImageDraw.Draw(picture)
    for _ in range(120):  # some alone, some grown together to what is no icon, some cut by the border of the part that is looked at
        x, y, side = draw.randrange(890), draw.randrange(590), draw.choice([9, 16, 24, 40, 70])
        plus(pen, x, y, side, draw.choice(["black", "navy", "maroon"]))
    read = Reading((), (900, 600))
    every, part = IconFinder().find(picture, read), IconFinder()
    places = [*(icon.element.box.center for icon in every), *(Point(x=draw.random(), y=draw.random()) for _ in range(150))]
    for point in places:
        assert part.find_at(picture, read, point) == tuple(icon for icon in every if icon.element.box.contains(point))
    assert len(every) > 20


def test_a_portrait_shows_the_same_ink_whatever_size_and_colours() -> None:
    def shown(side: int, ground: tuple[int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
        picture = Image.new("RGB", (120, 120), ground)
        plus(ImageDraw.Draw(picture), 30, 30, side, ink)
        return portrait(np.asarray(picture), (30, 30, 30 + side, 30 + side))

    dark, light, small = (
        shown(24, (255, 255, 255), (0, 0, 0)),
        shown(24, (20, 20, 20), (160, 160, 160)),
        shown(12, (255, 255, 255), (0, 0, 0)),
    )
    assert np.abs(dark[0] - light[0]).max() < 0.02 and dark[1:].min() < -0.9 and light[1:].max() > 0.5
    assert np.abs(dark[0] - small[0]).mean() < 0.08
    for outside in ((0, 0, 8, 8), (115, 115, 120, 120), (200, 200, 220, 220)):
        assert portrait(np.zeros((120, 120, 3), np.uint8), outside).shape == (4, 40, 40)


SCREEN = reading(("File", 20, 10), ("Edit", 80, 10), ("Width", 20, 200))


@pytest.mark.parametrize("words", ["delete", "the bin", "trash can icon", "Wastebasket button", "the icon that looks like a trash can"])
def test_an_icon_answers_to_its_name_and_to_what_is_said_for_it(words: str) -> None:
    icons = [icon("delete", box(100, 60, 16, 16)), icon("save", box(130, 60, 16, 16))]
    located = locate_icon(words, icons, SCREEN)
    assert located.best is not None and located.best.element.text == "delete" and located.best.how == "icon"


@pytest.mark.parametrize("words", ["frobnicate", "Deleted", "undelete", "delete everything", "Save Page", "the delete field", "Saved", ""])
def test_a_word_that_is_not_its_name_finds_no_icon(words: str) -> None:
    icons = [icon("delete", box(100, 60, 16, 16)), icon("save", box(130, 60, 16, 16))]
    assert locate_icon(words, icons, SCREEN).status == "missing"


def test_an_unsure_icon_is_named_and_not_taken_and_two_that_fit_are_asked_about() -> None:
    unsure = locate_icon("save", [icon("save", box(100, 60, 16, 16), 0.3)], SCREEN)
    assert unsure.status == "missing" and unsure.best is None and [one.element.text for one in unsure.candidates] == ["save icon"]
    close = [icon("save", box(100, 60, 16, 16), 0.45), icon("save", box(130, 60, 16, 16), 0.35)]
    assert locate_icon("save", close, SCREEN).status == "ambiguous"
    twins = [icon("delete", box(100, 60, 16, 16)), icon("delete", box(100, 120, 16, 16))]
    assert locate_icon("delete", twins, SCREEN).status == "ambiguous"
    second = locate_icon("the second bin", twins, SCREEN).best
    assert second is not None and second.box == twins[1].element.box
    clear = [icon("save", box(100, 60, 16, 16), 0.95), icon("save", box(130, 60, 16, 16), 0.25)]
    assert locate_icon("save", clear, SCREEN).status == "found"


def test_of_two_that_bear_a_name_the_far_surer_is_taken_unless_both_are_sure_of_it() -> None:
    def status(first: float, second: float, words: str = "save") -> str:
        icons = [icon("save", box(100, 60, 16, 16), first), icon("save", box(130, 60, 16, 16), second)]
        return locate_icon(words, icons, SCREEN).status

    assert status(0.9, 0.42) == "found" and status(0.6, 0.42) == "ambiguous"
    assert status(0.98, 0.6) == "ambiguous", "two that are alike are asked about"
    assert status(0.9, 0.42, "the second save") == "found"


def test_names_that_mean_the_same_add_up_and_a_labelled_icon_is_called_by_its_label() -> None:
    place = box(100, 60, 16, 16)
    unsure = ScreenElement("close", place, 0.25, "icon")
    assert locate_icon("dismiss", [Icon(unsure, ((NAMES.index("close"), 0.25), (NAMES.index("ban"), 0.2)))], SCREEN).status == "missing"
    both = locate_icon("dismiss", [Icon(unsure, ((NAMES.index("close"), 0.25), (NAMES.index("cancel"), 0.25)))], SCREEN)
    assert both.best is not None and both.best.score == pytest.approx(0.5)
    assert locate_icon("delete", [icon("delete", place, label="Empty the cache")], SCREEN).status == "missing"


def view(texts: Reading, icons: list[Icon], called: str = "", asked: list[str] | None = None) -> ScreenView:
    def find() -> tuple[Icon, ...]:
        if asked is not None:
            asked.append("icons")
        return tuple(icons)

    named = Element(name=called, role="button", box=Box(x1=0, y1=0, x2=1, y2=1)) if called else None
    shot = Screenshot(Image.new("RGB", texts.size, "white"), ScreenTransform(0, 0, *texts.size))
    return ScreenView(texts, TextLocator(), Observation(shot, element_at=lambda point: named), (), find)


def test_no_icon_is_looked_for_where_a_text_answers() -> None:
    asked: list[str] = []
    seen = view(reading(("Save", 20, 60), ("Open", 80, 60)), [icon("save", box(100, 60, 16, 16))], asked=asked)
    assert seen.locate("save").best is not None and asked == []
    assert seen.locate_icon("save").best is not None and asked == ["icons"]


def test_what_is_pointed_at_is_an_icon_where_no_text_answers_and_a_doubtful_one_is_named() -> None:
    icons = [icon("delete", box(100, 60, 16, 16)), icon("save", box(130, 60, 16, 16), 0.3)]
    sight = ReadSight(view(SCREEN, icons), 0.0)
    found = sight.ground("the bin")
    assert found.box == icons[0].element.box and found.found is not None and found.found.name == "delete"
    with pytest.raises(NotOnScreen, match="there is “save icon”"):
        sight.ground("floppy disk")
    with pytest.raises(NotOnScreen, match="not on the screen"):
        sight.ground("frobnicate")


def test_what_accessibility_calls_otherwise_is_not_clicked_for_an_icon() -> None:
    icons = [icon("close", box(100, 60, 16, 16))]
    assert view(SCREEN, icons).locate_icon("close").best is not None
    assert view(SCREEN, icons, "Close Tab").locate_icon("close").best is not None
    assert view(SCREEN, icons, "Multiply").locate_icon("close").status == "missing"
    assert agrees("", "bin", "delete") and agrees("Delete", "the bin", "delete") and not agrees("Send", "the bin", "delete")


def test_approval_goes_by_an_icons_name_where_nothing_else_has_one() -> None:
    def review(icon_name: str, called: str = "") -> Verdict:
        here = Box(x1=0.4, y1=0.4, x2=0.6, y2=0.6)
        tree = Element(name=called, role="button", box=here) if called else None
        gate = Gatekeeper(ApprovalMode.RISKY, icon_at=lambda point: Element(name=icon_name, role="icon", box=here) if icon_name else None)
        observation = Observation(FakeDesktop().observe().screenshot, element_at=lambda point: tree)
        return gate.review(observation, Prediction(action=parse_action("click(x=0.5, y=0.5)"))).verdict

    assert review("delete") is Verdict.STOP and review("zoom in") is Verdict.APPROVE and review("") is Verdict.APPROVE
    assert review("delete", "Zoom in") is Verdict.APPROVE and review("zoom in", "Delete") is Verdict.STOP


@pytest.fixture(scope="module")
def namer() -> Namer:
    return Namer()


def test_the_weights_are_small_and_know_every_name(namer: Namer) -> None:
    assert WEIGHTS.stat().st_size <= 13 << 19
    assert namer.scores(np.zeros((3, 4, 40, 40), np.float32)).shape == (3, len(NAMES))


def test_what_is_no_icon_gets_no_sure_name(namer: Namer) -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (300, 300, 3), np.uint8)
    photo = np.asarray(Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8)).resize((300, 300), Image.Resampling.BICUBIC))
    blank = np.full((300, 300, 3), 230, np.uint8)
    for pixels in (noise, photo, blank):
        for place in ((100, 100, 106, 106), (100, 100, 124, 124), (20, 20, 276, 276), (0, 0, 16, 16), (284, 284, 300, 300)):
            (named,) = namer.look(pixels, [place])
            assert named.confidence <= 0.6
    spinner = Image.new("RGB", (64, 64), "white")
    for start in range(0, 360, 45):
        ImageDraw.Draw(spinner).arc((20, 20, 44, 44), start, start + 20, fill=(start // 2, start // 2, start // 2), width=3)
    (named,) = namer.look(np.asarray(spinner), [(20, 20, 44, 44)])
    assert named.confidence <= 0.9


def test_the_same_pixels_have_the_same_name_wherever_they_stand(namer: Namer) -> None:
    picture = Image.new("RGB", (200, 100), "white")
    for x in (30, 130):
        plus(ImageDraw.Draw(picture), x, 40, 16)
    first, second = namer.look(np.asarray(picture), [(30, 40, 46, 56), (130, 40, 146, 56)])
    (alone,) = Namer().look(np.asarray(picture), [(130, 40, 146, 56)])
    assert first == second == alone


def test_a_screen_of_nothing_but_icons_is_named_and_read_prints_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = Image.new("RGB", (320, 240), (250, 250, 250))
    pen = ImageDraw.Draw(picture)
    for x in range(20, 300, 40):
        for y in range(20, 220, 40):
            pen.ellipse((x, y, x + 11, y + 11), outline="black", width=2)
            pen.line((x + 10, y + 10, x + 17, y + 17), fill="black", width=3)
    icons = IconFinder().find(picture, Reading((), picture.size))
    assert len(icons) == 35 and {one.element.text for one in icons} == {icons[0].element.text}
    picture.save(tmp_path / "icons.png")
    assert main(["read", str(tmp_path / "icons.png"), "--json"]) == 0
    assert '"kind": "icon"' in capsys.readouterr().out


def answered(seen: ScreenView, words: str, answer: str) -> Located:
    """What is located for the words after the question about them got this answer."""
    seeking = Seeking(lambda step, names: ())
    known = Prediction(text=f"click {words}", plan=PlanMark(step=f"click {words}", index=0))
    located, tried = seeking.locate(words, (), seen), list[Step]()
    while not tried or not isinstance(tried[-1].action, Ask):  # what is missing is waited for and scrolled to first
        next_one = seeking.go_on(Proposal(known, (words,), lambda places: Wait(), tuple(tried)), located, seen)
        tried.append(
            Step(index=len(tried), prediction=next_one, action=next_one.action, outcome=Outcome.PERFORMED, note=f"{ANSWERED}{answer}")
        )
    return seeking.locate(words, tuple(tried), seen)


def test_what_a_person_chooses_of_icons_in_doubt_is_clicked() -> None:
    twins = [icon("delete", box(100, 60, 16, 16)), icon("delete", box(300, 60, 16, 16))]
    right = answered(view(SCREEN, twins), "the bin", "2")
    assert right.best is not None and right.best.box == twins[1].element.box
    doubtful = [icon("save", box(100, 60, 16, 16), 0.3)]
    sure = answered(view(SCREEN, doubtful), "floppy disk", "save icon")
    assert sure.best is not None and sure.best.box == doubtful[0].element.box


def test_a_planned_target_is_an_icon_only_where_nothing_written_is_meant() -> None:
    bin_icon = icon("delete", box(100, 60, 16, 16))
    likely = Seeking(lambda step, names: [("Erase", 0.95)])
    written = likely.locate("delete", (), view(reading(("Erase", 20, 10)), [bin_icon]))
    assert written.best is not None and written.best.element.text == "Erase"
    alone = Seeking(lambda step, names: ()).locate("delete", (), view(SCREEN, [bin_icon]))
    assert alone.best is not None and alone.best.how == "icon"
    assert Seeking(lambda step, names: ()).locate("delete", (), view(SCREEN, [bin_icon]), "field").status == "missing"


def test_words_that_nothing_says_may_mean_an_icon_by_its_name() -> None:
    weighed: list[Sequence[str]] = []

    def choose(step: PlannedStep, names: Sequence[str]) -> list[tuple[str, float]]:
        weighed.append(names)
        return [("Bold", 0.7)]

    bold, doubtful = icon("bold", box(100, 60, 16, 16)), icon("italic", box(140, 60, 16, 16), 0.3)
    labelled = icon("cut", box(180, 60, 16, 16))
    screen = view(SCREEN, [bold, doubtful, replace(labelled, label="Scissors")])
    found = Seeking(choose).locate("give the words more weight", (), screen)
    assert found.best is not None and found.best.box == bold.element.box and found.target == "give the words more weight"
    assert weighed[0][-1] == "Bold" and "Italic" not in weighed[0] and "Cut" not in weighed[0]
    assert Seeking(choose).locate("give the words more weight", (), screen, to_the_letter=True).status == "missing"
    assert Seeking(choose).locate("give the words more weight", (), screen, "field").status == "missing"
    assert Seeking(choose).locate("give the words more weight", (), screen, "button").status == "missing", (
        "too little for a kind that nobody sees"
    )
    assert ReadSight(screen, 0.0, choose).ground("give the words more weight").box == bold.element.box
    with pytest.raises(NotOnScreen):
        ReadSight(screen, 0.0).ground("give the words more weight")


def test_the_name_of_one_icon_is_not_taken_for_another_however_alike_the_planner_finds_them() -> None:
    screen = view(SCREEN, [icon("redo", box(100, 60, 16, 16))])
    choose = Seeking(lambda step, names: [("Redo", 0.85)])
    assert choose.locate("repeat one", (), screen).status == "missing"
    assert choose.locate("bring it back once more", (), screen).best is not None
