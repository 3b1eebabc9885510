"""What this machine has, what it lacks, and how to mend it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from agent.model import POCKET
from agent.settings import Settings
from recordings.errors import DeskhandError
from vlm.endpoint import is_endpoint
from vlm.folder import POCKET_NAMES

LEAST_MEMORY = 1.5
"""GiB that pocket needs."""

VIRTUAL_PROGRAMS = {"Xvfb": "xvfb", "openbox": "openbox", "dbus-daemon": "dbus", "setpriv": "util-linux"}
"""What a virtual desktop needs: program and Debian package."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `optional` things may be missing without anything failing."""

    name: str
    ok: bool
    detail: str
    mend: str = ""
    optional: bool = False
    partly: bool = False
    """Whether some of it is there."""

    def line(self) -> str:
        state = "ok" if self.ok else "partly" if self.partly else "none" if self.optional else "missing"
        return f"{self.name:16} {state:8} {self.detail}" + (f" → {self.mend}" if self.mend and not self.ok else "")


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one finding at a time."""
    yield _python()
    yield _packages()
    if settings.model == POCKET:
        yield _reader(settings)
        yield _planner(settings)
        yield _encoder()
    else:
        yield _server(settings) if is_endpoint(settings.model) else _model(settings.model)
        yield replace(_reader(settings, "; without it approval asks about what accessibility does not name"), optional=True)
    yield _host_display()
    yield _host_permission()
    if sys.platform.startswith("linux"):
        yield _virtual_programs()
        yield from _virtual_desktop()
    yield _gpu()
    yield _memory()
    yield _disk(settings)


def conclude(findings: Sequence[Finding]) -> str:
    """One line for who has read the others: what can be done here now, or what to mend first."""
    if missing := [finding.name for finding in findings if not finding.ok and not finding.optional]:
        return f"not ready: mend {', '.join(missing)} first"
    hosted = any(finding.name == "host display" and finding.ok for finding in findings)
    return "ready: deskhand demo shows it at work on a desktop of its own" + ("" if hosted else "; yours cannot be reached from here")


def _python() -> Finding:
    version = platform.python_version()
    return Finding("python", sys.version_info >= (3, 11), f"{version} on {platform.system()}", "install Python 3.11 or newer")


def _packages() -> Finding:
    try:
        required = [line for line in metadata.requires("deskhand") or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        return Finding("packages", False, "deskhand itself is not installed", "pip install -e .")
    here = "linux" if sys.platform.startswith("linux") else sys.platform
    missing = []
    for line in required:
        name = re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0]
        platforms = re.findall(r"sys_platform == ['\"](\w+)['\"]", line)
        if (not platforms or here in platforms) and not _is_installed(name):
            missing.append(name)
    return Finding(
        "packages", not missing, f"lacking {', '.join(missing)}" if missing else f"all {len(required)} are installed", "pip install -e ."
    )


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _reader(settings: Settings, lacking: str = "") -> Finding:
    """Reads a word that is drawn for it: packages, networks and languages are all needed for that."""
    from PIL import Image, ImageDraw, ImageFont

    from vlm.reading.reader import open_reader

    picture = Image.new("RGB", (160, 48), "white")
    ImageDraw.Draw(picture).text((20, 12), "Save", "black", ImageFont.load_default(18))
    try:
        found = [element.text for element in open_reader(settings.lang).read(picture).elements]
    except DeskhandError as error:
        return Finding("reader", False, f"{error}{lacking}")
    return Finding(
        "reader",
        found == ["Save"],
        f"reads text on the screen ({settings.lang})" if found == ["Save"] else f"read {found} where Save is written",
    )


def _model(source: str) -> Finding:
    from vlm.folder import check_weights, find_checkpoint, read_config

    try:
        folder = find_checkpoint(source)
        read_config(folder)
        size = sum(path.stat().st_size for path in check_weights(folder)) / 2**20
    except DeskhandError as error:
        return Finding("model", False, str(error), "restore vlm/pocket from the repository" if source in POCKET_NAMES else "")
    return Finding("model", True, f"{source}, {size:.1f} MiB")


def _server(settings: Settings) -> Finding:
    from vlm.endpoint import check_endpoint
    from vlm.remote import connect

    try:
        address = check_endpoint(settings.model, settings.insecure_http)
        model = connect(address, settings.remote_model, insecure=settings.insecure_http)
    except DeskhandError as error:
        return Finding("model", False, str(error))
    guided = "answers are constrained" if model.dialect.guide else "answers are checked and asked for again"
    return Finding("model", True, f"{model.name} at {address} ({model.dialect.name} server, {guided})")


def _planner(settings: Settings) -> Finding:
    if settings.planner is not None:
        from vlm.planner.remote import connect_planner

        try:
            planner = connect_planner(settings.planner, settings.planner_model, insecure=settings.insecure_http)
        except DeskhandError as error:
            return Finding("planner", False, str(error))
        return Finding("planner", True, f"{planner.name} at {planner.server.address}, answers are held to a schema and checked")
    from vlm.planner.base import GET, BaseMissing, find_base

    try:
        folder = find_base(settings.planner_base)
    except BaseMissing:
        return Finding("planner", False, "no base model: only quoted words are followed", GET, optional=settings.planner_base is None)
    except DeskhandError as error:
        return Finding("planner", False, str(error))
    return Finding("planner", True, f"turns words into steps (SmolLM2-135M-Instruct in {folder.parent})")


def _encoder() -> Finding:
    from vlm.sentences import GET, find_sentences

    try:
        find_sentences()
    except DeskhandError as error:
        return Finding("encoder", False, f"other words than a name's are asked about; {str(error).partition(':')[0]}", GET, optional=True)
    return Finding("encoder", True, "finds names for other words (all-MiniLM-L6-v2)")


def _host_display() -> Finding:
    mend = "log in to a desktop, set DISPLAY, or use --desktop virtual"
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        return Finding("host display", False, "DISPLAY is not set", mend, optional=True)
    from agent.screen import Screen

    try:
        screen = Screen()
        try:
            bounds = screen.bounds
        finally:
            screen.close()
    except DeskhandError as error:
        return Finding("host display", False, str(error), mend, optional=True)
    return Finding("host display", True, f"{os.environ.get('DISPLAY', '')} {bounds.width}×{bounds.height}".strip())


def _host_permission() -> Finding:
    if os.environ.get("WAYLAND_DISPLAY") and sys.platform.startswith("linux"):
        return Finding(
            "host input", False, "Wayland lets no program press keys", "log in to an X11 session, or use --desktop virtual", optional=True
        )
    if sys.platform == "darwin":
        return Finding("host input", True, "allow the terminal under Privacy & Security: Accessibility and Screen Recording", optional=True)
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        return Finding("host input", False, "needs a host display", optional=True)
    from agent.guard import require_permission

    try:
        require_permission(None)
    except DeskhandError as error:
        return Finding("host input", False, str(error), optional=True)
    return Finding("host input", True, "allowed")


def _virtual_programs() -> Finding:
    missing = {program: package for program, package in VIRTUAL_PROGRAMS.items() if shutil.which(program) is None}
    if missing:
        return Finding("virtual programs", False, f"lacking {', '.join(missing)}", f"apt install {' '.join(missing.values())}")
    return Finding("virtual programs", True, ", ".join(VIRTUAL_PROGRAMS))


def _virtual_desktop() -> Iterator[Finding]:
    """Whether one starts, and which walls stand around what runs on it: each is tried."""
    from agent.virtual import VirtualDesktop
    from agent.walls import standing

    try:
        with VirtualDesktop(width=320, height=240) as desktop:
            display, unwalled, walls = desktop.display, desktop.unwalled, standing(desktop)
    except DeskhandError as error:
        yield Finding("virtual desktop", False, str(error), "install what is missing above")
        return
    yield Finding("virtual desktop", True, f"started {display} and closed it again")
    yield _walls(walls, unwalled)


def _walls(walls: Mapping[str, bool], unwalled: str) -> Finding:
    """Without them it works all the same, and every run says so. Walls that were put up and do not hold are another matter."""
    stand, fallen = (", ".join(name for name, stands in walls.items() if stands is wanted) for wanted in (True, False))
    if not fallen:
        return Finding("virtual walls", True, f"stand around {stand}")
    why, _, mend = unwalled.rpartition(": ")
    detail = f"{f'stand around {stand} only, ' if stand else ''}not around {fallen}: {why or 'they do not hold'}"
    return Finding("virtual walls", False, detail, mend, optional=bool(unwalled), partly=bool(stand))


def _gpu() -> Finding:
    program = shutil.which("nvidia-smi")
    mend = "pocket needs none; the large one needs an NVIDIA card with 16 GiB"
    if program is None:
        return Finding("gpu", False, "no NVIDIA driver", mend, optional=True)
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        found = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout.splitlines()
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("gpu", False, f"nvidia-smi fails: {error}", mend, optional=True)
    return Finding("gpu", bool(found), "; ".join(found) or "none listed", mend, optional=True)


def _memory() -> Finding:
    try:
        available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        if match := re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text()):
            available = int(match[1]) / 2**20
    except (OSError, ValueError, AttributeError):
        return Finding("memory", True, "cannot be told on this system", optional=True)
    return Finding("memory", available >= LEAST_MEMORY, f"{available:.1f} GiB available", f"close programs: {LEAST_MEMORY} GiB are needed")


def _disk(settings: Settings) -> Finding:
    from recordings.store import default_root

    folder = (settings.episodes or default_root()).expanduser().absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 2**30
    writable = os.access(existing, os.W_OK)
    detail = f"{folder}: {free:.1f} GiB free" if writable else f"{existing} cannot be written"
    return Finding("episodes", writable and free > 0.1, detail, "choose another folder with --episodes")
