"""Who must say yes before something happens: the gatekeeper that applies the rules of `agent.risks`, and people at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from agent.confirming import MOVING, Surroundings, find_confirmed, find_crossed, find_labelled, find_untold, roams
from agent.correction import read_action
from agent.meanings import Concern
from agent.permissions.effective import Permissions, deed_of, told
from agent.permissions.manifest import Deed, Permit
from agent.protocols import Decision, Verdict
from agent.risk_rules import rules
from agent.risks import find_risks, heeds_elements, is_writing
from agent.settings import ApprovalMode
from agent.straying import Straying
from recordings.action import Action, ActionSyntaxError, Ask, Click, Drag, Finish, Press, Scroll, Type, Wait, target_of
from recordings.episode import Element, Observation, Prediction, SeenWindow, Source
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from recordings.printable import ends

HARMLESS = (Ask, Finish, Wait)
EVERY_ACTION = "every action is asked about"
"""The concern about an action that nothing speaks against."""
HOLDING = frozenset({
    "list item", "list", "table cell", "table row", "table", "tree item", "tree", "tree table", "option", "drawing area", "canvas",
    "article", "section", "landmark", "document frame", "log", "status bar", "tool bar",
})  # fmt: skip
"""Roles of what may hold a picture that does something else than its name says: a bin at the end of a row."""
ASKED = "asked"
"""The kind of a concern that the permissions raise."""


class Person(Protocol):
    """Whoever answers for the user. Both methods are called in the run's thread and may block as long as a person thinks.

    They must return soon after the session's switch is stopped.
    """

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        """Approve, correct, skip or stop one proposed action; `concern` says why it is asked."""
        ...

    def answer(self, question: str) -> str | None:
        """The user's answer to the model's question, or None where nobody answers."""
        ...

    def agree(self, words: str) -> bool:
        """Whether the user wants what these lines say will happen; see `agent.consent`."""
        ...


class Gatekeeper:
    """Asks the person about what the mode calls for, and lets the rest happen. Nobody to ask means no."""

    def __init__(
        self, mode: ApprovalMode, person: Person | None = None, *,
        allowed_window: str | None = None, allowed_region: Box | None = None, types_password: Callable[[], bool] = lambda: False,
        permissions: Permissions | None = None, bound: bool = False, read_at: Callable[[Point], Element | None] = lambda point: None,
        icon_at: Callable[[Point], Element | None] = lambda point: None,
        element_soon: Callable[[Point], Element | None] | None = None, tell: Callable[[str], None] = lambda line: None,
        words: str | None = None, dry_run: bool = False, surroundings: Surroundings | None = None,
        reads: bool = True,
    ) -> None:  # fmt: skip
        """
        Args:
            allowed_window: part of the title of the only window that may be acted in unasked, whatever the mode.
            allowed_region: the only part of the captured image that may be acted in unasked, whatever the mode.
            types_password: whether a password field has the keyboard; asked only about text that nothing else speaks against.
            permissions: what may be done where; by default what is never touched is refused, and the shortcuts of the desktop itself.
            bound: the run sees one window only.
            read_at: what a reader has read at a point of the image, where there is a reader.
            icon_at: what the icon at a point shows, by its name; asked only where the tree names nothing.
            element_soon: what the accessibility tree names there, as far as it was found by now.
            tell: is told what a person allowed for good.
            words: what the user said; what strays from it is asked about, see `agent.straying`. None: nobody said anything.
            dry_run: nothing is done, so that nobody is asked, but told what would be asked about.
            surroundings: what has the keyboard, and what dialogs say.
            reads: see `agent.straying.Straying`.
        """
        self.mode, self.person, self.dry_run = mode, person, dry_run
        self.allowed_window, self.allowed_region, self._types_password = allowed_window, allowed_region, types_password
        self.permissions, self._bound = permissions or Permissions(), bound or allowed_window is not None
        self._read_at, self._icon_at, self._element_soon, self._tell = read_at, icon_at, element_soon, tell
        self._straying = Straying(words, reads) if words is not None else None
        self._surroundings = surroundings or Surroundings()
        self.secret = False
        """Whether what was reviewed last was asked about because it may be a password."""
        self._last_thought = ""
        self._clicked: Point | None = None
        """Where the last click gave something the keyboard, as far as no key has moved it on."""
        self._roamed = False
        """Whether Tab was pressed since something was clicked or written."""
        rules()  # read before anybody waits for it

    def review(self, observation: Observation, prediction: Prediction) -> Decision:
        """The decision about one proposal; blocks while the person thinks."""
        action, self.secret = prediction.action, False
        if action is None or isinstance(action, HARMLESS):
            self._last_thought = prediction.thought
            return Decision(Verdict.APPROVE)
        deed, windows = deed_of(action), _windows(observation, action)
        if refused := self._refusal(action, deed, windows):
            if self.dry_run:
                return Decision(Verdict.APPROVE, reason=f"would be refused: {refused}")
            return Decision(Verdict.STOP if self.person is None else Verdict.SKIP, reason=refused)
        if self._straying is not None:
            self._straying.begin(observation)
        decision = self._decide(observation, prediction, action, deed, windows)
        self._last_thought, done = prediction.thought, decision.action or action
        if decision.verdict is Verdict.APPROVE:
            self._clicked, self._roamed = _clicked_then(self._clicked, done), roams(done, self._roamed)
            if self._straying is not None and decision.by_person:
                self._straying.agreed(observation, _ends(done))
        return decision

    def _decide(
        self, observation: Observation, prediction: Prediction, action: Action, deed: Deed | None, windows: Sequence[SeenWindow]
    ) -> Decision:
        excursion = self._excursion(observation, action)
        every = self._concerns(observation, prediction, windows)
        concern = next((one for one in every if not self._allows(action, deed, windows, one)), None)
        self.secret = concern is not None and concern.kind == "password"
        if not (asked := excursion or concern):
            return Decision(Verdict.APPROVE)
        if self.dry_run:
            return Decision(Verdict.APPROVE, reason=f"would be asked about: {asked}")
        if self.person is None:
            way_out = "" if excursion else "; --approve none allows it" if asked.kind != ASKED else ""
            return Decision(Verdict.STOP, reason=f"needs approval ({asked}) and nobody is there to ask{way_out}")
        rule = self.permissions.offer(deed, windows[0], asked) if not excursion and len(set(windows)) == 1 else None
        if rule is not None:
            asked = Concern(asked, asked.kind, told(rule))
        decision = self.person.decide(observation, prediction, asked)
        if rule is not None and decision.always and decision.verdict is Verdict.APPROVE and decision.action is None:
            try:
                self._tell(self.permissions.allow_always(rule))
            except DeskhandError as error:
                self._tell(str(error))
        return replace(decision, by_person=True)

    def _allows(self, action: Action, deed: Deed | None, windows: Sequence[SeenWindow], concern: Concern) -> bool:
        """Whether the permissions allow it unasked as far as this concern goes, which says nothing of any other."""
        if concern.kind == "shortcut" and self.permissions.permits_all(action):
            return True
        of_risk = None if concern == EVERY_ACTION else concern
        return deed is not None and all(self.permissions.allows_unasked(deed, window, of_risk) for window in windows)

    def _excursion(self, observation: Observation, action: Action) -> Concern | None:
        """A click belongs to the window that it is on, whichever is active; a menu without a title to the window that it is of."""
        active = observation.window_title or ""
        ends = dict.fromkeys((found := places(action))[:1] + found[-1:])
        titles = [active] if not ends else [_title(observation.window_at(place), active) for place in ends]
        excursions = (find_excursion(action, title, self.allowed_window, self.allowed_region, pointed=bool(ends)) for title in titles)
        return next(filter(None, excursions), None)

    def _refusal(self, action: Action, deed: Deed | None, windows: Sequence[SeenWindow]) -> str | None:
        """Why an action is not even asked about: the last look would refuse it."""
        if shortcut := self.permissions.refuses_shortcut(action, self._bound):
            return shortcut
        return next((why for window in windows if deed is not None and (why := self.permissions.refusal(deed, window))), None)

    def _concerns(self, observation: Observation, prediction: Prediction, windows: Sequence[SeenWindow]) -> Iterator[Concern]:
        """Every kind of reason to ask, each found when the ones before it are allowed: what takes longest comes last."""
        action, deed = prediction.action, deed_of(prediction.action) if prediction.action is not None else None
        if action is None or deed is None:
            return
        if any(self.permissions.permit(deed, window) is Permit.ASK for window in windows):
            yield Concern("the permissions say that it is asked about here", ASKED)
        if self.mode is ApprovalMode.NONE:
            return
        title, kind = observation.window_title or "", observation.window_class or ""
        words: dict[str, Any] = {"window_class": kind, "before": self._last_thought, "said": prediction.text}
        pointed = isinstance(action, Click | Drag | Scroll)
        floating = (observation.window_at(box.center) for box in observation.popups)
        words["places"] = windows if pointed else tuple(window for window in floating if window is not None)
        yield from find_risks(action, prediction.thought, title, **words)
        if heeds_elements(action):
            # What it says it clicks and what lies there may be two things; so may a window and what has the keyboard in it.
            there = self._elements(observation, action) if pointed else self._surroundings.with_keyboard()
            planned = prediction.plan is not None and prediction.plan.index is not None
            yield from find_risks(action, prediction.thought, title, **words, elements=there, planned=planned)
            yield from find_confirmed(
                action, observation, there if isinstance(action, Click | Drag) else (), self._surroundings, self._roamed
            )
            crossed = find_crossed(there, observation.active, self._surroundings) if isinstance(action, Click) else None
            yield from filter(None, (crossed, find_untold(action, there, self._surroundings)))
        if writes(action) or pastes(action):
            if self._types_password():
                yield Concern("it types into a password field", "password")
            if labelled := find_labelled(self._labels(action, observation)):
                yield labelled
        if self._straying is not None:
            yield from self._straying.concerns(observation, prediction, _ends(action), partial(self._known_at, observation))
        if self.mode is ApprovalMode.EACH:
            yield Concern(EVERY_ACTION)

    def _labels(self, action: Action, observation: Observation) -> list[str]:
        """What a field is called that gets what is written: of one that Tab led to, or leads to, nobody knows which it is."""
        known, told = self._surroundings, self._surroundings.in_field()
        found = [*known.names_of_field(), *(known.labels(self._clicked) if self._clicked is not None and not told else ())]
        led = (self._roamed and not told) or (isinstance(action, Type) and "\t" in action.text.strip())
        return [*found, *(known.labels_in(observation.active) if led and observation.active is not None else ())]

    def _elements(self, observation: Observation, action: Action) -> list[Element]:
        """What is there where the action begins and ends: by the accessibility tree, and by the reader."""
        return [element for place in _ends(action) for element in self._known_at(observation, place)]

    def _known_at(self, observation: Observation, place: Point) -> list[Element]:
        """What was read has a name: it is not waited for what the tree calls it, which mostly has been found by now."""
        read = self._read_at(place)
        found = [read, observation.element_at(place) if read is None or self._element_soon is None else self._element_soon(place)]
        if found[1] is None or not found[1].name.strip() or found[1].role in HOLDING:
            found.append(self._icon_at(place))  # a text that is near says what is beside an icon, not what it does
        return [element for element in found if element is not None]


def _ends(action: Action) -> list[Point]:
    """Where an action begins and ends; nothing for one that has no place."""
    every = places(action)
    return list(dict.fromkeys((every[0], every[-1]))) if every else []


def _windows(observation: Observation, action: Action) -> tuple[SeenWindow, ...]:
    """The windows that an action is in: where it begins and ends, or the one that has the keyboard."""
    active = observation.window or SeenWindow(observation.window_title or "", observation.window_class or "", observation.dialog)
    if not (ends := _ends(action)):
        return (active,)
    there = [observation.window_at(place) for place in ends]
    return tuple(window for window in there if window is not None) or (SeenWindow(active.title, active.wm_class),)


def _clicked_then(clicked: Point | None, action: Action) -> Point | None:
    """What has the keyboard after an action, where a click gave it something."""
    if isinstance(action, Click | Drag):
        return target_of(action)
    if isinstance(action, Press) and any((MOVING | {"enter", "escape"}) & set(keys) for keys in action.chords):
        return None
    if isinstance(action, Type) and "\t" in action.text:
        return None
    return clicked


def _title(window: SeenWindow | None, active: str) -> str:
    """What a window is called, or what it is a menu of; the active one where nobody can tell which is there."""
    return active if window is None else next((one.title for one in (window, *window.owners) if one.title), "")


def find_excursion(
    action: Action, window: str, allowed_window: str | None = None, allowed_region: Box | None = None, *, pointed: bool = False
) -> Concern | None:  # fmt: skip
    """How an action leaves the window or the part of the captured image that it may act in, in words for people, or None.

    Args:
        window: the title of the window that it is in; `pointed`: as the pointer is, not the keyboard.
    """
    if allowed_window is not None and allowed_window.casefold() not in window.casefold():
        which = f"the {'window there' if pointed else 'active window'} is {window!r}"
        return Concern(f"{'it is on no window' if pointed and not window else which}, not {allowed_window!r}")
    if allowed_region is not None and any(not allowed_region.contains(point) for point in places(action)):
        return Concern("it is outside the allowed region")
    return None


def writes(action: Action | None) -> bool:
    """Whether it puts characters where the keyboard is: text, or keys that are no shortcut."""
    return isinstance(action, Type) or (isinstance(action, Press) and any(is_writing(keys) for keys in action.chords))


def pastes(action: Action | None) -> bool:
    """Whether it puts there what the clipboard holds."""
    chords = action.chords if isinstance(action, Press) else ()
    return any({"v", "ctrl"} <= set(keys) or {"insert", "shift"} <= set(keys) for keys in chords)


def places(action: Action) -> list[Point]:
    """Where on the image an action is, from its beginning to its end; nothing for one that has no place."""
    if isinstance(action, Drag):
        return [Point(x=x, y=y) for x, y in action.path]
    return [place] if (place := target_of(action)) else []


class ConsolePerson:
    """A person at a terminal: one line of question, one line of answer. The end of the input means no."""

    HELP = (
        "a: do it · A: do it though it is risky · w, W: do it, and always allow it in this application · s: skip it · x: stop the run · "
        "or write another action, such as click(x=0.5, y=0.5)"
    )

    def __init__(self, read: Callable[[str], str], write: Callable[[str], None]) -> None:
        """`read(prompt)` returns one line or raises EOFError, as `input` does; `write` prints one line."""
        self._read, self._write = read, write

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        if prediction.thought:
            self._write(f"  thought: {prediction.thought}")
        risky, offer = concern != EVERY_ACTION, getattr(concern, "offer", "")
        if offer:
            self._write(f"  {'W' if risky else 'w'} always allows: {offer}")
        keys = ("A" if risky else "a") + (("/W" if risky else "/w") if offer else "")
        while True:
            try:
                answer = self._read(f"  {ends(str(prediction.action))}: {concern}. Do it? [{keys}/s/x/?] ").strip()
            except EOFError:
                return Decision(Verdict.STOP, reason="the input ended")
            match answer if answer in ("A", "W") else answer.lower():
                case "A":
                    return Decision(Verdict.APPROVE)
                case "W" | "w" if offer and (answer == "W" or not risky):
                    return Decision(Verdict.APPROVE, always=True)
                case "w" | "W":
                    self._write(f"  {'write W to allow this kind of risk here' if offer else 'this is asked about each time'}")
                    continue
                case "a" | "y" | "yes" if risky:
                    self._write(f"  {concern}: write A to do it all the same")
                    continue
                case "a" | "y" | "yes":
                    return Decision(Verdict.APPROVE)
                case "s" | "skip" | "n" | "no":
                    return Decision(Verdict.SKIP, reason="the user does not want this action")
                case "x" | "stop":
                    return Decision(Verdict.STOP, reason="the user refused the action")
                case "" | "?":
                    self._write(f"  {self.HELP}")
                    continue
            try:
                return Decision(Verdict.APPROVE, action=read_action(answer), source=Source.CORRECTED)
            except ActionSyntaxError as error:
                self._write(f"  {error}. {self.HELP}")

    def answer(self, question: str) -> str | None:
        try:
            how = " (a number, or a name)" if question.endswith("Which?") else ""
            return self._read(f"  the model asks: {question}{how}\n  > ").strip()
        except EOFError:
            return None

    def agree(self, words: str) -> bool:
        for line in words.splitlines():
            self._write(f"  {line}")
        try:
            return self._read("  Do you want this? Write yes to agree: ").strip().lower() == "yes"
        except EOFError:
            return False
