"""Which characters a reading may hold. The recogniser knows 18,708, most of them Chinese: without this it reads a `=` as 二."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from recordings.errors import DeskhandError

_SYMBOLS = "–—‘’“”†‡•…‰′″€™℃Ω←↑→↓↔⇧↵√∛∞∑∏∫∂∆π≈≠≡≤≥−∙⋅⌘⌥⌫⏎■□▪▲△▶▷▼▽◀◆◇○●☆★☐☑☒✓✔✕✖✗⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄"
_RARE = frozenset("ĸŀŉſªº¨¯´¸ĳĲ¬¤¦¶")
"""Of Latin-1 and Latin Extended-A, but seldom written on a screen and easily taken for something else."""


class LanguageError(DeskhandError):
    """A script that nobody reads here."""

    exit_status = 2


def _latin(character: str) -> bool:
    return (" " <= character <= "ſ" or character in "ȘșȚțƒẞ" or character in _SYMBOLS) and character not in _RARE


def _named(*scripts: str) -> Callable[[str], bool]:
    return lambda character: unicodedata.name(character, "").startswith(scripts)


_CHINESE = _named("CJK", "IDEOGRAPHIC", "FULLWIDTH", "LEFT", "RIGHT")
LANGUAGES: Mapping[str, Callable[[str], bool]] = {
    "latin": _latin,
    "greek": _named("GREEK"),
    "chinese": _CHINESE,
    "japanese": lambda character: _CHINESE(character) or _named("HIRAGANA", "KATAKANA")(character),
    "all": lambda character: True,
}
"""Scripts that the recogniser can read, and which characters belong to them. All of them come with the Latin ones."""


def allowed(characters: tuple[str, ...], lang: str = "latin") -> list[int]:
    """The indices of the characters that may be read, blank first.

    Args:
        characters: of the recogniser; "" is CTC's blank.
        lang: names in `LANGUAGES`, with commas.

    Raises:
        LanguageError: a language is unknown.
    """
    names = [name.strip().lower() for name in lang.split(",") if name.strip()] or ["latin"]
    if unknown := [name for name in names if name not in LANGUAGES]:
        raise LanguageError(f"--lang: there is no alphabet {unknown[0]!r} to read: choose of {', '.join(LANGUAGES)}, several with commas")
    tests = [_latin, *(LANGUAGES[name] for name in names)]
    return [index for index, character in enumerate(characters) if not character or any(test(character) for test in tests)]
