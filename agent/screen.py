"""The eyes: capture a monitor, a region or a window. The only file that imports mss."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from agent.errors import DesktopError
from recordings.episode import Screenshot
from recordings.geometry import ScreenTransform

if TYPE_CHECKING:
    from agent.x11.display import Window, Windows


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the screen in pointer units; left and top are negative on monitors left of or above the primary one."""

    left: int
    top: int
    width: int
    height: int

    def within(self, outer: Area) -> Area:
        """The part that lies in `outer`; a size of 0 or less where there is none."""
        left, top = max(self.left, outer.left), max(self.top, outer.top)
        right, bottom = min(self.left + self.width, outer.left + outer.width), min(self.top + self.height, outer.top + outer.height)
        return Area(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Frame:
    """A capture as the system hands it over: comparing and keeping one is cheap, an image is made of the last one only."""

    pixels: bytes | bytearray
    """Blue, green, red and a filler byte for each pixel, rows from the top."""
    size: tuple[int, int]
    area: Area

    def to_transform(self) -> ScreenTransform:
        """Between the image and the pointer: on HiDPI screens the image has more pixels than the area has pointer units."""
        area = self.area
        return ScreenTransform(left=area.left, top=area.top, width=area.width, height=area.height, scale=self.size[0] / area.width)

    def to_screenshot(self) -> Screenshot:
        """An RGB image of it."""
        image = Image.frombuffer("RGB", self.size, self.pixels, "raw", "BGRX", 0, 1)
        return Screenshot(image=image, transform=self.to_transform())


class Screen:
    """Captures one part of one display. Callable from any thread."""

    def __init__(
        self,
        display: str | None = None,
        *,
        monitor: int | None = None,
        region: tuple[int, int, int, int] | None = None,
        window: str | None = None,
    ) -> None:
        """
        Args:
            display: X11 display name; None: the one of the environment. Other systems have but one.
            monitor: 1 for the first, 2 for the second, 0 for all together; None: the primary one.
            region: left, top, width, height in pointer units.
            window: a regular expression for a title; the window is followed as it moves.

        Raises:
            DesktopError: there is no display, no such monitor, or nothing of the region on the screen.
        """
        import mss

        if sum(choice is not None for choice in (monitor, region, window)) > 1:
            raise DesktopError("choose one of monitor, region and window to capture")
        try:
            self._mss = mss.MSS(display=display) if sys.platform.startswith("linux") else mss.MSS()
        except (mss.ScreenShotError, OSError) as error:
            raise DesktopError(f"the screen cannot be captured ({error}): check DISPLAY, or use --desktop virtual") from error
        # The library asserts where a display that has gone gives no answer.
        self._failures = (mss.ScreenShotError, AssertionError, OSError)
        self._monitor = monitor
        self._region = region
        self._pattern = window
        self._windows: Windows | None = None
        if window is not None:
            if not sys.platform.startswith("linux"):
                raise DesktopError("capturing a window needs X11: capture a region instead")
            from agent.x11.display import Windows

            self._windows = Windows(display)
        self.area()

    def close(self) -> None:
        """Let go of the display. Never raises, for it may have gone first."""
        with contextlib.suppress(*self._failures):
            self._mss.close()
        if self._windows is not None:
            self._windows.close()

    @property
    def bounds(self) -> Area:
        """The smallest rectangle around all monitors."""
        return _area(self._mss.monitors[0])

    def window(self) -> Window | None:
        """The window that is followed, as it is now; None where none is. Raises DesktopError where it is gone."""
        if self._windows is None:
            return None
        found = self._windows.find(self._pattern or "")
        if found is None:
            raise DesktopError(f"no window matches {self._pattern!r}: open it, or capture the whole screen")
        return found

    def area(self) -> Area:
        """The rectangle that the next capture shows."""
        found = self.window()
        if found is not None:
            return self._on_screen(Area(found.left, found.top, found.width, found.height), f"the window {found.title!r}")
        if self._region is not None:
            return self._on_screen(Area(*self._region), "the region")
        monitors = self._mss.monitors
        if self._monitor is None:
            return _area(self._mss.primary_monitor)
        if not 0 <= self._monitor < len(monitors):
            raise DesktopError(f"there is no monitor {self._monitor}: choose 1 to {len(monitors) - 1}, or 0 for all")
        return _area(monitors[self._monitor])

    def grab(self) -> Frame:
        """Capture without making an image. Raises DesktopError where the display or the window is gone."""
        area = self.area()
        try:
            shot = self._mss.grab({"left": area.left, "top": area.top, "width": area.width, "height": area.height})
        except self._failures as error:
            raise DesktopError(f"the screen cannot be captured any more: {str(error) or 'the display is gone'}") from error
        return Frame(shot.raw, (shot.width, shot.height), area)

    def capture(self) -> Screenshot:
        """Capture now."""
        return self.grab().to_screenshot()

    def _on_screen(self, area: Area, what: str) -> Area:
        inside = area.within(self.bounds)
        if inside.width <= 0 or inside.height <= 0:
            raise DesktopError(f"nothing of {what} is on the screen: it lies at {area.left}, {area.top}")
        return inside


def _area(monitor: Any) -> Area:
    return Area(monitor["left"], monitor["top"], monitor["width"], monitor["height"])
