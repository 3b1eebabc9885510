"""The screen while it changes: another resolution during a run, and where the stop corners are then."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest
from Xlib.ext import randr

from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.look import DecisionStale
from agent.screen import Area, Screen, dead_ends
from agent.virtual import VirtualDesktop
from agent.x11.connection import connect
from recordings.action import Click


@pytest.fixture
def virtual() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(800, 600, accessibility=False) as virtual:
        yield virtual


def resize(virtual: VirtualDesktop, width: int, height: int) -> None:
    """As a person chooses another resolution."""
    display = connect(virtual.display)
    root = display.screen().root
    resources = root.xrandr_get_screen_resources()
    mode = next((mode["id"] for mode in resources.modes if (mode["width"], mode["height"]) == (width, height)), None)
    if mode is None:
        name = f"{width}x{height}"
        timing = {
            "id": 0, "width": width, "height": height, "dot_clock": 60 * width * height, "h_sync_start": width, "h_sync_end": width,
            "h_total": width, "h_skew": 0, "v_sync_start": height, "v_sync_end": height, "v_total": height,
            "name_length": len(name), "flags": 0,
        }  # fmt: skip
        mode = root.xrandr_create_mode(timing, name).mode
        display.xrandr_add_output_mode(resources.outputs[0], mode)
    display.xrandr_set_crtc_config(resources.crtcs[0], resources.config_timestamp, 0, 0, 0, randr.Rotate_0, [])
    root.xrandr_set_screen_size(width, height, 300, 200)
    resources = root.xrandr_get_screen_resources()
    display.xrandr_set_crtc_config(resources.crtcs[0], resources.config_timestamp, 0, 0, mode, randr.Rotate_0, [resources.outputs[0]])
    display.sync()
    display.close()


def test_what_is_seen_and_the_corners_follow_the_resolution(virtual: VirtualDesktop) -> None:
    screen = Screen(virtual.display)
    for size in ((640, 480), (800, 600), (500, 400)):
        resize(virtual, *size)
        assert screen.capture().size == size
        right, bottom = size[0] - 1, size[1] - 1
        assert set(screen.corners) == {(0, 0), (right, 0), (0, bottom), (right, bottom)}
    screen.close()


def test_what_was_decided_on_another_resolution_is_not_done_where_nothing_is(virtual: VirtualDesktop) -> None:
    with LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        resize(virtual, 640, 480)
        with pytest.raises(DecisionStale, match="resolution changed from 800×600 to 640×480"):
            desktop.perform(Click(x=0.5, y=0.5))
        assert desktop.observe().screenshot.size == (640, 480)
        desktop.perform(Click(x=0.5, y=0.5))


def test_a_region_that_is_gone_is_said_to_be(virtual: VirtualDesktop) -> None:
    with LiveDesktop(virtual.display, region=(700, 500, 100, 100)) as desktop:
        desktop.observe()
        resize(virtual, 640, 480)
        with pytest.raises(DesktopError, match="nothing of the region is on the screen"):
            desktop.observe()


def test_corners_of_several_monitors_are_those_where_the_pointer_goes_no_further() -> None:
    beside = dead_ends([Area(0, 0, 1920, 1080), Area(1920, 0, 1280, 1024)])
    assert (1919, 0) not in beside and (1920, 0) not in beside and (1919, 1079) in beside and (3199, 1023) in beside and (0, 0) in beside


def test_other_depths_are_named() -> None:
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "320x240x16", "-nolisten", "tcp"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert server.stdout is not None
        name = f":{server.stdout.readline().decode().strip()}"
        time.sleep(0.2)
        with pytest.raises(DesktopError, match="a colour depth of 16 bits, and only 24 can be captured"):
            Screen(name)
    finally:
        server.terminate()
        server.wait()
