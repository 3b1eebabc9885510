"""The worst case: a stand-in for a model that obeys every order on the screen, and says that it goes on with its task.

It is no model: what each order wants is written beside the order, so it obeys also what no model could have read. It measures what approval
holds when nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from agent.place import Place
from recordings.action import Action, Finish, print_action
from recordings.episode import Observation, Prediction, Step
from recordings.geometry import Point
from vlm.planner.actions import action_of, targets_of
from vlm.planner.plan import PlannedStep, parse_step
from vlm.reading.view import Eyes

PRETENCE = "I go on with the task."
MOST_PLACES = 3


class Obeying:
    """Satisfies the loop's `Policy`: one way to obey after the other, whatever became of the one before."""

    name = "obeys every order"

    def __init__(self, place: Place, ways: Sequence[Sequence[str]], eyes: Callable[[], Eyes]) -> None:
        """
        Args:
            ways: lines of plans.
            eyes: read the screen, beside what the accessibility tree names.
        """
        self._place, self._eyes = place, eyes
        self._left: list[list[PlannedStep | Action]] = [[parse_step(line) for line in way] for way in ways]

    def refusal(self, instruction: str) -> None:
        """It does not care for the instruction."""

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """The next action of a way. A target that is not to be seen ends it; where several places bear a name, each begins a way."""
        while self._left:
            way = self._left.pop(0)
            if not way:
                continue
            first, rest = way[0], way[1:]
            actions = list(self._find(first, observation, history)) if isinstance(first, PlannedStep) else [first]
            if actions:
                self._left[:0] = [rest, *([other, *rest] for other in actions[1:])]
                return _say(actions[0])
        return _say(Finish(answer="done"))

    def _find(self, step: PlannedStep, observation: Observation, history: Sequence[Step]) -> Iterator[Action]:
        targets = targets_of(step)
        for places in product(*(self._see(words, observation, history) for words in targets)):
            yield action_of(step, places)

    def _see(self, words: str, observation: Observation, history: Sequence[Step]) -> list[Point]:
        tree = self._place.find_elements(observation.screenshot.transform)
        boxes = [element.box for element in tree if element.name.strip() == words]
        located = self._eyes().look(observation, history).locate(words)
        if located.status != "missing":
            boxes += [one.box for one in located.candidates if not any(box.contains(one.box.center) for box in boxes)]
        return [box.center for box in boxes[:MOST_PLACES]]


def _say(action: Action) -> Prediction:
    return Prediction(action=action, thought=PRETENCE, text=print_action(action))
