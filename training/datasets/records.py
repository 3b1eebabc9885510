"""What every fine-tuning source is turned into: one answer to learn, with the pictures and the question that lead to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image

from recordings.geometry import Box
from vlm.images import read_image
from vlm.prompts import Mode

Kind = Literal[
    "ground", "act", "change", "cause", "state", "order", "caption", "reasoning", "refusal", "injection", "text", "icon", "read", "which"
]  # fmt: skip
"""What is asked. `change` and `cause` are about two sequential screenshots, `order` and `caption` about several; `injection` has a picture
that tells the model to do something else; `text` is anything that a plain conversation holds; `icon` and `read` are about one small piece
of a screen, `which` about several."""
COMPUTER_USE = frozenset(
    {"ground", "act", "reasoning", "change", "cause", "state", "order", "caption", "injection", "icon", "read", "which"}
)
"""Kinds that count for a mixture's share of computer use."""


class Dropped(Counter[str]):
    """How much was left out of what is learned from, by reason."""

    def __str__(self) -> str:
        return ", ".join(f"{count} {reason}" for reason, count in self.most_common()) or "nothing"


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture that is opened only when it is needed: a file, or whatever gives an RGB image.

    Attributes:
        folder: what a file that another file names cannot leave.
    """

    source: Path | Callable[[], Image.Image]
    folder: Path | None = None

    def open(self) -> Image.Image:
        """The picture in RGB. Raises ImageError where the file is not one."""
        return read_image(self.source, self.folder) if isinstance(self.source, Path) else self.source().convert("RGB")


@dataclass(frozen=True, slots=True)
class Record:
    """One question and its answer, in the very words of inference (`vlm.prompts`). The loss is on the answer alone.

    Attributes:
        pictures: in the order in which they were taken or are shown, all before the question.
        answer: what the assistant says after the mode's token; with `think` it holds `thoughts</think>answer`.
        mode: `think` for reasoning records, `nothink` for direct ones.
        source, episode, application: where it comes from; splits keep an episode and an application together.
        target: what the answer points at, as fractions of the last picture; None where it points at nothing.
    """

    kind: Kind
    pictures: tuple[Frame, ...]
    question: str
    answer: str
    mode: Mode = "nothink"
    source: str = ""
    episode: str = ""
    application: str = ""
    target: Box | None = None
    extra: dict[str, str] = field(default_factory=dict)
    """What curation wants to remember: the step's number, the quality class, what was repaired."""
