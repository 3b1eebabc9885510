"""What a name, or what a model says, is about: which meaning of `risks.yaml` it has, however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.folding import bounded, folded
from agent.risk_rules import rules

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MNEMONIC = re.compile(r"(?<=\w)[&_](?=\w)")
"""The mark of the letter that chooses a button, in the midst of its name: De&lete."""
_QUOTED = re.compile(r"[\[“”\"«»„'‘’`]([^\[\]“”\"«»„'‘’`]{1,40})[\]“”\"«»„'‘’`]")
"""What a model names: [Leave], "Leave"."""
_HARMLESSLY_UNDONE = (
    "do", "til", "ion", "it", "if", "iv", "ix", "iq", "ic", "der", "group", "fold", "roll", "select", "check", "mark", "comment", "hide",
    "indent", "highlight", "star", "minim", "maxim", "zip", "pack", "compress", "wrap", "split", "merge", "name", "known", "read", "delete",
    "decorate", "stick", "snap", "freeze", "interrupt",
)  # fmt: skip
"""What no verb goes on with that takes something back from others."""
_UNDOING = re.compile(rf"un(?!{'|'.join(map(folded, _HARMLESSLY_UNDONE))})[a-z]{{3,}}\b(?<!ed)(?<!{folded('able')})(?<!{folded('ing')})")
"""English verbs that take back what holds between people or machines, as a label begins: [Unfriend], [Unenroll]; not [Ungroup]."""
_EDGES = " \t\n.,…!?:;()<>-–—&_*•·|+"
SWITCHES = frozenset({"check box", "switch", "toggle button", "radio button", "check menu item", "radio menu item"})
_TURNED = frozenset("\u202e\u2067")
"""Characters that have what follows shown from right to left."""
SHORT_NAME = 24
"""Letters of a name that is read closed up, too: a longer one holds several words."""

LONGEST_ORDER = 60
"""Letters of a label that orders something: a longer text tells of it."""

LEAST_SHORTENED = 4
"""Letters of a word that is cut short: "Uninst."."""


class Concern(str):
    """Why an action is asked about, in words for people.

    Attributes:
        kind: what it is, by its name in `risks.yaml`, for permissions.
        offer: what a person may allow for good instead, in words; empty where that is not offered.
    """

    __slots__ = ("kind", "offer")
    kind: str
    offer: str

    def __new__(cls, words: str, kind: str = "", offer: str = "") -> Concern:
        made = super().__new__(cls, words)
        made.kind, made.offer = kind, offer
        return made


def find_meanings(words: str, role: str = "") -> Iterator[Concern]:
    """What some words mean that is asked about, of each kind at least once, for one that is allowed allows no other; the name of a switch
    says by itself what it turns on and off."""
    words = bounded(words)
    plain = folded(words)
    for form in _forms(words, plain):
        for found, kind in _meanings(form):
            yield _about(_original(words, found), kind, plain)
        for kind, pair in rules().together.items():
            if near := pair.pattern.search(form) or (pair.about.search(form) if pair.switches and role in SWITCHES else None):
                yield _about(_original(words, near[0]), kind, plain)
    for part in (words, *_QUOTED.findall(words)):
        said = folded(part).strip(_EDGES)
        whole = (said, folded(part).strip())  # [Forward…] asks to whom, [Forward] goes on
        for kind in (kind for kind, pattern in rules().alone.items() if any(map(pattern.fullmatch, whole))):
            yield _about(part.strip(), kind, plain)
        if len(said) <= LONGEST_ORDER and not rules().nothing.match(said):
            yield from (_about(part.strip(), kind, plain) for kind, pattern in rules().orders.items() if pattern.search(said))
        if len(said) >= LEAST_SHORTENED and said.isalpha() and part.rstrip().endswith("."):
            yield from (_about(part.strip(), kind, plain) for kind in rules().shortened(said))
        if _UNDOING.match(said):
            yield _about(part.strip(), "delete", plain)
        for kind in rules().shown(part):
            means = "which says nothing in words" if kind == "nameless" else f"a sign for: {kind}"
            yield Concern(f"it is on {part.strip()!r}, {means}", kind)


def find_asking(window: str) -> Iterator[Concern]:
    """What the title of a window means that is asked about, of each kind: [OK] says nothing, but the window that asks does."""
    window = bounded(window)
    for _, kind in _meanings(folded(window)):
        yield Concern(f"the window is called {window!r}", kind)


def _about(word: str, kind: str, plain: str) -> Concern:
    return Concern(f"it is about {word!r}" + (f" ({kind})" if folded(kind) not in plain else ""), kind)


def _forms(words: str, plain: str) -> Iterator[str]:
    """Ways in which some words may be read: as they stand, with names of programs taken apart, without marks of letters, turned round, and
    closed up."""
    yield plain
    if (apart := _HUMP.sub(" ", words).replace("_", " ")) != words:
        yield folded(apart)
    if (whole := _MNEMONIC.sub("", words)) != words:
        yield folded(whole)
    if not _TURNED.isdisjoint(words):
        yield folded(words[::-1])
    if len(words) <= SHORT_NAME and (closed := re.sub(r"[\W_]+", "", plain)) != plain:
        yield closed


def _meanings(form: str) -> Iterator[tuple[str, str]]:
    """The words and phrases that have a meaning, and which, in the order in which they stand there. A phrase means what it is listed as,
    not what its words mean by themselves: who signs out signs nothing."""
    phrases = [found.span() for found in rules().grave.finditer(form)]
    if not phrases:
        return
    every = ((found, kind) for kind, pattern in rules().meanings.items() for found in pattern.finditer(form))
    for found, kind in sorted(every, key=lambda one: one[0].start()):
        start, end = found.span()
        if not any(first <= start and end <= last and (first, last) != (start, end) for first, last in phrases):
            yield found[0], kind


def _original(words: str, found: str) -> str:
    """The word as it stands in the text, where folding left the letters in their places."""
    at = folded(words).find(found)
    plain = words[at : at + len(found)]
    return plain if folded(plain) == found else found
