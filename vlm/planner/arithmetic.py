"""Sums in a person's words, as the keys of a calculator: written out, never computed.

    12 × (3 + 4)            1 2 * ( 3 + 4 )
    five plus three         5 + 3
    subtract 5 from 90      9 0 - 5
    20 % of 50              2 0 / 1 0 0 * 5 0
    7 squared               7 * 7

Whatever needs a key that calculators call and order differently (a root, a logarithm) is said to be beyond a plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import blank_quotations

_ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_DIGITS = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_WORD = rf"(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(list(_ONES)[1:10])}))?|{'|'.join(sorted(_ONES, key=len, reverse=True))}"
_N = rf"(?:{_DIGITS}|(?:{_WORD})\b)"
_SIGN = r"(?:[-+*/×÷−]|plus|minus|times|multiplied by|divided by|over)"
_START, _END = r"(?<![\w.§^])", r"(?![\w§%^]|[.,]\d| ?percent)"
_SUM = re.compile(rf"{_START}(?:\( *){{0,20}}-?{_N}(?: *\))*(?: *{_SIGN} *(?:\( *)*{_N}(?: *\))*)+(?: *=)?{_END}")
_SIGNS = {"plus": "+", "minus": "-", "multiplied by": "*", "divided by": "/", "over": "/", "times": "*", "−": "-"}
_PERCENT = r" ?(?:%|percent|per cent)"
_POWERS = {"squared": 2, "cubed": 3}
_PARTS = {
    "half": 2, "a half": 2, "one half": 2, "a third": 3, "one third": 3, "a quarter": 4, "one quarter": 4, "a fifth": 5, "a tenth": 10,
}  # fmt: skip
_MULTIPLES = {"double": 2, "twice": 2, "triple": 3}

_Made = Callable[[re.Match[str]], str | None]

_LARGEST_POWER = 9
"""A power is written as a product of so many factors at most."""
_NAMED, _ORDERED = (
    tuple((re.compile(_START + pattern + _END), made) for pattern, made in group)
    for group in (
        (
            (rf"({_N}){_PERCENT} of ({_N})", lambda found: f"{_digits(found[1])}/100*{_digits(found[2])}"),
            (rf"({'|'.join(_PARTS)}) of ({_N})", lambda found: f"{_digits(found[2])}/{_PARTS[found[1]]}"),
            (rf"({'|'.join(_MULTIPLES)}) ({_N})", lambda found: f"{_MULTIPLES[found[1]]}*{_digits(found[2])}"),
            (rf"({_N}) (squared|cubed)", lambda found: _product(found[1], _POWERS[found[2]])),
            (rf"the square of ({_N})", lambda found: _product(found[1], 2)),
            (rf"({_N}) ?(?:to the power of|to the power|\^|\*\*) ?([0-9]{{1,2}})", lambda found: _product(found[1], int(found[2]))),
            (rf"(?:the )?sum of ({_N}(?:, {_N})*),? and ({_N})", lambda found: _joined("+", found)),
            (rf"(?:the )?product of ({_N}(?:, {_N})*),? and ({_N})", lambda found: _joined("*", found)),
            (rf"(?:the )?difference (?:between|of) ({_N}) and ({_N})", lambda found: _joined("-", found)),
        ),
        (
            (rf"add (?:up )?({_N}(?:, {_N})*),? (?:and|to) ({_N})", lambda found: _joined("+", found)),
            (rf"(?:subtract|take|take away|deduct) ({_N}) from ({_N})", lambda found: f"{_digits(found[2])}-{_digits(found[1])}"),
            (rf"multiply ({_N}) (?:by|with|and) ({_N})", lambda found: _joined("*", found)),
            (rf"divide ({_N}) by ({_N})", lambda found: _joined("/", found)),
        ),
    )
)
"""Sums that are named, and those that are told to be done, each with how it is written out."""
_BEYOND = re.compile(
    rf"(?:\b(?:square|cube|cubic|[a-z]+th|{_N}th) )?\broot (?:of|from) {_N}|(?:√|\bsqrt) ?\(?{_N}"
    rf"|(?<![\w.])(?:log|logarithm|ln|sin|sine|cos|cosine|tan|tangent|factorial|inverse|reciprocal|average|mean|median)(?: of)? \(?{_N}"
    rf"|(?:^|what is |what's |calculate |compute |work out |evaluate ){_N}!(?= |$)"
    rf"|(?<!\w){_N} ?(?:factorial\b|mod(?:ulo)? {_N}|to the power\b|to the \w+ power\b|to the {_N}|\^|\*\*)"
    rf"|\b(?:add|subtract|take|deduct) {_N}{_PERCENT} (?:to|from|of|off) {_N}|(?<!\d){_N}{_PERCENT} (?:off|more than|less than) {_N}"
    rf"|\b(?:increase|decrease|raise|reduce) {_N} by {_N}{_PERCENT}"
)


def mark_sums(words: str, mark: Callable[[str], str]) -> str:
    """The words, in small letters, with each sum in them replaced by what `mark` makes of it as a calculator would be fed."""
    for pattern, made in _ORDERED:
        words = pattern.sub(partial(_marked, made, mark, "calculate "), words)
    for pattern, made in _NAMED:
        words = pattern.sub(partial(_marked, made, mark, ""), words)
    return _SUM.sub(partial(_marked, lambda found: _plain(found[0]), mark, ""), words)


def _marked(made: _Made, mark: Callable[[str], str], before: str, found: re.Match[str]) -> str:
    return found[0] if (written := made(found)) is None else before + mark(written)


def keys_of(written: str) -> list[str]:
    """The keys that enter a sum, `=` at the end."""
    return [*re.sub(r"[\s=]", "", written), "="]


def check_sum(instruction: str, steps: Sequence[PlannedStep]) -> None:
    """Raise NoPlan where a calculation needs more than the four signs, unless it is only typed."""
    found = _BEYOND.search(blank_quotations(instruction).lower())
    if found is not None and not any(found[0].strip() in step.text.lower() for step in steps if step.text is not None):
        raise NoPlan(
            f"“{found[0].strip()}” needs more than + − × ÷, and calculators differ in that: say which keys to click, each in"
            f" quotation marks"
        )


def _plain(sum_: str) -> str | None:
    """A sum with its words as signs and digits; None where its brackets do not match."""
    written = re.sub(rf"\b(?:{_WORD})\b", lambda found: _digits(found[0]), sum_)
    for word, sign in _SIGNS.items():
        written = written.replace(word, sign)
    return written.replace(",", "") if written.count("(") == written.count(")") else None


def _digits(number: str) -> str:
    if number[0].isdigit():
        return number.replace(",", "")
    return str(sum((_ONES | _TENS)[word] for word in re.split("[- ]", number)))


def _product(number: str, times: int) -> str | None:
    return "*".join([_digits(number)] * times) if 2 <= times <= _LARGEST_POWER else None


def _joined(sign: str, found: re.Match[str]) -> str:
    return sign.join(_digits(number) for number in [*found[1].split(", "), found[2]])
