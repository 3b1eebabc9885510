"""What the permissions say of windows and shortcuts, what a person allows for good, and what a run does with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeDesktop, ScriptedPolicy

from agent.approval import EVERY_ACTION, Gatekeeper
from agent.meanings import Concern
from agent.permissions.effective import Permissions
from agent.permissions.manifest import Manifest, Permit
from agent.permissions.opening import open_permissions
from agent.permissions.storing import PermissionsError, own_path, parse_manifest
from agent.permissions.windows import groups
from agent.protocols import Decision, Verdict
from agent.risk_rules import rules
from agent.session import Session
from agent.settings import ApprovalMode, Settings
from recordings.action import Press, parse_action
from recordings.episode import Prediction, SeenWindow, StopReason
from recordings.reading import read_episode

CLICK = "click(x=0.5, y=0.5)"
EDITOR = SeenWindow("notes.txt - Mousepad", "mousepad Mousepad")
HERE = Path("permissions.yaml")


def manifest(text: str) -> Manifest:
    return parse_manifest(text, HERE)


def test_the_first_rule_that_says_something_of_a_deed_decides():
    said = Permissions(
        manifest(
            """
rules:
  - {class: mousepad, title: "*secret*", click: deny}
  - {class: mousepad, click: allow, type: ask}
  - {class: "*", press: deny}
otherwise: {type: deny}
"""
        )
    )
    assert said.permit("click", EDITOR) is Permit.ALLOW and said.permit("type", EDITOR) is Permit.ASK
    assert said.permit("click", replace(EDITOR, title="Secret.txt - Mousepad")) is Permit.DENY
    assert said.permit("press", EDITOR) is Permit.DENY and said.permit("type", SeenWindow("x", "gimp Gimp")) is Permit.DENY
    assert said.permit("click", SeenWindow("x", "gimp Gimp")) is None, "nothing is said of it"


def test_a_window_that_is_not_to_be_seen_is_not_acted_in_and_neither_are_its_dialogs_and_menus():
    said = Permissions(manifest("rules:\n  - {title: '*Payroll*', see: false, click: allow}\n"))
    payroll = SeenWindow("Payroll 2031", "calc Calc")
    for window in (payroll, SeenWindow("Open", "calc Calc", dialog=True, owners=(payroll,)), SeenWindow("", "", owners=(payroll,))):
        assert not said.may_see(window)
        for deed in ("click", "type", "press"):
            assert "not permitted" in said.refusal(deed, window) and "Payroll" not in said.refusal(deed, window)
    assert said.may_see(EDITOR) and said.refusal("click", EDITOR) is None


@pytest.mark.parametrize(
    ("window", "group"),
    [
        (SeenWindow("Passwords.kdbx - KeePassXC", "keepassxc KeePassXC"), "password managers"),
        (SeenWindow("x", "Bitwarden Bitwarden"), "password managers"),
        (SeenWindow("x", "1password 1Password"), "password managers"),
        (SeenWindow("Passwords and Keys", "seahorse Seahorse"), "keyrings"),
        (SeenWindow("x", "org.kde.kwalletmanager5 kwalletmanager5"), "keyrings"),
        (SeenWindow("Authenticate", "polkit-gnome-authentication-agent-1 Polkit-gnome-authentication-agent-1"), "authentication"),
        (SeenWindow("x", "lxpolkit Lxpolkit"), "authentication"),
        (SeenWindow("Authentication Required", "x X"), "authentication"),
        (SeenWindow("x", "pinentry-gtk-2 Pinentry-gtk-2"), "authentication"),
        (SeenWindow("Online Banking – Sparkasse Musterstadt – Chromium", "chromium Chromium"), "banking"),
        (SeenWindow("My Ba\u200bnk - Accounts", "chromium Chromium"), "banking"),
        (SeenWindow("网上银行 - Chromium", "chromium Chromium"), "banking"),
        (SeenWindow("Web", "chromium Chromium", site="www.paypal.com"), "banking"),
        (SeenWindow("Electrum 4.5 - default_wallet", "electrum Electrum"), "wallets"),
    ],
)
def test_what_is_never_touched_by_default(window, group):
    assert Permissions().never(window) == group and not Permissions().may_see(window)
    assert Permissions(manifest(f"lift: [{group}]")).may_see(window), "unless the user lifts the group by its name"
    allowed = manifest(f"rules:\n  - class: '{window.wm_class.split()[0]}'\n    see: true\n    click: allow\n")
    assert Permissions(allowed).permit("click", window) is Permit.DENY, "a rule does not"


@pytest.mark.parametrize(
    "window",
    [
        EDITOR, SeenWindow("River bank.odt - Writer", "soffice Soffice"), SeenWindow("Inbox - Mail", "thunderbird Thunderbird"),
        SeenWindow("Author - Notes", "gedit Gedit"), SeenWindow("Keyboard", "gnome-control-center"),
        SeenWindow("Downloads", "Thunar thunar"),
        SeenWindow("Shop", "chromium Chromium", site="paypal.com.evil.example"), SeenWindow("", ""),
    ],
)  # fmt: skip
def test_ordinary_windows_are_seen(window):
    assert Permissions().may_see(window)


def test_sites_are_hosts_and_what_lies_below_them():
    said = Permissions(
        manifest("rules:\n  - {site: example.org, click: allow}\n  - {class: chromium, click: deny}\nnever:\n  - site: '*.bank.test'\n")
    )
    for site, expected in (("example.org", Permit.ALLOW), ("www.example.org", Permit.ALLOW), ("example.org:8080", Permit.ALLOW),
                           ("example.org.evil.test", Permit.DENY), ("myexample.org", Permit.DENY), ("", Permit.DENY),
                           ("www.bank.test", Permit.DENY)):  # fmt: skip
        assert said.permit("click", SeenWindow("Page", "chromium Chromium", site=site)) is expected, site
    assert said.heeds_sites


# What a person allows for good ------------------------------------------------------------------------------------------------------


class Always:
    """Says yes, and for good where that is offered."""

    def __init__(self):
        self.offers = []

    def decide(self, observation, prediction, concern):
        self.offers.append(concern.offer)
        return Decision(Verdict.APPROVE, always=True)


def seen(window: SeenWindow):
    return replace(
        FakeDesktop().observe(), window_title=window.title, window_class=window.wm_class, window=window, window_at=lambda point: window
    )


def ask(gatekeeper: Gatekeeper, action: str, window: SeenWindow = EDITOR, thought: str = "") -> Decision:
    return gatekeeper.review(seen(window), Prediction(action=parse_action(action), thought=thought))


def test_what_is_allowed_for_good_is_asked_once_and_is_kept():
    person, told = Always(), []
    gatekeeper = Gatekeeper(ApprovalMode.EACH, person, permissions=open_permissions(None, None), tell=told.append)
    for _ in range(3):
        assert ask(gatekeeper, CLICK).verdict is Verdict.APPROVE
    assert person.offers == ["Mousepad: click allow"] and "always allowed: Mousepad: click allow" in told[0]
    ask(gatekeeper, CLICK, SeenWindow("x", "gimp Gimp"))
    ask(gatekeeper, 'type(text="a")')
    assert len(person.offers) == 3, "in this application, and this deed"
    ask(gatekeeper, CLICK, thought="now [Close]")
    assert person.offers[3] == "Mousepad: click allow, also what is risky as close", "what is risky is asked about for itself"
    ask(gatekeeper, CLICK, thought="now [Close]")
    ask(gatekeeper, CLICK, thought="now [Delete]")
    assert len(person.offers) == 5, "closing is allowed, deleting is not"
    again = Gatekeeper(ApprovalMode.RISKY, permissions=open_permissions(None, None))
    assert ask(again, CLICK, thought="now [Close]").verdict is Verdict.APPROVE, "in the next run, too"


def test_of_a_browser_nothing_is_allowed_for_good_while_nobody_knows_at_which_site():
    for site, offer in (("", ""), ("example.org", "Chromium at example.org: click allow, also what is risky as close")):
        person = Always()
        gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, permissions=open_permissions(None, None))
        ask(gatekeeper, CLICK, SeenWindow("Page", "chromium Chromium", site=site), "now [Close]")
        assert person.offers == [offer]


def test_what_costs_or_runs_something_is_not_offered_for_good():
    for action, window, thought in (
        (CLICK, EDITOR, "now [Pay]"), (CLICK, EDITOR, "now [Install]"), ('type(text="ls")', SeenWindow("x", "xterm XTerm"), ""),
        ('type(text="x")', EDITOR, "the password"), (CLICK, SeenWindow("x", ""), "now [Close]"),
    ):  # fmt: skip
        person = Always()
        ask(Gatekeeper(ApprovalMode.RISKY, person, permissions=open_permissions(None, None)), action, window, thought)
        assert person.offers == [""], (action, thought)
    assert not own_path().exists()


def test_what_is_never_touched_is_not_even_asked_about():
    person = Always()
    window = SeenWindow("db - KeePassXC", "keepassxc KeePassXC")
    for mode in ApprovalMode:
        gatekeeper = Gatekeeper(mode, person, permissions=open_permissions(None, None))
        for action in (CLICK, 'type(text="x")', 'press(keys=["enter"])', "scroll(x=0.5, y=0.5, dy=1)"):
            decision = ask(gatekeeper, action, window)
            assert decision.verdict is Verdict.SKIP and "password managers" in decision.reason
    assert person.offers == []
    assert ask(Gatekeeper(ApprovalMode.NONE), CLICK, window).verdict is Verdict.STOP, "where nobody is there it ends"


def test_what_the_permissions_ask_about_is_asked_in_every_mode():
    said = Permissions(manifest("rules:\n  - {class: mousepad, click: ask}\n"))
    person = Always()
    assert ask(Gatekeeper(ApprovalMode.NONE, person, permissions=said), CLICK).by_person
    assert ask(Gatekeeper(ApprovalMode.NONE, permissions=said), CLICK).verdict is Verdict.STOP
    assert not ask(Gatekeeper(ApprovalMode.NONE, person, permissions=said), 'type(text="x")').by_person


# Shortcuts of the desktop itself ----------------------------------------------------------------------------------------------------

GLOBAL = [
    ("super",),
    ("super", "r"),
    ("alt", "f2"),
    ("ctrl", "alt", "t"),
    ("ctrl", "alt", "delete"),
    ("alt", "space"),
    ("alt", "f1"),
    ("ctrl", "escape"),
]


@pytest.mark.parametrize("keys", GLOBAL)
@pytest.mark.parametrize("mode", ApprovalMode)
def test_shortcuts_of_the_desktop_itself_are_refused_and_nobody_is_asked(keys, mode):
    person = Always()
    prediction = Prediction(action=Press(keys=keys))
    decision = Gatekeeper(mode, person).review(seen(EDITOR), prediction)
    assert decision.verdict is Verdict.SKIP and "+".join(keys) in decision.reason and person.offers == []
    permitted = Permissions(manifest(f"shortcuts: [{'+'.join(keys)}]"))
    assert Gatekeeper(mode, person, permissions=permitted).review(seen(EDITOR), prediction).verdict is Verdict.APPROVE
    held = (
        Prediction(action=Press(keys=("tab",), then=(keys,)))
        if keys[0] == "super"
        else Prediction(action=Press(keys=(keys[0], "a"), then=(keys[1:],)))
    )
    assert Gatekeeper(mode, person).review(seen(EDITOR), held).verdict is Verdict.SKIP, "also as a part of more"


def test_another_shortcut_than_the_permitted_one_is_refused():
    permitted = Permissions(manifest("shortcuts: [super, ctrl+alt+t]"))
    for keys in (("super", "r"), ("ctrl", "alt", "delete"), ("ctrl", "alt", "shift", "t")):
        assert permitted.refuses_shortcut(Press(keys=keys), False), keys
    assert not Permissions(manifest("shortcuts: ['super+*']")).refuses_shortcut(Press(keys=("super", "r")), False)


def test_switching_windows_is_refused_where_windows_are_bound_and_asked_about_elsewhere():
    switch = Prediction(action=Press(keys=("alt", "tab")))
    for bound in ({"allowed_window": "Mousepad"}, {"bound": True}):
        person = Always()
        assert Gatekeeper(ApprovalMode.NONE, person, **bound).review(seen(EDITOR), switch).verdict is Verdict.SKIP and not person.offers
    person = Always()
    assert Gatekeeper(ApprovalMode.RISKY, person).review(seen(EDITOR), switch).by_person


def test_on_a_desktop_of_its_own_without_approval_shortcuts_reach_nothing_else():
    assert Permissions(own_desktop=True).refuses_shortcut(Press(keys=("alt", "f2")), False) is None


# A run ------------------------------------------------------------------------------------------------------------------------------


def test_a_run_shows_its_permissions_first_and_keeps_them(tmp_path):
    own_path().parent.mkdir(parents=True, exist_ok=True)
    own_path().write_text("rules:\n  - {class: mousepad, click: allow}\n")
    own_path().chmod(0o600)
    shown: list[list[str]] = []
    desktop = FakeDesktop()
    desktop.on_perform = lambda action: shown.append(["acted"])
    session = Session(
        Settings(episodes=tmp_path, approve=ApprovalMode.NONE), policy=ScriptedPolicy(CLICK, "finish()"), desktop=desktop,
        show_permissions=lambda permissions: shown.append(permissions.lines()),
    )  # fmt: skip
    list(session.run("click it"))
    assert shown[1] == ["acted"] and any("mousepad: click allow" in line for line in shown[0]) and str(own_path()) in shown[0][-1]
    kept = read_episode(session.result.episode).header.extra["permissions"]
    assert kept["manifest"] == {"rules": [{"class": "mousepad", "click": "allow"}]} and kept["never"] == list(groups())


def test_a_manifest_that_is_wrong_ends_a_run_before_it_begins(tmp_path):
    own_path().parent.mkdir(parents=True, exist_ok=True)
    own_path().write_text("rules:\n  - {class: mousepad, click: maybe}\n")
    own_path().chmod(0o600)
    desktop = FakeDesktop()
    with pytest.raises(PermissionsError, match=r"permissions.yaml:2: "):
        list(Session(Settings(episodes=tmp_path), policy=ScriptedPolicy(CLICK), desktop=desktop).run("click it"))
    assert desktop.performed == []


def test_a_refused_shortcut_is_a_step_that_says_so(tmp_path):
    class Yes(Always):
        def answer(self, question):
            return None

    desktop = FakeDesktop()
    session = Session(
        Settings(episodes=tmp_path, approve=ApprovalMode.NONE),
        policy=ScriptedPolicy('press(keys=["alt", "f2"])', "finish()"),
        desktop=desktop,
        person=Yes(),
    )
    steps = list(session.run("open the run dialog"))
    assert "not permitted: alt+f2" in steps[0].note and desktop.performed == [] and session.result.stop_reason is StopReason.DONE


def test_every_kind_of_risk_can_be_named_and_every_action_is_no_risk():
    assert set(rules().each_time) <= set(rules().kinds) and Concern(EVERY_ACTION).kind not in rules().kinds
