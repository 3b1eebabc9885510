"""One screen as the policy sees it: what is written on it, where words are found, what is in front, and what has just appeared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recordings.episode import Observation, Step
from recordings.geometry import Box, Point
from vlm.reading.blank import is_blank
from vlm.reading.chosen import Standing, open_chosen_reader
from vlm.reading.counting import count
from vlm.reading.folding import fold
from vlm.reading.fresh import fresh_parts
from vlm.reading.icons.finder import IconFinder
from vlm.reading.icons.icon import Icon
from vlm.reading.icons.locate import SURE, agrees, locate_icon
from vlm.reading.numbered import numbered
from vlm.reading.protocols import Candidate, Located, Locator, Reader
from vlm.reading.reading import Reading, ScreenElement, Widget
from vlm.reading.states import open_state_reader


class ScreenView:
    """What was read on one observation."""

    def __init__(
        self, reading: Reading, locator: Locator, observation: Observation, history: Sequence[Step] = (),
        find_icons: Callable[[], tuple[Icon, ...]] = tuple,
    ) -> None:  # fmt: skip
        self.reading, self.observation = reading, observation
        self.history = history
        self._locator, self._find_icons = locator, find_icons
        self._located: dict[str, Located] = {}
        self._widgets: dict[ScreenElement, Widget | None] = {}
        self._standings: dict[tuple[ScreenElement, bool], Standing | None] = {}

    @property
    def front(self) -> Box | None:
        """What is in front: the topmost open menu, else the active window; None where nobody can tell."""
        return self.observation.popups[0] if self.observation.popups else self.observation.active

    @cached_property
    def fresh(self) -> tuple[Box, ...]:
        """What has appeared since the last action that was more than waiting or scrolling, open menus first."""
        acted = (step for step in reversed(self.history) if step.prediction.plan is None or step.prediction.plan.about == "step")
        steps = [step for step in (next(acted, None), *self.history[-1:]) if step is not None and step.before is not None]
        before = steps[0].before if steps else None
        changed = fresh_parts(before.image, self.observation.screenshot.image) if before is not None else ()
        return (*self.observation.popups, *changed)

    @cached_property
    def blank(self) -> bool:
        """Whether what is in front shows nothing yet."""
        seen = self.observation
        return not seen.popups and is_blank(seen.screenshot.image, self.reading, seen.active, seen.window_title or "")

    def locate(self, words: str) -> Located:
        """Where a person's words are on this screen."""
        if words not in self._located:
            picture = self.observation.screenshot.image
            located = self._locator.locate(words, self.reading, active=self.front, fresh=self.fresh, picture=picture)
            asked = numbered(words)
            is_name = located.status == "found" and located.candidates[0].how in ("exact", "folded") and _is_whole(located, words)
            self._located[words] = located if asked is None or is_name else count(asked, words, self)
        return self._located[words]

    @cached_property
    def icons(self) -> tuple[Icon, ...]:
        """Pictures without a text, found when they are first asked for: where every target is written nothing is spent on them."""
        return self._find_icons()

    def locate_icon(self, words: str) -> Located:
        """Where a person's words are among icons, for what no text answers to. What accessibility calls otherwise is only named."""
        located = locate_icon(words, self.icons, self.reading, active=self.front, fresh=self.fresh)
        if located.status == "missing":
            return located
        agreed = [one for one in located.candidates if self._is_called(one, words)]
        if len(agreed) == len(located.candidates):
            return located
        if not agreed or agreed[0].score < SURE:
            return Located(words, "missing", located.candidates)
        return Located(words, "found" if len(agreed) == 1 else "ambiguous", tuple(agreed))

    def _is_called(self, icon: Candidate, words: str) -> bool:
        """Whether accessibility gives the icon no other name than its own, or the words."""
        element = self.observation.element_at(icon.box.center)
        return element is None or agrees(element.name, words, icon.element.text)

    def near(self, words: str) -> tuple[Candidate, ...]:
        """What looks most like the words on this screen; never to be clicked."""
        return self._locator.near(words, self.reading)

    def widget(self, candidate: Candidate) -> Widget | None:
        """What has a state and is seen beside a place; looked for when it is asked for."""
        element = _meant(candidate)
        if element.kind == "icon":
            return None
        if element.widget is None and element not in self._widgets:
            self._widgets[element] = open_state_reader().look(self._pixels, self.reading, [element])[0]
        return element.widget or self._widgets[element]

    def standing(self, candidate: Candidate, one_of_them: bool = False) -> Standing | None:
        """Whether a text is chosen or grey among its like, of which exactly `one_of_them` is; looked for when it is asked for. None for an
        icon and for what has no like."""
        element = _meant(candidate)
        if element.kind == "icon":
            return None
        if (key := (element, one_of_them)) not in self._standings:
            self._standings[key] = open_chosen_reader().look(self._pixels, self.reading, [element], one_of_them)[0]
        return self._standings[key]

    @cached_property
    def _pixels(self) -> NDArray[np.uint8]:
        return np.asarray(self.observation.screenshot.image.convert("RGB"))

    def elements_in(self, area: Box | None) -> tuple[ScreenElement, ...]:
        """What is written in a part of the screen, all of it for None, in reading order."""
        return tuple(element for element in self.reading.elements if area is None or area.contains(element.box.center))


def _is_whole(located: Located, words: str) -> bool:
    """Whether what was found is called as a target says, its number included: a button "Second tab"."""
    return fold(located.candidates[0].element.text).squeezed == fold(words).squeezed


def _meant(candidate: Candidate) -> ScreenElement:
    """The text that a candidate means, which may be a part of a line."""
    if candidate.how != "part":
        return candidate.element
    return replace(candidate.element, box=candidate.box, edges=(), widget=None)


class Eyes:
    """Reads observations: keeps what it read last, so that only what changed is read again."""

    def __init__(self, reader: Reader, locator: Locator) -> None:
        self.reader, self.locator = reader, locator
        self._finder = IconFinder()
        self._image: Image.Image | None = None
        self.reading: Reading | None = None
        """What was read last."""

    def look(self, observation: Observation, history: Sequence[Step] = ()) -> ScreenView:
        self.reading = self.reader.read(observation.screenshot.image)
        self._image = observation.screenshot.image
        return ScreenView(self.reading, self.locator, observation, history, self.icons)

    def icons(self) -> tuple[Icon, ...]:
        """The icons of what was read last."""
        return self._finder.find(self._image, self.reading) if self._image is not None and self.reading is not None else ()

    def icons_at(self, point: Point) -> tuple[Icon, ...]:
        """Of those the ones at a point, in a fraction of the time."""
        return self._finder.find_at(self._image, self.reading, point) if self._image is not None and self.reading is not None else ()
