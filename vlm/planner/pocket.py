"""The pocket planner: rules for what is written out, a small language model for a person's own words."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from vlm.answer import Interrupted
from vlm.planner.arithmetic import check_sum
from vlm.planner.beyond import check_beyond
from vlm.planner.dictation import check_texts, quote_texts
from vlm.planner.grammar import LONGEST_TARGET, plan_grammar
from vlm.planner.instruction import NoPlan, check_instruction, check_length
from vlm.planner.languages import check_language
from vlm.planner.likely import likely_names
from vlm.planner.mending import mend
from vlm.planner.negation import check_negations
from vlm.planner.parts import in_parts
from vlm.planner.plan import Plan, PlannedStep, parse_plan
from vlm.planner.prompt import prompt_tokens, tidy_name
from vlm.planner.quoted import mark_quotations, quoted_plan
from vlm.planner.repeats import plan_counted
from vlm.planner.rephrasing import number_said, rephrased
from vlm.planner.shown import is_shown
from vlm.planner.spoken import keep_to_words
from vlm.planner.typed import complete_texts
from vlm.planner.unheeded import unheeded

if TYPE_CHECKING:
    from vlm.loading import Decoder
    from vlm.planner.model import PlanModel
    from vlm.sentences import Sentences

ANSWER_ROOM = 64
TOKENS_A_TOKEN = 8
"""An answer may have so many tokens, and so many for each token of the instruction, before it counts as one without end."""
REPEATS = 8
"""How often in a row a plan may say the same steps: what is to be done oftener is counted by rules, more is a model that finds no end."""
_NOT_SAID = "these words do not show where the text to be typed begins and ends: put it between quotation marks"
_ENDLESS = "these words gave no plan that ends: say it in shorter sentences, or quote what to click and type"


class PocketPlanner:
    """A plan from the user's words alone.

    Args:
        load: loads the language model, which is done when it is needed for the first time; see `ready`.
        find_encoder: finds the sentence encoder, when names are first chosen among; None where there is none.

    Attributes:
        shown: what may be done though the instruction does not say it: what a person showed.
        stop_event: where it is set, planning ends between two tokens with `Interrupted`.
    """

    shown: Sequence[PlannedStep] = ()
    stop_event: threading.Event | None = None

    def __init__(self, load: Callable[[], Decoder], find_encoder: Callable[[], Sentences | None] = lambda: None) -> None:
        self._load, self._find_encoder = load, find_encoder
        self._loading = threading.Lock()

    def ready(self) -> PlanModel:
        """The language model, loaded; the first call takes some seconds. Raises CheckpointError."""
        with self._loading:
            return self._model

    @cached_property
    def _model(self) -> PlanModel:
        from vlm.planner.model import PlanModel

        return PlanModel(self._load())

    @cached_property
    def _sentences(self) -> Sentences | None:
        return self._find_encoder()

    def plan(self, instruction: str) -> Plan:
        """The steps, without `done`. What is typed is a part of the instruction, to the letter.

        Raises:
            NoPlan: the words are none that this planner follows, or it finds no end.
            CheckpointError: the model cannot be loaded.
            Interrupted: the stop event was set.
        """
        instruction = check_instruction(instruction)
        if (written := quoted_plan(instruction)) is not None:
            return Plan(check_length(written), 1.0)
        check_language(mark_quotations(instruction)[0])
        asked: list[Plan] = []

        def ask(words: str) -> Plan:
            asked.append(self._plan_said(words))
            return asked[-1]

        words = rephrased(instruction)
        steps = self._borne_out(words, plan_counted(quote_texts(words), ask), instruction)
        if not steps:
            raise NoPlan("these words name nothing to do: say what to click, type or press")
        chance = math.prod(plan.chance or 0.0 for plan in asked)
        as_shown = any(is_shown(words, step, self.shown) for step in steps)
        return Plan(check_length(steps), chance, unheeded=() if as_shown else unheeded(words, steps))

    def _plan_said(self, words: str) -> Plan:
        """The plan of words in which texts are marked, and nothing is counted: by rules where they suffice, else the model's."""
        if (written := quoted_plan(words)) is not None:
            return Plan(written, 1.0)
        plans = [(part, self._written_by_model(part)) for part in in_parts(words)]
        steps = [step for part, plan in plans for step in complete_texts(part, plan)]
        return Plan(steps, math.prod(plan.chance or 0.0 for _, plan in plans))

    def _borne_out(self, instruction: str, steps: Sequence[PlannedStep], said: str) -> tuple[PlannedStep, ...]:
        """The steps, as far as the instruction, as `rephrased`, and what was `said` bear them out. Raises NoPlan where they do not."""
        texts = self._texts
        for text in [step.text for step in steps if step.text is not None]:
            if text not in said and text not in texts and not number_said(text, said):
                raise NoPlan(_NOT_SAID)  # marks or counts that were put in for the model's sake
        check_texts(instruction, steps, texts)
        check_beyond(instruction, steps)
        check_sum(instruction, steps)
        check_negations(instruction, steps)
        as_shown = [is_shown(instruction, step, self.shown) for step in steps]
        if any(as_shown):
            return tuple(step if known else keep_to_words(instruction, [step])[0] for step, known in zip(steps, as_shown, strict=True))
        return mend(instruction, keep_to_words(instruction, steps))

    @property
    def _texts(self) -> list[str]:
        return [step.text for step in self.shown if step.text is not None]

    def _written_by_model(self, words: str) -> Plan:
        model = self.ready()
        prompt, empty = (prompt_tokens(model.tokenizer, asked) for asked in (words, ""))
        loop = _LoopGuard(model.tokenizer.encode("\n", add_special_tokens=False)[0])

        def check() -> None:
            self._check_stopped()
            if loop.endless:
                raise NoPlan(_ENDLESS)

        limit = ANSWER_ROOM + TOKENS_A_TOKEN * (len(prompt) - len(empty))
        text, done = model.write(prompt, plan_grammar(words, self._texts), limit, loop.take, check)
        if not done.complete:
            raise NoPlan(_ENDLESS)
        return Plan(parse_plan(text), math.prod(done.chances))

    def choose_visible(self, step: PlannedStep, names: Sequence[str]) -> list[tuple[str, float]]:
        """The visible names that a step's target may mean, the likeliest first, each with its probability; none where there is no encoder.

        The probabilities sum to less than 1: the rest is that none of them is meant. What is on the screen is data here: each name is
        weighed by itself, and nothing that it says has an effect on anything else.
        """
        alike: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            if 0 < len(tidy_name(name)) <= LONGEST_TARGET:
                alike.setdefault(tidy_name(name), []).append(name)
        if not step.target or not alike or (sentences := self._sentences) is None:
            return []
        self._check_stopped()
        likely = likely_names(step.target, list(alike), sentences.likeness, self.ready().weigh)
        return [(name, chance) for tidy, chance in likely for name in alike[tidy]]

    def _check_stopped(self) -> None:
        if self.stop_event is not None and self.stop_event.is_set():
            raise Interrupted("stopped while the planner was computing")


class _LoopGuard:
    """Watches the lines of an answer for a block of up to four that is repeated without end."""

    def __init__(self, line_break: int) -> None:
        self._break = line_break
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
            tail = self._lines[-width * (REPEATS + 1) :]
            if len(tail) == width * (REPEATS + 1) and tail == tail[:width] * (REPEATS + 1):
                return True
        return False
