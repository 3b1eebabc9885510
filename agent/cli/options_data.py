"""What `deskhand data` understands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from agent.cli.options_common import count, path


def add_data_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the noun and its verbs; `add` makes a command with the options that it shares."""
    what: Any = add("data", "check and choose what is learned from").add_subparsers(metavar="WHAT", required=True)

    check = add("data check", "check every recorded step or labelled screen, and keep the verdicts beside them", what)
    check.add_argument("folder", type=path, metavar="FOLDER", help="a folder of episodes, or of labelled screens")

    classify = add("data classify", "say by hand what a step, or an element of a screen, is worth", what)
    classify.add_argument("folder", type=path, metavar="FOLDER", help="a folder of episodes, or of labelled screens")
    classify.add_argument("name", metavar="NAME", help="the episode, or the screen's picture")
    classify.add_argument("number", type=count, metavar="N", help="its step or its element, from 1")
    classify.add_argument("quality", metavar="CLASS", help="good, 'wrong answer' or 'bad image'")
    classify.add_argument("--reason", default="", metavar="WORDS", help="why")

    page = add("data report", "write a page with what was found, in numbers and pictures", what)
    page.add_argument("folder", type=path, metavar="FOLDER", help="a folder of episodes or screens that were checked")
    page.add_argument("--html", type=path, required=True, metavar="OUT.html", help="the page: one file that needs no network")

    for name, summary in (
        ("repair", "read answers that are actions in another format"),
        ("regenerate", "ask the --model anew for every step that is classed as a wrong answer"),
        ("rewrite", "say each task in other words: as the --model says them, or by program where none is named"),
    ):
        mend = add(f"data {name}", f"{summary}; the recordings stay as they are", what)
        mend.add_argument("folder", type=path, metavar="EPISODES", help="a folder of episodes")

    mix = add("data mix", "say what a mixture would give, and what it leaves out", what)
    mix.add_argument("mixture", type=path, metavar="MIXTURE.yaml", help="sources with their weights, caps and shares")

    safety = add("data safety", "make records of screens that speak to the agent, for the stage extend", what)
    safety.add_argument("out", type=path, metavar="DIR", help="receives pictures and conversations; the same command goes on there")
    safety.add_argument("--count", type=count, default=400, metavar="N", help="pictures (default: %(default)s)")
    safety.add_argument("--held-out", action="store_true", help="of attacks that nothing is trained on, to measure with")
