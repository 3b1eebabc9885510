"""What a person puts between quotation marks, of every kind that people use: a name or a text to the letter, and no word of the order."""

from __future__ import annotations

import re
from functools import lru_cache

QUOTATION = re.compile(
    r"(?<![\w'])''((?:[^\n']|'(?!'))+?)''(?![\w'])|\"([^\"]+)\"|“([^“”]+)”|„([^„“”]+)[“”]|«\s?([^«»]+?)\s?»|`([^`\n]+)`"
    r"|(?<!\w)‘([^\n‘]+?)’(?!\w)|(?<!\w)'((?:[^\n']|(?<=\w)')+?)'(?!\w)"
)
"""One of its groups is what is quoted. No mark that begins another stands within: a hundred that never end take no time."""


def quoted_part(found: re.Match[str]) -> str:
    """What stands between the marks."""
    return next(part for part in found.groups() if part is not None)


@lru_cache(64)
def blank_quotations(words: str) -> str:
    """The words with a stroke for each character of a quotation, marks included: what stands elsewhere keeps its place."""
    return QUOTATION.sub(lambda found: "|" * len(found[0]), words)


_NAMES = re.compile(r'"([^"\n]{1,200})"|“([^”\n]{1,200})”')


def quoted_texts(instruction: str) -> list[str]:
    """What an instruction puts in double quotation marks, each once, in its order."""
    return list(dict.fromkeys(straight or curly for straight, curly in _NAMES.findall(instruction)))
