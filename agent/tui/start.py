"""Making and running the terminal UI: by the command line, and by tests with parts of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from agent.tui import messages
from agent.tui.app import DeskhandApp
from agent.tui.ending import terminal_may_go
from agent.tui.sharp import find_sharp_widget
from recordings.errors import DeskhandError

if TYPE_CHECKING:
    from agent.session import Session
    from agent.settings import Settings


def make_app(
    settings: Settings,
    *,
    open_session: Callable[..., Session] | None = None,
    list_tasks: Callable[[], Sequence[messages.TaskEntry]] | None = None,
    requests: Sequence[str] = (),
    leave_after: bool = False,
    sharp: type[Widget] | None = None,
) -> DeskhandApp:
    """The app, not yet running.

    Args:
        settings: of the session.
        open_session: makes the session, called as `agent.session.Session` is (tests pass scripted ones).
        list_tasks: the tasks to pick from; those of `tasks.catalogue` by default.
        requests: task names or instructions to run at once, one after the other.
        leave_after: exit after the last of `requests`, with status 0 if all of them succeeded.
        sharp: a widget class that shows pictures more sharply than block characters do (`agent.tui.sharp`).
    """
    if open_session is None:
        from agent.session import Session

        open_session = Session
    return DeskhandApp(settings, open_session, list_tasks or partial(listed_tasks, settings.seed), requests, leave_after, sharp)


def listed_tasks(seed: int) -> list[messages.TaskEntry]:
    """The tasks of the library, as they read when drawn with this seed, then the user's own."""
    from tasks.catalogue import list_tasks, read_task, registered_tasks

    found = [messages.TaskEntry(task.name, task.instantiate(seed).instruction) for task in list_tasks()]
    shipped = {entry.name for entry in found}
    for name, path in registered_tasks().items():
        if name not in shipped:
            try:
                found.append(messages.TaskEntry(name, read_task(path).instantiate(seed).instruction))
            except DeskhandError as problem:
                found.append(messages.TaskEntry(name, str(problem)))
    return found


def main(
    settings: Settings,
    demo: bool = False,
    requests: Sequence[str] = (),
    leave_after: bool = False,
    open_session: Callable[..., Session] | None = None,
) -> int:
    """Run the terminal UI until it is left; what came of each run is printed once the terminal is free again.

    Returns:
        0 if all runs succeeded, else 1.

    Raises:
        DeskhandError: there is no terminal to draw on.
    """
    if demo:
        from tasks.catalogue import demo_tasks

        requests = [task.name for task in demo_tasks()]
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        raise DeskhandError("the terminal UI draws on standard error, which is no terminal here: do not redirect it, or use --plain")
    app = make_app(settings, open_session=open_session, requests=requests, leave_after=leave_after, sharp=find_sharp_widget())
    with terminal_may_go():
        status = app.run()
    for result in app.results:
        print(result.line())
    for crash in app.runner.crashes:
        print(crash, file=sys.stderr)
    return 1 if status is None else status
