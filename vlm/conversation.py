"""A conversation about several screenshots, shown one after another.

Everything said stays in the context. When it grows too long, the oldest pictures leave it, half of them at once: each time that happens,
all that comes after must be read again, so it must not happen at every turn. The words about them stay, the model reads that a picture
was there, and the reply says how many left. What still does not fit is an error; nothing is ever cut.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from PIL import Image
from torch import Tensor

from vlm.answer import Answer, ContextOverflow
from vlm.cache import PrefixCache
from vlm.chat import Role, defused
from vlm.engine import VisionLanguageModel
from vlm.images import ProcessedImage
from vlm.prompts import GONE, IMAGE_PLACEHOLDER, SPECIAL_TOKENS, Mode, user_turn
from vlm.sight import ANSWER_LIMIT, CUT, Sight

ANSWER_RESERVE = 1024
"""Tokens kept free for an answer before anything is asked."""

Item = int | ProcessedImage
"""A token, or a picture, which takes as many places as it has patches."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, without the thinking before it, and what of the context is used; `evicted` older pictures left the context for it."""

    text: str
    complete: bool
    evicted: int
    context_used: int | None
    context_limit: int
    seconds: float

    @property
    def note(self) -> str:
        """What a person should know about the context, one line; empty where nothing left it."""
        if not self.evicted:
            return ""
        what = "the oldest picture was" if self.evicted == 1 else f"the {self.evicted} oldest pictures were"
        return f"{what} taken out of the context to make room ({self.context_used:,} of {self.context_limit:,} tokens used)"


@dataclass(frozen=True, slots=True)
class _Turn:
    """Something said, with an `IMAGE_PLACEHOLDER` for each of the pictures shown with it."""

    role: Role
    text: str
    pictures: tuple[ProcessedImage, ...] = ()

    def without(self, count: int) -> _Turn:
        """This turn after its first `count` pictures left."""
        return _Turn(self.role, self.text.replace(IMAGE_PLACEHOLDER, GONE, count), self.pictures[count:])


class Conversation:
    """Questions and answers that follow each other, with or without pictures.

    Args:
        model: answers; its lock is held while it does.
    """

    def __init__(self, model: VisionLanguageModel) -> None:
        self._model = model
        self._turns: list[_Turn] = []
        self._context = Context(model)

    @property
    def pictures(self) -> int:
        """How many pictures the context holds."""
        return sum(len(turn.pictures) for turn in self._turns)

    def ask(
        self,
        question: str,
        images: Sequence[Image.Image] = (),
        mode: Mode | None = None,
        on_text: Callable[[str], None] | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> Reply:
        """Show pictures, if any, and ask. A question that raises is not part of the conversation.

        Args:
            mode, on_text, limit: as in `Sight.ask`.

        Raises:
            ImageError: a picture that cannot be looked at.
            ContextOverflow: the words alone, or the pictures of this question, do not fit; or the answer reached the end of the context.
            Interrupted: the stop event was set.
        """
        began = time.perf_counter()
        model = self._model
        pictures = tuple(model.checkpoint.images.process(image, model.budget) for image in images)
        mode = mode or model.mode
        asked = _Turn("user", user_turn(defused(question), len(pictures)), pictures)
        with model.lock:
            turns, items, evicted = self._fitting([*self._turns, asked], mode or "own", min(limit, ANSWER_RESERVE))
            self._context.hold(items, len(model.chat.chunks(question, mode or "own", len(pictures))[-1]))
            answer = self._context.answer(mode or "own", limit, on_text)
        # The mark is part of what was trained on as an answer without thinking.
        mark = SPECIAL_TOKENS["nothink"] if mode == "nothink" else ""
        self._turns = [*turns, _Turn("assistant", mark + defused(answer.text))]
        return Reply(
            text=answer.text if answer.complete else answer.text + CUT,
            complete=answer.complete,
            evicted=evicted,
            context_used=answer.context_used,
            context_limit=model.context_limit,
            seconds=time.perf_counter() - began,
        )

    def _fitting(self, turns: list[_Turn], mode: Mode, reserve: int) -> tuple[list[_Turn], list[Item], int]:
        """The turns without as many of the oldest pictures as must leave, what the model reads of them, and how many left."""
        evicted = 0
        while True:
            items = self._items(turns, mode)
            needed = sum(map(_places, items)) + reserve
            if needed <= self._model.context_limit:
                return turns, items, evicted
            earlier = sum(len(turn.pictures) for turn in turns[:-1])
            if not earlier:
                raise ContextOverflow(
                    f"the conversation needs {needed:,} tokens with {reserve:,} for the answer, the context holds "
                    f"{self._model.context_limit:,}: show fewer pictures, lower --budget, or begin a new conversation"
                )
            leaving = (earlier + 1) // 2
            evicted += leaving
            turns = _evict(turns, leaving)

    def _items(self, turns: Sequence[_Turn], mode: Mode) -> list[Item]:
        first, *others = self._model.chat.turns([(turn.role, turn.text) for turn in turns], mode)
        items: list[Item] = list(first)
        pictures = [picture for turn in turns for picture in turn.pictures]
        for picture, chunk in zip(pictures, others, strict=True):
            items += [picture, *chunk]
        return items


class Context(Sight):
    """A sight whose prefix is the conversation so far: what stays the same from question to question is read only once."""

    def __init__(self, model: VisionLanguageModel) -> None:
        self._model = model
        self._pictures = 0
        self._grid = (0, 0)
        self._cache = PrefixCache(model.network.config.num_hidden_layers)
        self.prefix_length = 0
        self._held: list[Item] = []
        self._tail: list[int] = []
        self._features: dict[str, Tensor] = {}

    def answer(self, mode: Mode, limit: int, on_text: Callable[[str], None] | None = None) -> Answer:
        """The greedy answer to what is held and its tail, which says the mode already."""
        return self._answer("", mode, None, limit, on_text)

    def hold(self, items: list[Item], tail: int) -> None:
        """Make the prefix all of the items but the last `tail` tokens, fewer where a picture comes after; those are asked next."""
        last = max((place + 1 for place, item in enumerate(items) if not isinstance(item, int)), default=0)
        end = max(last, len(items) - tail)
        shown = {item.digest for item in items if not isinstance(item, int)}
        self._features = {digest: features for digest, features in self._features.items() if digest in shown}
        same = 0
        while same < min(len(self._held), end) and _alike(self._held[same], items[same]):
            same += 1
        self._held = self._held[:same]
        self.prefix_length = sum(map(_places, self._held))
        self._cache.back_to(self.prefix_length)
        if same < end:
            self._read(items[same:end])
        self._tail = [item for item in items[end:] if isinstance(item, int)]

    def _read(self, items: list[Item]) -> None:
        network = self._model.network
        with torch.inference_mode():
            inputs = torch.cat([part for _, run in groupby(items, type) for part in self._embed(list(run))])
            self._model.check()
            network(inputs_embeds=inputs[None], past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        self._held += items
        self.prefix_length = self._cache.length

    def _embed(self, items: list[Item]) -> list[Tensor]:
        """Inputs of the decoder for items of one kind."""
        network = self._model.network
        words = [item for item in items if isinstance(item, int)]
        if words:
            return [network.get_input_embeddings()(torch.tensor(words, device=network.device))]
        for item in items:
            if not isinstance(item, int) and item.digest not in self._features:
                self._model.check()
                features = network.encode_image(torch.from_numpy(item.patches).to(network.device), item.grid)
                self._features[item.digest] = features.to(network.get_input_embeddings().weight.dtype)
        return [self._features[item.digest] for item in items if not isinstance(item, int)]

    def _prompt(self, question: str, mode: Mode) -> list[int]:
        return self._tail


def _places(item: Item) -> int:
    return 1 if isinstance(item, int) else len(item.patches)


def _alike(one: Item, other: Item) -> bool:
    if isinstance(one, int) or isinstance(other, int):
        return one == other if isinstance(one, int) and isinstance(other, int) else False
    return one.digest == other.digest


def _evict(turns: Sequence[_Turn], count: int) -> list[_Turn]:
    left = []
    for turn in turns:
        gone = min(count, len(turn.pictures))
        left.append(turn.without(gone))
        count -= gone
    return left
