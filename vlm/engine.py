"""The model's face: look at a screenshot once, then ask about it as often as you like.

model = load("pocket")
sight = model.look(screenshot)              # tower and prefill: once per distinct image
sight.ground("start playback").point
sight.act("Save the file", history).action
sight.ask("What is in the title bar?")
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from recordings.episode import Prediction, Step
from recordings.geometry import Point
from vlm.adapters import put_on
from vlm.answer import Answer, ContextOverflow, Grounding, Interrupted
from vlm.blanks import without_blanks
from vlm.cache import PrefixCache
from vlm.chat import ChatFormat
from vlm.decoding import Decoded, coordinate_confidence, decode
from vlm.grammar import DECIMALS, GrammarCompiler, Places, act_grammar, action_grammar, box_grammar
from vlm.images import ProcessedImage
from vlm.loading import Checkpoint, Quantization, load_checkpoint
from vlm.pointer import Look, in_vain, read_pointing
from vlm.prefix import places_of, read_pictures
from vlm.prompts import Mode, act_question, ground_question, parse_act_answer, parse_box
from vlm.zoom import Zoom, look_closer

__all__ = ["ContextOverflow", "Grounding", "Interrupted", "Sight", "VisionLanguageModel", "load"]

KEPT_SIGHTS = 2
"""Screenshots whose keys and values stay in memory: the one before and the one now."""

ANSWER_LIMIT = 4096
"""Tokens of a free answer: what the published evaluations allow."""
ACTION_LIMIT = 640
"""Tokens of a thought line and an action."""
THINKING_LIMIT = 2048
"""Tokens of thinking before an answer is asked for."""
CUT = " …[cut]"
"""Ends a free answer that reached its limit."""


class VisionLanguageModel:
    """One loaded checkpoint. Questions from several threads wait for each other.

    Attributes:
        stop_event: where it is set, computing ends between two tokens with `Interrupted`; assign one, or leave it None.
        zoom: what `Sight.ground` does where it is not told.
        skip_blanks: whether blank patches are left out of pictures that are looked at; see `vlm.blanks`.
    """

    zoom: Zoom = "off"

    def __init__(self, checkpoint: Checkpoint, newlines: bool | None = None, stop_event: threading.Event | None = None) -> None:
        self.checkpoint = checkpoint
        self.stop_event = stop_event
        self.chat = ChatFormat(checkpoint.tokenizer, newlines)
        config = checkpoint.model.config
        ends = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
        self.ends = frozenset(token for token in (*ends, self.chat.ids["end"]) if token is not None)
        self.grammars = GrammarCompiler(checkpoint.tokenizer, config.vocab_size, sorted(self.ends))
        self.pointing = read_pointing(checkpoint)
        self.skip_blanks = bool(checkpoint.metadata.get("skip_blanks"))
        self.lock = threading.RLock()
        self._sights: OrderedDict[tuple[str, ...], Sight] = OrderedDict()

    @property
    def network(self) -> Any:
        """The torch module."""
        return self.checkpoint.model

    @property
    def context_limit(self) -> int:
        """Tokens, pictures included."""
        return int(self.network.config.max_position_embeddings)

    @property
    def metadata(self) -> dict[str, Any]:
        """The `deskhand` key of the checkpoint's configuration."""
        return self.checkpoint.metadata

    def look(self, image: Image.Image | Sequence[Image.Image], budget: int | None = None) -> Sight:
        """Take in one screenshot, or several in the order they were taken. The same pixels again cost only their digest.

        Args:
            image: PIL images of any mode and size that `vlm.images` takes.
            budget: the most patches per image; the checkpoint's own maximum where it is None.

        Raises:
            ImageError: an image that cannot be looked at.
            ContextOverflow: the pictures alone fill the context.
            Interrupted: the stop event was set.
        """
        images = [image] if isinstance(image, Image.Image) else list(image)
        if not images:
            raise ValueError("there is no image to look at")
        began = time.perf_counter()
        pictures = [self.process(each, budget) for each in images]
        key = tuple(picture.digest for picture in pictures)
        with self.lock:
            if key in self._sights:
                self._sights.move_to_end(key)
                # What looks the same may have been captured sharper.
                self._sights[key].images = images
                return self._sights[key]
            # Room first: two caches of the large model are a gigabyte and a half.
            while len(self._sights) >= KEPT_SIGHTS:
                self._sights.popitem(last=False)
            sight = Sight(self, pictures, began)
            sight.images, sight.budget = images, budget
            self._sights[key] = sight
            return sight

    def process(self, image: Image.Image, budget: int | None = None) -> ProcessedImage:
        """A picture as this model takes it in; raises ImageError."""
        picture = self.checkpoint.images.process(image, budget)
        return without_blanks(picture) if self.skip_blanks and self.network.config.resolution == "dynamic" else picture

    def forget(self) -> None:
        """Drop what was seen: other weights would have seen something else."""
        with self.lock:
            self._sights.clear()

    def check(self) -> None:
        """Raise `Interrupted` where the stop event is set."""
        if self.stop_event is not None and self.stop_event.is_set():
            raise Interrupted("stopped while the model was computing")


class Sight:
    """What the model has seen: the keys and values of the prompt up to and including the pictures, shared by all questions.

    Attributes:
        seconds: what looking took: processing, tower and prefill.
        prefix_length: tokens of the shared prefix.
        images, budget: what was looked at, for a closer look.
    """

    images: Sequence[Image.Image] = ()
    budget: int | None = None

    def __init__(self, model: VisionLanguageModel, pictures: Sequence[ProcessedImage], began: float) -> None:
        self._model = model
        self._pictures = len(pictures)
        self._grid, self._cells = pictures[0].grid, pictures[0].cells
        network = model.network
        chunks = model.chat.chunks("", "own", self._pictures)[:-1]
        needed = places_of(chunks, pictures)[1]
        if needed >= model.context_limit:
            raise ContextOverflow(f"the pictures need {needed} of {model.context_limit} tokens of context: lower the budget or show fewer")
        self._cache = PrefixCache(network.config.num_hidden_layers)
        read_pictures(network, chunks, pictures, self._cache, model.check)
        self.prefix_length = self._cache.length
        self.seconds = time.perf_counter() - began

    def ground(self, instruction: str, mode: Mode = "nothink", zoom: Zoom | None = None) -> Grounding:
        """Find the element that the words describe.

        Args:
            zoom: `auto` looks again at a small or uncertain box, at the full resolution of what is around it; see `vlm.zoom`. Several
                pictures are never zoomed into. None: as the model is set.

        Raises:
            ContextOverflow, Interrupted: see there.
        """
        answer = self._answer(
            ground_question(instruction),
            mode,
            lambda after_thinking: box_grammar(after_thinking=after_thinking),
            ACTION_LIMIT,
            look=self._look(box=True),
        )
        box = parse_box(answer.text)
        assert box is not None, f"the grammar let through {answer.text!r}"
        found = Grounding(box, box.center, answer.confidence or 0.0, answer.seconds)
        if (zoom or self._model.zoom) == "off" or len(self.images) != 1:
            return found
        return look_closer(found, self.images[0], self._grid, lambda part: self._beside(part).ground(instruction, mode, "off"))

    def _beside(self, part: Image.Image) -> Sight:
        """A sight of a part of the picture. Not among the kept ones: it would push out the screenshot it is a part of."""
        with self._model.lock:
            return Sight(self._model, [self._model.process(part, self.budget)], time.perf_counter())

    def act(self, instruction: str, history: Sequence[Step] = (), mode: Mode = "nothink") -> Prediction:
        """The next action, with its coordinates. A malformed or unfinished answer is a prediction with a `mistake`.

        A checkpoint with `quotes` in its metadata is held to what the instruction writes out (`act_grammar`); one that looks does not
        look again where the last clicks changed nothing.
        `confidence` is the geometric mean of the emitted coordinates' probabilities (or shares of the look), None where there is no place.

        Raises:
            ContextOverflow, Interrupted: see there.
        """
        grammar = partial(act_grammar, instruction, bool(self._model.metadata.get("quotes")))
        return self._propose(act_question(instruction, history), grammar, mode, parse_act_answer, self._look(avoid=in_vain(history)))

    def propose(
        self, question: str, places: Places, mode: Mode = "nothink", parse: Callable[[str], Prediction] = parse_act_answer
    ) -> Prediction:
        """Ask for an action whose places are coordinates or words; `parse` reads the answer."""
        return self._propose(question, lambda after_thinking: action_grammar(DECIMALS, places, after_thinking), mode, parse)

    def _propose(
        self, question: str, grammar: Callable[[bool], str], mode: Mode, parse: Callable[[str], Prediction], look: Look | None = None
    ) -> Prediction:
        answer = self._answer(question, mode, grammar, ACTION_LIMIT, look=look)
        cut = None if answer.complete else f"the answer did not end within {ACTION_LIMIT} tokens"
        return answer.prediction(parse, self._model.context_limit, cut)

    def ask(self, question: str, mode: Mode | None = None, on_text: Callable[[str], None] | None = None, limit: int = ANSWER_LIMIT) -> str:
        """A free answer, without the thinking before it; None leaves it to the model whether to think.

        Args:
            on_text: is given each new piece of text as it is written, thinking included.
            limit: the most tokens; an answer that reaches it ends with `CUT`.

        Raises:
            ContextOverflow, Interrupted: see there.
        """
        answer = self._answer(question, mode or "own", None, limit, on_text)
        return answer.text if answer.complete else answer.text + CUT

    def _answer(
        self, question: str, mode: Mode, grammar: Callable[[bool], str] | None, limit: int,
        on_text: Callable[[str], None] | None = None, look: Look | None = None,
    ) -> Answer:  # fmt: skip
        model, ids = self._model, self._model.chat.ids
        began = time.perf_counter()
        prompt = self._prompt(question, mode)
        if self._cache.position + len(prompt) >= model.context_limit:
            raise ContextOverflow(
                f"the question needs {len(prompt)} tokens, {model.context_limit - self._cache.position} are left beside the pictures: "
                "shorten it or lower the image budget"
            )
        thinking: list[int] = []
        with model.lock, self._restored():
            unfed = prompt
            if mode == "own":
                unfed, mode = self._choose_mode(prompt)
            if mode == "think":
                room = model.context_limit - self._cache.position - len(unfed)
                # Where the context is short, thinking leaves the answer its own tokens and the two ends, half of what is left at most.
                most = min(THINKING_LIMIT, max(room - min(limit + 2, room // 2), 1))
                thought = self._decode(unfed, frozenset({ids["end_think"], *model.ends}), most, copy_from=[], on_text=on_text)
                thinking = thought.tokens
                unfed = [*thought.unfed, ids["end_think"]]
            constraint = model.grammars.start(grammar(mode == "think")) if grammar is not None else None
            look = look or self._look()
            decoded = self._decode(unfed, model.ends, limit, constraint, copy_from=prompt, look=look, on_text=on_text)
            used = self._cache.position + len(decoded.unfed)
        text = model.chat.decode(decoded.tokens)
        return Answer(
            text=text.strip() if grammar is None else text,
            thinking=f"<think>{model.chat.decode(thinking)}</think>" if thinking else "",
            confidence=coordinate_confidence([model.grammars.tokenizer.decode_bytes([token]) for token in decoded.tokens], decoded.chances),
            complete=decoded.complete,
            seconds=time.perf_counter() - began,
            context_used=used,
        )

    def _prompt(self, question: str, mode: Mode) -> list[int]:
        """What follows the prefix."""
        return self._model.chat.chunks(question, mode, self._pictures)[-1]

    def _look(self, box: bool = False, avoid: Sequence[Point] = ()) -> Look | None:
        """Where coordinates are read from: None where the checkpoint was not taught to look, or there are several pictures to look at."""
        pointing = self._model.pointing
        if pointing is None or self._pictures != 1:
            return None
        return Look(pointing, len(self._model.chat.chunks("", "own", 1)[0]), self._grid, box, avoid, self._cells)

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
        look: Look | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Decoded:
        model = self._model
        room = model.context_limit - self._cache.position - len(prompt)
        decoded = decode(
            model.network,
            self._cache,
            prompt,
            ends=ends,
            limit=min(limit, room),
            constraint=constraint,
            copy_from=copy_from,
            look=look,
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


def load(
    source: str | Path = "pocket",
    quantization: Quantization | None = None,
    *,
    adapter: Path | None = None,
    newlines: bool | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    stop_event: threading.Event | None = None,
) -> VisionLanguageModel:
    """Load `pocket`, a checkpoint's folder or a hub id; see `vlm.loading.load_checkpoint` for types, devices and errors.

    `newlines` chooses a variant of the chat template, see `ChatFormat`; `adapter` is a folder for `vlm.adapters.put_on`.
    """
    checkpoint = load_checkpoint(source, quantization, device, dtype)
    if adapter is not None:
        put_on(checkpoint.model, adapter)
    return VisionLanguageModel(checkpoint, newlines, stop_event)
