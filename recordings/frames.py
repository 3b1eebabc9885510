"""The frames of a read episode as screenshots; what one file shows is one object, as it was when it was recorded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from recordings.episode import Screenshot, Step
from recordings.errors import DeskhandError
from recordings.foreign import identity
from recordings.geometry import ScreenTransform
from recordings.store import Episode, Which

FRAMES_KEPT = 4
"""Decoded frames that stay in memory: those of a step and of its neighbour."""
PIXELS_KEPT = 64_000_000
"""No more of them than so many pixels, at four bytes each: 8K screens are 33 million."""


class Frames:
    """Loads an episode's frames when they are asked for. A frame that is missing or damaged is None, and `problems` says why."""

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self.problems: list[str] = []
        self._kept: OrderedDict[object, Screenshot] = OrderedDict()

    def get(self, step: Step, which: Which) -> Screenshot | None:
        """The step's frame, in the rectangle that the episode's header names."""
        name = step.before_frame if which == "before" else step.after_frame
        if name is None:
            return None
        key: object = identity(self.episode.path, name) or name
        if key not in self._kept:
            try:
                image = self.episode.frame(step, which)
            except DeskhandError as error:
                if str(error) not in self.problems:
                    self.problems.append(str(error))
                return None
            assert image is not None
            self._kept[key] = Screenshot(image, self._transform(image.size), step.started_at)
            while len(self._kept) > FRAMES_KEPT or (len(self._kept) > 1 and self._pixels() > PIXELS_KEPT):
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def steps(self, first: int = 0, last: int | None = None) -> Iterator[Step]:
        """The episode's steps `[first:last]` with their frames in them; a step whose frame cannot be read comes without it."""
        for step in self.episode.steps[first:last]:
            yield step.model_copy(update={"before": self.get(step, "before"), "after": self.get(step, "after")})

    def _pixels(self) -> int:
        return sum(screenshot.size[0] * screenshot.size[1] for screenshot in self._kept.values())

    def _transform(self, size: tuple[int, int]) -> ScreenTransform:
        for display in self.episode.header.displays[:1]:
            return ScreenTransform(display.left, display.top, display.width, display.height, display.scale)
        return ScreenTransform(0, 0, *size)
