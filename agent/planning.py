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
    from agent.consent import Agreeing
    from agent.protocols import Policy
    from tasks.task import TaskInstance
    from vlm.planner.protocols import Planner


ITEMS_BYTES = 64 << 20


class PlanningError(DeskhandError):
    """A list of instructions that cannot be read."""


SURE = 0.8
"""The chance of a plan from which on it is carried out without a question. Of sentences written by hand, 5 % of the right plans lie below
it and half of the wrong ones."""


class NotUnderstood(DeskhandError):
    """A plan that its model is not sure of, and that nobody confirmed."""


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


def is_sure(plan: Sequence[PlannedStep]) -> bool:
    """Whether whoever made the plan is sure of it; a server tells no chances, and a person's own plan needs none."""
    chance = getattr(plan, "chance", None)
    return (chance is None or chance >= SURE) and not unheeded(plan)


def unsaid(plan: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps that a planner elsewhere added to what the person asked for."""
    return tuple(plan[at] for at in getattr(plan, "unsaid", ()))


def unheeded(plan: Sequence[PlannedStep]) -> tuple[str, ...]:
    """What the person said and no step of the plan does anything about."""
    return tuple(getattr(plan, "unheeded", ()))


def doubt_about(plan: Sequence[PlannedStep]) -> str:
    """Why a plan may not be what was meant, in a few words."""
    left = ", ".join(f"“{word}”" for word in unheeded(plan))
    return f"no step does anything about {left}" if left else "not sure that this is what you mean"


def check_understood(
    plan: Sequence[PlannedStep], instruction: str, person: Agreeing | None, notice: Callable[[str], None], *, approved: bool = False
) -> None:
    """Ask about a plan that its model is not sure of, or that holds what the person did not ask for, before anything is done.

    Args:
        notice: is told of a plan in doubt that is carried out all the same.
        approved: whether what the person asked for needs no approval: then only what they did not ask for is asked about.

    Raises:
        NotUnderstood: the person does not want it, or nobody is there to ask.
    """
    added = unsaid(plan)
    if not added and (approved or is_sure(plan)):
        if not is_sure(plan):
            notice(f"{doubt_about(plan)}; --approve risky asks first")
        return
    if added:
        why = f"The planner added what “{instruction}” does not ask for: {'; '.join(map(str, added))}."
    else:
        why = f"I am not sure that I understood “{instruction}”" + (f": {doubt_about(plan)}." if unheeded(plan) else ".")
    if person is None:
        steps = "; ".join(map(str, plan))
        if added:
            raise NotUnderstood(f"{why} Nobody is there to agree: say it in other words, or name each thing that is to be clicked")
        raise NotUnderstood(f"{doubt_about(plan)}: {steps}. Say it in other words, or quote what to click and type")
    lines = [
        f"{number:5d}. {step}" + (" (added)" if number - 1 in getattr(plan, "unsaid", ()) else "") for number, step in enumerate(plan, 1)
    ]
    if not person.agree("\n".join([f"{why} This is what I would do:", *lines])):
        raise NotUnderstood("nothing was done: say it in other words, or quote what to click and type")


def plan_in(task: TaskInstance | None) -> tuple[PlannedStep, ...]:
    """The steps that a task's file holds. Raises PlanSyntaxError where a line is none."""
    return parse_plan("\n".join(task.plan)) if task is not None else ()


def plan_batch(load: Callable[[], Planner], items: Path) -> Iterator[dict[str, Any]]:
    """`{"steps": [...]}` for each line of a JSON-lines file of `{"instruction"}`, in order; `{"error"}` for one that gives no plan.

    Every line is answered, an empty one too: answers are matched to lines by their number.
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
        try:
            instruction = _read_item(line)
        except PlanningError as error:
            yield {"error": str(error)}
            continue
        planner = planner or load()
        try:
            plan = planner.plan(instruction)
            yield {"steps": [step.to_json() for step in plan]} | ({} if is_sure(plan) else {"sure": False})
        except DeskhandError as error:
            yield {"error": str(error)}


def _read_item(line: bytes) -> str:
    if not line.strip():
        raise PlanningError('the line is empty: write {"instruction": "save it as notes.txt"}, or take the line out')
    try:
        item = parsing.parse_json(line)
    except foreign.ForeignError as error:
        raise PlanningError(f"the line: {error}") from error
    if not isinstance(item, dict) or not isinstance(item.get("instruction"), str):
        raise PlanningError('the line has no text under "instruction": write {"instruction": "save it as notes.txt"}')
    return str(item["instruction"])
