"""Plain orders in other languages of Latin script: known by their verbs and small words, read word for word as English.

    Klicke auf „Datei“ und dann auf „Beenden“       click on §0§ and then on §1§
    écris bonjour dans le champ Nom                 type §0§ in field §1§

The planner's model was taught English. What these words do not cover is not guessed: the person is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from vlm.planner.instruction import NoPlan
from vlm.planner.language_words import ALSO_ENGLISH, ENGLISH, ORDERS, SMALL

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*['’]?")
_MARK = re.compile(r"§\d+§|¤\d+¤")
_KEYS = re.compile(
    r"(?:(?:strg|ctrl|control|alt|umschalt|maj|mayús|shift|super)(?: ?\+ ?))+[^\s,.;§]+|(?:f1[0-2]|f[1-9]|tab|escape|esc|enter|entf)(?!\w)",
    re.I,
)
_MODIFIERS = {"strg": "ctrl", "umschalt": "shift", "maj": "shift", "mayús": "shift", "entf": "delete"}
_IN_A_ROW = re.compile(r"[>,/→]|^\W*\w+\W*$")
_BETWEEN = re.compile(r"[\s,.;:!?>→\d()+-]+")


@dataclass(frozen=True)
class Read:
    """An instruction in English words, with a mark for each name that stood there without quotation marks."""

    shape: str
    names: tuple[str, ...]


def language_of(words: str) -> str | None:
    """The language of an instruction whose quotations are marks, None for English and for what is none of those known."""
    written = _WORD.findall(_MARK.sub(" ", words))
    if not written or (_IN_A_ROW.search(words) and all(word[0].isupper() for word in written)):  # names, as menus have them
        return None
    found = [word.lower().replace("’", "'") for word in written]
    english = sum(word in ENGLISH for word in found)
    if found[0] in ENGLISH and found[0] not in ALSO_ENGLISH:
        return None
    best, most = None, 0
    for language in ORDERS:
        orders, small = _vocabulary(language)
        score = 2 * len(orders.findall(words)) + sum(word in small for word in found)
        if score > most and score >= 2 and score > english:
            best, most = language, score
    return best


def in_english(words: str, language: str, first: int) -> Read | None:
    """The instruction in English, its names as marks from `first` on; None where the language is only recognised."""
    phrases = _phrases(language)
    if not phrases:
        return None
    said: list[str] = []
    names: list[list[str]] = []
    at, open_name = 0, False
    while at < len(words):
        if found := _MARK.match(words, at) or _KEYS.match(words, at):
            said.append(
                re.sub(r"[^\W\d_]+", lambda key: _MODIFIERS.get(key[0].lower(), key[0]), found[0]) if found[0][0] not in "§¤" else found[0]
            )
            open_name = False
        elif found := phrases.match(words, at):
            said.append(_english(language)[found[0].lower().replace("’", "'")])
            open_name = False
        elif (found := _BETWEEN.match(words, at)) is not None:
            if found[0].strip():
                said.append(found[0])
                open_name = False
        else:
            found = re.compile(r"[^\s,;:!?§]+?(?=[.]?(?:[\s,;:!?§]|$))").match(words, at) or re.compile(r".", re.S).match(words, at)
            assert found is not None
            if open_name:
                names[-1].append(found[0])
            else:
                names.append([found[0]])
                said.append(f"§{first + len(names) - 1}§")
            open_name = True
        at = found.end()
    # "y luego en «Salir»": what comes second is clicked on, not in
    return Read(re.sub(r"\b(and|then)  ?in (?=§)", r"\1 on ", " ".join(said)), tuple(" ".join(parts) for parts in names))


def check_language(words: str) -> None:
    """Raise NoPlan where the instruction, its quotations as marks, is in a language that could not be read."""
    if (language := language_of(words)) is not None:
        raise NoPlan(
            f"this seems to be {language}, and the planner follows English: say it in English, or plainly, with each name in"
            f" quotation marks"
        )


@cache
def _vocabulary(language: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """Its orders, and its small words, without what English has, too."""
    orders = {said for group in ORDERS[language].values() for said in group.split("|")} - ENGLISH - ALSO_ENGLISH
    small = {word for group in SMALL[language].values() for said in group.split("|") for word in said.split()}
    return _any_of(orders), frozenset(small - ENGLISH - ALSO_ENGLISH - orders)


@cache
def _english(language: str) -> Mapping[str, str]:
    small = {said: english for english, group in SMALL[language].items() for said in group.split("|")}
    return small | {said: english for english, group in ORDERS[language].items() if english for said in group.split("|")}


@cache
def _phrases(language: str) -> re.Pattern[str] | None:
    if len(ORDERS[language]) == 1:
        return None
    return _any_of(_english(language))


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    said = (re.escape(one).replace("'", "['’]") + ("" if one.endswith("'") else r"(?![\w'’])") for one in longest)
    return re.compile(rf"(?<!\w)(?:{'|'.join(said)})", re.I)
