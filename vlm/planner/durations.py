"""How long is to be waited, in seconds as plans write it: "wait 2 minutes" is two waits of sixty seconds, and no plan waits only two.

wait half a minute          wait 30 seconds
pause for 90 seconds        wait 60 seconds, then wait 30 seconds
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import blank_quotations
from vlm.planner.repeats import NUMBERS

LONGEST_STEP, LONGEST = 60, 600
"""Seconds of one wait, and of all that one order asks for."""
_UNITS = {"s": 1, "m": 60, "h": 3600}
_WAIT = re.compile(
    r"\b(?P<order>wait|pause|hold on|sleep)(?: for| about| around| another| at least)* "
    rf"(?P<half>half )?(?P<number>an?|\d{{1,4}}(?:\.\d+)?|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})(?P<more> and a half)? ?"
    r"(?P<unit>s|secs?|seconds?|min|mins|minutes?|h|hours?)(?P<rest> and a half)?\b",
    re.I,
)

_UNSEEN = re.compile(
    r"\bwait\w*(?: (?:until|till) (?!(?:[\w'’]+ ){0,4}?(?:load\w*|ready|appears?|shows?|shown|open\w*|comes? up|there|visible|done)\b)"
    r"| for (?=(?:me|him|her|us|you|them)\b))(?:(?! and | then )[^,.;\n])*",
    re.I,
)
"""What no look at the screen tells: "wait until the bar is full", "wait for me"."""


def in_seconds(words: str) -> str:
    """The words with what is to be waited in steps of a plan. Raises NoPlan where it is longer than ten minutes."""
    made, end = "", 0
    for found in _WAIT.finditer(blank_quotations(words)):
        seconds = _seconds(found)
        if found["unit"][0] in "sS" and seconds <= LONGEST_STEP:
            continue
        if seconds > LONGEST:
            raise NoPlan(f"“{found[0]}” is longer than I wait: ten minutes at most, or say what to wait for")
        made += words[end : found.start()] + _said(seconds)
        end = found.end()
    return made + words[end:]


def unwaited(words: str, steps: Sequence[PlannedStep]) -> list[str]:
    """The waits in the words that the steps do not keep to."""
    waits = [step.seconds for step in steps if step.do == "wait" and step.seconds is not None]
    typed = [step.text for step in steps if step.text is not None]
    found = [(one[0], _seconds(one)) for one in _WAIT.finditer(words)]
    wanted = [said for said, seconds in found if seconds not in waits and not (seconds > LONGEST_STEP and sum(waits) >= seconds)]
    wanted += [one[0] for one in _UNSEEN.finditer(words)]
    return [said for said in wanted if not any(said in text for text in typed)]


def _seconds(found: re.Match[str]) -> float:
    said = found["number"].lower()
    number = 1.0 if said in ("a", "an") else float(NUMBERS.get(said) or said)
    if found["half"]:
        number /= 2
    return (number + (0.5 if found["more"] or found["rest"] else 0)) * _UNITS[found["unit"][0].lower()]


def _said(seconds: float) -> str:
    whole, rest = divmod(seconds, LONGEST_STEP)
    often = f" {whole:.0f} times" if whole > 1 else ""
    parts = [*([f"wait {LONGEST_STEP} seconds{often}"] if whole else []), *([f"wait {rest:g} seconds"] if rest else [])]
    return ", then ".join(parts)
