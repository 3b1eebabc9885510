"""Text as rules compare it: whatever case, accents, look-alike letters and invisible characters it is written with."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ALIKE = str.maketrans(dict(zip(
    "авекмнорстухіјѕԁԛԝһӏҽєэпԍмѡ" "αβεικνορτυχϲηω" "օսոհցզյտ" "ıɩɡi1|035$@47℮∪∨ᥱ∂",
    "abekmhopctyxljsdqwhleeengmw" "abelkvoptuxcnw" "ounhgqjs" "llgllloessaateuved", strict=True,
)))  # fmt: skip
"""Letters that look like others, each to one that stands for all of them: in the rules and in what is read alike."""
_CAPITALS = str.maketrans(dict(zip(
    "ՏՕՍԼՈᎠᎡᎢᎪᎬᎳᎷᎻᏀᏃᏒᏚᏙᏞᏟᏢᏦᏴᎾꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "soulndrtaewmhgzrsvlcpkbobpdtgkjczfmnlsrvhwxyaelou",
    strict=True,
)))  # fmt: skip
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters that are drawn as nothing."""
_FLAGS = range(0x1F1E6, 0x1F200)
"""Letters that pairs of are drawn as flags."""
_TURNED = str.maketrans("ǝɐɔɟƃɥᴉɾʞʃɯɹʇʌʍʎ", "eacfghijklmrtvwy")
_LATIN = re.compile(r"LATIN (?:SMALL |CAPITAL |LETTER )+([A-Z])(?: WITH .*)?$")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .·_-]){3,}\w(?!\w)")


@cache
def _base(letter: str) -> str:
    """The plain letter that a Latin one is a variant of: with a hook or a stroke, a small capital, in a box, in a flag."""
    if ord(letter) in _FLAGS:
        return chr(ord(letter) - _FLAGS.start + ord("a"))
    found = _LATIN.search(unicodedata.name(letter, ""))
    return found[1].lower() if found else letter


LONGEST = 2000
"""Characters of a name that are judged."""


def bounded(text: str) -> str:
    """The text, or of a longer one its head and its tail: a page may call something by a whole book."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"


def folded(text: str) -> str:
    """The text as it is compared: without case, accents and invisible characters, look-alike letters as one, s p a c e d words closed."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).translate(_CAPITALS).translate(_TURNED).casefold())
        text = "".join(_base(one) for one in apart if one not in _UNSEEN and unicodedata.category(one) not in ("Mn", "Me", "Cf"))
    closed = text.casefold().replace("’", "'").translate(_ALIKE)
    return _SPACED.sub(lambda found: re.sub(r"\W|_", "", found[0]), closed)
