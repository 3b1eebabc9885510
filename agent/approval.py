"""Who must say yes before something happens: the gatekeeper that applies the rules of `agent.risks`, and people at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from agent.correction import read_action
from agent.protocols import Decision, Verdict
from agent.risks import find_risk
from agent.settings import ApprovalMode
from recordings.action import Action, ActionSyntaxError, Ask, Click, Drag, Finish, Move, Press, Scroll, Type, Wait, target_of
from recordings.episode import Observation, Prediction, Source
from recordings.geometry import Box, Point
from recordings.printable import ends

HARMLESS = (Ask, Finish, Wait)
EVERY_ACTION = "every action is asked about"
"""The concern about an action that nothing speaks against."""


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
    ) -> None:  # fmt: skip
        """
        Args:
            allowed_window: part of the title of the only window that may be acted in unasked, whatever the mode.
            allowed_region: the only part of the captured image that may be acted in unasked, whatever the mode.
            types_password: whether a password field has the keyboard; asked only about text that nothing else speaks against.
        """
        self.mode, self.person = mode, person
        self.allowed_window, self.allowed_region, self._types_password = allowed_window, allowed_region, types_password
        self._last_thought = ""

    def review(self, observation: Observation, prediction: Prediction) -> Decision:
        """The decision about one proposal; blocks while the person thinks."""
        excursion, concern = self._excursion(observation, prediction), self._concern(observation, prediction)
        self._last_thought = prediction.thought
        if not (asked := excursion or concern):
            return Decision(Verdict.APPROVE)
        if self.person is None:
            way_out = "" if excursion else "; --approve none allows it"
            return Decision(Verdict.STOP, reason=f"needs approval ({asked}) and nobody is there to ask{way_out}")
        return replace(self.person.decide(observation, prediction, asked), by_person=True)

    def _excursion(self, observation: Observation, prediction: Prediction) -> str | None:
        if prediction.action is None or isinstance(prediction.action, HARMLESS):
            return None
        return find_excursion(prediction.action, observation.window_title or "", self.allowed_window, self.allowed_region)

    def _concern(self, observation: Observation, prediction: Prediction) -> str | None:
        action = prediction.action
        if self.mode is ApprovalMode.NONE or action is None or isinstance(action, HARMLESS):
            return None
        title, kind = observation.window_title or "", observation.window_class or ""
        words: dict[str, Any] = {"window_class": kind, "before": self._last_thought, "said": prediction.text}
        risk = find_risk(action, prediction.thought, title, **words)
        if risk is None and isinstance(action, Click | Drag):
            # What it says it clicks and what lies there may be two things.
            ends = _places(action)
            there = [observation.element_at(place) for place in dict.fromkeys((ends[0], ends[-1]))]
            risk = find_risk(action, prediction.thought, title, **words, elements=[element for element in there if element is not None])
        if risk is None and writes(action) and self._types_password():
            risk = "it types into a password field"
        return risk or (EVERY_ACTION if self.mode is ApprovalMode.EACH else None)


def find_excursion(action: Action, window: str, allowed_window: str | None = None, allowed_region: Box | None = None) -> str | None:
    """How an action leaves the window or the part of the captured image that it may act in, in words for people, or None."""
    if allowed_window is not None and allowed_window.casefold() not in window.casefold():
        return f"the active window is {window!r}, not {allowed_window!r}"
    if allowed_region is not None and any(not allowed_region.contains(point) for point in _places(action)):
        return "it is outside the allowed region"
    return None


def writes(action: Action | None) -> bool:
    """Whether it puts characters where the keyboard is: text, or keys that are no shortcut."""
    match action:
        case Type():
            return True
        case Press(chords=chords):
            return any(_is_writing(keys) for keys in chords)
        case _:
            return False


def _is_writing(keys: Sequence[str]) -> bool:
    return not {"ctrl", "alt", "super"} & set(keys) and any(len(key) == 1 or key == "space" for key in keys)


def _places(action: Action) -> list[Point]:
    match action:
        case Drag(path=path):
            return [Point(x=x, y=y) for x, y in path]
        case Click() | Move() | Scroll():
            return [place] if (place := target_of(action)) else []
        case _:
            return []


class ConsolePerson:
    """A person at a terminal: one line of question, one line of answer. The end of the input means no."""

    HELP = "a: do it · A: do it though it is risky · s: skip it · x: stop the run · or write another action, such as click(x=0.5, y=0.5)"

    def __init__(self, read: Callable[[str], str], write: Callable[[str], None]) -> None:
        """`read(prompt)` returns one line or raises EOFError, as `input` does; `write` prints one line."""
        self._read, self._write = read, write

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        if prediction.thought:
            self._write(f"  thought: {prediction.thought}")
        risky = concern != EVERY_ACTION
        while True:
            try:
                answer = self._read(f"  {ends(str(prediction.action))}: {concern}. Do it? [{'A' if risky else 'a'}/s/x/?] ").strip()
            except EOFError:
                return Decision(Verdict.STOP, reason="the input ended")
            match answer if answer == "A" else answer.lower():
                case "A":
                    return Decision(Verdict.APPROVE)
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
