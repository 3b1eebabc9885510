"""What kinds of servers take beyond the common protocol: constrained answers, and answers whose beginning is given.

Found out from the servers themselves: vLLM 0.32 (`structured_outputs`; `continue_final_message`) and llama.cpp (`grammar`). With any other
server answers are checked and asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from vlm.grammar import action_pattern
from vlm.prompts import Places

THOUGHT_LENGTH = 300
"""Characters of the thought line before a constrained action."""

_ANY_KEY = re.compile(r'\[\[\\p\{.*?\]--\["\\\\\]\]')
_ELEMENT = re.compile(r"\[\^?(?:\\.|[^\]\\])*\]|\\.|\{\d+(?:,\d*)?\}|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of server.

    Attributes:
        guide: the fields that hold an answer to a regular expression; None where there are none.
        prefill: the fields that make an answer go on from a last assistant message; None where that is not possible.
        reveal: the fields that leave special tokens in the answer, so that thinking can be told from it.
    """

    name: str
    guide: Callable[[str], dict[str, Any]] | None = None
    prefill: dict[str, Any] | None = None
    reveal: dict[str, Any] | None = None


PLAIN = Dialect("plain")

_DIALECTS = {
    "vllm": Dialect(
        "vLLM",
        lambda pattern: {"structured_outputs": {"regex": pattern}},
        {"add_generation_prompt": False, "continue_final_message": True},
        {"skip_special_tokens": False},
    ),
    "llamacpp": Dialect("llama.cpp", lambda pattern: {"grammar": to_gbnf(pattern)}, {}),
}


def dialect_of(owner: str) -> Dialect:
    """The dialect of the server that says it owns the models it lists."""
    return _DIALECTS.get(owner, PLAIN)


@cache
def action_shape(places: Places) -> str:
    """The regular expression of an action answer: a thought line, which may be missing, and an action.

    Wider than the engine's own grammar, for engines without Unicode classes: any one character may be a key. The parser has the last word.
    """
    action = _ANY_KEY.sub(lambda found: r'[^"\\\x00-\x20]', action_pattern(places))
    return rf"([^\n]{{1,{THOUGHT_LENGTH}}}\n)?({action})"


def to_gbnf(pattern: str) -> str:
    """A regular expression of literals, classes, groups, alternatives and counts in llama.cpp's grammar notation."""
    parts: list[str] = []
    literal: list[str] = []

    def close() -> None:
        if literal:
            parts.append(f'"{"".join(literal)}"')
            literal.clear()

    for element in _ELEMENT.findall(pattern):
        if element in ("?", "*", "+") or (element[0] == "{" and element[-1] == "}"):
            if literal:  # only the last character is counted
                last = literal.pop()
                close()
                parts.append(f'"{last}"')
            parts[-1] += element
        elif element in ("(", ")", "|") or (element[0] == "[" and len(element) > 1):
            close()
            parts.append(element)
        elif element in ("\n", r"\n"):
            literal.append(r"\n")
        else:
            plain = element[-1]
            literal.append("\\" + plain if plain in ('"', "\\") else plain)
    close()
    return "root ::= " + " ".join(parts) + "\n"
