"""What happened: screenshots, predictions, steps, and the header of an episode.

A `Step` in memory carries its two frames; in `steps.jsonl` it carries their file names instead (see `recordings.store`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from recordings.action import Action
from recordings.geometry import Box, Point, ScreenTransform

FORMAT_VERSION = 1
LONGEST_PARTS = 1000
"""Most things of one kind that a step may list: what people and models do has a handful."""

Seconds = Annotated[float, Field(ge=-1e9, le=1e9)]
Moment = Annotated[float, Field(ge=0, le=1e11)]
"""Seconds since 1970, as far as calendars go."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Length = Annotated[float, Field(ge=-1e6, le=1e6)]
Size = Annotated[float, Field(ge=1, le=1e6)]
Scale = Annotated[float, Field(ge=0.01, le=100)]


@dataclass(frozen=True, slots=True)
class Screenshot:
    """One captured frame: an RGB image and where it came from on the screen."""

    image: Image.Image
    transform: ScreenTransform
    taken_at: float = field(default_factory=time.time)
    private: tuple[tuple[str, Box], ...] = ()
    """What of it is not kept whatever it shows, with why: windows of terminals and of programs that keep passwords."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in image pixels."""
        return self.image.size


UNCHANGED = "the screen did not change"
"""The note on a step that had no visible effect."""
ANSWERED = "the user answers: "
"""Begins the note on a question that was answered."""
INTERRUPTED = "interrupted: "
"""Begins the note on an action that a pause broke off."""


READ = "read"
"""The role of an element that was named by what is written there, because accessibility says nothing of it: its state is unknown."""


class Element(BaseModel):
    """A named thing on the screen, from the accessibility tree, the DOM or a generator; or read, as its role says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    role: str = ""
    box: Box
    checked: bool | None = None
    selected: bool | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class SeenWindow:
    """A window as it was seen: what it calls itself, and what it is."""

    title: str
    wm_class: str = ""
    dialog: bool = False
    owners: tuple[SeenWindow, ...] = ()
    """The windows that a menu or a dialog belongs to."""
    site: str = ""
    """The host that a browser's address bar names; empty for others, and where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the agent perceives before it decides: pixels for the model; a window title for people and records."""

    screenshot: Screenshot
    window_title: str | None = None
    window_class: str | None = None
    """What kind of program the active window belongs to (WM_CLASS), whatever it calls itself; never told to the model."""
    tooltip: bool = False
    """Whether a tooltip was got out of the way first: what was clicked explains itself, so the click met something."""
    active: Box | None = None
    """The active window, its frame included, in the captured image; None where there is none, or nobody can tell."""
    dialog: bool = False
    """Whether the active window is a dialog of another one."""
    popups: tuple[Box, ...] = ()
    """Open menus and other windows that float above the active one, topmost first; tooltips are none."""
    gone: str | None = None
    """Title of the window that was active until it closed, where no other has taken its place."""
    element_at: Callable[[Point], Element | None] = lambda point: None
    """What the accessibility tree names at a point of the image: for the kind and the state of what a plan means. Asking takes a moment."""
    elements: Callable[[], Sequence[Element]] = tuple
    """Everything that the accessibility tree names on the image, what only holds others included: a "scrolled page tab list" does not
    show all of its tabs. Asking takes a moment."""
    window_at: Callable[[Point], SeenWindow | None] = lambda point: None
    """The window at a point of the image, a menu for itself, one without a name for the bare desktop; None where nobody can tell."""
    window: SeenWindow | None = None
    """The active window with all that permissions ask about; None where there is none, or nobody can tell."""
    keyboard_roles: Callable[[], Set[str]] = frozenset
    """The roles of what has the keyboard, as the accessibility tree tells; empty where nobody can tell. Asking takes a moment."""
    on_frame: Callable[[Point], bool] = lambda point: False
    """Whether a point is where the window manager has the buttons of the active window."""
    works_in: Callable[[], SeenWindow | None] = lambda: None
    """The window worked in: the active one, but for Deskhand's own terminal and for what has popped up over another application."""


class Choice(BaseModel):
    """One of several things that words may mean, as a question names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    box: Box


class PlanMark(BaseModel):
    """Which step of a plan a prediction is for, and how it serves it.

    Attributes:
        step: the planned step in its text form; empty after the last.
        index: its place in the plan, from 0; None where steps are planned one at a time.
        about: `step`: this does it. Else it only prepares it: `target`: by waiting, scrolling or asking for what is not to be seen;
            `dialog`: by asking about a dialog that nobody foresaw, or answering it; `effect`: by waiting or asking because nothing changed.
        name: what the chosen element is called on the screen.
        target: the words that a question is about.
        choices: what the question offers, in its order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    index: int | None = None
    about: Literal["step", "target", "dialog", "effect"] = "step"
    name: str = ""
    target: str = ""
    choices: tuple[Choice, ...] = ()


class Prediction(BaseModel):
    """What a policy wants to do. A malformed answer is data too: `action` is None and `mistake` says why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action | None = None
    thought: str = ""
    text: str = ""
    """The policy's raw answer."""
    mistake: str | None = None
    box: Box | None = None
    confidence: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """Probability of the emitted coordinates under the model, 0–1; None for policies that have none."""
    seconds: Seconds = 0.0
    context_used: Count | None = None
    context_limit: Count | None = None
    plan: PlanMark | None = None
    """Of policies that plan in words."""


class Source(StrEnum):
    """Who decided on the step's action."""

    HUMAN = "human"
    AGENT = "agent"
    CORRECTED = "corrected"


class Outcome(StrEnum):
    """What became of the step's action."""

    PERFORMED = "performed"
    DRY_RUN = "dry run"
    SKIPPED = "skipped"
    REFUSED = "refused"
    MISTAKE = "mistake"
    FAILED = "failed"


class StopReason(StrEnum):
    """Why a run ended. Every run ends with exactly one."""

    DONE = "done"
    FAILED = "failed"
    STEP_LIMIT = "step limit"
    TIME_LIMIT = "time limit"
    STUCK = "stuck"
    STOPPED = "stopped by the user"
    REFUSED = "refused"
    ERROR = "error"


class Hidden(BaseModel):
    """One thing that was kept out of a step's files, without saying what it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Literal["action", "title", "element", "note", "before", "after"]
    """Which text of the step, or which of its frames."""
    kind: str
    """Why: `password`, another kind of `recordings.secrets`, `window` for one that is never kept, or `hidden` by a person afterwards."""
    box: Box | None = None
    """What was painted over, for frames."""


class Step(BaseModel):
    """One turn of the loop: what was seen, what was wanted, what was done, what came of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    index: Count
    prediction: Prediction
    action: Action | None = None
    """What was really done, where it differs from or confirms the prediction."""
    source: Source = Source.AGENT
    outcome: Outcome = Outcome.PERFORMED
    note: str = ""
    """Feedback that the next turn sees: an error, an answer of the user, an unchanged screen."""
    changed: bool | None = None
    """Whether the screen changed after the action; None where it was not looked at."""
    window_title: str | None = None
    window_class: str | None = None
    """What kind of program the active window belonged to, whatever its title said."""
    element: Element | None = None
    hidden: Annotated[tuple[Hidden, ...], Field(max_length=LONGEST_PARTS)] | None = None
    """What redaction kept out of this step; None where it kept out nothing."""
    started_at: Moment = 0.0
    seconds: dict[str, Seconds] = Field(default_factory=dict, max_length=LONGEST_PARTS)
    """Seconds by phase: observe, predict, approve, act, settle."""
    before_frame: str | None = None
    after_frame: str | None = None
    before: Screenshot | None = Field(default=None, exclude=True, repr=False)
    after: Screenshot | None = Field(default=None, exclude=True, repr=False)

    @property
    def target(self) -> Point | None:
        from recordings.action import target_of

        return target_of(self.action) if self.action is not None else None


class Display(BaseModel):
    """A captured rectangle, in pointer units, as the episode's header records it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: Length
    top: Length
    width: Size
    height: Size
    scale: Scale = 1.0


class EpisodeHeader(BaseModel):
    """`episode.json`: everything about an episode but its steps."""

    model_config = ConfigDict(extra="forbid")

    format_version: int = FORMAT_VERSION
    name: str
    instruction: str
    task: str | None = None
    source: Source = Source.AGENT
    platform: str = ""
    displays: list[Display] = Field(default_factory=list, max_length=LONGEST_PARTS)
    model: str = ""
    started_at: Moment = Field(default_factory=time.time)
    ended_at: Moment | None = None
    stop_reason: StopReason | None = None
    stop_detail: str = ""
    verdict: bool | None = None
    """What the task's own checks found; None where none were run."""
    extra: dict[str, Any] = Field(default_factory=dict)
