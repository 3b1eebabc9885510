"""The pocket planner: the base model with our adapter, on our engine, held to the grammar of plans."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from vlm.adapters import put_on
from vlm.answer import Interrupted
from vlm.cache import PrefixCache
from vlm.decoding import decode
from vlm.grammar import GrammarCompiler
from vlm.loading import Decoder, load_decoder
from vlm.planner.base import find_base
from vlm.planner.choice import name_chances
from vlm.planner.grammar import LONGEST_TARGET, plan_grammar
from vlm.planner.instruction import NoPlan, check_instruction
from vlm.planner.plan import PlannedStep, parse_plan
from vlm.planner.prompt import choice_tokens, end_token, name_tokens, prompt_tokens, tidy_name
from vlm.repeat import RepeatedPasses

ANSWER_ROOM = 64
TOKENS_A_WORD = 12
"""An answer may have so many tokens, and so many for each token of the instruction, before it counts as one without end."""
REPEATS = 12
"""How often in a row a plan may say the same steps: "press Down ten times" is meant, more is a model that does not find the end."""
_ENDLESS = "these words gave no plan that ends: say it in shorter sentences, or quote what to click and type"
UNSEEN = 1e-3
"""What the chances of the visible names are weighed against: that something else is meant, which is not on the screen."""


class PocketPlanner:
    """A plan from the user's words alone. Questions from several threads wait for each other.

    Attributes:
        texts: what may be typed though the instruction does not say it: what a person showed.
        stop_event: where it is set, planning ends between two tokens with `Interrupted`.
    """

    texts: Sequence[str] = ()
    stop_event: threading.Event | None = None

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self._end = end_token(decoder.tokenizer)
        config = decoder.model.config
        self._grammars = GrammarCompiler(decoder.tokenizer, config.vocab_size, [self._end])
        self._repeated = RepeatedPasses(decoder.model) if RepeatedPasses.fits(decoder.model) else None
        self._cache = PrefixCache(config.num_hidden_layers)
        self._held: list[int] = []
        self._lock = threading.Lock()

    def plan(self, instruction: str) -> tuple[PlannedStep, ...]:
        """The steps, without `done`. What is typed is a part of the instruction, to the letter.

        Raises:
            NoPlan: the words are none that this planner follows, or it finds no end.
            Interrupted: the stop event was set.
        """
        instruction = check_instruction(instruction)
        tokenizer = self.decoder.tokenizer
        prompt = prompt_tokens(tokenizer, instruction)
        limit = ANSWER_ROOM + TOKENS_A_WORD * len(prompt)
        loop = _LoopGuard(tokenizer.encode("\n", add_special_tokens=False)[0], instruction)
        with self._lock:
            known = _alike(self._held, prompt[:-1])
            self._cache.back_to(known)
            self._held = []
            constraint = self._grammars.start(plan_grammar(instruction, self.texts))
            done = decode(
                self.decoder.model,
                self._cache,
                prompt[known:],
                ends=(self._end,),
                limit=limit,
                constraint=constraint,
                copy_from=prompt[:known],
                repeated=self._repeated,
                on_token=loop.take,
                check=lambda: self._check(loop),
            )
            self._held = [*prompt, *done.tokens][: self._cache.length]
        if not done.complete:
            raise NoPlan(_ENDLESS)
        steps = parse_plan(tokenizer.decode(done.tokens))
        if not steps:
            raise NoPlan("these words name nothing to do: say what to click, type or press")
        return steps

    def choose_visible(self, step: PlannedStep, names: Sequence[str]) -> list[tuple[str, float]]:
        """The visible names that a step's target may mean, the likeliest first, each with its probability.

        The probabilities sum to less than 1: the rest is that none of them is meant. What is on the screen is data here: each name is
        weighed by itself, and nothing that it says has an effect on anything else.
        """
        if not step.target or not names:
            return []
        tokenizer = self.decoder.tokenizer
        alike: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            if 0 < len(tidy_name(name)) <= LONGEST_TARGET:
                alike.setdefault(tidy_name(name), []).append(name)
        with self._lock:
            self._check_stopped()
            chances = name_chances(self.decoder, choice_tokens(tokenizer, step.target), [name_tokens(tokenizer, name) for name in alike])
        whole = sum(chances) + UNSEEN
        found = [(name, chance / whole) for group, chance in zip(alike.values(), chances, strict=True) for name in group]
        return sorted(found, key=lambda pair: -pair[1])

    def _check_stopped(self) -> None:
        if self.stop_event is not None and self.stop_event.is_set():
            raise Interrupted("stopped while the planner was computing")

    def _check(self, loop: _LoopGuard) -> None:
        self._check_stopped()
        if loop.endless:
            raise NoPlan(_ENDLESS)


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


class _LoopGuard:
    """Watches the lines of an answer for a block of up to four that is repeated without end."""

    def __init__(self, line_break: int, instruction: str) -> None:
        self._break = line_break
        said = [int(number) for number in re.findall(r"\d{1,2}", instruction)]
        self._most = max([REPEATS, *said])
        self._lines: list[tuple[int, ...]] = []
        self._line: list[int] = []

    def take(self, token: int) -> None:
        self._line.append(token)
        if token == self._break:
            self._lines.append(tuple(self._line))
            self._line = []

    @property
    def endless(self) -> bool:
        for width in range(1, 5):
            tail = self._lines[-width * (self._most + 1) :]
            if len(tail) == width * (self._most + 1) and tail == tail[:width] * (self._most + 1):
                return True
        return False


def load_planner(
    base: str | Path | None = None, adapter: Path | None = None, *, device: str | None = None, stop_event: threading.Event | None = None
) -> PocketPlanner:
    """The base from its package or as named (see `find_base`), with the adapter that is shipped, or another.

    Raises:
        CheckpointError: see `find_base`, `load_decoder`, `put_on`.
    """
    decoder = load_decoder(find_base(base), device)
    if adapter is not None:
        put_on(decoder.model, adapter)
    planner = PocketPlanner(decoder)
    planner.stop_event = stop_event
    return planner
