"""How made-up pages look: style sheets of public CSS frameworks, fetched once through npm if so asked, and two looks of our own.

Nothing fetched is kept in the repository: the sheets lie in the user's cache folder. Until they were fetched our own looks remain.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recordings.foreign import read_some
from training.beside import beside, read_beside

OWN = ("gtk", "gtk", "gtk", "gtk-dark", "plain", "plain")
"""The looks of our own, as often as they are drawn beside one of each framework."""
PACKAGES: dict[str, tuple[str, str]] = beside(__file__)["packages"]
CLASSES: dict[str, dict[str, str]] = beside(__file__)["classes"]
FETCH_SECONDS = 60
SHEET_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """A style sheet, and the class attribute that it wants for each kind of widget."""

    name: str
    sheet: str
    classes: dict[str, str] = field(default_factory=dict)


def cache_folder() -> Path:
    """Where fetched style sheets are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskhand" / "looks"


def find_sheets(cache: Path | None = None, fetch: bool = False, packages: Mapping[str, tuple[str, str]] = PACKAGES) -> dict[str, str]:
    """The frameworks' style sheets by look name, from the cache; those that are not there are left out.

    Args:
        fetch: get what is missing through `npm pack`, which reaches for the network.
        packages: by look name, the package with its version and the sheet in it.
    """
    cache = cache or cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    sheets = {}
    reachable = fetch and shutil.which("npm") is not None
    for name, (package, inside) in packages.items():
        path = cache / f"{package.replace('/', '+')}+{Path(inside).name}"
        if not path.exists() and reachable:
            reachable = _pack(package, inside, path)  # one failure is a missing network: do not wait for each
        if path.exists():
            sheets[name] = path.read_text(encoding="utf-8")
    return sheets


def _pack(package: str, inside: str, path: Path) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--fetch-retries=0", "--pack-destination", folder, package]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=FETCH_SECONDS)
        except (subprocess.SubprocessError, OSError):
            return False
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            member = archive.extractfile(inside)
            if member is None:
                return False
            partial = path.with_suffix(".partial")
            partial.write_bytes(read_some(member, SHEET_BYTES))
            partial.replace(path)
    return True


def choose_look(rng: random.Random, sheets: dict[str, str]) -> Look:
    """One look at random: a framework's or one of our own."""
    name = rng.choice((*OWN, *sorted(sheets)))
    own = {"primary": "primary", "danger": "danger"} if name in OWN else {}
    return Look(name, sheets.get(name) or read_beside(__file__, "own.css"), CLASSES.get(name, own))


def palette(rng: random.Random, look: Look) -> str:
    """The custom properties of one page: colours and measures, drawn anew for each page within what the look allows."""
    dark = look.name in ("gtk-dark", "water-dark") or (look.name == "plain" and rng.random() < 0.25)
    hue = rng.randrange(360)
    if look.name.startswith("gtk"):
        colours = {"accent": "#15539e" if dark else "#3584e4", "accent-ink": "#ffffff"}
    else:
        colours = {"accent": f"hsl({hue},70%,{rng.randint(30, 45)}%)", "accent-ink": "#ffffff"}
    if dark:
        colours |= {"ground": "#242424", "surface": "#353535", "ink": "#eeeeec", "field": "#2d2d2d", "line": "#1b1b1b", "edge": "#1b1b1b"}
        colours |= {"button": "#3d3d3d", "faint": "#919190", "title": "#2b2b2b", "link": "#99c1f1"}
    elif look.name.startswith("gtk"):
        colours |= {"ground": "#f6f5f4", "surface": "#f6f5f4", "ink": "#2e3436", "field": "#ffffff", "line": "#d5d0cc", "edge": "#cdc7c2"}
        colours |= {"button": "linear-gradient(#fbfafa,#edebe9)", "faint": "#8b8e8f", "title": "#e1dedb", "link": "#1b6acb"}
    else:
        tint = f"hsl({hue},{rng.randint(0, 30)}%"
        shades = {"ground": (90, 100), "surface": (94, 100), "ink": (5, 22), "line": (80, 80), "edge": (50, 75), "button": (82, 97)}
        shades |= {"faint": (55, 55), "title": (85, 85)}
        colours |= {name: f"{tint},{rng.randint(*lightness)}%)" for name, lightness in shades.items()}
        colours |= {"field": "#ffffff", "link": f"hsl({rng.randint(200, 260)},80%,40%)"}
    measures = {
        "gap": f"{rng.randint(3, 14)}px", "caption": f"{rng.randint(70, 170)}px", "side": f"{rng.randint(130, 240)}px",
        "menu": f"{rng.randint(2, 7)}px", "round": f"{rng.choice((0, 2, 4, 5, 5, 8))}px", "pad": f"{rng.randint(2, 8)}px",
        "key": f"{rng.randint(3, 16)}px", "strong": rng.choice(("normal", "bold")),
    }  # fmt: skip
    return ":root{" + "".join(f"--{name}:{value};" for name, value in {**colours, **measures}.items()) + "}"
