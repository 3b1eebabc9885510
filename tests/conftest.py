"""What holds for every test: no network, no host desktop, no home of the user, and a virtual desktop for each module that asks."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from agent.desktop import LiveDesktop
    from agent.virtual import VirtualDesktop
    from tests.probe import Probe

OFFLINE = Path(__file__).parent / "offline"
DEAD_PROXY = "http://127.0.0.1:9"

# At import, so that collection, fixtures of any scope and child processes are covered too.
sys.path.insert(0, str(OFFLINE))
import egress  # noqa: E402

egress.install()

from timing import function_of, slow_tests  # noqa: E402

_home = tempfile.mkdtemp(prefix="deskhand-test-")
for _name in ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
    os.environ.pop(_name, None)
for _name in [name for name in os.environ if name.startswith("XDG_") and name.endswith("_HOME")]:
    del os.environ[_name]
os.environ |= {
    "DESKHAND_INPUT": "virtual-only",
    "DESKHAND_HOME": os.path.join(_home, "deskhand"),
    "HOME": _home,
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "PYTHONPATH": str(OFFLINE),
    # Programs other than Python, a browser say, are sent to a proxy that is not there.
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), DEAD_PROXY),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1"),
}

# Started in the background, the suite inherits an ignored Ctrl-C, and so would the programs whose Ctrl-C it tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_profile = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("local", **_profile)
settings.register_profile("ci", derandomize=True, database=None, print_blob=True, **_profile)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a desktop by what it asks for, and what was measured to be slow, so that nobody has to remember to."""
    slow = slow_tests()
    for item in items:
        if function_of(item) in slow:
            item.add_marker(pytest.mark.slow)
        if {"virtual_desktop", "virtual"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.desktop)


def pytest_unconfigure() -> None:
    shutil.rmtree(_home, ignore_errors=True)


@pytest.fixture(autouse=True)
def deskhand_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh DESKHAND_HOME for each test."""
    home = tmp_path.with_name(f"{tmp_path.name}-home")  # beside what the test itself looks into
    monkeypatch.setenv("DESKHAND_HOME", str(home))
    return home


@pytest.fixture(scope="module")
def virtual_desktop() -> Iterator[VirtualDesktop]:
    """A 1024×768 virtual desktop with accessibility, the module's own: what one module leaves open cannot disturb another."""
    from agent.virtual import VirtualDesktop

    with VirtualDesktop(width=1024, height=768) as desktop:
        yield desktop


@pytest.fixture
def probe(virtual_desktop: VirtualDesktop) -> Iterator[Probe]:
    """A window on `virtual_desktop` that tells what arrives."""
    from tests.probe import Probe

    with Probe(virtual_desktop.display) as probe:
        yield probe


@pytest.fixture(scope="module")
def virtual() -> Iterator[VirtualDesktop]:
    """A virtual desktop of the module's own, with nothing on it but a window manager, of the size that `witnesses` are for."""
    from agent.virtual import VirtualDesktop
    from tests.witnesses import HEIGHT, WIDTH

    with VirtualDesktop(WIDTH, HEIGHT, accessibility=False) as desktop:
        yield desktop


@pytest.fixture
def desktop(virtual: VirtualDesktop) -> Iterator[LiveDesktop]:
    """The eyes and hands of `virtual`."""
    from agent.desktop import LiveDesktop

    with LiveDesktop(virtual.display) as desktop:
        yield desktop


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random checkpoint."""
    from checkpoints import write_checkpoint  # torch takes its time

    return write_checkpoint(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one demonstration."""
    from demonstrations import make_episode

    root = tmp_path_factory.mktemp("shown")
    make_episode(root, "one")
    return root
