"""What counts as a secret: the built-in shapes, the user's own list, and what is to be hidden of which windows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from recordings import foreign
from recordings.errors import DeskhandError
from recordings.names import default_root
from recordings.patterns import Pattern, TooSlow
from recordings.secrets import checks
from recordings.secrets.commands import in_commands
from recordings.secrets.shapes import SHAPES, labelled

PASSWORD = "password"
PLACEHOLDERS = {
    PASSWORD: "[secret]", "card": "[card]", "iban": "[iban]", "token": "[token]", "key": "[key]", "phrase": "[phrase]", "mail": "[mail]",
    "hidden": "[hidden]",
}  # fmt: skip
_PLACEHOLDER = re.compile("|".join(re.escape(word) for word in PLACEHOLDERS.values()))
RULES_BYTES = 1 << 20
LONGEST_REMEMBERED = 20_000
"""Characters of a text whose finds are remembered: what the screen shows is looked at again and again."""
_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ ._,/|:·•\t\-‐-―\u00a0\u202f\u2009]{0,3}[0-9]){12,40}(?![0-9])")
_ACCOUNT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_SMALL_WORDS = re.compile(r"(?<![a-z])(?:[a-z]{3,8}[\s,]{1,3}){11,60}[a-z]{3,8}(?![a-z])")


class RulesError(DeskhandError):
    """The user's own list of what to hide cannot be used."""


@dataclass(frozen=True, slots=True)
class Find:
    """A secret in a text: where it starts and ends, and what kind of rule found it."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as a secret. The built-in rules always hold; `own` are the user's patterns, `shown` classes of windows to be kept."""

    own: tuple[Pattern, ...] = ()
    shown: tuple[str, ...] = ()

    def find(self, text: str) -> list[Find]:
        """The secrets in a text, in order, without overlaps: what several rules find together is hidden as one."""
        return merged([*self.each(text), *self._own(text)])

    def each(self, text: str) -> Sequence[Find]:
        """What each built-in rule finds by itself: a password may be a part of what looks like an address."""
        return _remembered(text) if len(text) <= LONGEST_REMEMBERED else tuple(_built_in(text))

    def redact(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with a placeholder in the place of each secret, and the kinds that were found."""
        finds = self.find(text)
        return replaced(text, finds), tuple(find.kind for find in finds)

    def _own(self, text: str) -> Iterator[Find]:
        for own in self.own:
            try:
                yield from (Find(*span, "hidden") for span in own.spans(text))
            except TooSlow:  # what could not be searched may hold anything
                yield Find(0, len(text), "hidden")


def merged(finds: list[Find]) -> list[Find]:
    """Finds in order, overlapping ones as one: of the kind of the one that begins first, of those the longest."""
    found: list[Find] = []
    for find in sorted(finds, key=lambda find: (find.start, -find.end)):
        if found and find.start < found[-1].end:
            found[-1] = Find(found[-1].start, max(found[-1].end, find.end), found[-1].kind)
        else:
            found.append(find)
    return found


def replaced(text: str, finds: list[Find]) -> str:
    """The text with a placeholder in the place of each find."""
    for find in reversed(finds):
        text = text[: find.start] + PLACEHOLDERS[find.kind] + text[find.end :]
    return text


def placeholders(text: str) -> list[str]:
    """The placeholders in a recorded text, in order: whoever replays it must ask for each."""
    return _PLACEHOLDER.findall(text)


def split_at_placeholders(text: str) -> list[str]:
    """The texts before, between and after the placeholders."""
    return _PLACEHOLDER.split(text)


@lru_cache(maxsize=4096)
def _remembered(text: str) -> tuple[Find, ...]:
    return tuple(_built_in(text))


def _built_in(text: str) -> Iterator[Find]:
    for shape in SHAPES:
        yield from (Find(start, end, shape.kind) for start, end in shape.spans(text))
    yield from (Find(*span, PASSWORD) for span in labelled(text))
    yield from (Find(*span, PASSWORD) for span in in_commands(text))
    for run in _DIGITS.finditer(text):
        yield from (Find(run.start() + start, run.start() + end, "card") for start, end in checks.cards_in(run[0]))
    for begin in _ACCOUNT.finditer(text):
        if end := checks.iban_end(text[begin.start() : begin.start() + 64]):
            yield Find(begin.start(), begin.start() + end, "iban")
    for run in _SMALL_WORDS.finditer(text):
        yield from (Find(run.start() + start, run.start() + end, "phrase") for start, end in checks.phrases_in(run[0]))


def own_rules_path() -> Path:
    """The user's own list: `redact.txt` beside the folder of episodes."""
    return default_root().parent / "redact.txt"


def load_rules(path: Path | None = None) -> Rules:
    """The built-in rules and the user's own list, where there is one.

    Each line of the list is a text to hide wherever it stands, case ignored, or a regular expression between slashes; `show window: CLASS`
    keeps the pictures of windows that would be covered; `#` starts a comment line.

    Raises:
        RulesError: the list that is named is not there, one cannot be read, or a line is no regular expression; the line is named.
    """
    named, path = path is not None, path or own_rules_path()
    try:
        lines = foreign.read_text(path, RULES_BYTES).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, FileNotFoundError) and not named:
            return Rules()
        why = "it is no text" if isinstance(error, UnicodeDecodeError) else error.strerror or error
        raise RulesError(f"the list of what to hide, {path}, cannot be read: {why}") from error
    own, shown = [], []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("show window:"):
            shown.append(line.removeprefix("show window:").strip().casefold())
            continue
        regex = len(line) > 2 and line.startswith("/") and line.endswith("/")
        try:
            own.append(Pattern(line[1:-1] if regex else re.escape(line), ignore_case=True))
        except ValueError as error:
            raise RulesError(
                f"{path}:{number}: {line} is no regular expression ({error}): mend the line, or write it without slashes"
            ) from error
    return Rules(tuple(own), tuple(shown))
