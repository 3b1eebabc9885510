"""A target that is not on the screen: what the screen may call it, what brings it into view, and at last the question. Never a guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from recordings.action import Ask, Finish
from recordings.episode import Outcome, PlanMark, Prediction, Step
from vlm.plan_policy import Proposal
from vlm.planner.plan import PlannedStep
from vlm.planner.position import answer_of
from vlm.planner.questions import ask_for_missing, ask_for_one, chosen
from vlm.planner.revealing import revealing
from vlm.reading.protocols import Candidate, Located
from vlm.reading.view import ScreenView

MOST_ASKS = 3

LIKELY = 0.6
"""A visible name that a target means with at least this probability is taken for it."""

ChooseVisible = Callable[[PlannedStep, Sequence[str]], Sequence[tuple[str, float]]]
"""The visible names that a step's target may mean, the likeliest first, each with its probability."""


class Seeking:
    """Locates targets and says what to do about those that are missing."""

    def __init__(self, choose: ChooseVisible) -> None:
        self._choose = choose
        self._chosen: dict[tuple[str, tuple[str, ...]], tuple[str, float] | None] = {}

    def locate(self, words: str, attempts: Sequence[Step], view: ScreenView, to_the_letter: bool = False) -> Located:
        """Where the words are: as a person answered, where they were before, as they stand, or under the name that they most likely mean.

        The last not where they are to be taken `to_the_letter`.
        """
        for step in reversed(attempts):
            mark, answer = step.prediction.plan, answer_of(step)
            if mark is not None and answer is not None and mark.target == words and mark.about in ("target", "effect"):
                return replace(self._as_answered(answer, mark, view), target=words)
        located = view.locate(words)
        if (same := _where_it_was(located, view)) is not None:
            return Located(words, "found", (same,))
        return located if located.status != "missing" or to_the_letter else self._likeliest(located, view)

    def _as_answered(self, answer: str, mark: PlanMark, view: ScreenView) -> Located:
        choice = chosen(answer, mark.choices)
        if choice is None:
            return view.locate(answer)
        near = [one for one in view.locate(choice.name).candidates if one.box.overlap(choice.box) > 0]
        return Located(answer, "found", tuple(near[:1])) if near else view.locate(choice.name)

    def _likeliest(self, located: Located, view: ScreenView) -> Located:
        """The planner's choice among the visible names, those in front first; what was located, where it finds none likely enough."""
        if sum(letter.isalpha() for letter in located.target) < 2:  # a key is called what it shows
            return located
        elements = view.elements_in(view.front) or view.reading.elements
        names = tuple(dict.fromkeys(element.text for element in elements))
        key = (located.target, names)
        if key not in self._chosen:
            step = PlannedStep(do="click", target=located.target)
            likely = self._choose(step, names) if names else ()
            self._chosen = {key: likely[0] if likely and likely[0][1] >= LIKELY else None}
        if (found := self._chosen[key]) is None:
            return located
        name, chance = found
        by_name = view.locate(name)
        of_it = [one for one in by_name.candidates if one.element.text == name]
        if by_name.status == "missing" or not of_it:
            of_it = [Candidate(element, element.box, chance, "folded") for element in elements if element.text == name]
        several = len(of_it) > 1 and by_name.status == "ambiguous"
        candidates = tuple(Candidate(one.element, one.box, chance, one.how) for one in of_it)
        return Located(located.target, "ambiguous" if several else "found", candidates)

    def go_on(self, proposal: Proposal, located: Located, view: ScreenView) -> Prediction:
        """What brings it into view, then the question; after some answers that did not help, the end."""
        attempts = proposal.attempts
        known = proposal.prediction
        mark = (known.plan or PlanMark(step="")).model_copy(update={"about": "target"})
        asked = [step for step in attempts if isinstance(step.action, Ask)]
        words = located.target
        if located.status == "missing" and not asked and (action := revealing(attempts, view)) is not None:
            return known.model_copy(update={"action": action, "thought": f"“{words}” is not to be seen yet", "plan": mark})
        if len(asked) >= MOST_ASKS:
            return known.model_copy(update={"action": Finish(success=False, answer=f"“{words}” was not found"), "plan": mark})
        if located.status == "ambiguous":
            question, choices = ask_for_one(words, located, view.reading.elements)
        else:
            answer = answer_of(asked[-1]) if asked else None
            question, choices = ask_for_missing(words, view.locate(words), again=answer or "")
        asking = mark.model_copy(update={"target": words, "choices": choices})
        return known.model_copy(update={"action": Ask(question=question), "thought": "", "plan": asking})


def _where_it_was(located: Located, view: ScreenView) -> Candidate | None:
    """The one that was clicked for these words before in this run, where several fit: a calculator shows the digit that its key has."""
    if len(located.candidates) < 2 or located.status == "missing":
        return None
    for step in reversed(view.history):
        mark, box = step.prediction.plan, step.prediction.box
        if mark is None or box is None or mark.about != "step" or step.outcome is not Outcome.PERFORMED:
            continue
        for one in located.candidates:
            if one.element.text == mark.name and one.box.overlap(box) > 0.5 and one.how in ("exact", "folded"):
                return one if view.front is None or view.front.contains(one.box.center) else None
    return None
