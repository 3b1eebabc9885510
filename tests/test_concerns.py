"""What is allowed unasked for one kind of risk is asked about for every other, wherever each of them is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
from fakes import FakeDesktop

from agent.approval import Gatekeeper
from agent.confirming import Surroundings
from agent.folding import folded
from agent.meanings import find_asking, find_meanings
from agent.permissions.effective import Permissions
from agent.permissions.storing import parse_manifest
from agent.protocols import Decision, Verdict
from agent.risk_rules import RULES, SIGNS
from agent.risks import find_risks
from agent.settings import ApprovalMode
from recordings.action import Click, parse_action
from recordings.episode import Element, Observation, Prediction, SeenWindow, Source
from recordings.geometry import Box
from recordings.parsing import parse_yaml

CLICK = "click(x=0.5, y=0.5)"
SAYS = "I go on."
WHOLE = Box(x1=0, y1=0, x2=1, y2=1)
EDITOR = SeenWindow("notes.txt - gedit", "gedit Gedit")


@dataclass
class Answers:
    """Says what it was told to say, one after the other, then yes; remembers the kinds that it was asked about."""

    says: list[Decision] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        self.kinds.append(getattr(concern, "kind", ""))
        return self.says.pop(0) if self.says else Decision(Verdict.APPROVE)

    def answer(self, question: str) -> None:
        """Has none."""

    def agree(self, words: str) -> bool:
        return False


def on(window: SeenWindow, name: str = "", role: str = "push button", there: SeenWindow | None = None) -> Observation:
    element = Element(name=name, role=role, box=WHOLE) if name else None
    return replace(
        FakeDesktop().observe(), window_title=window.title, window_class=window.wm_class, window=window, active=WHOLE, dialog=window.dialog,
        window_at=lambda point: there or window, element_at=lambda point: element, works_in=lambda: window,
    )  # fmt: skip


def asked(
    observation: Observation, action: str, *risky: str, thought: str = SAYS, words: str | None = None, known: Surroundings | None = None,
) -> str:  # fmt: skip
    """The kind that is asked about where these are allowed; empty where nothing is."""
    person = Answers()
    rule = f"rules: [{{class: '*', click: allow, type: allow, press: allow, risky: [{', '.join(risky)}]}}]"
    allowed = Permissions(parse_manifest(rule, Path("permissions.yaml")))
    gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, permissions=allowed, words=words, surroundings=known)
    gatekeeper.review(observation, Prediction(action=parse_action(action), thought=thought))
    return person.kinds[0] if person.kinds else ""


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("Close and install", ["close", "install"]), ("Install and close", ["install", "close"]),
        ("Close and delete all", ["close", "delete"]), ("Schließen und bezahlen", ["close", "pay"]), ("关闭并删除", ["close", "delete"]),
        ("Sign and send", ["sign", "send"]), ("Download and run", ["install", "run"]), ("🗑💸", ["delete", "pay"]),
        ("Pay and place order", ["pay", "buy"]), ("Close \"Erase\"", ["close", "erase"]), ("DeleteAndClose", ["delete", "close"]),
    ],
)  # fmt: skip
def test_a_name_of_several_kinds_is_asked_about_for_each(name: str, kinds: list[str]) -> None:
    button = on(EDITOR, name)
    assert asked(button, CLICK) and asked(button, CLICK, *kinds) == ""
    for kind in kinds:
        assert asked(button, CLICK, *(other for other in kinds if other != kind)) == kind, kind


def test_a_phrase_means_what_it_is_listed_as() -> None:
    assert {one.kind for one in find_meanings("Sign out")} == {"log out"}
    assert asked(on(EDITOR, "Sign out"), CLICK, "log out") == ""


def test_words_of_all_kinds_are_heard_beside_each_other() -> None:
    meanings = parse_yaml(RULES.read_text(encoding="utf-8"))["meanings"]
    words = {
        kind: next(
            word for called, some in languages.items() if called != SIGNS for word in some if word.isalpha() and folded(word) == word
        )
        for kind, languages in meanings.items()
    }
    for (one, word), (other, second) in pairwise([*words.items(), *words.items()][: len(words) + 1]):
        for name in (f"{word}, {second}", f"{second}, {word}"):
            assert {one, other} <= {concern.kind for concern in find_meanings(name)}, name


def test_what_the_model_says_hides_nothing_that_lies_there() -> None:
    assert asked(on(EDITOR, "Pay now"), CLICK, "close", thought="I close it") == "pay"
    assert asked(on(EDITOR, "OK"), CLICK, "close", thought="I close it") == ""
    assert asked(on(replace(EDITOR, title="Format disk?")), CLICK, "close", thought="I close it") == "format"


TERMINAL = SeenWindow("x", "xterm XTerm")
MACHINE = SeenWindow("srv - Remmina", "org.remmina.Remmina org.remmina.Remmina")


def test_an_allowed_word_hides_no_terminal_and_no_other_machine() -> None:
    middle = 'click(x=0.5, y=0.5, button="middle")'
    assert asked(on(TERMINAL), middle, "close", thought="I close it") == "terminal"
    assert asked(on(MACHINE), CLICK, "close", thought="I close it") == "machine"
    assert asked(on(EDITOR, "Close tab", "page tab"), middle, "delete", thought="I remove it") == "close"
    assert asked(on(EDITOR, "close.desktop"), "click(x=0.5, y=0.5, count=2)", "close", thought="I close it") == "run"
    assert asked(on(EDITOR, "ปิด"), CLICK, "close", thought="I close it") == "unreadable"


def test_a_terminal_on_another_machine_is_both() -> None:
    both = SeenWindow("root@srv: ~", MACHINE.wm_class)
    for action in ('type(text="ls")', 'press(keys=["enter"])', 'press(keys=["a"])'):
        kinds = [one.kind for one in find_risks(parse_action(action), "", both.title, window_class=both.wm_class)]
        assert {"terminal", "machine"} <= set(kinds), action
        assert asked(on(both), action, "terminal") == "machine" and asked(on(both), action, "machine") == "terminal"


@pytest.mark.parametrize(
    ("action", "window", "allowed", "kind"),
    [
        ('press(keys=["delete"], then=[["ctrl", "w"]])', EDITOR, "delete", "close"),
        ('press(keys=["ctrl", "w"], then=[["delete"]])', EDITOR, "close", "delete"),
        ('press(keys=["delete"], then=[["enter"]])', replace(EDITOR, title="Format disk?"), "delete", "format"),
        ('press(keys=["ctrl", "w"])', TERMINAL, "terminal", "close"),
        ('press(keys=["enter"])', SeenWindow("Install it?", "xterm XTerm"), "terminal", "install"),
        ('type(text="x\\n")', SeenWindow("Delete it?", "slack Slack"), "message", "delete"),
        ('type(text="the password")', SeenWindow("Enter passphrase", "xterm XTerm"), "password", "terminal"),
    ],
)
def test_keys_and_texts_are_asked_about_for_every_kind(action: str, window: SeenWindow, allowed: str, kind: str) -> None:
    assert asked(on(window), action, allowed) == kind
    assert asked(on(window), action, allowed, kind) == ""


def test_what_a_dialog_and_its_button_say_is_all_heard() -> None:
    dialog = SeenWindow("Question", "gedit Gedit", dialog=True)
    known = Surroundings(written_in=lambda box: ["Close it?", "Everything will be erased."])
    assert asked(on(dialog, "OK"), CLICK, "close", known=known) == "erase"
    assert asked(on(dialog), 'press(keys=["enter"])', "close", known=known) == "erase"
    button = [Element(name="Close and pay", role="push button", box=WHOLE)]
    assert asked(on(dialog), 'press(keys=["enter"])', "close", known=Surroundings(lambda: button)) == "pay"
    assert [one.kind for one in find_asking("Close and delete it?")] == ["close", "delete"]


def test_what_strays_is_not_hidden_by_what_is_allowed() -> None:
    browser = SeenWindow("Order - Chromium", "chromium Chromium")
    words = "Type hello."
    assert asked(on(browser, "Close"), CLICK, "close", words=words) == "stranger"
    assert asked(on(EDITOR, "Close", there=browser), CLICK, "close", words=words) == "elsewhere"
    assert asked(on(EDITOR, "More", there=browser), CLICK, "elsewhere", words=words) == "stranger"
    assert asked(on(EDITOR, "More", there=browser), CLICK, "elsewhere", "stranger", words=words) == ""


def test_a_permitted_shortcut_hides_nothing_but_itself() -> None:
    allowed = Permissions(parse_manifest("shortcuts: [alt+space, super, ctrl+w]\n", Path("permissions.yaml")))
    dialog = SeenWindow("Question", "gedit Gedit", dialog=True)
    known = Surroundings(written_in=lambda box: ["Delete it?"], unread=lambda: "no reader")
    for keys, kinds in (('["alt", "space"]', []), ('["super"]', []), ('["super"], then=[["ctrl", "w"]]', ["close"])):
        person = Answers()
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, permissions=allowed, surroundings=known)
        gatekeeper.review(on(dialog), Prediction(action=parse_action(f"press(keys={keys})")))
        assert person.kinds == kinds, keys


# Home and the place that has the keyboard -------------------------------------------------------------------------------------------


def test_a_run_is_at_home_where_it_first_acts_also_where_that_is_asked_about() -> None:
    other = SeenWindow("Other", "other Other")
    for first in (Decision(Verdict.APPROVE), Decision(Verdict.SKIP)):
        for action in ('press(keys=["delete"])', 'press(keys=["ctrl", "w"])'):
            person = Answers([first])
            gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, words="Tidy up.")
            gatekeeper.review(on(EDITOR), Prediction(action=parse_action(action)))
            gatekeeper.review(on(other), Prediction(action=parse_action(CLICK), thought=SAYS))
            gatekeeper.review(on(EDITOR), Prediction(action=parse_action(CLICK), thought=SAYS))
            assert len(person.kinds) == 2 and person.kinds[1] == "elsewhere", action


def test_a_person_who_corrects_an_action_has_agreed_to_where_the_corrected_one_is() -> None:
    other = SeenWindow("Other", "other Other")
    both = replace(on(EDITOR), window_at=lambda point: other if point.x > 0.5 else EDITOR)
    person = Answers([Decision(Verdict.APPROVE, action=Click(x=0.2, y=0.5), source=Source.CORRECTED)])
    gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, words="Tidy up.")
    for _ in range(2):
        gatekeeper.review(both, Prediction(action=parse_action("click(x=0.8, y=0.5)"), thought=SAYS))
    assert person.kinds == ["elsewhere", "elsewhere"]


TYPES = ('type(text="hunter2")', 'press(keys=["h"])')
BESIDE_PASSWORD = Surroundings(labels=lambda point: ["Password:"] if point.x < 0.5 else ["Name:"])


@pytest.mark.parametrize("action", TYPES)
@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ([Decision(Verdict.APPROVE)], "password"),
        ([Decision(Verdict.SKIP)], ""),
        ([Decision(Verdict.APPROVE, action=Click(x=0.8, y=0.5), source=Source.CORRECTED)], ""),
    ],
)
def test_only_what_was_clicked_has_the_keyboard(action: str, says: list[Decision], kind: str) -> None:
    person = Answers(says.copy())
    gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, surroundings=BESIDE_PASSWORD)
    gatekeeper.review(on(EDITOR, "Delete"), Prediction(action=parse_action("click(x=0.2, y=0.5)"), thought=SAYS))
    gatekeeper.review(on(EDITOR), Prediction(action=parse_action(action), thought=SAYS))
    assert [*person.kinds, ""][1] == kind


def test_a_skipped_click_or_key_leaves_the_keyboard_where_it_was() -> None:
    for skipped in ("click(x=0.8, y=0.5)", 'press(keys=["ctrl", "w"], then=[["tab"]])'):
        person = Answers([Decision(Verdict.SKIP)])
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, surroundings=BESIDE_PASSWORD)
        gatekeeper.review(on(EDITOR, "Name"), Prediction(action=parse_action("click(x=0.2, y=0.5)"), thought=SAYS))
        gatekeeper.review(on(EDITOR, "Delete"), Prediction(action=parse_action(skipped), thought=SAYS))
        gatekeeper.review(on(EDITOR), Prediction(action=parse_action(TYPES[0]), thought=SAYS))
        assert person.kinds[1:] == ["password"], skipped


@pytest.mark.parametrize(("name", "role", "tells"), [
    ("Sign in", "frame", False), ("Sign in", "window", False), ("Sign in", "application", False), ("", "panel", False),
    ("User name", "entry", True), ("", "text", True),
])  # fmt: skip
def test_a_window_tells_nothing_of_what_has_the_keyboard_in_it(name: str, role: str, tells: bool) -> None:
    focused: Sequence[Element] = (Element(name=name, role=role, box=WHOLE),)
    known = replace(BESIDE_PASSWORD, focused=lambda: focused)
    for action in TYPES:
        person = Answers()
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, surroundings=known)
        gatekeeper.review(on(EDITOR, "Field", "entry"), Prediction(action=parse_action("click(x=0.2, y=0.5)"), thought=SAYS))
        gatekeeper.review(on(EDITOR), Prediction(action=parse_action(action), thought=SAYS))
        assert person.kinds == ([] if tells else ["password"]), action
    unread = Surroundings(lambda: focused, unread=lambda: "no reader")
    for action in ('press(keys=["enter"])', 'press(keys=["space"])', 'type(text="a\\n")'):
        assert asked(on(EDITOR), action, known=unread) == ("" if tells else "nameless"), action


@pytest.mark.parametrize("action", ['press(keys=["escape"])', 'press(keys=["tab"], then=[["down"]])', "move(x=0.5, y=0.5)"])
def test_what_has_the_keyboard_is_not_waited_for_where_no_rule_needs_it(action: str) -> None:
    def focused() -> Sequence[Element]:
        raise AssertionError("nobody needs to know")

    dialog = SeenWindow("Question", "gedit Gedit", dialog=True)
    for window in (EDITOR, TERMINAL, MACHINE, dialog):
        assert asked(on(window), action, known=Surroundings(focused, written_in=lambda box: ["Delete it?"])) == "", window


def test_a_reader_that_spells_otherwise_takes_no_question_away() -> None:
    dialog = SeenWindow("Question", "gedit Gedit", dialog=True)
    told = ["Delete all files?", "OK", *(f"Note number {n}" for n in range(6))]
    read = [f"{text}." for text in told]
    for known in (
        Surroundings(written_in=lambda box: told, read_in=lambda box: read),
        Surroundings(written_in=lambda box: told, read_in=lambda box: [*read, *read, *map(str, range(20))]),
        Surroundings(written_in=lambda box: list(map(str, range(20))), read_in=lambda box: read),
    ):
        assert asked(on(dialog, "OK"), CLICK, known=known) == "delete" == asked(on(dialog), 'press(keys=["enter"])', known=known)


@pytest.mark.parametrize(
    ("role", "kind"), [("list item", "delete"), ("table cell", "delete"), ("drawing area", "delete"), ("push button", "")]
)
def test_a_picture_in_a_row_is_no_part_of_the_row_s_name(role: str, kind: str) -> None:
    bin_ = Element(name="trash", role="icon", box=Box(x1=0.49, y1=0.49, x2=0.51, y2=0.51))
    for icon, expected in ((bin_, kind), (None, "")):
        person = Answers()
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, icon_at=lambda point, icon=icon: icon)  # type: ignore[misc]
        gatekeeper.review(on(EDITOR, "Message from Bob", role), Prediction(action=parse_action(CLICK), thought=SAYS))
        assert [*person.kinds, ""][0] == expected


@pytest.mark.parametrize("action", ['type(text="reboot")', 'type(text="x\\n")', 'press(keys=["enter"])', 'press(keys=["ctrl", "v"])'])
@pytest.mark.parametrize(
    ("window_class", "kind"), [("dmenu dmenu", "commands"), ("rofi Rofi", "commands"), ("yakuake yakuake", "terminal"), ("gedit Gedit", "")]
)
def test_what_floats_above_the_active_window_may_take_the_keys(action: str, window_class: str, kind: str) -> None:
    bar = Box(x1=0, y1=0, x2=1, y2=0.05)
    shown = replace(on(EDITOR, there=SeenWindow("", window_class)), popups=(bar,))
    assert asked(shown, action) == kind and asked(replace(shown, popups=()), action) == ""
