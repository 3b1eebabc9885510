"""An instruction in the making: its clauses, the steps they mean, and the words that are to be copied, kept apart until the end."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from training.generate.instructions.frames import SLOTS, Form, put_in_form, spell
from vlm.planner.plan import PlannedStep

QUOTES = (
    (('"', '"'),) * 9 + (("'", "'"),) * 4 + (("“", "”"),) * 3 + (("‘", "’"), ("«", "»"), ("`", "`"), ("`", "`"), ("„", "“"), ("''", "''"))
)
_AMBIGUOUS = re.compile(
    r"[,;:.!?&/]|^(the|a|an|on|to|and|or|in|not)\b|\b(and|or|then|in the|next to|under|with|instead|from)\b", re.IGNORECASE
)
"""What makes the end of unquoted words hard to find."""


Choice = TypeVar("Choice")
Step = dict[str, str | float]
"""What a step is made of, slots still in it."""


@dataclass(slots=True)
class Slot:
    """Words to be copied: `plain` into the plan, `written` into the instruction."""

    plain: str
    written: str


@dataclass(slots=True)
class Clause:
    """Something to do as a part of a sentence, `~verbs` in it, and the steps it means, slots still in both.

    `whole`: it can only be a sentence of its own ("Bold should be off."). `last`: nothing can follow (text of several lines).
    """

    text: str
    steps: list[Step]
    whole: bool = False
    last: bool = False

    def inflected(self, form: Form = "base") -> str:
        return put_in_form(self.text, form)


@dataclass
class Style:
    """How one person writes: decided once an instruction."""

    quoting: float
    """The share of labels that are quoted."""
    text_quoting: float
    """The share of typed texts that are quoted even where they could stand without."""
    quotes: tuple[str, str]
    small: bool
    """Everything in small letters, but what is typed."""
    ellipses: float
    """How often a label keeps its ellipsis."""
    slips: int
    """Mistyped words."""
    roles: float
    """How often "button" or "menu" is said."""
    loud: bool = False
    """All in capitals, but what is typed."""


def new_style(rng: random.Random) -> Style:
    quoting = rng.choices((0.0, 1.0, rng.random()), (60, 27, 13))[0]
    slips = rng.choices((0, 1, 2, 3), (86, 8, 4, 2))[0]
    text_quoting = max(quoting, rng.choice((0.05, 0.05, 0.15, 0.5, 1.0)))
    return Style(
        quoting,
        text_quoting,
        rng.choice(QUOTES),
        rng.random() < 0.2,
        rng.choice((0.0, 0.0, 0.0, 0.5, 1.0)),
        slips,
        rng.choice((0.1, 0.3, 0.6)),
        rng.random() < 0.012,
    )


@dataclass
class Draft:
    """Hands out slots for what is to be copied."""

    rng: random.Random
    style: Style = field(init=False)
    slots: list[Slot] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.style = new_style(self.rng)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[int(self.rng.random() * len(choices))]

    def said(self, wordings: str | Sequence[str], roles: str = "", **places: str) -> str:
        """One of the wordings, one of the texts that it stands for, its places filled: {R} with one of the roles, or nothing."""
        template = wordings if isinstance(wordings, str) else self.pick(wordings)
        return spell(self.rng, template, {**places, "R": self.role(roles)} if roles else places)

    def _slot(self, plain: str, written: str) -> str:
        self.slots.append(Slot(plain, written))
        return SLOTS[len(self.slots) - 1]

    def label(self, name: str, quoted: bool | None = None, kept: bool = False) -> str:
        """A place for the name of something on the screen, as this person would write it; `kept`: with its capital."""
        rng, style = self.rng, self.style
        said = name
        if name.endswith("..."):
            bare = name.removesuffix("...").rstrip()
            said = (name if rng.random() < 0.7 else bare + "…") if rng.random() < style.ellipses else bare
        elif rng.random() < 0.01:
            said = name + "..."
        quoted = rng.random() < style.quoting if quoted is None else quoted
        if quoted is False and style.quoting and _AMBIGUOUS.search(said):
            quoted = True
        if not quoted and _AMBIGUOUS.search(said) and rng.random() < 0.8:
            quoted = True
        draw = rng.random()
        if kept:
            pass
        elif style.loud:
            said = said.upper()
        elif (style.small and not (quoted and draw < 0.7)) or (not style.small and draw < (0.06 if quoted else 0.22)):
            said = said.lower()
        elif draw > 0.985:
            said = said.upper()
        elif draw > 0.97:
            said = said.title() if said.isascii() else said
        if not quoted and len(said) > 4 and rng.random() < 0.03:
            said = mistyped(rng, said)
        return self._slot(said, self._quoted(said) if quoted else said)

    def text(self, text: str, closed: bool = False) -> str:
        """A place for what is to be typed. `closed`: what stands around it does not show where it ends."""
        rng, style = self.rng, self.style
        unclear = bool(re.search(r"[,;.!?\n]|\b(and|or|then|into|in the|to|with|by|for|as|on)\b", text)) and " " in text
        share = style.text_quoting
        if unclear or closed:
            share = max(share, 0.75 if unclear and closed else 0.5)
        if text != text.strip() or (text[-1:] in ".," and len(text) > 1):
            share = 1.0
        return self._slot(text, self._quoted(text) if rng.random() < share else text)

    def exact(self, words: str) -> str:
        """A place for words that both sides hold as they are."""
        return self._slot(words, words)

    def key(self, name: str, written: str) -> str:
        """A place for keys: their name in the plan, and as this person spells them."""
        if self.rng.random() < self.style.quoting * 0.35:
            written = self._quoted(written)
        return self._slot(name, written)

    def _quoted(self, words: str) -> str:
        left, right = self.style.quotes if self.rng.random() < 0.97 else self.rng.choice(QUOTES)
        if left in words or right in words or ("'" in words and left in "‘’'"):
            left, right = next(
                (pair for pair in (('"', '"'), ("“", "”"), ("«", "»")) if pair[0] not in words and pair[1] not in words), ("", "")
            )
        return f"{left}{words}{right}"

    def role(self, roles: str) -> str:
        """A blank and one of the space-separated role words, or nothing."""
        return f" {self.pick(roles.split('|'))}" if self.rng.random() < self.style.roles else ""

    def finish(self, text: str, steps: Sequence[Step]) -> tuple[str, list[PlannedStep]]:
        """The instruction and its plan with everything in its place."""
        if self.style.small:
            text = text.lower()
        if self.style.loud:
            text = text.upper()
            steps = [
                {name: _loud(value, text) if name in ("target", "to") and isinstance(value, str) else value for name, value in step.items()}
                for step in steps
            ]
        for _ in range(self.style.slips):
            text = slipped(self.rng, text)
        written = {SLOTS[number]: slot.written for number, slot in enumerate(self.slots)}
        plain = {SLOTS[number]: slot.plain for number, slot in enumerate(self.slots)}
        told = filled(text, written)
        return told, [
            PlannedStep(**{name: filled(value, plain) if isinstance(value, str) else value for name, value in step.items()})
            for step in steps
        ]


def _loud(name: str, text: str) -> str:
    """A name in capitals where the instruction says it; what everybody knows keeps its own."""
    return name.upper() if any(character in SLOTS for character in name) or name.upper() in text else name


def filled(text: str, slots: dict[str, str]) -> str:
    return "".join(slots.get(character, character) for character in text) if any(character in slots for character in text) else text


def mistyped(rng: random.Random, word: str) -> str:
    """One slip: two letters swapped, one left out, doubled, or hit beside."""
    places = [at for at in range(1, len(word) - 1) if word[at].isalpha() and word[at + 1].isalpha()]
    if not places:
        return word
    at = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    beside = {"a": "s", "e": "r", "i": "o", "o": "p", "t": "y", "n": "m", "s": "d", "r": "t", "l": "k", "c": "v"}
    return word[:at] + beside.get(word[at], "e") + word[at + 1 :]


def slipped(rng: random.Random, text: str) -> str:
    """One word that is not to be copied, mistyped; keys and numbers are left alone."""
    words = list(re.finditer(r"[A-Za-z]{4,}", text))
    if not words:
        return text
    found = rng.choice(words)
    return text[: found.start()] + mistyped(rng, found[0]) + text[found.end() :]
