"""A desktop of real pixels and real events, the host's or a virtual one: what the loop perceives and acts on."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from agent.errors import DesktopError
from agent.guard import Gate
from agent.hands import Hands
from agent.ledger import Ledger
from agent.screen import Frame, Screen
from recordings.action import Action, Ask, Finish, Move, Press, Type, Wait
from recordings.episode import Observation
from recordings.geometry import Box, ScreenTransform

if TYPE_CHECKING:
    from agent.x11.display import Window, Windows
    from agent.x11.ping import Ping


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
        gate: Gate | None = None,
        ledger: Ledger | None = None,
        settling: Settling | None = None,
    ) -> None:
        """
        Args:
            display: X11 display, a virtual desktop's for instance; None: the one of the environment.
            region, monitor, window: the part that is seen and acted on, as for `agent.screen.Screen`.
            gate: what an emergency stop closes; `desktop.gate` otherwise.
            ledger: where the hands announce their events; `desktop.ledger` otherwise.

        Raises:
            DesktopError: there is no display, no such monitor or window.
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
        """
        self.hands = Hands(display, gate=gate, ledger=ledger)
        self.gate, self.ledger = self.hands.gate, self.hands.ledger
        self.screen = Screen(display, monitor=monitor, region=region, window=window)
        self.settling = settling or Settling()
        self._windows: Windows | None = None
        self._ping: Ping | None = None
        if sys.platform.startswith("linux"):
            from agent.x11.display import Windows
            from agent.x11.ping import Ping

            self._windows = Windows(display)
            self._ping = Ping(display)
        self._seen: Frame | None = None
        self._before: Frame | None = None
        self._active: Window | None = None

    def __enter__(self) -> LiveDesktop:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release what is held and let go of the display."""
        self.release()
        self.screen.close()
        for connection in (self._windows, self._ping):
            if connection is not None:
                connection.close()

    def observe(self) -> Observation:
        """Capture now, without a tooltip that came up since the screen settled."""
        return self._observation(*self._without_tooltip(self.screen.grab()))

    def perform(self, action: Action) -> None:
        """Carry out one action on what the last observation showed.

        Raises:
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
            InputStopped: the gate was closed.
            DesktopError: the display or the window is gone, there is no such key, or another window than the captured one has the keyboard.
        """
        frame = self.screen.grab()
        if isinstance(action, Type | Press):
            self._check_keyboard()
        shown = self._seen or frame
        # A model thinks for a second or more: whether the action changed anything is told from the moment before it.
        self._before = None if isinstance(action, Move | Wait | Ask | Finish) else frame
        self.hands.perform(action, shown.to_transform())

    def _check_keyboard(self) -> None:
        """A captured window bounds the pointer by itself, but keys go to whichever window is active."""
        wanted = self.screen.window()
        if wanted is None or self._windows is None:
            return
        active = self._windows.active()
        if active is None or not self._windows.belongs(active, wanted):
            holder = repr(active.title) if active is not None else "no window"
            raise DesktopError(f"the keyboard belongs to {holder}, not to {wanted.title!r}: click into that window first")

    def settle(self) -> Observation:
        """Wait until the screen stops changing, then return what it shows; never longer than `settling.most` seconds.

        A closed gate ends the wait, for whoever stops a run should not wait for a video to end.
        """
        rule, before, start = self.settling, self._before, time.monotonic()
        # A window is there before it is drawn, so on a screen that was never looked at something may be about to begin.
        first = self._seen is None
        most = rule.most_at_first if first else rule.most
        frame = self.screen.grab()
        since, equal, changed = start, 1, before is None and not first
        self._ask()
        while (now := time.monotonic()) < start + most and not self.gate.closed:
            changed = changed or (before is not None and not _same(frame, before, 0))
            # What the application still has to do may yet show, so the screen's rest counts from its answer.
            done = self._done_at(start)
            if done is not None and equal >= 3 and now - max(since, done) >= (rule.quiet if changed else rule.patience):
                break
            time.sleep(rule.poll)
            latest = self.screen.grab()
            if _same(latest, frame, rule.restless_pixels):
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
        if self._before is None or self._windows is None or self.gate.closed or not self._windows.has_tooltip():
            return frame, False
        self.hands.perform(ASIDE, frame.to_transform())
        end = time.monotonic() + self.settling.patience
        while self._windows.has_tooltip() and time.monotonic() < end:
            time.sleep(self.settling.poll)
        return self.screen.grab(), True

    def release(self) -> None:
        """Let go of every key and button that is held. Never raises; callable from any thread."""
        self.hands.release()

    def _ask(self) -> None:
        """Ask the application whether it is done with what it was given."""
        if self._ping is not None:
            self._ping.ask()

    def _done_at(self, start: float) -> float | None:
        return self._ping.answered_at() if self._ping is not None else start

    def _observation(self, frame: Frame, tooltip: bool) -> Observation:
        self._seen = frame
        shown = frame.to_screenshot()
        if self._windows is None:
            return Observation(shown, tooltip=tooltip)
        active = self._windows.active()
        gone = self._active if active is None and self._active is not None and not self._windows.exists(self._active) else None
        self._active = active or self._active
        popups = (_box(window, shown.transform) for window in self._windows.popups())
        return Observation(
            shown,
            active.title if active is not None else None,
            active.wm_class if active is not None else None,
            tooltip,
            active=_box(active, shown.transform) if active is not None else None,
            dialog=active is not None and active.dialog,
            popups=tuple(box for box in popups if box is not None),
            gone=gone.title if gone is not None else None,
        )


def _box(window: Window, area: ScreenTransform) -> Box | None:
    """The window in fractions of the captured rectangle; None where it lies outside."""
    box = Box.from_pixels(
        window.left - area.left, window.top - area.top, window.width, window.height, (round(area.width), round(area.height))
    )
    return box if box.area > 0 else None


def _same(one: Frame, other: Frame | None, tolerance: int) -> bool:
    """Whether at most `tolerance` pixels differ."""
    if other is None or one.area != other.area or one.size != other.size:
        return False
    if one.pixels == other.pixels:
        return True
    if not tolerance:
        return False
    pixels = (np.frombuffer(frame.pixels, dtype=np.uint32) for frame in (one, other))
    return int(np.count_nonzero(np.not_equal(*pixels))) <= tolerance
