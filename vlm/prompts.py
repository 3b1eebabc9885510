"""Every prompt and the chat format, in one place for training and inference.

The image comes first in each user turn, so that all questions about one screenshot share their prefix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from recordings.action import ACTION_CLASSES, Action, ActionSyntaxError, Press, Type, offered_fields, parse_action, print_action
from recordings.episode import Outcome, Prediction, Step
from recordings.geometry import Box

Mode = Literal["nothink", "think", "own"]

Places = Literal["coordinates", "words"]
"""How an action says where: `x=0.500, y=0.500`, or `target="the Save button"` for a model that grounds in a second question."""

DECIMALS = 3
"""Decimals of a coordinate in prompts and answers."""

SPECIAL_TOKENS = {
    "bos": "<|endoftext|>",
    "pad": "<|dummy_85|>",
    "start": "<|im_start|>",
    "end": "<|im_end|>",
    "separator": "<|im_sep|>",
    "image": "<|dummy_0|>",
    "nothink": "<|dummy_84|>",
    "think": "<think>",
    "end_think": "</think>",
}
"""Named as in the published tokenizer; ids are always looked up in the checkpoint's own."""

IMAGE_PLACEHOLDER = "<image>"
GONE = "(picture no longer shown)"
"""What the model reads in the place of a picture that left the context."""

# The published evaluation prompt, its typo included: the model was trained on these very words.
_GROUND_HEAD = "Locate the the UI element this instruction describes: "
_GROUND_TAIL = ". Output its bbox coordinates using the format of [x1, y1, x2, y2] using relative coordinates from 0.0000 to 1.0000."
TASK_HEAD = "\nTask: "
_DONE_HEAD = "Done: "
_FEEDBACK_HEAD = "\nNote: "
_ACT_TAIL = "\nSay what to do now, and the action."
_STATE_HEAD = "Is this checked, unchecked, disabled or plain: "
NOW = "now: "
"""How the direct policy's thought begins."""
LEFT = " left, "
"""Between what is left of a run of keys and the one to click now."""
_CHANGED = "What changed from the first screenshot to the second?"
_CAUSE = "Which action led from the first screenshot to the second?"
_ORDER_TAIL = " screenshots are out of order. In which order were they taken?"
_CAPTION_HEAD = "Which of these screenshots was taken just before this: "
_CAPTION_TAIL = "? Answer with its number."

_ICON = "What does this icon show?"
_SAYS = "What does it say?"
_WHICH_TAIL = "? Answer with its number, or 0 if none does."

FIXED_PHRASES = (
    _GROUND_HEAD, _GROUND_TAIL, TASK_HEAD, _DONE_HEAD, _FEEDBACK_HEAD, _ACT_TAIL, _STATE_HEAD, _CHANGED, NOW, "\nclick(x=",
    "\ntype(text=", "\npress(keys=", "\nfinish()", ", y=",
)  # fmt: skip
"""What prompts and answers repeat: each is one token of `vlm.stand_in_tokenizer`."""


def ground_question(instruction: str) -> str:
    return f"{_GROUND_HEAD}{instruction}{_GROUND_TAIL}"


def state_question(name: str) -> str:
    return f"{_STATE_HEAD}{name}?"


def changed_question() -> str:
    return _CHANGED


def cause_question() -> str:
    return _CAUSE


def order_question(count: int) -> str:
    """About `count` scrambled screenshots."""
    return f"These {count}{_ORDER_TAIL}"


def caption_question(description: str) -> str:
    return f"{_CAPTION_HEAD}{description}{_CAPTION_TAIL}"


def icon_question(choices: Sequence[str] = ()) -> str:
    """About a picture of one icon; of `choices` one is right."""
    return f"{_ICON} {', '.join(choices[:-1])} or {choices[-1]}?" if choices else _ICON


def mark_question(widget: str) -> str:
    """About a picture of one check box, radio button, switch or expander: yes, no or partly."""
    return f"Is this {widget} {'open' if widget == 'expander' else 'on' if widget == 'switch' else 'ticked'}?"


def says_question() -> str:
    """About a picture of one line of text."""
    return _SAYS


def which_question(meaning: str) -> str:
    """About several pictures."""
    return f"Which of these pictures shows this: {meaning}{_WHICH_TAIL}"


def act_question_after(instruction: str, done: str, note: str = "") -> str:
    """The direct policy's question; `done` is what `print_done` makes of the steps taken.

    The steps come before the instruction, so that a causal model can already see while it reads the instruction how far it is.
    """
    feedback = f"{_FEEDBACK_HEAD}{note}" if note else ""
    return f"{_DONE_HEAD}{done or 'nothing'}{TASK_HEAD}{instruction}{feedback}{_ACT_TAIL}"


def act_question(instruction: str, history: Sequence[Step]) -> str:
    """The direct policy's question: the instruction, the latest steps, and what is to be said about the last one.

    A step that changed nothing counts only while it is the last: it is about to be tried again.
    """
    done = [
        item_of(step)
        for number, step in enumerate(history, 1)
        if step.outcome not in (Outcome.MISTAKE, Outcome.FAILED) and (step.changed is not False or number == len(history))
    ]
    note = history[-1].note if history else ""
    return act_question_after(instruction, print_done([item for item in done if item is not None]), note)


_THOUGHT = re.compile(rf"(?:(.{{1,400}}){re.escape(LEFT)})?{re.escape(NOW)}\[(.{{1,400}}?)\]")
"""Within bounds: a server may think without end, and nothing else runs while an expression is searched, not even who stops it."""


def item_of(step: Step) -> PlanItem | None:
    """What a step did, as a plan would have said it; None where it names nothing."""
    match step.action or step.prediction.action:
        case Type(text=text):
            return PlanItem("type", text)
        case Press(keys=keys, then=then):
            return PlanItem("press", " ".join("+".join(chord) for chord in (keys, *then)))
        case _:
            if found := _THOUGHT.fullmatch(step.prediction.thought):
                return PlanItem("click", found[2], found[1] or "")
            return PlanItem("click", step.element.name) if step.element is not None and step.element.name else None


def plan_question(instruction: str, history: Sequence[Step]) -> str:
    """What plan-then-ground asks: the next action, its place in words."""
    done = [_told(number, step) for number, step in enumerate(history, 1)][-HISTORY_STEPS:]
    note = history[-1].note if history else ""
    return "\n".join(
        [
            f"Task: {instruction}",
            "Done so far:",
            *(done or ["nothing"]),
            *([f"Note: {note}"] if note else []),
            "What is the single next action on this screen? Answer with one line of thought and, on the next line, one of these actions.",
            "Say where in words that tell the element apart from everything else on the screen.",
            describe_actions("words"),
        ]
    )


def _told(number: int, step: Step) -> str:
    action = step.action or step.prediction.action
    return f"{number}. {step.prediction.thought} {action or 'no valid action'} ({step.outcome})".replace("\n", " ")


def describe_actions(places: Places = "coordinates") -> str:
    """The schema for prompts: one line an action, with its arguments and its docstring's first sentence."""
    lines = []
    for cls in ACTION_CLASSES:
        arguments = []
        for name, field in offered_fields(cls).items():
            default = "" if field.is_required() else f"={json.dumps(field.default)}"
            arguments.append(f"{name}: {_plain_type(field.annotation)}{default}")
        if places == "words":
            arguments = _described_in_words(arguments)
        lines.append(f"{cls.model_fields['kind'].default}({', '.join(arguments)}) - {(cls.__doc__ or '').splitlines()[0]}")
    return "\n".join(lines)


def _described_in_words(arguments: list[str]) -> list[str]:
    if arguments[:2] == ["x: number", "y: number"]:
        return ["target: words", *arguments[2:]]
    return ["path: [words, words]" if argument.startswith("path:") else argument for argument in arguments]


def _plain_type(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        return _plain_type(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return "|".join(get_args(annotation))
    if get_origin(annotation) is tuple:
        inner = get_args(annotation)
        return f"[{_plain_type(inner[0])}, ...]" if inner[1:] == (...,) else f"[{', '.join(map(_plain_type, inner))}]"
    return {float: "number", str: "string", int: "integer", bool: "boolean"}[annotation]


def again_question(mistake: str) -> str:
    """What follows an answer that cannot be used."""
    return f"This answer cannot be used: {mistake}. Answer again, in the form that was asked for."


def user_turn(question: str, pictures: int = 1) -> str:
    """A user message with its pictures before the question."""
    return f"{IMAGE_PLACEHOLDER}\n" * pictures + question


def render(question: str, mode: Mode, newlines: bool = True, pictures: int = 1) -> str:
    """One question in the checkpoint's chat format, up to where the answer begins.

    The official template puts a newline after `<|im_sep|>` of the generation prompt; Microsoft's executed notebook had none
    (`newlines=False`). The template's system text is left out: a checkpoint that brings no template, as the small one, has none.
    """
    break_ = "\n" if newlines else ""
    text = (
        f"{SPECIAL_TOKENS['start']}user{SPECIAL_TOKENS['separator']}{user_turn(question, pictures)}{SPECIAL_TOKENS['end']}{break_}"
        f"{SPECIAL_TOKENS['start']}assistant{SPECIAL_TOKENS['separator']}{break_}"
    )
    match mode:
        case "nothink":
            return text + SPECIAL_TOKENS["nothink"]
        case "think":
            return text + SPECIAL_TOKENS["think"]
        case "own":
            return text


def print_box(box: Box) -> str:
    """A box as the published model writes it: three decimals."""
    return f"[{box.x1:.3f}, {box.y1:.3f}, {box.x2:.3f}, {box.y2:.3f}]"


_BOX = re.compile(r"\[\s*([01](?:\.\d+)?)\s*,\s*([01](?:\.\d+)?)\s*,\s*([01](?:\.\d+)?)\s*,\s*([01](?:\.\d+)?)\s*\]")


def parse_box(text: str) -> Box | None:
    """The first box in the text, its corners put in order, or None."""
    found = _BOX.search(text)
    if not found:
        return None
    x1, y1, x2, y2 = (min(float(part), 1.0) for part in found.groups())
    return Box(x1=min(x1, x2), y1=min(y1, y2), x2=max(x1, x2), y2=max(y1, y2))


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One thing to do: `click` and `type` name visible text and text to write, `press` a shortcut such as `ctrl+s`."""

    verb: Literal["click", "type", "press"]
    text: str
    rest: str = ""
    """What is left after it of a run of keys to be clicked one by one, as the instruction writes it: `5 - 536` after the 7 of 975 - 536."""

    def __str__(self) -> str:
        opening, closing = {"click": ("[", "]"), "type": ("{", "}"), "press": ("<", ">")}[self.verb]
        return f"{f'{self.rest}{LEFT}' if self.rest else ''}{opening}{self.text}{closing}"


HISTORY_STEPS = 12
"""Past steps that the plan question lists."""

DONE_ITEMS = 3
"""Steps taken that the direct policy's question lists: enough to find one's place in an instruction that says something twice."""


_TERM = r"[0-9]+(?:\.[0-9]+)?"
"""A number; the full stop of a sentence is no part of it."""
_SUM = re.compile(rf"{_TERM}(?: *[-+*/] *{_TERM})+")


def written_sums(instruction: str) -> list[str]:
    """The sums that an instruction writes: numbers with operators between them."""
    return list(dict.fromkeys(_SUM.findall(instruction)))


def key_run(written: str) -> list[tuple[str, str]]:
    """The keys of a sum as it is written, each with what is left after it: `12 + 3` is 1, `2 + 3`; 2, `+ 3`; +, `3`; 3, nothing."""
    return [(key, written[at + 1 :].lstrip()) for at, key in enumerate(written) if key != " "]


def print_done(items: Sequence[PlanItem]) -> str:
    """The latest steps taken, oldest first. Of keys clicked one after the other only the last is told, with what was left after it."""
    told: list[PlanItem] = []
    for item in items:
        if told and all(key.verb == "click" and len(key.text) == 1 for key in (told[-1], item)):
            told.pop()
        told.append(item)
    return "".join(map(str, told[-DONE_ITEMS:]))


def print_thought(item: PlanItem | None) -> str:
    """What is to be done now; a text or shortcut is said by the action itself. None means that all is done."""
    match item:
        case None:
            return f"{NOW}done"
        case PlanItem(verb="click", text=text, rest=rest):
            return f"{f'{rest}{LEFT}' if rest else ''}{NOW}[{text}]"
        case _:
            return f"{NOW}{item.verb}"


def print_act_answer(thought: str, action: Action) -> str:
    return f"{thought}\n{print_action(action, DECIMALS)}"


def parse_act_answer(text: str) -> Prediction:
    """A thought line (optional) and an action line. A malformed answer becomes a mistake with feedback, never an exception."""
    body = text.split(SPECIAL_TOKENS["end_think"])[-1].strip()
    thought, _, last = body.rpartition("\n")
    try:
        return Prediction(action=parse_action(last), thought=thought.strip(), text=text)
    except ActionSyntaxError as error:
        return Prediction(thought=thought.strip(), text=text, mistake=str(error))
