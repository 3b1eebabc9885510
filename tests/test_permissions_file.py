"""The manifest's file: what is wrong with one, whose it is, and how a rule is added."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agent.consent import ConsentError
from agent.permissions.effective import Permissions
from agent.permissions.manifest import Permit, Rule
from agent.permissions.opening import open_permissions
from agent.permissions.storing import PermissionsError, keep, own_path, parse_manifest, read_manifest
from recordings.episode import SeenWindow

EDITOR = SeenWindow("notes.txt - Mousepad", "mousepad Mousepad")
HERE = Path("permissions.yaml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rules:\n  - class: x\n    click: yes\n", 3, "allow, ask, deny"),
        ("rules:\n  - class: x\n    clik: allow\n", 3, "no key"),
        ("rules:\n  - click: allow\n", 2, "say which windows"),
        ("rules:\n  - class: x\n\n  - class: y\n    see: maybe\n", 5, "boolean"),
        ("rules:\n  - class: 5\n", 2, "string"),
        ("rules:\n  - class: x\n    class: y\n", 3, "given twice"),
        ("rules:\n  - class: x\n    risky: [everything]\n", 3, "no risk called"),
        ("never:\n  - site: https://example.org/x\n", 2, "no domain"),
        ("lift: [bank]\n", 1, "no group"),
        ("shortcuts: [enter]\n", 1, "no shortcut"),
        ("shortcuts: ['*']\n", 1, "no shortcut"),
        ("- rules\n", 1, "key: value"),
        ("rules: *x\n", 1, "alias"),
        ("otherwise: {see: false\n", 2, ""),
        ("a: &a [x]\nb: [*a, *a]\n", 1, "no key"),
        ("rule: []\n", 1, "no key"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(text, line, words):
    with pytest.raises(PermissionsError) as caught:
        parse_manifest(text, HERE)
    assert str(caught.value).startswith(f"permissions.yaml:{line}: ") and words in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


def test_files_that_are_none_are_told_in_one_line(tmp_path):
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "large.yaml").write_text("#" * 100_000)
    (tmp_path / "bomb.yaml").write_text(
        "a: &a [x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    )
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("fifo", "large", "bomb", "bytes", "none"):
        with pytest.raises(PermissionsError) as caught:
            read_manifest(tmp_path / f"{name}.yaml")
        assert "\n" not in str(caught.value)


def test_others_cannot_write_the_user_s_own_file():
    own_path().parent.mkdir(parents=True, exist_ok=True)
    own_path().write_text("lift: [banking]\n")
    own_path().chmod(0o666)
    with pytest.raises(PermissionsError, match="chmod 600"):
        open_permissions(None, None)
    own_path().chmod(0o600)
    assert open_permissions(None, None).manifest.lift == ("banking",)


class Reader:
    def __init__(self, agrees: bool) -> None:
        self.agrees, self.read = agrees, ""

    def agree(self, words: str) -> bool:
        self.read = words
        return self.agrees


def test_a_file_from_elsewhere_is_shown_and_agreed_to_once_for_each_content(tmp_path):
    path = tmp_path / "team.yaml"
    path.write_text("rules:\n  - {class: mousepad, click: allow}\nlift: [banking]\n")
    with pytest.raises(ConsentError, match="nobody is there"):
        open_permissions(path, None)
    with pytest.raises(ConsentError):
        open_permissions(path, Reader(False))
    person = Reader(True)
    assert open_permissions(path, person).manifest.rules[0].click is Permit.ALLOW
    assert "mousepad: click allow" in person.read and "lifted: banking" in person.read
    assert open_permissions(path, None).manifest.lift == ("banking",), "once is enough"
    path.write_text(path.read_text() + "shortcuts: [super]\n")
    with pytest.raises(ConsentError):
        open_permissions(path, None)


def test_what_the_user_never_wants_holds_whatever_file_is_named(tmp_path):
    own_path().parent.mkdir(parents=True, exist_ok=True)
    own_path().write_text("never:\n  - title: '*Diary*'\n")
    own_path().chmod(0o600)
    path = tmp_path / "team.yaml"
    path.write_text("rules:\n  - {title: '*Diary*', see: true, click: allow}\n")
    assert not open_permissions(path, Reader(True)).may_see(SeenWindow("My Diary", "x"))


WRITTEN = """# mine
lift: [wallets]   # I have none

rules:
  # secrets stay
  - class: mousepad
    title: "*secret*"
    type: deny
  - class: mousepad
    type: ask     # for now

shortcuts: [alt+tab]
"""


def test_a_rule_is_added_where_it_takes_effect_and_the_rest_of_the_file_stays():
    path = own_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(WRITTEN)
    path.chmod(0o600)
    rule = Rule.model_validate({"class": "Mousepad", "type": "allow"})
    assert keep(rule) == str(path)
    text = path.read_text()
    assert [line for line in text.splitlines() if line not in ("  - class: Mousepad", "    type: allow")] == WRITTEN.splitlines()
    said = Permissions(read_manifest(path))
    assert said.permit("type", EDITOR) is Permit.ALLOW
    assert said.permit("type", replace(EDITOR, title="secret.txt - Mousepad")) is Permit.DENY, "what is denied stays so"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "rules: []\n",
        "rules:\n- class: x\n  see: true\n",
        "rules:\n    - class: x\n      see: true\n",
        "lift: [banking]",
        "rules:\n  - class: x\n    click: ask",
    ],
)
def test_a_rule_can_be_added_to_any_plain_file(text):
    path = own_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if text:
        path.write_text(text)
        path.chmod(0o600)
    before = len(parse_manifest(text, HERE).rules)
    keep(Rule.model_validate({"class": "Ü: #x", "site": "example.org", "click": "allow", "risky": ["close"]}))
    after = read_manifest(path)
    assert len(after.rules) == before + 1 and any(rule.window_class == "Ü: #x" and rule.risky == ("close",) for rule in after.rules)


def test_a_file_that_cannot_be_added_to_is_left_as_it_is():
    path = own_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("rules: [{class: x, click: ask}]\n")
    path.chmod(0o600)
    with pytest.raises(PermissionsError, match=r"permissions.yaml:1"):
        keep(Rule.model_validate({"class": "y", "click": "allow"}))
    assert path.read_text() == "rules: [{class: x, click: ask}]\n"
