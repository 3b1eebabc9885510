"""The planner's two questions as token ids, in SmolLM2's chat format: one place for training and inference.

    <|im_start|>system\\n{what is asked}<|im_end|>\\n<|im_start|>user\\n{words}<|im_end|>\\n<|im_start|>assistant\\n{answer}<|im_end|>

Each part is tokenised by itself, and a special token spelled in somebody's words is only text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

START, END = "<|im_start|>", "<|im_end|>"
PLAN_SYSTEM = "Turn the words into steps on a screen."
CHOICE_SYSTEM = "Say what the screen calls it."


def prompt_tokens(tokenizer: PreTrainedTokenizerFast, instruction: str) -> list[int]:
    """The question for a plan, up to where the answer begins."""
    return _question(tokenizer, PLAN_SYSTEM, instruction.strip())


def choice_tokens(tokenizer: PreTrainedTokenizerFast, target: str) -> list[int]:
    """The question what a screen calls the `target` that a person named ("preferences", "the colours tab").

    The screen's own words are no part of it: each visible name is scored as the answer, by itself.
    """
    return _question(tokenizer, CHOICE_SYSTEM, target.strip())


def name_tokens(tokenizer: PreTrainedTokenizerFast, name: str) -> list[int]:
    """A visible name as the answer to that question, end mark included: on one line, without the ellipsis that some programs write."""
    return [*_plain(tokenizer, tidy_name(name)), end_token(tokenizer)]


def tidy_name(name: str) -> str:
    """A name without trailing dots and colons and with single spaces; as it is where nothing else is left."""
    spaced = " ".join(name.split())
    return re.sub(r"\s*(…|\.\.\.|:)$", "", spaced) or spaced


def end_token(tokenizer: PreTrainedTokenizerFast) -> int:
    return int(tokenizer.convert_tokens_to_ids(END))


def _question(tokenizer: PreTrainedTokenizerFast, system: str, words: str) -> list[int]:
    start, end = int(tokenizer.convert_tokens_to_ids(START)), end_token(tokenizer)
    line = _plain(tokenizer, "\n")
    told = [start, *_plain(tokenizer, f"system\n{system}"), end, *line, start, *_plain(tokenizer, "user\n")]
    return [*told, *_plain(tokenizer, words), end, *line, start, *_plain(tokenizer, "assistant\n")]


def _plain(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    """Token ids of text in which nothing is a special token."""
    return tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
