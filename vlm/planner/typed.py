"""Text that is to be typed is whole: a quotation from mark to mark, and without marks to the end of its clause.

A comma, a colon, an exclamation mark or a question mark at its end is its own where the sentence ends with it or goes on after it.

"Type apples letters eight, then open File": a small model may end such a text a word early, or take it for two. Nothing but the user's own
words is looked at, and nothing is left out of a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import QUOTATION, quoted_part

_TYPING = re.compile(
    r"\b(?:type|types|typing|write|writing|key in|input)(?: in| down| out)?(?: the (?:words?|text|line|sentence|phrase))? $", re.I
)
_CLAUSE_ENDS = frozenset({
    "a", "after", "afterward", "afterwards", "again", "also", "an", "and", "as", "at", "before", "below", "but", "by", "check",
    "choose", "click", "close", "confirm", "continue", "copy", "delete", "double", "drag", "enter", "finally", "find", "finish",
    "first", "followed", "for", "from", "go", "here", "hit", "if", "in", "inside", "instead", "into", "it", "just", "later",
    "leave", "my", "next", "now", "of", "on", "once", "open", "or", "over", "paste", "pick", "please", "press", "push", "replace",
    "return", "right", "save", "scroll", "search", "select", "send", "submit", "switch", "tab", "tap", "thanks", "that", "the",
    "then", "this", "three", "tick", "times", "to", "turn", "twice", "two", "type", "uncheck", "under", "undo", "untick", "until",
    "using", "wait", "when", "where", "which", "while", "with", "without", "write", "you", "your",
})  # fmt: skip
"""Words that may begin what no longer belongs to the text: ways to go on, and verbs of the next step."""
_DANGLING = frozenset({"a", "an", "at", "by", "for", "from", "in", "into", "my", "of", "on", "the", "this", "to", "with", "your"})
"""Words that no text ends with."""
_REST = re.compile(r"(?: +[^\s,.;:!?\"'“”‘’()\[\]]+(?=[\s,.;:!?]|$))+")
_ABBREVIATED = re.compile(r"(?:^|[\s.])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|No|Nr|\w*[Ss]tr)$")
_AFTER_DOT = re.compile(r"\. ?[A-Z\d][\w'’-]*")
_WORD_GOES_ON = re.compile(r"[^\s\"“”‘’«»`']*[^\s\"“”‘’«»`'.,;:!?()\[\]]")
_WORD = re.compile(r"\S+")
_DICTATED = re.compile(
    r"(?:\b(?:type|types|typing|write|writes|writing|enter|put|input|key in|say|answer|reply)(?: in| down| out)?"
    r"(?: the (?:following|words?|text|line|sentence|phrase))?:?|\b(?:set|change) [^.;\n]{1,40} to) $",
    re.I,
)
_ATTACHED = re.compile(r"(?<!\S)[^\s\w\"“”„‘’‚«»‹›「」'`,.;:!?|]+$")
"""Signs before the first word: a bracket, a number sign, a currency."""
_SIGNS = re.compile(r"[,:;!?.…]+")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_PLACE_FOLLOWS = re.compile(r" +(?:in|into|inside|to|on|at|as|for|under)\b")
_GOES_ON = re.compile(r" +(?:and|then|before|after)\b")
_QUESTION = re.compile(
    r"(?:^|[.!?\n]\s+)\s*(?:(?:hi|hello|hey|please|so|ok|okay|and),? )*(?:can|could|would|will|may|might|do|are) (?:you|we|i)\b[^.!?\n]*$",
    re.I,
)
"""How a sentence begins whose question mark is its own, and no part of a text."""


def complete_texts(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with texts that were cut short completed; what follows and is about the rest of such a text alone is dropped."""
    completed: list[PlannedStep] = []
    inside = ""
    for step in steps:
        about = step.text if step.do == "type" else step.target if step.do == "click" else None
        if about is None:
            inside = ""
        elif inside and about in inside:
            continue
        elif step.do == "type":
            longer = about + _rest_of_word(instruction, about)
            whole = _quotation_around(instruction, longer) or longer + _rest_of(instruction, longer)
            whole = _with_signs(instruction, whole, any(step.do == "type" for step in completed))
            inside = whole.replace(about, "", 1)
            step = step.model_copy(update={"text": whole})
        else:
            inside = ""
        completed.append(step)
    return tuple(completed)


def _quotation_around(instruction: str, text: str) -> str:
    """The quotation that a text is only a part of; empty where it is none, or stands elsewhere, too."""
    around = [part for found in QUOTATION.finditer(instruction) if text in (part := quoted_part(found))]
    if len(around) != 1 or around[0] == text or instruction.count(text) != 1 or not text.strip():
        return ""
    return around[0]


def _with_signs(instruction: str, text: str, follows: bool) -> str:
    """The text with the signs that belong to it: "Dear all," and "(hello)". A full stop that ends the sentence is the sentence's.

    Args:
        follows: whether another text was typed before, after which "and" is enough: "write Who? into Name and Why? into Reason".
    """
    if instruction.count(text) != 1 or not text.strip():
        return text
    start = instruction.index(text)
    end = start + len(text)
    if (signs := _ATTACHED.search(instruction[:start])) is not None:
        start = signs.start()
    before = instruction[:start]
    if _DICTATED.search(before) is None and not (follows and re.search(r"(?:,|\band) $", before)):
        return text
    opened = [_BRACKETS[sign] for sign in instruction[start:end] if sign in _BRACKETS]
    while end < len(instruction) and opened and instruction[end] == opened[-1] and instruction[start:end].count(opened[-1]) < len(opened):
        end += 1
    run = _SIGNS.match(instruction, end)
    return instruction[start:end] + (_own_signs(run[0], before, instruction[run.end() :]) if run is not None else "")


def _own_signs(run: str, before: str, after: str) -> str:
    """As many of the signs after a text as are its own, by what follows them."""
    ends = not after.strip()
    if _PLACE_FOLLOWS.match(after):
        return run.rstrip(",;")  # the sentence goes on
    if not ends and not _GOES_ON.match(after):  # another sentence or clause
        run = run.rstrip(",;.") if run[-1] in ",;" or run == "." else run
    elif not ends:
        run = run.rstrip(",;")
    elif run[-1] == "." and run.strip(".") != "":
        run = run.rstrip(".")
    elif run == ".":
        run = ""
    return "" if run == "?" and _QUESTION.search(before) else run


def _rest_of_word(instruction: str, text: str) -> str:
    """What follows the text without a blank, as of an address that was cut at its question mark; empty where it stands more than once."""
    if instruction.count(text) != 1 or not text.strip():
        return ""
    end = instruction.index(text) + len(text)
    rest = _WORD_GOES_ON.match(instruction, end)
    if not (rest and rest[0]) and _ABBREVIATED.search(text):  # "K. Meyer", "Mr. Weiß"
        rest = _AFTER_DOT.match(instruction, end)
    return rest[0] if rest is not None else ""


def _rest_of(instruction: str, text: str) -> str:
    """What follows the text in its clause; empty where it ends as it should, stands more than once, or no typing is spoken of before it."""
    places = [found.start() for found in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", instruction)]
    if not text.strip() or len(places) != 1 or not _TYPING.search(instruction[: places[0]]):
        return ""
    following = _REST.match(instruction, places[0] + len(text))
    if following is None:
        return ""
    rest, before = following[0], text.split()[-1].casefold()
    for word in _WORD.finditer(rest):
        now = word[0].casefold()
        if now in _CLAUSE_ENDS and before not in _DANGLING:
            return rest[: word.start()].rstrip()
        before = now
    return rest
