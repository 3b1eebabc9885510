"""Follows a plan that was made whole, before anything on the screen was read; what the screen shows can only hold it up.

Where the run stands is read from its history. A step that is fulfilled already is passed over, a dialog that nobody foresaw is asked
about, a click that changed nothing is tried once more and then asked about. Nothing that is written on a screen adds a step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from recordings.action import Ask, Finish, Press, Wait
from recordings.episode import Outcome, PlanMark, Prediction, Step
from recordings.errors import DeskhandError
from vlm.plan_policy import Proposal
from vlm.planner.actions import action_of, targets_of
from vlm.planner.dialogs import answer_dialog, is_unforeseen, left_open
from vlm.planner.doubts import PATIENCE_SECONDS, before_typing, unless_agreed, while_blank, while_grey, while_unseen
from vlm.planner.fulfilled import fulfilled_until, is_in_view, is_open_tab, is_set, looks_open, mark_of, tells_no_state
from vlm.planner.instruction import NoPlan, check_instruction, check_length
from vlm.planner.keys import parse_keys
from vlm.planner.onward import choose_entry, menu_is_open, still_to_do
from vlm.planner.options import option_called
from vlm.planner.plan import POINTING, Plan, PlannedStep
from vlm.planner.position import Position, answer_of, find_position, in_vain
from vlm.planner.protocols import Planner
from vlm.planner.questions import (
    ask_about_effect,
    ask_about_state,
    means_stop,
    means_yes,
    quote,
)
from vlm.planner.quotations import quoted_texts
from vlm.planner.quoted import quoted_plan
from vlm.planner.seeking import Seeking
from vlm.planner.sums import is_key_of_sum, typed_instead, was_typed
from vlm.planner.ways import is_unsaid_menu, main_menu, without_menu
from vlm.reading.kind_check import of_kind
from vlm.reading.kinds import kind_said
from vlm.reading.links import only_mentioned
from vlm.reading.protocols import Located
from vlm.reading.view import ScreenView
from vlm.reading.vocabulary import Role

TRIES = 2
"""So often something is clicked in vain before a person is asked."""
_TEXT_ROLES = ("text", "entry", "password text", "terminal", "document text", "editbar", "spin button", "document web", "paragraph")
_PRESSING = ("click", "double_click", "set")
_CHOICE_ROLES = ("radio button", "radio menu item")


class PlanFollower:
    """Satisfies `vlm.plan_policy.Steps` with a `Planner` that plans whole instructions."""

    def __init__(self, planner: Callable[[], Planner]) -> None:
        """`planner` gives the planner, which may take its time to load, at each call."""
        self._planner = planner
        self._seeking = Seeking(lambda step, names: planner().choose_visible(step, names))
        self._said, self._plan = "", Plan()
        self._adopted = False
        self._failed: NoPlan | None = None

    def plan(self, instruction: str) -> Plan:
        """The plan for an instruction, made once. Raises NoPlan where the words give none, DeskhandError where nobody can plan."""
        if self._said != instruction:
            self._said, self._plan, self._adopted, self._failed = "", Plan(), False, None
            try:
                self._plan = self._make(instruction)
            except NoPlan as error:
                self._failed = error
            self._said = instruction
        if self._failed is not None:
            raise self._failed
        return self._plan

    def _make(self, instruction: str) -> Plan:
        words = check_instruction(instruction)
        written = quoted_plan(words)  # asks no model, which need not even be loaded
        if written is not None:
            return Plan(check_length(written), 1.0)
        plan = self._planner().plan(words)
        steps, unsaid = _with_room(words, plan), [plan[at] for at in getattr(plan, "unsaid", ())]
        added = [at for at, step in enumerate(steps) if any(step is one for one in unsaid)]
        return Plan(steps, getattr(plan, "chance", None), added, getattr(plan, "unheeded", ()))

    def adopt(self, instruction: str, plan: Sequence[PlannedStep]) -> None:
        """Follow this plan for the instruction. Raises PlanSyntaxError for keys that there are not."""
        for step in plan:
            if step.do == "press":
                parse_keys(step.keys or "")
        self._said, self._plan, self._adopted, self._failed = instruction, Plan(plan), True, None

    def refusal(self, instruction: str) -> str | None:
        try:
            plan = self.plan(instruction)
        except DeskhandError as error:
            return str(error)
        if plan:
            return None
        return "I cannot turn these words into steps: say what to click, type and press, as in: open the File menu, choose Save As"

    def next(self, instruction: str, history: Sequence[Step], view: ScreenView) -> Proposal | Prediction:
        try:
            plan = self.plan(without_answers(instruction, history))
        except NoPlan as error:
            return Prediction(mistake=str(error))
        position = find_position(plan, history)
        if still_to_do(plan, position.index, history, view):
            position = Position(position.index - 1)
        index, attempts = position.index, position.attempts
        if ended := _given_up(position):
            return ended
        if is_unforeseen(plan, index, history, view):
            return answer_dialog(_mark(plan, index, "dialog"), attempts, view)
        if (held := while_unseen(_mark(plan, index, "effect"), attempts, history, view)) is not None:
            return held
        if attempts and any(in_vain(step) for step in attempts):
            waited = self._heed_effect(plan, position, view)
            if isinstance(waited, Prediction):
                return waited
            index, attempts = (index, attempts) if waited else (index + 1, ())
        reached = fulfilled_until(plan, index, view)
        while reached < len(plan) and (self._is_so(plan[reached], view) or is_in_view(plan, reached, view, self._said)):
            reached += 1
        if reached > index:
            if (held := _menu_in_the_way(plan, reached, view)) is not None:
                return held
            index, attempts = reached, ()
        if self._is_unsaid_menu(index) and without_menu(plan, index, attempts, view):
            index, attempts = index + 1, ()
        if left_open(plan, index, history, view):
            if sum(isinstance(step.action, Wait) for step in attempts) < TRIES:
                return Prediction(
                    action=Wait(seconds=PATIENCE_SECONDS), thought="the dialog is still open", plan=_mark(plan, index, "effect")
                )
            return answer_dialog(_mark(plan, index, "dialog"), attempts, view)
        if index >= len(plan):
            return Prediction(action=Finish(), thought="the plan is done", plan=_mark(plan, len(plan)))
        step = plan[index]
        if view.blank and step.do != "wait" and (held := while_blank(_mark(plan, index, "effect"), attempts, view)) is not None:
            return held
        if step.do == "type" and (chosen := choose_entry(plan, index, _mark(plan, index), view)) is not None:
            return chosen
        if step.do == "type" and (held := before_typing(step.text or "", _mark(plan, index, "effect"), attempts, view)) is not None:
            return held
        kind = kind_said(step.target or "", self._said)
        if step.do in _PRESSING:
            by_sight = kind != "tab" and not _is_typed_into(plan, index)
            if (held := while_grey(step, _mark(plan, index, "effect"), attempts, view, by_sight)) is not None:
                return held
        if step.do == "set" and tells_no_state(step, view, kind):
            held = unless_agreed(
                _mark(plan, index, "effect"), attempts, ask_about_state(step.target or "", step.value == "on"),
                f"{quote(step.target or '')} was left as it is",
            )  # fmt: skip
            if held is not None:
                return held
        mark = _mark(plan, index)
        known = Prediction(thought=_thought(step), text=str(step), plan=mark)
        if was_typed(index, history) and (typed := typed_instead(plan, index, view)) is not None:
            return known.model_copy(update={"action": typed, "thought": f"type {quote(step.target or '')}"})
        return Proposal(known, targets_of(step), lambda places: action_of(step, places, view.front), attempts)

    def _is_so(self, step: PlannedStep, view: ScreenView) -> bool:
        """Whether what a step sets is so already, or the tab that it clicks is the one that is shown."""
        kind = kind_said(step.target or "", self._said)
        return is_set(step, view, kind) if step.do == "set" else is_open_tab(step, view, kind)

    def locate(self, words: str, proposal: Proposal, view: ScreenView) -> Located:
        # Whoever quotes a name means that name: a likely other one is only offered.
        quoted = words in quoted_texts(self._said)
        kind = self._kind(words, proposal)
        located = self._seeking.locate(words, proposal.attempts, view, kind, quoted)
        if located.status == "missing" and self._is_unsaid_menu(_index_of(proposal)):
            return main_menu(located, proposal.attempts, view)
        if located.status == "missing" and _is_setting(proposal) and not quoted and (option := option_called(words, view)) is not None:
            located = Located(words, "found", (option,))
        if located.best is not None and only_mentioned(located.best, view.observation.screenshot.image):
            return Located(located.target, "missing", located.candidates)
        if located.best is not None and _is_setting(proposal) and (mark := mark_of(located.best, view)) is not None:
            return Located(located.target, "found", (mark,))
        if kind == "field" and located.best is not None and (field := view.locate(f"{words} field")).best is not None:
            return replace(of_kind(field, kind, view), target=words)
        if located.best is None or not self._is_before_text(proposal):
            return located
        # Few toolkits give the keyboard to a field whose label is clicked.
        label = located.best.element.text.rstrip().endswith(":")
        if not label and not any(in_vain(step) for step in proposal.attempts):
            return located
        field = view.locate(f"the field next to {words}")
        if field.best is None or field.best.how != "field" or not (label or not view.elements_in(field.best.box)):
            return located
        return field

    def _kind(self, words: str, proposal: Proposal) -> Role | None:
        """What the person says that it is; the keys of a sum are buttons, whatever shows a digit."""
        index = _index_of(proposal)
        if index is not None and is_key_of_sum(self._plan, index):
            return "button"
        return kind_said(words, self._said)

    def _is_unsaid_menu(self, index: int | None) -> bool:
        """Whether a step opens a menu that nobody spoke of; a plan that a person has read says what it says."""
        return index is not None and not self._adopted and is_unsaid_menu(self._plan, index, self._said)

    def _is_before_text(self, proposal: Proposal) -> bool:
        """Whether it is a click after which something is typed, keys that make room for it included."""
        index, plan = _index_of(proposal), self._plan
        if index is None or plan[index].do != "click":
            return False
        follows = next((step.do for step in plan[index + 1 :] if step.do != "press"), None)
        return follows == "type"

    def missing(self, proposal: Proposal, located: Located, history: Sequence[Step], view: ScreenView) -> Prediction:
        if history and history[-1].outcome is Outcome.DRY_RUN:
            words = f"the rest begins with {proposal.prediction.text!r}, on a screen that a dry run does not reach"
            return proposal.prediction.model_copy(update={"action": Finish(answer=words), "thought": words})
        at = _index_of(proposal)
        if at is not None and located.status == "missing" and (typed := typed_instead(self._plan, at, view)) is not None:
            thought = f"type {quote(located.target)}, for which there is no key"
            return proposal.prediction.model_copy(update={"action": typed, "thought": thought})
        return self._seeking.go_on(proposal, located, view, kind_said(located.target, self._said))

    def _heed_effect(self, plan: Sequence[PlannedStep], position: Position, view: ScreenView) -> Prediction | bool:
        """After a click in vain: what to do, or whether to try it (again); False: go on, for it did something after all."""
        index, attempts = position.index, position.attempts
        vain = [step for step in attempts if in_vain(step)]
        last = attempts[-1]
        if (answer := answer_of(last)) is not None and last.prediction.plan is not None and last.prediction.plan.about == "effect":
            return not means_yes(answer)
        if any(step.changed for step in attempts) or _changed_since(last, view):
            return False
        if index + 1 < len(plan) and plan[index + 1].target and view.locate(plan[index + 1].target or "").best is not None:
            return False
        if _is_fulfilled(vain[-1], view) or looks_open(plan[index], view, kind_said(plan[index].target or "", self._said)):
            return False
        mark = _mark(plan, index, "effect")
        if sum(isinstance(step.action, Wait) for step in attempts) < len(vain):
            return Prediction(action=Wait(seconds=PATIENCE_SECONDS), thought="nothing has changed yet", text=mark.step, plan=mark)
        if len(vain) < TRIES:
            return True
        words = plan[index].target or ""
        question = Ask(question=ask_about_effect(vain[-1].prediction.plan.name if vain[-1].prediction.plan else words))
        return Prediction(action=question, text=mark.step, plan=mark.model_copy(update={"target": words}))


def without_answers(instruction: str, history: Sequence[Step]) -> str:
    """The instruction as it was given: the loop adds each question and its answer to it, and what a question quotes is the screen's."""
    for step in reversed(history):
        if isinstance(step.action, Ask) and (answer := answer_of(step)) is not None:
            instruction = instruction.removesuffix(f"\n{step.action.question} {answer}")
    return instruction


def _given_up(position: Position) -> Prediction | None:
    """The end of the run where a question got no answer, or the answer to stop."""
    last = position.attempts[-1] if position.attempts else None
    if last is None or not isinstance(last.action, Ask):
        return None
    if last.outcome is Outcome.SKIPPED:
        words = f"nobody is there to answer: {last.action.question}"
    elif means_stop(answer_of(last) or ""):
        words = "you said to stop"
    else:
        return None
    return Prediction(action=Finish(success=False, answer=words), text=last.prediction.text, plan=last.prediction.plan)


def _index_of(proposal: Proposal) -> int | None:
    """The planned step that a proposal is for."""
    mark = proposal.prediction.plan
    return mark.index if mark is not None else None


def _is_setting(proposal: Proposal) -> bool:
    return (proposal.prediction.text or "").startswith("set ")


def _is_typed_into(plan: Sequence[PlannedStep], index: int) -> bool:
    """Whether a text or a key follows: what an empty field shows looks grey and is not."""
    return index + 1 < len(plan) and plan[index + 1].do in ("type", "press")


def _menu_in_the_way(plan: Sequence[PlannedStep], index: int, view: ScreenView) -> Prediction | None:
    """Closes the menu in which a step was found to be done already: the next click outside it would do that, and nothing else."""
    if index >= len(plan) or plan[index - 1].do != "set" or plan[index].do not in POINTING or not menu_is_open(view):
        return None
    menu = view.observation.popups[0]
    if any(menu.contains(one.box.center) for one in view.locate(plan[index].target or "").candidates):
        return None
    return Prediction(
        action=Press(keys=("escape",)), thought="the menu is in the way", text=str(plan[index]), plan=_mark(plan, index, "target")
    )  # fmt: skip


def _changed_since(step: Step, view: ScreenView) -> bool:
    """Whether the screen shows something else than right after the step."""
    if step.after is None:
        return False
    now = view.observation.screenshot.image
    return step.after.image is not now and step.after.image.tobytes() != now.tobytes()


def _is_fulfilled(step: Step, view: ScreenView) -> bool:
    """Whether a click rightly showed nothing: into a text field that had the keyboard, or on a tab or an option that was chosen before."""
    element = view.observation.element_at(step.target) if step.target is not None else None
    if element is None:
        return False
    return element.role in _TEXT_ROLES or bool(element.selected) or (element.role in _CHOICE_ROLES and bool(element.checked))


def _with_room(words: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, with what is to be changed selected first; of a file's name, file managers select it up to its ending only."""
    made: list[PlannedStep] = []
    for step in steps:
        last = made[-1] if made else None
        named = last is not None and last.keys == "F2" and "." in (step.text or "")
        if last is not None and step.do == "type" and (named or _is_changed(words, last, step.text or "")):
            made.append(PlannedStep(do="press", keys="Ctrl+A"))
        made.append(step)
    return tuple(made)


def _is_changed(words: str, field: PlannedStep, text: str) -> bool:
    """Whether a field that is clicked holds something else, which is to become this text: "change the name from Bob to Robert"."""
    if field.do != "click" or field.target is None:
        return False
    change = rf"\b(?:change|update|correct|edit|alter|modify) (?:the |my |its )?{re.escape(field.target)}\b[^;\n]{{0,80}}? to [\"'“]?"
    return re.search(change + re.escape(text), words, re.I) is not None


def _mark(plan: Sequence[PlannedStep], index: int, about: str = "step") -> PlanMark:
    return PlanMark.model_validate({"step": str(plan[index]) if index < len(plan) else "", "index": index, "about": about})


def _thought(step: PlannedStep) -> str:
    """The step's verb, to be followed by its targets; what is typed is said by the action itself."""
    match step.do:
        case "type":
            return f"type {len(step.text or '')} characters"
        case "click" | "double_click" | "right_click" | "drag":
            return step.do.replace("_", "-")
        case "set":
            return f"switch {step.value}"
        case "scroll":
            return f"scroll {step.direction}" + (" over" if step.target else "")
        case _:
            return str(step)
