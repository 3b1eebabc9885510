"""Who gets at a virtual display: nobody without its cookie; and what its window manager opens: nothing."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from Xlib import X
from Xlib.error import BadWindow
from Xlib.protocol import rq

from agent.guard import MARKER
from agent.sandbox import why_no_walls, with_memory_of_its_own
from agent.virtual import VirtualDesktop
from agent.walls import SETUP
from agent.x11.connection import connect
from agent.x11.cookie import _entries, _Offered
from tests.probe import marked

pytestmark = pytest.mark.desktop


def knock(user: int) -> Callable[[], dict[int, list[int]]]:
    """Have a process of this user knock without a cookie at every display of this process; what is returned ends it and gives,
    by the server's process, how often it was refused and how often let in."""
    reader, writer = os.pipe()
    folder = Path("/tmp/.X11-unix")
    owner = str(os.getpid())
    process = os.fork()
    if process == 0:
        ended: list[int] = []
        signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
        if user != os.getuid():
            os.setgid(user)
            os.setuid(user)
        counts: dict[int, list[int]] = {}
        while not ended:
            for path in folder.glob("X*"):
                with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:  # not yet there, or not any more
                    connection.connect(str(path))
                    server = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
                    if Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[1] != owner:
                        continue
                    connection.sendall(SETUP)
                    if answer := connection.recv(1):
                        counts.setdefault(server, [0, 0])[answer == b"\1"] += 1
        with os.fdopen(writer, "w") as told:
            json.dump(counts, told)
            told.flush()
            os._exit(0)
    os.close(writer)

    def end() -> dict[int, list[int]]:
        os.kill(process, signal.SIGTERM)
        with os.fdopen(reader) as told:
            counts = json.load(told)
        os.waitpid(process, 0)
        return {int(server): count for server, count in counts.items()}

    return end


@pytest.mark.parametrize("user", sorted({os.getuid(), 65534 if os.getuid() == 0 else os.getuid()}))
def test_nobody_without_the_cookie_is_let_in_from_the_first_moment_on(user: int) -> None:
    end, servers = knock(user), list[int]()
    try:
        for _ in range(3):
            with VirtualDesktop(320, 240, accessibility=False) as desktop:
                servers.append(desktop._processes[0].pid)
                time.sleep(0.1)
    finally:
        counts = end()
    for server in servers:
        refused, admitted = counts[server]
        assert refused > 0 and admitted == 0


def test_the_cookie_is_the_only_way_in() -> None:

    from agent.x11.connection import connect

    with VirtualDesktop(320, 240, accessibility=False) as first, VirtualDesktop(320, 240, accessibility=False) as second:
        for desktop in (second, first):
            connect(desktop.display).close()
            assert desktop.spawn(["xdotool", "getmouselocation"]).wait(10) == 0
            for cookies in (None, {first: second, second: first}[desktop].env["XAUTHORITY"]):
                env = desktop.env | {"XAUTHORITY": cookies or "/dev/null"}
                assert subprocess.run(["xdotool", "getmouselocation"], env=env, capture_output=True, check=False).returncode != 0
            with socket.socket() as network, pytest.raises(ConnectionRefusedError):
                network.connect(("127.0.0.1", 6000 + int(desktop.display.removeprefix(":"))))
            for path in (Path(desktop.env["XAUTHORITY"]), Path(os.environ["XAUTHORITY"])):
                assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700


class _Attach(rq.Request):  # type: ignore[misc]
    """Have the server map a memory segment of System V for a client."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength(), rq.Card32("segment"), rq.Card32("number"), rq.Card8("read"),
                         rq.Pad(3))  # fmt: skip


def test_the_server_maps_no_memory_of_the_user_s(virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has the cookie may name a segment, and a picture of a window of the user's, say, lies in one."""
    if reason := why_no_walls():
        pytest.skip(reason)
    libc = ctypes.CDLL(None)
    number = libc.shmget(0, 4096, 0o1600)
    connection, errors = connect(virtual_desktop.display), list[object]()
    try:
        assert number >= 0
        if (extension := connection.query_extension("MIT-SHM")) is not None and extension.present:
            segment = connection.display.allocate_resource_id()
            _Attach(connection.display, lambda error, _: errors.append(error), opcode=extension.major_opcode, segment=segment,
                    number=number, read=1)  # fmt: skip
            connection.sync()
            assert len(errors) == 1
    finally:
        connection.close()
        libc.shmctl(number, 0, None)
    monkeypatch.setattr("agent.sandbox._apart", lambda: ())
    assert with_memory_of_its_own(["Xvfb"]) == ["Xvfb", "-extension", "MIT-SHM"]


def test_the_user_s_own_cookies_stay_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "Xauthority"
    stale, kept = _entries("77", b"stale" + bytes(11)), _entries("0", b"user's" + bytes(10))
    own.write_bytes(stale + kept + b"\1\0cut off")
    monkeypatch.setenv("XAUTHORITY", str(own))
    offered = _Offered()
    offered.add(":77", b"fresh" + bytes(11))
    offered.add(":78", b"other" + bytes(11))
    file = Path(os.environ["XAUTHORITY"])
    assert file != own and file.read_bytes() == _entries("77", b"fresh" + bytes(11)) + _entries("78", b"other" + bytes(11)) + kept
    offered.remove(":77")
    assert file.read_bytes().startswith(_entries("78", b"other" + bytes(11)) + stale)
    offered.remove(":78")
    assert os.environ["XAUTHORITY"] == str(own) and not file.parent.exists()


KEYS = """
alt+F1 alt+F2 alt+F3 alt+space alt+Escape alt+Tab alt+shift+Tab ctrl+alt+Tab ctrl+alt+t ctrl+alt+Delete ctrl+alt+Left ctrl+alt+Right
ctrl+alt+Up ctrl+Escape super super+e super+r super+d super+t super+l super+space super+Return super+F1 super+F2 shift+super+Right
Menu Print alt+Print ctrl+alt+BackSpace ctrl+alt+l F1 F10 Return
"""
MENU = """<openbox_config xmlns="http://openbox.org/3.4/rc"><desktops><number>2</number></desktops>
<keyboard><keybind key="A-F2"><action name="Execute"><command>sleep 600</command></action></keybind></keyboard>
<mouse><context name="Root"><mousebind button="Right" action="Press"><action name="ShowMenu"><menu>client-list-combined-menu</menu></action>
</mousebind></context></mouse></openbox_config>"""


@pytest.mark.parametrize("own", [True, False])
def test_nothing_opens_beside_the_windows(own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a window manager as distributions set it up, something does: what is asserted can fail."""
    if not own:
        (tmp_path / "openbox.xml").write_text(MENU)
        monkeypatch.setattr("agent.throwaway.WINDOW_MANAGER", tmp_path / "openbox.xml")
    with VirtualDesktop(400, 300, accessibility=False) as desktop:
        connection = connect(desktop.display)

        def shown() -> set[int]:
            found = set()
            for child in connection.screen().root.query_tree().children:
                with contextlib.suppress(BadWindow):
                    found |= {child.id} if child.get_attributes().map_state == X.IsViewable else set()
            return found

        before, running = shown(), len(marked(desktop.env[MARKER]))
        deeds = [*(["click", str(button)] for button in range(1, 10)), *(["key", keys] for keys in KEYS.split())]
        does = subprocess.Popen(["xdotool", "mousemove", "200", "150", *(word for deed in deeds for word in (*deed, "sleep", "0.04"))],
                                env=desktop.env)  # fmt: skip
        seen = set[int]()
        while does.poll() is None:
            seen |= shown() - before
        workspaces = subprocess.run(["xdotool", "get_num_desktops"], env=desktop.env, capture_output=True, text=True, check=True).stdout
        started = len(marked(desktop.env[MARKER])) - running
        connection.close()
    assert does.returncode == 0
    assert (len(seen) > 0, started > 0, int(workspaces) > 1) == ((False,) * 3 if own else (True,) * 3)
