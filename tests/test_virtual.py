"""A virtual desktop starts, keeps to itself, and leaves nothing behind however its owner ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent.errors import DesktopError
from agent.guard import MARKER
from agent.virtual import VirtualDesktop
from tests.probe import marked, start_mousepad, wait_until

OWNER = """
import sys, time
from agent.guard import MARKER
from agent.virtual import VirtualDesktop
with VirtualDesktop(320, 240) as desktop:
    desktop.spawn(["sleep", "600"])
    pids = [process.pid for process in desktop._processes]
    print(desktop.home, *pids, flush=True)
    time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_programs_see_their_own_home_and_bus(virtual_desktop: VirtualDesktop) -> None:
    process = virtual_desktop.spawn(["env"], stdout=subprocess.PIPE, text=True)
    env = dict(line.partition("=")[::2] for line in process.communicate(timeout=10)[0].splitlines())
    assert env["DISPLAY"] == virtual_desktop.display
    assert env["HOME"] == str(virtual_desktop.home) != os.environ["HOME"]
    assert env["XDG_CONFIG_HOME"].startswith(env["HOME"])
    assert env["DBUS_SESSION_BUS_ADDRESS"].startswith("unix:")
    assert env["GSETTINGS_BACKEND"] == "keyfile"
    assert "NO_AT_BRIDGE" not in env
    assert "font-name=DejaVu Sans 10" in (virtual_desktop.home / ".config/gtk-3.0/settings.ini").read_text()


def test_a_window_is_placed_to_the_pixel_frame_included(virtual_desktop: VirtualDesktop) -> None:
    process = start_mousepad(virtual_desktop)
    try:
        placed = virtual_desktop.place_window("Mousepad", 111, 57, 500, 333)
        assert (placed.left, placed.top, placed.width, placed.height) == (111, 57, 500, 333)
        active = virtual_desktop.windows.active()
        assert active is not None and active.id == placed.id
    finally:
        process.terminate()
        virtual_desktop.windows.wait_gone("Mousepad")


def test_a_window_that_does_not_come_is_named(virtual_desktop: VirtualDesktop) -> None:
    with pytest.raises(DesktopError, match="no window matching 'Nothing here'"):
        virtual_desktop.wait_for_window("Nothing here", timeout=0.05)


def test_a_program_that_is_not_installed_is_named(virtual_desktop: VirtualDesktop) -> None:
    with pytest.raises(DesktopError, match="no-such-program is not installed: apt install no-such-program"):
        virtual_desktop.spawn(["no-such-program"])


def test_without_xvfb_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "setpriv").symlink_to("/usr/bin/setpriv")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DesktopError, match="Xvfb is not installed: apt install xvfb"):
        VirtualDesktop()


def test_a_server_that_cannot_start_gives_its_reason() -> None:
    with pytest.raises(DesktopError, match="Xvfb could not start a 0×0 display"):
        VirtualDesktop(0, 0)


def test_without_room_for_its_files_it_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(DesktopError, match=r"no room for its files .*none"):
        VirtualDesktop()


def test_other_users_of_the_machine_are_kept_out(virtual_desktop: VirtualDesktop) -> None:
    if os.geteuid() == 0:  # only root can try what another user would see
        stranger = ["setpriv", "--reuid=65534", "--clear-groups", "xdotool", "getmouselocation"]
        assert subprocess.run(stranger, env=virtual_desktop.env, capture_output=True, check=False).returncode != 0
    assert subprocess.run(["xdotool", "getmouselocation"], env=virtual_desktop.env, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("walls", [True, False])
def test_closing_ends_what_detached_itself_and_removes_the_home(walls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not walls:
        monkeypatch.setattr("agent.virtual.why_no_walls", lambda: "not here")
    with VirtualDesktop(320, 240, accessibility=False) as desktop:
        mark, server = desktop.env[MARKER], desktop._processes[0].pid
        desktop.spawn(["sh", "-c", "setsid sh -c 'exec sleep 611' &"])
        wait_until(lambda: [line for line in marked(mark) if "611" in line and "sleep" in line.split("\0")[0]] != [])
        assert is_running(server)
    assert marked(mark) == [] and not is_running(server)
    assert not desktop.home.exists()
    with pytest.raises(DesktopError, match="is gone"):
        desktop.spawn(["true"])
    desktop.close()


def test_keys_do_not_repeat_however_long_they_are_held() -> None:
    from Xlib.display import Display

    with VirtualDesktop(320, 240, accessibility=False) as desktop:
        connection = Display(desktop.display)
        assert connection.get_keyboard_control().global_auto_repeat == 0
        connection.close()


def test_an_exception_closes_it() -> None:
    with pytest.raises(RuntimeError, match="boom"), VirtualDesktop(320, 240, accessibility=False) as desktop:
        server = desktop._processes[0].pid
        raise RuntimeError("boom")
    assert not is_running(server)


def test_it_outlives_the_thread_that_started_it() -> None:
    found: list[VirtualDesktop] = []
    thread = threading.Thread(target=lambda: found.append(VirtualDesktop(320, 240, accessibility=False)))
    thread.start()
    thread.join()
    with found[0] as desktop:
        assert desktop.spawn(["xdotool", "getmouselocation"]).wait(10) == 0
        desktop.check_alive()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_when_the_owner_is_killed(number: signal.Signals, virtual_desktop: VirtualDesktop) -> None:
    neighbour = virtual_desktop
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert owner.stdout is not None
    home, *pids = owner.stdout.readline().split()
    assert len(pids) == 4 and all(is_running(int(pid)) for pid in pids)
    owner.send_signal(number)
    assert owner.wait(10) != 0
    wait_until(lambda: not any(is_running(int(pid)) for pid in pids))
    if number == signal.SIGKILL:  # nobody was left to remove it: the next one does
        assert Path(home).exists()
        VirtualDesktop(320, 240, accessibility=False).close()
    assert not Path(home).parent.exists()
    assert neighbour.home.exists(), "a desktop in use was taken for an abandoned one"


def test_a_display_that_dies_is_an_error_and_not_a_hang() -> None:
    with VirtualDesktop(320, 240, accessibility=False) as desktop:
        desktop._processes[0].kill()
        desktop._processes[0].wait(5)
        with pytest.raises(DesktopError, match="is gone"):
            desktop.spawn(["true"])


def test_a_window_that_is_mapped_as_soon_as_a_desktop_is_ready_is_managed() -> None:
    """The window manager announces itself before it takes windows in: one that came in between was never shown."""
    from Xlib import X
    from Xlib.display import Display

    for _ in range(3):
        with VirtualDesktop(320, 240, accessibility=False) as desktop:
            display = Display(desktop.display)
            window = display.screen().root.create_window(10, 10, 100, 80, 0, X.CopyFromParent)
            window.set_wm_name("At once")
            window.map()
            display.sync()
            assert desktop.wait_for_window("^At once$").width >= 100
            display.close()
