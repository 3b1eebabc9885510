"""What a program on a virtual desktop gets at, and what a stranger gets at a virtual desktop."""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.accessibility import Accessibility
from agent.consent import before_replay, before_run, task_lines
from agent.errors import DesktopError
from agent.sandbox import _kernel_mounts, _private, why_no_walls
from agent.settings import Settings
from agent.virtual import VirtualDesktop
from agent.walls import standing
from agent.world import VirtualWorld
from recordings.provenance import is_trusted
from recordings.store import read_episode
from tasks.catalogue import load_task
from tasks.prepare import prepare
from tests.kills import kill_desktop_once
from tests.probe import INTERPRETER

pytestmark = pytest.mark.desktop

SECRETS = ("DESKHAND_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "GPG_AGENT_INFO", "KRB5CCNAME", "MY_OWN_HABIT")
TASK = """
name: curious
instruction: Look around.
start:
  run:
    - sh
    - -c
    - |
      {{ env; cat {files}; ls {folders}; }} >found 2>/dev/null
      touch {written} 2>/dev/null
      exec xterm -T "Looked around" -e sleep 600
  window: {{title: Looked around, width: [0.4, 0.5], height: [0.4, 0.5]}}
checks: [{{kind: file_exists, path: found}}]
"""


def where_walls_stand(test: Callable[..., None]) -> Callable[..., None]:
    """Where the system allows none, that is said in one line, and the test is skipped for it."""

    @functools.wraps(test)
    def tried(*arguments: Any, **named: Any) -> None:
        if reason := why_no_walls():
            assert "\n" not in reason
            pytest.skip(reason)
        test(*arguments, **named)

    return tried


def test_without_walls_the_tests_of_them_are_skipped_and_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "why_no_walls", lambda: "there are none here")
    with pytest.raises(pytest.skip.Exception, match="there are none here"):
        where_walls_stand(lambda: pytest.fail("it was tried"))()


def without_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("virtual", "consent"):
        monkeypatch.setattr(f"agent.{module}.why_no_walls", lambda: "there are none here")


def curious(tmp_path: Path) -> tuple[Path, list[Path]]:
    """A task that looks at everything it should not see, and what it tries to write."""
    home, key = Path.home(), tmp_path / "key.pem"
    key.write_text("SECRET in a file")
    (home / ".ssh").mkdir(exist_ok=True)
    (home / ".ssh" / "id").write_text("SECRET in the home")
    written = [tmp_path / "written", home / "written"]
    files = [str(key), str(home / ".ssh" / "id"), "/etc/shadow", "/proc/*/environ"]
    path = tmp_path / "curious.yaml"
    path.write_text(
        TASK.format(files=" ".join(files), folders=f"{tmp_path} {home} {Path(__file__).parent}", written=" ".join(map(str, written)))
    )
    return path, written


@pytest.mark.parametrize("walls", [True, False])
@where_walls_stand
def test_a_task_sees_no_file_and_no_key_of_the_user_s(walls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without walls, the same task does: what is asserted can fail. The environment is kept from it either way."""
    if not walls:
        without_walls(monkeypatch)
    for name in SECRETS:
        monkeypatch.setenv(name, "SECRET in the environment")
    path, written = curious(tmp_path)
    with VirtualDesktop(640, 480, accessibility=False) as desktop:
        prepare(load_task(path).instantiate(0), VirtualWorld(desktop))
        found = (desktop.home / "found").read_text()
        stands = standing(desktop)
    assert f"HOME={desktop.home}" in found
    if walls:
        assert "SECRET" not in found and Path(__file__).name not in found and not any(name in found for name in SECRETS)
        assert not any(path.exists() for path in written)
        assert stands == dict.fromkeys(("files", "processes", "network", "environment", "display"), True)
    else:
        own = found.partition("SECRET in a file")[0]
        assert "SECRET in the home" in found and Path(__file__).name in found and all(path.exists() for path in written)
        assert not any(name in own for name in SECRETS)
        assert stands == {"files": False, "processes": False, "network": False, "environment": True, "display": True}


CALL = """
import socket, sys
port, name, path = sys.argv[1:]
for address in (("127.0.0.1", int(port)), chr(0) + name, path):
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as caller:
        try:
            caller.connect(address)
            print("reached")
        except OSError:
            print("refused")
"""


@pytest.mark.parametrize("network", [False, True])
@where_walls_stand
def test_nothing_that_listens_on_this_machine_is_reached_but_where_the_network_is_asked_for(network: bool, tmp_path: Path) -> None:
    name, path = f"deskhand-test-{os.getpid()}", str(tmp_path / "s")
    with socket.create_server(("127.0.0.1", 0)) as web, socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX) as named:
        abstract.bind("\0" + name)
        named.bind(path)
        abstract.listen()
        named.listen()
        with VirtualDesktop(320, 240, accessibility=False, network=network, share=INTERPRETER) as desktop:
            caller = desktop.spawn(
                [sys.executable, "-I", "-c", CALL, str(web.getsockname()[1]), name, path],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            told = caller.communicate(timeout=30)[0].split()
    assert told == (["reached", "reached", "refused"] if network else ["refused"] * 3)


SERVE = """
from http.server import BaseHTTPRequestHandler, HTTPServer

class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"a page")

server = HTTPServer(("127.0.0.1", 0), Pages)
print(server.server_port, flush=True)
server.serve_forever()
"""
ASK = "import sys, urllib.request; print(urllib.request.urlopen(f'http://127.0.0.1:{sys.argv[1]}/', timeout=10).read().decode())"


@pytest.mark.parametrize("network", [False, True])
@where_walls_stand
def test_pages_are_served_on_the_desktop_itself_and_to_nobody_else(network: bool) -> None:
    with VirtualDesktop(320, 240, accessibility=False, network=network, share=INTERPRETER) as desktop:
        serving = desktop.spawn([sys.executable, "-I", "-c", SERVE], stdout=subprocess.PIPE, text=True)
        assert serving.stdout is not None
        port = int(serving.stdout.readline())
        asking = desktop.spawn([sys.executable, "-I", "-c", ASK, str(port)], stdout=subprocess.PIPE, text=True)
        assert asking.communicate(timeout=30)[0].strip() == "a page"
        with socket.socket() as stranger:
            assert (stranger.connect_ex(("127.0.0.1", port)) == 0) == network


@where_walls_stand
@pytest.mark.parametrize("which", ["bus", "at-spi"])
def test_the_user_s_own_windows_are_not_read_through_a_link_that_a_program_lays(which: str, tmp_path: Path) -> None:
    mine = tmp_path / "at-spi"
    mine.mkdir()
    with VirtualDesktop(320, 240) as users, VirtualDesktop(320, 240) as desktop:
        bus = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        Accessibility(bus).close()
        place = Path(desktop.env["XDG_RUNTIME_DIR"]) / which
        theirs = Path(users.env["XDG_RUNTIME_DIR"]) / which
        desktop.spawn(["sh", "-c", 'mv "$0" "$0.away"; ln -s "$1" "$0"', str(place), str(theirs)]).wait(10)
        assert place.resolve() == theirs
        (theirs / f"bus_{desktop.display[1:]}").symlink_to(f"bus_{users.display[1:]}") if which == "at-spi" else None
        with pytest.raises(DesktopError, match="not the desktop's own"):
            Accessibility(bus)


def test_programs_find_one_another_and_end_as_they_end() -> None:
    with VirtualDesktop(320, 240, accessibility=False) as desktop:
        desktop.spawn(["sh", "-c", "echo here >/tmp/left"]).wait(10)
        assert desktop.spawn(["grep", "here", "/tmp/left"]).wait(10) == 0 and not Path("/tmp/left").exists()
        assert desktop.spawn(["sh", "-c", "exit 7"]).wait(10) == 7
        assert desktop.spawn(["sh", "-c", "kill -SEGV $$"]).wait(10) == -signal.SIGSEGV
        sleeper = desktop.spawn(["sleep", "600"])
        sleeper.terminate()
        assert sleeper.wait(10) == -signal.SIGTERM


@where_walls_stand
def test_what_is_shared_is_read_and_not_written(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada")
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\ncat letter.txt; echo more >>letter.txt")
    tool.chmod(0o755)
    with VirtualDesktop(320, 240, accessibility=False, share=[tmp_path]) as desktop:
        reader = desktop.spawn([str(tool)], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        assert reader.communicate(timeout=10)[0] == "Dear Ada"
    assert (tmp_path / "letter.txt").read_text() == "Dear Ada"
    with (
        VirtualDesktop(320, 240, accessibility=False) as desktop,
        pytest.raises(DesktopError, match="cannot be seen from"),
    ):
        desktop.spawn([str(tool)])
    with pytest.raises(DesktopError, match=r"there is no .*nothing to share"):
        VirtualDesktop(320, 240, share=[tmp_path / "nothing"])


def test_what_its_owner_keeps_from_others_is_not_the_system_s(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    for name, mode in (("open/all", 0o644), ("open/mine", 0o600), ("closed", 0o700)):
        path = tmp_path / name
        path.mkdir() if name == "closed" else path.write_text(name)
        path.chmod(mode)
    assert sorted(_private(str(tmp_path), 4)) == [(False, str(tmp_path / "open" / "mine")), (True, str(tmp_path / "closed"))]
    assert list(_private(str(tmp_path), 1)) == [(True, str(tmp_path / "closed"))]


def test_walls_that_cannot_be_put_up_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2; exit 1")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    why_no_walls.cache_clear()
    try:
        reason = why_no_walls()
        assert "No permissions to create a new namespace" in reason and "\n" not in reason
        monkeypatch.setenv("PATH", str(tmp_path / "none"))
        why_no_walls.cache_clear()
        assert "apt install bubblewrap util-linux" in why_no_walls()
    finally:
        monkeypatch.undo()
        why_no_walls.cache_clear()


class Agreeing:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def agree(self, words: str) -> bool:
        self.asked.append(words)
        return True


@where_walls_stand
def test_consent_says_whether_walls_stand_and_holds_for_no_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = curious(tmp_path)
    person = Agreeing()
    before_run(str(path), True, Settings(), person)
    assert len(person.asked) == 1 and "none of your files, and no network" in person.asked[0] and "sh -c" in person.asked[0]
    before_run(str(path), True, Settings(), person)
    assert len(person.asked) == 1 and is_trusted(path)
    without_walls(monkeypatch)
    before_run(str(path), True, Settings(), person)
    assert len(person.asked) == 2 and "without walls (there are none here)" in person.asked[1]
    before_run(str(path), True, Settings(), person)
    assert len(person.asked) == 2


@where_walls_stand
def test_an_episode_agreed_to_behind_walls_asks_again_where_none_stand(shown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    episode, person = read_episode(shown / "one"), Agreeing()
    for _ in range(2):
        before_replay(episode, "virtual", person)
    assert len(person.asked) == 1 and "none of your files, and no network" in person.asked[0]
    for _ in range(2):
        before_replay(episode, "host", person)
    assert len(person.asked) == 2 and "act on: the host desktop" in person.asked[1]
    without_walls(monkeypatch)
    before_replay(episode, "virtual", person)
    assert len(person.asked) == 2


def test_a_task_that_needs_the_network_says_so(tmp_path: Path) -> None:
    path, _ = curious(tmp_path)
    path.write_text(path.read_text().replace("  window:", "  network: true\n  window:"))
    assert load_task(path).instantiate(0).needs_network
    assert "the network, with what listens on this machine" in "\n".join(task_lines(load_task(path)))


def test_nothing_is_left_when_the_owner_is_killed_at_any_moment(tmp_path: Path) -> None:
    for seed in range(3):
        assert kill_desktop_once(tmp_path, seed) == []


def test_walls_cost_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(8):
        walls = turn % 2 == 0
        with monkeypatch.context() as patch:
            if not walls:
                without_walls(patch)
            else:
                why_no_walls.cache_clear()  # the first desktop of a process tries whether they can be put up
            begun = time.monotonic()
            with VirtualDesktop():
                spent[walls].append(time.monotonic() - begun)
    with_walls, without = min(spent[True]), min(spent[False])
    print(f"\nready in {with_walls:.2f} s with walls, {without:.2f} s without: {with_walls / without:.2f} times as long")
    assert with_walls < 2.5 * without  # 0.3 s more, where it takes 0.2 s without them, as on an idle machine


def test_a_process_that_ends_while_the_walls_are_made_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is listed, and gone when it is looked at."""

    class Listing(list[Any]):
        def __enter__(self) -> Listing:
            return self

        def __exit__(self, *_: object) -> None: ...

    def gone(**_: object) -> None:
        raise FileNotFoundError

    with os.scandir("/proc") as entries:
        kept = [entry for entry in entries if entry.name in ("sys", "self", "version")]
    ended = SimpleNamespace(name="4194304", path="/proc/4194304", stat=gone, is_symlink=lambda: False)
    monkeypatch.setattr("agent.sandbox.os.scandir", lambda path: Listing([ended, *kept]))
    assert "/proc/sys" in list(_kernel_mounts())
