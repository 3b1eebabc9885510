"""Which site each browser on the stack shows. Reading costs some tenths of a second: it is done again only for what may have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import Image

from agent.permissions.effective import is_browser
from agent.permissions.sites import TOP_PIXELS
from agent.x11.stack import Placed, Rectangle

Capture = Callable[[Rectangle], Image.Image]


@dataclass(frozen=True, slots=True)
class _Known:
    title: str
    bounds: Rectangle
    picture: bytes
    site: str


class Sites:
    """Remembers what was read of each window."""

    def __init__(
        self, capture: Capture, read: Callable[[Image.Image], str], is_fullscreen: Callable[[int], bool] = lambda client: False
    ) -> None:
        """
        Args:
            capture: takes a part of the screen as it is, whatever may be seen of it: to be read here, and shown to nobody.
            is_fullscreen: whether a window fills the screen without a browser's own bars.
        """
        self._capture, self._read, self._is_fullscreen = capture, read, is_fullscreen
        self._known: dict[int, _Known] = {}

    def told(self, stack: tuple[Placed, ...], *, again: bool = False, captures: bool = True) -> tuple[Placed, ...]:
        """The stack with the sites of its browsers.

        Args:
            again: look at every address bar anew, and not only at those of windows that moved or are called otherwise.
            captures: the screen can be captured now; else only what is known is told.
        """
        browsers = {placed.id for placed in stack if is_browser(placed.window.wm_class)}
        self._known = {number: known for number, known in self._known.items() if number in browsers}
        if not browsers:
            return stack
        made = [
            replace(placed, window=replace(placed.window, site=self._site(placed, stack[index + 1 :], again, captures)))
            if placed.id in browsers
            else placed
            for index, placed in enumerate(stack)
        ]
        return tuple(made)

    def _site(self, placed: Placed, above: tuple[Placed, ...], again: bool, captures: bool) -> str:
        known = self._known.get(placed.id)
        same = known is not None and (known.title, known.bounds) == (placed.window.title, placed.bounds)
        if known is not None and same and not again:
            return known.site
        if self._shows_page_alone(placed):
            # What looks like an address there was drawn by the page: what was read before it went so far still holds.
            return known.site if known is not None and known.title == placed.window.title else ""
        left, top, right, bottom = placed.bounds
        strip = (left, top, right, min(bottom, top + TOP_PIXELS))
        if not captures or any(_overlap(strip, other.bounds) for other in above):
            return known.site if known is not None and known.title == placed.window.title else ""
        picture = self._capture(strip)
        pixels = picture.tobytes()
        if known is not None and known.picture == pixels:
            site = known.site
        else:
            site = self._read(picture)
        self._known[placed.id] = _Known(placed.window.title, placed.bounds, pixels, site)
        return site

    def _shows_page_alone(self, placed: Placed) -> bool:
        """Whether a window has no address bar: it is full-screen, or a page as an application, which calls itself by its address first."""
        own = (placed.window.wm_class.split() or [""])[0]
        return not is_browser(own) or self._is_fullscreen(placed.client)


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
