"""The options that many commands share, which command each of them is for, and what their values are read as."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, TypeVar

MODEL = frozenset({"model", "lang", "adapter", "policy", "template", "zoom", "mode", "budget", "remote_model", "insecure_http"})
PLANNER = frozenset({"planner", "planner_model", "planner_base"})
PLACE = frozenset({"desktop", "size", "open", "network", "share"})
HOST = frozenset({"monitor", "region", "window"})
LIMITS = frozenset({"approve", "allow_window", "dry_run", "steps", "seconds"})
PERMISSIONS = frozenset({"permissions"})
SEED = frozenset({"seed"})
EPISODES = frozenset({"episodes"})
PLAIN = frozenset({"plain"})
OUTPUT = frozenset({"json", "debug"})
SHARED = MODEL | PLANNER | PLACE | HOST | LIMITS | PERMISSIONS | SEED | EPISODES | PLAIN | OUTPUT

TOLERATED = frozenset({"model", "desktop", "seed"}) | PLAIN | OUTPUT
"""Whoever has them in a script or an alias may give these to any command, also to one that has no use for them."""

USED: dict[str, frozenset[str]] = {
    "tui": SHARED,
    "run": SHARED - PLAIN,
    "demo": SHARED - HOST - {"open", "desktop"},
    "record": PLACE | HOST | PERMISSIONS | SEED | EPISODES | {"lang"},
    "replay": SHARED - {"open"},
    "plan": PLANNER | {"adapter", "insecure_http"},
    "ground": MODEL,
    "read": HOST | PERMISSIONS | {"lang"},
    "ask": MODEL,
    "permissions": PERMISSIONS,
    "doctor": MODEL | PLANNER | HOST | EPISODES | {"desktop", "size"},
    "screens": SEED | {"size"},
    "train": SEED | {"model", "dry_run"},
    "evaluate": SHARED - HOST - PLAIN - {"open", "desktop", "dry_run"},
    "redteam": MODEL | PLANNER | SEED | EPISODES | {"size", "approve", "steps", "seconds"},
    "tasks show": SEED,
    "tasks check": SEED,
    "trust": EPISODES,
    "data regenerate": MODEL,
    "data rewrite": MODEL | SEED,
    "data safety": SEED | {"size"},
    "model info": frozenset({"model"}),
    "model bench": SEED | {"model", "desktop", "size"},
    "model receipt": SEED | (MODEL - {"adapter"}),
}
"""What has an effect on a command, beside OUTPUT; verbs of `episodes` use EPISODES."""


INSTEAD = {"--adapter": "deskhand model merge works an adapter into a model, whose folder can be named"}
"""What helps whoever gave an option in vain, where leaving it out does not."""


def used_by(command: str) -> frozenset[str]:
    """The shared options that have an effect on a command; none for a noun, whose verbs have them."""
    return OUTPUT | (EPISODES if command.startswith("episodes ") else USED.get(command, frozenset()))


def in_vain(command: str, given: argparse.Namespace) -> list[str]:
    """The shared options that were given and that this command would not heed, as they are written."""
    allowed = used_by(command) | TOLERATED
    return sorted(f"--{name.replace('_', '-')}" for name in vars(given) if name in SHARED - allowed)


def common_options(command: str) -> argparse.ArgumentParser:
    """The shared options, those told in the help that the command uses.

    They are without defaults: one given before the command must not be undone by the absence of the one after it.
    """
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    used = used_by(command)

    def add(group: argparse._ArgumentGroup, flag: str, told: str, **reading: Any) -> None:
        heeded = flag.removeprefix("--").replace("-", "_") in used
        group.add_argument(flag, help=told if heeded else argparse.SUPPRESS, **reading)

    model = parser.add_argument_group("model and desktop")
    add(model, "--model", "pocket (the default: reads and plans), a folder with weights, a hub id, or https://host/v1", metavar="MODEL")
    add(model, "--lang", "scripts to read: latin (the default), greek, chinese, japanese, all; several with commas", metavar="SCRIPTS")
    add(model, "--adapter", "put the LoRA adapter in this folder onto the model", type=path, metavar="DIR")
    add(model, "--planner", "let a server's text model plan: its address, such as http://127.0.0.1:11434/v1", metavar="URL")
    add(model, "--planner-model", "which of that server's models (default: the only one)", metavar="NAME")
    add(model, "--planner-base", "base of the pocket planner: a folder or a hub id (default: its package)", metavar="BASE")
    add(model, "--policy", "how the model decides (default: as its checkpoint says)", choices=("direct", "plan-then-ground"))
    add(model, "--template", "variant of the chat template (default: the checkpoint's)", choices=("newlines", "compact"))
    add(model, "--zoom", "auto: look again, from nearer, where a box is small or uncertain (default: off)", choices=("off", "auto"))
    add(
        model,
        "--mode",
        "think first, or not, or as the model likes (default: own for ask, else nothink)",
        choices=("think", "nothink", "own"),
    )
    add(model, "--budget", "most visual tokens of a picture, 256 to 3600 (default: the checkpoint's)", metavar="N", type=int)
    add(model, "--remote-model", "which of the server's models (default: the only one)", metavar="NAME")
    add(model, "--insecure-http", "send screenshots unencrypted to a server on another machine", action="store_true")
    add(model, "--desktop", "the desktop you look at, or one of Deskhand's own", choices=("host", "virtual"))
    add(model, "--size", "size of a virtual desktop (default: 1024x768)", metavar="WxH", type=size)
    add(model, "--open", "start this on a virtual desktop before an instruction is followed", metavar="COMMAND", action="append")
    add(model, "--network", "give the programs of a virtual desktop the network (default: where a task needs it)", action="store_true")
    add(model, "--share", "let the programs of a virtual desktop read this file or folder", metavar="PATH", action="append", type=path)
    add(model, "--monitor", "look at this monitor of the host only (1, 2, …; 0: all)", metavar="N", type=int)
    add(
        model,
        "--region",
        "look at this part of the host's screen only (--region=-1920,0,1920,1080 where it begins with a minus)",
        metavar="L,T,W,H",
        type=region,
    )
    add(model, "--window", "look at this window of the host only (a regular expression)", metavar="TITLE")
    limits = parser.add_argument_group("safety and limits")
    add(
        limits,
        "--approve",
        "ask before each action, before risky ones, or never (default: risky on your own desktop, none on a virtual one)",
        choices=("each", "risky", "none"),
    )
    add(limits, "--allow-window", "ask before what happens while another window is active, whatever --approve says", metavar="TITLE")
    add(
        limits,
        "--permissions",
        "what may be seen and acted in (default: permissions.yaml in ~/.config/deskhand)",
        metavar="FILE",
        type=path,
    )
    add(limits, "--dry-run", "show what would be done and do nothing", action="store_true")
    add(limits, "--steps", "stop after so many steps (default: the task's limit, or 50)", metavar="N", type=count)
    add(limits, "--seconds", "stop after so many seconds (default: the task's limit, or 600)", metavar="S", type=positive)
    output = parser.add_argument_group("input and output")
    chance = "decides what is drawn by chance, such as a task's words, numbers and window places (default: 0)"
    add(output, "--seed", chance, metavar="N", type=seed)
    add(output, "--episodes", "folder of the episodes (default: ~/.local/share/deskhand/episodes)", metavar="DIR", type=path)
    add(output, "--plain", "plain lines instead of the terminal UI", action="store_true")
    add(output, "--json", "one JSON object on stdout, everything else on stderr", action="store_true")
    add(output, "--debug", "show the traceback of an error", action="store_true")
    return parser


def path(text: str) -> Path:
    """The name of a file or a folder. Raises ArgumentTypeError: an empty one would be taken for the folder that one is in."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name is none of a file or a folder")
    return Path(text)


def count(text: str) -> int:
    """A whole number of at least 1. Raises ArgumentTypeError."""
    return _number(text, int, minimum=1)


def seed(text: str) -> int:
    """A whole number of at least 0. Raises ArgumentTypeError."""
    return _number(text, int, minimum=0)


def positive(text: str) -> float:
    """A number above 0. Raises ArgumentTypeError."""
    return _number(text, float, minimum=1e-9)


_N = TypeVar("_N", int, float)


def _number(text: str, kind: type[_N], minimum: float) -> _N:
    try:
        value = kind(text)
    except ValueError:
        value = kind(-1)
    if not minimum <= value < float("inf"):
        wanted = f"a whole number of at least {minimum:g}" if kind is int else "a number above 0"
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return value


def size(text: str) -> tuple[int, int]:
    """Width and height, written as 1024x768. Raises ArgumentTypeError."""
    width, height = _integers(text.lower().replace("×", "x").split("x"), 2, "1024x768")
    return width, height


def region(text: str) -> tuple[int, int, int, int]:
    """Left, top, width and height, with commas. Raises ArgumentTypeError."""
    left, top, width, height = _integers(text.split(","), 4, "0,0,800,600 (left, top, width, height)")
    return left, top, width, height


def _integers(parts: list[str], count: int, example: str) -> list[int]:
    try:
        values = [int(part) for part in parts]
    except ValueError:
        values = []
    if len(values) != count:
        raise argparse.ArgumentTypeError(f"write it as {example}")
    return values
