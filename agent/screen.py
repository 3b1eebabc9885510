"""The eyes: capture a monitor, a region or a window. The only file that imports mss."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agent.errors import DesktopError
from agent.permissions.effective import Permissions
from recordings.episode import Screenshot
from recordings.geometry import ScreenTransform

if TYPE_CHECKING:
    from agent.x11.blackout import Blackout, Look
    from agent.x11.changes import Changes
    from agent.x11.display import Window, Windows
    from agent.x11.stack import Placed, Rectangle, Stack

_TRIES = 3


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

    def is_like(self, other: Frame, tolerance: int = 0) -> bool:
        """Whether at most `tolerance` pixels differ from another capture of the same rectangle."""
        if self.area != other.area or self.size != other.size:
            return False
        if self.pixels == other.pixels or not tolerance:
            return self.pixels == other.pixels
        pixels = (np.frombuffer(frame.pixels, dtype=np.uint32) for frame in (self, other))
        return int(np.count_nonzero(np.not_equal(*pixels))) <= tolerance

    def grey_around(self, place: tuple[float, float], reach: tuple[int, int]) -> NDArray[np.int16] | None:
        """The surroundings of a place in levels of grey: int16 [height, width]; beyond an edge of the frame, what is at that edge. None for
        a place that is not on it.

        Args:
            place: x, y in pointer units.
            reach: to the sides, and up and down, in pointer units.
        """
        scale = self.size[0] / self.area.width
        x, y, across, down = (round(value * scale) for value in (place[0] - self.area.left, place[1] - self.area.top, *reach))
        width, height = self.size
        if not (0 <= x < width and 0 <= y < height):
            return None
        pixels = np.frombuffer(self.pixels, dtype=np.uint8).reshape(height, width, 4)
        rows, columns = np.clip(np.arange(y - down, y + down), 0, height - 1), np.clip(np.arange(x - across, x + across), 0, width - 1)
        return pixels[np.ix_(rows, columns)][:, :, :3].mean(axis=2).astype(np.int16)

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
        permissions: Permissions | None = None,
        read_site: Callable[[Image.Image], str] | None = None,
    ) -> None:
        """
        Args:
            display: X11 display name; None: the one of the environment. Other systems have but one.
            monitor: 1 for the first, 2 for the second, 0 for all together; None: the primary one.
            region: left, top, width, height in pointer units.
            window: a regular expression for a title; the window is followed as it moves.
            permissions: what may not be seen is black on every capture (X11); by default what is never touched.
            read_site: reads the site from a picture of the top of a browser's window; without it no site is told.

        Raises:
            DesktopError: there is no display, no such monitor, or nothing of the region on the screen.
        """
        import mss

        self.permissions = permissions or Permissions()
        self.stack: Stack | None = None
        """What is drawn on an X11 display; None on others."""

        if sum(choice is not None for choice in (monitor, region, window)) > 1:
            raise DesktopError("choose one of monitor, region and window to capture")
        # The library asserts where a display that has gone gives no answer.
        self._failures = (mss.ScreenShotError, AssertionError, OSError)
        self._name, self._monitor, self._region, self._pattern = display, monitor, region, window
        self._lock = threading.RLock()
        self._windows: Windows | None = None
        self._changes: Changes | None = None
        self._blackout: Blackout | None = None
        self._laid_out_at = 0
        if sys.platform.startswith("linux"):
            from agent.x11.blackout import Blackout
            from agent.x11.changes import Changes
            from agent.x11.connection import connect, require_depth
            from agent.x11.sites import Sites
            from agent.x11.stack import Stack

            self._connection = connect(display)
            require_depth(self._connection)
            self._changes = Changes(self._connection)
            self.stack = Stack(self._connection, self._changes)
            sites = (
                Sites(self._strip, read_site, self.stack.is_fullscreen) if read_site is not None and self.permissions.heeds_sites else None
            )
            self._blackout = Blackout(self.stack, self.permissions.may_see, sites)
        self._mss = self._open()
        if window is not None:
            if not sys.platform.startswith("linux"):
                raise DesktopError("capturing a window needs X11: capture a region instead")
            from agent.x11.display import Windows

            self._windows = Windows(display)
        self.area()

    def _open(self) -> Any:
        import mss

        try:
            return mss.MSS(display=self._name) if sys.platform.startswith("linux") else mss.MSS()
        except self._failures as error:
            raise DesktopError(f"the screen cannot be captured ({error}): check DISPLAY, or use --desktop virtual") from error

    def close(self) -> None:
        """Let go of the display. Never raises, for it may have gone first."""
        with contextlib.suppress(*self._failures):
            self._mss.close()
        if self._changes is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
        if self._windows is not None:
            self._windows.close()

    @property
    def bounds(self) -> Area:
        """The smallest rectangle around all monitors."""
        return _area(self._monitors()[0])

    @property
    def corners(self) -> tuple[tuple[int, int], ...]:
        """The places where a pointer that is pushed on in a corner of a monitor can go no further."""
        areas = [_area(monitor) for monitor in self._monitors()]
        return dead_ends(areas[1:] or areas)

    def _monitors(self) -> Any:
        """The monitors as they are now: resolution and layout change while a run or a recording goes on."""
        with self._lock:
            if self._changes is None:
                return self._mss.monitors
            try:
                changed = self._changes.ask().screens != self._laid_out_at
            except DesktopError as error:
                raise DesktopError("the screen cannot be captured any more: the display is gone") from error
            if changed:
                self._laid_out_at = self._changes.screens
                with contextlib.suppress(*self._failures):
                    self._mss.close()
                self._mss = self._open()  # what the library knows of the screen's size it asks for but once
            try:
                return self._mss.monitors
            except self._failures as error:
                raise DesktopError(f"the monitors cannot be told any more: {error or 'the display is gone'}") from error

    def window(self) -> Window | None:
        """The window that is followed, as it is now; None where none is. Raises DesktopError where it is gone."""
        if self._windows is None:
            return None
        found = self._windows.find(self._pattern or "")
        if found is None:
            raise DesktopError(f"no window matches {self._pattern!r}: open it, or capture the whole screen")
        if not self._windows.is_shown(found):
            hidden = "minimised" if self._windows.is_minimised(found) else "on another workspace, or rolled up"
            raise DesktopError(f"the window {found.title!r} is {hidden}, so there is nothing of it to see: bring it to the front")
        return found

    def area(self) -> Area:
        """The rectangle that the next capture shows."""
        found = self.window()
        if found is not None:
            return self._on_screen(Area(found.left, found.top, found.width, found.height), f"the window {found.title!r}")
        if self._region is not None:
            return self._on_screen(Area(*self._region), "the region")
        monitors = self._monitors()
        if self._monitor is None:
            return _area(self._mss.primary_monitor)
        if not 0 <= self._monitor < len(monitors):
            raise DesktopError(f"there is no monitor {self._monitor}: choose 1 to {len(monitors) - 1}, or 0 for all")
        return _area(monitors[self._monitor])

    def grab(self) -> Frame:
        """Capture without making an image; what may not be seen is black. Raises DesktopError where the display or the window is gone."""
        with self._lock:
            for tries in range(1, _TRIES + 1):
                area = self.area()
                before = self._look()
                try:
                    shot = self._mss.grab({"left": area.left, "top": area.top, "width": area.width, "height": area.height})
                except self._failures as error:
                    changes = self._changes
                    if changes is not None and changes.ask().screens != self._laid_out_at and tries < _TRIES:
                        continue  # it changed its size between the question and the capture
                    why = "the display is gone" if changes is None or not str(error) else "its resolution changed, or it is gone"
                    raise DesktopError(f"the screen cannot be captured any more: {why}") from error
                after = self._look()
                if before is not None and after is not None and before.version != after.version:
                    # Where a window was at the moment of the capture, nobody can tell.
                    if tries == 1:
                        continue
                    return self._grab_held(area)
                return Frame(self._seen(shot.raw, area, after), (shot.width, shot.height), area)
        raise AssertionError

    def _grab_held(self, area: Area) -> Frame:
        """A capture during which nothing can change, for a screen that never rests: everybody else waits some milliseconds."""
        from agent.x11.blackout import held_capture

        try:
            pixels, look = held_capture(
                self._connection, (area.left, area.top, area.width, area.height), partial(self._look, captures=False)
            )
        except Exception as error:  # Xlib raises what it likes
            raise DesktopError(f"the screen cannot be captured any more: {error or 'the display is gone'}") from error
        return Frame(self._seen(pixels, area, look), (area.width, area.height), area)

    def _look(self, *, captures: bool = True) -> Look | None:
        """The windows now; None where all may be seen, or nobody can tell."""
        if self._blackout is None or self.permissions.hides_nothing:
            return None
        return self._blackout.look(captures=captures)

    def _seen(self, pixels: bytes | bytearray, area: Area, look: Look | None) -> bytes | bytearray:
        """What the capture shows of that which may be seen."""
        if self._blackout is None or look is None or not (parts := self._blackout.parts(look)):
            return pixels
        from agent.x11.blackout import painted

        return painted(pixels, (area.width, area.height), (area.left, area.top), parts)

    def windows(self) -> tuple[Placed, ...]:
        """What is drawn, bottom to top; nothing where nobody can tell."""
        with self._lock:
            return self._blackout.look().stack if self._blackout is not None else ()

    def look_again(self) -> bool:
        """Read the address bars of browsers anew; whether another site is shown than was told, so that a capture may be stale."""
        with self._lock:
            return self._blackout is not None and self._blackout.look_again()

    def _strip(self, part: Rectangle) -> Image.Image:
        """A part of the screen as it is, for the reader of address bars alone."""
        area = Area(part[0], part[1], part[2] - part[0], part[3] - part[1]).within(self.bounds)
        if area.width <= 0 or area.height <= 0:
            return Image.new("RGB", (1, 1))
        shot = self._mss.grab({"left": area.left, "top": area.top, "width": area.width, "height": area.height})
        return Image.frombuffer("RGB", (shot.width, shot.height), shot.raw, "raw", "BGRX", 0, 1)

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


def dead_ends(monitors: Sequence[Area]) -> tuple[tuple[int, int], ...]:
    """The corners of monitors beyond which no other one lies, neither sideways nor up or down."""

    def shown(x: int, y: int) -> bool:
        return any(area.left <= x < area.left + area.width and area.top <= y < area.top + area.height for area in monitors)

    found = []
    for area in monitors:
        for x, outwards in ((area.left, -1), (area.left + area.width - 1, 1)):
            for y, up in ((area.top, -1), (area.top + area.height - 1, 1)):
                if not shown(x + outwards, y) and not shown(x, y + up):
                    found.append((x, y))
    return tuple(dict.fromkeys(found))
