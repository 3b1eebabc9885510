"""What a model can do, measured on screens it never saw: hit rates with 95 % intervals, and live runs of tasks.

A hit is the predicted point inside the named element's box. Every number is printed with its sample size.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from agent.model import open_model
from agent.protocols import GroundingAnswer
from agent.settings import Settings
from recordings.action import Action, Click, Press, Type
from recordings.episode import Prediction, Step
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from tasks.catalogue import demo_tasks, list_tasks
from tasks.statistics import wilson_interval
from training.examples import act_example, unambiguous
from training.plans import quotable, stepwise, sum_task
from training.screens import KINDS, generate
from training.screens.drawn import draw_screen
from training.screens.store import ScreenElement, StoredScreen, read_screens
from vlm.answer import NotOnScreen
from vlm.pocket_engine import PocketEngine
from vlm.policy import Engine, Model
from vlm.prompts import PlanItem, parse_act_answer, print_thought

TEST_SEEDS = 1_000_003
"""Added to the seed of screens made for a measurement, far from those of any training configuration."""
QUESTIONS_PER_SCREEN = 6
TASK_FILES = (".yaml", ".yml")


def evaluate(on: str, count: int, settings: Settings) -> dict[str, Any]:
    """Measure the settings' model on freshly made screens (`drawn`, `pages`, `applications`), a folder of labelled screens, instructions
    to be followed step by step (`steps`), the `demo` tasks, or tasks by name or path, separated by commas.

    Args:
        count: questions, or runs of each task.
        settings: their seed chooses screens and questions; the screens' own seed is far from every training seed.

    Returns:
        A JSON-ready report: `hits`, `n`, `rate`, `interval`, seconds; for tasks one such entry each, with every run's success in order.
    """
    if on == "demo":
        return evaluate_tasks([task.name for task in demo_tasks()], count, settings)
    if names := task_names(on):
        return evaluate_tasks(names, count, settings)
    loaded, seed = open_model(settings), settings.seed
    if on == "steps":
        if isinstance(loaded, PocketEngine):
            raise DeskhandError("steps are for checkpoints that write actions, and pocket plans: try deskhand plan, or --model vlm/pocket")
        return evaluate_steps(loaded, count, seed)
    if on not in KINDS:
        return evaluate_screens(loaded, read_screens(Path(on)), count, seed)
    with tempfile.TemporaryDirectory(prefix="deskhand-screens-") as folder:
        generate(on, -(-count // QUESTIONS_PER_SCREEN) + 2, Path(folder), TEST_SEEDS + seed, (1024, 768))
        return evaluate_screens(loaded, read_screens(Path(folder)), count, seed)


def questions_of(screens: Iterator[StoredScreen], count: int, seed: int) -> Iterator[tuple[StoredScreen, ScreenElement]]:
    """Up to `count` elements to point at, at most a few from each screen, each with a name that no other element there has."""
    rng = random.Random(seed)
    left = count
    for screen in screens:
        pool = [element for element in unambiguous(screen.elements) if len(element.name) <= 60]
        for element in rng.sample(pool, min(QUESTIONS_PER_SCREEN, len(pool), left)):
            left -= 1
            yield screen, element
        if not left:
            return


def evaluate_screens(model: Engine, screens: Iterator[StoredScreen], count: int, seed: int) -> dict[str, Any]:
    """The hit rate of `ground` on labelled screens; what the model does not find is `missing`, and no hit."""
    hits = n = missing = 0
    seconds: list[float] = []
    by_app: dict[str, list[int]] = {}
    for screen, element in questions_of(screens, count, seed):
        picture = screen.picture()
        sight = model.look(picture)
        n += 1
        found = find(sight, element.name)
        missing += found is None
        hit = found is not None and _box_of(element, picture.size).contains(found.point)
        hits += hit
        if found is not None:
            seconds.append(found.seconds)
        by_app.setdefault(screen.app, []).append(int(hit))
        if n % 50 == 0:
            print(f"{n} questions, {hits} hits", file=sys.stderr, flush=True)
    report = _rate(hits, n) | {"missing": missing, "seconds_per_question": round(statistics.median(seconds), 3) if seconds else None}
    return report | {"by_app": {app: f"{sum(found)}/{len(found)}" for app, found in sorted(by_app.items())}}


def find(sight: Any, words: str) -> GroundingAnswer | None:
    """Where a model sees the words; None where it says that it does not."""
    try:
        found: GroundingAnswer = sight.ground(words)
        return found
    except NotOnScreen:
        return None


def _box_of(element: ScreenElement, size: tuple[int, int]) -> Box:
    x1, y1, x2, y2 = element.box
    return Box.from_pixels(x1, y1, x2 - x1, y2 - y1, size)


def evaluate_steps(model: Model, count: int, seed: int) -> dict[str, Any]:
    """How often `act` names the right next item of an instruction never trained on, whatever the screen shows; texts letter by letter.

    Half of the instructions quote what to click, type and press, half are sums for a calculator; any number of steps may be done already.
    """
    rng = random.Random(TEST_SEEDS + seed)
    found: dict[str, list[int]] = {}
    for number in range(count):
        if number % QUESTIONS_PER_SCREEN == 0:
            screen = draw_screen(rng, (640, 480))
            sight = model.look(screen.picture())
        names = [element.name for element in screen.elements if quotable(element.name)]
        summing = rng.random() < 0.5
        instruction, plan, index = sum_task(rng) if summing else stepwise(rng, None, names)
        wanted = parse_act_answer(act_example(instruction, plan, index, None, Point(x=0.5, y=0.5)).answer)
        prediction = sight.act(instruction, [_taken(at, item) for at, item in enumerate(plan[:index])])
        right = prediction.thought == wanted.thought and (isinstance(wanted.action, Click) or prediction.action == wanted.action)
        verb = plan[index].verb if index < len(plan) else "finish"
        found.setdefault("sum" if summing else verb, []).append(int(right))
    every = [right for part in found.values() for right in part]
    return _rate(sum(every), len(every)) | {"by_kind": {kind: f"{sum(part)}/{len(part)}" for kind, part in sorted(found.items())}}


def _taken(index: int, item: PlanItem) -> Step:
    """A step as the loop would have recorded it."""
    action: Action | None = None
    if item.verb == "type":
        action = Type(text=item.text)
    elif item.verb == "press":
        action = Press(keys=tuple(item.text.split("+")))
    return Step(index=index, prediction=Prediction(thought=print_thought(item), action=action), action=action)


def task_names(on: str) -> list[str]:
    """The tasks that a text names, or none where it names something else."""
    known = {task.name for task in list_tasks()}
    names = on.split(",")
    return names if all(name in known or name.endswith(TASK_FILES) for name in names) else []


def evaluate_tasks(names: Sequence[str], count: int, settings: Settings) -> dict[str, Any]:
    """How often tasks are done by the settings' model on a virtual desktop, with seeds from the settings' on.

    Episodes are kept where the settings name a folder for them.
    """
    from agent.session import Session

    report: dict[str, Any] = {}
    with Session(settings.model_copy(update={"record": settings.episodes is not None})) as session:
        for name in names:
            runs = []
            for number in range(count):
                session.settings = session.settings.model_copy(update={"seed": settings.seed + number})
                for _ in session.run(name):
                    pass
                assert session.result is not None
                print(session.result.line(), file=sys.stderr, flush=True)
                runs.append(session.result)
            report[name] = _rate(sum(run.success for run in runs), len(runs)) | {
                "seconds": round(statistics.median(run.seconds for run in runs), 1),
                "steps": statistics.median(run.steps for run in runs),
                "runs": [run.success for run in runs],
            }
    return report


def _rate(hits: int, n: int) -> dict[str, Any]:
    low, high = wilson_interval(hits, n)
    return {"hits": hits, "n": n, "rate": round(hits / n, 4) if n else None, "interval": [round(low, 4), round(high, 4)]}
