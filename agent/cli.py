"""The command line: what can be said, and what happens to what goes wrong. What is done lies in `agent.commands`.

Only argparse is imported here, so that help comes at once.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

from agent.options_data import add_data_commands
from agent.options_episodes import add_episode_commands
from agent.options_model import add_model_commands
from agent.options_record import add_record_command
from recordings.errors import DeskhandError

INTERRUPTED = 130
USAGE = 2

EPILOG = """\
examples:
  deskhand demo                                   the demo tasks on a desktop of their own
  deskhand run calculator-sum --seed 3            one task, with other numbers
  deskhand run 'click "File", then choose "Quit"' --dry-run
  deskhand ground screen.png "the Save button" --draw answer.png
  deskhand record invoice --task "file the invoice"   show it once; Ctrl+Alt+Escape ends it
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 success, 1 an error or a task not done, 2 wrong usage, 130 interrupted."""
    arguments = argparse.Namespace(**_DEFAULTS)
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        with _terminations_unwind():
            from agent import commands

            status = commands.COMMANDS[arguments.command](arguments)
            sys.stdout.flush()
            return status
    except BrokenPipeError:  # whoever read our output has gone: nothing is left to say, and no traceback either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 — the one place where errors become words for people
        if arguments.debug:
            traceback.print_exc()
        if isinstance(error, KeyboardInterrupt):
            return fail("interrupted", INTERRUPTED)
        message = (
            str(error)
            if isinstance(error, DeskhandError)
            else f"internal error: {type(error).__name__}: {error}; run it again with --debug for the traceback"
        )
        if arguments.json:
            print(json.dumps({"error": message}), flush=True)
        return fail(message, error.exit_status if isinstance(error, DeskhandError) else 1)


def fail(message: str, status: int) -> int:
    """Say one line on stderr and return the exit status."""
    print(f"deskhand: {' '.join(message.split())}", file=sys.stderr)
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


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command and its options. Exits with status 2 and one line of advice where they make no sense."""
    arguments = build_parser().parse_args(argv)
    for name, value in _DEFAULTS.items():
        if not hasattr(arguments, name):
            setattr(arguments, name, value)
    return arguments


_DEFAULTS = {"json": False, "plain": False, "debug": False}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, instead of the whole usage first."""
        self.exit(USAGE, f"{self.prog}: {message}; {self.prog} --help says more\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser; the common options are understood before and after the command."""
    common = _common_options()
    parser = _Parser(
        prog="deskhand",
        description="A local agent that sees the screen, decides, and uses the mouse and the keyboard. Without a command: the terminal UI.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, parents=[common],
    )  # fmt: skip
    parser.set_defaults(command="tui")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")

    def add(name: str, summary: str, under: Any = commands) -> argparse.ArgumentParser:
        return under.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".", parents=[common])

    run = add("run", "do a task, or what a sentence says")
    run.add_argument("request", metavar="INSTRUCTION|TASK", help="an instruction in quotes, the name of a task, or a task's YAML file")
    run.set_defaults(command="run")

    demo = add("demo", "do the demo tasks, one after the other, on a virtual desktop")
    demo.set_defaults(command="demo")

    ground = add("ground", "point at what an instruction names, in an image")
    ground.add_argument("image", nargs="?", type=Path, metavar="IMAGE")
    ground.add_argument("instruction", nargs="?", metavar="INSTRUCTION")
    ground.add_argument("--draw", type=Path, metavar="OUT.png", help="save a copy of the image with the answer drawn on it")
    ground.add_argument("--batch", type=Path, metavar="ITEMS.jsonl", help='answer one {"image", "instruction"} a line, as JSON lines')
    ground.set_defaults(command="ground", parser=ground)

    ask = add("ask", "ask in words about images; without a question, one a line of standard input; + IMAGE shows one more, - drops those")
    ask.add_argument("images", nargs="*", type=Path, metavar="IMAGE")
    ask.add_argument("--question", metavar="QUESTION", help="ask this alone")
    ask.set_defaults(command="ask")

    add_record_command(add)

    tasks = add("tasks", "list, show and check tasks").add_subparsers(metavar="WHAT", required=True)
    add("list", "name the tasks", tasks).set_defaults(command="tasks list")
    show = add("show", "show a task as one seed makes it", tasks)
    show.add_argument("task", metavar="TASK")
    show.set_defaults(command="tasks show")
    check = add("check", "check task files, or all tasks", tasks)
    check.add_argument("tasks", nargs="*", metavar="TASK")
    check.set_defaults(command="tasks check")

    add_episode_commands(add)

    add_data_commands(add, _count)

    screens = add("screens", "generate labelled screens for training")
    screens.add_argument("kind", choices=("drawn", "pages", "applications"), metavar="KIND", help="drawn, pages or applications")
    screens.add_argument("--count", type=_count, default=100, metavar="N")
    screens.add_argument("--out", type=Path, required=True, metavar="DIR")
    screens.add_argument("--only", metavar="NAMES", help="these applications, with commas, or held-out: those never trained on")
    screens.set_defaults(command="screens")

    train = add("train", "train a model as a configuration says")
    train.add_argument("config", type=Path, nargs="?", metavar="CONFIG.yaml")
    train.add_argument("--out", type=Path, default=Path("runs/train"), metavar="DIR", help="receives checkpoints (default: %(default)s)")
    train.add_argument("--resume", type=Path, metavar="DIR", help="go on from the checkpoint in this folder")
    train.add_argument("--minutes", type=_positive, metavar="M", help="save and stop after so many minutes")
    train.add_argument(
        "--show", type=_count, metavar="N", help="train nothing: print the tokens of N of its examples and where the loss is"
    )
    train.add_argument(
        "--from", type=Path, dest="shown", metavar="EPISODES", help="what --show looks at without a CONFIG (default: the samples)"
    )
    train.add_argument("--to", type=Path, metavar="DIR", help="save the pictures of --show with the target drawn in")
    train.set_defaults(command="train")

    evaluate = add("evaluate", "measure a model")
    evaluate.add_argument(
        "--on",
        default="drawn",
        metavar="SET",
        help="drawn, pages, applications, steps, demo, tasks (names or files, with commas), or a folder of labelled screens",
    )
    evaluate.add_argument("--count", type=_count, default=300, metavar="N", help="screens' questions, or runs of each task")
    evaluate.add_argument("--before", metavar="MODEL", help="compare this, or BASE+ADAPTER, with --after on episodes or tasks")
    evaluate.add_argument("--after", metavar="MODEL", help="what came of training --before")
    evaluate.add_argument("--retain", type=Path, metavar="DIR", help="episodes or labelled screens that must not be forgotten")
    evaluate.add_argument("--resolution", metavar="WAYS", help="compare ways to see the screens of --on: all, or names with commas")
    evaluate.add_argument("--train-on", type=Path, metavar="MIXTURE", help="with --resolution: fine-tune each way on this first")
    evaluate.add_argument("--train-steps", type=_count, default=100, metavar="N", help="with --train-on: so long (default: %(default)s)")
    evaluate.set_defaults(command="evaluate")

    doctor = add("doctor", "say what is there, what is missing, and how to mend it")
    doctor.add_argument("--aim", action="store_true", help="draw targets and measure how far off the model, the capture and the hands are")
    doctor.set_defaults(command="doctor")

    add_model_commands(add, _count, _positive)
    return parser


def _common_options() -> argparse.ArgumentParser:
    """Options without defaults: one given before the command must not be undone by the absence of the one after it."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    model = common.add_argument_group("model and desktop")
    model.add_argument("--model", metavar="MODEL", help="pocket (the default), a folder with weights, a hub id, or https://host/v1")
    model.add_argument("--adapter", type=Path, metavar="DIR", help="put the LoRA adapter in this folder onto the model")
    model.add_argument("--policy", choices=("direct", "plan-then-ground"), help="how the model decides (default: as its checkpoint says)")
    model.add_argument("--template", choices=("newlines", "compact"), help="variant of the chat template (default: the checkpoint's)")
    model.add_argument(
        "--zoom", choices=("off", "auto"), help="auto: look again, from nearer, where a box is small or uncertain (default: off)"
    )
    model.add_argument(
        "--mode",
        choices=("think", "nothink", "own"),
        help="think first, or not, or as the model likes (default: own for ask, else nothink)",
    )
    model.add_argument("--budget", metavar="N", type=int, help="most visual tokens of a picture, 256 to 3600 (default: the checkpoint's)")
    model.add_argument("--remote-model", metavar="NAME", help="which of the server's models (default: the only one)")
    model.add_argument("--insecure-http", action="store_true", help="send screenshots unencrypted to a server on another machine")
    model.add_argument("--desktop", choices=("host", "virtual"), help="the desktop you look at, or one of Deskhand's own")
    model.add_argument("--size", metavar="WxH", type=_size, help="size of a virtual desktop (default: 1024x768)")
    model.add_argument(
        "--open", metavar="COMMAND", action="append", help="start this on a virtual desktop before an instruction is followed"
    )
    model.add_argument("--monitor", metavar="N", type=int, help="look at this monitor of the host only (1, 2, …; 0: all)")
    model.add_argument(
        "--region",
        metavar="L,T,W,H",
        type=_region,
        help="look at this part of the host's screen only (--region=-1920,0,1920,1080 where it begins with a minus)",
    )
    model.add_argument("--window", metavar="TITLE", help="look at this window of the host only (a regular expression)")
    limits = common.add_argument_group("safety and limits")
    limits.add_argument("--approve", choices=("each", "risky", "none"), help="ask before each action, before risky ones, or never")
    limits.add_argument(
        "--allow-window", metavar="TITLE", help="ask before what happens while another window is active, whatever --approve says"
    )
    limits.add_argument("--dry-run", action="store_true", help="show what would be done and do nothing")
    limits.add_argument("--steps", metavar="N", type=_count, help="stop after so many steps")
    limits.add_argument("--seconds", metavar="S", type=_positive, help="stop after so many seconds")
    output = common.add_argument_group("input and output")
    output.add_argument("--seed", metavar="N", type=_seed, help="draws a task's words, numbers and window places (default: 0)")
    output.add_argument("--episodes", metavar="DIR", type=Path, help="folder that receives the episodes")
    output.add_argument("--plain", action="store_true", help="plain lines instead of the terminal UI")
    output.add_argument("--json", action="store_true", help="one JSON object on stdout, everything else on stderr")
    output.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return common


def _count(text: str) -> int:
    return _number(text, int, minimum=1)


def _seed(text: str) -> int:
    return _number(text, int, minimum=0)


def _positive(text: str) -> float:
    return _number(text, float, minimum=1e-9)


_N = TypeVar("_N", int, float)


def _number(text: str, kind: type[_N], minimum: float) -> _N:
    try:
        value = kind(text)
    except ValueError:
        value = kind(-1)
    if not minimum <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a {'whole ' if kind is int else ''}number of at least {minimum:.3g}")
    return value


def _size(text: str) -> tuple[int, int]:
    width, height = _integers(text.lower().replace("×", "x").split("x"), 2, "1024x768")
    return width, height


def _region(text: str) -> tuple[int, int, int, int]:
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


if __name__ == "__main__":
    sys.exit(main())
