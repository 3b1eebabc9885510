"""The model's face: look at a screenshot once, then ask about it as often as you like.

model = load("models/nf4")
sight = model.look(screenshot)              # tower and prefill: once per distinct image
sight.ground("start playback").point
sight.act("Save the file", history).action
sight.ask("What is in the title bar?")
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from recordings.errors import DeskhandError
from vlm.adapters import put_on
from vlm.answer import Interrupted
from vlm.cache import PrefixCache
from vlm.chat import ChatFormat
from vlm.grammar import GrammarCompiler
from vlm.images import ProcessedImage, fingerprint
from vlm.loading import Checkpoint, Quantization, load_checkpoint
from vlm.pieces import looks_at_pieces
from vlm.prompts import Mode
from vlm.repeat import RepeatedPasses
from vlm.sight import ANSWER_LIMIT, Sight
from vlm.zoom import Zoom

if TYPE_CHECKING:
    from vlm.messages import Message

KEPT_SIGHTS = 2
"""Screenshots whose keys and values stay in memory: the one before and the one now."""


class OutOfMemory(DeskhandError):
    """The device's memory gave out."""


class VisionLanguageModel:
    """One loaded checkpoint. Questions from several threads wait for each other.

    Attributes:
        stop_event: where it is set, computing ends between two tokens with `Interrupted`; assign one, or leave it None.
        zoom, mode, budget: what `Sight.ground`, every question and `look` do where they are not told; None: the default of each.
        kept: screenshots whose keys and values stay in memory: `KEPT_SIGHTS`, one on a device that had no room for more.
        repeated: short passes as recordings, where there is a GPU to repeat them.
    """

    zoom: Zoom = "off"
    budget: int | None = None

    def __init__(self, checkpoint: Checkpoint, newlines: bool | None = None, stop_event: threading.Event | None = None) -> None:
        self.checkpoint = checkpoint
        self.stop_event = stop_event
        # Pieces are asked about without thinking: it was taught so.
        self.mode: Mode | None = "nothink" if looks_at_pieces(checkpoint.metadata) else None
        self.chat = ChatFormat(checkpoint.tokenizer, newlines)
        config = checkpoint.model.config
        ends = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
        self.ends = frozenset(token for token in (*ends, self.chat.ids["end"]) if token is not None)
        self.grammars = GrammarCompiler(checkpoint.tokenizer, config.vocab_size, sorted(self.ends))
        network = checkpoint.model
        self.repeated = RepeatedPasses(network) if RepeatedPasses.fits(network) else None
        self.kept = KEPT_SIGHTS
        self.lock = threading.RLock()
        self._sights: OrderedDict[tuple[str, ...], Sight] = OrderedDict()
        self._spare: list[PrefixCache] = []

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
            budget: the most patches per image; None: the model's `budget`, or else the checkpoint's own maximum.

        Raises:
            ImageError: an image that cannot be looked at.
            ContextOverflow: the pictures alone fill the context.
            OutOfMemory: the device's memory gave out, also without what is there for speed alone.
            Interrupted: the stop event was set.
        """
        images = [image] if isinstance(image, Image.Image) else list(image)
        if not images:
            raise ValueError("there is no image to look at")
        began = time.perf_counter()
        budget = budget or self.budget
        raw = (budget, *map(fingerprint, images))
        with self.lock:
            known = next((key for key, sight in self._sights.items() if sight.raw == raw), None)
            if known is not None:
                self._sights.move_to_end(known)
                return self._sights[known]
        pictures = [self.checkpoint.images.process(each, budget) for each in images]
        key = tuple(picture.digest for picture in pictures)
        with self.lock:
            if key in self._sights:
                self._sights.move_to_end(key)
                # What looks the same may have been captured sharper.
                self._sights[key].images, self._sights[key].raw = images, raw
                return self._sights[key]
            # Room first: two caches of the large model are a gigabyte and a half.
            while len(self._sights) >= self.kept:
                self._sights.popitem(last=False)
            sight = self._sight_of(pictures, began)
            sight.images, sight.budget, sight.raw = images, budget, raw
            self._sights[key] = sight
            return sight

    def _sight_of(self, pictures: Sequence[ProcessedImage], began: float) -> Sight:
        """A look; where the device has no room for it, the screenshot before and the recordings, which spare time alone, go for good."""
        with suppress(torch.OutOfMemoryError):
            return Sight(self, pictures, began)
        # Only now is the error gone, and what was made until then with it.
        self.kept, self.repeated = 1, None
        self._sights.clear()
        self._spare.clear()
        torch.cuda.empty_cache()
        try:
            return Sight(self, pictures, began)
        except torch.OutOfMemoryError as error:
            tokens = len(pictures[0].patches)
            raise OutOfMemory(f"no memory is left for a picture of {tokens} tokens: lower --budget, or free some of it") from error

    def tokenize(self, messages: Sequence[Message], images: Sequence[Image.Image] = (), mode: Mode = "own") -> Tensor:
        """Token ids of a conversation up to where the answer begins: int64 [t], on the CPU.

        Args:
            messages: see `vlm.messages.Message`; a system message first, given answers of the assistant, text before and after pictures.
            images: the pictures in the order of their places. Each is as many times the token `<|dummy_0|>` as it has patches.
            mode: `think` and `nothink` put the model's mark at the end, `own` leaves the choice to it.

        Raises:
            MessageError: the messages are none, or have places for another number of pictures.
            ImageError: a picture that cannot be looked at.
        """
        from vlm.messages import ids_of, items_of

        return ids_of(self, items_of(self, messages, images, mode))

    def features(self, images: Sequence[Image.Image]) -> list[Tensor]:
        """What the decoder is given of each picture: [patches, hidden], row by row, on the model's device and in its type."""
        from vlm.messages import features_of, pictures_of

        return features_of(self, [self.checkpoint.images.process(image, self.budget) for image in pictures_of(images)])

    def logits(self, messages: Sequence[Message], images: Sequence[Image.Image] = (), mode: Mode = "own", keep: int = 1) -> Tensor:
        """Float32 logits of the last `keep` positions, all of them where it is 0: [keep or t, vocabulary], on the CPU.

        Position i is what `tokenize` has at i, and says what follows it. Arguments and errors as there, and `ContextOverflow`.
        """
        from vlm.messages import items_of, logits_of

        return logits_of(self, items_of(self, messages, images, mode), keep)

    def generate(
        self,
        messages: Sequence[Message],
        images: Sequence[Image.Image] = (),
        mode: Mode = "own",
        limit: int = ANSWER_LIMIT,
        keep_thinking: bool = False,
        on_text: Callable[[str], None] | None = None,
    ) -> str:
        """The greedy answer of at most `limit` tokens to messages that end in a user's; what was cut ends with `vlm.sight.CUT`.

        Args:
            keep_thinking: with `<think>…</think>` before the answer, where the model thought.
            on_text: is given each new piece as it is written.

        Raises:
            MessageError, ImageError: as in `tokenize`; the last message is the assistant's.
            ContextOverflow, Interrupted: see there.
        """
        from vlm.messages import MessageError, answer_to, items_of

        items = items_of(self, messages, images, mode)
        if messages[-1]["role"] != "user":
            raise MessageError("the last message is the assistant's: end with a user's, which it is to answer")
        return answer_to(self, items, mode, limit, keep_thinking, on_text)

    def lend_cache(self, borrower: object) -> PrefixCache:
        """An empty cache, which is for the next one as soon as the borrower is gone: its memory, and what was recorded over it, stay."""
        cache = self._spare.pop() if self._spare else PrefixCache(self.network.config.num_hidden_layers)
        cache.back_to(0)
        weakref.finalize(borrower, self._spare.append, cache).atexit = False
        return cache

    def forget(self) -> None:
        """Drop what was seen and recorded: with other weights it would have been something else."""
        with self.lock:
            self._sights.clear()
            if self.repeated is not None:
                self.repeated.forget()

    def check(self) -> None:
        """Raise `Interrupted` where the stop event is set."""
        if self.stop_event is not None and self.stop_event.is_set():
            raise Interrupted("stopped while the model was computing")


def load(
    source: str | Path = "pocket",
    quantization: Quantization | None = None,
    *,
    adapter: Path | None = None,
    newlines: bool | None = None,
    budget: int | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    stop_event: threading.Event | None = None,
    official_rope: bool | None = None,
) -> VisionLanguageModel:
    """Load `pocket`, a checkpoint's folder or a hub id; see `vlm.loading.load_checkpoint` for types, devices and errors.

    `newlines` chooses a variant of the chat template, see `ChatFormat`; `adapter` is a folder for `vlm.adapters.put_on`; `budget` is the
    most patches of a picture, where it is not to be the checkpoint's own; `official_rope` rounds the rotary frequencies as the official
    code does.
    """
    checkpoint = load_checkpoint(source, quantization, device, dtype, budget, official_rope)
    if adapter is not None:
        put_on(checkpoint.model, adapter)
    model = VisionLanguageModel(checkpoint, newlines, stop_event)
    model.budget = budget
    return model
