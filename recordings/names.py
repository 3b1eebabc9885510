"""What episodes may be called, and where they go."""

from __future__ import annotations

import itertools
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 200
"""File systems count bytes and allow 255; the rest is for a number at the end, and for what is added while a folder is written."""
ADVICE = f"use letters, digits, spaces and .,+=()_- (at most {MOST_BYTES} bytes)"
_PUNCTUATION = frozenset(" .,+=()_-")
_JOINERS = frozenset("\u200c\u200d")
"""Persian and the scripts of India spell with them."""


def normal(name: str) -> str:
    """The one spelling of a name: a letter with its accents is one character wherever there is such a character (NFC)."""
    return unicodedata.normalize("NFC", name)


def is_name(name: str) -> bool:
    """Whether an episode can be called so, in any script: its name is its folder's."""
    return (
        bool(name)
        and unicodedata.category(name[0])[0] in "LN"
        and all(character in _PUNCTUATION or _is_part(character) for character in name)
        and name[-1] not in " ."
        and len(name.encode("utf-8", "surrogatepass")) <= MOST_BYTES
    )


def to_name(text: str, otherwise: str, most_bytes: int = 120) -> str:
    """A name made of any text: what no name can hold becomes a hyphen, and it ends where a word does, or at least a character."""
    kept = "".join(one if one in _PUNCTUATION or _is_part(one) else "-" for one in normal(text)).strip(" .-_,+=()")
    while kept and (len(kept.encode()) > most_bytes or not is_name(kept)):
        kept = kept[1:] if unicodedata.category(kept[0])[0] not in "LN" else kept[:-1].rstrip(" .-_")
    return kept or otherwise


def slug(text: str) -> str:
    """A short name made of the words of a text, in small letters with hyphens between them."""
    words = "".join(one if _is_part(one) else " " for one in normal(text).lower()).split()
    while len(words) > 1 and len("-".join(words).encode()) > 40:
        words.pop()
    return to_name("-".join(words), "instruction", 80)


def _is_part(character: str) -> bool:
    """Whether words are spelt with it: letters, digits, and the marks on letters."""
    return unicodedata.category(character)[0] in "LNM" or character in _JOINERS


def default_root() -> Path:
    """Where episodes go unless a person says otherwise: `$DESKHAND_HOME/episodes`, or the user's data folder."""
    if home := os.environ.get("DESKHAND_HOME"):
        return Path(os.path.expanduser(home)) / "episodes"
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(os.path.expanduser(data)) / "deskhand" / "episodes"


def unique_name(root: Path, name: str) -> str:
    """`name`, or `name-2`, `name-3`, … where it is taken. Only a hint: `EpisodeWriter.create(..., rename=True)` cannot be raced."""
    return next(candidate for candidate in candidates(name) if not (root / candidate).exists())


def candidates(name: str) -> Iterator[str]:
    """`name`, `name-2`, `name-3`, … for ever."""
    yield name
    yield from (f"{name}-{number}" for number in itertools.count(2))
