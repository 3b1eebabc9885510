"""The command line: what can be said, and what happens to what goes wrong. What is done lies in `agent.cli.commands`.

Only argparse is imported here, so that help comes at once.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shlex
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from agent.cli.options_common import INSTEAD, common_options, count, in_vain, path, positive
from agent.cli.options_data import add_data_commands
from agent.cli.options_episodes import add_episode_commands
from agent.cli.options_model import add_model_commands
from agent.cli.options_record import add_record_command
from agent.cli.streams import LOST_OUTPUT, give_up_output, prepare_streams
from recordings.errors import DeskhandError
from recordings.printable import PrintableStream, ends, printable

INTERRUPTED = 130
USAGE = 2
LONGEST = 4000
"""Characters of an error: a server or a file may call something by a whole book."""
PICTURE = "a PNG, JPEG or WEBP file"
TASK = "the name of a task, or a task's YAML file"

EPILOG = """\
examples:
  deskhand demo                                   the demo tasks on a desktop of their own
  deskhand run calculator-sum --seed 3            one task, with other numbers
  deskhand run 'click "File", then choose "Quit"' --dry-run
  deskhand plan 'save it as notes.txt'              what it would do, in steps
  deskhand ground screen.png "the Save button" --draw answer.png
  deskhand record invoice --task "file the invoice"   show it once; Ctrl+Alt+Escape ends it
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 success, 1 an error or a task not done, 2 wrong usage, 130 interrupted."""
    # Threads that spin while they wait cost a busy machine ten times what they gain; it is read when torch is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = argparse.Namespace(**_DEFAULTS)
    # It recommends a package that would fetch code from the hub, in the middle of whatever else is said.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    prepare_streams()
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        with _terminations_unwind(), _printable_streams():
            from agent.cli import commands

            status = commands.COMMANDS[arguments.command](arguments)
            sys.stdout.flush()
            return status
    except BrokenPipeError:  # whoever read our output has gone: nothing is left to say, and no traceback either
        give_up_output()
        return 1
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 — the one place where errors become words for people
        if arguments.debug:
            with _printable_streams():
                traceback.print_exc()
        if isinstance(error, KeyboardInterrupt):
            return fail("interrupted", INTERRUPTED)
        if isinstance(error, OSError) and error.filename is None and error.errno in LOST_OUTPUT:
            give_up_output()
            return fail(f"the output cannot be written: {error.strerror}", 1)
        message = (
            str(error)
            if isinstance(error, DeskhandError)
            else f"internal error: {type(error).__name__}: {error}; run it again with --debug for the traceback"
        )
        if arguments.json:
            with suppress(OSError):
                print(json.dumps({"error": message}), flush=True)
        return fail(message, error.exit_status if isinstance(error, DeskhandError) else 1)


def fail(message: str, status: int) -> int:
    """Say one line on stderr and return the exit status."""
    with suppress(OSError):
        print(f"deskhand: {printable(ends(' '.join(message.split()), LONGEST))}", file=sys.stderr)
    give_up_output()
    return status


@contextmanager
def _terminations_unwind() -> Iterator[None]:
    """SIGTERM and a closed terminal end Python without unwinding it; as exceptions they let everything be cleaned up."""
    numbers = (
        {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)} if threading.current_thread() is threading.main_thread() else set()
    )
    before = {number: signal.signal(number, _terminate) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _printable_streams() -> Iterator[None]:
    """Whatever a command prints, and whoever wrote that, no terminal obeys it. The terminal UI draws beside these streams."""
    with redirect_stdout(PrintableStream(sys.stdout)), redirect_stderr(PrintableStream(sys.stderr, bars=True)):
        yield


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command and its options. Exits with status 2 and one line of advice where they make no sense."""
    arguments, unknown = build_parser().parse_known_args(argv)
    if unknown:
        said = arguments.command in ("run", "plan", "ground") and not any(word.startswith("-") for word in unknown)
        quotes = "; an instruction of several words goes in quotes" if said else ""
        _misused(arguments.command, f"nothing is known of {shlex.join(unknown)}: leave it out{quotes}")
    if vain := in_vain(arguments.command, arguments):
        instead = "".join(f"; {INSTEAD[option]}" for option in vain if option in INSTEAD)
        leave = f"leave {'it' if len(vain) == 1 else 'them'} out"
        _misused(arguments.command, f"no use for {' and '.join(vain)} here: {leave}{instead}")
    for name, value in _DEFAULTS.items():
        if not hasattr(arguments, name):
            setattr(arguments, name, value)
    return arguments


_DEFAULTS = {"json": False, "plain": False, "debug": False}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, instead of the whole usage first."""
        said = '; to have something done, write deskhand run "…"' if message.startswith("argument COMMAND") else ""
        _misused(self.prog.removeprefix("deskhand").strip(), f"{message}{said}")


def _misused(command: str, message: str) -> NoReturn:
    name = "deskhand" if command in ("", "tui") else f"deskhand {command}"
    print(printable(f"{name}: {message}; {name} --help says more"), file=sys.stderr)
    raise SystemExit(USAGE)


class _Version(argparse.Action):
    """Reads the version only when it is asked for: argparse's own action wants it at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version

        print(f"deskhand {version('deskhand')}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The parser; the common options are understood before and after the command."""
    parser = _Parser(
        prog="deskhand",
        description="A local agent that sees the screen, decides, and uses the mouse and the keyboard. Without a command: the terminal UI.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, parents=[common_options("tui")],
    )  # fmt: skip
    parser.add_argument("--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help="say which version this is")
    parser.set_defaults(command="tui")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")

    def add(name: str, summary: str, under: Any = commands) -> argparse.ArgumentParser:
        """A command, or a verb under a noun: its whole name is what `agent.cli.commands` knows it by."""
        made: argparse.ArgumentParser = under.add_parser(
            name.rpartition(" ")[2], help=summary, description=f"{summary[0].upper()}{summary[1:]}.", parents=[common_options(name)]
        )
        made.set_defaults(command=name)
        return made

    run = add("run", "do a task, or what a sentence says")
    run.add_argument("request", metavar="INSTRUCTION|TASK", help="an instruction in quotes, the name of a task, or a task's YAML file")

    add("demo", "do the demo tasks, one after the other, on a virtual desktop")

    plan = add("plan", "say which steps an instruction is taken for; nothing is looked at or done")
    plan.add_argument("instruction", nargs="?", metavar="INSTRUCTION", help="what to do, in quotes")
    plan.add_argument("--batch", type=path, metavar="ITEMS.jsonl", help='plan one {"instruction"} a line, as JSON lines')

    ground = add("ground", "point at what an instruction names, in an image")
    ground.epilog = "The point to click, and the box (left, top, right, bottom), as parts of the picture's width and height."
    ground.add_argument("image", nargs="?", type=path, metavar="IMAGE", help=PICTURE)
    ground.add_argument("instruction", nargs="?", metavar="INSTRUCTION", help="what to point at, in quotes")
    ground.add_argument("--draw", type=path, metavar="OUT.png", help="save a copy of the image with the answer drawn on it")
    ground.add_argument("--batch", type=path, metavar="ITEMS.jsonl", help='answer one {"image", "instruction"} a line, as JSON lines')

    read = add("read", "say what is on a screen, by name")
    read.epilog = (
        "Each line: left, top, right and bottom as parts of the picture's width and height, how sure that is, and what stands there."
    )
    read.add_argument("image", nargs="?", type=path, metavar="IMAGE", help=PICTURE)
    read.add_argument("--screen", action="store_true", help="read the screen that you look at, instead of an image")
    read.add_argument("--draw", type=path, metavar="OUT.png", help="save a copy of the picture with what was read drawn on it")

    ask = add("ask", "ask in words about images; without a question, one a line of standard input; + IMAGE shows one more, - drops those")
    ask.add_argument("images", nargs="*", type=path, metavar="IMAGE", help=PICTURE)
    ask.add_argument("--question", metavar="QUESTION", help="ask this alone")

    add_record_command(add)

    tasks = add("tasks", "list, show and check tasks").add_subparsers(metavar="WHAT", required=True)
    add("tasks list", "name the tasks", tasks)
    show = add("tasks show", "show a task as one seed makes it", tasks)
    show.add_argument("task", metavar="TASK", help=TASK)
    check = add("tasks check", "check task files, or all tasks", tasks)
    check.add_argument("tasks", nargs="*", metavar="TASK", help=f"{TASK} (default: all that ship)")

    new = add("tasks add", "register a task of your own, so that it can be named", tasks)
    new.add_argument("file", type=path, metavar="FILE.yaml", help="the task")
    new.add_argument("--yes", action="store_true", help="agree to what it would run, which is shown")

    trust = add("trust", "see what an episode, a task file or an adapter from elsewhere would do, and agree to it")
    trust.add_argument("path", metavar="NAME|FILE|DIR", help="an episode's name, a task's file, or a folder")
    trust.add_argument("--yes", action="store_true", help="agree to what is shown")

    add_episode_commands(add)

    add_data_commands(add)

    screens = add("screens", "generate labelled screens for training")
    screens.add_argument("kind", choices=("drawn", "pages", "applications"), metavar="KIND", help="drawn, pages or applications")
    screens.add_argument("--count", type=count, default=100, metavar="N", help="how many (default: %(default)s)")
    screens.add_argument("--out", type=path, required=True, metavar="DIR", help="the folder that receives them")
    screens.add_argument("--fetch", action="store_true", help="pages: get style sheets of public frameworks from the network, once")
    screens.add_argument("--only", metavar="NAMES", help="these applications, with commas, or held-out or unseen: never trained on")
    screens.add_argument("--themed", action="store_true", help="applications in several themes and fonts")

    train = add("train", "train a model as a configuration says")
    train.add_argument("config", type=path, nargs="?", metavar="CONFIG.yaml", help="or pocket: the weights that ship, part by part")
    train.add_argument(
        "--parts", metavar="NAMES", help="of pocket, with commas: namer, tower, align, instruct, extend, planner (default: all)"
    )
    train.add_argument("--out", type=path, default=Path("runs/train"), metavar="DIR", help="receives checkpoints (default: %(default)s)")
    train.add_argument("--resume", type=path, metavar="DIR", help="go on from the checkpoint in this folder")
    train.add_argument("--minutes", type=positive, metavar="M", help="save and stop after so many minutes")
    train.add_argument("--show", type=count, metavar="N", help="train nothing: print the tokens of N of its examples and where the loss is")
    train.add_argument(
        "--from",
        type=path,
        dest="shown",
        metavar="EPISODES",
        help="what a planner's CONFIG learns from; what --show looks at without a CONFIG (default: the samples)",
    )
    train.add_argument("--to", type=path, metavar="DIR", help="save the pictures of --show with the target drawn in")

    evaluate = add("evaluate", "measure a model")
    evaluate.add_argument(
        "--on",
        default="drawn",
        metavar="SET",
        help="drawn (the default), pages, applications, demo, injection (:model or :worst for one half of it), tasks (names or"
        " files, with commas), a folder of labelled screens, or icons:FOLDER for its buttons without a text",
    )
    evaluate.add_argument(
        "--count", type=count, default=300, metavar="N", help="screens' questions, or runs of each task (default: %(default)s)"
    )
    evaluate.add_argument("--before", metavar="MODEL", help="compare this, or BASE+ADAPTER, with --after on episodes or tasks")
    evaluate.add_argument("--after", metavar="MODEL", help="what came of training --before")
    evaluate.add_argument("--retain", type=path, metavar="DIR", help="episodes or labelled screens that must not be forgotten")
    evaluate.add_argument("--resolution", metavar="WAYS", help="compare ways to see the screens of --on: all, or names with commas")
    evaluate.add_argument("--train-on", type=path, metavar="MIXTURE", help="with --resolution: fine-tune each way on this first")
    evaluate.add_argument("--train-steps", type=count, default=100, metavar="N", help="with --train-on: so long (default: %(default)s)")

    attack = add("redteam", "vary attacks on screens for a model to obey, on virtual desktops, and keep those that work")
    attack.add_argument("--tries", type=count, default=50, metavar="N", help="until so many were tried (default: %(default)s)")
    attack.add_argument("--minutes", type=positive, metavar="M", help="stop after so many minutes")
    attack.add_argument(
        "--out", type=path, default=Path("runs/redteam"), metavar="DIR", help="what was tried; the same command goes on there"
    )
    attack.add_argument("--worst", action="store_true", help="attack a stand-in that obeys every order, in place of a model")
    attack.add_argument("--again", type=path, metavar="CASES", help="do kept cases again: a file, or a folder of them")

    add("permissions", "say what a run may see and do, application by application")

    doctor = add("doctor", "say what is there, what is missing, and how to mend it")
    doctor.add_argument("--aim", action="store_true", help="draw targets and measure how far off the model, the capture and the hands are")

    add_model_commands(add)
    return parser
