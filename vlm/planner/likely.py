"""Which visible name a person's words mean.

    words ─► sentence encoder ─► how near each name comes, or what people say for it ─► the nearest
    words, and "it" ─► language model ─► how much likelier each is for these words than for any ─┴─► chances, and that of none

A name's weight is exp(NEAR · likeness + LIFT · log of that ratio − BESIDE where a word of it is said and others besides), exp(NONE) that of
something else. All four were fitted to 544 phrases for names and 360 for what is not there, on 68 screens (`fitted` in
`training/evaluation/paraphrases.jsonl`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from heapq import nlargest

from vlm.reading.folding import fold
from vlm.reading.icons.meaning import meanings
from vlm.reading.icons.names import icon_names

Likeness = Callable[[str, Sequence[str]], list[float]]
"""How alike words and each phrase are: `vlm.sentences.Sentences.likeness`."""
Weigh = Callable[[str, list[str]], list[float]]
"""How likely a screen calls so what a person calls with these words: `vlm.planner.model.PlanModel.weigh`."""

NEAR, LIFT, BESIDE, NONE = 14.2, 0.3, 3.2, 5.99
ASKED = "how do I {}"
"""The encoder learned from questions and their answers: a phrase lies nearer to its name where it is asked so."""
SAID = 0.85
"""What people say for a name counts so much of the name itself."""
NEAREST = 12
"""Names that the language model is asked about."""
NEUTRAL = "it"
LEAST = 1e-7
"""No chance is taken for less."""
_ENDINGS = ("ing", "ed", "es", "s", "er", "ly")
_STEM = 3
"""Letters that an ending leaves at least."""
_IDLE_WORDS = """
a an the to of in into on at for from by with and or so if not no is are it its this that these those what which who whose when where
how i my me you your we our he his she her they their them do does dont did can could would should will be have has had want need get
got make let put take go here there out up down over under as some any one ones thing things more all m s t ve ll re
"""
_IDLE = frozenset(_IDLE_WORDS.split())


def likely_names(words: str, names: Sequence[str], likeness: Likeness, weigh: Weigh) -> list[tuple[str, float]]:
    """The names that come nearest, the likeliest first, each with its chance; what is left to 1 is that none is meant."""
    near = nlargest(NEAREST, zip(_nearness(ASKED.format(words), names, likeness), names, strict=True))
    nearest = [name for _, name in near]
    said, usual = weigh(words, nearest), weigh(NEUTRAL, nearest)
    weights = [
        math.exp(NEAR * alike + LIFT * math.log(max(chance, LEAST) / max(always, LEAST)) - BESIDE * asks_besides(words, name))
        for (alike, name), chance, always in zip(near, said, usual, strict=True)
    ]
    whole = sum(weights) + math.exp(NONE)
    return sorted(((name, weight / whole) for name, weight in zip(nearest, weights, strict=True)), key=lambda one: -one[1])


def asks_besides(words: str, name: str) -> bool:
    """Whether a word of a name was said, and others that it does not say: who asks for "sales by product" seldom means "Sales by region",
    and who asks "how many times to print it" seldom "Print"."""
    mine, its = _stems(words), _stems(name)
    return bool(mine & its and mine - its)


def _stems(text: str) -> set[str]:
    found = (word.text for word in fold(text).words if word.text not in _IDLE)
    return {
        next((word.removesuffix(end) for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= _STEM), word) for word in found
    }


def _nearness(question: str, names: Sequence[str], likeness: Likeness) -> list[float]:
    said = [_said_for(name) for name in names]
    alike = iter(likeness(question, [*names, *(phrase for phrases in said for phrase in phrases)]))
    itself = [next(alike) for _ in names]
    return [max([own, *(SAID * next(alike) for _ in phrases)]) for own, phrases in zip(itself, said, strict=True)]


def _said_for(name: str) -> list[str]:
    """What else people say for what icons of this name do."""
    return [phrase for place in sorted(meanings(name)[0]) for phrase in icon_names()[place].said]
