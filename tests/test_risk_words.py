"""Which words are asked about: every meaning in eight languages, in the forms and disguises that labels and plans have, and little else."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
import yaml
from first_risk import find_meaning, find_risk

from agent.folding import folded
from agent.meanings import find_meanings
from agent.permissions.windows import terminals
from agent.private import is_terminal, need_not_echo
from agent.risk_rules import RULES, pattern_of, rules
from agent.x11 import keyboard
from recordings.action import Press, parse_action
from recordings.episode import Element, SeenWindow
from recordings.geometry import Box

CLICK = "click(x=0.5, y=0.5)"
LANGUAGES = ("en", "de", "fr", "es", "pt", "zh", "ja", "ru")
INTERFACE = Path(__file__).parents[1] / "training/generate/instructions/interface.txt"
SAID = (Path(__file__).with_name("risky_labels.txt")).read_text(encoding="utf-8")
LABELS = {found[1]: found[2].split("\n") for found in re.finditer(r"\[(\w\w)\]\n([^\[]+)(?<!\n)", SAID)}


def is_asked_about(label: str) -> bool:
    return find_risk(parse_action(CLICK), f"now [{label}]", "Window") is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_every_meaning_are_asked_about(language):
    assert len(LABELS[language]) > 30
    assert [label for label in LABELS[language] if not is_asked_about(label)] == []


def test_every_meaning_is_there_in_every_language():
    meanings = yaml.safe_load(RULES.read_text(encoding="utf-8"))["meanings"]
    assert {(kind, language) for kind, said in meanings.items() for language in LANGUAGES if not said.get(language)} == set()
    for kind in (
        "delete",
        "send",
        "pay",
        "buy",
        "confirm",
        "install",
        "allow",
        "format",
        "erase",
        "sign",
        "share",
        "log out",
        "reply",
        "submit",
        "empty",
        "unlock",
        "transfer",
        "subscribe",
        "publish",
    ):
        assert kind in meanings
        for language in LANGUAGES:
            for word in meanings[kind][language]:
                assert is_asked_about(word.rstrip("*")) or is_asked_about(word.replace("*", "en")), (kind, language, word)


@pytest.mark.parametrize(
    "label",
    [
        "D\u200dE\u200bL\u2060ETE",
        "𝐃𝐞𝐥𝐞𝐭𝐞",
        "ⓓⓔⓛⓔⓣⓔ",
        "dеlеtе",
        "d3lete",
        "D e l e t e",
        "s\u00adend",
        "Ѕend",
        "5end",
        "pау",
        "Αllow",
        "ⅾelete",
        "dҽlete",
        "delεte",
        "b∪y",
        "de\u034flete",
        "del\ufe0fete",
        "d\u0335elete",
        "🅳elete",
        "ƊELETE",
        "ᴅᴇʟᴇᴛᴇ",
        "d℮lete",
        "de|ete",
        "Dеӏеtе",
        "Տеոd",
        "ꓓelete",
        "Ꭰelete",
        "рауmеոt",
        "In\u3164stall",
        "S.E.N.D",
        "Lös\u200bchen",
        "уда\u200bлить",
        "删\u200b除",
        "Dèlètè",
        "De1ete all",
    ],
)
def test_disguised_words_are_known(label):
    assert is_asked_about(label), ascii(label)


def share(labels: list[str]) -> float:
    return sum(map(is_asked_about, labels)) / len(labels)


def test_ordinary_labels_are_seldom_asked_about():
    """400 of the interface words, evenly spread; those asked about are nearly all about closing, removing and formats."""
    lines = [line.split("\t")[1] for line in INTERFACE.read_text(encoding="utf-8").splitlines() if "\t" in line]
    labels = random.Random(0).sample(lines, 400)
    print(f"of 400 interface words {share(labels):.1%} are asked about, of all {len(lines)} {share(lines):.1%}")
    assert share(labels) <= 0.06 and share(lines) <= 0.07


@pytest.mark.parametrize(
    "label",
    [
        "Information",
        "Sender",
        "Videos",
        "Vidéos",
        "Formato",
        "Página",
        "Signet",
        "Разрешение экрана",
        "Comprimir",
        "Public",
        "Öffentlich",
        "Firmware",
        "Environment",
        "Removable drives",
        "Shareware",
        "Installed",
        "Closed issues",
        "Sent",
        "Payload",
        "Buyer's guide",
    ],
)
def test_words_that_only_look_alike_are_not(label):
    assert not is_asked_about(label)


# Where ------------------------------------------------------------------------------------------------------------------------------

XTERM, EDITOR = SeenWindow("x", "xterm XTerm"), SeenWindow("notes", "mousepad Mousepad")
DIALOG = SeenWindow("Question", "mousepad Mousepad", dialog=True)


def test_a_click_is_judged_by_the_window_it_is_in_and_not_by_the_active_one():
    middle = parse_action('click(x=0.5, y=0.5, button="middle")')
    assert "pastes" in find_risk(middle, "", "notes", window_class=EDITOR.wm_class, places=[XTERM])
    assert find_risk(middle, "", "x", window_class=XTERM.wm_class, places=[EDITOR]) is None
    drop = parse_action("drag(path=[[0.1, 0.1], [0.9, 0.9]])")
    assert "pastes" in find_risk(drop, "", "notes", places=[EDITOR, XTERM])
    assert find_risk(drop, "", "x", places=[XTERM]) is None, "what is marked in a terminal is not put into it"
    menu = SeenWindow("", "", owners=(XTERM,))
    for word in ("Paste", "Einfügen", "Coller", "粘贴", "貼り付け"):
        entry = Element(name=word, role="menu item", box=Box(x1=0, y1=0, x2=1, y2=1))
        assert "pastes" in find_risk(parse_action(CLICK), "", "x", places=[menu], elements=[entry])
        assert find_risk(parse_action(CLICK), "", "notes", places=[EDITOR], elements=[entry]) is None
    asking = SeenWindow("Delete file?", "thunar Thunar", dialog=True)
    assert "Delete file?" in find_risk(parse_action(CLICK), "now [OK]", "notes", places=[asking])


@pytest.mark.parametrize("kind", ["xterm XTerm", "krunner krunner", "xfce4-appfinder Xfce4-appfinder", "rofi Rofi"])
def test_where_commands_are_given_everything_that_gives_one_is_asked_about(kind):
    for keys in (("enter",), ("ctrl", "v"), ("ctrl", "o"), ("ctrl", "m"), ("shift", "insert"), ("ctrl", "shift", "v"), ("a",), ("space",)):
        assert find_risk(Press(keys=keys), "", "x", window_class=kind), keys
    for action in ('type(text="ls")', 'type(text="\\n")', 'click(x=0.5, y=0.5, button="middle")'):
        assert find_risk(parse_action(action), "", "x", window_class=kind), action


def test_what_has_no_name_and_lies_in_a_dialog_is_asked_about():
    def risk(place, *elements, thought="I click OK"):
        return find_risk(parse_action(CLICK), thought, "x", places=[place], elements=elements)

    def element(name, role):
        return Element(name=name, role=role, box=Box(x1=0, y1=0, x2=1, y2=1))

    assert "no name, in a dialog" in risk(DIALOG) and "no name" in risk(DIALOG, element(" ", "push button"))
    assert risk(DIALOG, element("OK", "push button")) is None and risk(DIALOG, element("OK", "read")) is None
    assert risk(DIALOG, element("", "text")) is None, "a field is only written into"
    assert risk(EDITOR) is None and risk(EDITOR, element("", "push button")) is None, "the model's own words name it"
    for said in ("", "click(x=0.5, y=0.5)"):
        assert "no name" in find_risk(parse_action(CLICK), "", "x", said=said, places=[EDITOR], elements=[element("", "icon")]), said


def test_a_concern_says_of_what_kind_it_is():
    kinds = {
        word: find_risk(parse_action(CLICK), f"now [{word}]", "x").kind for word in ("Löschen", "送信", "Оплатить", "Grant", "Log out")
    }
    assert kinds == {"Löschen": "delete", "送信": "send", "Оплатить": "pay", "Grant": "allow", "Log out": "log out"}
    assert "'Löschen' (delete)" in find_risk(parse_action(CLICK), "now [Löschen]", "x")
    assert all(re.fullmatch(r"[a-z ]+", kind) for kind in rules().kinds)


@pytest.mark.parametrize(
    "label",
    [
        "DeleteAll", "deleteFile", "btn_delete", "delete_account", "De-lete", "De lete", "Pay_now", "\u202eeteleD", "\u202ewon yaP", "🗑",
        "🗑️",
        "Drop table", "Leave group", "Forget network", "Make admin", "Open anyway", "Force push", "Roll back",
    ],
)  # fmt: skip
def test_names_that_are_written_otherwise_mean_the_same(label: str) -> None:
    assert find_meaning(label) is not None


@pytest.mark.parametrize("label", ["archivo del menú", "JavaScript", "readMe", "file_name", "De facto", "Forward", "\u202eolleH", "Re-use"])
def test_forms_of_harmless_names_stay_harmless(label: str) -> None:
    assert find_meaning(label) is None


def test_a_name_as_long_as_a_book_is_judged_by_its_head_and_its_tail_at_once() -> None:
    for filler in ("lorem ipsum ", "äö цй ", "漢字かな", "enable new add ", "S-E-N- "):
        book = filler * (300_000 // len(filler))
        began = time.process_time()
        assert find_meaning(f"Delete {book}") and find_meaning(f"{book} Delete"), "what it begins and ends with counts"
        rules().affirms(book), rules().reads(book), rules().runs(book)
        assert time.process_time() - began < 0.3, filler


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Clear the browsing data", "clear"), ("Turn the firewall off", "security"), ("2FA: disable", "reset"),
        ("Show my password", "reveal"),

        ("Generate a new API key", "make keys"), ("Change your password", "account"), ("Pair new headset", "connect"),
        ("Leave this group", "leave"),
        ("Eject", "eject"), ("Sign in", "log in"), ("➤", "send"), ("📤", "send"), ("⏎", "send"), ("💳", "pay"), ("🧨", "nameless"),
    ],
)  # fmt: skip
def test_what_two_words_or_a_sign_mean(label: str, kind: str) -> None:
    found = find_meaning(label)
    assert found is not None and found.kind == kind and kind in rules().kinds


@pytest.mark.parametrize(
    "label",
    ["Clear", "Clear selection", "Enable line numbers", "Turn on word wrap", "Show toolbar", "New folder", "Add bookmark", "Firewall",
     "🔍", "⚙", "▶", "→",
     "show me the list. The meeting was long, and we never spoke of any password", "📧 Inbox", "Push-ups", "Leave full screen"],
)  # fmt: skip
def test_either_of_two_words_means_nothing_by_itself(label: str) -> None:
    assert find_meaning(label) is None


def test_a_switch_is_asked_about_by_what_it_turns_on_and_off() -> None:
    for role in ("switch", "check box", "toggle button"):
        assert find_meaning("Firewall", role) and find_meaning("Screen sharing", role) and not find_meaning("Word wrap", role)
    assert not find_meaning("Firewall", "list item")


def test_every_pair_and_every_meaning_of_one_word_is_there_in_every_language() -> None:
    found = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for kind, pair in found["together"].items():
        for part in ("does", "about"):
            assert {language for language in LANGUAGES if not pair[part].get(language)} == set(), (kind, part)


# Other machines ---------------------------------------------------------------------------------------------------------------------

MACHINES = (
    "org.remmina.Remmina org.remmina.Remmina", "virt-manager Virt-manager", "remote-viewer Remote-viewer", "xfreerdp xfreerdp",
    "Vncviewer Vncviewer", "rdesktop rdesktop", "VirtualBoxVM VirtualBox Machine", "gnome-connections Gnome-connections", "krdc krdc",
    "X2GoClient X2GoClient", "spicy Spicy", "looking-glass-client looking-glass-client", "qemu-system-x86_64 Qemu-system-x86_64",
    "anydesk Anydesk", "TeamViewer TeamViewer", "rustdesk Rustdesk",
)  # fmt: skip


@pytest.mark.parametrize("kind", MACHINES)
def test_on_another_machine_everything_that_does_something_is_asked_about(kind: str) -> None:
    window = SeenWindow("server", kind)
    for keys in (("enter",), ("ctrl", "v"), ("ctrl", "c"), ("shift", "insert"), ("a",), ("delete",), ("f4",)):
        assert find_risk(Press(keys=keys), "", "server", window_class=kind), keys
    for action in ('type(text="ls")', CLICK, 'click(x=0.5, y=0.5, button="middle")', "drag(path=[[0.1, 0.1], [0.9, 0.9]])"):
        assert find_risk(parse_action(action), "", "server", window_class=kind, places=[window]), action
    assert find_risk(parse_action("scroll(x=0.5, y=0.5, dy=3)"), "", "server", window_class=kind, places=[window]) is None


def test_terminals_are_told_by_one_list() -> None:
    """What is pasted by another shortcut there, what is hidden and what is asked about there are the same windows."""
    kinds = [*terminals(), "gnome-terminal-server", "xterm-256color", "urxvtd", "org.gnome.Ptyxis", "com.mitchellh.ghostty", "kgx"]
    for kind in (one.replace("*", "") for one in kinds):
        assert is_terminal(kind) and keyboard.is_terminal(kind) and need_not_echo(kind, None), kind
        assert find_risk(Press(keys=("enter",)), "", "x", window_class=kind), kind


def icon(name: str) -> Element:
    return Element(name=name, role="icon", box=Box(x1=0.4, y1=0.4, x2=0.6, y2=0.6))


def test_every_program_that_is_listed_is_known_as_one_however_its_name_is_written() -> None:
    endings = yaml.safe_load(RULES.read_text(encoding="utf-8"))["programs"]
    for ending in endings:
        for name in (f"setup{ending}", f"Setup{ending.upper()}", f"setup{ending} ", f"setup{ending}\u200b"):
            assert rules().runs(name), name
            assert find_risk(parse_action("click(x=0.5, y=0.5, count=2)"), "", "Files", elements=[icon(name)]), name
    assert not any(map(rules().runs, ("notes.txt", "Cabin", "binary", "photo.jpeg", "sh", "report.pdf")))


@pytest.mark.parametrize("name", ["De&lete", "Permanently De_lete all of these files", "&Delete", "Alle Dateien jetzt lö&schen lassen"])
def test_a_mark_in_the_midst_of_a_word_parts_it_not(name: str) -> None:
    assert find_meaning(name), name


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Uninst.", "uninstall"), ("Entf.", "delete"), ("Supprim.", "delete"), ("Abbrev.", ""), ("Options", ""),
        ("Unassign", "delete"), ("Unenroll me", "delete"), ("Ungroup", ""), ("Unspecified", ""), ("Unicode", ""), ("Union", ""),
        ("Request access", "connect"), ("Pull request", ""), ("Zugriff beantragen", "connect"), ("Mount drive", "connect"),
        ("Mount point", ""), ("Forward…", "send"), ("Forward", ""), ("Format cells…", ""), ("Format", "format"),
    ],
)  # fmt: skip
def test_labels_are_orders_where_they_begin_with_one_are_cut_short_or_take_something_back(label: str, kind: str) -> None:
    assert next((found.kind for found in find_meanings(label)), "") == kind


def test_a_word_of_another_language_is_none_of_english_interfaces() -> None:
    meanings = yaml.safe_load(RULES.read_text(encoding="utf-8"))["meanings"].values()
    words = [(language, word) for one in meanings for language, some in one.items() if language not in ("signs", "icons") for word in some]
    english = pattern_of(word for language, word in words if language.startswith("en"))
    others = pattern_of(word for language, word in words if not language.startswith("en"))
    lines = [line.split("\t") for line in INTERFACE.read_text(encoding="utf-8").splitlines() if "\t" in line]
    labels = [folded(label) for kind, label in lines if kind != "foreign"]
    assert len(labels) > 3000
    assert [label for label in labels if others.search(label) and not english.search(label)] == []
