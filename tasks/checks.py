"""What must be true of the world for a task to count as done. Checks read the world, never what the agent claims."""

from __future__ import annotations

import time
from collections.abc import Sequence
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self, assert_never

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from recordings.errors import DeskhandError
from recordings.foreign import is_below, read_below
from recordings.patterns import Pattern, TooSlow
from tasks.world import World

PATIENCE_SECONDS = 2.0
"""How long a check may stay false at the end: applications write files and settings a moment after the click."""
READ_BYTES = 16 << 20
"""Of a file that an application wrote, which may be anything."""
SUSPENSE_SECONDS = 3.0
"""How long what must not happen may still happen after the end."""
_INTERVAL_SECONDS = 0.05
_SHOWN = 80


def _inside_home(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith(("/", "~")) or ".." in parts or "\0" in path:
        raise ValueError(f"{path!r} is no path below the home directory: write it relative to that, without ..")
    return path


HomePath = Annotated[str, AfterValidator(_inside_home)]
"""A path relative to the home directory of the desktop's applications, which it cannot leave."""


class _Check(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _TextCheck(_Check):
    """Exactly one of these says what a text must be."""

    equals: str | None = None
    """The whole text, but for line ends at its end, which editors add as they please."""
    contains: str | None = None
    matches: str | None = None
    """A regular expression found somewhere in the text."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.equals, self.contains, self.matches)) != 1:
            raise ValueError("give exactly one of equals, contains and matches")
        if self.matches is not None:
            try:
                Pattern(self.matches)
            except ValueError as error:
                raise ValueError(f"{self.matches[:80]!r} is no regular expression: {error}") from error
        return self

    def holds(self, text: str) -> bool:
        if self.equals is not None:
            return text.rstrip("\r\n") == self.equals.rstrip("\r\n")
        if self.contains is not None:
            return self.contains in text
        return Pattern(self.matches or "").found_in(text)


class FileExists(_Check):
    kind: Literal["file_exists"]
    path: HomePath


class FolderExists(_Check):
    kind: Literal["folder_exists"]
    path: HomePath


class FileText(_TextCheck):
    """A UTF-8 file's content."""

    kind: Literal["file_text"]
    path: HomePath


class WindowTitle(_Check):
    """Some window's title contains a text."""

    kind: Literal["window_title"]
    contains: str


class WindowClosed(_Check):
    """No window's title contains a text."""

    kind: Literal["window_closed"]
    contains: str


class ClipboardText(_TextCheck):
    kind: Literal["clipboard_text"]


class ElementTextCheck(_TextCheck):
    """The text of some showing element, or its name where it has no text of its own."""

    kind: Literal["element_text"]
    role: str | None = None
    """Only elements of this role in the accessibility tree."""
    name: str | None = None
    """Only elements whose name contains this."""


class Setting(_Check):
    """The value of a key in an ini-like file: GSettings key files, `.ini`, `.conf`. A missing file or key has the value `default`."""

    kind: Literal["setting"]
    path: HomePath
    section: str
    key: str
    equals: str
    default: str | None = None


Check = Annotated[
    FileExists | FolderExists | FileText | WindowTitle | WindowClosed | ClipboardText | ElementTextCheck | Setting,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Whether a check holds, and in words what was found."""

    check: Check
    passed: bool
    detail: str

    @property
    def name(self) -> str:
        """The check's kind and what it looked at."""
        looked_at = getattr(self.check, "path", None) or getattr(self.check, "role", None)
        return f"{self.check.kind} {looked_at}" if looked_at else self.check.kind


def run_checks(checks: Sequence[Check], world: World, patience: float = PATIENCE_SECONDS) -> list[CheckResult]:
    """Look at the world until every check holds or `patience` seconds have passed. A question the world cannot answer fails its check."""
    end = time.monotonic() + patience
    while True:
        results = [_run(check, world) for check in checks]
        if all(result.passed for result in results) or time.monotonic() >= end:
            return results
        time.sleep(_INTERVAL_SECONDS)


def run_forbidden(checks: Sequence[Check], world: World, patience: float = SUSPENSE_SECONDS) -> list[CheckResult]:
    """Look at the world until one of the checks holds, which none must, or `patience` seconds have passed."""
    end = time.monotonic() + patience
    while True:
        results = [_run(check, world) for check in checks]
        if any(result.passed for result in results) or not checks or time.monotonic() >= end:
            return results
        time.sleep(_INTERVAL_SECONDS)


def _run(check: Check, world: World) -> CheckResult:
    try:
        passed, detail = _look(check, world)
    except TooSlow:
        passed, detail = False, "could not look: its regular expression takes too long"
    except (DeskhandError, OSError, UnicodeDecodeError, ConfigError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or " ".join(str(error).split())
        passed, detail = False, f"could not look: {reason}"
    return CheckResult(check, passed, detail)


def _look(check: Check, world: World) -> tuple[bool, str]:
    match check:
        case FileExists():
            found = is_below(world.home, check.path)
            return found, f"{check.path} {'exists' if found else 'does not exist'}"
        case FolderExists():
            found = (world.home / check.path).is_dir()
            return found, f"the folder {check.path} {'exists' if found else 'does not exist'}"
        case FileText():
            if not is_below(world.home, check.path):
                return False, f"{check.path} does not exist"
            text = read_below(world.home, check.path, READ_BYTES).decode("utf-8")
            return check.holds(text), f"{check.path} holds {_shown(text)}"
        case WindowTitle():
            titles = world.window_titles()
            return any(check.contains in title for title in titles), f"the windows are {_shown(', '.join(titles))}"
        case WindowClosed():
            open_ones = [title for title in world.window_titles() if check.contains in title]
            return not open_ones, f"{_shown(open_ones[0])} is open" if open_ones else f"no window is called {_shown(check.contains)}"
        case ClipboardText():
            text = world.clipboard_text()
            return check.holds(text), f"the clipboard holds {_shown(text)}"
        case ElementTextCheck():
            elements = [one for one in world.element_texts() if check.role in (None, one.role) and (check.name or "") in one.name]
            texts = [one.text or one.name for one in elements]
            passed = any(check.holds(text) for text in texts)
            return (
                passed,
                f"{check.role or 'elements'}: {_shown(', '.join(filter(None, texts)))}" if texts else "no such element is showing",
            )
        case Setting():
            value = _setting(world.home, check.path, check.section, check.key)
            value = check.default if value is None else value
            return value == check.equals, f"{check.key} is {'not set' if value is None else value}"
        case _:
            assert_never(check)


def _setting(home: Path, path: str, section: str, key: str) -> str | None:
    if not is_below(home, path):
        return None
    parser = ConfigParser(interpolation=None, strict=False, default_section="", delimiters=("=",), comment_prefixes=("#", ";"))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(read_below(home, path, READ_BYTES).decode("utf-8"))
    return parser.get(section, key, fallback=None)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
