"""What a person puts between quotation marks, of every kind that people use: a name or a text to the letter, and no word of the order."""

from __future__ import annotations

import re

QUOTATION = re.compile(
    r"(?<![\w'])''([^\n]+?)''(?![\w'])|\"([^\"]+)\"|“([^”]+)”|„([^“”]+)[“”]|«\s?([^»]+?)\s?»|`([^`\n]+)`|(?<!\w)‘([^\n]+?)’(?!\w)|(?<!\w)'([^\n]+?)'(?!\w)"
)
"""One of its groups is what is quoted."""


def quoted_part(found: re.Match[str]) -> str:
    """What stands between the marks."""
    return next(part for part in found.groups() if part is not None)


def blank_quotations(words: str) -> str:
    """The words with a stroke for each character of a quotation, marks included: what stands elsewhere keeps its place."""
    return QUOTATION.sub(lambda found: "|" * len(found[0]), words)
