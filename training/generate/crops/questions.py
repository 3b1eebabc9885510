"""Questions about small pieces of screens: what icon is this, is it ticked, what does it say, which of these, what changed.

Held-out questions are about sources that nothing is trained on: icon themes and sets, styles of marks, fonts and words, applications.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.datasets.records import Frame, Kind, Record
from training.generate.crops.harvested import harvested_crops
from training.generate.crops.marks import draw_mark
from training.generate.crops.settings import QuestionSettings
from training.generate.crops.words import draw_text, write
from training.generate.icons.drawings import Drawings, load_drawings
from training.generate.icons.examples import NONE, Examples
from training.generate.icons.sources import Use, cache_folder
from training.generate.safety.order_window import draw_order, draw_order_window
from training.generate.safety.pieces import draw_lesson
from vlm.prompts import caption_question, changed_question, icon_question, mark_question, order_question, says_question, which_question
from vlm.reading.icons.names import icon_names
from vlm.reading.icons.portrait import square
from vlm.reading.lines import Rectangle

Side = Literal["train", "held-out", "test"]
Pixels = NDArray[np.uint8]
ICON = 48
"""Pixels of an icon's piece of a screen, made so large or so small."""
NO_ICON = "nothing that has a name"
AT_ONCE = 64
_SAID = {"on": "yes", "off": "no", "mixed": "partly", "open": "yes", "closed": "no"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a screen and what is said of it; `means` is the place of an icon's name."""

    pixels: Pixels
    says: str
    widget: str = ""
    means: int = NONE


def icon_piece(canvas: Pixels, box: Rectangle) -> Pixels:
    """How icons are looked at: the square around one, as large as all others."""
    found = square(canvas, box)
    return np.asarray(cv2.resize(found, (ICON, ICON), interpolation=cv2.INTER_AREA if len(found) > ICON else cv2.INTER_LINEAR))


class Pieces:
    """Draws pieces by seed, of the sources of one side."""

    def __init__(self, side: Side, seed: int, drawings: Sequence[Drawings] | None = None, screens: Sequence[Path] = ()) -> None:
        self.rng = random.Random(f"{seed}/{side}")
        self.apart = side != "train"
        use: Use = {"train": "train", "held-out": "tune", "test": "test"}[side]  # type: ignore[assignment]
        drawings = load_drawings(cache_folder(), use) if drawings is None else drawings
        self._icons = Examples(drawings, self.rng.getrandbits(32), others=0.0, nothing=0.0, look=icon_piece)
        self._nothing = Examples(drawings, self.rng.getrandbits(32), others=0.0, nothing=1.0, look=icon_piece)
        self._drawn: list[Piece] = []
        self._harvested = [
            Piece(crop.pixels, crop.says, crop.widget)
            for folder in screens
            for crop in harvested_crops(folder)
            if crop.held_out == self.apart
        ]

    def icon(self) -> Piece:
        if not self._drawn:
            made = self._icons.draw(AT_ONCE)
            self._drawn = [Piece(one, icon_names()[n].name, means=int(n)) for one, n in zip(made.pictures, made.names, strict=True)]
        return self._drawn.pop()

    def no_icon(self) -> Piece:
        return Piece(self._nothing.draw(1).pictures[0], NO_ICON)

    def mark(self) -> Piece:
        if (found := [one for one in self._harvested if one.widget]) and self.rng.random() < 0.5:
            return self.rng.choice(found)
        made = draw_mark(self.rng, self.apart)
        return Piece(made.pixels, _SAID[made.state], made.widget)

    def words(self) -> Piece:
        if (found := [one for one in self._harvested if not one.widget]) and self.rng.random() < 0.5:
            return self.rng.choice(found)
        text = draw_text(self.rng, self.apart)
        return Piece(write(self.rng, text, self.apart), text)


class Questions:
    """Makes records of pieces."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces, self._rng = pieces, pieces.rng
        self._made: dict[Kind, Callable[[], Iterator[Record]]] = {
            "icon": self._icon, "state": self._state, "read": self._read, "which": self._which, "change": self._change,
            "order": self._order, "caption": self._caption, "refusal": self._refusal, "injection": self._injection,
        }  # fmt: skip

    def about(self, kind: Kind) -> list[Record]:
        """One piece's, or one group's, questions of a kind."""
        return list(self._made[kind]())

    def _record(self, kind: Kind, shown: Sequence[Piece], question: str, answer: str) -> Record:
        frames = tuple(_frame(one) for one in shown)
        return Record(kind, frames, question, answer, source="pieces")

    def _icon(self) -> Iterator[Record]:
        one = self._pieces.icon()
        frame = (_frame(one),)
        yield Record("icon", frame, icon_question(), one.says, source="pieces")
        others = [name.name for name in self._rng.sample(icon_names(), 4) if name.name != one.says][:3]
        choices = [one.says, *others]
        self._rng.shuffle(choices)
        yield Record("icon", frame, icon_question(choices), one.says, source="pieces")

    def _state(self) -> Iterator[Record]:
        one = self._pieces.mark()
        yield self._record("state", [one], mark_question(one.widget), one.says)

    def _read(self) -> Iterator[Record]:
        one = self._pieces.words()
        yield self._record("read", [one], says_question(), one.says)

    def _different(self, count: int) -> list[Piece]:
        found: dict[int, Piece] = {}
        while len(found) < count:
            one = self._pieces.icon()
            found.setdefault(one.means, one)
        return list(found.values())

    def _which(self) -> Iterator[Record]:
        shown = self._different(self._rng.choice((2, 3)))
        right = self._rng.randrange(len(shown))
        name = icon_names()[shown[right].means]
        yield self._record("which", shown, which_question(self._rng.choice((name.name, *name.said))), str(right + 1))

    def _caption(self) -> Iterator[Record]:
        shown = [self._pieces.icon(), self._pieces.words(), self._pieces.mark()]
        told = [f"click {shown[0].says}", f"read {shown[1].says}", f"set {shown[2].widget}"]
        order = self._rng.sample(range(3), 3)
        right = self._rng.randrange(3)
        yield self._record("caption", [shown[place] for place in order], caption_question(told[order[right]]), str(right + 1))

    def _refusal(self) -> Iterator[Record]:
        if self._rng.random() < 0.5:
            yield self._record("refusal", [self._pieces.no_icon()], icon_question(), NO_ICON)
            return
        *shown, absent = self._different(3)
        yield self._record("refusal", shown, which_question(absent.says), "0")

    def _injection(self) -> Iterator[Record]:
        """A window with a stranger's order beside what is asked about, which stays right; and a request that no agent should follow."""
        training = not self._pieces.apart
        words, seed = draw_order(self._rng, training=training), self._rng.getrandbits(32)
        window = Frame(lambda: draw_order_window(words, random.Random(seed)))
        different = self._different(2)
        shown = [window, *map(_frame, different)]
        places, right = self._rng.sample(range(3), 3), self._rng.randrange(2)
        name = icon_names()[different[right].means].name
        pictures = tuple(shown[place] for place in places)
        yield Record("injection", pictures, which_question(name), str(places.index(right + 1) + 1), source="pieces")
        lesson = draw_lesson(name, self._rng, training=training)
        yield Record(lesson.kind, (window,), lesson.question, lesson.answer, source="pieces")

    def _change(self) -> Iterator[Record]:
        rng = self._rng
        chance = rng.random()
        if chance < 0.2:
            one = rng.choice((self._pieces.icon, self._pieces.words))()
            yield self._record("change", [one, one], changed_question(), "nothing")
        elif chance < 0.5:
            first, second = self._different(2)
            yield self._record("change", [first, second], changed_question(), f"{first.says} became {second.says}")
        elif chance < 0.75:
            text = draw_text(rng, self._pieces.apart)
            seed, longer = rng.getrandbits(32), f"{text}{rng.randrange(10)}"
            shown = [replace(self._pieces.words(), pixels=write(random.Random(seed), said, self._pieces.apart)) for said in (text, longer)]
            yield self._record("change", shown, changed_question(), f"{text} became {longer}")
        else:
            widget = rng.choice(("check box", "radio button", "switch"))
            pair = _both_states(self._pieces, widget)
            on = rng.random() < 0.5
            yield self._record("change", pair[:: 1 if on else -1], changed_question(), f"the {widget} was switched {'on' if on else 'off'}")

    def _order(self) -> Iterator[Record]:
        """Three pictures of a word being typed, out of order."""
        text = ""
        while len(text) < 6:
            text = draw_text(self._rng, self._pieces.apart)
        seed = self._rng.getrandbits(32)
        shown = [Piece(write(random.Random(seed), text[:end], self._pieces.apart), "") for end in (2, len(text) // 2 + 1, len(text))]
        order = self._rng.sample(range(3), 3)
        answer = ", ".join(str(order.index(place) + 1) for place in range(3))
        yield self._record("order", [shown[place] for place in order], order_question(3), answer)


def _both_states(pieces: Pieces, widget: str) -> list[Piece]:
    """The same widget off and on: all that is drawn by chance is drawn alike."""
    while True:
        seed = pieces.rng.getrandbits(32)
        made = draw_mark(random.Random(seed), pieces.apart, widget, "off"), draw_mark(random.Random(seed), pieces.apart, widget, "on")
        if not np.array_equal(made[0].pixels, made[1].pixels):
            return [Piece(one.pixels, _SAID[one.state], widget) for one in made]


def _frame(piece: Piece) -> Frame:
    """A piece as a picture, with ground around what is narrower than a patch."""
    high, wide = piece.pixels.shape[:2]
    down, right = max(16 - high, 0), max(16 - wide, 0)
    pixels = cv2.copyMakeBorder(piece.pixels, 0, down, 0, right, cv2.BORDER_REPLICATE) if down or right else piece.pixels
    return Frame(lambda: Image.fromarray(pixels))


def draw_records(settings: QuestionSettings, pieces: Pieces, each: int | None = None) -> list[Record]:
    """Records in the settings' shares, or as many times of each kind. All hangs on the pieces' seed."""
    made, kinds = Questions(pieces), list(settings.kinds)
    chosen = kinds * each if each is not None else pieces.rng.choices(kinds, list(settings.kinds.values()), k=settings.count)
    return [record for kind in chosen for record in made.about(kind)]
