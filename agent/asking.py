"""Questions in words about image files, answered in words: one, or one after the other in a conversation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from recordings.errors import DeskhandError

SHOW = "+"
"""Begins a line that names one more picture to show with the next question."""
KEPT = 0.75
"""Of a side's pixels, so many are left where little is lost."""
DROP = "-"
"""A line of its own: the pictures that wait for the next question are not shown after all."""


class AskingError(DeskhandError):
    """A question that cannot be asked in this way."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, or why there is none, and what to know about the context, which may be empty."""

    question: str
    answer: str | None
    note: str
    seconds: float
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        if self.error is not None:
            return {"question": self.question, "error": self.error}
        return {"question": self.question, "answer": self.answer, "note": self.note, "seconds": round(self.seconds, 4)}


def read_pictures(paths: Sequence[Path]) -> list[Image.Image]:
    """Raises DeskhandError for a file that is missing, no image, or of a size that no screen has."""
    from vlm.images import read_image

    return [read_image(path) for path in paths]


def converse(
    model: Any, pictures: Sequence[Image.Image], lines: Iterable[str], on_text: Callable[[str], None] | None = None
) -> Iterator[Told]:
    """An answer to each line that is not empty.

    A line that fails is told, and the conversation goes on without it; its pictures wait for the next question, unless a line is `DROP`.
    A server is told one question: what was said before stays here.

    Args:
        model: what `agent.model.open_model` gives.
        pictures: shown with the first question, those of lines that begin with `SHOW` with the next one.
        on_text: is given each new piece of an answer, thinking included.
    """
    from vlm.engine import VisionLanguageModel

    ask = _Talk(model, on_text) if isinstance(model, VisionLanguageModel) else _Single(model, on_text)
    shown = list(pictures)
    for line in map(str.strip, lines):
        if not line:
            continue
        try:
            if line.startswith(SHOW):
                shown += read_pictures([Path(line.removeprefix(SHOW).strip()).expanduser()])
                continue
            if line == DROP:
                shown = []
                continue
            yield ask(line, shown)
            shown = []
        except DeskhandError as error:
            waiting = f" ({len(shown)} to be shown with the next question; a line with {DROP} drops that)" if shown else ""
            yield Told(line, None, "", 0.0, f"{error}{waiting}")


class _Talk:
    """The whole conversation stays in the context of a model that runs here."""

    def __init__(self, model: Any, on_text: Callable[[str], None] | None) -> None:
        from vlm.conversation import Conversation
        from vlm.pieces import looks_at_pieces

        self._model, self._conversation, self._on_text = model, Conversation(model), on_text
        self._pieces = looks_at_pieces(model.metadata)

    def __call__(self, question: str, pictures: list[Image.Image]) -> Told:
        asked, strange = self._in_its_words(question, len(pictures))
        reply = self._conversation.ask(asked, pictures, on_text=self._on_text)
        note = reply.note or _counted(reply.context_used, reply.context_limit)
        return Told(question, reply.text, "; ".join(filter(None, (note, *map(self._shrunk, pictures), strange))), reply.seconds)

    def _shrunk(self, picture: Image.Image) -> str:
        """What to know of a picture that is too large for a model of pieces; empty where little of it is lost."""
        if not self._pieces:
            return ""
        width, height = self._model.checkpoint.images.size_of(picture.size, self._model.budget)
        lost = width < KEPT * picture.width or height < KEPT * picture.height
        seen = f"{picture.width}×{picture.height} pixels were shrunk to {width}×{height}"
        return f"{seen}, as this model looks at pieces of screens: cut out the icon, box or word that is meant" if lost else ""

    def _in_its_words(self, question: str, pictures: int) -> tuple[str, str]:
        """What to ask, and what to know of the answer: a model of pieces of screens knows a few questions, in the words it was taught."""
        from vlm.pieces import KINDS, in_taught_words

        if not self._pieces:
            return question, ""
        known = in_taught_words(question, pictures)
        return known or question, "" if known else f"this model was never taught such a question, its answer may be wrong; it knows {KINDS}"


class _Single:
    """One question to a server."""

    def __init__(self, model: Any, on_text: Callable[[str], None] | None) -> None:
        self._model, self._on_text, self._asked = model, on_text, False

    def __call__(self, question: str, pictures: list[Image.Image]) -> Told:
        if self._asked or not pictures:
            raise AskingError("a server is asked one question, about pictures: name them and the question on the command line")
        self._asked = True
        began = time.perf_counter()
        sight = self._model.look(pictures)
        answer = sight.ask(question, on_text=self._on_text)
        return Told(question, answer, _counted(sight.context_used, self._model.context_limit), time.perf_counter() - began)


def _counted(used: int | None, limit: int | None) -> str:
    return "" if used is None else f"{used:,}{f' of {limit:,}' if limit else ''} tokens of context"
