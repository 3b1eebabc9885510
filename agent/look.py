"""The last look before each event: whether what was decided on is still there. See `agent.x11.last_look`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from agent.errors import DesktopError

Place = tuple[int, int]


class DecisionStale(DesktopError):
    """What was decided on is not there any more: nothing more was sent, look again."""


class NotPermitted(DesktopError):
    """A window that may not be acted in: nothing was sent there."""


class Look(Protocol):
    """Asks the system anew, immediately before each event of one action."""

    def guard(self) -> AbstractContextManager[None]:
        """A context in which nothing can change between the look and the event."""
        ...

    def place(self, decided: Place) -> Place:
        """Where the place that was decided on lies now.

        Raises:
            DecisionStale: it is gone, or something lies over it.
            NotPermitted: the window there may not be acted in.
        """
        ...

    def end(self, decided: Place) -> Place:
        """The same for the place where a drag is to end, asked before it begins."""
        ...

    def held(self, decided: Place) -> None:
        """Raises DecisionStale where the window that a button was pressed in is gone, while it is still down."""
        ...

    def drop(self, begun: Place, decided: Place, place: Place) -> None:
        """Raises DecisionStale where what was dragged would be let go of in another window than it was to be.

        Args:
            begun, decided: where the drag began and was to end, as it was decided.
            place: where it is now.
        """
        ...

    def over(self, place: Place) -> None:
        """Raises NotPermitted where something is dragged over what may not be acted in."""
        ...

    def keyboard(self) -> None:
        """Raises DecisionStale where the keys would go elsewhere than was decided, NotPermitted where they may not go."""
        ...


class NoLook:
    """Where nothing can be asked: other systems than X11."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        yield

    def place(self, decided: Place) -> Place:
        return decided

    def end(self, decided: Place) -> Place:
        return decided

    def held(self, decided: Place) -> None:
        pass

    def drop(self, begun: Place, decided: Place, place: Place) -> None:
        pass

    def over(self, place: Place) -> None:
        pass

    def keyboard(self) -> None:
        pass
