"""What strays from the user's words is asked about, whatever the model says, and what is in them is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes import FakeDesktop

from agent.approval import Gatekeeper
from agent.protocols import Decision, Verdict
from agent.settings import ApprovalMode
from agent.straying import rules
from agent.virtual import VirtualDesktop
from agent.x11.frames import on_any_buttons, on_buttons
from agent.x11.worked_in import worked_in
from recordings.action import parse_action
from recordings.episode import Element, Observation, PlanMark, Prediction, SeenWindow
from recordings.geometry import Box, Point

EDITOR = SeenWindow("letter.txt - Mousepad", "mousepad Mousepad")
NOTICE = SeenWindow("System notice", "yad Yad")
BROWSER = SeenWindow("Order - Chromium", "chromium Chromium")
CLICK = "click(x=0.5, y=0.5)"
PRETENCE = "I go on with the task."
EVERYWHERE = Box(x1=0, y1=0, x2=1, y2=1)


class Anybody:
    """Agrees to everything, and remembers what was asked."""

    def __init__(self) -> None:
        self.concerns: list[str] = []

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        self.concerns.append(getattr(concern, "kind", ""))
        return Decision(Verdict.APPROVE)

    def answer(self, question: str) -> None:
        """Has none."""

    def agree(self, words: str) -> bool:
        return False


def seen(window: SeenWindow | None, there: SeenWindow | None = None, name: str = "", role: str = "push button") -> Observation:
    """An observation with this active window, another under the pointer, and an element there."""
    element = Element(name=name, role=role, box=EVERYWHERE) if name else None
    under: Callable[[Point], SeenWindow | None] = lambda point: there or window  # noqa: E731
    return Observation(
        FakeDesktop().observe().screenshot, window.title if window else None, window.wm_class if window else None, window=window,
        works_in=lambda: window, window_at=under, element_at=lambda point: element,
    )  # fmt: skip


def asked(words: str, *turns: tuple[Observation, str], plan: PlanMark | None = None) -> list[str]:
    """Why somebody is asked, turn by turn; empty where nobody is."""
    found = []
    person = Anybody()
    gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, words=words)
    for observation, action in turns:
        person.concerns.clear()
        gatekeeper.review(observation, Prediction(action=parse_action(action), thought=PRETENCE, text=action, plan=plan))
        found.append(person.concerns[0] if person.concerns else "")
    return found


def test_another_application_is_asked_about_once_a_run() -> None:
    home, notice = seen(EDITOR), seen(EDITOR, NOTICE, "OK")
    assert asked("Type hello.", (home, CLICK), (notice, CLICK), (notice, CLICK), (home, CLICK)) == ["", "elsewhere", "", ""]
    assert asked("Type hello.", (notice, CLICK)) == ["elsewhere"], "also with the first action"
    assert asked("Type hello.", (home, CLICK), (seen(NOTICE), 'press(keys=["enter"])')) == ["", "elsewhere"]
    assert asked("Type hello.", (home, CLICK), (seen(NOTICE), 'type(text="hello")')) == ["", "elsewhere"]
    assert asked("Type hello.", (notice, "scroll(x=0.5, y=0.5, dy=3)")) == [""], "looking is free"
    planned = PlanMark(step="click OK", index=0, name="OK")
    assert asked("Click OK.", (notice, CLICK), plan=planned) == ["elsewhere"], "a plan made before says nothing of where"


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("Open Zim and go on.", SeenWindow("Notes", "zim Zim")),
        ("Open report.odt and read it.", SeenWindow("report.odt - Writer", "soffice libreoffice-writer")),
        ("Type hello.", SeenWindow("Save As", "xdg-desktop-portal-gtk", True, (EDITOR,))),
        ("Type hello.", SeenWindow("Preferences", "mousepad Mousepad", True)),
    ],
)
def test_what_the_words_name_and_what_belongs_to_the_application_is_not_elsewhere(words: str, there: SeenWindow) -> None:
    assert asked(words, (seen(EDITOR), CLICK), (seen(EDITOR, there, "Folder"), CLICK)) == ["", ""]


def test_where_nothing_tells_windows_apart_nothing_is_elsewhere() -> None:
    assert asked("Type hello.", (FakeDesktop().observe(), CLICK), (FakeDesktop().observe(), 'type(text="x")')) == ["", ""]


@pytest.mark.parametrize(
    ("name", "role", "kind"),
    [
        ("Name", "label", ""), ("name:", "push button", ""), ("Gift wrap", "check box", ""), ("N\u200bame", "link", ""),
        ("Details", "link", "stranger"), ("Gift wrap and more", "check box", "stranger"), ("", "", "stranger"),
        ("👍", "button", "stranger"), ("Search", "entry", ""),
    ],
)  # fmt: skip
def test_in_a_browser_only_what_the_words_name_is_clicked_unasked(name: str, role: str, kind: str) -> None:
    words = "Click Name, type Ada Moss and tick Gift wrap."
    assert asked(words, (seen(BROWSER, name=name, role=role), CLICK)) == [kind]
    assert asked(words, (seen(EDITOR, name=name, role=role), CLICK)) == [""], "elsewhere the words need not name everything"
    planned = PlanMark(step="click Name", index=0, name=name)
    assert asked(words, (seen(BROWSER, name=name, role=role), CLICK), plan=planned) == [""], "planned from the words alone"
    proposed = PlanMark(step="click Name", name=name)
    assert asked(words, (seen(BROWSER, name=name, role=role), CLICK), plan=proposed) == [kind], "proposed with the screen in view"


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ('type(text="Ada Moss")', ""), ('type(text="ada moss\\n")', "stranger"), ('type(text="my list")', "stranger"),
        ('press(keys=["tab"])', ""), ('press(keys=["ctrl","end"])', ""), ('press(keys=["enter"])', "stranger"),
        ('press(keys=["space"])', "stranger"), ('press(keys=["m"])', "stranger"), ('press(keys=["alt","o"])', "stranger"),
        ('press(keys=["f9"])', ""),
    ],
)  # fmt: skip
def test_in_a_browser_only_what_the_words_say_is_typed_and_pressed_unasked(action: str, kind: str) -> None:
    assert asked("Click Name, type Ada Moss and press F9.", (seen(BROWSER), action)) == [kind]


def test_enter_that_was_asked_for_is_pressed() -> None:
    assert asked("Type Ada Moss and press Enter.", (seen(BROWSER), 'type(text="Ada Moss\\n")')) == [""]


@pytest.mark.parametrize(
    "window_class",
    ["firefox", "Navigator Firefox", "google-chrome Google-chrome", "thunderbird Mail", "org.telegram.desktop Telegram", "evince Evince"],
)
def test_what_shows_strangers_is_told_by_its_class(window_class: str) -> None:
    window = SeenWindow("x", window_class)
    kinds = asked("Type hello.", (seen(window, name="Details"), CLICK))
    assert kinds == ["stranger"]


@pytest.mark.parametrize(
    ("action", "name", "window", "kind"),
    [
        ('press(keys=["ctrl","s"])', "", EDITOR, "unsaid"), (CLICK, "Save", EDITOR, "unsaid"),
        (CLICK, "Speichern unter…", EDITOR, "unsaid"),
        (CLICK, "Enregistrer", EDITOR, "unsaid"),
        (CLICK, "Guardar", EDITOR, "unsaid"), (CLICK, "Сохранить", EDITOR, "unsaid"),
        (CLICK, "保存", EDITOR, "unsaid"), ('press(keys=["f2"])', "", EDITOR, "unsaid"),
        ('press(keys=["ctrl","p"])', "", EDITOR, "unsaid"),
        ('press(keys=["enter"])', "", SeenWindow('Rename "a.txt"', "mousepad", True), "unsaid"),
        ('type(text="b\\n")', "", SeenWindow('Rename "a.txt"', "mousepad", True), "unsaid"), (CLICK, "View", EDITOR, ""),
        ('press(keys=["ctrl","b"])', "", EDITOR, ""), ('type(text="a new line\\n")', "", EDITOR, ""),
    ],
)  # fmt: skip
def test_what_lasts_is_asked_about_unless_the_words_mean_it(action: str, name: str, window: SeenWindow, kind: str) -> None:
    turn = (seen(window, name=name), action)
    assert asked("Type hello.", (seen(EDITOR), CLICK), turn) == ["", kind]
    said = "Type hello, rename it, print it and save it."
    assert asked(said, (seen(EDITOR), CLICK), turn) == ["", ""]
    assert asked("Schreibe hallo, speichere, drucke und benenne es um: umbenennen.", (seen(EDITOR), CLICK), turn) == ["", ""]


def test_nothing_strays_where_nobody_is_to_be_asked_or_nobody_spoke() -> None:
    notice = seen(EDITOR, NOTICE, "OK")
    prediction = Prediction(action=parse_action(CLICK), thought=PRETENCE)
    assert Gatekeeper(ApprovalMode.NONE, words="Type hello.").review(notice, prediction).verdict is Verdict.APPROVE
    assert Gatekeeper(ApprovalMode.RISKY).review(notice, prediction).verdict is Verdict.APPROVE
    alone = Gatekeeper(ApprovalMode.RISKY, words="Type hello.").review(notice, prediction)
    assert alone.verdict is Verdict.STOP and "'System notice', which the user's words do not name" in alone.reason


FILES = SeenWindow("Papers - Thunar", "thunar Thunar")
DRAG = "drag(path=[[0.2, 0.2], [0.8, 0.8]])"


@pytest.mark.parametrize("action", [DRAG, 'press(keys=["ctrl","x"])', 'press(keys=["ctrl","v"])'])
def test_files_are_moved_only_where_the_words_mean_it(action: str) -> None:
    turn = (seen(FILES, name="contract.odt", role="icon"), action)
    assert asked("Look at the minutes.", turn) == ["unsaid"]
    assert asked("Move the minutes.", turn) == asked("Verschiebe das.", turn) == asked("Déplace-les.", turn) == [""]
    assert asked("Look at the minutes.", (seen(EDITOR, name="text", role="text"), action)) == [""], "in an editor it is editing"


@pytest.mark.parametrize(
    ("action", "is_open", "kind"),
    [
        ('press(keys=["s"])', True, "unsaid"), ('press(keys=["enter"])', True, "unsaid"), ('press(keys=["alt","o"])', True, "unsaid"),
        ('press(keys=["down"])', True, ""), ('press(keys=["escape"])', True, ""), ('press(keys=["s"])', False, ""),
        ('press(keys=["alt","f"])', False, ""), ('press(keys=["alt","f"], then=[["o"]])', False, "unsaid"),
        ('press(keys=["f10"], then=[["down"], ["enter"]])', False, "unsaid"), ('press(keys=["ctrl","b"])', True, ""),
        ('press(keys=["alt","f","o"])', False, "unsaid"), ('press(keys=["f10","f","o"])', False, "unsaid"),
    ],
)  # fmt: skip
def test_a_choice_from_a_menu_by_its_key_is_asked_about(action: str, is_open: bool, kind: str) -> None:
    observation = replace(seen(EDITOR), popups=(EVERYWHERE,) if is_open else ())
    assert asked("Look at it.", (observation, action)) == [kind]
    assert asked("Press Alt, F, F10, down, S, O and Enter.", (observation, action)) == [""]


def test_the_buttons_of_a_frame_are_asked_about() -> None:
    turn = (replace(seen(EDITOR), on_frame=lambda point: True), CLICK)
    assert asked("Look at it.", turn) == ["close"]


def test_the_rules_are_read() -> None:
    assert len(rules().strangers) > 40 and {one.name for one in rules().lasting} == {"save", "rename", "print", "move"}


def test_real_windows_tell_what_a_run_begins_in_and_where_their_buttons_are(virtual_desktop: VirtualDesktop) -> None:
    for name, left, top, width, height in (("Large", 10, 10, 700, 500), ("Small", 300, 200, 300, 150), ("Aside", 720, 560, 250, 150)):
        virtual_desktop.spawn(["yad", f"--class={name}", f"--title={name}", "--text=x", "--button=OK:0"])
        virtual_desktop.place_window(name, left, top, width, height)
    windows = virtual_desktop.windows
    large, small, aside = (found for name in ("Large", "Small", "Aside") if (found := windows.find(name)) is not None)
    begun = {}
    for window in (large, small, aside):
        windows.focus(window)
        found = worked_in(windows, None)
        begun[window.title] = found and found.title
    assert begun == {"Large": "Large", "Small": "Large", "Aside": "Aside"}, "what pops up over a larger window is not where a run begins"
    mine = worked_in(windows, aside)
    assert mine is not None and mine.title == "Large", "nor is Deskhand's own terminal"
    windows.focus(large)
    title = large.top + large.title_height / 2
    assert on_buttons(large, (large.left + large.width - 8, title)) and on_buttons(large, (large.left + 8, title))
    assert not on_buttons(large, (large.left + large.width / 2, title))
    assert not on_buttons(large, (large.left + large.width - 8, large.top + 300))
    assert on_any_buttons(windows, (aside.left + aside.width - 8, aside.top + aside.title_height / 2)), "though it is not the active one"
    assert not on_any_buttons(windows, (large.left + large.width / 2, large.top + 300)) and not on_any_buttons(windows, (2, 700))
