"""What can be said about replays and episodes on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from agent.cli.options_common import path

Add = Callable[..., argparse.ArgumentParser]
EPISODE = "an episode's name, or its folder"


def add_episode_commands(add: Add) -> None:
    """Add `replay` and `episodes …`; `add(name, summary, under)` makes a parser."""
    replay = add("replay", "repeat an episode: ask the model where it would act, act again, or watch")
    replay.add_argument("episode", metavar="NAME", help=EPISODE)
    replay.add_argument(
        "--how", choices=("ground", "act", "watch"), default="ground",
        help="ground (the default): the model points in each recorded frame; act: the actions are performed again; watch: step through",
    )  # fmt: skip
    replay.add_argument(
        "--ask", choices=("element", "instruction"), default="element",
        help="ground: what the model is asked for: the element's name where there is one (the default), or the next action",
    )  # fmt: skip
    replay.add_argument("--draw", type=path, metavar="DIR", help="ground, watch: save each frame with the points drawn on it")
    replay.add_argument(
        "--pace", choices=("fast", "recorded"), default="fast", help="act: as soon as the screen has settled, or as it was recorded"
    )
    replay.add_argument("--keep", action="store_true", help="act: record the replay as an episode of its own")

    episodes = add("episodes", "list, show, check, change, export and import episodes").add_subparsers(metavar="WHAT", required=True)

    def verb(name: str, summary: str, *arguments: tuple[str, dict[str, Any]]) -> argparse.ArgumentParser:
        parser = add(f"episodes {name}", summary, episodes)
        for argument, options in arguments:
            parser.add_argument(argument, **options)
        return parser

    one: tuple[str, dict[str, Any]] = ("episode", {"metavar": "NAME", "help": EPISODE})
    several: tuple[str, dict[str, Any]] = ("names", {"nargs": "+", "metavar": "NAME", "help": EPISODE})
    verb("list", "name the episodes")
    verb("show", "show an episode's steps", one).add_argument(
        "--html", type=path, metavar="OUT.html", help="write it as one file for a browser, pictures included"
    )
    verb(
        "verify",
        "look for what is missing or damaged, in all episodes or these",
        ("names", {"nargs": "*", "metavar": "NAME", "help": EPISODE}),
    )
    review = verb("review", "show what was hidden in an episode, and hide more", one)
    review.add_argument("--hide-text", action="append", default=[], metavar="WORDS", help="take these words out of every text of it")
    review.add_argument(
        "--hide-box", action="append", default=[], metavar="STEP,L,T,R,B",
        help="paint over this part of a step's frames, in fractions of their size, and of every frame that is the same picture",
    )  # fmt: skip
    review.add_argument("--rules", action="store_true", help="look for secrets again, by the rules as they are now")
    trim = verb(
        "trim", "keep some of the steps, as a new episode", one, ("new", {"metavar": "NEW", "help": "what the new episode will be called"})
    )
    trim.add_argument("--first", type=int, default=1, metavar="N", help="first step to keep, counted from 1")
    trim.add_argument("--last", type=int, metavar="N", help="last step to keep (default: the last there is)")
    split = verb("split", "cut an episode into new ones, NAME-1, NAME-2, …", one)
    split.add_argument("--at", type=int, nargs="+", required=True, metavar="N", help="cut before these steps, counted from 1")
    merge = verb(
        "merge",
        "join episodes, one after the other, as a new one",
        ("new", {"metavar": "NEW", "help": "what the new episode will be called"}),
        several,
    )
    merge.add_argument("--instruction", metavar="WORDS", help="what the whole is to do (default: the parts' instructions)")
    relabel = verb("relabel", "change an episode's instruction, task or name", one)
    relabel.add_argument("--instruction", metavar="WORDS", help="what it is to do, in words")
    relabel.add_argument("--task", metavar="TASK", help="the task whose checks judge it")
    relabel.add_argument("--name", metavar="NEW", help="what it will be called")
    export = verb("export", "write episodes in another format", several)
    export.add_argument(
        "--format", choices=("dataset", "llava", "smol"), default="dataset", dest="form",
        help="dataset: a Hugging Face dataset folder (the default); llava: JSON lines; smol: smol2operator's rows and actions",
    )  # fmt: skip
    export.add_argument("--out", type=path, required=True, metavar="DIR", help="a folder that does not exist yet")
    read = verb(
        "import",
        "read episodes from another format",
        ("source", {"type": path, "metavar": "PATH", "help": "the file or folder that holds them"}),
    )
    read.add_argument(
        "--format", choices=("dataset", "llava", "smol", "agentnet"), dest="form", help="what PATH is in (default: told from its content)"
    )
    read.add_argument("--images", type=path, metavar="DIR", help="where the pictures are, if they are not beside PATH")
    read.add_argument("--rename", action="store_true", help="give a name that exists a number")
