"""Automatic checks: which recorded steps and which labelled screens are fit to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from recordings.action import target_of
from recordings.episode import Step
from recordings.geometry import Box
from recordings.store import Episode, EpisodeError, read_episode
from training.datasets.episode_records import lost_steps, whole_until
from training.datasets.folders import holds_screens, some_episodes_in
from training.datasets.pictures import Seen, frame_of, grey_of, is_empty
from training.datasets.verdicts import NEAR_DUPLICATE, Quality, Verdict
from training.screens.store import StoredScreen, read_screens
from vlm.images import ImageError

CHANGED = 12
"""Grey values by which a pixel must differ to count as changed."""
LEAK_SHARE, LEAK_MOST = 0.9, 0.02
"""A highlight leaks where at least this share of all that changed lies on the target, and no more than this of the screen changed."""


def check_folder(folder: Path) -> Iterator[Verdict]:
    """Check every labelled screen in a folder, or every step of an episode or of all episodes in it.

    A step may get several verdicts, one for each reason. An episode that cannot be read, or that holds no step, gets one that says so.

    Raises:
        DeskhandError: there is neither a screen nor an episode.
    """
    seen = Seen()
    if holds_screens(folder):
        for screen in read_screens(folder):
            yield from check_screen(screen, seen)
        return
    for path in some_episodes_in(folder):
        try:
            episode = read_episode(path)
        except EpisodeError as error:
            yield Verdict(path.name, None, "bad image", f"unreadable episode: {error}")
            continue
        if not episode.steps:
            yield Verdict(path.name, None, "bad image", "an episode without a step: delete it, or record it again")
        yield from check_episode(episode, seen)


def check_screen(screen: StoredScreen, seen: Seen) -> Iterator[Verdict]:
    """Check a screen's picture, and where its elements are; a screen of another application that looks the same is told."""
    try:
        picture = screen.picture()
    except ImageError:
        yield Verdict(screen.name, None, "bad image", "the picture is missing or damaged", part="element")
        return
    if is_empty(picture):
        yield Verdict(screen.name, None, "bad image", "empty picture", part="element")
    if (same := seen.same_as(picture, screen.name)) is not None:
        yield Verdict(screen.name, None, "bad image", f"duplicate of {same}: the very same picture", part="element")
    if (twin := seen.twin_of(picture, screen.app, screen.name)) is not None:
        yield Verdict(screen.name, None, "good", f"{NEAR_DUPLICATE} of {twin}", part="element")
    for number, element in enumerate(screen.elements):
        if not element.lies_within(*picture.size):
            yield Verdict(screen.name, number, "wrong answer", "its box reaches beyond the screen", part="element")


def check_episode(episode: Episode, seen: Seen | None = None) -> Iterator[Verdict]:
    """Check each step; `seen` knows the frames of the episodes before, whose near-duplicates are found."""
    seen = seen or Seen()
    before_it: Image.Image | None = None
    name, whole = episode.path.name, whole_until(episode)
    for place, why in lost_steps(episode).items():
        yield Verdict(name, place, "bad image", f"lost step: its line is {why}")
    for place, step in enumerate(episode.steps):
        if place >= whole:
            yield Verdict(name, step.index, "bad image", "its history is not whole: a step before it is lost")
        for quality, reason in _check_step(episode, step, before_it):
            yield Verdict(name, step.index, quality, reason)
        if (frame := frame_of(episode, step, "before")) is not None:
            # The frames of one episode follow from each other and are alike by nature.
            twin = seen.twin_of(frame, name, f"step {step.index + 1} of {name}")
            if twin is not None:
                yield Verdict(name, step.index, "good", f"{NEAR_DUPLICATE} of {twin}")
        before_it = frame_of(episode, step, "after")


def _check_step(episode: Episode, step: Step, before_it: Image.Image | None) -> Iterator[tuple[Quality, str]]:
    if step.action is None:
        yield "wrong answer", f"unparsable action: {step.prediction.mistake or 'there is none'}"
    frame = frame_of(episode, step, "before")
    if frame is None:
        yield "bad image", "the frame is missing or damaged"
        return
    if is_empty(frame):
        yield "bad image", "empty frame"
    point = target_of(step.action) if step.action is not None else None
    if point is not None and step.element is not None and not step.element.box.contains(point):
        yield "wrong answer", "the action lies outside the box of its element"
    after = frame_of(episode, step, "after")
    if step.changed and after is not None and np.array_equal(grey_of(frame), grey_of(after)):
        yield "bad image", "duplicate frame: nothing differs before and after, though the step changed something"
    if step.element is not None and before_it is not None and leaks(before_it, frame, step.element.box):
        yield "bad image", "leaked highlight: what differs from the frame before is the target alone"


def leaks(earlier: Image.Image, frame: Image.Image, box: Box) -> bool:
    """Whether the frame betrays its target: since the earlier one almost nothing changed but what is in the box."""
    if earlier.size != frame.size:
        return False
    changed = np.abs(grey_of(earlier) - grey_of(frame)) > CHANGED
    total = int(changed.sum())
    if not 0 < total <= LEAK_MOST * changed.size:
        return False
    height, width = changed.shape
    inside = changed[int(box.y1 * height) : round(box.y2 * height) + 1, int(box.x1 * width) : round(box.x2 * width) + 1]
    return int(inside.sum()) >= LEAK_SHARE * total
