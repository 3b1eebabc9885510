"""Folds text so that what people say and what a screen shows compare equal: case, accents, ellipses, mnemonics, punctuation, ligatures.

`fold` keeps where each word stands in the original, so that a match in the folded text gives a box on the screen.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
"""Letters that Unicode does not take apart."""
_ALIKE = {
    "×": "*", "✕": "*", "✖": "*", "⨯": "*", "∗": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "⁄": "/",
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-",
    "’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "⟶": "→",
}  # fmt: skip
"""Signs that mean the same. A multiplication sign is `*`, whichever of its forms a key shows."""
_SIGNS = frozenset("+#%@*/\\=<>^~$€£¥√∑∫±≠≤≥≈∞∂∆π")
"""Signs that tell texts apart ("C" and "C++"); all others count only where there is nothing else."""
_TELLING = frozenset("!?()[]{}'\"|,;")
"""Signs that tell keys apart, on which one or two letters stand."""
_BETWEEN_DIGITS = frozenset(".,:-/")
_SHORTCUT = re.compile(
    r"(?<!\s)\s+(?:(?:(?:ctrl|control|strg|alt|shift|super|meta|cmd|umschalt|maj)\s?[+-]\s?)+\S+(?:\s(?:up|down))?|F\d{1,2})$",
    re.IGNORECASE,
)
_LEADING = frozenset("oO0QvVxX©®@<>^+-")
"""What a reader makes of a tick box, a magnifier, an arrow before a label."""
_TRAILING = frozenset("vVxX<>^+-*")
"""What it makes of an arrow or a cross after one."""
_SPELLINGS = (
    (re.compile(r"(?<=[a-z]{2})our(?=s|ed|ing|\b)"), "or"), (re.compile(r"(?<=[a-z]{2})is(?=e|ed|es|ing|ation|er\b)"), "iz"),
    (re.compile(r"\b(cent|met|theat|lit)re"), r"\1er"), (re.compile(r"\b(dial|cat|anal)ogue"), r"\1og"),
    (re.compile(r"\blicence"), "license"), (re.compile(r"\bgrey"), "gray"),
    (re.compile(r"\bcheque"), "check"), (re.compile(r"ell(?=ed|ing)"), "el"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word and where it stands in the original text: characters `start` to `end`, exclusive."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """One text, folded.

    Attributes:
        words: folded, each with its place in the original.
        text: the words with single blanks between them.
        squeezed: the words without blanks, for readers lose and invent blanks.
        plain: `squeezed` without what only decorates: a shortcut at the end, an arrow, what a reader took for a letter before a label.
        plain_words: how many words (from, to) of `words` are left in `plain`.
        letters: a bit for each character that occurs, for quick comparisons.
        pairs: of neighbouring characters, for likeness.
    """

    words: tuple[Word, ...]
    text: str
    squeezed: str
    plain: str
    plain_words: tuple[int, int]
    letters: int
    pairs: frozenset[str]


@lru_cache(maxsize=16384)
def fold(text: str) -> Folded:
    """The folded form. Never raises; a text of punctuation alone keeps it, a blank one has no words."""
    words = _words(text)
    if sum(len(word.text) for word in words) <= 2 and not _TELLING.isdisjoint(text):
        words = []  # a key: "x!" is not "x"
    words = words or _words(text, every_sign=True)
    squeezed = "".join(word.text for word in words)
    first, last = _undecorated(text, words)
    plain = "".join(word.text for word in words[first:last])
    letters = 0
    for character in squeezed:
        letters |= 1 << (ord(character) % 61)
    padded = f" {squeezed} "
    pairs = frozenset(padded[place : place + 2] for place in range(len(padded) - 1)) if squeezed else frozenset()
    return Folded(tuple(words), " ".join(word.text for word in words), squeezed, plain, (first, last), letters, pairs)


@lru_cache(maxsize=16384)
def spelt(folded: str) -> str:
    """Folded words in American spelling."""
    for pattern, other in _SPELLINGS:
        folded = pattern.sub(other, folded)
    return folded


def same_letters(first: str, second: str) -> bool:
    """Whether two texts differ in nothing but blanks, ellipses and mnemonics."""
    return _bare(first) == _bare(second)


def _bare(text: str) -> str:
    return re.sub(r"[\s_…]+|\.{2,}|:$", "", text)


def _fold_character(character: str) -> str:
    character = _ALIKE.get(character, character)
    if "0" <= character <= "9" or "a" <= character <= "z":
        return character
    whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold()).casefold()
    return "".join(part for part in whole if not unicodedata.combining(part)).translate(_STROKES)


def _words(text: str, every_sign: bool = False) -> list[Word]:
    """Letters and digits that stand together; each sign is a word."""
    found: list[Word] = []
    current, start = "", 0

    def finish(end: int) -> None:
        nonlocal current
        if current:
            found.append(Word(current, start, end))
        current = ""

    for place, character in enumerate(text):
        before, after = text[place - 1] if place else " ", text[place + 1] if place + 1 < len(text) else " "
        folded = _fold_character(character)
        if character in "_'’" and not every_sign:
            continue  # mnemonics and apostrophes part no word
        if character == "&" and not every_sign:
            if after.isalnum() and (before.isspace() or before.isalnum()):
                continue  # Qt's mnemonic
            finish(place)
            if after.isspace() and before.isspace():
                found.append(Word("and", place, place + 1))
        elif folded and all(part.isalnum() for part in folded) and folded not in _SIGNS:
            if not current:
                start = place
            current += folded
        elif folded in _BETWEEN_DIGITS and before.isdigit() and after.isdigit() and current:
            current += folded
        else:
            finish(place)
            if folded in _SIGNS or (every_sign and folded.strip()):
                found.append(Word(folded, place, place + 1))
    finish(len(text))
    return found


def _undecorated(text: str, words: list[Word]) -> tuple[int, int]:
    first, last = 0, len(words)
    if shortcut := _SHORTCUT.search(text):
        last = sum(word.start < shortcut.start() for word in words)
    if last - first > 1 and words[first].end == words[first].start + 1 and _decorates(text[words[first].start], _LEADING):
        first += 1
    if last - first > 1 and words[last - 1].end == words[last - 1].start + 1 and _decorates(text[words[last - 1].start], _TRAILING):
        last -= 1
    return (first, last) if last > first else (0, len(words))


def _decorates(character: str, known: frozenset[str]) -> bool:
    """A sign, or a character of a script without case (readers see ideographs in icons)."""
    return character in known or (ord(character) > 0x2E80 and unicodedata.category(character) == "Lo")
