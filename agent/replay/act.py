"""Acting replay: an episode as a policy. The same loop performs its actions, so approval, limits, stopping and recording hold as ever.

Before each step the recorded window must be the active one, by its title or else by its class and looks, or the recorded element must be
there; and the target must be where it was. How alike whole screens are decides only where no window was recorded. A target that moved is
looked for by its element's name in the accessibility tree, then by the model, whose answer counts only where the recorded pixels are
found. What is not there yet is waited for, and then the replay halts and says why. What was hidden when it was recorded, a person types
with their own hands.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from PIL import Image

from agent.protocols import Grounder
from agent.replay.resemblance import alike, find_patch, is_plain, patch_alike, patch_around
from recordings.action import Action, Ask, Drag, Finish, Move, Type, Wait, print_action, target_of
from recordings.episode import Element, Observation, Outcome, Prediction, Screenshot, Step
from recordings.frames import Frames
from recordings.geometry import Box, Point, ScreenTransform
from recordings.painting import paint
from recordings.secrets.rules import placeholders, split_at_placeholders
from recordings.store import Episode
from vlm.answer import NotOnScreen

Pace = Literal["recorded", "fast"]

SAME_SCREEN = 0.85
"""This share of the screen's cells must look as recorded."""
SAME_TITLE = 0.8
"""So much of two titles must be the same where nothing else tells the program."""
SAME_PATCH = 0.85
"""So much must the target's surroundings look as recorded, see `agent.replay.resemblance.patch_alike`."""
WAIT_SECONDS = 0.5
LONGEST_PAUSE = 30.0
"""A person who went away for an hour is not waited for again."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """What became of a step's target: the action to do now, or why there is none."""

    action: Action | None
    words: str


class ReplayPolicy:
    """Satisfies `agent.protocols.Policy`: gives an episode's actions, one after the other, as long as the screen is as it was.

    Attributes:
        name: what a recording of the replay says instead of a model.
        done: recorded steps that were repeated.
        moved: how many of them acted elsewhere than recorded.
    """

    def __init__(
        self,
        episode: Episode,
        *,
        pace: Pace = "fast",
        patience: float = 8.0,
        find_elements: Callable[[ScreenTransform], Sequence[Element]] = lambda area: (),
        load_grounder: Callable[[], Grounder] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        dry_run: bool = False,
    ) -> None:
        """
        Args:
            pace: `recorded`: as long after each other as they were; `fast`: as soon as the screen has settled.
            patience: seconds to wait for a screen that does not resemble the recorded one (yet).
            find_elements: what the accessibility tree names in a captured rectangle.
            load_grounder: the model to ask for a target that moved; None: do without.
            sleep: waits, and wakes early where the run is stopped.
            dry_run: nothing is done, so that only the first step can find the screen as it was; the others are shown as recorded.
        """
        self.name = f"replay of {episode.header.name}"
        self.done = self.moved = 0
        self._episode, self._frames, self._pace = episode, Frames(episode), pace
        self._steps = [
            step for step in episode.steps
            if step.action is not None and step.outcome is Outcome.PERFORMED and not isinstance(step.action, Ask | Finish)
        ]  # fmt: skip
        # A secret that was typed in pieces is one thing to be typed by hand.
        self._steps = [
            step for number, step in enumerate(self._steps) if not (number and _is_hidden(step) and _is_hidden(self._steps[number - 1]))
        ]
        self._patience, self._find_elements, self._load_grounder, self._sleep = patience, find_elements, load_grounder, sleep
        self._dry_run = dry_run
        self._position = self._asked_for = 0
        self._waiting = self._moves = False
        self._waited = 0.0
        self._acted_at: float | None = None

    def refusal(self, instruction: str) -> None:
        """What was recorded can be repeated."""

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """The next recorded action, a wait for the recorded screen, or the end; asked again for the same turn, the same step."""
        began = time.perf_counter()
        if len(history) > self._asked_for:
            self._asked_for = len(history)
            if halted := self._note(history[-1]):
                return self._end(False, halted, began)
        if self._position == len(self._steps):
            return self._end(*self._ending(), began)
        step = self._steps[self._position]
        number = f"step {self._position + 1} of {len(self._steps)}"
        if self._dry_run and step.action is not None:
            words = self._find(step, observation, ask_model=False).words if self._position == 0 else ""
            return self._say(step.action, f"{number}: {words}" if words else number, began)
        self._keep_pace(step)
        if isinstance(step.action, Type) and (secrets := placeholders(step.action.text)):
            self._waiting = self._moves = False
            words = f"The recording typed {' '.join(secrets)} here, which it does not hold: type it yourself, then answer with Enter."
            return self._say(Ask(question=words), "", began)
        finding = self._find(step, observation, ask_model=self._waited >= self._patience)
        self._waiting = finding.action is None
        if finding.action is not None:
            self._moves, self._acted_at = finding.action != step.action, time.monotonic()
            thought = f"{number}: {finding.words}" if finding.words else number
            return self._say(finding.action, thought, began)
        if self._waited < self._patience:
            self._waited += WAIT_SECONDS
            return self._say(self._patiently(step.action), f"{number}: waiting, for {finding.words}", began)
        return self._end(False, f"halted before {number}, {print_action(step.action)}: {finding.words}" if step.action else "", began)

    def _patiently(self, action: Action | None) -> Action:
        """Something to do until the screen is ready: wait, and once go to where the target was, for a tooltip may cover it."""
        place = target_of(action) if action is not None else None
        if place is not None and self._waited == 2 * WAIT_SECONDS:
            return Move(x=place.x, y=place.y)
        return Wait(seconds=WAIT_SECONDS)

    def _note(self, last: Step) -> str:
        """Go on from what became of the turn before; why it cannot go on, or nothing."""
        if self._waiting:
            return ""
        if isinstance(last.action, Ask) and last.outcome is not Outcome.PERFORMED:
            return f"halted at step {self._position + 1} of {len(self._steps)}: it types what was never recorded, and nobody did it by hand"
        if last.outcome is Outcome.FAILED:
            return f"halted at step {self._position + 1} of {len(self._steps)}: {last.note}"
        self._position += 1
        self._waited = 0.0
        self.done += last.outcome is Outcome.PERFORMED
        self.moved += self._moves
        return ""

    def _ending(self) -> tuple[bool, str]:
        if self._dry_run:
            return True, f"dry run: {len(self._steps)} steps would be repeated, and nothing was done"
        finish = next((step.action for step in reversed(self._episode.steps) if isinstance(step.action, Finish)), None)
        return (finish.success, finish.answer) if finish is not None else (True, f"{self.done} steps were repeated")

    def _keep_pace(self, step: Step) -> None:
        if self._pace == "fast" or self._acted_at is None or self._waited or not self._position:
            return
        pause = step.started_at - self._steps[self._position - 1].started_at
        left = min(pause, LONGEST_PAUSE) - (time.monotonic() - self._acted_at)
        if left > 0:
            self._sleep(left)

    def _find(self, step: Step, observation: Observation, ask_model: bool) -> _Finding:
        assert step.action is not None
        before, now = self._frames.get(step, "before"), observation.screenshot
        if before is None:
            return _Finding(None, "its frame is missing, so it cannot be told whether the screen is as recorded")
        hidden = [one.box for one in step.hidden or () if one.place == "before" and one.box is not None]
        share, target = alike(before.image, paint(now.image, hidden) if hidden else now.image), target_of(step.action)
        window = _same_window(step, observation)
        if window is Match.OTHER and (target is None or step.element is None):
            return _Finding(None, _difference(share, step, observation))
        if target is None:
            if window is Match.TITLE or share >= SAME_SCREEN:
                return _Finding(step.action, "")
            return _Finding(None, _difference(share, step, observation))
        recorded = before.image if before.size == now.size else before.image.resize(now.size)
        box = step.element.box if step.element is not None else None
        patch = patch_around(target, box, now.size)
        in_place = patch_alike(recorded, now.image, patch) >= SAME_PATCH
        if in_place and share >= SAME_SCREEN and window is not Match.OTHER:
            return _Finding(step.action, "")
        if step.element is not None and (found := self._find_element(step.element, now.transform)) is not None:
            if found.overlap(step.element.box) >= 0.5:
                return _Finding(step.action, f"the screen is {share:.0%} as recorded; {step.element.name!r} is where it was")
            return _Finding(_carried(step.action, step.element.box, found), f"{step.element.name!r} has moved and was found by its name")
        if window is Match.OTHER:
            return _Finding(None, _difference(share, step, observation))
        if in_place and not is_plain(recorded, patch):
            return _Finding(step.action, f"the screen is only {share:.0%} as recorded, but the target looks as it did")
        if ask_model and step.element is not None and (found := self._ask_model(step.element, recorded.crop(patch), now)) is not None:
            return _Finding(_carried(step.action, step.element.box, found), f"{step.element.name!r} has moved and was found by the model")
        likeness = patch_alike(recorded, now.image, patch)
        missing = f"{_called(step)} is not where it was: its place looks {likeness:.0%} as recorded ({SAME_PATCH:.0%} are needed)"
        return _Finding(None, "; ".join(filter(None, (missing, _difference(share, step, observation)))))

    def _find_element(self, wanted: Element, area: ScreenTransform) -> Box | None:
        """Where the element of the same name and role is now; of several, the one whose size and place are nearest."""
        if not wanted.name:
            return None
        same = [
            one.box for one in self._find_elements(area) if (one.name, one.role) == (wanted.name, wanted.role) and one.enabled is not False
        ]

        def strangeness(box: Box) -> float:
            return abs(box.x2 - box.x1 - wanted.box.x2 + wanted.box.x1) * 4 + box.center.distance(wanted.box.center)

        return min(same, key=strangeness, default=None)

    def _ask_model(self, wanted: Element, patch: Image.Image, now: Screenshot) -> Box | None:
        """Where the model sees the element, if its recorded pixels are there."""
        if self._load_grounder is None or not wanted.name:
            return None
        try:
            point = self._load_grounder().look(now.image).ground(wanted.name).point
        except NotOnScreen:
            return None
        width, height = now.size
        near = round(point.x * width - patch.width / 2), round(point.y * height - patch.height / 2)
        left, top, share = find_patch(patch, now.image, near)
        return Box.from_pixels(left, top, patch.width, patch.height, now.size) if share >= SAME_PATCH else None

    def _end(self, success: bool, words: str, began: float) -> Prediction:
        self._waiting = True
        return self._say(Finish(success=success, answer=words), "", began)

    def _say(self, action: Action, thought: str, began: float) -> Prediction:
        return Prediction(action=action, thought=thought, text=print_action(action), seconds=time.perf_counter() - began)


def _is_hidden(step: Step) -> bool:
    """Whether nothing is left of what a step typed."""
    return isinstance(step.action, Type) and bool(step.action.text) and not "".join(split_at_placeholders(step.action.text)).strip()


class Match(Enum):
    """How the active window compares with the recorded one."""

    TITLE = "the same title"
    CLASS = "another title, but the same program, or nothing that says otherwise"
    OTHER = "another window"


def _same_window(step: Step, observation: Observation) -> Match:
    """Titles tell of documents and counts of messages, so one that differs is no other window if its class is the recorded one.

    Episodes that tell no class, and steps that were recorded without a window, leave it to the title and to the screen.
    """
    if step.window_title is None:
        return Match.CLASS
    kinds = step.window_class, observation.window_class
    if step.window_title == observation.window_title and (None in kinds or kinds[0] == kinds[1]):
        return Match.TITLE
    if None not in kinds:
        return Match.CLASS if kinds[0] == kinds[1] and kinds[0] else Match.OTHER
    return Match.CLASS if _alike(step.window_title, observation.window_title or "") else Match.OTHER


def _alike(one: str, other: str) -> bool:
    """Whether two titles are of one program: they end in the same name, or hardly differ."""
    ends = [re.split(r" [-–—] ", title)[-1] for title in (one, other)]
    return bool(one and other) and (ends[0] == ends[1] or difflib.SequenceMatcher(None, one, other).ratio() >= SAME_TITLE)


def _called(step: Step) -> str:
    """What a step acted on, in words: by its name, else by its place."""
    if step.element is not None and step.element.name:
        return repr(step.element.name)
    place = target_of(step.action) if step.action is not None else None
    what = f"the {step.element.role}" if step.element is not None and step.element.role else "what was"
    return f"{what} at {place.x:.2f}, {place.y:.2f}" if place is not None else "its target"


def _difference(share: float, step: Step, observation: Observation) -> str:
    """What speaks against the screen, and nothing else: another window, too little that is as it was."""
    words = []
    if step.window_title is not None and step.window_title != observation.window_title:
        is_now = f"the window {observation.window_title!r} is active" if observation.window_title else "no window is active"
        words.append(f"{is_now} instead of {step.window_title!r}")
    elif step.window_class is not None and observation.window_class not in (None, step.window_class):
        words.append(f"the window is of the program {observation.window_class!r} instead of {step.window_class!r}")
    if share < SAME_SCREEN:
        words.append(f"only {share:.0%} of the screen is as recorded ({SAME_SCREEN:.0%} are needed)")
    return "; ".join(words)


def _carried(action: Action, old: Box, new: Box) -> Action:
    """The action at the same spot of a box that is elsewhere; a drag moves as a whole."""
    target = target_of(action)
    assert target is not None

    def inside(value: float, low: float, high: float, to_low: float, to_high: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return to_low + min(max(share, 0.0), 1.0) * (to_high - to_low)

    place = Point(x=inside(target.x, old.x1, old.x2, new.x1, new.x2), y=inside(target.y, old.y1, old.y2, new.y1, new.y2))
    if isinstance(action, Drag):
        right, down = place.x - target.x, place.y - target.y
        path = [(min(max(x + right, 0.0), 1.0), min(max(y + down, 0.0), 1.0)) for x, y in action.path]
        return Drag.model_validate(action.model_dump() | {"path": path})
    return action.model_copy(update={"x": place.x, "y": place.y})
