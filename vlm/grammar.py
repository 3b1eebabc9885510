"""Grammars for constrained decoding, derived from the action classes: what they produce parses, what is printed they accept.

Every grammar here is regular, so it is one regular expression (with an intersection for the thought line). llguidance turns it into
masks over the checkpoint's tokens, and into the tokens that follow of themselves (`forced`), which are never decoded one by one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from recordings.action import ACTION_CLASSES, MODIFIERS, NAMED_KEYS, Key, Pair, Text, offered_fields
from recordings.geometry import Coordinate
from vlm.prompts import DECIMALS, Places

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer
    from transformers import PreTrainedTokenizerFast

KEPT_GRAMMARS = 16
"""Compiled grammars that are kept."""

_STRING = r'"([^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00(0[0-7bef]|1[0-9a-f]))*"'
_WORDS = r'"[^"\\\x00-\x1f]{1,200}"'
_LEAD = r"[ \n]{0,2}"
_REGEX_UNICODE = (16, 0)
"""The newest Unicode version the regular-expression engine knows."""


_COORDINATE = rf"(0\.[0-9]{{{DECIMALS}}}|1\.0{{{DECIMALS}}})"
BOX = r"\[" + ", ".join([_COORDINATE] * 4) + r"\]"
"""`[x1, y1, x2, y2]`, each 0–1."""


@cache
def action_pattern(places: Places = "coordinates") -> str:
    """One action in its text form, as `print_action` prints it."""
    return "|".join(_call_pattern(cls, places) for cls in ACTION_CLASSES)


def _call_pattern(cls: type[Any], places: Places) -> str:
    hints = get_type_hints(cls, include_extras=True)
    fields = offered_fields(cls)
    required = [f"{name}={_value_pattern(hints[name])}" for name, field in fields.items() if field.is_required()]
    if places == "words":
        required = _in_words(required)
    optional = [f"{name}=({_value_pattern(hints[name], field.default)})" for name, field in fields.items() if not field.is_required()]
    arguments = ", ".join(required) + "".join(f"(, {part})?" for part in optional) if required else _any_of(optional)
    return rf"{cls.model_fields['kind'].default}\({arguments}\)"


def _in_words(required: list[str]) -> list[str]:
    names = [part.partition("=")[0] for part in required]
    if names[:2] == ["x", "y"]:
        return [f"target={_WORDS}", *required[2:]]
    if names[:1] == ["path"]:
        return [rf"path=\[{_WORDS}(, {_WORDS}){{1,4}}\]", *required[1:]]
    return required


def _any_of(parts: Sequence[str]) -> str:
    """Some or none of the parts, in order, separated by commas."""
    if not parts:
        return ""
    return "(" + "|".join(part + "".join(f"(, {later})?" for later in parts[at + 1 :]) for at, part in enumerate(parts)) + ")?"


def _value_pattern(hint: Any, default: Any = PydanticUndefined) -> str:
    """The pattern of one argument's value. A choice leaves out the default, which is never printed.

    Raises:
        TypeError: the type has no pattern yet.
    """
    if hint == Coordinate:
        return _COORDINATE
    if hint == Pair:
        return rf"\[{_COORDINATE}, {_COORDINATE}\]"
    if hint == Text:
        return _STRING
    if hint == Key:
        return f"({_key_pattern()})"
    bounds: dict[str, Any] = {}
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        for note in notes:
            for limit in note.metadata if isinstance(note, FieldInfo) else ():
                bounds.update({name: getattr(limit, name) for name in ("ge", "le", "min_length", "max_length") if hasattr(limit, name)})
    if hint is bool:
        return "|".join(text for text, value in (("true", True), ("false", False)) if value is not default)
    if get_origin(hint) is Literal:
        return "(" + "|".join(re.escape(json.dumps(choice)) for choice in get_args(hint) if choice != default) + ")"
    if hint is int:
        return _one_of(frozenset(str(number) for number in range(bounds["ge"], bounds["le"] + 1) if number != default))
    if hint is float:
        whole = _one_of(frozenset(str(number) for number in range(bounds["ge"], bounds["le"])))
        return rf"({whole}(\.[0-9]{{1,2}})?|{bounds['le']}(\.0)?)"
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        item = _value_pattern(get_args(hint)[0])
        least, most = max(bounds.get("min_length", 1), 1), bounds.get("max_length")
        return rf"\[{item}(, {item}){{{least - 1},{'' if most is None else most - 1}}}\]"
    raise TypeError(f"no pattern for values of type {hint}")


def _one_of(words: frozenset[str]) -> str:
    """A short pattern for exactly these words: a long alternation costs the engine a hundred times more."""
    heads: dict[frozenset[str], list[str]] = {}
    for head in sorted({word[0] for word in words if word}):
        heads.setdefault(frozenset(word[1:] for word in words if word[:1] == head), []).append(re.escape(head))
    branches = [(f"[{''.join(group)}]" if len(group) > 1 else group[0]) + _one_of(rest) for rest, group in heads.items()]
    if not branches:
        return ""
    return f"({'|'.join(branches)})" + ("?" if "" in words else "")


@cache
def _key_pattern() -> str:
    """A named key, or one printable character, quoted. Printable is what this Python's Unicode version calls so."""
    known = tuple(int(part) for part in unicodedata.unidata_version.split(".")[:2])
    age = ".".join(str(part) for part in min(known, _REGEX_UNICODE))
    printable = rf'[[\p{{L}}\p{{M}}\p{{N}}\p{{P}}\p{{S}}&&\p{{Age={age}}}]--["\\]]'
    return rf'"({_one_of(frozenset((*MODIFIERS, *NAMED_KEYS)))}|{printable}|\\["\\])"'


def action_grammar(places: Places = "coordinates", after_thinking: bool = False) -> str:
    """A thought line, which may be missing, and an action. The line is anything that does not itself begin as an action.

    After a `</think>` the model may first break the line.
    """
    kinds = "|".join(_kinds())
    lead = _LEAD if after_thinking else ""
    return (
        "start: THOUGHT? ACTION\n"
        rf"THOUGHT: /{lead}[^ \n][^\n]*\n/ & ~/\s*({kinds})\((.|\n)*/"
        f"\nACTION: /{lead}({_for_lark(action_pattern(places))})/\n"
    )


def _kinds() -> list[str]:
    return [str(cls.model_fields["kind"].default) for cls in ACTION_CLASSES]


def box_grammar(after_thinking: bool = False) -> str:
    lead = _LEAD if after_thinking else ""
    return f"start: /{lead}{_for_lark(BOX)}/\n"


def _for_lark(pattern: str) -> str:
    return pattern.replace("/", r"\/")


class Constraint:
    """A grammar under way: what may come next, and what must."""

    def __init__(self, matcher: LLMatcher, vocabulary: int, zero_or_one: tuple[int, int] | None = None) -> None:
        self._matcher = matcher
        self._vocabulary = vocabulary
        self._zero_or_one = zero_or_one

    def allowed(self) -> NDArray[np.bool_]:
        """Which tokens may come next: [vocabulary]."""
        return np.frombuffer(self._matcher.compute_logit_bias(), dtype=np.uint8)[: self._vocabulary] != 0

    def consume(self, token: int) -> None:
        """Take the next token.

        Raises:
            ValueError: the grammar does not allow it.
        """
        if not self._matcher.consume_token(token):
            raise ValueError(f"token {token} does not fit the grammar: {self._matcher.get_error().splitlines()[0]}")

    def forced(self) -> list[int]:
        """The tokens that must come next, in the tokenizer's own cut; empty where there is a choice."""
        return self._matcher.compute_ff_tokens()

    def likely(self) -> list[int]:
        """Where a coordinate begins: that it does with `0.`, since what lies on the last line of pixels is rarely meant. Else empty."""
        allowed = self.allowed()
        if self._zero_or_one is None or not allowed[list(self._zero_or_one)].all() or allowed.sum() != 2:
            return []
        ahead = self._matcher.deep_copy()
        ahead.consume_token(self._zero_or_one[0])
        return [self._zero_or_one[0], *ahead.compute_ff_tokens()]

    def fitting(self, tokens: Sequence[int]) -> int:
        """How many of these tokens could come next, one after the other."""
        return self._matcher.validate_tokens(list(tokens))

    @property
    def complete(self) -> bool:
        """Whether nothing but the end can follow."""
        return self._matcher.is_stopped()


class GrammarCompiler:
    """Compiles grammars for one tokenizer, each once. `vocabulary` is the width of the model's logits."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, vocabulary: int, end: Sequence[int]) -> None:
        import llguidance.hf

        # The vocabulary of a checkpoint may be padded beyond its tokenizer's, never the reverse.
        self.tokenizer: LLTokenizer = llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=list(end))
        self._vocabulary = vocabulary
        zero, one = (self.tokenizer.tokenize_str(digit) for digit in "01")
        self._zero_or_one = (zero[0], one[0]) if len(zero) == len(one) == 1 else None
        self._compiled: dict[str, LLMatcher] = {}

    def start(self, grammar: str) -> Constraint:
        """A fresh constraint for a Lark grammar.

        Raises:
            ValueError: the grammar is malformed.
        """
        from llguidance import LLMatcher

        if grammar not in self._compiled:
            while len(self._compiled) >= KEPT_GRAMMARS:
                del self._compiled[next(iter(self._compiled))]
            matcher = LLMatcher(self.tokenizer, LLMatcher.grammar_from_lark(grammar), log_level=0)
            if matcher.is_error():
                raise ValueError(f"malformed grammar: {matcher.get_error()}")
            self._compiled[grammar] = matcher
        return Constraint(self._compiled[grammar].deep_copy(), self._vocabulary, self._zero_or_one)
