"""Instructions of several steps, and the plan that each means: how the pocket model learns to follow one."""

from __future__ import annotations

import random

from training.screens.words import file_name, label, nonsense, sentence
from vlm.prompts import PlanItem, key_run

_CLICK = ("click", "click on", "choose", "open", "press", "select", "tick", "pick", "go to", "hit")
_TYPE = ("type", "write", "enter", "fill in")
_PRESS = ("press the keys", "use the shortcut")
_JOIN = (", then ", ", ", " and ", ". Then ", "; ", ", after that ", " and then ")
_SUM = (
    "Work out {} with the calculator.",
    "Calculate {}.",
    "What is {}? Use the calculator.",
    "Compute {} with the calculator.",
    "Use the calculator to work out {}.",
    "Work out {}.",
    "Add it up: {}.",
)
ALIKE_SHARE = 0.5
"""Share of instructions of several steps in which two names begin alike."""
SHORTCUTS = ("ctrl+s", "ctrl+a", "ctrl+c", "ctrl+v", "enter", "escape", "tab", "alt+f4", "ctrl+shift+s", "delete", "f5", "ctrl+n")


def quotable(name: str) -> bool:
    """Whether a label can stand between quotes and brackets without ambiguity."""
    return 0 < len(name) <= 40 and not set(name) & set('"[]{}<>\\\n\t;')


def written_instruction(rng: random.Random, plan: list[PlanItem]) -> str:
    """A plan as a person would write it, each visible text quoted."""
    parts = []
    previous = ""
    for item in plan:
        verbs = {"click": _CLICK, "type": _TYPE, "press": _PRESS}[item.verb]
        # The second of two clicks often goes without a verb: tick "this" and then "that".
        plain = item.verb == "click" and previous == "click" and rng.random() < 0.25
        parts.append(f'"{item.text}"' if plain else f'{rng.choice(verbs)} "{item.text}"')
        previous = item.verb
    text = parts[0]
    join = rng.choice(_JOIN)
    for part in parts[1:]:
        text += (join if rng.random() < 0.6 else rng.choice(_JOIN)) + part
    text = text[0].upper() + text[1:] if rng.random() < 0.8 else text
    return text + rng.choice((".", ".", ""))


def _named(rng: random.Random) -> str:
    while not quotable(name := label(rng)):
        pass
    return name


def _other_item(rng: random.Random, names: list[str]) -> PlanItem:
    draw = rng.random()
    if draw < 0.62:
        return PlanItem("click", rng.choice(names) if names and rng.random() < 0.7 else _named(rng))
    if draw < 0.92:
        text = rng.choice((sentence(rng, 6), file_name(rng), nonsense(rng)))
        return PlanItem("type", "".join(c for c in text if quotable(c) or c == " ").strip() or "note")
    return PlanItem("press", rng.choice(SHORTCUTS))


def _make_alike(rng: random.Random, plan: list[PlanItem], place: int, fixed: bool) -> None:
    """As "Save As..." and "Save" are: another click of the plan is called like the one at `place` with something behind, or without it."""
    if fixed and plan[place].verb != "click":
        return
    name = plan[place].text if plan[place].verb == "click" else _named(rng)
    other = rng.choice([at for at in range(len(plan)) if at != place])
    shorter = name.rpartition(" ")[0].strip()
    if quotable(shorter) and rng.random() < 0.5:
        plan[place], plan[other] = PlanItem("click", name), PlanItem("click", shorter)
    elif len(name) < 24:
        pair = [PlanItem("click", name), PlanItem("click", f"{name} {_named(rng)}"[:38].strip())]
        if not fixed and rng.random() < 0.5:
            pair.reverse()
        plan[place], plan[other] = pair


def stepwise(rng: random.Random, current: PlanItem | None, names: list[str]) -> tuple[str, list[PlanItem], int]:
    """An instruction, its plan, and the index of the step to take now; `current` is the step to be taken where one is given."""
    count = rng.choices((1, 2, 3, 4, 5, 6), (14, 26, 26, 22, 9, 3))[0]
    plan = [_other_item(rng, names) for _ in range(count)]
    # The first step is the hardest to say, since the whole plan must be read from the instruction.
    index = 0 if rng.random() < 0.4 else rng.randrange(count)
    if current is not None:
        plan[index] = current
    elif rng.random() < 0.3:
        index = count
    if count > 1 and rng.random() < ALIKE_SHARE:
        # Mostly about the step to be taken: what went before it must tell the two apart.
        asked = min(index, count - 1) if current is not None or rng.random() < 0.7 else rng.randrange(count)
        _make_alike(rng, plan, asked, current is not None)
    return written_instruction(rng, plan), plan, index


def sum_keys(rng: random.Random, operators: str = "+-*/") -> str:
    """The keys of one sum, `=` at its end."""
    numbers = [str(rng.randint(0, 10 ** rng.randint(1, 3))) for _ in range(rng.choices((2, 3), (85, 15))[0])]
    text = numbers[0]
    for number in numbers[1:]:
        text += rng.choice(operators) + number
    return text + "="


def sum_task(rng: random.Random, current: str | None = None) -> tuple[str, list[PlanItem], int]:
    """As `stepwise`, for a sum on a calculator; `current` is the key to be pressed now."""
    keys = sum_keys(rng)
    for _ in range(40):
        if current is None or current in keys:
            break
        keys = sum_keys(rng)
    written = keys[:-1]
    for operator in "+-*/":
        if rng.random() < 0.8:
            written = written.replace(operator, f" {operator} ")
    plan = [*(PlanItem("click", key, rest) for key, rest in key_run(written)), PlanItem("click", "=")]
    places = [index for index, key in enumerate(keys) if key == current]
    if current is not None and not places:
        raise ValueError(f"{current!r} is not a key of a sum")
    index = rng.choice(places) if places else rng.randrange(len(plan) + 1)
    return rng.choice(_SUM).format(written), plan, index
