"""How made-up pages look: style sheets of public CSS frameworks, fetched once through npm, and two looks of our own.

Nothing fetched is kept in the repository: the sheets lie in the user's cache folder. Without npm or a network our own looks remain.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = {
    "bootstrap": ("bootstrap@5.3.9", "package/dist/css/bootstrap.min.css"),
    "bulma": ("bulma@1.0.4", "package/css/bulma.min.css"),
    "pico": ("@picocss/pico@2.1.1", "package/css/pico.min.css"),
    "water": ("water.css@2.1.1", "package/out/light.min.css"),
    "water-dark": ("water.css@2.1.1", "package/out/dark.min.css"),
    "milligram": ("milligram@1.4.1", "package/dist/milligram.min.css"),
    "spectre": ("spectre.css@0.5.9", "package/dist/spectre.min.css"),
    "pure": ("purecss@3.1.0", "package/build/pure-min.css"),
}
OWN = ("gtk", "gtk", "gtk", "gtk-dark", "plain", "plain")
"""The looks of our own, as often as they are drawn beside one of each framework."""
FETCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Look:
    """A style sheet, and the class attribute that it wants for each kind of widget."""

    name: str
    sheet: str
    classes: dict[str, str] = field(default_factory=dict)


CLASSES: dict[str, dict[str, str]] = {
    "bootstrap": {
        "button": "btn btn-outline-secondary btn-sm", "primary": "btn btn-primary btn-sm", "danger": "btn btn-danger btn-sm",
        "input": "form-control form-control-sm", "select": "form-select form-select-sm", "checkbox": "form-check-input me-1",
        "table": "table table-sm table-striped", "card": "card card-body", "tab": "nav-link", "tabs": "nav nav-tabs", "current": "active",
        "list": "list-group", "item": "list-group-item", "alert": "alert alert-info py-2", "range": "form-range", "nav": "navbar bg-body-tertiary",
        "switch": "form-check-input me-1",
    },
    "bulma": {
        "button": "button is-small", "primary": "button is-primary is-small", "danger": "button is-danger is-small",
        "input": "input is-small", "select": "select is-small", "table": "table is-striped is-narrow", "card": "box",
        "alert": "notification is-info is-light", "nav": "navbar", "label": "label", "current": "is-active",
    },
    "spectre": {
        "button": "btn btn-sm", "primary": "btn btn-primary btn-sm", "danger": "btn btn-error btn-sm", "input": "form-input input-sm",
        "select": "form-select select-sm", "table": "table table-striped", "card": "card card-body", "tab": "tab-item", "current": "active",
        "alert": "toast toast-primary", "nav": "navbar",
    },
    "pure": {"button": "pure-button", "primary": "pure-button pure-button-primary", "table": "pure-table pure-table-striped", "form": "pure-form"},
    "milligram": {"button": "button button-outline", "primary": "button"},
    "pico": {"button": "secondary outline", "danger": "contrast", "card": "x-card"},
}  # fmt: skip

BASE = """
*{box-sizing:border-box;caret-color:transparent;transition:none!important;animation:none!important}
html,body{height:100vh;margin:0!important;overflow:hidden}
body{max-width:none!important;padding:0!important;position:relative}
.x-row{display:flex;flex-wrap:wrap;align-items:center;gap:var(--gap)}.x-col{display:flex;flex-direction:column;gap:var(--gap)}
.x-tight{gap:0}.x-fill{flex:1 1 0;min-width:0}.x-end{justify-content:flex-end}.x-between{justify-content:space-between}
.x-field{display:flex;align-items:center;gap:8px}.x-field>.x-caption{min-width:var(--caption);margin:0}.x-stack{display:block}
.x-columns{display:flex;align-items:flex-start;gap:16px}.x-columns>*{flex:1 1 0;min-width:0;overflow:hidden}
.x-side{flex:0 0 var(--side)!important}.x-grid{display:grid;gap:var(--gap)}
label.x-check{display:inline-flex;align-items:center;gap:6px;margin:0;width:max-content;max-width:100%}
label.x-check input{margin:0;flex:none}
.x-page input:not([type=checkbox]):not([type=radio]):not([type=range]),.x-page select,.x-page textarea{margin:0;max-width:100%}
.x-page button,.x-page [role=button],.x-page a.btn{margin:0;width:auto;white-space:nowrap}
.x-page table{margin:0;width:100%;border-collapse:collapse}.x-page td,.x-page th{padding:3px 8px;text-align:left;white-space:nowrap;overflow:hidden}
.x-page h1,.x-page h2,.x-page h3,.x-page p,.x-page ul{margin:0}.x-page ul{padding:0;list-style:none}
.x-float{position:absolute;z-index:5;overflow:hidden}.x-veil{position:absolute;inset:0;background:rgba(0,0,0,.35);z-index:4}
.x-popup{position:absolute;z-index:6;background:var(--surface);color:var(--ink);border:1px solid var(--line);padding:4px 0;box-shadow:0 2px 6px rgba(0,0,0,.25)}
[role=menuitem],[role=menuitemcheckbox],[role=option]{display:flex;gap:24px;justify-content:space-between;padding:var(--menu) 10px;white-space:nowrap;cursor:default}
[role=menuitemcheckbox]{justify-content:flex-start;gap:8px}.x-key{opacity:.6}.x-rule{height:1px;background:var(--line);margin:4px 0}
.x-hover{background:var(--accent);color:var(--accent-ink)}[aria-disabled=true]{opacity:.5}
.x-bar{display:flex;align-items:center;gap:2px;padding:2px 4px}.x-bar [role=menuitem]{padding:3px 8px}
.x-icon{display:inline-flex;padding:4px;border:1px solid transparent;border-radius:4px;background:none}
.x-tabs{display:flex;gap:2px;border-bottom:1px solid var(--line)}.x-tabs [role=tab]{padding:5px 12px;cursor:default;border:1px solid transparent;border-bottom:none}
.x-tabs [aria-selected=true]{border-color:var(--line);background:var(--surface);font-weight:var(--strong)}
.x-list [role=option]{padding:4px 10px}.x-list [aria-selected=true],.x-page tr[aria-selected=true] td{background:var(--accent);color:var(--accent-ink)}
.x-window{position:absolute;overflow:hidden;display:flex;flex-direction:column;background:var(--surface);color:var(--ink);border:1px solid var(--line);border-radius:6px 6px 0 0}
.x-title{display:flex;align-items:center;gap:4px;padding:4px 8px;font-weight:bold;background:var(--title);border-bottom:1px solid var(--line)}
.x-title>span{flex:1;text-align:center;white-space:nowrap;overflow:hidden}.x-title>.x-icon{flex:none}.x-body{flex:1;min-height:0;overflow:hidden;padding:8px}
.x-key-pad button,.x-key-pad [role=button]{padding:var(--key) 4px;text-align:center;justify-content:center}
.x-text{white-space:pre-wrap;overflow:hidden;background:var(--field);color:var(--ink);padding:4px}
.x-meter{height:10px;background:var(--line)}.x-meter div{height:100%;background:var(--accent)}
.x-card-box{border:1px solid var(--line);padding:10px;border-radius:var(--round);background:var(--surface)}
"""
OWN_SHEET = """
body{background:var(--ground);color:var(--ink)}
button,[role=button]{font:inherit;color:var(--ink);background:var(--button);border:1px solid var(--edge);border-radius:var(--round);padding:var(--pad) 12px}
button.x-icon{background:none;border-color:transparent;padding:4px}
button.primary{background:var(--accent);color:var(--accent-ink)}button.danger{background:#c01c28;color:#fff}
button:disabled{color:var(--faint);background:var(--surface)}
input,select,textarea{font:inherit;color:var(--ink);background:var(--field);border:1px solid var(--edge);border-radius:var(--round);padding:var(--pad) 8px}
::placeholder{color:var(--faint);opacity:1}a{color:var(--link)}
input[type=checkbox],input[type=radio]{appearance:none;width:16px;height:16px;padding:0;background:var(--field);border:1px solid var(--edge);border-radius:3px;display:inline-block;position:relative}
input[type=radio]{border-radius:8px}
input:checked[type=checkbox],input:checked[type=radio]{background:var(--accent);border-color:var(--accent)}
input:checked[type=checkbox]::after{content:"";position:absolute;left:4px;top:1px;width:4px;height:8px;border:solid var(--accent-ink);border-width:0 2px 2px 0;transform:rotate(45deg)}
input:checked[type=radio]::after{content:"";position:absolute;left:4px;top:4px;width:6px;height:6px;border-radius:3px;background:var(--accent-ink)}
input[role=switch]{width:40px;border-radius:8px}
input[role=switch]::after,input:checked[role=switch]::after{content:"";position:absolute;left:0;top:0;width:14px;height:14px;border:none;border-radius:7px;background:var(--button);transform:none;box-shadow:0 0 2px #000}
input:checked[role=switch]::after{left:24px}
table{background:var(--field)}th{border-bottom:1px solid var(--line)}
"""


def cache_folder() -> Path:
    """Where fetched style sheets are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskhand" / "looks"


def fetch_sheets(cache: Path | None = None) -> dict[str, str]:
    """The frameworks' style sheets by look name: from the cache, or through `npm pack`; those that cannot be had are left out."""
    cache = cache or cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    sheets = {}
    for name, (package, inside) in PACKAGES.items():
        path = cache / f"{package.replace('/', '+')}+{Path(inside).name}"
        if path.exists() or _pack(package, inside, path):
            sheets[name] = path.read_text(encoding="utf-8")
    return sheets


def _pack(package: str, inside: str, path: Path) -> bool:
    if shutil.which("npm") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, package]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=FETCH_SECONDS)
        except (subprocess.SubprocessError, OSError):
            return False
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            member = archive.extractfile(inside)
            if member is None:
                return False
            partial = path.with_suffix(".partial")
            partial.write_bytes(member.read())
            partial.replace(path)
    return True


def choose_look(rng: random.Random, sheets: dict[str, str]) -> Look:
    """One look at random: a framework's or one of our own."""
    name = rng.choice((*OWN, *sorted(sheets)))
    return Look(name, sheets.get(name, OWN_SHEET), CLASSES.get(name, {"primary": "primary", "danger": "danger"} if name in OWN else {}))


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
        colours |= {"ground": f"{tint},{rng.randint(90, 100)}%)", "surface": f"{tint},{rng.randint(94, 100)}%)", "ink": f"{tint},{rng.randint(5, 22)}%)"}
        colours |= {"field": "#ffffff", "line": f"{tint},80%)", "edge": f"{tint},{rng.randint(50, 75)}%)", "button": f"{tint},{rng.randint(82, 97)}%)"}
        colours |= {"faint": f"{tint},55%)", "title": f"{tint},85%)", "link": f"hsl({rng.randint(200, 260)},80%,40%)"}
    measures = {
        "gap": f"{rng.randint(3, 14)}px", "caption": f"{rng.randint(70, 170)}px", "side": f"{rng.randint(130, 240)}px",
        "menu": f"{rng.randint(2, 7)}px", "round": f"{rng.choice((0, 2, 4, 5, 5, 8))}px", "pad": f"{rng.randint(2, 8)}px",
        "key": f"{rng.randint(3, 16)}px", "strong": rng.choice(("normal", "bold")),
    }  # fmt: skip
    return ":root{" + "".join(f"--{name}:{value};" for name, value in {**colours, **measures}.items()) + "}"
