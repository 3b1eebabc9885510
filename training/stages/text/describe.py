"""What a planner's stage would learn from, without learning: the lessons of its episodes, and its examples token by token."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.datasets.episode_plans import Lessons, read_lessons
from training.stages.text.rows import Encoder, Example, Stream
from training.stages.text.settings import TextSettings
from training.stages.text.taught import Taught
from vlm.bounds import read_tokenizer
from vlm.planner.base import find_base


def describe(settings: TextSettings) -> Iterator[str]:
    """Lines about a run that is not done. Raises DeskhandError: see `read_lessons` and `find_base`."""
    lessons = read_lessons(settings.episodes)
    if settings.episodes:
        yield from lessons.lines()
    base = find_base(settings.base)
    yield f"base {base.name}, from {settings.adapter or 'a fresh adapter'}; rate {settings.rate:g}"
    length = f"{settings.minutes:g} minutes at most" if settings.minutes is not None else f"{settings.steps} steps"
    yield f"{length}, {settings.tokens * settings.accumulate} tokens a step"
    batch = next(iter(_stream(settings, base, lessons)))
    yield f"its first batch: {len(batch['ids'])} examples, {batch['ids'].size} tokens"


def show(settings: TextSettings, count: int, seed: int) -> Iterator[str]:
    """`count` of the examples that a stage learns from: their tokens, what the loss is on between ⟦ and ⟧.

    Raises:
        DeskhandError: see `read_lessons` and `find_base`.
    """
    lessons = read_lessons(settings.episodes)
    base = find_base(settings.base)
    tokenizer = read_tokenizer(base)
    encoder, rng, stream = Encoder(tokenizer), random.Random(seed), _stream(settings, base, lessons)
    for number in range(1, count + 1):
        example = stream.example(encoder, rng)
        yield f"{number}. {len(example.ids)} tokens, loss on {len(example.ids) - example.start}"
        yield _marked(tokenizer, example)
    if settings.episodes:
        yield from lessons.lines()


def _stream(settings: TextSettings, base: Path, lessons: Lessons) -> Stream:
    taught = Taught(lessons.taught) if lessons.taught else None
    return Stream(base, settings, taught)


def _marked(tokenizer: Any, example: Example) -> str:
    learned = "·".join(tokenizer.decode([token]) for token in example.ids[example.start :])
    return f"{tokenizer.decode(example.ids[: example.start])}⟦{learned}⟧"
