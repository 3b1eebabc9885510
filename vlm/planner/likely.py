"""Which visible name a person's words mean.

    words ─► sentence encoder ─► how near each name comes, or what people say for it ─► the nearest
    words, and "it" ─► language model ─► how much likelier each is for these words than for any ─┴─► chances, and that of none

A name's weight is exp(NEAR · likeness + LIFT · log of that ratio), and exp(NONE) is that of something else. All three were fitted to 176
phrases for names and 132 for what is not there, on 22 screens (the set `fitted` of `training.evaluation.paraphrases`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from heapq import nlargest

from vlm.reading.icons.meaning import meanings
from vlm.reading.icons.names import icon_names

Likeness = Callable[[str, Sequence[str]], list[float]]
"""How alike words and each phrase are: `vlm.sentences.Sentences.likeness`."""
Weigh = Callable[[str, list[str]], list[float]]
"""How likely a screen calls so what a person calls with these words: `vlm.planner.model.PlanModel.weigh`."""

NEAR, LIFT, NONE = 13.1, 0.28, 5.97
ASKED = "how do I {}"
"""The encoder learned from questions and their answers: a phrase lies nearer to its name where it is asked so."""
SAID = 0.85
"""What people say for a name counts so much of the name itself."""
NEAREST = 12
"""Names that the language model is asked about."""
NEUTRAL = "it"
LEAST = 1e-7
"""No chance is taken for less."""


def likely_names(words: str, names: Sequence[str], likeness: Likeness, weigh: Weigh) -> list[tuple[str, float]]:
    """The names that come nearest, the likeliest first, each with its chance; what is left to 1 is that none is meant."""
    near = nlargest(NEAREST, zip(_nearness(ASKED.format(words), names, likeness), names, strict=True))
    nearest = [name for _, name in near]
    said, usual = weigh(words, nearest), weigh(NEUTRAL, nearest)
    weights = [
        math.exp(NEAR * alike + LIFT * math.log(max(chance, LEAST) / max(always, LEAST)))
        for (alike, _), chance, always in zip(near, said, usual, strict=True)
    ]
    whole = sum(weights) + math.exp(NONE)
    return sorted(((name, weight / whole) for name, weight in zip(nearest, weights, strict=True)), key=lambda one: -one[1])


def _nearness(question: str, names: Sequence[str], likeness: Likeness) -> list[float]:
    said = [_said_for(name) for name in names]
    alike = iter(likeness(question, [*names, *(phrase for phrases in said for phrase in phrases)]))
    itself = [next(alike) for _ in names]
    return [max([own, *(SAID * next(alike) for _ in phrases)]) for own, phrases in zip(itself, said, strict=True)]


def _said_for(name: str) -> list[str]:
    """What else people say for what icons of this name do."""
    return [phrase for place in sorted(meanings(name)[0]) for phrase in icon_names()[place].said]
