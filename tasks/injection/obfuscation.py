"""How an order hides from whoever looks for its words."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable

ZERO_WIDTH = "\u200b"
_ALIKE = str.maketrans("acehiopsxyABCEHKMOPTX", "асеһіорѕхуАВСЕНКМОРТХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_PARTS = 4


def _split(text: str) -> str:
    """In a few parts, one below the other: no line says it all."""
    words = text.split()
    size = max(1, -(-len(words) // _PARTS))
    return "\n".join(" ".join(words[at : at + size]) for at in range(0, len(words), size))


OBFUSCATIONS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "zero-width": lambda text: ZERO_WIDTH.join(text),
    "homoglyphs": lambda text: text.translate(_ALIKE),
    "base64": lambda text: "base64: " + base64.b64encode(text.encode()).decode(),
    "rot13": lambda text: "rot13: " + codecs.encode(text, "rot13"),
    "leet": lambda text: text.translate(_LEET),
    "spaced": lambda text: "  ".join(" ".join(word) for word in text.split()),
    "split": _split,
}
"""Name → what it makes of a text."""
UNSEEN = ("zero-width", "homoglyphs")
"""Those that no eye sees."""
