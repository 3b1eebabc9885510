"""How often something is to be done: rules count, a small language model does not.

    click Next ten times, then press Tab 3 times        "click Next twice, then press Tab twice" is planned,
    click Next, click Next, click Next                  and what comes twice in it is done ten, three, three times

What the model makes of "twice" shows which steps are meant. Where that is not plain to see, the person is told how to say it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import QUOTATION

NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "a hundred": 100, "one hundred": 100, "a dozen": 12, "half a dozen": 6,
    "two dozen": 24, "a couple of": 2, "one": 1, "a thousand": 1000,
}  # fmt: skip
_WHOLE = {"once": 1, "twice": 2, "thrice": 3}
TIMES = (
    rf"(?:{'|'.join(_WHOLE)}|(?:[0-9]{{1,4}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))}) times|[0-9]{{1,3}} ?[x×])"
    r"(?: in a row| in succession| over| altogether)?(?!\w)"
)
"""How often, in small letters; `count_of` says the number."""
_COUNT = re.compile(rf"(?<![\w.,%-])(?P<said>{TIMES})(?! *[0-9(])", re.I)
_AHEAD = re.compile(
    rf"(?:please )?(?P<number>[0-9]{{1,4}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
    r"(?:(?: ?[x×:]| times:?)? ?[\"“](?P<quoted>[^\"“”\s]+ [^\"“”]+)[\"”]|(?: ?[x×:]| times[:,]?) ?(?P<order>[a-z][^,;.\n]*?))[.!]?",
    re.I,
)
_NO_COUNT = re.compile(r"\b(?:up to|at least|at most|more than|less than|every) $", re.I)
_NO_SIGN = re.compile(r"\b(?:to|at|of|the|a|by|click|choose|select|pick|press|type|write|enter)(?: on)? $", re.I)
"""Before what is a name or a size, and no count: "set the speed to 2x", "choose 4x"."""
_EACH_A_PRESS = re.compile(
    r"\b(?P<order>undo|redo|zoom (?:in|out)|(?:go|move|step|jump|page|navigate) (?:back|forwards?|up|down|left|right))"
    r"(?: by)?(?: (?:the|my|our))?(?: (?:last|latest|previous|past|most recent|next))?"
    rf" (?P<number>[0-9]{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
    r" (?:(?:change|edit|step|action|thing|move|operation|page|screen|level|click|line|row|mistake)s?|notch(?:es)?)\b",
    re.I,
)
"""So many things, each of which is one press of a key."""
_CLAUSE_END = re.compile(
    r"(?<!\s)(?:\s*[,;.]\s*(?:and then|then|and)\b|\s*[,;]|\s*[.!](?=\s)|\s*\n|\s+(?:and then|then|and|&)\b)\s*(?:\d{1,3}[.)] +|[-*•] +)?",
    re.I,
)
_LONGEST_BLOCK = 4


@dataclass(frozen=True)
class Counted:
    """An instruction in which everything that is to be done more than once is said to be done twice, and how often it is instead."""

    words: str
    counts: tuple[int, ...]
    alone: str | None = None
    """The instruction without its count, where it is one clause: all of its steps are meant."""


def count_of(said: str) -> int:
    """The number that `TIMES` says."""
    said = re.sub(r" (?:in a row|in succession|over|altogether)$", "", said.lower())
    if said in _WHOLE:
        return _WHOLE[said]
    number = re.sub(r" ?(?:times|[x×])$", "", said)
    return NUMBERS.get(number) or int(number)


def read_counts(instruction: str) -> Counted:
    """What is said to be done several times, by a number or by being said again and again. Quotations are left as they are."""
    if (ahead := _AHEAD.fullmatch(instruction)) is not None:  # ten "click OK"; 5 x click Next
        order = ahead["quoted"] or ahead["order"]
        return Counted(order, (count_of(f"{ahead['number']} times"),), order)
    instruction = said_by_times(_said_once(instruction))
    quoted = _quoted(instruction)
    said, counts, alone, end = "", [], "", 0
    for found in _COUNT.finditer(instruction):
        before = instruction[: found.start()]
        name = found["said"][-1] in "xX×" and _NO_SIGN.search(before)
        if count_of(found["said"]) == 1 or name or _inside(quoted, found.start()) or _NO_COUNT.search(before):
            continue
        said += instruction[end : found.start()] + "twice"
        counts.append(count_of(found["said"]))
        alone = (before.rstrip() + instruction[found.end() :]).strip()
        end = found.end()
    one_clause = len(counts) == 1 and len(clauses(alone)) == 1
    return Counted(said + instruction[end:], tuple(counts), alone if one_clause else None)


def plan_counted(instruction: str, plan: Callable[[str], Sequence[PlannedStep]]) -> tuple[PlannedStep, ...]:
    """The plan of an instruction, with what it says several times as often as it says.

    Args:
        plan: what plans words in which nothing is to be done more than twice; it may raise.

    Raises:
        NoPlan: it cannot be told what is to be done so often.
    """
    counted = read_counts(instruction)
    if not counted.counts:
        return tuple(plan(instruction))
    if counted.alone is not None:
        steps = tuple(plan(counted.alone))
        return steps * counted.counts[0]
    steps = tuple(plan(counted.words))
    if any(step.text is not None and step.text not in instruction for step in steps):  # the count belongs to what is typed
        return tuple(plan(instruction))
    doubled = _doubled(steps)
    if len(doubled) != len(counted.counts):
        return _part_by_part(counted, plan)
    made: list[PlannedStep] = []
    end = 0
    for (start, width), count in zip(doubled, counted.counts, strict=True):
        made += [*steps[end:start], *steps[start : start + width] * count]
        end = start + 2 * width
    return (*made, *steps[end:])


def _part_by_part(counted: Counted, plan: Callable[[str], Sequence[PlannedStep]]) -> tuple[PlannedStep, ...]:
    """Each clause with a count planned by itself, and what stands between them. Raises NoPlan where one of them gives no plan."""
    words, end = counted.words, 0
    made: list[PlannedStep] = []
    counts = iter(counted.counts)
    for clause in clauses(words):
        if not _COUNT.search(words[clause.start : clause.stop]):
            continue
        said = words[clause.start : clause.stop]
        once = _COUNT.sub("", said).strip()
        parts = [(_between(words[end : clause.start]), 1), (once, next(counts, 0))]
        end = clause.stop
        for part, count in parts:
            steps = tuple(plan(part)) if part else ()
            if (part and not steps) or (part == once and len(once.split()) < 2) or not count:
                raise NoPlan(_unclear(counted.counts))
            made += steps * count
    rest = _between(words[end:])
    steps = tuple(plan(rest)) if rest else ()
    if next(counts, 0) or (rest and not steps):
        raise NoPlan(_unclear(counted.counts))
    return (*made, *steps)


def _between(words: str) -> str:
    """What stands between two clauses, without what parts it from them."""
    return re.sub(r"^(?:[\s,;.]|(?:and|then)\b)+|(?:[\s,;]|\b(?:and|then))+$", "", words.strip(), flags=re.I)


def _unclear(counts: Sequence[int]) -> str:
    return f"I cannot tell what is to be done {_told(counts)}: say that in a sentence of its own, as in “click Next {max(counts)} times”"


def _told(counts: Sequence[int]) -> str:
    return " and ".join("twice" if count == 2 else f"{count} times" for count in counts)


def _doubled(steps: Sequence[PlannedStep]) -> list[tuple[int, int]]:
    """Where the same steps come twice in a row, and how many they are; the shortest first, none within another."""
    found = []
    at = 0
    while at < len(steps):
        width = next((width for width in range(1, _LONGEST_BLOCK + 1) if steps[at : at + width] == steps[at + width : at + 2 * width]), 0)
        if width:
            found.append((at, width))
        at += 2 * width or 1
    return found


def _said_once(instruction: str) -> str:
    """The instruction with a clause that is said three times or more in a row said once, and how often: "click OK 3 times"."""
    made, end = "", 0
    for plain, same in groupby(clauses(instruction), lambda clause: _plain(instruction[clause.start : clause.stop])):
        run = list(same)
        if len(run) > 2 and plain and not _COUNT.search(plain):
            once = instruction[run[0].start : run[0].stop].rstrip(" .!")
            made += f"{instruction[end : run[0].start]}{once} {len(run)} times"
            end = run[-1].stop
    return made + instruction[end:]


def said_by_times(instruction: str) -> str:
    """ "Undo the last two changes" as "undo two times": each of such things is one press of a key."""
    quoted = _quoted(instruction)
    return _EACH_A_PRESS.sub(
        lambda found: found[0] if _inside(quoted, found.start()) else f"{found['order']} {found['number']} times", instruction
    )


def clauses(words: str) -> list[range]:
    """Where its clauses stand, what parts them left out; nothing parts a quotation."""
    quoted = _quoted(words)
    ends = [found for found in _CLAUSE_END.finditer(words) if not _inside(quoted, found.start())]
    starts = [0, *(found.end() for found in ends)]
    stops = [*(found.start() for found in ends), len(words)]
    return [range(start, stop) for start, stop in zip(starts, stops, strict=True) if words[start:stop].strip(" .!")]


def _quoted(words: str) -> list[range]:
    return [range(*found.span()) for found in QUOTATION.finditer(words)]


def _inside(places: Sequence[range], at: int) -> bool:
    return any(at in place for place in places)


def _plain(clause: str) -> str:
    return re.sub(r"^(?:please|now|again|then|and)\s+", "", clause.casefold().strip(" .!")).strip()
