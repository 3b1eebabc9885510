"""Keys and buttons that say nothing by themselves: what has the keyboard, and what the dialog says, is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fakes import FakeDesktop

from agent.approval import Gatekeeper
from agent.confirming import MOST_SAID, Surroundings
from agent.protocols import Verdict
from agent.settings import ApprovalMode
from recordings.action import parse_action
from recordings.episode import Element, Observation, Prediction, SeenWindow
from recordings.geometry import Box

DIALOG = Box(x1=0.2, y1=0.2, x2=0.8, y2=0.8)


def element(name: str, role: str = "push button") -> Element:
    return Element(name=name, role=role, box=Box(x1=0.4, y1=0.4, x2=0.6, y2=0.6))


def observation(dialog: bool, at: Element | None = None) -> Observation:
    window = SeenWindow("Question", "app App", dialog)
    shown = replace(FakeDesktop().observe(), window_title="Question", window=window, active=DIALOG, dialog=dialog)
    return replace(shown, element_at=lambda point: at, window_at=lambda point: window)


def verdict(
    action: str, *, dialog: bool = True, focused: Sequence[Element] = (), says: Sequence[str] = (), at: Element | None = None,
    close: Sequence[str] | None = None,
) -> Verdict:  # fmt: skip
    """`close`: what of what the window says stands close to what is clicked, or has the keyboard; None: all of it."""
    known = Surroundings(lambda: focused, lambda box: says if close is None or box == DIALOG else close)
    gatekeeper = Gatekeeper(ApprovalMode.RISKY, surroundings=known)
    return gatekeeper.review(observation(dialog, at), Prediction(action=parse_action(action), thought="I go on.")).verdict


PRESSES = ('press(keys=["enter"])', 'press(keys=["space"])', 'press(keys=["shift", "enter"])', 'type(text="\\n")', 'type(text=" ")')


@pytest.mark.parametrize("action", PRESSES)
@pytest.mark.parametrize("name", ["Delete", "Löschen", "Отправить", "Pay now", "De\u200blete", "删除"])
def test_a_key_that_presses_a_focused_button_is_judged_by_its_name(action: str, name: str) -> None:
    for dialog in (False, True):
        assert verdict(action, dialog=dialog, focused=[element(name)]) is Verdict.STOP
        assert verdict(action, dialog=dialog, focused=[element("Cancel")], says=["Delete it?"]) is Verdict.APPROVE


@pytest.mark.parametrize("name", ["OK", "Yes", "&Yes", "Continue…", "Weiter", "D'accord", "Sí", "确定", "はい", "Да"])
def test_a_button_that_only_says_yes_is_judged_by_its_dialog(name: str) -> None:
    says = ["Delete all files?", name, "Cancel"]
    click = "click(x=0.5, y=0.5)"
    assert verdict(click, at=element(name), says=says) is Verdict.STOP
    assert verdict(click, at=element("Cancel"), says=says) is Verdict.APPROVE
    assert verdict(click, at=element(name), says=["Saved.", name]) is Verdict.APPROVE
    assert verdict(click, at=element(name), says=says, dialog=False) is Verdict.STOP  # a window of a program that only asks
    page = [*says, *(f"Text {n}" for n in range(MOST_SAID))]
    assert verdict(click, at=element(name), says=page, dialog=False, close=[name, "Cancel"]) is Verdict.APPROVE
    assert verdict(click, at=element(name), says=page, dialog=False, close=says) is Verdict.STOP  # a dialog that a page draws
    for press in PRESSES:
        assert verdict(press, focused=[element(name)], says=says, dialog=False) is Verdict.STOP
        assert verdict(press, focused=[element(name)], says=says) is Verdict.STOP
        assert verdict(press, focused=[element(name)], says=["Saved.", name]) is Verdict.APPROVE


def test_keys_that_choose_unseen_in_a_dialog_are_judged_by_what_it_says() -> None:
    says = ["Everything will be erased.", "Do it", "Cancel"]
    field = element("Name", "entry")
    for action in ('press(keys=["enter"])', 'press(keys=["alt", "d"])', 'press(keys=["d"])', 'type(text="d")'):
        assert verdict(action, says=says) is Verdict.STOP  # nobody can tell what has the keyboard
        assert verdict(action, says=["What is it called?"]) is Verdict.APPROVE
    for action in ('press(keys=["enter"])', 'press(keys=["alt", "d"])', 'type(text="x\\n")'):
        assert verdict(action, focused=[field], says=says) is Verdict.STOP
    for action in (
        'press(keys=["d"])',
        'type(text="my dog")',
        'press(keys=["ctrl", "a"])',
        'press(keys=["tab"])',
        'press(keys=["escape"])',
    ):
        assert verdict(action, focused=[field], says=says) is Verdict.APPROVE


def test_a_dialog_that_is_worked_in_is_not_judged_as_a_whole() -> None:
    says = ["Remove trailing spaces", *(f"Setting {number}" for number in range(MOST_SAID))]
    assert verdict('press(keys=["enter"])', focused=[element("OK")], says=says) is Verdict.APPROVE
    assert verdict('press(keys=["enter"])', focused=[element("Delete")], says=says) is Verdict.STOP


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        (["Do you really want to delete", "these files?"], Verdict.STOP),
        (["Delete these files?"], Verdict.STOP),
        (["The following files will be deleted:"], Verdict.STOP),
        (["要删除这些文件吗？"], Verdict.STOP),
        (["Open these files?"], Verdict.APPROVE),
        (["Delete:", "Remove trailing spaces", "Close?"], Verdict.APPROVE),
    ],
)
def test_of_a_dialog_that_lists_what_it_is_about_the_question_counts(asks: Sequence[str], expected: Verdict) -> None:
    says = [*asks, *(f"file {number}.txt" for number in range(MOST_SAID)), "OK", "Cancel"]
    ok = element("OK")
    assert verdict("click(x=0.5, y=0.5)", at=ok, says=says) is expected
    for press in PRESSES:
        assert verdict(press, focused=[ok], says=says) is expected, press
        assert verdict(press, says=says) is expected, "nobody can tell what has the keyboard"


def test_a_dialog_that_a_page_draws_is_found_around_its_button() -> None:
    page = [f"News number {number}" for number in range(MOST_SAID)]
    for close, expected in (
        (["This removes 3 items for good.", "OK", "Cancel"], Verdict.STOP),
        (["Remove", "Reset", "OK"], Verdict.APPROVE),
        ([*page, "Do you want to remove it?"], Verdict.STOP),
        (["Your settings were saved.", "OK"], Verdict.APPROVE),
    ):
        says = [*page, *close]
        assert verdict("click(x=0.5, y=0.5)", dialog=False, at=element("OK"), says=says, close=close) is expected, close
        assert verdict('press(keys=["enter"])', dialog=False, focused=[element("OK")], says=says, close=close) is expected, close
        assert verdict("click(x=0.5, y=0.5)", dialog=False, at=element("÷"), says=says, close=close) is Verdict.APPROVE, close


@pytest.mark.parametrize(
    ("dialog", "says", "expected"),
    [
        (True, ["Delete it?", "OK"], Verdict.STOP),
        (True, ["Saved.", "OK"], Verdict.APPROVE),
        (False, ["Delete it all now?", "OK"], Verdict.STOP),
        (False, ["Delete", "OK"], Verdict.APPROVE),
    ],
)
def test_a_button_of_a_window_that_is_not_the_active_one_is_judged_by_what_stands_around_it(
    dialog: bool, says: Sequence[str], expected: Verdict
) -> None:
    asking = SeenWindow("Question", "other Other", dialog)
    known = Surroundings(written_in=lambda box: ["Nothing of it."] if box == DIALOG else says)
    for seen in (observation(False, element("OK")), replace(observation(False, element("OK")), active=None, window=None)):
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, surroundings=known)
        shown = replace(seen, window_at=lambda point: asking)
        assert gatekeeper.review(shown, Prediction(action=parse_action("click(x=0.5, y=0.5)"), thought="I go on.")).verdict is expected


ROAMING = (['press(keys=["tab"])'], ['press(keys=["shift", "tab"])', 'press(keys=["down"])'], ['type(text="Bob\\t")'])


@pytest.mark.parametrize("before", ROAMING)
@pytest.mark.parametrize("action", ['press(keys=["space"])', 'press(keys=["enter"])', 'type(text="\\n")', 'type(text=" ")'])
def test_after_tab_a_key_may_press_whatever_a_window_has_where_nothing_tells_what_has_the_keyboard(before: list[str], action: str) -> None:
    says = ["Report.txt", "Delete", *(f"Entry {number}" for number in range(MOST_SAID))]

    def last(steps: Sequence[str], focused: Sequence[Element] = (), said: Sequence[str] = says) -> Verdict:
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, surroundings=Surroundings(lambda: focused, lambda box: said))
        told = [gatekeeper.review(observation(False), Prediction(action=parse_action(step), thought="I go on.")) for step in steps]
        return told[-1].verdict

    assert last([*before, action]) is Verdict.STOP
    assert last([*before, action], said=["Report.txt", "Open"]) is Verdict.APPROVE
    assert last([*before, action], [element("Name", "entry")]) is Verdict.APPROVE
    for then in ("click(x=0.2, y=0.2)", 'type(text="Bob")'):
        assert last([*before, then, action]) is Verdict.APPROVE, then
    assert last([action]) is Verdict.APPROVE


def test_space_after_tab_presses_what_nobody_can_tell() -> None:
    says = ["Report.txt", "Delete", *(f"Entry {number}" for number in range(MOST_SAID))]
    for action in ('press(keys=["tab"], then=[["space"]])', 'type(text="x\\t ")'):
        assert verdict(action, dialog=False, focused=[element("Name", "entry")], says=says) is Verdict.STOP, action
        assert verdict(action, dialog=False, focused=[element("Name", "entry")], says=["Report.txt", "Open"]) is Verdict.APPROVE, action


def test_outside_of_dialogs_texts_are_typed_unasked() -> None:
    for action in ('type(text="my dog")', 'press(keys=["d"])', 'press(keys=["enter"])'):
        assert verdict(action, dialog=False, focused=[element("Body", "text")], says=["Delete all files?"]) is Verdict.APPROVE


def test_keys_that_move_on_before_they_press_are_judged_by_all_that_they_may_come_to() -> None:
    says = ["Report.txt", "Delete", "Cancel", *(f"Entry {number}" for number in range(MOST_SAID))]
    for action in ('press(keys=["tab"], then=[["enter"]])', 'press(keys=["down"], then=[["down"], ["enter"]])', 'type(text="x\\t\\n")'):
        assert verdict(action, dialog=False, focused=[element("Cancel")], says=says) is Verdict.STOP, action
        assert verdict(action, dialog=False, focused=[element("Cancel")], says=["Report.txt", "Open"]) is Verdict.APPROVE, action
        assert verdict(action, focused=[element("Cancel")], says=["Delete it?", "Cancel"]) is Verdict.STOP, action
    for action in ('press(keys=["tab"])', 'press(keys=["down"], then=[["down"]])', 'type(text="John\\tSmith Jr")'):
        assert verdict(action, dialog=False, focused=[element("Name", "entry")], says=says) is Verdict.APPROVE, action


INTO_TERMINALS = (
    'type(text="ls")', 'type(text="\\n")', 'press(keys=["enter"])', 'press(keys=["ctrl", "shift", "v"])', 'press(keys=["ctrl", "c"])',
    'press(keys=["shift", "insert"])',
)  # fmt: skip


@pytest.mark.parametrize("action", INTO_TERMINALS)
def test_a_terminal_that_an_editor_holds_is_one(action: str) -> None:
    assert verdict(action, dialog=False, focused=[element("Terminal", "terminal")]) is Verdict.STOP
    assert verdict(action, dialog=False, focused=[element("Text", "text")]) is Verdict.APPROVE


def test_a_middle_click_pastes_into_a_terminal_that_an_editor_holds() -> None:
    click = 'click(x=0.5, y=0.5, button="middle")'
    assert verdict(click, dialog=False, at=element("sh", "terminal")) is Verdict.STOP
    assert verdict(click, dialog=False, at=element("sh", "text")) is Verdict.APPROVE


@pytest.mark.parametrize(
    ("name", "role", "expected"),
    [
        ("Password", "entry", Verdict.STOP),
        ("Security code", "text", Verdict.STOP),
        ("PIN", "entry", Verdict.STOP),
        ("Name", "entry", Verdict.APPROVE),
        ("Password policy", "document text", Verdict.APPROVE),
    ],
)
def test_a_field_that_is_called_a_password_s_is_one(name: str, role: str, expected: Verdict) -> None:
    for action in ('type(text="hunter2")', 'press(keys=["ctrl", "v"])', 'press(keys=["h"])'):
        assert verdict(action, dialog=False, focused=[element(name, role)]) is expected, action


@pytest.mark.parametrize("keys", ['"ctrl", "v"', '"shift", "insert"'])
def test_what_the_clipboard_holds_goes_into_no_password_field_unasked(keys: str) -> None:
    for password, expected in ((True, Verdict.STOP), (False, Verdict.APPROVE)):
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, types_password=lambda password=password: password)  # type: ignore[misc]
        told = gatekeeper.review(observation(False), Prediction(action=parse_action(f"press(keys=[{keys}])"), thought="I go on."))
        assert told.verdict is expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (['press(keys=["tab"])', 'type(text="hunter2")'], Verdict.STOP),
        (['type(text="bob\\t")', 'type(text="hunter2")'], Verdict.STOP),
        (['type(text="bob\\thunter2")'], Verdict.STOP),
        (['type(text="bob")'], Verdict.APPROVE),
        (['press(keys=["tab"])', "click(x=0.5, y=0.5)", 'type(text="bob")'], Verdict.APPROVE),
    ],
)
def test_what_tab_leads_to_may_be_the_password_s_field_of_a_window(steps: Sequence[str], expected: Verdict) -> None:
    says = ["User name", "Password", "A page about passwords and how often to change each of them"]
    for said, wanted in ((says, expected), ([says[0], says[2]], Verdict.APPROVE)):
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, surroundings=Surroundings(read_in=lambda box, said=said: said))  # type: ignore[misc]
        told = [gatekeeper.review(observation(False), Prediction(action=parse_action(step), thought="I go on.")) for step in steps]
        assert told[-1].verdict is wanted


@pytest.mark.parametrize("name", ["Make it so", "Roll on", "Go for it", "Los", "Vas-y"])
def test_a_button_of_any_name_is_judged_by_the_sentences_of_its_dialog(name: str) -> None:
    click, others = "click(x=0.5, y=0.5)", [name, "Delete", "Cancel"]
    for says in (
        ["All data on it will be erased."],
        ["This cannot be undone", "Your work will be lost"],
        ["13 Empfänger werden benachrichtigt"],
    ):
        assert verdict(click, at=element(name), says=[*says, *others]) is Verdict.STOP
        assert verdict('press(keys=["enter"])', focused=[element(name)], says=[*says, *others]) is Verdict.STOP
        assert verdict(click, at=element(name, "page tab"), says=[*says, *others]) is Verdict.APPROVE  # it answers nothing
        assert verdict(click, at=element(name), says=[*says, *others], dialog=False) is Verdict.APPROVE
    assert verdict(click, at=element(name), says=["The angle of the picture.", *others]) is Verdict.APPROVE, "what others do, it does not"


@pytest.mark.parametrize("name", ["Cancel", "Not now", "Show details", "Abbrechen", "Plus tard", "Отмена"])
def test_a_button_that_goes_back_or_looks_is_not(name: str) -> None:
    says = ["All data on it will be erased.", name]
    assert verdict("click(x=0.5, y=0.5)", at=element(name), says=says) is Verdict.APPROVE
    assert verdict('press(keys=["enter"])', focused=[element(name)], says=says) is Verdict.APPROVE


def test_a_button_that_goes_back_by_the_word_that_is_asked_about_goes_on() -> None:
    click = "click(x=0.5, y=0.5)"
    assert verdict(click, at=element("Cancel"), says=["Cancelling will remove 4 orders.", "Keep"]) is Verdict.STOP
    assert verdict(click, at=element("No"), says=["Save changes before closing?", "Your work will be lost."]) is Verdict.STOP
    assert verdict(click, at=element("No"), says=["Erase the disk?"]) is Verdict.APPROVE


def test_a_window_is_called_after_what_its_buttons_do_and_not_what_goes_back_or_is_written_into() -> None:
    def named(name: str, role: str = "push button") -> Verdict:
        asking = SeenWindow("Empty the bin", "app App", dialog=True)
        shown = replace(observation(True, element(name, role)), window=asking, window_title=asking.title, window_at=lambda point: asking)
        proposed = Prediction(action=parse_action("click(x=0.5, y=0.5)"), thought="I go on.")
        return Gatekeeper(ApprovalMode.RISKY).review(shown, proposed).verdict

    assert named("Do it") is Verdict.STOP
    assert named("Cancel") is named("Show items") is named("Name", "entry") is Verdict.APPROVE


def test_a_lone_cross_closes_but_among_the_keys_of_a_calculator() -> None:
    for cross in ("×", "✕", " ✖ "):
        assert verdict("click(x=0.5, y=0.5)", dialog=False, at=element(cross), says=["Notes", "1 item"]) is Verdict.STOP
        assert verdict("click(x=0.5, y=0.5)", dialog=False, at=element(cross), says=[*"789456123", "÷"]) is Verdict.APPROVE


def test_beside_a_bill_a_button_of_a_page_is_asked_about_whatever_it_is_called() -> None:
    def on(says: Sequence[str], name: str = "Whoosh", kind: str = "firefox Navigator") -> Verdict:
        page = SeenWindow("Shop", kind)
        shown = replace(observation(False, element(name)), window=page, window_title=page.title, window_at=lambda point: page)
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, surroundings=Surroundings(written_in=lambda box: says))
        return gatekeeper.review(shown, Prediction(action=parse_action("click(x=0.5, y=0.5)"), thought="I go on.")).verdict

    for bill in (["Order total:", "€48.90"], ["Gesamtbetrag 12,00 EUR"], ["合計 ¥1200"]):
        assert on(bill) is Verdict.STOP
        assert on(bill, "Back to the shop") is on(bill, kind="soffice Soffice") is Verdict.APPROVE
    for said in (["Order total: 3 items"], ["€48.90"]):
        assert on(said) is Verdict.APPROVE
