"""From a recorded episode to what a planner learns: the goal in words, and the plan that fulfilled it.

    click at (0.12, 0.39) on the element "Edit", a menu        click Edit
    click on the check box "Autosave", which was not ticked    set on Autosave
    type "let", then "ter.txt\\n"                               type letter.txt, press Enter

What was clicked is named by the element that the recording knows; else by what the agent that clicked had planned or thought. An episode
from which no such plan can be read teaches nothing and is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recordings.action import MODIFIERS, Ask, Click, Drag, Finish, Move, Press, Scroll, Type, Wait
from recordings.episode import Outcome, Source, Step, StopReason
from recordings.errors import DeskhandError
from recordings.store import Episode, EpisodeError
from training.datasets.episode_records import lost_steps
from training.datasets.usable import usable_episodes
from training.datasets.verdicts import Unfit, unfit
from vlm.planner.grammar import LONGEST_TARGET
from vlm.planner.instruction import MOST_STEPS
from vlm.planner.plan import PlannedStep, PlanSyntaxError, parse_step, print_plan
from vlm.prompts import item_of

_KEY_NAMES = {"pageup": "PageUp", "pagedown": "PageDown", "printscreen": "PrintScreen", "capslock": "CapsLock"}
_PRESSED = {"\n": "Enter", "\t": "Tab"}


class NoLesson(DeskhandError):
    """An episode from which no plan can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A goal and what fulfilled it, as one episode showed it."""

    instruction: str
    steps: tuple[PlannedStep, ...]
    episode: str = ""

    @property
    def unsaid(self) -> list[PlannedStep]:
        """What is typed, pressed and pointed at though the goal does not say it."""
        goal = self.instruction.casefold()
        named = [(step, [words.casefold() for words in (step.target, step.to, step.keys) if words]) for step in self.steps]
        return [
            step for step, names in named
            if any(name not in goal for name in names) or (step.text is not None and step.text not in self.instruction)
        ]  # fmt: skip


@dataclass(slots=True)
class Lessons:
    """What folders of episodes teach, and why each of the others teaches nothing, by its name."""

    taught: list[Lesson] = field(default_factory=list)
    unusable: dict[str, str] = field(default_factory=dict)

    @property
    def unsaid(self) -> list[PlannedStep]:
        """All that is done though its goal does not say it, once each."""
        return list(dict.fromkeys(step for lesson in self.taught for step in lesson.unsaid))

    def lines(self) -> Iterator[str]:
        """What is taught, what is typed that no goal says, and what is left out."""
        plans = {print_plan(lesson.steps) for lesson in self.taught}
        yield f"{len(self.taught)} goals are shown, with {len(plans)} different plans"
        for text in [step.text for step in self.unsaid if step.text is not None]:
            yield f"{text[:60]!r} is typed though the goal does not say it: it will be typed as it was shown"
        for name, reason in self.unusable.items():
            yield f"{name} is left out: {reason}"


def read_lessons(folders: Sequence[Path]) -> Lessons:
    """The lessons of all episodes in some folders, as amended.

    Raises:
        DeskhandError: a folder holds no episode, or a file beside the episodes is malformed.
    """
    found = Lessons()
    for folder in folders:
        left_out = unfit(folder)
        for name, episode in usable_episodes(folder):
            try:
                if isinstance(episode, EpisodeError):
                    raise episode
                _check_verdicts(episode, left_out)
                found.taught.append(Lesson(episode.header.instruction.strip(), plan_of(episode), name))
            except (EpisodeError, NoLesson) as error:
                found.unusable[name] = str(error)
    return found


def _check_verdicts(episode: Episode, left_out: Unfit) -> None:
    """A bad picture does no harm here, where none is looked at; a wrong answer does."""
    for (name, step), verdict in left_out.items():
        if name == episode.path.name and (step is None or verdict.quality == "wrong answer"):
            raise NoLesson(f"{'it' if step is None else f'step {step + 1}'} was found unfit: {verdict.reason}")


def plan_of(episode: Episode) -> tuple[PlannedStep, ...]:
    """The plan that an episode shows, without `done`.

    Raises:
        NoLesson: it was not finished, a step is lost or hidden, or does what a plan cannot say; the message tells which step.
    """
    header = episode.header
    if not header.instruction.strip():
        raise NoLesson("it has no goal in words")
    if header.verdict is False:
        raise NoLesson("its checks did not pass")
    if header.source is Source.AGENT and header.verdict is None and not any(step.source is Source.CORRECTED for step in episode.steps):
        raise NoLesson("an agent did it, and nothing says that it was right")
    if header.stop_reason is not StopReason.DONE:
        raise NoLesson(f"it was not finished ({header.stop_reason or 'still recording'})")
    if lost_steps(episode):
        raise NoLesson("some of its steps cannot be read")
    steps: list[PlannedStep] = []
    for step in episode.steps:
        if step.source is not Source.CORRECTED and step.outcome not in (Outcome.PERFORMED, Outcome.DRY_RUN):
            continue
        try:
            _add(steps, step)
        except (NoLesson, PlanSyntaxError, ValueError) as error:
            raise NoLesson(f"step {step.index + 1}: {error}") from error
    plan = _lines_apart(steps, header.instruction)
    if not plan:
        raise NoLesson("nothing was done in it")
    if len(plan) > MOST_STEPS:
        raise NoLesson(f"it takes {len(plan)} steps, a plan has at most {MOST_STEPS}")
    return tuple(plan)


def _add(steps: list[PlannedStep], step: Step) -> None:
    """Put what a step did behind the others, or into the last of them."""
    if any(one.place in ("action", "element") for one in step.hidden or ()):
        raise NoLesson("what was typed or clicked is hidden")
    mark = step.prediction.plan if step.source is Source.AGENT else None
    if mark is not None and mark.about != "step":
        return
    action = step.action or (step.prediction.action if step.source is Source.AGENT else None)
    last = steps[-1] if steps else None
    match action:
        case None | Move() | Wait() | Ask():
            return
        case Finish():
            if not action.success:
                raise NoLesson("it ended without success")
        case Click():
            steps.append(_clicked(action, step))
        case Type():
            if last is not None and last.text is not None:
                steps[-1] = PlannedStep(do="type", text=last.text + action.text)
            elif action.text:
                steps.append(PlannedStep(do="type", text=action.text))
        case Press(keys=("backspace",)) if last is not None and last.text:
            # A slip of the hand, mended at once: what was meant is taught.
            steps.pop()
            if last.text[:-1]:
                steps.append(PlannedStep(do="type", text=last.text[:-1]))
        case Press():
            steps.append(PlannedStep(do="press", keys=written_keys(action.keys)))
        case Scroll():
            direction = ("down" if action.dy > 0 else "up") if action.dy else ("right" if action.dx > 0 else "left")
            scrolled = PlannedStep.model_validate({"do": "scroll", "direction": direction})
            if last != scrolled:
                steps.append(scrolled)
        case Drag():
            if mark is None or not mark.step.startswith("drag "):
                raise NoLesson("a drag, and nothing says onto what")
            steps.append(parse_step(mark.step))


def _clicked(action: Click, step: Step) -> PlannedStep:
    if action.modifiers:
        raise NoLesson("a click with a key held down is nothing that a plan can say")
    if action.button == "middle" or action.count > 2:
        raise NoLesson(f"a {'middle' if action.button == 'middle' else 'triple'} click is nothing that a plan can say")
    name = _name_of(step)
    role = step.element.role if step.element is not None else ""
    if action.button == "left" and action.count == 1 and "check" in role and step.element is not None and step.element.checked is not None:
        return PlannedStep(do="set", target=name, value="off" if step.element.checked else "on")
    return PlannedStep(do="right_click" if action.button == "right" else "double_click" if action.count == 2 else "click", target=name)


def _name_of(step: Step) -> str:
    """What a person would call the thing that was clicked. Raises NoLesson where nothing names it."""
    names = [step.element.name if step.element is not None else ""]
    if step.source is Source.AGENT:
        mark, item = step.prediction.plan, item_of(step)
        names += [mark.name or _target_of(mark.step) if mark is not None else "", item.text if item is not None else ""]
    name = next((tidy for one in names if (tidy := " ".join(one.split()))), "")
    if not name:
        raise NoLesson("a click on something without a name")
    if len(name) > LONGEST_TARGET:
        raise NoLesson(f"a click on something whose name is a text of {len(name)} characters")
    return name


def _target_of(planned: str) -> str:
    try:
        return parse_step(planned).target or ""
    except PlanSyntaxError:
        return ""


def written_keys(keys: Sequence[str]) -> str:
    """Keys of an action as a plan writes them: ("ctrl", "s") → `Ctrl+S`."""
    several = any(key in MODIFIERS for key in keys)
    return "+".join(_KEY_NAMES.get(key, key.upper() if len(key) == 1 and several else key.title() if len(key) > 1 else key) for key in keys)


def _lines_apart(steps: Sequence[PlannedStep], instruction: str) -> list[PlannedStep]:
    """Enter and Tab inside what was typed are keys of their own, unless the goal itself says them."""
    made: list[PlannedStep] = []
    for step in steps:
        if step.text is None or step.text in instruction:
            made.append(step)
            continue
        for part in re.split(r"([\n\t])", step.text):
            if part:
                made.append(PlannedStep(do="press", keys=_PRESSED[part]) if part in _PRESSED else PlannedStep(do="type", text=part))
    return made
