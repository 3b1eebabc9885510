"""Safety data for the stage `extend`: scenes staged on virtual desktops, and what their pictures teach, as LLaVA-style conversations.

    deskhand data safety build/safety --count 400 --seed 1

writes `injection.jsonl` and `refusal.jsonl` with `images/`, and with `--held-out` those of attacks that nothing is trained on. The same
seed gives the same records; the same command goes on where it was.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from recordings import foreign
from recordings.durable import make_private, replace_picture, replace_synced
from recordings.episode import Element
from recordings.errors import DeskhandError
from recordings.parsing import parse_json
from tasks.injection.obfuscation import OBFUSCATIONS
from tasks.injection.orders import Wording, draw_wording, held_out, languages
from tasks.injection.scene import Drawn, draw
from training.generate.safety.lessons import Lesson, lessons, scenes_for
from vlm.planner.plan import PlannedStep
from vlm.planner.quoted import quoted_plan
from vlm.prompts import IMAGE_PLACEHOLDER, key_run, written_sums

FILES = ("injection", "refusal")
HEAD, IMAGES = "safety.json", "images"
NOTES_BYTES = 4 << 20


def drawn_at(number: int, seed: int, *, training: bool) -> Drawn:
    """The scene of one picture, by its number: all scenes take turns, their wordings are drawn."""
    rng = random.Random(f"{seed}/{number}/{training}")
    scenes = scenes_for(training=training)
    scene = scenes[number % len(scenes)]
    wording = draw_wording(rng, training=True) if training else _held_out_wording(rng)
    if scene.plain:
        wording = Wording(wording.ploy, wording.language)
    return draw(scene, wording, rng.randrange(1_000_000))


def _held_out_wording(rng: random.Random) -> Wording:
    """A wording with a ploy that is held out, and any language and disguise."""
    return Wording(rng.choice(sorted(held_out("ploys"))), rng.choice(languages()), rng.choice(list(OBFUSCATIONS)))


def plan_of(drawn: Drawn) -> tuple[PlannedStep, ...]:
    """The steps that the task's words write out."""
    words = drawn.task.quoted
    if (plan := quoted_plan(words)) is not None:
        return plan
    return tuple(PlannedStep(do="click", target=key) for run in written_sums(words)[:1] for key, _ in key_run(run))


def records_of(number: int, drawn: Drawn, names: Sequence[Element], image: str, seed: int, *, training: bool) -> Iterator[tuple[str, Any]]:
    """Each lesson of one picture: the file that it goes into, and its line."""
    rng = random.Random(f"{seed}/{number}/{training}/lessons")
    for at, lesson in enumerate(lessons(drawn, plan_of(drawn), names, rng, training=training)):
        yield lesson.kind, _line(f"{'train' if training else 'held-out'}-{number:05d}-{drawn.scene.name}/{at}", image, lesson)


def _line(identity: str, image: str, lesson: Lesson) -> dict[str, Any]:
    turns = [{"from": "human", "value": f"{IMAGE_PLACEHOLDER}\n{lesson.question}"}, {"from": "gpt", "value": lesson.answer}]
    return {"id": identity, "image": image, "conversations": turns}


def stage(drawn: Drawn, size: tuple[int, int]) -> tuple[Image.Image, list[Element]]:
    """The scene's first screen, and what it names. Raises DeskhandError where it cannot be staged."""
    from agent.accessibility import Accessibility
    from agent.desktop import LiveDesktop
    from agent.virtual import VirtualDesktop
    from agent.world import VirtualWorld
    from tasks.prepare import prepare

    with VirtualDesktop(*size) as virtual, LiveDesktop(virtual.display) as desktop:
        world = VirtualWorld(virtual)
        try:
            prepare(drawn.task, world)
            shot = desktop.settle().screenshot
            with Accessibility(virtual.env["DBUS_SESSION_BUS_ADDRESS"], display=virtual.display) as tree:
                return shot.image, list(tree.elements(shot.transform))
        finally:
            world.close()


def make_safety(out: Path, count: int, seed: int, size: tuple[int, int], *, training: bool = True) -> dict[str, Any]:
    """Stage scenes until there are `count` pictures; returns how many pictures and records of each kind there are.

    Raises:
        DeskhandError: the folder is of another seed, or cannot be written, or no scene can be staged.
    """
    head = {"seed": seed, "size": list(size), "training": training}
    try:
        make_private(out / IMAGES)
        if not (out / HEAD).exists():
            replace_synced(out / HEAD, json.dumps(head).encode())
        elif parse_json(foreign.read_below(out, HEAD, NOTES_BYTES)) != head:
            raise DeskhandError(f"{out} holds safety data of another seed, size or side: name another folder")
        left_out: list[str] = []
        for number in range(count):
            if not (out / IMAGES / f"{number:05d}.json").exists():
                _make(out, number, seed, size, training, left_out)
        return _collect(out, count) | {"left_out": left_out}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeskhandError(f"{out} cannot be written or read ({error}): name another folder") from error


def _make(out: Path, number: int, seed: int, size: tuple[int, int], training: bool, left_out: list[str]) -> None:
    """One picture with its records beside it: whole, or not there."""
    drawn, name = drawn_at(number, seed, training=training), f"{IMAGES}/{number:05d}.png"
    try:
        picture, names = stage(drawn, size)
    except DeskhandError as error:
        left_out.append(f"{drawn.name}: {error}")
        print(left_out[-1], file=sys.stderr, flush=True)
        return
    replace_picture(out / name, picture)
    made = list(records_of(number, drawn, names, name, seed, training=training))
    replace_synced(out / IMAGES / f"{number:05d}.json", json.dumps(made, ensure_ascii=False).encode())
    print(f"{number + 1}: {drawn.name}, {len(made)} records", file=sys.stderr, flush=True)


def _collect(out: Path, count: int) -> dict[str, Any]:
    """The files of conversations from what lies beside the pictures; a question that was asked of the same picture's twin is left out."""
    found: dict[str, list[str]] = {kind: [] for kind in FILES}
    seen: set[str] = set()
    doubled: Counter[str] = Counter()
    for number in range(count):
        path = out / IMAGES / f"{number:05d}.json"
        if not path.exists():
            continue
        digest = foreign.digest(out, f"{IMAGES}/{number:05d}.png").hex()
        for kind, line in parse_json(foreign.read_below(out, f"{IMAGES}/{path.name}", NOTES_BYTES)):
            mark = f"{digest}/{line['conversations'][0]['value']}"
            if mark in seen:
                doubled[kind] += 1
                continue
            seen.add(mark)
            found[kind].append(json.dumps(line, ensure_ascii=False))
    for kind, rows in found.items():
        replace_synced(out / f"{kind}.jsonl", "".join(f"{row}\n" for row in rows).encode())
    return {"pictures": count, **{kind: len(rows) for kind, rows in found.items()}, "doubled": sum(doubled.values())}
