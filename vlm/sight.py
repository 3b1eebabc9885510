"""What the model has seen, and every kind of question about it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from PIL import Image

from recordings.episode import Prediction, Step
from vlm.answer import Answer, ContextOverflow, Grounding
from vlm.decoding import Decoded, coordinate_confidence, decode
from vlm.grammar import action_grammar, box_grammar
from vlm.images import ProcessedImage
from vlm.prefix import read_pictures
from vlm.prompts import SPECIAL_TOKENS, Mode, Places, act_question, ground_question, parse_act_answer, parse_box
from vlm.zoom import Zoom, look_closer

if TYPE_CHECKING:
    from vlm.engine import VisionLanguageModel

ANSWER_LIMIT = 4096
"""Tokens of a free answer: what the published evaluations allow."""
ACTION_LIMIT = 640
"""Tokens of a thought line and an action."""
THINKING_LIMIT = 2048
"""Tokens of thinking before an answer is asked for."""
CUT = " …[cut]"
"""Ends a free answer that reached its limit."""


class Sight:
    """What the model has seen: the keys and values of the prompt up to and including the pictures, shared by all questions.

    Attributes:
        seconds: what looking took: processing, tower and prefill.
        prefix_length: tokens of the shared prefix.
        images, budget: what was looked at, for a closer look.
        raw: the budget and the fingerprints of the images, by which they are recognised without being processed.
    """

    images: Sequence[Image.Image] = ()
    budget: int | None = None
    raw: tuple[int | str | None, ...] = ()

    def __init__(self, model: VisionLanguageModel, pictures: Sequence[ProcessedImage], began: float) -> None:
        self._model = model
        self._pictures = len(pictures)
        self._grid = pictures[0].grid
        chunks = model.chat.chunks("", "own", self._pictures)[:-1]
        needed = sum(map(len, chunks)) + sum(len(picture.patches) for picture in pictures)
        if needed >= model.context_limit:
            raise ContextOverflow(f"the pictures need {needed} of {model.context_limit} tokens of context: lower --budget or show fewer")
        self._cache = model.lend_cache(self)
        read_pictures(model.network, chunks, pictures, self._cache, model.check)
        self.prefix_length = self._cache.length
        self.seconds = time.perf_counter() - began

    def ground(self, instruction: str, mode: Mode | None = None, zoom: Zoom | None = None) -> Grounding:
        """Find the element that the words describe.

        Args:
            mode: whether to think first; None: as the model is set, else `nothink`, as with every question that wants a place or an action.
            zoom: `auto` looks again at a small or uncertain box, at the full resolution of what is around it; see `vlm.zoom`. Several
                pictures are never zoomed into. None: as the model is set.

        Raises:
            ContextOverflow, Interrupted: see there.
        """
        answer = self._answer(
            ground_question(instruction),
            mode or self._model.mode or "nothink",
            box_grammar,
            ACTION_LIMIT,
        )
        box = parse_box(answer.text)
        assert box is not None, f"the grammar let through {answer.text!r}"
        found = Grounding(box, box.center, answer.confidence or 0.0, answer.seconds, context_used=answer.context_used)
        if (zoom or self._model.zoom) == "off" or len(self.images) != 1:
            return found
        return look_closer(found, self.images[0], self._grid, lambda part: self._beside(part).ground(instruction, mode, "off"))

    def _beside(self, part: Image.Image) -> Sight:
        """A sight of a part of the picture. Not among the kept ones: it would push out the screenshot it is a part of."""
        with self._model.lock:
            return Sight(self._model, [self._model.checkpoint.images.process(part, self.budget)], time.perf_counter())

    def act(self, instruction: str, history: Sequence[Step] = (), mode: Mode | None = None) -> Prediction:
        """The next action, with its coordinates. A malformed or unfinished answer is a prediction with a `mistake`.

        `confidence` is the geometric mean of the emitted coordinates' probabilities, None where there is no place.

        Raises:
            ContextOverflow, Interrupted: see there.
        """
        return self.propose(act_question(instruction, history), "coordinates", mode)

    def propose(
        self, question: str, places: Places, mode: Mode | None = None, parse: Callable[[str], Prediction] = parse_act_answer
    ) -> Prediction:
        """Ask for an action whose places are coordinates or words; `parse` reads the answer."""
        answer = self._answer(question, mode or self._model.mode or "nothink", partial(action_grammar, places), ACTION_LIMIT)
        cut = None if answer.complete else f"the answer did not end within {ACTION_LIMIT} tokens"
        return answer.prediction(parse, self._model.context_limit, cut)

    def ask(self, question: str, mode: Mode | None = None, on_text: Callable[[str], None] | None = None, limit: int = ANSWER_LIMIT) -> str:
        """A free answer, without the thinking before it; a mode of None: as the model is set, else the model chooses whether to think.

        Args:
            on_text: is given each new piece of text as it is written: thinking between its marks and `CUT`, too.
            limit: the most tokens; an answer that reaches it ends with `CUT`.

        Raises:
            ContextOverflow, Interrupted: see there.
        """
        answer = self._answer(question, mode or self._model.mode or "own", None, limit, on_text)
        return answer.text if answer.complete else answer.text + CUT

    def _answer(
        self, question: str, mode: Mode, grammar: Callable[[bool], str] | None, limit: int,
        on_text: Callable[[str], None] | None = None,
    ) -> Answer:  # fmt: skip
        model, ids = self._model, self._model.chat.ids
        began = time.perf_counter()
        prompt = self._prompt(question, mode)
        if self._cache.length + len(prompt) >= model.context_limit:
            raise ContextOverflow(
                f"the question needs {len(prompt)} tokens, {model.context_limit - self._cache.length} are left beside the pictures: "
                "shorten it or lower --budget"
            )
        thinking: list[int] = []
        told = on_text or (lambda piece: None)
        with model.lock, self._restored():
            unfed = prompt
            if mode == "own":
                unfed, mode = self._choose_mode(prompt)
            if mode == "think":
                room = model.context_limit - self._cache.length - len(unfed)
                # Where the context is short, thinking leaves the answer its own tokens and the two ends, half of what is left at most.
                most = min(THINKING_LIMIT, max(room - min(limit + 2, room // 2), 1))
                told(SPECIAL_TOKENS["think"])
                thought = self._decode(unfed, frozenset({ids["end_think"], *model.ends}), most, copy_from=[], on_text=on_text)
                told(SPECIAL_TOKENS["end_think"] + "\n")
                thinking = thought.tokens
                unfed = [*thought.unfed, ids["end_think"]]
            constraint = model.grammars.start(grammar(mode == "think")) if grammar is not None else None
            decoded = self._decode(unfed, model.ends, limit, constraint, copy_from=prompt, on_text=on_text)
            used = self._cache.length + len(decoded.unfed)
        if not decoded.complete:
            told(CUT)
        text = model.chat.decode(decoded.tokens)
        return Answer(
            text=text.strip() if grammar is None else text,
            thinking=f"{SPECIAL_TOKENS['think']}{model.chat.decode(thinking)}{SPECIAL_TOKENS['end_think']}" if thinking else "",
            confidence=coordinate_confidence([model.grammars.tokenizer.decode_bytes([token]) for token in decoded.tokens], decoded.chances),
            complete=decoded.complete,
            seconds=time.perf_counter() - began,
            context_used=used,
        )

    def _prompt(self, question: str, mode: Mode) -> list[int]:
        """What follows the prefix."""
        return self._model.chat.chunks(question, mode, self._pictures)[-1]

    def _choose_mode(self, prompt: list[int]) -> tuple[list[int], Mode]:
        """Let the model choose: what is still to be fed, and its choice. An answer begun without either mark counts as not thinking."""
        ids = self._model.chat.ids
        first = self._decode(prompt, frozenset({ids["think"], ids["nothink"], *self._model.ends}), 1, copy_from=[])
        if first.ended_by in (ids["think"], ids["nothink"]):
            return [first.ended_by], "think" if first.ended_by == ids["think"] else "nothink"
        self._cache.back_to(self._cache.length - 1)
        return prompt[-1:], "nothink"

    def _decode(
        self,
        prompt: list[int],
        ends: frozenset[int],
        limit: int,
        constraint: Any = None,
        *,
        copy_from: list[int],
        on_text: Callable[[str], None] | None = None,
    ) -> Decoded:
        model = self._model
        room = model.context_limit - self._cache.length - len(prompt)
        decoded = decode(
            model.network,
            self._cache,
            prompt,
            ends=ends,
            limit=min(limit, room),
            constraint=constraint,
            copy_from=copy_from,
            repeated=model.repeated,
            on_token=model.chat.streamer(on_text) if on_text is not None else None,
            check=model.check,
        )
        if not decoded.complete and room <= limit:
            raise ContextOverflow(f"the answer reached the end of the context ({model.context_limit} tokens): ask for less")
        return decoded

    @contextmanager
    def _restored(self) -> Iterator[None]:
        """Whatever is asked, also where it ends in an error, leaves the shared prefix as it was."""
        try:
            yield
        finally:
            self._cache.back_to(self.prefix_length)
