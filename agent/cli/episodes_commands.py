"""What `deskhand replay` and `deskhand episodes …` do, in plain lines or JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from agent.cli.plain import PlainPrinter, describe_step, resume_on_enter
from agent.replay.source import ReplayError, episode_path, episodes_root, read_for_replay, stage_settings
from recordings import edit
from recordings.durable import create_private, make_private
from recordings.episode import EpisodeHeader
from recordings.errors import DeskhandError
from recordings.hiding import redacted
from recordings.printable import counted, printable
from recordings.secrets.rules import load_rules
from recordings.store import HEADER, Episode, read_episode

Arguments = argparse.Namespace


def replay(arguments: Arguments) -> int:
    from agent.cli.arguments import read_settings
    from agent.cli.commands import on_terminal

    episode = read_for_replay(arguments.episode, read_settings(arguments))
    for problem in episode.problems:
        print(printable(f"deskhand: {episode.path.name}: {problem}"), file=sys.stderr)
    in_tui = on_terminal() and not (arguments.plain or arguments.json)
    match arguments.how:
        case "act":
            return _act(arguments, episode, in_tui)
        case "watch":
            return _watch(arguments, episode, in_tui)
        case _:
            return _ground(arguments, episode, in_tui)


def _ground(arguments: Arguments, episode: Episode, in_tui: bool) -> int:
    from agent.cli.arguments import read_settings
    from agent.cli.commands import load_model
    from agent.replay.ground import Summary, draw_grounded, ground_episode
    from vlm.policy import policy_for

    if in_tui and arguments.draw is None:
        from agent.tui.replay import main

        return main(read_settings(arguments), episode, ask_for=arguments.ask)
    _make_folder(arguments.draw)
    model, summary, lines = load_model(arguments), Summary(), []
    for grounded in ground_episode(episode, model, policy_for(model), arguments.ask):
        summary.add(grounded)
        lines.append(grounded.to_dict())
        if not arguments.json:
            print(printable(grounded.line()), flush=True)
        _draw(draw_grounded(grounded), arguments.draw, grounded.step.index)
    if arguments.json:
        print(json.dumps({"episode": episode.header.name, "ask": arguments.ask, **summary.to_dict(), "steps": lines}))
    else:
        print(summary.line())
    return 0


def _act(arguments: Arguments, episode: Episode, in_tui: bool) -> int:
    from agent.cli.arguments import read_settings
    from agent.cli.commands import console_person, load_model, show_permissions
    from agent.consent import before_replay
    from agent.replay.act import ReplayPolicy
    from agent.session import Session

    request, settings = stage_settings(episode, read_settings(arguments))
    settings = settings.model_copy(update={"record": arguments.keep})
    policies: list[ReplayPolicy] = []

    def open_session(settings: Any, **options: Any) -> Session:
        def make_policy(place: Any) -> ReplayPolicy:
            agreed = episode if settings.dry_run else before_replay(episode, place.kind, options.get("person"))
            policies.append(
                ReplayPolicy(
                    agreed,
                    pace=arguments.pace,
                    find_elements=place.find_elements,
                    load_grounder=lambda: load_model(arguments),
                    sleep=session.switch.sleep,
                    dry_run=settings.dry_run,
                )
            )
            return policies[-1]

        session = Session(settings, make_policy=make_policy, **options)
        return session

    if in_tui:
        from agent.tui.start import main

        return main(settings, requests=[request], leave_after=True, open_session=open_session)
    printer = PlainPrinter(sys.stderr if arguments.json else sys.stdout)
    person = console_person(printer, lambda: session.switch.stopped)
    with open_session(settings, person=person, notice=printer.notice, show_permissions=show_permissions) as session:
        resume_on_enter(session.switch, printer)
        try:
            with closing(session.run(request)) as steps:
                for step in steps:
                    printer.step(step)
        finally:
            if session.result is not None:
                printer.result(session.result)
        result = session.result
    assert result is not None
    repeated = {"episode": episode.header.name, "repeated": policies[-1].done, "moved": policies[-1].moved}
    if arguments.json:
        print(json.dumps(repeated | {"run": result.to_dict()}, default=str))
    return 0 if result.success else 1


def _watch(arguments: Arguments, episode: Episode, in_tui: bool) -> int:
    from agent.cli.arguments import read_settings
    from agent.replay.ground import GroundedStep, draw_grounded
    from recordings.frames import Frames

    if in_tui and arguments.draw is None:
        from agent.tui.replay import main

        return main(read_settings(arguments), episode, ask_for=None)
    _make_folder(arguments.draw)
    if arguments.json:
        print(json.dumps(_described(episode)))
    frames = Frames(episode)
    for step in frames.steps():
        if not arguments.json:
            print(printable(describe_step(step)))
        _draw(draw_grounded(GroundedStep(step, "")), arguments.draw, step.index)
    return 0


def _make_folder(folder: Path | None) -> None:
    if folder is not None:
        try:
            make_private(folder)
        except OSError as error:
            raise ReplayError(f"{folder} cannot be made: {error.strerror}") from error


def _draw(image: Any, folder: Path | None, index: int) -> None:
    if folder is not None and image is not None:
        path = folder / f"{index:06}.png"
        try:
            with create_private(path) as file:
                image.save(file, "PNG")
        except OSError as error:
            raise ReplayError(f"{path} cannot be written ({error.strerror}): name another folder with --draw") from error


def list_episodes(arguments: Arguments) -> int:
    root, found, broken = _root(arguments), [], {}
    for path in sorted(entry for entry in root.iterdir() if os.path.isfile(entry / HEADER)) if os.path.isdir(root) else ():
        try:
            found.append(read_episode(path))
        except DeskhandError as error:
            broken[path.name] = str(error)
    if arguments.json:
        items = [_facts(episode.header) | {"steps": len(episode.steps), "problems": list(episode.problems)} for episode in found]
        print(json.dumps({"root": str(root), "episodes": items, "unreadable": broken}))
        return 0
    for episode in found:
        header = episode.header
        sign = {True: "✓", False: "✗", None: "·"}[header.verdict]
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(header.started_at))
        more = f"  ({counted(len(episode.problems), 'problem')})" if episode.problems else ""
        words = " ".join(header.instruction.split())
        print(printable(f"{sign} {episode.path.name}  {day}  {header.source}, {counted(len(episode.steps), 'step')}: {words[:80]}{more}"))
    for reason in broken.values():
        print(printable(f"! {reason}"))
    if not found and not broken:
        print(f"there are no episodes in {root}: deskhand run or deskhand record makes one")
    return 0


def show(arguments: Arguments) -> int:
    episode = _read(arguments)
    if arguments.html is not None:
        from agent.episodes.page import write_page

        write_page(redacted(episode), arguments.html)
        return _tell(arguments, {"out": str(arguments.html)}, f"{arguments.html}: {counted(len(episode.steps), 'step')}")
    if arguments.json:
        print(json.dumps(_described(episode)))
        return 0
    header = episode.header
    print(printable(f"{header.name}: {header.instruction}"))
    for step in episode.steps:
        print(printable(describe_step(step)))
    ending = f"{header.stop_reason or 'without an end'}" + (f" ({header.stop_detail})" if header.stop_detail else "")
    print(printable(f"{ending}; {header.source}, {header.model or 'no model'}, task {header.task or '-'}, {header.platform}"))
    for problem in episode.problems:
        print(printable(f"! {problem}"))
    return 0


def verify(arguments: Arguments) -> int:
    root = _root(arguments)
    every = sorted(entry.name for entry in root.iterdir() if os.path.exists(entry / HEADER)) if os.path.isdir(root) else []
    found: dict[str, list[str]] = {}
    for name in arguments.names or every:
        try:
            found[name] = edit.verify(episode_path(name, root))[1]
        except DeskhandError as error:
            found[name] = [str(error)]
    if arguments.json:
        print(json.dumps({"checked": list(found), "problems": {name: lines for name, lines in found.items() if lines}}))
    else:
        for name, lines in found.items():
            every = [f"{name}: {counted(len(lines), 'problem') if lines else 'ok'}", *(f"  {line}" for line in lines)]
            print("\n".join(map(printable, every)))
    return 1 if any(found.values()) else 0


def review(arguments: Arguments) -> int:
    from agent.cli.arguments import read_settings
    from agent.episodes.review import bare_line, describe_hidden, hidden_lines, hide
    from agent.frame_reader import frame_reader

    path = episode_path(arguments.episode, _root(arguments))
    reader = frame_reader(None, read_settings(arguments).lang)
    changed = hide(path, arguments.hide_text, arguments.hide_box, arguments.rules, reader)
    episode = read_episode(path)
    hidden = describe_hidden(episode)
    lines = hidden_lines(hidden)
    if changed:
        lines.append(f"{changed['texts']} steps changed, {changed['frames']} frames painted over")
    if reader.trouble:
        lines.append(f"the frames were not read ({reader.trouble}): what they show is as it was")
    lines += bare_line(episode, hidden)
    lines.append(f"{len(hidden)} things are hidden; readers err, so look, too: deskhand episodes show {path.name} --html page.html")
    return _tell(arguments, {"hidden": hidden, "changed": changed}, "\n".join(lines))


def trim(arguments: Arguments) -> int:
    episode = _read(arguments)
    path = edit.trim(episode, _root(arguments), _new(arguments.new), arguments.first, arguments.last or len(episode.steps))
    return _made(arguments, [path])


def split(arguments: Arguments) -> int:
    episode = _read(arguments)
    names = [f"{episode.path.name}-{number}" for number in range(1, len(arguments.at) + 2)]
    return _made(arguments, edit.split(episode, _root(arguments), names, arguments.at))


def merge(arguments: Arguments) -> int:
    root = _root(arguments)
    episodes = [read_episode(episode_path(name, root)) for name in arguments.names]
    words = arguments.instruction and load_rules().redact(arguments.instruction)[0]
    return _made(arguments, [edit.merge(episodes, root, _new(arguments.new), words)])


def relabel(arguments: Arguments) -> int:
    from agent.cli.arguments import UsageError

    changes = {name: load_rules().redact(words)[0] for name in ("instruction", "task") if (words := getattr(arguments, name)) is not None}
    if not changes and arguments.name is None:
        raise UsageError("name what to change: --instruction, --task or --name")
    path = episode_path(arguments.episode, _root(arguments))
    if arguments.name is not None:
        path = edit.rename(path, _new(arguments.name))
    if changes:
        edit.relabel(path, **changes)
    return _made(arguments, [path])


def export(arguments: Arguments) -> int:
    from recordings.exchange import export_episodes

    root = _root(arguments)
    episodes = [redacted(read_episode(episode_path(name, root))) for name in arguments.names]
    report = export_episodes(episodes, arguments.form, arguments.out)
    return _reported(arguments, report)


def import_(arguments: Arguments) -> int:
    from recordings.exchange import import_episodes

    report = import_episodes(arguments.source, _root(arguments), arguments.form, arguments.images, rename=arguments.rename)
    return _reported(arguments, report) or (0 if report.written else 1)


def _reported(arguments: Arguments, report: Any) -> int:
    for problem in report.problems:
        print(printable(f"deskhand: {problem}"), file=sys.stderr)
    written = [str(path) for path in report.written]
    words = "\n".join(written + [f"{counted(report.steps, 'step')}, {counted(len(report.problems), 'problem')}"])
    return _tell(arguments, {"written": written, "steps": report.steps, "problems": report.problems}, words)


def _new(name: str) -> str:
    """A name that a person gives an episode: it stands in lists, and in whatever is made of it. Raises UsageError where it is a secret."""
    from agent.cli.arguments import UsageError

    if load_rules().find(name):
        raise UsageError("the new name holds what looks like a secret: choose another")
    return name


def _made(arguments: Arguments, paths: list[Path]) -> int:
    return _tell(arguments, {"written": [str(path) for path in paths]}, "\n".join(map(str, paths)))


def _tell(arguments: Arguments, found: dict[str, Any], words: str) -> int:
    print(json.dumps(found) if arguments.json else words)
    return 0


def _root(arguments: Arguments) -> Path:
    from agent.cli.arguments import read_settings

    return episodes_root(read_settings(arguments))


def _read(arguments: Arguments) -> Episode:
    return read_episode(episode_path(arguments.episode, _root(arguments)))


def _facts(header: EpisodeHeader) -> dict[str, Any]:
    return header.model_dump(mode="json", exclude_none=True)


def _described(episode: Episode) -> dict[str, Any]:
    steps = [step.model_dump(mode="json", exclude_none=True) for step in episode.steps]
    return {"path": str(episode.path), "header": _facts(episode.header), "steps": steps, "problems": list(episode.problems)}


EPISODE_COMMANDS: dict[str, Callable[[Arguments], int]] = {
    "replay": replay, "episodes list": list_episodes, "episodes show": show, "episodes verify": verify, "episodes review": review,
    "episodes trim": trim, "episodes split": split, "episodes merge": merge, "episodes relabel": relabel, "episodes export": export,
    "episodes import": import_,
}  # fmt: skip
