"""A target that is not on the screen: what the screen may call it, what brings it into view, and at last the question. Never a guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from recordings.action import Ask, Finish
from recordings.episode import Choice, Outcome, PlanMark, Prediction, Step
from recordings.geometry import Box
from vlm.plan_policy import Proposal
from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.position import answer_of
from vlm.planner.questions import MOST_CHOICES, ask_for_missing, ask_for_one, chosen, distinct
from vlm.planner.revealing import revealing
from vlm.reading.apart import in_reading_order, pick
from vlm.reading.folding import fold
from vlm.reading.icons.locate import NO_ICONS, SURE
from vlm.reading.icons.meaning import meanings
from vlm.reading.kind_check import is_of_kind, of_kind, those_of_kind
from vlm.reading.kinds import contradicts
from vlm.reading.numbered import numbered
from vlm.reading.opposites import mean_opposites
from vlm.reading.protocols import Candidate, Located
from vlm.reading.view import ScreenView
from vlm.reading.vocabulary import Role

MOST_ASKS = 3

LIKELY = 0.7
"""A visible name that a target means with at least this probability is taken for it; one that neutral words mean as well has less."""
PLAINLY = 0.8
"""An icon that bears the words' name is taken before another name that they mean with less probability than this."""
LIKELY_UNSEEN = 0.8
"""The same where a person says what kind of thing it is, and nothing shows that the name is of one."""
WORTH_NAMING = 0.05
"""A visible name that a target means with at least this probability is named in the question about it."""

ChooseVisible = Callable[[PlannedStep, Sequence[str]], Sequence[tuple[str, float]]]
"""The visible names that a step's target may mean, the likeliest first, each with its probability."""


class Seeking:
    """Locates targets and says what to do about those that are missing."""

    def __init__(self, choose: ChooseVisible) -> None:
        self._choose = choose
        self._weighed: tuple[tuple[str, tuple[str, ...]], tuple[tuple[str, float], ...]] | None = None

    def locate(
        self, words: str, attempts: Sequence[Step], view: ScreenView, kind: Role | None = None, to_the_letter: bool = False
    ) -> Located:
        """Where the words are: as a person answered, where they were before, as they stand, or under the name that they most likely mean.

        Args:
            kind: what a person says it is: what is known to be something else is not meant.
            to_the_letter: another name is not to be taken, however likely.
        """
        for step in reversed(attempts):
            mark, answer = step.prediction.plan, answer_of(step)
            if mark is not None and answer is not None and mark.target == words and mark.about in ("target", "effect"):
                return replace(self._as_answered(answer, mark, view), target=words)
        located = view.locate(words)
        if (same := _where_it_was(located, view)) is not None:
            return Located(words, "found", (same,))
        if kind is not None:
            located = of_kind(located, kind, view)
        if located.status != "missing" or numbered(words) is not None:
            return located  # what is counted has no name that another could mean
        icon = _among_icons(located, view, kind)
        if to_the_letter:
            return icon
        likeliest = self._likeliest(located, view, kind)
        if likeliest.status == "missing" or (icon.status == "found" and likeliest.candidates[0].score < PLAINLY):
            return icon
        return likeliest

    def _as_answered(self, answer: str, mark: PlanMark, view: ScreenView) -> Located:
        choice = chosen(answer, mark.choices)
        if choice is None and len({one.name for one in mark.choices}) < len(mark.choices):  # alike ones, told apart by where they are
            at = pick(answer, [one.box for one in mark.choices], view, [one.name for one in mark.choices])
            choice = mark.choices[at] if at is not None else None
        if choice is None:
            return view.locate(answer)
        named = view.locate(choice.name)
        near = [one for one in named.candidates if one.box.overlap(choice.box) > 0] or _icon_in(choice.box, view)
        return Located(answer, "found", tuple(near[:1])) if near else named

    def _likeliest(self, located: Located, view: ScreenView, kind: Role | None) -> Located:
        """The planner's choice among visible names, those in front first, and icons'; what was located, where none is likely enough."""
        likely = self._weigh(located.target, view)
        if not likely or likely[0][1] < LIKELY:
            return located
        name, chance = likely[0]
        if mean_opposites(located.target, name):
            return located
        if name in _icon_names(view):
            if meanings(located.target)[1]:
                return located  # they are an icon's name themselves, and of another one
            found = _among_icons(Located(name, "missing"), view, kind)
            sure = found.status != "missing" and (kind is None or chance >= LIKELY_UNSEEN)
            return replace(found, target=located.target) if sure else located
        by_name = view.locate(name)
        of_it = [one for one in by_name.candidates if one.element.text == name]
        if by_name.status == "missing" or not of_it:
            elements = view.elements_in(view.front) or view.reading.elements
            of_it = [Candidate(element, element.box, chance, "folded") for element in elements if element.text == name]
        if kind is not None:
            known = [is_of_kind(one, kind, view) for one in of_it]
            of_it = [one for one, is_it in zip(of_it, known, strict=True) if is_it is not False]
            if not of_it or (chance < LIKELY_UNSEEN and True not in known):
                return located
        several = len(of_it) > 1 and by_name.status == "ambiguous"
        candidates = tuple(Candidate(one.element, one.box, chance, one.how) for one in of_it)
        return Located(located.target, "ambiguous" if several else "found", candidates)

    def _weigh(self, words: str, view: ScreenView) -> tuple[tuple[str, float], ...]:
        """The visible names that the words may mean, the likeliest first; none for a key, which is called what it shows."""
        if sum(letter.isalpha() for letter in words) < 2:
            return ()
        elements = view.elements_in(view.front) or view.reading.elements
        names = (*dict.fromkeys(element.text for element in elements), *_icon_names(view))
        key = (words, names)
        if self._weighed is None or self._weighed[0] != key:
            self._weighed = key, self._likely(words, names)
        return self._weighed[1]

    def _likely(self, words: str, names: Sequence[str]) -> tuple[tuple[str, float], ...]:
        try:
            return tuple(self._choose(PlannedStep(do="click", target=words), names)) if names else ()
        except NoPlan:  # a server that answers nonsense knows no name: the person does
            return ()

    def go_on(self, proposal: Proposal, located: Located, view: ScreenView, kind: Role | None = None) -> Prediction:
        """What brings it into view, then the question; after some answers that did not help, the end."""
        attempts = proposal.attempts
        known = proposal.prediction
        mark = (known.plan or PlanMark(step="")).model_copy(update={"about": "target"})
        asked = [step for step in attempts if isinstance(step.action, Ask)]
        words = located.target
        upwards = (known.text or "").startswith("scroll up")
        if located.status == "missing" and not asked and (action := revealing(attempts, view, upwards)) is not None:
            return known.model_copy(update={"action": action, "thought": f"“{words}” is not to be seen yet", "plan": mark})
        if len(asked) >= MOST_ASKS:
            return known.model_copy(update={"action": Finish(success=False, answer=f"“{words}” was not found"), "plan": mark})
        choices: tuple[Choice, ...]
        if located.status == "ambiguous":
            fitting = [Choice(name=one.element.text, box=one.box) for one in located.candidates[:MOST_CHOICES]]
            choices = tuple(fitting[number] for number in in_reading_order([one.box for one in fitting]))
            question = ask_for_one(words, choices, view)
        else:
            answer = answer_of(asked[-1]) if asked else None
            kind = None if numbered(words) is not None else kind  # it is called nothing
            choices = self._nearest(words, located, view, kind)
            question = ask_for_missing(words, choices, answer or "", kind or "", [_role_instead(words, one, kind, view) for one in choices])
        asking = mark.model_copy(update={"target": words, "choices": choices})
        return known.model_copy(update={"action": Ask(question=question), "thought": "", "plan": asking})

    def _nearest(self, words: str, located: Located, view: ScreenView, kind: Role | None) -> tuple[Choice, ...]:
        """What comes nearest, to be named in the question: by its letters, by what it may mean, and by its kind."""
        likely = [name for name, chance in self._weigh(words, view) if chance >= WORTH_NAMING]
        meant = [Candidate(one, one.box, 0.0, "model") for name in likely for one in view.reading.elements if one.text == name]
        alike = those_of_kind(kind, view) if kind is not None else ()
        return distinct([*located.candidates, *view.locate(words).candidates, *meant, *alike])


def _among_icons(located: Located, view: ScreenView, kind: Role | None) -> Located:
    """The icon that the words mean, where no text answers to them; else what was located, with the icons that come near."""
    if kind in NO_ICONS:
        return located
    icon = view.locate_icon(located.target)
    if icon.status == "missing":
        return replace(located, candidates=(*icon.candidates, *located.candidates))
    return icon if kind is None else of_kind(icon, kind, view)


def _icon_names(view: ScreenView) -> list[str]:
    """What icons surely are called that nothing is written on, with a capital as interfaces write names; no name that is written, too."""
    written = {fold(element.text).squeezed for element in view.reading.elements}
    called = dict.fromkeys(icon.element.text for icon in view.icons if not icon.label and icon.element.confidence >= SURE)
    return [name[:1].upper() + name[1:] for name in called if fold(name).squeezed not in written]


def _icon_in(box: Box, view: ScreenView) -> list[Candidate]:
    """The icon there, which a person chose."""
    there = [icon.element for icon in view.icons if icon.element.box.overlap(box) > 0.5]
    return [Candidate(element, element.box, element.confidence, "icon") for element in there]


def _role_instead(words: str, choice: Choice, kind: Role | None, view: ScreenView) -> str:
    """What is called as a person says, and is of another kind than they say."""
    element = view.observation.element_at(choice.box.center) if kind is not None else None
    alike = fold(choice.name).squeezed == fold(words).squeezed
    return element.role if alike and kind is not None and element is not None and contradicts(kind, element.role) else ""


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
