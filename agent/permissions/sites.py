"""The site that a browser shows, read from its address bar: from a picture of the top of its window, by the reader."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from recordings.errors import DeskhandError
from vlm.reading.reading import ScreenElement

if TYPE_CHECKING:
    from vlm.reading.protocols import Reader

TOP_PIXELS = 150
"""Tabs, address bar and a window manager's title lie within so many pixels of the top of a window."""
LEAST_CONFIDENCE = 0.9
_HOST = re.compile(
    r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,}|localhost|\d{1,3}(?:\.\d{1,3}){3}|[\w-]+(?=:\d))(:\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE
)
_OTHER = re.compile(r"(?!https?:)[a-z][a-z-]{1,20}:(?://|\S{3})\S*", re.IGNORECASE)
"""An address that is no site: `about:blank`, `blob:…`, `file:///…`, in which a page may draw whatever it likes."""
_log = logging.getLogger(__name__)


class SiteReader:
    """Opens the reader when the first browser is seen."""

    def __init__(self, lang: str = "latin") -> None:
        """`lang`: the scripts to read."""
        self._lang = lang
        self._reader: Reader | None = None
        self._absent = False

    def __call__(self, picture: Image.Image) -> str:
        """The host that the address bar names, with its port; empty where it cannot be told."""
        if self._absent:
            return ""
        try:
            if self._reader is None:
                from vlm.reading.reader import open_reader

                self._reader = open_reader(self._lang)
            return site_in(self._reader.read(picture).elements)
        except DeskhandError as error:
            self._absent = True
            _log.info("sites are not told: %s", error)
            return ""


def site_in(elements: Sequence[ScreenElement]) -> str:
    """The one host that is written there; empty where several are: a page's own title or heading may look like an address, too.

    Beside an address that is no site nothing counts: a page drew it.
    """
    found = set[str]()
    for element in elements:
        if _OTHER.fullmatch(element.text.strip()) and not _HOST.fullmatch(element.text.strip()):
            return ""
        match = _HOST.fullmatch(element.text.strip())
        if match is not None:
            if element.confidence < LEAST_CONFIDENCE:
                return ""
            found.add((match[1] + (match[2] or "")).casefold())
    shortest = min(found, key=len, default="")
    return shortest if all(one == shortest or one.endswith("." + shortest) for one in found) else ""
