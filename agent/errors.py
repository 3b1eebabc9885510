"""What can go wrong between the agent and a desktop, each as one line for people."""

from __future__ import annotations

from recordings.errors import DeskhandError


class DesktopError(DeskhandError):
    """The desktop cannot do what was asked: no display, a missing program, a window that is gone, an impossible key."""


class InputForbidden(DesktopError):
    """Real input was asked for where only a virtual desktop may receive any."""


class InputStopped(DesktopError):
    """The gate was closed while an action was on its way: nothing more of it is sent."""


NO_DISPLAY = "there is no display: run this inside a graphical session; a run, a recording or a replay may use --desktop virtual instead"
