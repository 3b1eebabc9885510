"""What each command does. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stdout
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.cli.arguments import UsageError, print_json, read_settings, report
from agent.cli.data_commands import DATA_COMMANDS
from agent.cli.episodes_commands import EPISODE_COMMANDS
from agent.cli.model_commands import MODEL_COMMANDS
from agent.cli.plain import PlainPrinter, forget_typed, read_line, resume_on_enter
from agent.cli.task_commands import TASK_COMMANDS
from agent.cli.train_commands import TRAIN_COMMANDS
from agent.model import open_grounder, open_model
from recordings.errors import DeskhandError

if TYPE_CHECKING:
    from agent.permissions.effective import Permissions
    from agent.result import RunResult
    from agent.session import Session


def tui(arguments: argparse.Namespace) -> int:
    if not on_terminal():
        raise UsageError("the terminal UI needs a terminal: name a command, such as deskhand demo (see deskhand --help)")
    from agent.tui.start import main

    return main(read_settings(arguments))


def run(arguments: argparse.Namespace) -> int:
    results = _run_all([arguments.request], arguments, lambda every: every[0].to_dict())
    return 0 if results[0].success else 1


def demo(arguments: argparse.Namespace) -> int:
    from tasks.catalogue import demo_tasks

    if not arguments.plain and not arguments.json and on_terminal():
        from agent.tui.start import main

        return main(read_settings(arguments), demo=True, leave_after=True)
    requests = [task.name for task in demo_tasks()]
    results = _run_all(requests, arguments, lambda every: {"runs": [result.to_dict() for result in every]})
    return 0 if all(result.success for result in results) else 1


def _run_all(
    requests: Sequence[str], arguments: argparse.Namespace, to_json: Callable[[Sequence[RunResult]], dict[str, Any]]
) -> list[RunResult]:
    """Run one request after the other with one model and print each, also the one that an interruption cuts short."""
    from agent.session import Session

    printer = PlainPrinter(sys.stderr if arguments.json else sys.stdout)
    results: list[RunResult] = []

    def conclude() -> None:
        if len(results) > 1:
            printer.summary(results)
        if arguments.json and results:
            print_json(to_json(results))

    try:
        session: Session
        with Session(
            read_settings(arguments),
            person=console_person(printer, lambda: session.switch.stopped),
            notice=printer.notice,
            show_permissions=show_permissions,
            watcher=lambda *_: printer.beginning(session.instruction, session.plan),
        ) as session:
            resume_on_enter(session.switch, printer)
            for request in requests:
                try:
                    _run_one(session, request, printer)
                finally:
                    if session.result is not None:
                        printer.result(session.result)
                        results.append(session.result)
    except (KeyboardInterrupt, SystemExit):
        conclude()
        raise
    conclude()
    return results


def show_permissions(permissions: Permissions) -> None:
    """On standard error, where they are in nobody's way."""
    printer = PlainPrinter(sys.stderr)
    for line in permissions.lines():
        printer.notice(line)


def _run_one(session: Session, request: str, printer: PlainPrinter) -> None:
    printer.begin(request)
    with closing(session.run(request)) as steps:
        for step in steps:
            printer.step(step)


def console_person(printer: PlainPrinter, ended: Callable[[], bool]) -> Any:
    """Whoever sits at the terminal, or None. `ended` says that the run is over and waits for no answer."""
    if not sys.stdin.isatty():
        return None
    from agent.approval import ConsolePerson

    def read(prompt: str) -> str:
        forget_typed()
        printer.line(prompt)
        return read_line(ended)

    return ConsolePerson(read, printer.line)


def plan(arguments: argparse.Namespace) -> int:
    from agent.planning import doubt_about, is_sure, open_planner, plan_batch, unsaid

    if (arguments.batch is None) == (arguments.instruction is None):
        raise UsageError('name either an instruction or --batch FILE: deskhand plan "save it as notes.txt"')
    settings = read_settings(arguments)

    def load() -> Any:
        with redirect_stdout(sys.stderr):
            return open_planner(settings)

    if arguments.batch is not None:
        failed = False
        for line in plan_batch(load, arguments.batch):
            failed |= "error" in line
            print(json.dumps(line, ensure_ascii=False), flush=True)
        return int(failed)
    steps = load().plan(arguments.instruction)
    report(
        arguments, {"steps": [step.to_json() for step in steps], "sure": is_sure(steps) and not unsaid(steps)}, "\n".join(map(str, steps))
    )
    if added := unsaid(steps):
        print(f"the planner added what you did not ask for, a run would ask first: {'; '.join(map(str, added))}", file=sys.stderr)
    elif not is_sure(steps):
        print(f"{doubt_about(steps)}: a run would ask first", file=sys.stderr)
    return 0


def ground(arguments: argparse.Namespace) -> int:
    from agent.drawing import check_drawing
    from agent.grounding import draw_answer, ground_batch, ground_image, to_dict
    from recordings.printable import printable

    if (arguments.batch is None) == (arguments.image is None or arguments.instruction is None):
        raise UsageError('name either an image and an instruction, or --batch FILE: deskhand ground screen.png "the Save button"')
    if arguments.batch is not None:
        if arguments.image is not None or arguments.draw is not None:
            raise UsageError("--batch takes neither an image nor --draw: the file names the images")
        for line in ground_batch(lambda: load_model(arguments), arguments.batch):
            print(json.dumps(line), flush=True)
        return 0
    if arguments.draw is not None:
        check_drawing(arguments.draw)
    answer = ground_image(lambda: load_model(arguments), arguments.image, arguments.instruction)
    if arguments.draw is not None:
        draw_answer(arguments.image, answer, arguments.draw)
    found = to_dict(answer)
    if arguments.json:
        print_json(found | {"context_used": answer.context_used})
        return 0
    numbers = {
        name: "-" if value is None else " ".join(f"{part:.4f}" for part in value)
        for name, value in found.items()
        if name in ("point", "box")
    }
    print(f"point       {numbers['point']}\nbox         {numbers['box']}")
    if "name" in found:
        print(f"name        {printable(found['name'])}")
    print(f"confidence  {'-' if answer.confidence is None else f'{answer.confidence:.2f}'}\nseconds     {answer.seconds:.2f}")
    for number, other in enumerate(found.get("runners_up", ())):
        print(f"{'' if number else 'runners-up':12}{printable(other['name'])}, {other['confidence']:.2f}")
    if answer.context_used is not None:
        print(f"context     {answer.context_used:,} tokens")
    return 0


def read(arguments: argparse.Namespace) -> int:
    from agent.drawing import check_drawing
    from agent.reading import capture, draw_reading, to_dict, to_lines, with_icons
    from vlm.images import read_image
    from vlm.reading.chosen import with_standings
    from vlm.reading.reader import open_reader
    from vlm.reading.states import with_widgets

    if (arguments.image is None) != arguments.screen:
        raise UsageError("name either an image or --screen: deskhand read screen.png")
    settings = read_settings(arguments)
    if arguments.image is not None and any(value is not None for value in (settings.monitor, settings.region, settings.window)):
        raise UsageError("--monitor, --region and --window choose a part of the screen: say --screen, and no image")
    if arguments.draw is not None:
        check_drawing(arguments.draw)
    picture = capture(settings) if arguments.screen else read_image(arguments.image)
    reading = open_reader(settings.lang).read(picture)
    reading = with_icons(picture, with_standings(with_widgets(reading, picture), picture))
    if arguments.draw is not None:
        draw_reading(picture, reading, arguments.draw)
    if arguments.json:
        print_json(to_dict(reading))
    else:
        print("\n".join(to_lines(reading)))
        print(f"{len(reading.elements)} elements in {reading.seconds:.2f} s", file=sys.stderr)
    return 0


def ask(arguments: argparse.Namespace) -> int:
    from agent.asking import converse, read_pictures

    if arguments.question is not None and not arguments.question.strip():
        raise UsageError('the question is empty: deskhand ask piece.png --question "what icon is this?"')
    pictures = read_pictures(arguments.images)
    streamed = sys.stdout.isatty() and not arguments.json
    lines = [arguments.question] if arguments.question is not None else sys.stdin
    with redirect_stdout(sys.stderr):
        model = open_model(read_settings(arguments))
    told = []
    for each in converse(model, pictures, lines, partial(print, end="", flush=True) if streamed else None):
        told.append(each)
        if each.error is not None:
            print(f"deskhand: {each.error}", file=sys.stderr)
            continue
        if not arguments.json:
            print("" if streamed else each.answer, flush=True)
        print(f"{each.seconds:.1f} s{', ' if each.note else ''}{each.note}", file=sys.stderr, flush=True)
    if not told:
        raise DeskhandError("nothing was asked: write one question a line, or name one with --question")
    if arguments.json:
        print_json({"answers": [each.to_dict() for each in told]})
    return 0 if all(each.error is None for each in told) else 1


def load_model(arguments: argparse.Namespace) -> Any:
    """The model for whole screens that the options name; what libraries print while it loads goes to stderr."""
    with redirect_stdout(sys.stderr):
        return open_grounder(read_settings(arguments))


def screens(arguments: argparse.Namespace) -> int:
    from training.screens import generate

    if arguments.only is not None and arguments.kind != "applications":
        raise UsageError("--only chooses applications: deskhand screens applications --only galculator,mousepad")
    if arguments.themed and arguments.kind != "applications":
        raise UsageError("--themed dresses applications: deskhand screens applications --themed")
    if arguments.fetch and arguments.kind != "pages":
        raise UsageError("--fetch gets style sheets for pages: deskhand screens pages --fetch")
    seed, size = read_settings(arguments).seed, getattr(arguments, "size", None)
    with redirect_stdout(sys.stderr):
        generate(arguments.kind, arguments.count, arguments.out, seed, size, arguments.only, arguments.themed, arguments.fetch)
    made = {"kind": arguments.kind, "count": arguments.count, "out": str(arguments.out), "seed": seed}
    report(arguments, made, f"{arguments.count} screens ({arguments.kind}) in {arguments.out}")
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    from agent.doctor import conclude, examine

    findings, settings = [], read_settings(arguments)
    for finding in examine(settings):
        findings.append(finding)
        if not arguments.json:
            print(finding.line(), flush=True)
    if not arguments.json:
        print(conclude(findings))
    healthy = all(finding.ok or finding.optional for finding in findings)
    found = {"ok": healthy, "findings": [asdict(finding) for finding in findings]}
    if arguments.aim:
        from agent.aim import examine_aim

        aim = examine_aim(settings, load_model(arguments))
        healthy &= aim.sound
        found |= {"ok": healthy, "aim": aim.to_dict()}
        if not arguments.json:
            print("\n".join(aim.lines()))
    if arguments.json:
        print_json(found)
    return 0 if healthy else 1


def permissions(arguments: argparse.Namespace) -> int:
    from agent.permissions.opening import open_permissions

    printer = PlainPrinter(sys.stderr)
    effective = open_permissions(read_settings(arguments).permissions, console_person(printer, lambda: False))
    report(arguments, effective.to_json(), "\n".join(effective.lines()))
    return 0


def record(arguments: argparse.Namespace) -> int:
    from agent.cli.record_commands import record as run_recording

    return run_recording(arguments, read_settings(arguments))


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "tui": tui, "run": run, "demo": demo, "plan": plan, "ground": ground, "read": read, "ask": ask,
    "screens": screens, "doctor": doctor, "record": record, "permissions": permissions,
    **MODEL_COMMANDS, **EPISODE_COMMANDS, **DATA_COMMANDS, **TASK_COMMANDS,
    **TRAIN_COMMANDS,
}  # fmt: skip


def on_terminal() -> bool:
    """Whether the terminal UI has a terminal to draw on."""
    # The terminal UI draws on standard error.
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)) and os.environ.get("TERM") != "dumb"
