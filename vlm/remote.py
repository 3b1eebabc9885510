"""The model behind a server: the same face as `vlm.engine`, over the OpenAI protocol.

model = connect("http://127.0.0.1:8000/v1")
sight = model.look(screenshot)              # nothing is sent yet
sight.ground("start playback").point

The server keeps the prefix that questions share, if it can. Its answers are constrained where it offers that, and checked by the engine's
own parsers in any case: one that does not fit is asked for again, with the reason.
"""

from __future__ import annotations

import base64
import io
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from recordings.episode import Prediction, Step
from vlm.answer import Answer, ContextOverflow, Grounding
from vlm.chat import defused
from vlm.decoding import coordinate_confidence
from vlm.endpoint import NoAnswer, RemoteError, check_endpoint, read_key
from vlm.grammar import BOX
from vlm.images import MAX_PATCHES, PATCH, check_size, choose_grid
from vlm.prompts import SPECIAL_TOKENS, Mode, Places, act_question, again_question, ground_question, parse_act_answer, parse_box
from vlm.remote_answer import MOST_TOKENS, Completion
from vlm.remote_dialect import PLAIN, Dialect, action_shape, dialect_of
from vlm.remote_http import Refused, Server
from vlm.sight import ACTION_LIMIT, ANSWER_LIMIT, CUT, THINKING_LIMIT
from vlm.zoom import Zoom, look_closer

TRIES = 3
"""Answers asked for until one fits."""

_QUOTED = 2000
"""Characters of an answer that are quoted back to the model."""

_OPTIONAL = (
    "structured_outputs", "grammar", "continue_final_message", "add_generation_prompt", "skip_special_tokens", "stream_options", "logprobs",
    "temperature", "max_tokens",
)  # fmt: skip
"""Fields that a server may refuse by name: they are then left out."""

_GUIDES = frozenset({"structured_outputs", "grammar"})

_OVERFLOW = re.compile(r"context.{0,12}(length|size|window)|maximum context|too many (input )?tokens", re.IGNORECASE)


def connect(address: str, name: str | None = None, *, insecure: bool = False, stop_event: threading.Event | None = None) -> RemoteModel:
    """Ask a server which models it has, and take the one that is named or the only one. Nothing of the screen is sent.

    Raises:
        EndpointError: the address is not to be used.
        RemoteError: nobody answers there, or the model's name is not clear.
    """
    address = check_endpoint(address, insecure)
    server = Server(address, read_key(address))
    server.stop_event = stop_event
    name, entry = pick_model(server, name)
    model = RemoteModel(server, name, dialect_of(str(entry.get("owned_by", ""))), _context_limit(entry))
    model.learn_modes()
    return model


def pick_model(server: Server, name: str | None) -> tuple[str, dict[str, Any]]:
    """The model that is named, or the only one there is, and what the server lists about it.

    Raises:
        RemoteError: nobody answers there, or the model's name is not clear.
    """
    try:
        listed = server.get("/models")
        entries = [entry for entry in listed["data"] if isinstance(entry["id"], str)]
    except Refused as error:  # a gateway may list nothing, and `transformers serve` cannot without a cache folder
        if name is None or error.status in (401, 403):
            raise
        entries = []
    except (KeyError, TypeError) as error:
        raise RemoteError(f"{server.address}/models lists no models as the OpenAI protocol does: look at the address") from error
    if name is None:
        if len(entries) != 1:
            names = ", ".join(server.redact(entry["id"]) for entry in entries[:8])
            raise RemoteError(
                f"{server.address} has {len(entries)} models{f' ({names})' if names else ''}: name one with {server.name_option}"
            )
        name = str(entries[0]["id"])
    entry = next((entry for entry in entries if entry["id"] == name), entries[0] if len(entries) == 1 else {})
    return name, entry


def _context_limit(entry: dict[str, Any]) -> int | None:
    meta = entry.get("meta")
    found = entry.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return found if isinstance(found, int) and 0 < found <= MOST_TOKENS else None


class RemoteModel:
    """One model of one server. Questions from several threads wait for each other.

    Attributes:
        name: as the server calls the model.
        dialect: what kind of server it is.
        context_limit: tokens, pictures included; None where the server does not tell.
        metadata: empty: no server tells what the checkpoint's configuration says of policies.
    """

    def __init__(self, server: Server, name: str, dialect: Dialect = PLAIN, context_limit: int | None = None) -> None:
        self.server = server
        self.name = name
        self.dialect = dialect
        self.context_limit = context_limit
        self.metadata: dict[str, Any] = {}
        self.knows_modes = False
        self.zoom: Zoom = "off"
        self.mode: Mode | None = None
        self.budget: int | None = None
        self._lock = threading.Lock()
        self._unknown: set[str] = set()

    @property
    def stop_event(self) -> threading.Event | None:
        """Where it is set, asking ends with `Interrupted`."""
        return self.server.stop_event

    @stop_event.setter
    def stop_event(self, event: threading.Event | None) -> None:
        self.server.stop_event = event

    def look(self, image: Image.Image | Sequence[Image.Image], budget: int | None = None) -> RemoteSight:
        """Take in one screenshot, or several in the order they were taken; they are sent with each question, losslessly.

        Args:
            budget: the most patches of 16×16 pixels per image: it is shrunk here. None: the model's `budget`, or else the
                server's own image processor sees to it.

        Raises:
            ImageError: an image that cannot be looked at.
        """
        images = [image] if isinstance(image, Image.Image) else list(image)
        if not images:
            raise ValueError("there is no image to look at")
        began = time.perf_counter()
        return RemoteSight(self, images, budget or self.budget, began)

    def learn_modes(self) -> None:
        """Find out whether thinking can be switched off by the published model's token: the server's tokenizer must have it as one."""
        if self.dialect.prefill is None:
            return
        mark = SPECIAL_TOKENS["nothink"]
        words = {"model": self.name, "prompt": mark, "content": mark, "add_special_tokens": False, "parse_special": True}
        root = Server(self.server.address.removesuffix("/v1"), self.server.key)
        root.stop_event = self.stop_event
        try:
            self.knows_modes = len(root.post("/tokenize", words, attempts=1)["tokens"]) == 1
        except (RemoteError, KeyError, TypeError):
            self.knows_modes = False

    def complete(
        self, messages: list[dict[str, Any]], mode: Mode, shape: str | None, limit: int, on_text: Callable[[str], None] | None
    ) -> Completion:
        """One answer, whatever it holds.

        Raises:
            ContextOverflow: the server says that the question does not fit.
            RemoteError: see `Server.stream`.
        """
        suspected: set[str] = set()
        while True:
            body = self._body(messages, mode, shape, limit)
            try:
                return self._stream(body, on_text)
            except Refused as error:
                if error.status in (400, 422) and _OVERFLOW.search(error.words):
                    raise ContextOverflow(f"the question does not fit into the server's context: {error.words}") from error
                named = {name for name in _OPTIONAL if name in body and re.search(rf"\b{name}\b", error.words)}
                guides = set(_GUIDES & body.keys())
                if error.status not in (400, 422) or not (named or guides):
                    self._unknown -= suspected  # it was something else
                    raise
                # A grammar that is not understood is seldom called by the field's name.
                suspected = set() if named else guides
                self._unknown |= named or guides

    def _body(self, messages: list[dict[str, Any]], mode: Mode, shape: str | None, limit: int) -> dict[str, Any]:
        """The request, without what the server has refused before."""
        fields: dict[str, Any] = {
            "temperature": 0, "max_tokens": limit, "logprobs": True, "stream": True, "stream_options": {"include_usage": True},
        }  # fmt: skip
        prefill = self.dialect.prefill
        if self.knows_modes and prefill is not None and mode != "own" and not prefill.keys() & self._unknown:
            messages = [*messages, {"role": "assistant", "content": SPECIAL_TOKENS[mode]}]
            fields |= prefill
        if mode != "nothink":
            fields |= self.dialect.reveal or {}
        elif shape is not None and self.dialect.guide is not None:
            fields |= self.dialect.guide(shape)
        known = {name: value for name, value in fields.items() if name not in self._unknown}
        if "max_tokens" in self._unknown:
            known["max_completion_tokens"] = limit
        return {"model": self.name, "messages": messages, **known}

    def _stream(self, body: dict[str, Any], on_text: Callable[[str], None] | None) -> Completion:
        completion = Completion()

        def begin() -> None:
            nonlocal completion
            if completion.text and on_text is not None:
                raise RemoteError(f"{self.server.address} broke off in the middle of an answer: ask again")
            completion = Completion()

        def take(event: dict[str, Any]) -> None:
            try:
                new = completion.take(event)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise RemoteError(f"{self.server.address} answers otherwise than the OpenAI protocol says: {error!r:.80}") from error
            if new and on_text is not None:
                on_text(self.server.redact(new))

        with self._lock:
            self.server.stream("/chat/completions", body, take, begin)
        if completion.ended_by is None:
            raise RemoteError(f"{self.server.address} broke off in the middle of an answer: ask again")
        if completion.ended_by == "content_filter":
            raise RemoteError(f"{self.server.address} withholds the answer: its content filter stopped it")
        completion.text, completion.reasoning = self.server.redact(completion.text), self.server.redact(completion.reasoning)
        return completion


class RemoteSight:
    """Pictures that are ready to be asked about. Every question carries them.

    Attributes:
        seconds: what encoding them took.
        context_used: tokens of the latest free answer and all before it, where the server tells.
    """

    context_used: int | None = None

    def __init__(self, model: RemoteModel, images: Sequence[Image.Image], budget: int | None, began: float) -> None:
        self._model, self._images, self._budget = model, images, budget
        self._pictures = [{"type": "image_url", "image_url": {"url": _data_url(image, budget)}} for image in images]
        self.seconds = time.perf_counter() - began

    def ground(self, instruction: str, mode: Mode | None = None, zoom: Zoom | None = None) -> Grounding:
        """Find the element that the words describe; `mode` and `zoom` as for `vlm.sight.Sight.ground`.

        `confidence` is None where the server tells no probabilities. It is lower than the engine's where answers are constrained: vLLM and
        llama.cpp tell what the model found likely before the constraint.

        Raises:
            NoAnswer: the model gave no box in `TRIES` answers.
            ContextOverflow, Interrupted, RemoteError: see there.
        """
        answer, mistake = self._fitting(
            ground_question(instruction), mode, BOX, lambda text: None if parse_box(text) else "it holds no [x1, y1, x2, y2]"
        )
        box = parse_box(answer.text)
        if box is None or mistake:
            raise NoAnswer(f"{self._model.name} gave no box in {TRIES} answers, at last: {answer.text[:80]!r}")
        found = Grounding(box, box.center, answer.confidence, answer.seconds, context_used=answer.context_used)
        if (zoom or self._model.zoom) == "off" or len(self._images) != 1:
            return found
        grid = choose_grid(self._images[0].size, self._budget or MAX_PATCHES)
        return look_closer(found, self._images[0], grid, lambda part: self._model.look(part, self._budget).ground(instruction, mode, "off"))

    def act(self, instruction: str, history: Sequence[Step] = (), mode: Mode | None = None) -> Prediction:
        """The next action, with its coordinates. Answers that do not fit, however often asked, are a prediction with a `mistake`."""
        return self.propose(act_question(instruction, history), "coordinates", mode)

    def propose(
        self, question: str, places: Places, mode: Mode | None = None, parse: Callable[[str], Prediction] = parse_act_answer
    ) -> Prediction:
        """Ask for an action whose places are coordinates or words; `parse` reads the answer."""
        answer, mistake = self._fitting(question, mode, action_shape(places), lambda text: parse(text).mistake)
        return answer.prediction(parse, self._model.context_limit, mistake)

    def ask(self, question: str, mode: Mode | None = None, on_text: Callable[[str], None] | None = None, limit: int = ANSWER_LIMIT) -> str:
        """A free answer, without the thinking before it; see `vlm.sight.Sight.ask`."""
        answer = self._answer([], question, mode or self._model.mode or "own", None, limit, on_text)
        self.context_used = answer.context_used
        return answer.text if answer.complete else answer.text + CUT

    def _fitting(self, question: str, mode: Mode | None, shape: str, mistake_in: Callable[[str], str | None]) -> tuple[Answer, str | None]:
        """The first answer without a mistake, or the last one with its mistake."""
        began = time.perf_counter()
        mode = mode or self._model.mode or "nothink"
        limit = ACTION_LIMIT + (0 if mode == "nothink" else THINKING_LIMIT)
        since: list[dict[str, Any]] = []
        for left in reversed(range(TRIES)):
            answer = self._answer(since, question, mode, shape, limit)
            mistake = mistake_in(answer.text) if answer.complete else f"the answer did not end within {limit} tokens"
            if mistake is None or not left:
                break
            since += [
                {"role": "assistant", "content": answer.text[:_QUOTED] or "-"},
                {"role": "user", "content": again_question(mistake)},
            ]
        return replace(answer, seconds=time.perf_counter() - began), mistake

    def _answer(
        self, since: list[dict[str, Any]], question: str, mode: Mode, shape: str | None, limit: int,
        on_text: Callable[[str], None] | None = None,
    ) -> Answer:  # fmt: skip
        began = time.perf_counter()
        first = {"role": "user", "content": [*self._pictures, {"type": "text", "text": defused(question)}]}
        found = self._model.complete([first, *since], mode, shape, limit, on_text)
        thinking, _, text = found.text.rpartition(SPECIAL_TOKENS["end_think"])
        thinking = (found.reasoning + thinking.removeprefix(SPECIAL_TOKENS["think"])).strip()
        for token in SPECIAL_TOKENS.values():
            text = text.replace(token, "")
        return Answer(
            text=text.strip(),
            thinking=f"<think>{thinking}</think>" if thinking else "",
            confidence=coordinate_confidence(found.pieces, found.chances),
            complete=found.ended_by != "length",
            seconds=time.perf_counter() - began,
            context_used=found.used,
        )


def _data_url(image: Image.Image, budget: int | None) -> str:
    check_size(image.size)
    pixels = image.convert("RGB")
    if budget is not None:
        rows, columns = choose_grid(image.size, budget, 1)
        if rows * columns * PATCH * PATCH < image.size[0] * image.size[1]:
            pixels = pixels.resize((columns * PATCH, rows * PATCH), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    pixels.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
