"""What a run may see and do: the manifest, what is never touched, and what a person allows while it runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from agent.meanings import Concern
from agent.permissions.manifest import (
    DEEDS,
    Deed,
    Manifest,
    Permit,
    Rule,
    Where,
    class_matches,
    site_matches,
    title_matches,
)
from agent.permissions.windows import browsers, groups
from agent.risk_rules import rules
from recordings.action import Action, Click, Drag, Move, Press, Scroll, Type
from recordings.episode import SeenWindow

HIDDEN_TITLE = "a window that is not to be seen"
"""Stands for the title of one, for the model and for records."""
_DONE = {"click": "clicked", "type": "typed into", "press": "pressed keys in"}
Keep = Callable[[Rule], str]
"""Keeps a rule that a person made, and says where."""


def deed_of(action: Action) -> Deed | None:
    """What a rule calls an action; None for what touches nothing."""
    match action:
        case Click() | Drag() | Scroll() | Move():
            return "click"
        case Type():
            return "type"
        case Press():
            return "press"
        case _:
            return None


class Permissions:
    """Asked from any thread. `allow_always` adds to it while a run goes on."""

    def __init__(
        self, manifest: Manifest | None = None, *, source: str = "", never: bool = True, own_desktop: bool = False, keep: Keep | None = None
    ) -> None:
        """
        Args:
            source: where the manifest is from, for people.
            never: whether what is never touched by default counts; not so where screens are made for training.
            own_desktop: the desktop is the agent's own, whose shortcuts reach nothing else.
            keep: what a person allows for good is kept by it; None where nothing is kept.
        """
        self.manifest, self.source = manifest or Manifest(), source
        self.unread = ""
        """Why nothing that is written on the screen can be read; empty where it can."""
        self._never, self.own_desktop, self._keep = never, own_desktop, keep
        self._lock = threading.Lock()

    @property
    def heeds_sites(self) -> bool:
        """Whether the site that a browser shows makes a difference."""
        manifest = self.manifest
        return any(where.site is not None for where in (*manifest.rules, *manifest.never)) or any(group.sites for group in self._groups())

    @property
    def hides_nothing(self) -> bool:
        """Whether every window may be seen, whatever there is."""
        rules_hide = any(rule.see is False for rule in self.manifest.rules) or not self.manifest.otherwise.see
        return not rules_hide and not self.manifest.never and not any(self._groups())

    def never(self, window: SeenWindow) -> str | None:
        """Why a window, or one that it belongs to, is never touched; None where it may be."""
        for one in _family(window):
            if where := next((where for where in self.manifest.never if where.matches(one)), None):
                return f"{where}: never, says {self.source or 'the manifest'}"
            if name := next((group.name for group in self._groups() if _in_group(group.name, one)), None):
                return name
        return None

    def may_see(self, window: SeenWindow) -> bool:
        """Whether a window may be on a frame."""
        if self.never(window) is not None:
            return False
        said = next((rule.see for rule in self._rules_for(window) if rule.see is not None), None)
        return self.manifest.otherwise.see if said is None else said

    def permit(self, deed: Deed, window: SeenWindow) -> Permit | None:
        """What is said of a deed in a window; None where nothing is."""
        if not self.may_see(window):
            return Permit.DENY
        said = next((permit for rule in self._rules_for(window) if (permit := getattr(rule, deed)) is not None), None)
        return said or getattr(self.manifest.otherwise, deed)

    def refusal(self, deed: Deed, window: SeenWindow) -> str | None:
        """Why a deed may not happen in a window, in words for people and models; None where it may."""
        if (why := self.never(window)) is not None:
            return f"not permitted: {named(window, hidden=True)} ({why}) is never {_DONE[deed]}"
        if not self.may_see(window):
            return f"not permitted: {named(window, hidden=True)} is not to be seen, nor {_DONE[deed]}"
        if self.permit(deed, window) is Permit.DENY:
            return f"not permitted: {named(window)} is not to be {_DONE[deed]}"
        return None

    def refuses_shortcut(self, action: Action, bound: bool) -> str | None:
        """Why a shortcut of the desktop itself may not be pressed; None where it may, and for all other actions.

        Args:
            bound: the run is bound to a window, which a switch to another would leave.
        """
        if not isinstance(action, Press) or self.own_desktop:
            return None
        for keys in action.chords:
            own = rules().meant("global", keys) or (bound and rules().meant("switching", keys))
            if own and not self.manifest.permits_shortcut(frozenset(key.casefold() for key in keys)):
                pressed = "+".join(keys)
                return (
                    f"not permitted: {pressed} is a shortcut of the desktop itself; `shortcuts: [{pressed}]` in permissions.yaml permits it"
                )
        return None

    def allows_unasked(self, deed: Deed, window: SeenWindow, concern: Concern | None) -> bool:
        """Whether a deed that would be asked about is allowed for good: what is risky only by its kind."""
        if self.permit(deed, window) is not Permit.ALLOW:
            return False
        return concern is None or any(concern.kind in rule.risky for rule in self._rules_for(window))

    def permits_all(self, action: Action) -> bool:
        """Whether an action is nothing but shortcuts that the manifest names."""
        return isinstance(action, Press) and all(
            self.manifest.permits_shortcut(frozenset(map(str.casefold, keys))) for keys in action.chords
        )

    def offer(self, deed: Deed | None, window: SeenWindow | None, concern: Concern) -> Rule | None:
        """The rule by which a person would never be asked about such a thing again; None where that is not offered."""
        if self._keep is None or deed is None or window is None or self.never(window) is not None or concern.kind in rules().each_time:
            return None
        words = window.wm_class.split()
        if not words or (is_browser(window.wm_class) and not window.site):  # which would be said of all sites there are
            return None
        named_: dict[str, Any] = {"class": words[-1], **({"site": window.site} if window.site else {})}
        return Rule.model_validate({**named_, deed: "allow", **({"risky": [concern.kind]} if concern.kind in rules().kinds else {})})

    def allow_always(self, rule: Rule) -> str:
        """Add a rule that a person made, and keep it; says what is allowed from now on, and where that is written. Raises DeskhandError."""
        where = self._keep(rule) if self._keep is not None else ""
        with self._lock:
            self.manifest = with_rule(self.manifest, rule)
        return f"always allowed: {told(rule)}" + (f" ({where})" if where else "")

    def lines(self) -> list[str]:
        """What may be seen and done, line by line, for people."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        manifest, lifted = self.manifest, f"; lifted: {', '.join(self.manifest.lift)}" if self.manifest.lift else ""
        yield f"never seen, clicked or typed into: {', '.join(group.name for group in self._groups()) or 'nothing by default'}{lifted}"
        for where in manifest.never:
            yield f"never: {where}"
        for rule in manifest.rules:
            yield told(rule)
        if (rest := told_deeds(manifest.otherwise)) or not manifest.otherwise.see:
            yield f"other windows: {rest if manifest.otherwise.see else 'not seen'}"
        own = "may be pressed: the desktop is the agent's own" if self.own_desktop else "refused"
        yield f"shortcuts of the desktop itself: {own}" + (f", but for {', '.join(manifest.shortcuts)}" if manifest.shortcuts else "")
        if self.unread and not self.own_desktop:
            yield f"nothing is read on the screen ({self.unread}): what accessibility does not name is asked about"
        if not sys.platform.startswith("linux"):
            yield "nothing is hidden or refused by its window on this system: only X11 tells which window lies where"
        if self.source:
            yield f"from {self.source}"

    def to_json(self) -> dict[str, Any]:
        """For an episode's header."""
        said = self.manifest.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        unread = {"unread": self.unread} if self.unread else {}
        return {"never": [group.name for group in self._groups()], "manifest": said, "own_desktop": self.own_desktop, **unread}

    def _groups(self) -> list[Any]:
        return [group for name, group in groups().items() if self._never and name not in self.manifest.lift]

    def _rules_for(self, window: SeenWindow) -> Iterator[Rule]:
        family = tuple(_family(window))
        return (rule for rule in self.manifest.rules if any(rule.matches(one) for one in family))


def with_rule(manifest: Manifest, rule: Rule) -> Manifest:
    """A manifest with one more rule, before the first that says something else of the same windows."""
    at = place_for(manifest, rule)
    return manifest.model_copy(update={"rules": (*manifest.rules[:at], rule, *manifest.rules[at:])})


def place_for(manifest: Manifest, rule: Rule) -> int:
    """Where among the rules a new one takes effect: before the first that asks about one of its deeds there, and after what denies one."""
    for index, other in enumerate(manifest.rules):
        speaks = any(getattr(rule, deed) is not None and getattr(other, deed) not in (None, Permit.DENY) for deed in DEEDS)
        if speaks and (other.window_class is None or class_matches(other.window_class, rule.window_class or "")):
            return index
    return len(manifest.rules)


def told(rule: Rule) -> str:
    """A rule in words."""
    risky = f", also what is risky as {', '.join(rule.risky)}" if rule.risky else ""
    seen = {None: "", True: "seen", False: "not seen"}[rule.see]
    return f"{Where.__str__(rule)}: {', '.join(filter(None, (seen, told_deeds(rule))))}{risky}"


def told_deeds(said: Any) -> str:
    """What is said of each deed."""
    return ", ".join(f"{deed} {permit}" for deed in DEEDS if (permit := getattr(said, deed)) is not None)


def named(window: SeenWindow, *, hidden: bool = False) -> str:
    """A window by its title; by its class where the title is not to be told."""
    known = "" if hidden else window.title
    return f"the window {known!r}" if known else f"a window of {window.wm_class.split()[-1]}" if window.wm_class.split() else "this window"


def _family(window: SeenWindow) -> Iterable[SeenWindow]:
    """A window and whatever it belongs to."""
    yield window
    for owner in window.owners:
        yield from _family(owner)


def _in_group(name: str, window: SeenWindow) -> bool:
    group = groups()[name]
    return (
        any(class_matches(pattern, window.wm_class) for pattern in group.classes)
        or any(title_matches(pattern, window.title) for pattern in group.titles)
        or (bool(window.site) and any(site_matches(pattern, window.site) for pattern in group.sites))
    )


def is_browser(window_class: str) -> bool:
    """Whether windows of a class have an address bar."""
    return any(class_matches(pattern, window_class) for pattern in browsers())
