"""A desktop of real pixels and real events, the host's or a virtual one: what the loop perceives and acts on."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from agent.hands import Hands
from agent.look import DecisionStale, NotPermitted
from agent.permissions.effective import HIDDEN_TITLE, Permissions, deed_of
from agent.private import private_parts, to_private
from agent.screen import Frame, Screen
from agent.single_clicks import SingleClicks
from agent.unchanged import Unchanged
from agent.x11.frames import on_any_buttons
from recordings.action import Action, Ask, Finish, Move, Press, Type, Wait
from recordings.episode import Observation, SeenWindow
from recordings.geometry import Box, Point, ScreenTransform

if TYPE_CHECKING:
    from PIL import Image

    from agent.x11.display import Window, Windows
    from agent.x11.last_look import LastLook, Refuse, Sight
    from agent.x11.ping import Ping
    from agent.x11.stack import Placed


_TRIES = 4
ASIDE = Move(x=0.995, y=0.5)
"""Where the pointer waits: at an edge, where little is explained, and in no corner, where it would stop the agent."""


@dataclass(frozen=True, slots=True)
class Settling:
    """When a screen counts as settled. Seconds, but for the last."""

    poll: float = 0.025
    quiet: float = 0.15
    """It must have shown the same for so long, in at least three captures."""
    patience: float = 0.4
    """An action that is expected to change something gets so long to begin."""
    most: float = 3.0
    """Then it counts as settled whatever it does: it plays a video, say."""
    most_at_first: float = 15.0
    """The same for the first look, when programs may just be starting."""
    restless_pixels: int = 64
    """So few changing pixels are a blinking caret, not a screen that is being drawn."""


class LiveDesktop:
    """Satisfies `agent.protocols.Desktop`. One thread observes and performs; `release` and the gate belong to every thread."""

    def __init__(
        self,
        display: str | None = None,
        region: tuple[int, int, int, int] | None = None,
        monitor: int | None = None,
        window: str | None = None,
        *,
        settling: Settling | None = None,
        permissions: Permissions | None = None,
        read_site: Callable[[Image.Image], str] | None = None,
    ) -> None:
        """
        Args:
            display: X11 display, a virtual desktop's for instance; None: the one of the environment.
            region, monitor, window: the part that is seen and acted on, as for `agent.screen.Screen`.
            permissions: which windows are seen and acted in; by default all but what is never touched.
            read_site: as for `agent.screen.Screen`.

        Raises:
            DesktopError: there is no display, no such monitor or window.
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
        """
        self.hands = Hands(display)
        self.gate, self.ledger = self.hands.gate, self.hands.ledger
        self.permissions = permissions or Permissions()
        self.screen = Screen(display, monitor=monitor, region=region, window=window, permissions=self.permissions, read_site=read_site)
        self.settling = settling or Settling()
        self.shown: Sequence[str] = ()  # classes whose pixels may be kept though they would not be, see `agent.private`
        self._windows: Windows | None = None
        self._ping: Ping | None = None
        self._look: LastLook | None = None
        self._own: Window | None = None
        if sys.platform.startswith("linux"):
            from agent.x11.display import Windows
            from agent.x11.last_look import LastLook
            from agent.x11.ping import Ping
            from agent.x11.terminal import own_window

            assert isinstance(self.hands.look, LastLook)
            self._look = self.hands.look
            self._look.may_see = self.permissions.may_see
            self._windows = Windows(display)
            self._ping = Ping(display)
            self._own = own_window(self._windows) if display in (None, os.environ.get("DISPLAY")) else None
        self._seen: Frame | None = None
        self._before: Frame | None = None
        self._active: Window | None = None
        self._sight: Sight | None = None
        """What the windows were like when that was seen."""
        self._stacked_at = 0
        self._placed: dict[int, Placed] = {}
        """What each child of the root was then."""
        self._given_back = ""
        self._kept_off = False
        self._clicks = SingleClicks(self.gate.wait)
        self._pointed = Unchanged(self.screen.grab, self.gate.wait)
        self._works_in: Window | None = None
        """The window that had the keyboard last, but for Deskhand's own terminal."""

    def __enter__(self) -> LiveDesktop:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release what is held and let go of the display."""
        self.hands.close()
        self.screen.close()
        for connection in (self._windows, self._ping):
            if connection is not None:
                connection.close()

    def observe(self) -> Observation:
        """Capture now, without a tooltip that came up since the screen settled."""
        return self._observation(*self._without_tooltip(self._grab()))

    def perform(self, action: Action) -> str:
        """Carry out one action on what the last observation showed; returns what was done otherwise, such as following a window.

        Raises:
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
            InputStopped: the gate was closed.
            DecisionStale: what it was decided on is gone, hidden or covered, or another window has the keyboard: nothing was sent.
            NotPermitted: the window that it is in may not be acted in: nothing was sent there.
            DesktopError: the display or the window is gone, or there is no such key.
        """
        self._clicks.before(action)
        frame, captured = self.screen.grab(), self.screen.window()
        shown = self._seen or frame
        # A model thinks for a second or more: whether the action changed anything is told from the moment before it.
        self._before = None if isinstance(action, Move | Wait | Ask | Finish) else frame
        if self._look is not None:
            self._look.for_action(self._sight, captured, self._refuse(action))
        if not self.permissions.own_desktop:
            self._pointed.check(action, frame, self._look.where if self._look is not None else lambda place: place)
        self._given_back = ""
        if isinstance(action, Type | Press):
            self._give_keyboard_back()
            self._check_keyboard(captured)
        self.hands.perform(action, shown.to_transform())
        # What the action did to the windows, it was meant to do: until the next look nothing is known of the focus.
        if self._sight is not None and not isinstance(action, Wait | Ask | Finish):
            self._sight = replace(self._sight, focus=None)
        return "; ".join(filter(None, (self._given_back, self._look.note if self._look is not None else "")))

    def _refuse(self, action: Action) -> Refuse | None:
        """Which windows an action may not be in, asked at the moment of its events."""
        deed = deed_of(action)
        if deed is None:
            return None

        def refuse(child: int, window: SeenWindow) -> str | None:
            known = self._placed.get(child)
            if known is not None and known.window.site:
                if known.window.title != window.title:
                    raise DecisionStale(f"the window {window.title!r} has come to show something else")
                window = replace(window, site=known.window.site)
            return self.permissions.refusal(deed, window)

        return refuse

    def _give_keyboard_back(self) -> None:
        """A person who answered in Deskhand's terminal left the keyboard there: the window that is worked in gets it back.

        Raises:
            DesktopError: there is no such window: the terminal itself never gets what is typed.
        """
        active = self._windows.active() if self._windows is not None and self._own is not None else None
        if active is None or self._own is None or active.id != self._own.id or self._windows is None or self._look is None:
            return
        window = self._works_in
        if window is None or not self._windows.is_shown(window):
            raise DecisionStale("the keyboard belongs to Deskhand's own terminal: click into the window that is meant first")
        if not self._windows.focus(window):
            raise DecisionStale(
                f"the window {window.title!r} does not take the keyboard back from Deskhand's terminal: click into it first"
            )
        self._look.expect_focus(window)
        self._given_back = f"the keyboard was given back to {window.title!r}"

    def _check_keyboard(self, wanted: Window | None) -> None:
        """A captured window bounds the pointer by itself, but keys go to whichever window is active."""
        if wanted is None or self._windows is None:
            return
        active = self._windows.active()
        if active is None or not self._windows.belongs(active, wanted):
            seen = active is not None and self.permissions.may_see(self._seen_as(active))
            holder = "no window" if active is None else repr(active.title) if seen else HIDDEN_TITLE
            raise DecisionStale(f"the keyboard belongs to {holder}, not to {wanted.title!r}: click into that window first")

    def settle(self) -> Observation:
        """Wait until the screen stops changing, then return what it shows; never longer than `settling.most` seconds.

        A closed gate ends the wait, for whoever stops a run should not wait for a video to end.
        """
        rule, before, start = self.settling, self._before, time.monotonic()
        self._clicks.settle()
        # A window is there before it is drawn, so on a screen that was never looked at something may be about to begin.
        first = self._seen is None
        most = rule.most_at_first if first else rule.most
        frame = self._grab()
        since, equal, changed = start, 1, before is None and not first
        self._ask()
        while (now := time.monotonic()) < start + most and not self.gate.closed:
            changed = changed or (before is not None and not frame.is_like(before))
            # What the application still has to do may yet show, so the screen's rest counts from its answer.
            done = self._done_at(start)
            if done is not None and equal >= 3 and now - max(since, done) >= (rule.quiet if changed else rule.patience):
                break
            time.sleep(rule.poll)
            latest = self._grab()
            if latest.is_like(frame, rule.restless_pixels):
                equal += 1
            else:
                since, equal = time.monotonic(), 1
                self._ask()
            frame = latest
        return self._observation(*self._without_tooltip(frame))

    def _without_tooltip(self, frame: Frame) -> tuple[Frame, bool]:
        """What the screen shows once the pointer is out of the way, if what it rests on explains itself over what is needed next; and
        whether it did.

        A pointer that was moved there to see just that stays, as it does before the first action.
        """
        if self._kept_off or self._before is None or self._windows is None or self.gate.closed or not self._windows.has_tooltip():
            return frame, False
        if self._look is not None:
            self._look.for_action(None, refuse=self._refuse(ASIDE))
        with contextlib.suppress(NotPermitted):  # then the tooltip stays
            self.hands.perform(ASIDE, frame.to_transform())
        end = time.monotonic() + self.settling.patience
        while self._windows.has_tooltip() and time.monotonic() < end:
            time.sleep(self.settling.poll)
        return self._grab(), True

    def keep_off(self, wanted: bool) -> None:
        """While a person works with their own hands, the pointer is not moved out of the way."""
        self._kept_off = wanted

    def release(self) -> None:
        """Let go of every key and button that is held. Never raises; callable from any thread."""
        self.hands.release()

    def _ask(self) -> None:
        """Ask the application whether it is done with what it was given."""
        if self._ping is not None:
            self._ping.ask()

    def _done_at(self, start: float) -> float | None:
        return self._ping.answered_at() if self._ping is not None else start

    def _grab(self) -> Frame:
        """Capture, and remember what the windows were like just before."""
        if self._look is not None:
            self._stacked_at = self._look.changes.ask().windows
        return self.screen.grab()

    def _observation(self, frame: Frame, tooltip: bool) -> Observation:
        active = self._windows.active() if self._windows is not None else None
        if self._look is not None:
            if self.screen.look_again():
                frame = self._grab()
            for _ in range(_TRIES):  # windows that come and go meanwhile are seen in the next capture
                sight = self._look.see(active)
                if self._look.changes.windows == self._stacked_at:
                    break
                frame = self._grab()
            self._sight = sight
        self._placed = {placed.id: placed for placed in self.screen.windows()}
        self._seen = frame
        self._pointed.expect(frame)
        shown = frame.to_screenshot()
        if self._windows is None:
            return Observation(shown, tooltip=tooltip)
        shown = replace(shown, private=to_private(private_parts(self._windows, self.shown), shown.transform))
        gone = self._active if active is None and self._active is not None and not self._windows.exists(self._active) else None
        self._active = active or self._active
        if active is not None and (self._own is None or active.id != self._own.id):
            self._works_in = active
        popups = (_box(window, shown.transform) for window in self._windows.popups())
        hidden = active is not None and not self.permissions.may_see(self._seen_as(active))
        return Observation(
            shown,
            HIDDEN_TITLE if hidden else active.title if active is not None else None,
            active.wm_class if active is not None else None,
            tooltip,
            active=_box(active, shown.transform) if active is not None else None,
            dialog=active is not None and active.dialog,
            popups=tuple(box for box in popups if box is not None),
            gone=None if gone is None else gone.title if self.permissions.may_see(self._seen_as(gone)) else HIDDEN_TITLE,
            window_at=partial(self._window_at, self._sight, self._placed, shown.transform),
            works_in=self._worked_in,
            on_frame=lambda point: self._windows is None or on_any_buttons(self._windows, shown.transform.to_screen(point)),
            window=self._seen_as(active) if active is not None else None,
        )

    def _worked_in(self) -> SeenWindow | None:
        from agent.x11.worked_in import worked_in

        found = worked_in(self._windows, self._own) if self._windows is not None else None
        return self._seen_as(found) if found is not None else None

    def _seen_as(self, active: Window) -> SeenWindow:
        """A window as the permissions know it."""
        found = next((placed.window for placed in self._placed.values() if placed.client == active.id), None)
        return found or SeenWindow(active.title, active.wm_class, active.dialog)

    @staticmethod
    def _window_at(sight: Sight | None, placed: Mapping[int, Placed], area: ScreenTransform, point: Point) -> SeenWindow | None:
        if sight is None:
            return None
        owner = sight.owner(area.to_screen(point))
        found = placed.get(owner.id) if owner is not None else None
        return found.window if found is not None else SeenWindow("") if owner is None else None


def _box(window: Window, area: ScreenTransform) -> Box | None:
    """The window in fractions of the captured rectangle; None where it lies outside."""
    box = Box.from_pixels(
        window.left - area.left, window.top - area.top, window.width, window.height, (round(area.width), round(area.height))
    )
    return box if box.area > 0 else None
