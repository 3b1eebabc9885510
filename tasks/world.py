"""What tasks need of a desktop: to set up their start state, and to look whether they are done.

The desktop side supplies these structurally; tasks never import it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from recordings.geometry import Box


@dataclass(frozen=True, slots=True)
class ElementText:
    """One showing element as the accessibility tree tells it."""

    role: str
    """The tree's own role name, such as `push button`, `text` or `label`."""
    name: str
    text: str = ""
    """The content of elements that hold text; empty for others."""


class World(Protocol):
    """Read-only questions about a desktop. None of them may change what the screen shows."""

    @property
    def home(self) -> Path:
        """The home directory that the desktop's applications see; relative paths of tasks start here."""
        ...

    def window_titles(self) -> Sequence[str]:
        """Titles of the windows that the window manager lists, in any order."""
        ...

    def clipboard_text(self) -> str:
        """The text on the clipboard; empty where there is none."""
        ...

    def element_texts(self) -> Sequence[ElementText]:
        """Every showing element of every application with an accessibility tree."""
        ...


class Program(Protocol):
    """A program that was started; a `subprocess.Popen` is one."""

    def poll(self) -> int | None:
        """None while it runs, then its exit status, negative for a signal."""
        ...


class Stage(World, Protocol):
    """A desktop on which a start state can be set up."""

    def spawn(self, argv: Sequence[str], cwd: Path | None = None) -> Program:
        """Start a program with the desktop's environment, without waiting for it."""
        ...

    def place_window(self, title: str, box: Box) -> None:
        """Move and resize the window whose title contains `title` so that, frame included, it fills `box` (0–1 of the desktop),
        give it the focus, and return once the window manager has done so."""
        ...
