"""Questions and answers about one labelled screen, in the prompts of inference.

Each example is one user turn and one assistant turn over a picture that many examples share. Its element tells where to look for the
answer, for the pointer supervision; the loss is on the assistant's tokens only.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from recordings.episode import UNCHANGED
from recordings.geometry import Box, Point
from training.plans import quotable, stepwise, sum_task
from training.screens.store import PixelBox, ScreenElement
from vlm.prompts import (
    NOW,
    PlanItem,
    act_question_after,
    finished_question,
    ground_question,
    print_box,
    print_done,
    print_thought,
    read_question,
    state_question,
)

AGAIN_SHARE = 0.08
"""Share of clicks that are asked for as a second try, after one that changed nothing."""
ALIKE_WEIGHT, FIRST_WEIGHT = 5.0, 2.0
"""How much more often than others an element is asked for whose name begins like another's on the screen, or with the same letter."""
LONG_BEGINNING = 5
"""So many characters in common are a beginning alike, where neither name begins the other."""
STEPPED = ("act", "plan", "next")
"""Kinds of questions that are about a step of an instruction: their thought can be learned without the picture."""
KINDS = ("ground", "act", "look", "plan", "next", "read", "state", "finished")


@dataclass(frozen=True, slots=True)
class Example:
    """One question with its answer; `element` is what the answer is about, where there is such a thing."""

    kind: str
    question: str
    answer: str
    element: ScreenElement | None = None
    copies: tuple[tuple[int, int], ...] = ()
    """Which character of the answer repeats which character of the question: for the copy supervision."""
    items: tuple[tuple[int, int], ...] = ()
    """Where in the question each item of the instruction's plan begins and ends (the place of its last character), in their order."""
    done: int = 0
    """How many of the items were done before."""
    forks: tuple[int, ...] = ()
    """Places in the answer where another item of the plan that begins alike would go on differently."""
    twins: tuple[tuple[int, int], ...] = ()
    """The same places of every item of the plan, in the question, each with the number of its item."""


def _fraction_box(box: PixelBox, size: tuple[int, int]) -> Box:
    return Box.from_pixels(box[0], box[1], box[2] - box[0], box[3] - box[1], size)


def _action_text(item: PlanItem, aim: Point | None) -> str:
    match item.verb:
        case "click":
            assert aim is not None
            return f"click(x={aim.x:.3f}, y={aim.y:.3f})"
        case "type":
            return f"type(text={json.dumps(item.text, ensure_ascii=False)})"
        case "press":
            return f"press(keys={json.dumps(item.text.split('+'))})"


def act_example(
    instruction: str,
    plan: Sequence[PlanItem],
    index: int,
    element: ScreenElement | None = None,
    aim: Point | None = None,
    again: bool = False,
) -> Example:
    """The step `index` of a plan whose earlier steps are done; a click has its element and the point to aim at.

    `again` makes it a step that was tried and changed nothing, and is to be tried once more.
    """
    item = plan[index] if index < len(plan) else None
    action = "finish()" if item is None else _action_text(item, aim)
    question = act_question_after(instruction, print_done(plan[: index + again]), UNCHANGED if again else "")
    answer = f"{print_thought(item)}\n{action}"
    kind = "act" if element is not None else "plan"
    if any(one.rest for one in plan):
        copies = _run_copies(question, answer, plan, index) if item is not None and not again else ()
        return Example(kind, question, answer, element, copies)
    items = _items(question, instruction, plan)
    copies = ()
    forks: tuple[int, ...] = ()
    if item is not None:
        place = answer.find(item.text, len(NOW)) if item.verb == "click" else answer.find(f'"{item.text}"') + 1
        # A shortcut is said in another form than it is written. What is quoted ends where its quote does.
        copies = tuple((place + offset, items[index][0] + offset) for offset in range(len(item.text) + 1)) if place > 0 else ()
        forks = tuple(place + length for length in _shared(item, plan)) if place > 0 else ()
    twins = tuple((items[number][0] + length, number) for number, one in enumerate(plan) for length in _shared(one, plan))
    return Example(kind, question, answer, element, copies, items, index + again, forks, twins)


def _shared(item: PlanItem, plan: Sequence[PlanItem]) -> list[int]:
    """How many characters other items of a plan begin alike with, those that do."""
    return sorted({_alike(item.text, other.text) for other in plan if other.text != item.text} - {0})


def _alike(first: str, second: str) -> int:
    """How many characters two texts begin alike with."""
    return next((at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))


def _items(question: str, instruction: str, plan: Sequence[PlanItem]) -> tuple[tuple[int, int], ...]:
    """Where an instruction quotes each item of its plan."""
    at = question.rindex(instruction)
    found = []
    for item in plan:
        start = question.index(f'"{item.text}"', at) + 1
        at = start + len(item.text)
        found.append((start, at - 1))
    return tuple(found)


def _run_copies(question: str, answer: str, plan: Sequence[PlanItem], index: int) -> tuple[tuple[int, int], ...]:
    """What the thought about a key repeats of what was left before it, or of the sum in the instruction where it is the first key."""
    rest = plan[index].rest
    if index == 0:
        left = question.rindex(rest)
        key = question.rindex(plan[0].text, 0, left)
    elif plan[index - 1].rest:
        key = question.index(plan[index - 1].rest)
        left = key + len(plan[index - 1].rest) - len(rest)
    else:
        return ()
    place = answer.index("[") + 1
    return (*((offset, left + offset) for offset in range(len(rest))), (place, key))


def unambiguous(elements: Sequence[ScreenElement]) -> list[ScreenElement]:
    """Elements whose name stands for one place only."""
    counts = Counter(element.name.strip().lower() for element in elements)
    return [element for element in elements if element.name.strip() and counts[element.name.strip().lower()] == 1]


def _weights(elements: Sequence[ScreenElement], names: Sequence[str]) -> list[float]:
    """How often each element is asked for: one whose name begins like another's on the screen, as + and +/-, more often than others."""
    every = {name.strip() for name in names if name.strip()}
    firsts = Counter(name[0].lower() for name in every)
    alike = {one for one in every for other in every if one != other and _begin_alike(one.lower(), other.lower())}
    return [_weight(element.name.strip(), alike, firsts) for element in elements]


def _begin_alike(one: str, other: str) -> bool:
    """As + and +/- do, or "Highlight current line" and "Highlight matching brackets"."""
    return one.startswith(other) or other.startswith(one) or _alike(one, other) >= LONG_BEGINNING


def _weight(name: str, alike: Collection[str], firsts: Counter[str]) -> float:
    if name in alike:
        return ALIKE_WEIGHT
    return FIRST_WEIGHT if firsts[name[0].lower()] > 1 else 1.0


def _click_example(rng: random.Random, element: ScreenElement, names: list[str], aim: Point) -> Example:
    if element.name in set("0123456789+-*/=") and rng.random() < 0.7:
        instruction, plan, index = sum_task(rng, element.name)
    else:
        instruction, plan, index = stepwise(rng, PlanItem("click", element.name), names)
    return act_example(instruction, plan, index, element, aim, again=rng.random() < AGAIN_SHARE)


def _state_of(element: ScreenElement) -> str:
    if element.enabled is False:
        return "disabled"
    if element.checked is None:
        return "plain"
    return "checked" if element.checked else "unchecked"


def make_examples(
    rng: random.Random,
    elements: Sequence[ScreenElement],
    distractors: Sequence[str],
    size: tuple[int, int],
    count: int,
    weights: dict[str, float],
    aim: Callable[[ScreenElement], PixelBox],
    told: tuple[str, list[PlanItem], int] | None = None,
) -> list[Example]:
    """Up to `count` examples about the elements that lie wholly in view, kinds drawn by `weights`.

    `told` is what a demonstration says about the screen: then its own step is asked for first, and made-up ones beside it.
    `distractors` are names elsewhere on the screen; `size` is the picture's width and height in pixels; `aim` tells where in an
    element its label is, which is what a click aims at.
    """
    pool = [element for element in unambiguous(elements) if len(element.name) <= 60]
    clickable = [element for element in pool if quotable(element.name)]
    likely = _weights(clickable, distractors)
    names = [name for name in distractors if quotable(name)]
    stateful = [element for element in pool if element.checked is not None or element.enabled is False]
    kinds = rng.choices(list(weights), list(weights.values()), k=count)
    own = _shown_example(told, elements, size, aim) if told is not None else None
    examples = []
    for kind in kinds if told is None else _beside_own(kinds, own is not None):
        match kind:
            case "own":
                assert own is not None
                examples.append(own)
            case "ground" if pool:
                element = rng.choice(pool)
                examples.append(Example(kind, ground_question(element.name), print_box(_fraction_box(element.box, size)), element))
            case "act" if clickable:
                element = rng.choices(clickable, likely)[0]
                examples.append(_click_example(rng, element, names, _fraction_box(aim(element), size).center))
            case "look" if clickable:
                # The end of an act without what leads to it: many times the looking for the same text.
                element = rng.choices(clickable, likely)[0]
                item = PlanItem("click", element.name)
                action = _action_text(item, _fraction_box(aim(element), size).center)
                examples.append(Example(kind, "", f"{print_thought(item)}\n{action}", element))
            case "read" if pool:
                element = rng.choice(pool)
                point = _fraction_box(aim(element), size).center
                examples.append(Example(kind, read_question(point), element.name, element))
            case "state" if pool:
                element = rng.choice(stateful if stateful and rng.random() < 0.8 else pool)
                examples.append(Example(kind, state_question(element.name), _state_of(element), element))
            case "finished" if pool:
                seen = rng.random() < 0.5
                name = rng.choice(pool).name if seen or not names else rng.choice(names)
                shown = {element.name.strip().lower() for element in elements}
                truth = name.strip().lower() in shown
                examples.append(Example(kind, finished_question(f'"{name}"'), "yes" if truth else "no"))
            case "plan":
                examples.append(_plan_example(rng, names))
            case "next":
                examples.append(_next_example(rng, names))
            case _:
                pass
    return examples


def _beside_own(kinds: Sequence[str], seen: bool) -> list[str]:
    """What to ask about a demonstration's screen: its own step for the first of the kinds that have steps, and one look, for it names one
    element. Where what it clicked is not `seen`, nothing that has steps."""
    steps = [at for at, kind in enumerate(kinds) if kind in STEPPED]
    looks = [at for at, kind in enumerate(kinds) if kind == "look"]
    left_out = {*looks[1:], *(() if seen else steps)}
    return ["own" if seen and at in steps[:1] else kind for at, kind in enumerate(kinds) if at not in left_out]


def _shown_example(
    told: tuple[str, list[PlanItem], int],
    elements: Sequence[ScreenElement],
    size: tuple[int, int],
    aim: Callable[[ScreenElement], PixelBox],
) -> Example | None:
    """The step that a demonstration took here; None where what it clicked is out of view."""
    instruction, plan, index = told
    if index == len(plan) or plan[index].verb != "click":
        return act_example(instruction, plan, index)
    return act_example(instruction, plan, index, elements[0], _fraction_box(aim(elements[0]), size).center) if elements else None


def _next_example(rng: random.Random, names: list[str]) -> Example:
    """What to do now, whatever the screen shows: of the answer only the thought is worth learning."""
    instruction, plan, index = sum_task(rng) if rng.random() < 0.4 else stepwise(rng, None, names)
    return replace(act_example(instruction, plan, index, None, Point(x=0.5, y=0.5)), kind="next")


def _plan_example(rng: random.Random, names: list[str]) -> Example:
    """A step that needs no looking: typing, a shortcut, or being done."""
    for _ in range(30):
        instruction, plan, index = sum_task(rng) if rng.random() < 0.2 else stepwise(rng, None, names)
        if index == len(plan) or plan[index].verb != "click":
            return act_example(instruction, plan, index)
    return act_example('Press the keys "enter".', [PlanItem("press", "enter")], 0)
