"""What is captured is what is there, and its transform lands on the same pixels."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DesktopError
from agent.screen import Area, Frame, Screen
from agent.virtual import VirtualDesktop
from recordings.geometry import Point
from tests.probe import Probe


def test_a_painted_pixel_is_found_where_it_was_painted(virtual_desktop: VirtualDesktop, probe: Probe) -> None:
    probe.fill(0xC81E50, 700, 500, 1, 1)
    shot = Screen(virtual_desktop.display).capture()
    assert shot.size == (1024, 768)
    assert shot.image.getpixel((700, 500)) == (0xC8, 0x1E, 0x50)
    assert shot.image.getpixel((701, 500)) == (255, 255, 255)
    assert shot.transform.to_screen(Point(x=700.5 / 1024, y=500.5 / 768)) == (700, 500)


def test_a_region_is_cut_out_and_points_into_the_screen(virtual_desktop: VirtualDesktop, probe: Probe) -> None:
    probe.fill(0x00FF00, 300, 200, 10, 10)
    shot = Screen(virtual_desktop.display, region=(290, 190, 100, 50)).capture()
    assert shot.size == (100, 50)
    assert shot.image.getpixel((10, 10)) == (0, 255, 0) and shot.image.getpixel((9, 9)) == (255, 255, 255)
    assert shot.transform.to_screen(Point(x=10.5 / 100, y=10.5 / 50)) == (300, 200)


def test_a_region_is_cut_to_the_screen(virtual_desktop: VirtualDesktop) -> None:
    assert Screen(virtual_desktop.display, region=(-50, 700, 100, 500)).area() == Area(0, 700, 50, 68)
    with pytest.raises(DesktopError, match="nothing of the region is on the screen"):
        Screen(virtual_desktop.display, region=(5000, 0, 10, 10))


def test_a_window_is_followed(virtual_desktop: VirtualDesktop) -> None:
    process = virtual_desktop.spawn(["xterm", "-T", "followed"])
    try:
        window = virtual_desktop.place_window("followed", 40, 30, 400, 300)
        screen = Screen(virtual_desktop.display, window="^followed$")
        assert (screen.area().left, screen.area().top) == (40, 30)
        virtual_desktop.windows.place(window, 200, 100, 400, 300)
        shot = screen.capture()
        assert (shot.transform.left, shot.transform.top) == (200, 100)
        whole = Screen(virtual_desktop.display).capture()
        area = screen.area()
        assert shot.image.tobytes() == whole.image.crop((200, 100, 200 + area.width, 100 + area.height)).tobytes()
    finally:
        process.terminate()
        virtual_desktop.windows.wait_gone("followed")
    with pytest.raises(DesktopError, match="no window matches '\\^followed\\$'"):
        screen.capture()


def test_monitors_beyond_the_last_are_named(virtual_desktop: VirtualDesktop) -> None:
    assert Screen(virtual_desktop.display, monitor=0).area() == Screen(virtual_desktop.display, monitor=1).area() == Area(0, 0, 1024, 768)
    with pytest.raises(DesktopError, match="no monitor 2: choose 1 to 1"):
        Screen(virtual_desktop.display, monitor=2)


def test_no_display_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DesktopError, match="cannot be opened"):
        Screen(":987")


def test_a_second_monitor_to_the_left_with_twice_the_pixels(virtual_desktop: VirtualDesktop) -> None:
    """Two monitors, the left one at negative places and HiDPI: as the capturing library would hand them over."""
    monitors = [
        {"left": -800, "top": -100, "width": 1824, "height": 868},
        {"left": 0, "top": 0, "width": 1024, "height": 768},
        {"left": -800, "top": -100, "width": 800, "height": 600},
    ]
    screen = Screen(virtual_desktop.display)
    screen._mss = SimpleNamespace(  # type: ignore[assignment]
        monitors=monitors,
        primary_monitor=monitors[1],
        grab=lambda area: SimpleNamespace(
            raw=bytes(area["width"] * area["height"] * 16), width=area["width"] * 2, height=area["height"] * 2
        ),
    )
    screen._monitor = 2
    shot = screen.capture()
    assert shot.size == (1600, 1200) and shot.transform.scale == 2
    assert shot.transform.to_screen(Point(x=0, y=0)) == (-800, -100)
    assert shot.transform.to_screen(Point(x=1, y=1)) == (-1, 499)
    assert shot.transform.to_image(-800, -100).x < 0.001
    assert screen.bounds == Area(-800, -100, 1824, 868)


areas = st.builds(Area, st.integers(-8000, 8000), st.integers(-8000, 8000), st.integers(1, 7680), st.integers(1, 4320))


@given(areas, st.sampled_from([1, 1.25, 1.5, 2, 3]), st.data())
def test_every_pointer_pixel_survives_the_way_through_the_image(area: Area, scale: float, data: st.DataObject) -> None:
    transform = Frame(b"", (round(area.width * scale), round(area.height * scale)), area).to_transform()
    x = data.draw(st.integers(area.left, area.left + area.width - 1))
    y = data.draw(st.integers(area.top, area.top + area.height - 1))
    assert transform.to_screen(transform.to_image(x, y)) == (x, y)


@given(areas, areas)
def test_what_lies_within_both(one: Area, other: Area) -> None:
    both = one.within(other)
    assert both == other.within(one)
    if both.width > 0 and both.height > 0:
        assert both.within(one) == both.within(other) == both
