"""An episode as one HTML file: frames with crosshairs, thoughts and timings. It needs no network, no script and no other file."""

from __future__ import annotations

import base64
import html
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from recordings.action import Action, Drag, Scroll, target_of
from recordings.durable import write_private
from recordings.episode import READ, Outcome, Source, Step
from recordings.errors import DeskhandError
from recordings.foreign import digest, identity
from recordings.geometry import Box, Point
from recordings.store import Episode, EpisodeError

STYLE = Path(__file__).with_name("page.css")
PICTURED = 512 << 20
"""Characters of steps that have their pictures: an episode of some megabytes may name one large frame a hundred thousand times."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class PageError(DeskhandError):
    """A page that cannot be written."""


def write_page(episode: Episode, out: Path) -> None:
    """Write the page. Raises PageError where `out` exists or cannot be written."""
    write_parts(out, page(episode))


def write_parts(out: Path, parts: Iterable[str]) -> None:
    """Write a page piece by piece. Raises PageError where `out` exists or cannot be written."""
    try:
        write_private(out, (part.encode("utf-8", "replace") for part in parts))
    except FileExistsError as error:
        raise PageError(f"{out} exists already: choose another name") from error
    except OSError as error:
        raise PageError(f"{out} cannot be written: {error.strerror}") from error


def page(episode: Episode) -> Iterator[str]:
    """The page's text, piece by piece."""
    header = episode.header
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>{as_text(header.name)}</title>'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body>"
    )
    ended = f"{header.stop_reason or 'without an end'}" + (f" ({header.stop_detail})" if header.stop_detail else "")
    facts = [
        time.strftime("%Y-%m-%d %H:%M", time.localtime(header.started_at)), f"{len(episode.steps)} steps", f"by {header.source}",
        header.model, f"task {header.task}" if header.task else "", header.platform, f"ended: {ended}",
        "" if header.verdict is None else f"the task's checks {'hold' if header.verdict else 'do not hold'}",
    ]  # fmt: skip
    yield f'<h1>{as_text(header.instruction)}</h1><p class="facts"><span>{as_text(header.name)}</span>'
    yield "".join(f" <span>{as_text(fact)}</span>" for fact in facts if fact) + "</p>"
    yield "".join(f'<p class="problem">{as_text(problem)}</p>' for problem in episode.problems)
    written = 0
    for position, step in enumerate(episode.steps):
        following = episode.steps[position + 1] if position + 1 < len(episode.steps) else None
        part = _step(episode, step, following, written < PICTURED)
        written += len(part)
        yield part
    yield "</body></html>\n"


def _step(episode: Episode, step: Step, following: Step | None, pictured: bool) -> str:
    number = step.index + 1
    wanted, done = step.prediction.action, step.action
    tags = [(step.outcome.value, "good" if step.outcome in (Outcome.PERFORMED, Outcome.DRY_RUN) else "bad")]
    if step.source is not Source.AGENT:
        tags.append((step.source.value, "meant-tag"))
    parts = [f'<h2><a href="#s{number}">{number}</a>' + "".join(f'<span class="tag {kind}">{tag}</span>' for tag, kind in tags) + "</h2>"]
    parts.append(f"<code>{as_text(str(done) if done is not None else step.prediction.mistake or 'no action')}</code>")
    if wanted is not None and wanted != done:
        parts.append(f'<p>the model wanted:</p><code class="meant">{as_text(str(wanted))}</code>')
    if step.prediction.thought:
        parts.append(f'<p class="thought">{as_text(step.prediction.thought)}</p>')
    if step.note:
        parts.append(f"<p>{as_text(step.note)}</p>")
    if step.element is not None:
        role = "what reads" if step.element.role == READ else step.element.role or "element"
        parts.append(f"<p>on {as_text(role)} “{as_text(step.element.name)}”</p>")
    times = [f"{phase} {seconds:.2f} s" for phase, seconds in step.seconds.items()]
    if step.prediction.confidence is not None:
        times.append(f"{step.prediction.confidence:.0%} sure")
    parts.append(
        '<p class="times">' + " ".join(f"<span>{as_text(one)}</span>" for one in [step.window_title or "", *times] if one) + "</p>"
    )
    pictures = _pictures(episode, step, following) if pictured else '<p class="facts">its frames are left out: there are too many</p>'
    return f'<section class="step" id="s{number}"><div>{"".join(parts)}</div><div>{pictures}</div></section>\n'


def _pictures(episode: Episode, step: Step, following: Step | None) -> str:
    number = step.index + 1
    pictures = _frame(episode, step.before_frame, _marks(step), f"before step {number}")
    if step.after_frame is not None and not _is_same(episode, step.after_frame, following):
        after = _frame(episode, step.after_frame, "", f"after step {number}")
        pictures += f"<details><summary>after it</summary>{after}</details>" if following is not None else after
    return pictures


def _is_same(episode: Episode, name: str, following: Step | None) -> bool:
    """Whether the next step shows this very frame anyway."""
    if following is None or following.before_frame is None:
        return False
    names = name, following.before_frame
    one, other = (identity(episode.path, each) for each in names)
    try:
        return (one is not None and one == other) or digest(episode.path, names[0]) == digest(episode.path, names[1])
    except OSError:
        return False


def _frame(episode: Episode, name: str | None, marks: str, words: str) -> str:
    if name is None:
        return f'<p class="facts">no frame from {as_text(words)}</p>'
    try:
        data, _ = episode.picture(name)
    except EpisodeError:
        return f'<p class="problem">the frame from {as_text(words)} is missing or damaged</p>'
    picture = f'<img alt="the screen {as_text(words)}" src="data:image/png;base64,{base64.b64encode(data).decode()}">'
    return f'<figure><div class="frame">{picture}{marks}</div><figcaption>{as_text(words)}</figcaption></figure>'


def _marks(step: Step) -> str:
    """Crosshairs over the frame: what was done, what the model wanted where it differs, and the element's box."""
    parts = [_box(step.element.box, "--element")] if step.element is not None else []
    if step.prediction.box is not None:
        parts.append(_box(step.prediction.box, "--meant"))
    if step.prediction.action is not None and step.prediction.action != step.action:
        parts.append(_crosshair(step.prediction.action, "--meant"))
    if step.action is not None:
        parts.append(_crosshair(step.action, "--mark"))
    return f'<svg aria-hidden="true">{"".join(parts)}</svg>' if any(parts) else ""


def _box(box: Box, colour: str) -> str:
    width, height = box.x2 - box.x1, box.y2 - box.y1
    return (
        f'<rect x="{box.x1:.3%}" y="{box.y1:.3%}" width="{width:.3%}" height="{height:.3%}" fill="none" stroke="var({colour})" '
        'stroke-width="1.5" stroke-dasharray="4 3"/>'
    )


def _crosshair(action: Action, colour: str) -> str:
    """Four arms that leave the target open; a drag's path before it, a wheel's direction beside it."""
    points = [Point(x=x, y=y) for x, y in action.path] if isinstance(action, Drag) else [target_of(action)]
    if points[0] is None:
        return ""
    stroke, lines = f'stroke="var({colour})" stroke-width="2.5"', []
    for one, other in pairwise(points):
        assert one is not None and other is not None
        lines.append(f'<line x1="{one.x:.3%}" y1="{one.y:.3%}" x2="{other.x:.3%}" y2="{other.y:.3%}" {stroke}/>')
    last = points[-1]
    assert last is not None
    arms = "".join(f'<path d="M{dx * 9} {dy * 9}L{dx * 20} {dy * 20}" {stroke}/>' for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    if isinstance(action, Scroll):
        arms += f'<path d="M0 0L{_sign(action.dx) * 34} {_sign(action.dy) * 34}" {stroke}/>'
    lines.append(f'<svg x="{last.x:.3%}" y="{last.y:.3%}" style="overflow:visible">{arms}<circle r="1.2" fill="var({colour})"/></svg>')
    return "".join(lines)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def as_text(words: str) -> str:
    """Words of a screen or a model as text, whatever they hold."""
    return html.escape("".join(character if character.isprintable() or character in "\n\t" else "�" for character in words))
