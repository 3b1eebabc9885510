"""Where in a plan a run is: told by which planned step each of its steps was for, and by what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from recordings.action import Ask, Click, Drag, Type
from recordings.episode import ANSWERED, INTERRUPTED, Outcome, PlanMark, Source, Step
from vlm.planner.plan import POINTING, PlannedStep

Status = Literal["pending", "active", "done", "skipped", "asked"]


@dataclass(frozen=True, slots=True)
class Position:
    """What is to be done next, and what was tried for it.

    Attributes:
        index: of the planned step; the plan's length where all are done.
        attempts: the run's steps that were for it and did not complete it, oldest first: waiting, scrolling, questions, clicks in vain.
    """

    index: int
    attempts: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of a plan as people follow it; the note says what became of it, where that is not plain."""

    step: PlannedStep
    status: Status
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """The step as plans are written, with what became of it."""
        return self.step.to_json() | {"status": self.status} | ({"note": self.note} if self.note else {})


def find_position(plan: Sequence[PlannedStep], history: Sequence[Step]) -> Position:
    """Where the run stands. What was planned between two steps that were acted on was fulfilled already; steps that carry no mark (somebody
    else's hand) count for the planned step that they do."""
    index, attempts = 0, list[Step]()
    for step in history:
        at = _index_of(plan, index, step)
        if at is None:
            continue
        if at != index:
            index, attempts = at, []
        if completes(step):
            index, attempts = at + 1, []
        else:
            attempts.append(step)
    return Position(min(index, len(plan)), tuple(attempts))


def completes(step: Step) -> bool:
    """Whether the planned step that this one was for is over: done, done otherwise by a person, or not wanted by them."""
    if step.source is Source.CORRECTED and step.outcome is Outcome.PERFORMED:
        return True
    if step.prediction.plan is not None and step.prediction.plan.about != "step":
        return declined(step)
    match step.outcome:
        case Outcome.PERFORMED:
            return not in_vain(step)
        case Outcome.SKIPPED:
            return not step.note.startswith(INTERRUPTED)
        case outcome:
            return outcome is Outcome.DRY_RUN


def in_vain(step: Step) -> bool:
    """Whether it pointed at something and nothing changed. Text and keys may rightly show nothing, and are never sent twice."""
    return step.outcome is Outcome.PERFORMED and step.changed is False and isinstance(step.action, Click | Drag)


def answer_of(step: Step) -> str | None:
    """What a person answered to the question that this step put; None where it put none, or nobody answered."""
    if not isinstance(step.action, Ask) or step.outcome is not Outcome.PERFORMED or not step.note.startswith(ANSWERED):
        return None
    return step.note.removeprefix(ANSWERED).strip()


def declined(step: Step) -> bool:
    """Whether a person asked about a step said to leave it."""
    return (answer_of(step) or "").casefold().strip(" .!") in ("skip", "skip it", "leave it", "go on", "none")


def progress(plan: Sequence[PlannedStep], history: Sequence[Step], *, running: bool = True) -> tuple[PlanLine, ...]:
    """Each planned step and what became of it, for people who follow the run."""
    position = find_position(plan, history)
    for_step: dict[int, list[Step]] = {}
    index = 0
    for step in history:
        at = _index_of(plan, index, step)
        if at is not None:
            for_step.setdefault(at, []).append(step)
            index = at + completes(step)
    return tuple(_line(at, planned, for_step.get(at, []), position, running) for at, planned in enumerate(plan))


def _line(at: int, planned: PlannedStep, steps: Sequence[Step], position: Position, running: bool) -> PlanLine:
    if at == position.index:
        asked = next((step.action.question for step in reversed(steps) if isinstance(step.action, Ask)), "")
        return PlanLine(planned, "asked" if asked else "active" if running else "pending", asked)
    if at > position.index:
        return PlanLine(planned, "pending")
    last = steps[-1] if steps else None
    if last is None:
        return PlanLine(planned, "done", "it was so already")
    if last.outcome is Outcome.SKIPPED or declined(last):
        return PlanLine(planned, "skipped", last.note)
    note = "done otherwise" if last.source is Source.CORRECTED else "nothing changed" if last.changed is False else ""
    return PlanLine(planned, "done", note)


def _index_of(plan: Sequence[PlannedStep], index: int, step: Step) -> int | None:
    mark: PlanMark | None = step.prediction.plan
    if mark is not None:
        return mark.index
    if step.outcome is not Outcome.PERFORMED:
        return None
    return next((at for at in range(index, len(plan)) if _does(plan[at], step)), None)


def _does(planned: PlannedStep, step: Step) -> bool:
    """Whether a step of another hand is the planned one: it types the text, or acts on the element of that name."""
    if planned.do == "type":
        return isinstance(step.action, Type) and step.action.text == planned.text
    named = step.element.name.casefold().strip(" .…:") if step.element is not None else ""
    return planned.do in POINTING and bool(named) and named == (planned.target or "").casefold().strip(" .…:")
