"""A virtual desktop as tasks know it: satisfies `tasks.world.Stage`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.virtual import VirtualDesktop
from recordings.geometry import Box
from tasks.world import ElementText

if TYPE_CHECKING:
    from agent.accessibility import Accessibility


class VirtualWorld:
    """Files, windows, clipboard and element texts of a virtual desktop. Reading any of them changes nothing that the screen shows."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self._desktop = desktop
        self._accessibility: Accessibility | None = None

    @property
    def desktop(self) -> VirtualDesktop:
        """Where it is."""
        return self._desktop

    @property
    def home(self) -> Path:
        """The home that the desktop's applications see."""
        return self._desktop.home

    def window_titles(self) -> list[str]:
        """Titles of the windows, bottom to top."""
        return [window.title for window in self._desktop.windows.all()]

    def clipboard_text(self) -> str:
        """The text on the clipboard; empty where there is none, or its owner does not answer."""
        from agent.x11.selection import read_text

        return read_text(self._desktop.display)

    def element_texts(self) -> list[ElementText]:
        """Every showing element, window by window, with the content of those that hold text."""
        if self._accessibility is None:
            from agent.accessibility import Accessibility

            # No display is given: whether a check holds must not depend on which window lies on top.
            self._accessibility = Accessibility(self._desktop.env["DBUS_SESSION_BUS_ADDRESS"])
        return [ElementText(role=node.role, name=node.name, text=node.text) for node in self._accessibility.nodes(texts=True)]

    def spawn(self, argv: Sequence[str], cwd: Path | None = None) -> subprocess.Popen[Any]:
        """Start a program without waiting for it. Raises DesktopError where it is not installed."""
        return self._desktop.spawn(argv, cwd=cwd or self.home)

    def place_window(self, title: str, box: Box) -> None:
        """Wait for the window whose title contains `title`, then have it fill `box` (0–1), frame included, and give it the focus.

        Raises:
            DesktopError: it does not appear, or cannot be placed there.
        """
        width, height = self._desktop.width, self._desktop.height
        left, top = round(box.x1 * width), round(box.y1 * height)
        self._desktop.place_window(re.escape(title), left, top, round(box.x2 * width) - left, round(box.y2 * height) - top)

    def close(self) -> None:
        """Let go of the accessibility bus. The desktop is closed by whoever opened it."""
        if self._accessibility is not None:
            self._accessibility.close()
