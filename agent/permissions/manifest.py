"""The manifest: which windows may be seen, and clicked, typed and pressed into; `permissions.yaml`, as a model.

```yaml
rules:                     # of the rules that match a window, the first that says something of a deed decides
  - class: mousepad        # a word of the window's class; * stands for anything, ? for one character
    click: allow           # whatever the pointer does: allow (unasked, but for what is risky), ask (each time) or deny
    type: allow
    press: ask             # keys and shortcuts
    risky: [close]         # what is risky and done there unasked all the same
  - site: example.org      # a browser's, its subdomains included, where the address bar can be read
    click: ask
  - title: "*Payroll*"
    see: false             # black on every frame, and not acted in
otherwise: {type: ask}     # windows of which no rule says anything
never:                     # beside what is never touched by default
  - title: "*Diary*"
lift: [banking]            # groups of the default that do not count
shortcuts: [alt+tab]       # the desktop's own that may be pressed
```
"""

from __future__ import annotations

import re
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from agent.folding import folded
from agent.permissions.windows import groups
from agent.risk_rules import rules as risk_rules
from recordings.action import MODIFIERS
from recordings.episode import SeenWindow

Deed = Literal["click", "type", "press"]
DEEDS: tuple[Deed, ...] = ("click", "type", "press")
MOST = 500
"""Rules of one kind in a file."""
_HOST = re.compile(r"[\w*?-]+(\.[\w*?-]+)*(:\d+)?$")


class Permit(StrEnum):
    """What a rule says of one kind of deed."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


def _permit(value: Any) -> Any:
    if isinstance(value, str) and value in tuple(Permit):
        return Permit(value)
    raise ValueError(f"write {', '.join(Permit)}")


Said = Annotated[Permit | None, BeforeValidator(_permit)]
Pattern = Annotated[str, Field(min_length=1, max_length=400)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Where(_Strict):
    """Windows, by their class, title and site: all that are given must match."""

    window_class: Pattern | None = Field(None, alias="class")
    title: Pattern | None = None
    site: Pattern | None = None

    @field_validator("site")
    @classmethod
    def _check_site(cls, site: str | None) -> str | None:
        if site is not None and not _HOST.match(site):
            raise ValueError(f"{site!r} is no domain: write it as example.org, without https:// and without a path")
        return site

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        if self.window_class is None and self.title is None and self.site is None:
            raise ValueError("say which windows: class, title or site")
        return self

    def matches(self, window: SeenWindow) -> bool:
        """Whether a window is meant itself, whatever it belongs to."""
        return (
            (self.window_class is None or class_matches(self.window_class, window.wm_class))
            and (self.title is None or title_matches(self.title, window.title))
            and (self.site is None or site_matches(self.site, window.site))
        )

    def __str__(self) -> str:
        said = (("", self.window_class), ("titled ", self.title), ("at ", self.site))
        return " ".join(f"{word}{value}" for word, value in said if value is not None)


class Otherwise(_Strict):
    """What windows get of which no rule says anything."""

    see: bool = True
    click: Said = None
    type: Said = None
    press: Said = None


class Rule(Where):
    """What some windows may be used for. What it does not say, a later rule may."""

    see: bool | None = None
    click: Said = None
    type: Said = None
    press: Said = None
    risky: Annotated[tuple[str, ...], Field(max_length=100, strict=False)] = ()

    @field_validator("risky")
    @classmethod
    def _check_risky(cls, risky: tuple[str, ...]) -> tuple[str, ...]:
        known = risk_rules().kinds
        if unknown := next((kind for kind in risky if kind not in known), None):
            raise ValueError(f"there is no risk called {unknown!r}: write one of {', '.join(known)}")
        return risky


def _parts(shortcut: str) -> frozenset[str]:
    return frozenset(part.strip().casefold() for part in shortcut.split("+"))


class Manifest(_Strict):
    """A whole file. An empty one leaves everything as it is by default."""

    rules: Annotated[tuple[Rule, ...], Field(max_length=MOST, strict=False)] = ()
    otherwise: Otherwise = Otherwise()
    never: Annotated[tuple[Where, ...], Field(max_length=MOST, strict=False)] = ()
    lift: Annotated[tuple[str, ...], Field(max_length=MOST, strict=False)] = ()
    shortcuts: Annotated[tuple[str, ...], Field(max_length=MOST, strict=False)] = ()

    @field_validator("lift")
    @classmethod
    def _check_groups(cls, lift: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := next((name for name in lift if name not in groups()), None):
            raise ValueError(f"there is no group {unknown!r}: write {', '.join(groups())}")
        return lift

    @field_validator("shortcuts")
    @classmethod
    def _check_shortcuts(cls, shortcuts: tuple[str, ...]) -> tuple[str, ...]:
        for shortcut in shortcuts:
            parts = _parts(shortcut)
            if "" in parts or ("*" in parts and not parts - {"*"}) or not (parts & set(MODIFIERS)):
                raise ValueError(f"{shortcut!r} is no shortcut: write it as alt+tab, super, or ctrl+alt+*")
        return shortcuts

    def permits_shortcut(self, keys: frozenset[str]) -> bool:
        """Whether exactly these keys may be pressed together; `*` stands for one key or none."""
        for parts in map(_parts, self.shortcuts):
            held = parts - {"*"}
            if keys == parts or ("*" in parts and held <= keys and len(keys - held) <= 1):
                return True
        return False


@lru_cache(maxsize=4096)
def class_matches(pattern: str, window_class: str) -> bool:
    """Whether a word of the class, or all of it, matches."""
    return any(_globbed(pattern, word) for word in {window_class, *window_class.split(), *window_class.replace(".", " ").split()})


def title_matches(pattern: str, title: str) -> bool:
    """Whether the whole title matches."""
    return _globbed(pattern, title)


def site_matches(pattern: str, site: str) -> bool:
    """Whether a site is that one or below it. Host names have a spelling of their own: look-alike letters are not alike here."""
    host, wanted = site.casefold().rstrip("."), pattern.casefold()
    if ":" not in wanted:
        host = host.partition(":")[0]
    labels = host.split(".")
    return bool(site) and any(fnmatchcase(".".join(labels[start:]), wanted) for start in range(len(labels)))


@cache
def _folded(pattern: str) -> str:
    return folded(pattern).replace("[", "[[]")


def _globbed(pattern: str, text: str) -> bool:
    return fnmatchcase(folded(text), _folded(pattern))
