"""Icons as screens show them: 12 to 48 pixels, on light, dark and coloured grounds, in buttons, greyed, with badges, off-centre; and
what is no icon."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.generate.icons.drawings import Drawings
from training.generate.icons.names import name_of, words_of
from training.generate.icons.styles import restyle
from vlm.reading.icons.portrait import portrait
from vlm.reading.lines import Rectangle

Pixels = NDArray[np.uint8]
Look = Callable[[Pixels, Rectangle], NDArray[Any]]
NONE = -1
ROOM = 12
"""Pixels of ground on each side of an icon."""
SIZES = (12, 14, 16, 16, 16, 16, 18, 20, 20, 22, 22, 22, 24, 24, 24, 24, 28, 32, 32, 36, 40, 48)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pictures [n, …], as they were to be looked at; the place of its name for each, or NONE; the words of those that the table does not
    know."""

    pictures: NDArray[Any]
    names: NDArray[np.int64]
    words: tuple[str, ...]


class Examples:
    """Draws examples by seed."""

    def __init__(self, drawings: Sequence[Drawings], seed: int, others: float = 0.22, nothing: float = 0.06, restyled: float = 0.0,
                 look: Look = portrait) -> None:  # fmt: skip
        """
        Args:
            others: share of drawings whose name the table does not know.
            nothing: share of what is no icon at all.
            restyled: share of drawings that are drawn in another style than their own.
            look: makes what is learned from of a canvas and the rectangle around an icon on it: a portrait, or a piece of the screen.
        """
        self._rng = random.Random(seed)
        self._look = look
        self._drawings = drawings
        self._others, self._nothing, self._restyled = others, nothing, restyled
        by_name: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._unknown: list[tuple[int, int, str]] = []
        for number, source in enumerate(drawings):
            for place, file in enumerate(source.names):
                name = name_of(file)
                if name is not None:
                    by_name[name][number].append(place)
                elif len(words := words_of(file)) > 2:
                    self._unknown.append((number, place, words))
        self._known = {name: self._by_hand(sources) for name, sources in by_name.items()}
        self._names = sorted(self._known)
        self._weights = [min(len(by_name[name]), 24) ** 0.5 for name in self._names]

    def _by_hand(self, sources: dict[int, list[int]]) -> list[list[tuple[int, list[int]]]]:
        """Sources and the places of a name in them: those for desktops, those for the web, as far as there are any. The web has many more
        sets, and desktops are what is looked at."""
        hands: tuple[list[tuple[int, list[int]]], ...] = ([], [])
        for number, places in sources.items():
            hands[self._drawings[number].source.kind in ("web", "iconify")].append((number, places))
        return [hand for hand in hands if hand]

    @property
    def names(self) -> list[int]:
        """Those that something is drawn of."""
        return self._names

    def draw(self, count: int) -> Drawn:
        pictures = []
        names = np.full(count, NONE, np.int64)
        words = []
        for row in range(count):
            chance, text = self._rng.random(), ""
            if chance < self._nothing:
                pictures.append(self._no_icon())
            else:
                if chance < self._nothing + self._others and self._unknown:
                    number, place, text = self._rng.choice(self._unknown)
                else:
                    names[row] = self._rng.choices(self._names, self._weights)[0]
                    number, places = self._rng.choice(self._rng.choice(self._known[int(names[row])]))
                    place = self._rng.choice(places)
                pictures.append(self.show(number, place))
            words.append(text)
        return Drawn(np.stack(pictures), names, tuple(words))

    def show(self, number: int, place: int) -> NDArray[Any]:
        """One drawing on one ground."""
        rng = self._rng
        wide, high = (int(side) for side in self._drawings[number].sizes[place])
        drawn = self._drawings[number].pixels[place, :high, :wide]
        size = max(wide, high) if max(wide, high) in (16, 22, 24, 32) and rng.random() < 0.6 else rng.choice(SIZES)
        if rng.random() < self._restyled:
            drawn = restyle(drawn, rng)
        icon = scaled(drawn, size)
        ground = self._ground()
        icon = self._inked(icon, ground)
        canvas = self._canvas(icon.shape[1], icon.shape[0], ground)
        if rng.random() < 0.12:
            icon = self._greyed(icon)
        _paste(canvas, icon, ROOM, ROOM)
        if rng.random() < 0.06:
            self._badge(canvas, icon.shape[1], icon.shape[0])
        if rng.random() < 0.08:
            canvas = cv2.GaussianBlur(canvas, (3, 3), rng.uniform(0.3, 0.7))
        return self._look(canvas, self._box(icon))

    def _box(self, icon: Pixels) -> tuple[int, int, int, int]:
        rng = self._rng
        high, wide = icon.shape[:2]
        seen = icon[..., 3] > 60
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        if rng.random() < 0.15 or not len(rows):
            box = [0, 0, wide, high]
        else:
            box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
        if rng.random() < 0.6:
            far = 1 if rng.random() < 0.8 else 3
            box = [side + rng.randint(-far, far) for side in box]
        return ROOM + box[0], ROOM + box[1], ROOM + max(box[2], box[0] + 3), ROOM + max(box[3], box[1] + 3)

    def _ground(self) -> NDArray[np.float32]:
        rng = self._rng
        chance = rng.random()
        if chance < 0.55:
            level = rng.uniform(205, 255)
        elif chance < 0.85:
            level = rng.uniform(15, 75)
        else:
            return np.array([rng.uniform(0, 255) for _ in range(3)], np.float32)
        return np.clip(level + np.array([rng.uniform(-6, 6) for _ in range(3)]), 0, 255).astype(np.float32)

    def _inked(self, icon: Pixels, ground: NDArray[np.float32]) -> Pixels:
        """What has one colour in any ink that is seen on the ground; what has several as it is, mostly."""
        rng = self._rng
        cover = icon[..., 3:].astype(np.float32) / 255
        total = float(cover.sum()) + 1e-6
        mean = (icon[..., :3] * cover).sum(axis=(0, 1)) / total
        spread = float((np.abs(icon[..., :3] - mean).max(axis=2, keepdims=True) * cover).sum()) / total
        apart = float(np.abs(mean - ground).max())
        if spread > 12 and (apart > 20 or spread > 40) and rng.random() > 0.04:
            return icon
        if spread <= 12 and apart > 60 and rng.random() < 0.25:
            return icon
        light = float(ground.mean()) < 128
        for _ in range(8):
            if rng.random() < 0.7:
                level = rng.uniform(150, 255) if light else rng.uniform(0, 120)
                ink = np.full(3, level, np.float32)
            else:
                ink = np.array([rng.uniform(0, 255) for _ in range(3)], np.float32)
            if float(np.abs(ink - ground).max()) > 50:
                break
        if spread > 12:  # the drawing's own shades stay, in the ink's place
            shade = icon[..., :3].mean(axis=2, keepdims=True) / 255
            colour = ink * (0.35 + 0.65 * shade) if ink.mean() > 128 else 255 - (255 - ink) * (1 - 0.65 * shade)
            return np.concatenate((colour.clip(0, 255), icon[..., 3:]), axis=2).astype(np.uint8)
        inked = icon.copy()
        inked[..., :3] = ink
        return inked

    def _greyed(self, icon: Pixels) -> Pixels:
        grey = icon.copy()
        grey[..., 3] = (icon[..., 3] * self._rng.uniform(0.3, 0.6)).astype(np.uint8)
        if self._rng.random() < 0.6:
            grey[..., :3] = icon[..., :3].mean(axis=2, keepdims=True)
        return grey

    def _canvas(self, wide: int, high: int, ground: NDArray[np.float32]) -> Pixels:
        """The ground, often a button's, with its edge near, and with something beside it."""
        rng = self._rng
        canvas = np.empty((high + 2 * ROOM, wide + 2 * ROOM, 3), np.float32)
        canvas[:] = ground
        if rng.random() < 0.25:
            gap = rng.randint(2, 7)
            low, right, bottom = ROOM - gap, ROOM + wide + gap, ROOM + high + gap
            around = (ground + rng.choice((-1, 1)) * rng.uniform(5, 40)).clip(0, 255)
            face = canvas[low:bottom, low:right].copy()
            canvas[:] = around
            canvas[low:bottom, low:right] = face
            if rng.random() < 0.5:
                edge = tuple(float(value) for value in (ground + rng.choice((-1, 1)) * rng.uniform(20, 120)).clip(0, 255))
                cv2.rectangle(canvas, (low, low), (right, bottom), edge, 1)
        if rng.random() < 0.2:
            canvas += np.linspace(-rng.uniform(0, 8), rng.uniform(0, 8), len(canvas), dtype=np.float32)[:, None, None]
        whole = canvas.clip(0, 255).astype(np.uint8)
        if rng.random() < 0.1:  # a neighbour, or the edge of a panel
            ink = [rng.randrange(256) for _ in range(3)]
            place = rng.randint(2, 5)
            if rng.random() < 0.5:
                whole[:, ROOM - place - 2 : ROOM - place] = ink
            else:
                whole[ROOM + high + place : ROOM + high + place + rng.randint(1, 6)] = ink
        return whole

    def _badge(self, canvas: Pixels, wide: int, high: int) -> None:
        rng = self._rng
        radius = max(2, round(min(wide, high) * rng.uniform(0.12, 0.22)))
        middle = ROOM + rng.choice((radius, wide - radius)), ROOM + rng.choice((radius, high - radius))
        colour = rng.choice(((220, 30, 40), (230, 120, 20), (40, 120, 220), (40, 160, 60)))
        cv2.circle(canvas, middle, radius, colour, -1, cv2.LINE_AA)

    def _no_icon(self) -> NDArray[Any]:
        """Bare ground, a piece of a photograph or of a text, a rule, a box."""
        rng = self._rng
        side = rng.randint(10, 60)
        ground = self._ground()
        canvas = np.empty((side + 2 * ROOM, side + 2 * ROOM, 3), np.float32)
        canvas[:] = ground
        kind = rng.random()
        noise = np.random.default_rng(rng.getrandbits(32))
        if kind < 0.15:
            canvas += noise.normal(0, rng.uniform(0, 6), canvas.shape)
        elif kind < 0.5:
            few = rng.choice((2, 3, 4, 6, 9, 14))
            rough = cv2.resize(noise.uniform(0, 255, (few, few, 3)).astype(np.float32), canvas.shape[1::-1], interpolation=cv2.INTER_CUBIC)
            canvas = rough + noise.normal(0, rng.uniform(0, 20), canvas.shape)
        elif kind < 0.85:
            ink = tuple(float(value) for value in (255 - ground))
            letters = "".join(rng.choice("abcdefghijklmnoprstuvwyzABCDEFGHKLMNOPRSTUW0123456789.,") for _ in range(rng.randint(2, 7)))
            font = rng.choice((cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX))
            canvas = canvas.clip(0, 255).astype(np.uint8)
            cv2.putText(canvas, letters, (rng.randint(0, ROOM), ROOM + side // 2 + 6), font, rng.uniform(0.3, 0.9), ink, 1, cv2.LINE_AA)
        else:
            low, high = sorted((rng.randint(0, side), rng.randint(0, side)))
            ink = tuple(rng.uniform(0, 255) for _ in range(3))
            cv2.rectangle(canvas, (ROOM + low, 0), (ROOM + high, 2 * side), ink, rng.choice((1, 2, -1)))
        return self._look(np.clip(canvas, 0, 255).astype(np.uint8), (ROOM, ROOM, ROOM + side, ROOM + side))


def scaled(drawn: Pixels, size: int) -> Pixels:
    """A drawing with its longer side of `size` pixels; what is covered by nothing has no colour to mix in."""
    high, wide = drawn.shape[:2]
    if max(wide, high) == size:
        return drawn
    share = size / max(wide, high)
    cover = drawn[..., 3:].astype(np.float32)
    mixed = np.concatenate((drawn[..., :3] * cover, cover), axis=2)
    target = max(round(wide * share), 1), max(round(high * share), 1)
    mixed = cv2.resize(mixed, target, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_CUBIC)
    cover = mixed[..., 3:].clip(0, 255)
    colour = (mixed[..., :3] / np.maximum(mixed[..., 3:], 1e-3)).clip(0, 255)
    return np.concatenate((np.where(cover > 0, colour, 0), cover), axis=2).astype(np.uint8)


def _paste(canvas: Pixels, icon: Pixels, left: int, top: int) -> None:
    high, wide = icon.shape[:2]
    part = canvas[top : top + high, left : left + wide]
    cover = icon[..., 3:].astype(np.float32) / 255
    part[:] = (part * (1 - cover) + icon[..., :3] * cover).round().astype(np.uint8)
