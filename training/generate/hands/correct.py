"""Have a model do tasks while scripted hands correct it, as a person does in the terminal UI.

`python -m training.generate.hands.correct TASK --model runs/mine --count 20 --seed 1 --to FOLDER`. Each proposal is compared with what the
instruction says next: a click inside the element that it names goes ahead, any other is replaced, and the episode keeps both.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from agent.accessibility import Accessibility
from agent.model import open_policy
from agent.place import Place
from agent.protocols import Decision, Policy, Verdict
from agent.session import Session
from agent.settings import ApprovalMode, Settings
from recordings.action import Action, Click, Finish, Press, Type
from recordings.episode import Element, Observation, Prediction, Source
from recordings.errors import DeskhandError
from recordings.geometry import Point
from tasks.catalogue import load_task
from training.command import command
from training.generate.hands.oracle import Named, find, plan


class Corrector:
    """Answers for the user: it knows from the instruction what comes next, and from the accessibility tree where that is."""

    def __init__(self) -> None:
        self.asked = self.corrected = 0
        self._place: Place | None = None
        self._tree: Accessibility | None = None
        self._left: list[Named | Type | Press] = []

    def begin(self, instruction: str, place: Place) -> None:
        """From now on this run is watched over. Raises DesktopError where its desktop has no accessibility tree."""
        self.end()
        assert place.stage is not None, "a run on a virtual desktop"
        display = place.stage.desktop
        self._place, self._left = place, plan(instruction)
        self._tree = Accessibility(display.env["DBUS_SESSION_BUS_ADDRESS"], display=display.display)

    def end(self) -> None:
        if self._tree is not None:
            self._tree.close()
            self._tree = None

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        wanted = self._left.pop(0) if self._left else Finish()
        self.asked += 1
        if isinstance(wanted, Named):
            assert self._place is not None and self._tree is not None
            element = find(wanted.text, self._place.desktop, self._tree)
            right, instead = clicks_on(prediction.action, element), _click_on(element)
        else:
            right, instead = prediction.action == wanted, wanted
        if right:
            return Decision(Verdict.APPROVE)
        self.corrected += 1
        return Decision(Verdict.APPROVE, instead, Source.CORRECTED)

    def answer(self, question: str) -> str | None:
        return None

    def agree(self, words: str) -> bool:
        return False


def clicks_on(action: Action | None, element: Element) -> bool:
    """Whether an action is one plain click inside an element."""
    plain = isinstance(action, Click) and action.button == "left" and action.count == 1 and not action.modifiers
    return plain and isinstance(action, Click) and element.box.contains(Point(x=action.x, y=action.y))


def _click_on(element: Element) -> Action:
    middle = element.box.center
    return Click(x=middle.x, y=middle.y)


def correct_many(task: str, settings: Settings, count: int, to: Path) -> Corrector:
    """One corrected run for each of `count` seeds, of which those whose checks do not hold are deleted and said."""
    corrector, policy = Corrector(), open_policy(settings)

    def watched(place: Place) -> Policy:
        corrector.begin(load_task(task).instantiate(session.settings.seed).quoted, place)
        return policy

    with Session(settings, person=corrector, make_policy=watched) as session:
        for seed in range(settings.seed, settings.seed + count):
            session.settings = settings.model_copy(update={"seed": seed, "episodes": to})
            try:
                for _ in session.run(task):
                    pass
            except DeskhandError as error:
                print(f"seed {seed}: {error}", file=sys.stderr, flush=True)
            finally:
                corrector.end()
            result = session.result
            if result is not None and result.episode is not None and not result.verdict:
                print(f"seed {seed}: {result.line()}", file=sys.stderr, flush=True)
                shutil.rmtree(result.episode, ignore_errors=True)
    return corrector


@command
def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.generate.hands.correct", description="Record runs of a model that scripted hands correct."
    )
    parser.add_argument("tasks", nargs="+", metavar="TASK", help="names of tasks, or paths of their YAML files")
    parser.add_argument("--model", default="pocket", help="the model (default: %(default)s)")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="runs of each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first seed (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=Path("corrections"), metavar="FOLDER")
    arguments = parser.parse_args()
    settings = Settings(model=arguments.model, desktop="virtual", approve=ApprovalMode.EACH, seed=arguments.seed)
    for task in arguments.tasks:
        watched = correct_many(task, settings, arguments.count, arguments.to)
        print(f"{task}: {watched.corrected} of {watched.asked} steps corrected", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
