"""Pairs as batches of token ids: sorted by length in pools, so that a batch is hardly padded and plain causal attention serves.

Padding stands on the right, where causal attention never looks: no mask is needed, and the fast kernels apply.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import IterableDataset, get_worker_info

from training.generate.instructions.choices import choice
from training.generate.instructions.pairs import make_pair
from training.stages.encode import IGNORED
from training.stages.text.settings import TextSettings
from training.stages.text.taught import REFUSED, Taught
from vlm.bounds import read_tokenizer
from vlm.planner.plan import PlannedStep, print_plan
from vlm.planner.prompt import choice_tokens, end_token, name_tokens, prompt_tokens

LONGEST = 768
"""Tokens of a pair; longer ones are left out."""


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids, and where in them the answer begins."""

    ids: list[int]
    start: int


class Encoder:
    """Pairs to token ids, in the very prompts of inference."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._end = end_token(tokenizer)

    @lru_cache(maxsize=4)  # noqa: B019 – one encoder lives as long as its process
    def _around(self, kind: str) -> tuple[list[int], list[int]]:
        """What stands before and after the words of a question: each part is tokenised by itself."""
        ask = prompt_tokens if kind == "plan" else choice_tokens
        one, other = ask(self.tokenizer, "a"), ask(self.tokenizer, "b")
        at = next(place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
        return one[:at], one[at + 1 :]

    def _plain(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)

    def plan(self, instruction: str, steps: Sequence[PlannedStep]) -> Example:
        head, tail = self._around("plan")
        prompt = [*head, *self._plain(instruction.strip()), *tail]
        return Example([*prompt, *self._plain(print_plan(steps)), self._end], len(prompt))

    def choice(self, target: str, name: str) -> Example:
        head, tail = self._around("choice")
        prompt = [*head, *self._plain(target.strip()), *tail]
        return Example([*prompt, *name_tokens(self.tokenizer, name)], len(prompt))


Batch = dict[str, "np.ndarray[Any, np.dtype[np.int32]]"]
"""`ids` and `truth`, both [examples, longest]; `truth` is `IGNORED` but where an answer's token is to be told. Plain arrays: they go from
process to process through a pipe, where tensors would need shared memory."""


def batch_of(examples: Sequence[Example], pad: int) -> Batch:
    longest = max(len(one.ids) for one in examples)
    ids = np.full((len(examples), longest), pad, np.int32)
    truth = np.full((len(examples), longest), IGNORED, np.int32)
    for row, one in enumerate(examples):
        ids[row, : len(one.ids)] = one.ids
        truth[row, one.start : len(one.ids)] = one.ids[one.start :]
    return {"ids": ids, "truth": truth}


def in_batches(examples: Sequence[Example], tokens: int, pad: int) -> list[Batch]:
    """All examples in batches of at most `tokens` tokens, padding included, those of like length together."""
    batches: list[Batch] = []
    group: list[Example] = []
    for one in sorted(examples, key=lambda example: len(example.ids)):
        if group and (len(group) + 1) * len(one.ids) > tokens:
            batches.append(batch_of(group, pad))
            group = []
        group.append(one)
    return [*batches, batch_of(group, pad)] if group else batches


class Stream(IterableDataset):
    """Batches without end; each worker process makes its own from its own seed.

    Args:
        base: the folder with the tokenizer, which each process loads for itself.
        taught: what was shown comes again and again, for the settings' share of all examples.
        begun: a number that changes when a run is resumed, so that nothing is seen twice.
    """

    def __init__(self, base: Path, settings: TextSettings, taught: Taught | None = None, begun: int = 0) -> None:
        self.base, self.settings, self.taught, self.begun = base, settings, taught, begun

    def __iter__(self) -> Iterator[Batch]:
        info = get_worker_info()
        settings = self.settings
        rng = random.Random(f"{settings.seed}-{self.begun}-{info.id if info is not None else 0}")
        encoder = Encoder(read_tokenizer(self.base))
        while True:
            examples = [
                example
                for example in (self.example(encoder, rng) for _ in range(settings.pool))
                if len(example.ids) <= min(LONGEST, settings.tokens)
            ]
            batches = in_batches(examples, settings.tokens, encoder.tokenizer.pad_token_id or 0)
            # The last of a pool is short: it would weigh its few pairs like many.
            batches = batches[:-1] if len(batches) > 1 else batches
            rng.shuffle(batches)
            yield from batches

    def example(self, encoder: Encoder, rng: random.Random) -> Example:
        """One example, drawn."""
        if self.taught is not None and rng.random() < self.settings.taught:
            return encoder.plan(*self.taught.draw(rng))
        if rng.random() < self.settings.choices:
            return encoder.choice(*choice(rng))
        if self.taught is not None and rng.random() < REFUSED:
            return encoder.plan(*self.taught.refused(rng))
        pair = make_pair(rng, self.settings.idioms)
        while self.taught is not None and self.taught.contradicted(pair.instruction, pair.steps):
            pair = make_pair(rng, self.settings.idioms)
        return encoder.plan(pair.instruction, pair.steps)
