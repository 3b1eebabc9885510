"""What a tokenizer's file may ask of the library that runs it: text that stays short, and expressions that end.

It is no code, but one that writes a thousand letters for one fills the memory, and one whose expressions repeat what repeats never ends.
What a `config.json` may ask for, `vlm.folder` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vlm.folder import CheckpointError, first_line, mending, read_json

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedTokenizerFast

TOKENIZER = "tokenizer.json"
SETTINGS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
MOST_GROWTH, MOST_ADDED = 64, 64
"""How many times longer a tokenizer may make a text in all; characters that one of its parts may put in."""
MOST_TOKENS = 10_000
"""Beside the vocabulary: the library compares each of them with each."""
EXPRESSION, UNBOUNDED = 1000, 2
"""Characters of an expression; repeats without an end in one of its alternatives. Published ones have some 200, and two."""
_TOKEN = re.compile(r"\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[a-z-]*:|<?[=!]|>))?|\)|[*+?]|\{[0-9,]*\}|\||.", re.DOTALL)


class TooMuch(ValueError):
    """Something that no tokenizer of a published model asks for."""


def read_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a checkpoint's folder. Raises CheckpointError: it is missing or malformed, or asks for too much."""
    from transformers import PreTrainedTokenizerFast

    path = folder / TOKENIZER
    if not path.is_file():
        raise CheckpointError(f"{path} is missing: {mending(folder, TOKENIZER)}")
    try:
        check_tokenizer(read_json(path))
        for name in SETTINGS:
            if (folder / name).exists():
                check_settings(read_json(folder / name))
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise CheckpointError(f"the tokenizer in {folder} cannot be loaded ({first_line(error)}): {mending(folder, TOKENIZER)}") from error


def check_tokenizer(found: Any) -> None:
    """Raise TooMuch where a tokenizer's file asks for more than a published one does."""
    if not isinstance(found, dict):
        raise TooMuch("it is no tokenizer")
    _check_count(found.get("added_tokens"))
    growth = 1.0
    for part in _parts({key: value for key, value in found.items() if key not in ("model", "added_tokens")}):
        for key in ("content", "prepend"):
            if isinstance(added := part.get(key), str) and len(added) > MOST_ADDED:
                raise TooMuch(f"it puts in {len(added):,} characters at once")
        pattern = part.get("pattern")
        replaced = pattern.get("String", "") if isinstance(pattern, dict) else ""
        if part.get("type") == "Replace":
            growth *= max(1.0, len(str(part.get("content", ""))) / max(len(replaced), 1))
        if isinstance(pattern, dict) and isinstance(expression := pattern.get("Regex"), str):
            check_expression(expression)
        if isinstance(strategy := part.get("strategy"), dict) and "Fixed" in strategy:
            raise TooMuch("it pads every text to one length")
    if growth > MOST_GROWTH:
        raise TooMuch(f"it makes texts {growth:,.0f} times longer")


def check_settings(found: Any) -> None:
    """Raise TooMuch where what lies beside a tokenizer's file names another in its place, or more tokens than models have."""
    if not isinstance(found, dict):
        raise TooMuch("it has no settings")
    if found.get("fast_tokenizer_files") is not None:
        raise TooMuch("its settings name another file in its place")
    _check_count(found)
    for value in found.values():
        _check_count(value)


def _check_count(several: Any) -> None:
    if isinstance(several, dict | list) and len(several) > MOST_TOKENS:
        raise TooMuch(f"{len(several):,} tokens stand beside its vocabulary")


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in it; nesting was bounded when it was read."""
    if isinstance(value, dict):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(below)


def check_expression(expression: str) -> None:
    """Raise TooMuch where an expression may take longer than its text is long, squared: it repeats a group, or refers to one."""
    if len(expression) > EXPRESSION:
        raise TooMuch(f"one of its expressions has {len(expression):,} characters")
    before, unbounded = "", [0]
    for token in _TOKEN.findall(expression):
        repeats = token in ("*", "+") or (token[0] == "{" and (token.endswith(",}") or re.findall(r"[0-9]{3}", token)))
        if repeats and before == ")":
            raise TooMuch(f"one of its expressions repeats a group: {expression[:80]!r}")
        if re.fullmatch(r"\\[1-9kg]", token):
            raise TooMuch(f"one of its expressions refers to a group: {expression[:80]!r}")
        if token.startswith("("):
            unbounded.append(0)
        elif token == ")":
            inner = unbounded.pop() if len(unbounded) > 1 else 0
            unbounded[-1] += inner
        elif token == "|":
            unbounded[-1] = 0
        elif repeats:
            unbounded[-1] += 1
        if unbounded[-1] > UNBOUNDED:
            raise TooMuch(f"one of its expressions repeats more than {UNBOUNDED} things without an end: {expression[:80]!r}")
        before = token if token not in ("?", "+") or before != ")" else before
