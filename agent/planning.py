"""The planner that the settings choose, plans for a whole list of instructions, and plans that were made before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.settings import Settings
from recordings import foreign, parsing
from recordings.errors import DeskhandError
from vlm.plan_policy import PlanPolicy
from vlm.planner.plan import PlannedStep, parse_plan

if TYPE_CHECKING:
    from agent.protocols import Policy
    from tasks.task import TaskInstance
    from vlm.planner.protocols import Planner


ITEMS_BYTES = 64 << 20


class PlanningError(DeskhandError):
    """A list of instructions that cannot be read."""


class NotFollowed(DeskhandError):
    """A plan given to a model that follows none."""

    exit_status = 2


def open_planner(settings: Settings, stop_event: threading.Event | None = None) -> Planner:
    """The pocket planner, or the server's.

    Args:
        stop_event: where it is set, planning ends.

    Raises:
        DeskhandError: it cannot be loaded, or the server is not there.
    """
    from agent.model import check_planner

    check_planner(settings)
    if settings.planner is not None:
        from vlm.planner.remote import connect_planner

        return connect_planner(settings.planner, settings.planner_model, insecure=settings.insecure_http, stop_event=stop_event)
    from vlm.planner.load import load_planner

    return load_planner(settings.planner_base, settings.adapter, stop_event=stop_event)


def plan_of(policy: Policy, instruction: str) -> tuple[PlannedStep, ...]:
    """The whole plan of a policy that makes one."""
    return (policy.plan(instruction) or ()) if isinstance(policy, PlanPolicy) else ()


def adopt(policy: Policy, instruction: str, plan: Sequence[PlannedStep]) -> None:
    """Have a policy follow a plan that a person has read. Raises NotFollowed where it cannot."""
    if not isinstance(policy, PlanPolicy) or not hasattr(policy.steps, "adopt"):
        raise NotFollowed("this model plans as it goes, and follows no plan made before: leave it out, or use --model pocket")
    policy.adopt(instruction, plan)


def plan_in(task: TaskInstance | None) -> tuple[PlannedStep, ...]:
    """The steps that a task's file holds. Raises PlanSyntaxError where a line is none."""
    return parse_plan("\n".join(task.plan)) if task is not None else ()


def plan_batch(load: Callable[[], Planner], items: Path) -> Iterator[dict[str, Any]]:
    """`{"steps": [...]}` for each line of a JSON-lines file of `{"instruction"}`, in order; `{"error"}` for one that gives no plan.

    The planner is loaded at the first line that can be asked about.

    Raises:
        DeskhandError: the file cannot be read, or the planner not loaded.
    """
    try:
        lines = foreign.read_file(items, ITEMS_BYTES).splitlines()
    except OSError as error:
        raise PlanningError(f"{items} cannot be read ({error.strerror or error}): name a file of JSON lines") from error
    planner: Planner | None = None
    for line in lines:
        if not line.strip():
            continue
        try:
            instruction = _read_item(line)
        except PlanningError as error:
            yield {"error": str(error)}
            continue
        planner = planner or load()
        try:
            yield {"steps": [step.to_json() for step in planner.plan(instruction)]}
        except DeskhandError as error:
            yield {"error": str(error)}


def _read_item(line: bytes) -> str:
    try:
        item = parsing.parse_json(line)
    except foreign.ForeignError as error:
        raise PlanningError(f"the line: {error}") from error
    if not isinstance(item, dict) or not isinstance(item.get("instruction"), str):
        raise PlanningError('the line has no text under "instruction": write {"instruction": "save it as notes.txt"}')
    return str(item["instruction"])
