"""Which window a person works in: not Deskhand's own terminal, and not what has popped up over another application."""

from __future__ import annotations

from agent.x11.display import Window, Windows

LARGER = 1.25
"""So many times as large is a window that another has popped up over."""


def worked_in(windows: Windows, own: Window | None) -> Window | None:
    """The active window, or the highest where Deskhand's own terminal is active. A small one that covers a part of a larger one of another
    application has popped up over that, and the larger one counts; a dialog counts where it belongs."""
    shown = [window for window in windows.all() if (own is None or window.id != own.id) and windows.is_shown(window)]
    active = windows.active()
    current = active if active is not None and (own is None or active.id != own.id) else shown[-1] if shown else None
    if current is None:
        return None
    below = [window for window in shown if _is_below(window, current) and not windows.belongs(current, window)]
    return below[-1] if below else current


def _is_below(window: Window, current: Window) -> bool:
    meets = (
        window.left < current.left + current.width
        and current.left < window.left + window.width
        and window.top < current.top + current.height
        and current.top < window.top + window.height
    )
    larger = window.width * window.height >= LARGER * current.width * current.height
    return meets and larger and window.wm_class != current.wm_class
