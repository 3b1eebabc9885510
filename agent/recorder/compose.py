"""Dead keys and the Compose key: sequences of key symbols that make one text, as the X libraries' own table says."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

Sequence = tuple[str, ...]
COMPOSE_KEY = "Multi_key"
_TABLE = Path("/usr/share/X11/locale/en_US.UTF-8/Compose")
_LINE = re.compile(r'\s*((?:<[A-Za-z0-9_]+>\s*)+):\s*"((?:\\.|[^"\\])*)"')
_ESCAPE = re.compile(r"\\(.)")
_COMBINING = {
    "dead_grave": "\u0300", "dead_acute": "\u0301", "dead_circumflex": "\u0302", "dead_tilde": "\u0303", "dead_macron": "\u0304",
    "dead_diaeresis": "\u0308", "dead_abovering": "\u030a", "dead_caron": "\u030c", "dead_cedilla": "\u0327", "dead_ogonek": "\u0328",
}  # fmt: skip
"""For systems without the table."""


def starts_sequence(symbol: str) -> bool:
    """Whether a key types nothing by itself but changes what the next one types."""
    return symbol.startswith("dead_") or symbol == COMPOSE_KEY


def read_table() -> dict[Sequence, str]:
    """Every sequence of the system's table, the user's own lines last, so that they win; empty where there is none."""
    table: dict[Sequence, str] = {}
    own = Path(os.environ.get("XCOMPOSEFILE") or Path.home() / ".XCompose")
    for path in (_TABLE, own):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            if match := _LINE.match(line):
                table[tuple(re.findall(r"<([A-Za-z0-9_]+)>", match[1]))] = _ESCAPE.sub(r"\1", match[2])
    return table


class Composer:
    """What keys type together. The table is read when the first sequence begins."""

    def __init__(self, table: Mapping[Sequence, str] | None = None) -> None:
        self._table = table
        self._prefixes: frozenset[Sequence] = frozenset()
        self._begun: Sequence = ()
        if table is not None:
            self._index()

    def feed(self, symbol: str, character: str) -> str:
        """What a key that went down types; nothing while a sequence is incomplete, or where no such sequence exists."""
        if not self._begun and not starts_sequence(symbol):
            return character
        if self._table is None:
            self._table = read_table()
            self._index()
        sequence = (*self._begun, symbol)
        self._begun = ()
        if sequence in self._table:
            return self._table[sequence]
        if sequence in self._prefixes or (len(sequence) == 1 and symbol in _COMBINING):
            self._begun = sequence
            return ""
        if len(sequence) == 2 and sequence[0] in _COMBINING and character:
            together = unicodedata.normalize("NFC", character + _COMBINING[sequence[0]])
            return together if len(together) == 1 else ""
        return ""

    def cancel(self) -> None:
        """Forget what has begun: a key that types nothing came between."""
        self._begun = ()

    def _index(self) -> None:
        self._prefixes = frozenset(sequence[:length] for sequence in self._table or () for length in range(1, len(sequence)))
