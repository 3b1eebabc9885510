"""Which window had the keyboard at a moment that is over."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from agent.errors import DesktopError
from agent.virtual import VirtualDesktop
from agent.x11.display import Window
from agent.x11.focus_trail import UNKNOWN, FocusTrail

LEFT, RIGHT = "Left", "Right"


@pytest.fixture
def windows(virtual: VirtualDesktop) -> Iterator[dict[str, Window]]:
    programs = [virtual.spawn(["xterm", "-T", title, "-e", "sleep", "60"]) for title in (LEFT, RIGHT)]
    yield {title: virtual.wait_for_window(title) for title in (LEFT, RIGHT)}
    for program in programs:
        program.terminate()
    virtual.windows.wait_gone("Left|Right")


def test_a_moment_that_is_over_has_the_window_of_then(virtual: VirtualDesktop, windows: dict[str, Window]) -> None:
    trail = FocusTrail(virtual.display)
    try:
        moments = []
        for title in (LEFT, RIGHT, LEFT):
            assert virtual.windows.focus(windows[title], 5.0)
            time.sleep(0.05)
            moments.append((time.monotonic(), title))
        for moment, title in moments:
            found = trail.at(moment)
            assert found is not None and (found.title, found.id, trail.id_at(moment)) == (title, windows[title].id, windows[title].id)
        assert trail.id_at(-1.0) == UNKNOWN and trail.at(-1.0) is None
    finally:
        trail.close()


def test_between_two_changes_that_were_heard_together_nobody_knows(virtual: VirtualDesktop, windows: dict[str, Window]) -> None:
    assert virtual.windows.focus(windows[RIGHT], 5.0)
    trail = FocusTrail(virtual.display)
    try:
        before = time.monotonic()
        with trail._lock:  # its thread is kept from asking in time
            time.sleep(0.05)
            assert virtual.windows.focus(windows[LEFT], 5.0)
            time.sleep(0.05)
            between = time.monotonic()
            time.sleep(0.05)
            assert virtual.windows.focus(windows[RIGHT], 5.0)
            time.sleep(0.05)
        after = time.monotonic()
        assert (trail.id_at(before), trail.id_at(after)) == (windows[RIGHT].id,) * 2
        assert trail.id_at(between) == UNKNOWN and trail.at(between) is None
    finally:
        trail.close()


def test_no_display_is_one_clear_line() -> None:
    with pytest.raises(DesktopError, match="cannot be opened"):
        FocusTrail(":4711")
