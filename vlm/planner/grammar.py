"""What a plan may look like, as a grammar for constrained decoding: what it admits parses, and no text is typed that nobody wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from vlm.planner.instruction import MOST_STEPS
from vlm.planner.plan import escape

LONGEST_TARGET = 80
"""Characters of a target."""

_MODIFIERS = ("ctrl", "control", "shift", "alt", "super", "win", "meta", "cmd")
_KEYS = (
    "enter", "return", "tab", "space", "backspace", "delete", "del", "escape", "esc", "insert", "home", "end", "page ?up", "page ?down",
    "up", "down", "left", "right", "menu", "print ?screen", "caps ?lock", "f[1-9]", "f1[0-2]",
)  # fmt: skip
_CHARACTER = r"[\p{L}\p{N}\p{P}\p{S}&&\p{Age=15.0}]"
_WORDS = rf"[^ \n\x00-\x1f][^\n\x00-\x1f]{{0,{LONGEST_TARGET - 1}}}"
_SECONDS = r"(60|[1-5]?[0-9](\.[0-9])?)"


_MODIFIED = rf"(?i:(({'|'.join(_MODIFIERS)})\+){{0,3}})"
_NAMED = rf"(?i:{'|'.join(_KEYS)})"


def is_keys(written: str) -> bool:
    """Whether these are keys that there are, as a plan writes them: `Ctrl+Shift+S`, `Enter`."""
    return re.fullmatch(rf"{_MODIFIED}({_NAMED}|[^\s\x00-\x1f])", written) is not None


def plan_grammar(instruction: str, texts: Sequence[str] = ()) -> str:
    """A Lark grammar of `vlm.planner.plan`'s text form: up to 60 steps and `done`.

    Args:
        instruction: what is typed is a part of it, to the letter.
        texts: others that may be typed, whole: those that a person showed under a goal that does not say them.
    """
    lines = [
        rf"(click|double_click|right_click) {_WORDS}",
        rf"press {_MODIFIED}({_NAMED}|{_CHARACTER})",
        rf"scroll (up|down|left|right)( {_WORDS})?",
        rf"set (on|off) {_WORDS}",
        rf"drag {_WORDS} -> {_WORDS}",
        rf"wait( {_SECONDS})?",
    ]
    typed = [*(["COPIED"] if instruction.strip() else []), *(json.dumps(escape(text), ensure_ascii=False) for text in dict.fromkeys(texts))]
    rules = [
        f'start: line{{0,{MOST_STEPS}}} "done"',
        'line: STEP "\\n"' + ('| "type " text "\\n"' if typed else ""),
        rf"STEP: /{'|'.join(lines).replace('/', chr(92) + '/')}/",
    ]
    if typed:
        rules.append(f"text: {' | '.join(typed)}")
    if instruction.strip():
        rules += [
            f"PART: %regex {json.dumps({'substring_chunks': [escape(character) for character in instruction.strip()]})}",
            r"COPIED: PART & /.*[^ ].*/",
        ]
    return "\n".join(rules) + "\n"
