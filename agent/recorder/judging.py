"""Whether what was typed is a password: by where it went, by what a terminal says of itself, and by whether it showed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from PIL import Image

from agent.private import need_not_echo
from agent.recorder.echo import is_shown, is_still
from agent.recorder.field import edits, fold
from recordings.geometry import Box
from recordings.secrets.pixels import Written

if TYPE_CHECKING:
    from agent.recorder.scribe import Draft
    from agent.recorder.watching import Seen

UNECHOED_CHARACTERS = 4
"""Text so short may be typed and sent between two captures; longer text that never shows is a password."""

Verdict = Literal["password", "doubt", "shown"]
"""`password`: it surely is one. `doubt`: it was not seen to show, so it is hidden. `shown`: it is not hidden for that."""


def runs_of(drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
    """What was typed in one place, apart at shortcuts: `ctrl+c` ends a line, and what follows may be asked for by somebody else."""
    run: list[Draft] = []
    for draft in drafts:
        shortcut = draft.gesture.kind == "press" and not edits(draft.gesture.keys)
        if run and shortcut != (run[-1].gesture.kind == "press" and not edits(run[-1].gesture.keys)):
            yield run
            run = []
        run.append(draft)
    if run:
        yield run


class Judge:
    """Judges what was typed without a break. Needs readings of frames where applications do not tell."""

    def __init__(self, lines_of: Callable[[Image.Image], Sequence[Written] | None], *, hide_unechoed: bool = True) -> None:
        """`lines_of`: what is written in a frame; None where nothing can be read."""
        self._lines_of, self._hide_unechoed = lines_of, hide_unechoed

    def verdict(self, run: Sequence[Draft], following: Draft | None) -> Verdict:
        """What becomes of a run of typing; `following` is what was done after it, whose frame still shows a line that was sent."""
        text = fold([draft.gesture for draft in run])
        if not text or all(draft.gesture.kind == "press" for draft in run):
            return "shown"
        start, end = run[0].gesture.started_at, run[-1].gesture.ended_at
        surveys = [survey for draft in run for survey in draft.around[1]]
        # The draft's own survey counts too: it is only there where nothing has happened since.
        first = [run[0].survey] if run[0].survey is not None else []
        telling = [*first, *(survey for survey in surveys if start <= survey.started_at <= end)]
        known = [survey.types_password for survey in telling]
        if any(known) or any(draft.silent for draft in run):
            return "password"
        window = run[0].window
        terminal = need_not_echo(window.wm_class if window is not None else None)
        terminal = terminal or any(survey.in_terminal(window) for survey in telling or surveys)
        if not terminal and False in known:
            return "shown"
        if self._hide_unechoed and not self._is_shown(run, text, following, terminal):
            return "doubt"
        # Typed faster than anything could be asked: hidden if a password field was there to take it.
        return "doubt" if not terminal and any(survey.asks_for_password for survey in surveys) else "shown"

    def _is_shown(self, run: Sequence[Draft], text: str, following: Draft | None, terminal: bool) -> bool:
        if terminal and all(draft.silent is False for draft in run):
            return True
        if not terminal and len(text) < UNECHOED_CHARACTERS:
            return True
        before, after = run[0].before, [run[-1].after]
        if following is not None and following.gesture.kind == "press" and following.gesture.keys[-1] in ("enter", "tab"):
            after.append(following.after)
        window = run[0].window
        place = None
        if window is not None:
            place = before.in_image(window.left, window.top, window.width, window.height)
        if terminal and all(is_still(before, one, place) for one in after):
            return False
        lines = [self._lines_of(seen.screenshot.image) for seen in (before, *after)]
        if None in lines:
            return not terminal and not is_still(before, after[0], place)
        box, (first, *rest) = _box(before, place), [some or () for some in lines]
        return any(is_shown(text, first, some, box, whole=terminal) for some in rest)


def _box(seen: Seen, place: tuple[int, int, int, int] | None) -> Box | None:
    if place is None:
        return None
    width, height = seen.frame.size
    left, top, right, bottom = place
    x1, x2 = (min(max(value / width, 0.0), 1.0) for value in (left, right))
    y1, y2 = (min(max(value / height, 0.0), 1.0) for value in (top, bottom))
    return Box(x1=x1, y1=y1, x2=x2, y2=y2) if x2 > x1 and y2 > y1 else None
