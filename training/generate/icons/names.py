"""What a drawing shows, by the name of its file: one name for one thing, in whatever theme or set it is drawn."""

from __future__ import annotations

import re
from functools import cache

from training.beside import read_beside
from vlm.reading.icons.names import icon_names

_STYLE = re.compile(
    r"[-_.](?:outlined?|line(?:ar|-duotone)?|fill(?:ed)?|regular|light|thin|bold(?:-duotone)?|duotone|two-?tone|solid|sharp|rounded|round"
    r"|glyph|alt|flat|broken|remix|stroke|color|o|\d+|ios|md|16px|20px|24px|32px)$"
)
"""How a set calls its ways of drawing one thing."""


@cache
def _by_file() -> dict[str, int]:
    places = {name.name: place for place, name in enumerate(icon_names())}
    found: dict[str, int] = {}
    for line in read_beside(__file__, "files.txt").splitlines():
        if not line.startswith("#"):
            name, drawn = line.split(":", 1)
            found |= {file.replace("_", "-"): places[name] for file in drawn.split()}
    return found


def file_name(name: str) -> str:
    """ "Format_Bold-symbolic" → "format-bold": as the table writes it, but with its style."""
    return re.sub(r"-(?:symbolic|rtl|ltr)\b", "", name.lower().replace(" ", "-").replace("_", "-")).strip("-")


def name_of(file: str) -> int | None:
    """The place in `icon_names()` of what a file of that name (of `file_name`) draws; None where the table does not know it."""
    known = _by_file()
    previous = ""
    while file != previous:
        if file in known:
            return known[file]
        previous, file = file, _STYLE.sub("", file)
    return None


def words_of(file: str) -> str:
    """A name made of the file's own words: "edit-table-insert-row" → "edit table insert row"."""
    previous = ""
    while file != previous:
        previous, file = file, _STYLE.sub("", file)
    return re.sub(r"[^a-z0-9+]+", " ", file).strip()
