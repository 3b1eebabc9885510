"""The rules of `risks.yaml`, read once: which words, signs, windows and keys are asked about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from agent.folding import bounded, folded
from agent.permissions.windows import machines, terminals
from recordings.episode import SeenWindow
from recordings.parsing import parse_yaml

OTHER_KINDS = (
    "password", "terminal", "machine", "commands", "message", "shortcut", "nameless", "unreadable", "elsewhere", "stranger", "unsaid",
)  # fmt: skip
"""Kinds of risk that no word tells."""
RULES = Path(__file__).with_name("risks.yaml")
SIGNS = "signs"
"""What is listed so are pictures, which mean something only where a name has no letters."""
FIRST_PICTURE = "\U0001f000"
"""Where the blocks of pictures begin; before them are arrows, shapes and signs of old."""
_MONEY = r"(?:[$€£¥₽₹₩₺₴₪]|\b(?:usd|eur|gbp|chf|jpy|cny|pln|czk|huf|sek|nok|dkk|rub|uah|try|inr|brl|cad|aud|btc|eth|zł|kč|kr|руб)\b)"
AMOUNT = re.compile(rf"{_MONEY}\s?\d|\d\s?{_MONEY}", re.IGNORECASE)
"""An amount of money, as pages write it."""
LEAST_WORD = 5
"""Letters that tell a word, however it goes on."""
NEAR = 30
"""Characters between two words that belong together."""
_WITHOUT_MARKS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
"""How German and the languages of the north are written where a keyboard lacks their letters."""
_ARTICLE = "(?:\u0648?\u0627\u0644)?"
"""Arabic writes it, and the word for "and", in one with the word."""


@dataclass(frozen=True, slots=True)
class Windows:
    """One kind of window, told by its class or its title."""

    classes: tuple[str, ...]
    title: re.Pattern[str]

    def match(self, window_class: str, title: str) -> bool:
        """Whether a window is one of them."""
        words = window_class.casefold().replace(".", " ").split() + window_class.casefold().split()
        return any(fnmatchcase(word, pattern) for word in words for pattern in self.classes) or bool(self.title.search(folded(title)))


def is_machine(window: SeenWindow) -> bool:
    """Whether a window is on another machine, a real one or a virtual one, of which nothing is known."""
    kind, shown, words = machines(), folded(window.title), window.wm_class.casefold().replace(".", " ").split()
    return any(fnmatchcase(word, one) for word in (*words, *window.wm_class.casefold().split()) for one in kind.classes) or any(
        fnmatchcase(shown, folded(one)) for one in kind.titles
    )


@dataclass(frozen=True, slots=True)
class Together:
    """What two words mean near each other: what is done, and to what."""

    pattern: re.Pattern[str]
    about: re.Pattern[str]
    switches: bool
    """Whether a switch that is called so is meant, too."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`risks.yaml`, ready to be asked."""

    grave: re.Pattern[str]
    """Any of the meanings, and what means nothing though its words do."""
    nothing: re.Pattern[str]
    """What means nothing though its words do."""
    meanings: dict[str, re.Pattern[str]]
    together: dict[str, Together]
    alone: dict[str, re.Pattern[str]]
    """What is meant by words that are all of a name."""
    orders: dict[str, re.Pattern[str]]
    """What is meant by words that a name begins with; by those of other languages than English, wherever it has them."""
    single: tuple[tuple[str, str], ...]
    """The words that stand by themselves, each with its meaning."""
    signs: dict[str, str]
    """What pictures mean, each by itself."""
    plain_signs: frozenset[str]
    """Pictures that mean nothing of that kind."""
    crosses: frozenset[str]
    """Signs that close or delete what they stand on."""
    paste: re.Pattern[str]
    secret: re.Pattern[str]
    terminals: Windows
    runners: Windows
    chats: Windows
    shortcuts: dict[str, tuple[frozenset[str], ...]]
    programs: tuple[str, ...]
    scripts: tuple[str, ...]
    affirming: re.Pattern[str]
    """What buttons are called that say nothing but yes."""
    dear: re.Pattern[str]
    """What a sentence of a dialog says that makes its buttons dear, whatever they are called."""
    money: re.Pattern[str]
    """What a sum is called that is to be paid."""
    quiet: re.Pattern[str]
    """Labels that go back, look, or leave things as they are."""
    retreats: re.Pattern[str]
    """Those of them that are all of a label."""
    saving: re.Pattern[str]
    denying: re.Pattern[str]
    """What a dialog asks, and the label that throws away what it would have kept."""
    each_time: frozenset[str]
    """Kinds of risk that are asked about each time: nobody is offered to allow them for good."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What a concern may be called."""
        return tuple(dict.fromkeys((*self.meanings, *self.together, *self.alone, *self.orders, *OTHER_KINDS)))

    def shown(self, name: str) -> tuple[str, ...]:
        """What a name that is nothing but pictures means; "nameless" where nobody knows, nothing where it is harmless, or has letters."""
        if any(map(str.isalnum, name)):
            return ()
        shown = [one for one in name if one.strip() and unicodedata.category(one) not in ("Mn", "Cf", "Sk")]
        known = tuple(dict.fromkeys(self.signs[one] for one in shown if one in self.signs))
        return known or (("nameless",) if any(one >= FIRST_PICTURE and one not in self.plain_signs for one in shown) else ())

    def shortened(self, letters: str) -> tuple[str, ...]:
        """What is meant by the words that begin with these."""
        return tuple(dict.fromkeys(kind for word, kind in self.single if word.startswith(letters) and word != letters))

    def affirms(self, name: str) -> bool:
        """Whether a button's name says nothing but yes, or is a sign that may mean it."""
        if name.strip() and not any(map(str.isalnum, name)):
            return True
        return self.affirming.fullmatch(_label(name)) is not None

    def is_quiet(self, name: str, said: Iterable[str] = ()) -> bool:
        """Whether a label goes back, looks, or leaves things as they are, whatever is asked; `said`: what stands around it, which may mean
        it by its own word ("Cancel the order?") or ask what it throws away."""
        label = _label(name)
        if self.quiet.fullmatch(label) is None:
            return False
        others = [text for one in said if (text := folded(bounded(one))) and _label(one) != label]
        if self.denying.fullmatch(label) and any(map(self.saving.search, others)):
            return False
        return not self.retreats.fullmatch(label) or len(label) < LEAST_WORD or not any(label[:LEAST_WORD] in text for text in others)

    def is_bill(self, texts: Iterable[str]) -> bool:
        """Whether texts name a sum and an amount of money."""
        said = "\n".join(map(bounded, texts))
        return AMOUNT.search(said) is not None and self.money.search(folded(said)) is not None

    def runs(self, name: str) -> bool:
        """Whether a file of that name is a program."""
        return folded(bounded(name.strip())).strip(" .").endswith(self.programs)

    def reads(self, name: str) -> bool:
        """Whether all letters of a name are of scripts that the words here are of."""
        letters = (one for one in unicodedata.normalize("NFKD", bounded(name)) if unicodedata.category(one) in ("Lo", "Ll", "Lu", "Lt"))
        return all(unicodedata.name(one, "").startswith(self.scripts) for one in letters)

    def meant(self, kind: str, keys: Iterable[str]) -> bool:
        """Whether keys pressed together are one of these shortcuts."""
        return any(shortcut <= set(keys) for shortcut in self.shortcuts[kind])


@cache
def rules() -> Rules:
    """The rules, read once."""
    found: dict[str, Any] = parse_yaml(RULES.read_text(encoding="utf-8"))

    def words(*kinds: dict[str, list[str]]) -> re.Pattern[str]:
        return pattern_of(word for languages in kinds for called, some in languages.items() if called != SIGNS for word in some)

    def windows(kind: dict[str, list[str]]) -> Windows:
        return Windows(tuple(kind["class"]), pattern_of(kind["title"]))

    shortcuts = {kind: tuple(map(frozenset, some)) for kind, some in found["shortcuts"].items()}
    editors, runners, chats = (windows(found[kind]) for kind in ("terminals", "runners", "chats"))
    taking = replace(editors, classes=(*terminals(), *editors.classes))
    meanings = {kind: words(languages) for kind, languages in found["meanings"].items()}
    left = {
        f"{kind} {one}": [word for word in some if " " in word] for kind in ("whole", "first") for one, some in found["quiet"][kind].items()
    }
    grave = words(*found["meanings"].values(), found["nothing"], left)  # [Don't allow] leaves things as they are
    pairs = found["together"].items()
    together = {kind: _together(words(one["does"]), words(one["about"]), one.get("switches", False)) for kind, one in pairs}
    each_time = frozenset(found["each time"])
    return Rules(
        grave,
        words(found["nothing"]),
        meanings,
        together,
        {kind: words(languages) for kind, languages in found["alone"].items()},
        {kind: _orders(languages) for kind, languages in found["orders"].items()},
        tuple(
            (folded(word.strip("*")), kind) for kind, some in found["meanings"].items() for word in chain(*some.values()) if " " not in word
        ),
        {sign: kind for kind, languages in found["meanings"].items() for sign in languages.get(SIGNS, ())},
        frozenset(found["plain signs"]),
        frozenset(found["crosses"]),
        words(found["paste"]),
        words(found["secret"]),
        taking,
        runners,
        chats,
        shortcuts,
        tuple(map(folded, found["programs"])),
        tuple(script.upper() for script in found["scripts"]),
        words(found["affirming"]),
        words(found["dear"]),
        words(found["money"]),
        _labels(found["quiet"]),
        words(found["quiet"]["whole"]),
        words(found["saving"]),
        words(found["denying"]),
        each_time,
    )


def _label(name: str) -> str:
    """A label as it is compared, without marks of its letters and of what follows."""
    return folded(bounded(name)).replace("&", "").replace("_", "").strip(" .…!:?,»›→>")


def _labels(kinds: dict[str, dict[str, list[str]]]) -> re.Pattern[str]:
    """What is all of a label, or what it begins or ends with."""
    whole, first, last = (pattern_of(word for some in kinds[kind].values() for word in some).pattern for kind in ("whole", "first", "last"))
    return re.compile(f"(?:{whole})|(?:{first}).*|.*(?:{last})", re.DOTALL)


def _orders(languages: dict[str, list[str]]) -> re.Pattern[str]:
    first, anywhere = (
        pattern_of(word for one, some in languages.items() if (one == "en") is is_first for word in some) for is_first in (True, False)
    )
    return re.compile("|".join([f"^(?:{first.pattern})", *([anywhere.pattern] if anywhere.pattern else [])]))


def _together(does: re.Pattern[str], about: re.Pattern[str], switches: bool) -> Together:
    near = rf"[^\n]{{0,{NEAR}}}?"
    first, second = f"(?:{does.pattern})", f"(?:{about.pattern})"
    return Together(re.compile(f"{first}{near}{second}|{second}{near}{first}"), about, switches)


def is_dense(letter: str) -> bool:
    """Whether it is of a script that is written without spaces."""
    return "\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3"


def pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """One expression for all of them, the longest first; languages without spaces match anywhere."""
    spaced, dense = set[str](), set[str]()
    for word in (form for one in words for form in {one, one.translate(_WITHOUT_MARKS)}):
        plain = re.escape(folded(word.removesuffix("*"))).replace(r"\ ", r"[\s_-]*" if " " in word else " ")
        plain += r"\w*" if word.endswith("*") else ""
        plain = _ARTICLE + plain if "\u0620" <= word[0] <= "\u064a" else plain
        (dense if any(map(is_dense, word)) else spaced).add(plain)
    parts = [rf"(?<![\w])(?:{'|'.join(sorted(spaced, key=len, reverse=True))})(?![\w])"] if spaced else []
    return re.compile("|".join([*parts, *sorted(dense, key=len, reverse=True)]))
