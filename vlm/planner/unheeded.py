"""What of a person's words no step of a plan does anything about: reason enough to ask before the plan is carried out.

    click Next three times and then finish       nothing finishes
    delete the word foo                          nothing is done to "foo"
    copy the first line and paste it             no step knows of a first line

A small language model drops what it does not understand, and is as sure of the rest as ever. So each word must be found again in the
steps: in a target or text, in what a key is pressed for, or among the words that only say how (`IDLE`). What the words forbid is not
looked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from vlm.planner.cues import ENTER, KEYS, TARGETS
from vlm.planner.durations import unwaited
from vlm.planner.idle import DEEDS, IDLE, ORDERS
from vlm.planner.negation import without_negated
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import QUOTATION, blank_quotations, quoted_part
from vlm.planner.repeats import TIMES, clauses, said_by_times
from vlm.planner.spoken import EXPLICIT, NEAR, fold_word, is_said, words_of
from vlm.planner.unsayable import unsayable

_WORD = re.compile(r"[^\W_]+(?:['’.@/_][^\W_]+)*")
_ORDINAL = re.compile(
    r"\b(?:the|its|my) (?P<which>first|second|third|fourth|fifth|sixth|last|\d+(?:st|nd|rd|th)) (?!(?:step|thing|time)\b)[a-z]", re.I
)
_NAME = re.compile(r"(?<=[\w,)] )[A-Z]\w*[a-z]\w+")
"""A word with a capital letter within a sentence."""
_NEARLY = 0.84
"""The same as `NEAR` for longer idle words, of which there are many: “status” is no “starts”."""
_NUMBER = re.compile(r"\d{1,2}")
_CODE = re.compile(r"[a-z]\d|\d[a-z]")
"""A name as short as A4."""
_NUMBERED = re.compile(r"\b(?:pages?|lines?|rows?|columns?|chapters?|slides?|sheets?|cells?) (?:number )?(?P<which>\d+)\b", re.I)
_NEW = re.compile(r"\ba (?P<which>new) (?:document|file|window|tab|page|folder|sheet|mail|message|note)\b", re.I)
_MAKING = frozenset({"ctrl+n", "ctrl+t", "ctrl+shift+n", "ctrl+shift+p"})
_MADE = frozenset({"create", "make", "add", "start"})
_TO_THE_END = re.compile(r"\bto the (?:very )?(?P<which>bottom|top|end|beginning|start)\b", re.I)
_PLACE_IN_TEXT = re.compile(
    r"[.,:;!?].* (?P<place>(?:in|into) (?:the )?(?:[A-Z]\w+|(?:\w+ )?(?:field|box|message|note|body|text|subject|document|cell|area"
    r"|editor))|at the (?:end|top|bottom|beginning|start))$"
)
"""Where a text is typed, maybe, though it was taken for a part of it."""
_COMMA_BEFORE_PLACE = re.compile(r"\b(?:type|write|enter|put|input) (?P<text>[^\n]{1,80}?[,;]) +(?:in|into|on|as|at)\b", re.I)
"""Whose comma it is nobody can tell: "type Dear all, in the body"."""
_SPARED = re.compile(r"\b(?:leav|keep)\w* [^,.;:!?\n]* (?:alone|untouched|empty|blank|out|as (?:it|they) (?:is|are|were|was))\b", re.I)
"""What is to stay as it is, which takes no step."""
_ASIDE = re.compile(
    r"\b(?:(?:my|our|the) \w+|[A-Z]\w+) (?:wants|wanted|said|says|asked|asks|told|tells|would like|needs)\b"
    r"|\bto (?:start|begin|finish|end|conclude)(?: with)?\b|\bas usual\b"
    r"|(?:^|[.;:\n]|\bthen)\s*in (?:the |my )?[\w -]{2,24}[,:]",
    re.I,
)
"""Who wants it, in which order, in which program: nothing that a step is to do."""
_MEANS = frozenset({"by", "with", "via", "using", "through"})


def unheeded(instruction: str, steps: Sequence[PlannedStep]) -> tuple[str, ...]:
    """The words that ask for something which no step does, in their order."""
    heeded = _Heeded(steps)
    instruction = said_by_times(instruction)
    wanted = without_negated(blank_quotations(instruction))
    quoted = [quoted_part(found) for found in QUOTATION.finditer(instruction) if not wanted[found.start()].isspace()]
    found = [said for said in quoted if not heeded.names(said)]
    free = re.sub(TIMES, " ", _ASIDE.sub(" ", _SPARED.sub(" ", wanted)), flags=re.I)
    if steps and steps[-1].do == "scroll":  # one step of the way
        found += [one["which"] for one in _TO_THE_END.finditer(free)]
    found += [one["text"] for one in _COMMA_BEFORE_PLACE.finditer(free) if one["text"].rstrip(",;") in heeded.texts]
    found += [place["place"] for step in steps if (place := _PLACE_IN_TEXT.search(step.text or "")) and step.text not in quoted]
    found += [*unsayable(instruction, steps), *unwaited(wanted, steps)]
    for span in clauses(free):
        found += _unheeded_in(free[span.start : span.stop], heeded)
    return tuple(dict.fromkeys(found))


def _unheeded_in(clause: str, heeded: _Heeded) -> list[str]:
    words = [(word, fold_word(word)) for word in _WORD.findall(clause)]
    names = {fold_word(found[0]) for found in _NAME.finditer(clause)}
    first = next((plain for _, plain in words if plain not in IDLE), None)
    told_how = "|" in clause or any(plain in _MEANS for _, plain in words)
    something = any(heeded.does(plain) and (plain in ORDERS or not _is_idle(plain)) for _, plain in words)
    found = []
    for at, (word, plain) in enumerate(words):
        if heeded.does(plain):
            continue
        if plain in ORDERS:
            cut = 0 < at == len(words) - 1 and heeded.names(words[at - 1][0])  # of a name or text: "set Type to Paid leave"
            missing = cut or (plain == first and not told_how and (plain in DEEDS or not something))
        else:
            missing = plain in names or not _is_idle(plain)
        if missing:
            found.append(word)
    found += [one["which"] for each in (_ORDINAL, _NUMBERED) for one in each.finditer(clause) if not heeded.names(one["which"])]
    return found + [one["which"] for one in _NEW.finditer(clause) if not heeded.makes_new]


@lru_cache(4096)
def _is_idle(word: str) -> bool:
    if word in IDLE or _NUMBER.fullmatch(word) or (len(word) < 3 and not _CODE.fullmatch(word)):
        return True
    return any(
        word[0] == one[0]
        and abs(len(word) - len(one)) < 3
        and (sorted(word) == sorted(one) or SequenceMatcher(None, word, one).ratio() >= (NEAR if len(word) < 5 else _NEARLY))
        for one in IDLE
    )


class _Heeded:
    """What the steps of a plan do something about."""

    def __init__(self, steps: Sequence[PlannedStep]) -> None:
        said = [said for step in steps for said in (step.target, step.to, step.text, step.keys, step.direction) if said]
        said += [f"{step.seconds:g}" for step in steps if step.seconds is not None]
        said += _numbers(steps)
        self._said = " ".join(said).casefold()
        self._words = frozenset(word for each in said for word in words_of(each))
        self.texts = frozenset(step.text for step in steps if step.text)
        self.makes_new = "new" in self._words or any((step.keys or "").casefold() in _MAKING for step in steps)
        stems = [stem for step in steps for stem in _stems(step)]
        self._stems = tuple(stem for stem in stems if len(stem) > 1)

    def names(self, said: str) -> bool:
        return said.casefold() in self._said or all(is_said(word, self._words) for word in said.split())

    def does(self, word: str) -> bool:
        return is_said(word, self._words) or word.startswith(self._stems) or (self.makes_new and word in _MADE)


def _numbers(steps: Sequence[PlannedStep]) -> list[str]:
    """What a calculator's keys make, clicked one after the other: 2, 1, 8 are 218."""
    keys = "".join(step.target if step.do == "click" and step.target and len(step.target) == 1 else " " for step in steps)
    return re.findall(r"\d[\d.,]+", keys)


def _stems(step: PlannedStep) -> list[str]:
    """The beginnings of words that a step answers though they are not in it."""
    if step.keys is not None:
        keys = step.keys.casefold().replace(" ", "")
        named = [name for part in keys.split("+") for name in EXPLICIT.get(part, part).split("|")]
        return [*KEYS.get(keys, "").split(), *(ENTER.split() if keys == "enter" else ()), *named]
    if step.target is not None:
        return TARGETS.get(" ".join(map(fold_word, step.target.rstrip(". …").split())), "").split()
    return []
