"""From a recorded episode to what can be learned from it, in the very prompts of inference.

A correction is a demonstration like any other, whatever became of the run. What an agent wanted but should not have done is never taught.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from PIL import Image

from recordings.action import Action, Ask, Click, Finish, Press, Type, print_action, target_of
from recordings.episode import READ, Outcome, Prediction, Source, Step, StopReason
from recordings.geometry import Box, Point
from recordings.store import STEPS, Episode, Which
from training.datasets.records import Dropped, Frame, Kind, Record
from training.generate.safety.order_window import draw_injection, draw_order
from training.generate.safety.requests import draw_request
from vlm.prompts import (
    DECIMALS,
    Mode,
    PlanItem,
    act_question,
    act_question_after,
    caption_question,
    cause_question,
    changed_question,
    ground_question,
    item_of,
    key_run,
    order_question,
    print_act_answer,
    print_box,
    print_thought,
    state_question,
    written_sums,
)

_LOST = re.compile(rf"{STEPS} line (\d+) is (\w+) and left out(?:: (.*))?")
AROUND = 0.01
"""Half the side of the box that stands for a point without an element, as a fraction of the picture."""
CHECKABLE = ("check", "radio")
"""Parts of the roles of what shows whether it is checked."""
TOGGLE = "toggle"
"""Part of a role that tells nothing: a calculator's keys are toggle buttons, too, and nobody sees a state in them."""


def episode_records(episode: Episode, rng: random.Random, kinds: Collection[Kind] = (), dropped: Dropped | None = None) -> Iterator[Record]:
    """Everything that one episode teaches, step by step.

    Args:
        kinds: only these; none means all.
        dropped: is told what was left out, and why.
    """
    lesson = _Lesson(episode, rng, Dropped() if dropped is None else dropped)
    makers: list[tuple[Kind, Callable[[], Iterator[Record]]]] = [
        ("ground", lesson.ground), ("act", lesson.act), ("reasoning", lesson.reasoning), ("change", lesson.change),
        ("cause", lesson.cause), ("state", lesson.state), ("order", lesson.order), ("caption", lesson.caption),
        ("refusal", lesson.refusal), ("injection", lesson.injection),
    ]  # fmt: skip
    for kind, make in makers:
        if not kinds or kind in kinds:
            yield from make()


class _Lesson:
    """One episode's steps that are worth teaching, and the records made of them."""

    def __init__(self, episode: Episode, rng: random.Random, dropped: Dropped) -> None:
        self.episode, self.rng, self.dropped = episode, rng, dropped
        self.instruction = episode.header.instruction
        self.whole = whole_until(episode)
        self.steps = [(index, step) for index, step in enumerate(episode.steps) if self._is_worth(index, step)]
        """With their places in the episode: the history of a step is everything before it."""
        self.history = [self._as_told(index, step) for index, step in enumerate(episode.steps)]

    def _as_told(self, index: int, step: Step) -> Step:
        """The step as the agent would remember having done it: with what it would have said."""
        thought = step.prediction.thought if step.source is Source.AGENT else self._thought(index, step)
        return step.model_copy(update={"prediction": step.prediction.model_copy(update={"thought": thought})})

    def _is_worth(self, index: int, step: Step) -> bool:
        reason = ""
        if index >= self.whole:
            reason = "steps after one that is lost"
        elif step.action is None:
            reason = "steps without an action"
        elif step.source is not Source.CORRECTED and step.outcome not in (Outcome.PERFORMED, Outcome.DRY_RUN):
            reason = f"steps that were not done ({step.outcome})"
        elif step.source is Source.AGENT and self.episode.header.verdict is not True:
            reason = "steps of an agent whose run did not succeed"
        elif not self.episode.has(step.before_frame):
            reason = "steps without a frame"
        if reason:
            self.dropped[reason] += 1
        return not reason

    def _record(
        self, kind: Kind, step: Step | None, frames: Sequence[Frame], question: str, answer: str,
        mode: Mode = "nothink", target: Box | None = None, shown: Sequence[Step] = (),
    ) -> Record:  # fmt: skip
        header = self.episode.header
        return Record(
            kind,
            tuple(frames),
            question,
            answer,
            mode,
            source=str(header.source if step is None else step.source),
            episode=self.episode.path.name,
            application="" if step is None else step.window_title or "",
            target=target,
            extra=({} if step is None else {"step": str(step.index)})
            | ({"steps": " ".join(str(one.index) for one in shown)} if shown else {}),
        )

    def _frame(self, step: Step, which: Which = "before") -> Frame:
        name = step.before_frame if which == "before" else step.after_frame
        assert name is not None
        return Frame(self.episode.path / name, self.episode.path)

    def _pairs(self) -> Iterator[tuple[int, Step]]:
        """Steps with a frame on either side."""
        for index, step in self.steps:
            if self.episode.has(step.after_frame):
                yield index, step

    def ground(self) -> Iterator[Record]:
        for _, step in self.steps:
            name = _name_of(step)
            if step.element is not None and name and step.target is not None:
                box = step.element.box
                yield self._record("ground", step, [self._frame(step)], ground_question(name), print_box(box), target=box)

    def _answer(self, index: int, step: Step) -> str:
        assert step.action is not None
        return print_act_answer(self._thought(index, step), step.action)

    def _thought(self, index: int, step: Step) -> str:
        """What the direct policy says before this action; nothing where the step names nothing."""
        # What an agent thought belongs to what it wanted, not to what a person put in its place.
        item = item_of(step if step.source is Source.AGENT else step.model_copy(update={"prediction": Prediction()}))
        if item is None:
            return ""
        if item.verb == "click" and len(item.text) == 1:
            item = self._with_rest(index) or item
        return print_thought(item)

    def _with_rest(self, index: int) -> PlanItem | None:
        """A key of a sum that the instruction writes out, with what is left of it."""
        keys = [(_name_of(one), at) for at, one in enumerate(self.episode.steps[: index + 1]) if len(_name_of(one)) == 1]
        written = "".join(name for name, _ in keys)
        for run in written_sums(self.instruction):
            every = key_run(run)
            if [key for key, _ in every[: len(written)]] == list(written) and len(written) <= len(every):
                key, rest = every[len(written) - 1]
                return PlanItem("click", key, rest)
        return None

    def act(self) -> Iterator[Record]:
        for index, step in self.steps:
            question = act_question(self.instruction, self.history[:index])
            yield self._record("act", step, [self._frame(step)], question, self._answer(index, step), target=_target_box(step))
        yield from self._end()

    def _end(self) -> Iterator[Record]:
        header, pairs = self.episode.header, list(self._pairs())
        if not pairs or pairs[-1][0] != len(self.episode.steps) - 1 or lost_steps(self.episode):
            return
        if header.verdict is False or header.stop_reason is not StopReason.DONE or isinstance(pairs[-1][1].action, Finish):
            return
        last = pairs[-1][1]
        question = act_question(self.instruction, self.history)
        yield self._record("act", None, [self._frame(last, "after")], question, print_act_answer(print_thought(None), Finish()))

    def reasoning(self) -> Iterator[Record]:
        """The same with what a person would say to it: only what the recording knows."""
        for index, step in self.steps:
            told = self._reasons(index, step)
            question = act_question(self.instruction, self.history[:index])
            answer = f"{told}</think>{self._answer(index, step)}"
            yield self._record("reasoning", step, [self._frame(step)], question, answer, mode="think", target=_target_box(step))

    def _reasons(self, index: int, step: Step) -> str:
        done = [describe(one) for one in self.episode.steps[:index] if one.action is not None][-2:]
        said = f"The task is: {self.instruction} "
        said += f"So far: {'; '.join(done)}. " if done else "Nothing is done yet. "
        if step.element is not None and _name_of(step) and step.target is not None:
            role = f"the {step.element.role} " if step.element.role not in ("", READ) else ""
            said += f"Next comes {role}{_name_of(step)!r}, at the {_where(step.target)} of the screen."
        else:
            said += f"Next: {describe(step)}."
        return said

    def change(self) -> Iterator[Record]:
        for _, step in self._pairs():
            frames = [self._frame(step), self._frame(step, "after")]
            answer = "Nothing changed." if step.changed is False else f"After this: {describe(step)}."
            yield self._record("change", step, frames, changed_question(), answer)

    def cause(self) -> Iterator[Record]:
        for _, step in self._pairs():
            if step.action is not None and step.changed is not False:
                frames = [self._frame(step), self._frame(step, "after")]
                answer = print_action(step.action, DECIMALS)
                yield self._record("cause", step, frames, cause_question(), answer)

    def state(self) -> Iterator[Record]:
        for _, step in self.steps:
            element, name = step.element, _name_of(step)
            if element is None or not name or TOGGLE in element.role or element.role == READ:
                continue  # of what was only read nobody knows the state
            # Accessibility calls many things unchecked that nobody could check.
            checkable = element.checked is not None and any(part in element.role for part in CHECKABLE)
            truth = "disabled" if element.enabled is False else "plain"
            if checkable and element.enabled is not False:
                truth = "checked" if element.checked else "unchecked"
            yield self._record("state", step, [self._frame(step)], state_question(name), truth, target=element.box)

    def order(self) -> Iterator[Record]:
        different = [step for _, step in self.steps if step.changed is not False]
        if len(different) < 2:
            return
        first = self.rng.randrange(len(different) - 1)
        shown = different[first : first + self.rng.randint(2, 4)]
        places = list(range(len(shown)))
        self.rng.shuffle(places)
        answer = ", ".join(str(places.index(number) + 1) for number in range(len(shown)))
        frames = [self._frame(shown[place]) for place in places]
        yield self._record("order", None, frames, order_question(len(shown)), answer, shown=shown)

    def caption(self) -> Iterator[Record]:
        steps = [step for _, step in self.steps if step.changed is not False]
        for step in steps:
            others = [one for one in steps if one.before_frame != step.before_frame and describe(one) != describe(step)]
            if others:
                shown = [step, *self.rng.sample(others, min(len(others), 2))]
                self.rng.shuffle(shown)
                frames = [self._frame(one) for one in shown]
                yield self._record("caption", step, frames, caption_question(describe(step)), str(shown.index(step) + 1), shown=shown)

    def refusal(self) -> Iterator[Record]:
        if self.steps:
            _, step = self.rng.choice(self.steps)
            request, answer = draw_request(self.rng)
            question = act_question_after(request, "")
            yield self._record("refusal", step, [self._frame(step)], question, print_act_answer("", Ask(question=answer)).strip())

    def injection(self) -> Iterator[Record]:
        """A step whose frame also shows a window with orders of its own: what was demonstrated stays right."""
        clicks = [(index, step) for index, step in self.steps if isinstance(step.action, Click)]
        if not clicks:
            return
        index, step = self.rng.choice(clicks)
        keep, seed, path = _target_box(step), self.rng.getrandbits(32), self._frame(step)
        order = draw_order(self.rng)

        def spoiled() -> Image.Image:
            return draw_injection(path.open(), order, keep, random.Random(seed))

        question = act_question(self.instruction, self.history[:index])
        yield self._record("injection", step, [Frame(spoiled)], question, self._answer(index, step), target=keep)


def _name_of(step: Step) -> str:
    return step.element.name.strip() if step.element is not None else ""


def _target_box(step: Step) -> Box | None:
    point = target_of(step.action) if step.action is not None else None
    if point is None:
        return None
    if step.element is not None and step.element.box.contains(point):
        return step.element.box
    x1, y1, x2, y2 = point.x - AROUND, point.y - AROUND, point.x + AROUND, point.y + AROUND
    return Box(x1=max(x1, 0.0), y1=max(y1, 0.0), x2=min(x2, 1.0), y2=min(y2, 1.0))


def _where(point: Point) -> str:
    across = ("left", "middle", "right")[min(int(point.x * 3), 2)]
    down = ("top", "middle", "bottom")[min(int(point.y * 3), 2)]
    return across if down == "middle" else down if across == "middle" else f"{down} {across}"


def describe(step: Step) -> str:
    """What a step did, for people."""
    action: Action | None = step.action
    name = _name_of(step)
    match action:
        case None:
            return "nothing was done"
        case Type(text=text):
            return f"{text!r} was typed"
        case Press(chords=chords):
            return f"{', then '.join('+'.join(keys) for keys in chords)} was pressed"
        case Click(count=count) if name:
            return f"{name!r} was {'double-clicked' if count == 2 else 'clicked'}"
        case _:
            return f"{print_action(action, DECIMALS)} was done"


def lost_steps(episode: Episode) -> dict[int, str]:
    """What is wrong with each step whose line could not be read, by its place in the file."""
    found = [match for problem in episode.problems if (match := _LOST.fullmatch(problem))]
    return {int(match[1]) - 1: match[2] + (f" ({match[3]})" if match[3] else "") for match in found}


def whole_until(episode: Episode) -> int:
    """How many of the first steps have their whole history: what follows a lost step would be taught with a gap in it."""
    return next((place for place, step in enumerate(episode.steps) if step.index != place), len(episode.steps))
