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

from agent.model import open_grounder
from agent.protocols import GroundingAnswer
from agent.settings import Settings
from recordings.errors import DeskhandError
from tasks.catalogue import demo_tasks, registered_tasks
from tasks.statistics import by_group, rate_of
from training.screens import KINDS, generate
from training.screens.store import ScreenElement, StoredScreen, askable, read_screens
from vlm.answer import NotOnScreen
from vlm.policy import Engine

TEST_SEEDS = 1_000_003
"""Added to the seed of screens made for a measurement, far from those of any training configuration."""
QUESTIONS_PER_SCREEN = 6
TASK_FILES = (".yaml", ".yml")


def evaluate(on: str, count: int, settings: Settings) -> dict[str, Any]:
    """Measure the settings' model on freshly made screens (`drawn`, `pages`, `applications`), a folder of labelled screens,
    the `demo` tasks, or tasks by name or path, separated by commas.

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
    if on not in KINDS and not (on and Path(on).is_dir()):
        known = f"{', '.join(KINDS)}, demo, injection, a folder of labelled screens, or tasks (deskhand tasks list)"
        raise DeskhandError(f"--on: there is no {on!r} to measure on: name {known}")
    loaded, seed = open_grounder(settings), settings.seed
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
        pool = askable(screen.elements)
        for element in rng.sample(pool, min(QUESTIONS_PER_SCREEN, len(pool), left)):
            left -= 1
            yield screen, element
        if not left:
            return


def evaluate_screens(model: Engine, screens: Iterator[StoredScreen], count: int, seed: int) -> dict[str, Any]:
    """The hit rate of `ground` on labelled screens; what the model does not find is `missing`, and no hit."""
    hits = n = missing = 0
    seconds: list[float] = []
    judged: list[tuple[str, bool]] = []
    for screen, element in questions_of(screens, count, seed):
        picture = screen.picture()
        sight = model.look(picture)
        n += 1
        found = find(sight, element.name)
        missing += found is None
        hit = found is not None and element.box_in(picture.size).contains(found.point)
        hits += hit
        if found is not None:
            seconds.append(found.seconds)
        judged.append((screen.app, hit))
        if n % 50 == 0:
            print(f"{n} questions, {hits} hits", file=sys.stderr, flush=True)
    report = rate_of(hits, n) | {"missing": missing, "seconds_per_question": round(statistics.median(seconds), 3) if seconds else None}
    return report | {"by_app": by_group(judged)}


def find(sight: Any, words: str) -> GroundingAnswer | None:
    """Where a model sees the words; None where it says that it does not."""
    try:
        found: GroundingAnswer = sight.ground(words)
        return found
    except NotOnScreen:
        return None


def task_names(on: str) -> list[str]:
    """The tasks that a text names, or none where it names something else."""
    known = registered_tasks()
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
            report[name] = rate_of(sum(run.success for run in runs), len(runs)) | {
                "seconds": round(statistics.median(run.seconds for run in runs), 1),
                "steps": statistics.median(run.steps for run in runs),
                "runs": [run.success for run in runs],
            }
    return report
