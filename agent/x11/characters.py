"""Keysyms and the characters that they type. Those older than Unicode number the characters of the 8-bit sets of their time."""

from __future__ import annotations

import codecs
import unicodedata
from functools import cache

_UNICODE = 0x1000000
_SETS = {1: "iso8859-2", 2: "iso8859-3", 3: "iso8859-4", 5: "iso8859-6", 6: "koi8-r", 7: "iso8859-7", 12: "iso8859-8", 13: "tis-620"}
"""By the keysym's high byte; what differs from the set is told apart below."""
_OTHERS = {
    **dict(zip(range(0x6A1, 0x6B0), "ђѓёєѕіїјљњћќґўџ", strict=True)), 0x6B0: "№",
    **dict(zip(range(0x6B1, 0x6C0), "ЂЃЁЄЅІЇЈЉЊЋЌҐЎЏ", strict=True)),
    **dict(zip(range(0x7A1, 0x7A6), "ΆΈΉΊΪ", strict=True)), 0x7A7: "Ό", 0x7A8: "Ύ", 0x7A9: "Ϋ", 0x7AB: "Ώ", 0x7AE: "΅", 0x7AF: "―",
    **dict(zip((*range(0x7B1, 0x7B9), 0x7B9, 0x7BA, 0x7BB), "άέήίϊΐόύϋΰώ", strict=True)), 0x7F2: "σ", 0x7F3: "ς", 0x7D2: "Σ",
    **dict(zip(range(0x7F4, 0x7FA), "τυφχψω", strict=True)), **dict(zip(range(0x7D4, 0x7DA), "ΤΥΦΧΨΩ", strict=True)),
    0x47E: "‾", 0xCDF: "‗",
    0x13BC: "Œ", 0x13BD: "œ", 0x13BE: "Ÿ", 0x20AC: "€",
    **dict(zip(range(0xAA1, 0xAA9), "\u2003\u2002\u2004\u2005\u2007\u2008\u2009\u200a", strict=True)),
    0xAA9: "—", 0xAAA: "–", 0xAAE: "…", 0xAAF: "‥",
    **dict(zip(range(0xAB0, 0xAB8), "⅓⅔⅕⅖⅗⅘⅙⅚", strict=True)), 0xAB8: "℅", 0xABB: "‒",
    **dict(zip(range(0xAC3, 0xAC7), "⅛⅜⅝⅞", strict=True)),
    0xAC9: "™", 0xAD0: "‘", 0xAD1: "’", 0xAD2: "“", 0xAD3: "”", 0xAD4: "℞", 0xAD5: "‰", 0xAD6: "′", 0xAD7: "″", 0xAD9: "✝",
    0xAF0: "✠", 0xAF1: "†", 0xAF2: "‡", 0xAF3: "✓", 0xAF4: "✗", 0xAF5: "♯", 0xAF6: "♭", 0xAF7: "♂", 0xAF8: "♀", 0xAF9: "☎", 0xAFA: "⌕",
    0xAFB: "℗", 0xAFC: "‸", 0xAFD: "‚", 0xAFE: "„",
    0x8BC: "≤", 0x8BD: "≠", 0x8BE: "≥", 0x8BF: "∫", 0x8C0: "∴", 0x8C1: "∝", 0x8C2: "∞", 0x8C5: "∇", 0x8C8: "∼", 0x8C9: "≃", 0x8CD: "⇔",
    0x8CE: "⇒", 0x8CF: "≡", 0x8D6: "√", 0x8DA: "⊂", 0x8DB: "⊃", 0x8DC: "∩", 0x8DD: "∪", 0x8DE: "∧", 0x8DF: "∨", 0x8EF: "∂", 0x8F6: "ƒ",
    0x8FB: "←", 0x8FC: "↑", 0x8FD: "→", 0x8FE: "↓",
    0x3A2: "ĸ", 0x4DE: "゛", 0x4DF: "゜",
    # the keypad
    0xFF80: " ", **{0xFFB0 + digit: str(digit) for digit in range(10)},
    **dict(zip((0xFFAA, 0xFFAB, 0xFFAC, 0xFFAD, 0xFFAE, 0xFFAF, 0xFFBD), "*+,-./=", strict=True)),
}  # fmt: skip
KEYPAD = range(0xFF80, 0xFFBE)


@cache
def character_of(keysym: int) -> str:
    """What a keysym types; empty where that is nothing."""
    if 0x20 <= keysym < 0x7F or 0xA0 <= keysym < 0x100:
        return chr(keysym)
    if _UNICODE + 0x20 <= keysym <= _UNICODE + 0x10FFFF:
        return chr(keysym - _UNICODE)
    if keysym in _OTHERS:
        return _OTHERS[keysym]
    if 0x4A1 <= keysym <= 0x4DF:  # the half-width forms of JIS X 0201 stand for the full-width ones
        return unicodedata.normalize("NFKC", chr(keysym - 0x4A0 + 0xFF60))
    if keysym >> 8 in _SETS and keysym & 0xFF >= 0xA0 and not 0x6A0 <= keysym < 0x6C0:
        found = codecs.decode(bytes([keysym & 0xFF]), _SETS[keysym >> 8], "ignore")
        return found if found and unicodedata.category(found)[0] not in "CZ" else ""
    return ""


def keysyms_of(character: str) -> tuple[int, ...]:
    """The keysyms that may stand for a character in keyboard maps, the newest first."""
    code = ord(character)
    direct = code if 0x20 <= code < 0x7F or 0xA0 <= code < 0x100 else _UNICODE + code
    return (direct, *dict.fromkeys((_UNICODE + code, *_older().get(character, ()))))


@cache
def _older() -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for keysym in [number for number in range(0x100, 0x2100) if number & 0xFF >= 0x7E]:
        if character := character_of(keysym):
            found.setdefault(character, []).append(keysym)
    return found
