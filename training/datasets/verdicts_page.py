"""A page about a folder of episodes or screens: how much is fit to learn from and why the rest is not, with pictures. One offline file."""

from __future__ import annotations

import base64
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from markupsafe import Markup
from PIL import Image

from agent.episodes.page import POLICY, as_text, write_parts
from recordings.action import target_of
from recordings.episode import Step
from recordings.geometry import Box, Point
from recordings.marking import TOLD, TRUE, mark
from recordings.store import Episode, EpisodeError, read_episode
from training.datasets.amendments import read_amendments
from training.datasets.folders import episodes_in, holds_screens, some_episodes_in
from training.datasets.verdicts import QUALITIES, Verdict, read_verdicts, unfit
from training.screens.store import read_screens
from training.templates import template
from vlm.images import ImageError

WIDTH = 480
HIGHEST = 4096
"""Pixels of a picture on the page."""
EXAMPLES, REASONS = 6, 100
"""Pictures of one reason, and reasons that have some."""


def write_report(folder: Path, out: Path) -> Counter[str]:
    """Write the page; returns the number of steps, or of elements, by class.

    Raises:
        DeskhandError: there is no episode, nothing was checked yet, `out` exists or cannot be written.
    """
    verdicts = read_verdicts(folder)
    if not verdicts and not holds_screens(folder):
        some_episodes_in(folder)
    counts = _counts(folder)
    write_parts(out, _page(folder, verdicts, counts))
    return counts


def _counts(folder: Path) -> Counter[str]:
    left_out, counts = unfit(folder), Counter(dict.fromkeys(QUALITIES, 0))
    if holds_screens(folder):
        for screen in read_screens(folder):
            for number in range(len(screen.elements)):
                verdict = left_out.get((screen.name, None)) or left_out.get((screen.name, number))
                counts["good" if verdict is None else verdict.quality] += 1
        return counts
    for path in episodes_in(folder):
        try:
            steps = read_episode(path).steps
        except EpisodeError:
            counts["unreadable episodes"] += 1
            continue
        for step in steps:
            verdict = left_out.get((path.name, step.index))
            counts["good" if verdict is None else verdict.quality] += 1
    return counts


def _page(folder: Path, verdicts: list[Verdict], counts: Counter[str]) -> Iterator[str]:
    """The page's text, piece by piece: its pictures are made as they are written."""
    find = (_of_screens if holds_screens(folder) else _of_episodes)(folder)
    by_reason: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_reason[f"{verdict.quality}: {verdict.kind}"].append(verdict)
    what = "elements" if holds_screens(folder) else "steps"
    amended = Counter(f"{'answers' if one.step is not None else 'instructions'} by {one.by}" for one in read_amendments(folder))
    reasons = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    return template(__file__, as_text=lambda words: Markup(as_text(words))).generate(
        title=f"What can be learned from {folder.name}", policy=POLICY, what=what, counts=counts, amended=amended, reasons=reasons,
        most_reasons=REASONS, examples=EXAMPLES, picture_of=lambda verdict: _encoded(find(verdict)),
    )  # fmt: skip


def _of_episodes(folder: Path) -> Callable[[Verdict], Image.Image | None]:
    homes = {path.name: path for path in episodes_in(folder)}

    def picture(verdict: Verdict) -> Image.Image | None:
        try:
            episode = read_episode(homes[verdict.episode])
            step = next((one for one in episode.steps if one.index == verdict.step), None)
            return None if step is None else drawn(episode, step)
        except (EpisodeError, KeyError):
            return None

    return picture


def _of_screens(folder: Path) -> Callable[[Verdict], Image.Image | None]:
    screens = {screen.name: screen for screen in read_screens(folder)}

    def picture(verdict: Verdict) -> Image.Image | None:
        try:
            screen = screens[verdict.episode]
            shown, element = screen.picture(), None if verdict.step is None else screen.elements[verdict.step]
            return _marked(shown, element.box_in(shown.size) if element is not None and element.lies_within(*shown.size) else None, None)
        except (ImageError, KeyError, IndexError):
            return None

    return picture


def drawn(episode: Episode, step: Step) -> Image.Image | None:
    """The frame before a step with the element's box and the place of the action; None where it has no frame.

    Raises:
        EpisodeError: the frame is damaged.
    """
    frame = episode.frame(step, "before")
    if frame is None:
        return None
    box = None if step.element is None else step.element.box
    return _marked(frame, box, target_of(step.action) if step.action is not None else None)


def _marked(frame: Image.Image, box: Box | None, point: Point | None) -> Image.Image:
    """The picture as wide as the page has it, with a box and a point of it drawn in."""
    small = frame.resize((WIDTH, min(round(frame.height * WIDTH / frame.width), HIGHEST)), Image.Resampling.LANCZOS)
    mark(small, box, None, TRUE)
    mark(small, None, point, TOLD)
    return small


def _encoded(picture: Image.Image | None) -> str:
    if picture is None:
        return ""
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    return base64.b64encode(data.getvalue()).decode("ascii")
