"""Who must say yes before something happens: the risk rules, the gatekeeper that applies them, and people at a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from agent.keyboard import is_terminal
from agent.protocols import Decision, Verdict
from agent.settings import ApprovalMode
from recordings.action import Action, ActionSyntaxError, Ask, Click, Drag, Finish, Move, Press, Scroll, Type, Wait, parse_action, target_of
from recordings.episode import Observation, Prediction, Source
from recordings.geometry import Box, Point

SECRET_WORDS = re.compile(r"\b(pass\s?words?|pass\s?phrases?|pass\s?codes?|pins?|secrets?|credentials?|security codes?|cvv|cvc)\b", re.I)
GRAVE_WORDS = re.compile(
    r"\b(delete|remove|erase|discard|don['’]t save|trash|uninstall|overwrite|replace|send|submit|post|publish|share|pay|buy"
    r"|place order|order now|purchase|check ?out|transfer|subscribe|unsubscribe|close|quit|exit|sign out|log out|shut ?down|power off"
    r"|restart|reboot)\b",
    re.I,
)
TERMINAL_WINDOW = re.compile(
    r"\b(terminal|console|konsole|xterm|uxterm|rxvt|alacritty|kitty|powershell|cmd\.exe|bash|zsh)\b|\w@[\w.-]+:", re.I
)
CLOSING_SHORTCUTS = ({"alt", "f4"}, {"ctrl", "q"}, {"ctrl", "w"}, {"ctrl", "f4"}, {"ctrl", "alt", "backspace"})
SENDING_SHORTCUTS = ({"ctrl", "enter"}, {"alt", "s"})
TERMINAL_SHORTCUTS = ({"enter"}, {"ctrl", "d"}, {"ctrl", "j"}, {"ctrl", "m"}, {"shift", "insert"}, {"ctrl", "shift", "v"})
"""What runs a command line, ends the shell, or pastes what may hold a line's end."""
HARMLESS = (Ask, Finish, Wait)


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
        risk = find_risk(action, prediction.thought, title, window_class=kind, before=self._last_thought)
        if risk is None and isinstance(action, Type) and self._types_password():
            risk = "it types into a password field"
        return risk or ("every action is asked about" if self.mode is ApprovalMode.EACH else None)


def find_excursion(action: Action, window: str, allowed_window: str | None = None, allowed_region: Box | None = None) -> str | None:
    """How an action leaves the window or the part of the captured image that it may act in, in words for people, or None."""
    if allowed_window is not None and allowed_window.casefold() not in window.casefold():
        return f"the active window is {window!r}, not {allowed_window!r}"
    if allowed_region is not None and any(not allowed_region.contains(point) for point in _places(action)):
        return "it is outside the allowed region"
    return None


def find_risk(action: Action, thought: str, window: str, *, window_class: str = "", before: str = "") -> str | None:
    """Why an action is risky, in words for people, or None.

    Args:
        thought: what the policy says about this action.
        window: title of the active window; empty where unknown.
        window_class: its class, which tells a terminal whatever it calls itself; empty where unknown.
        before: the thought of the action before, which tells into what a text is typed.
    """
    in_terminal = is_terminal(window_class) or TERMINAL_WINDOW.search(window) is not None
    match action:
        case Type(text=text):
            if SECRET_WORDS.search(f"{thought} {before} {window}"):
                return "it types into what looks like a password field"
            if in_terminal:
                return "it types into a terminal"
            return _grave("", window) if "\n" in text else None  # the thought holds the text itself, whatever that is about
        case Press(chords=chords):
            risks = [_risk_of_keys(set(keys), in_terminal) for keys in chords]
            asks = any({"enter", "space"} & set(keys) for keys in chords)
            return next(filter(None, risks), None) or (_grave(thought, window) if asks else None)
        case Click() | Drag():
            return _grave(thought, window)
        case _:
            return None


def _grave(thought: str, window: str) -> str | None:
    """What a click, or the key that stands for one, is about: [OK] says nothing, but the window that asks does."""
    if word := GRAVE_WORDS.search(thought):
        return f"it is about {word[0]!r}"
    return f"the window is called {window!r}" if GRAVE_WORDS.search(window) else None


def _risk_of_keys(keys: set[str], in_terminal: bool) -> str | None:
    if in_terminal and any(shortcut <= keys for shortcut in TERMINAL_SHORTCUTS):
        return "it runs a command in a terminal, or ends it"
    if "delete" in keys:
        return "it deletes"
    if any(shortcut <= keys for shortcut in CLOSING_SHORTCUTS):
        return "it closes the window"
    if any(shortcut <= keys for shortcut in SENDING_SHORTCUTS):
        return "it may send something"
    return None


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

    HELP = "y: do it · n: skip it · s: stop the run · or write another action, such as click(x=0.5, y=0.5)"

    def __init__(self, read: Callable[[str], str], write: Callable[[str], None]) -> None:
        """`read(prompt)` returns one line or raises EOFError, as `input` does; `write` prints one line."""
        self._read, self._write = read, write

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        if prediction.thought:
            self._write(f"  thought: {prediction.thought}")
        while True:
            try:
                answer = self._read(f"  {prediction.action}: {concern}. Do it? [y/n/s/?] ").strip()
            except EOFError:
                return Decision(Verdict.STOP, reason="the input ended")
            match answer.lower():
                case "y" | "yes":
                    return Decision(Verdict.APPROVE)
                case "n" | "no":
                    return Decision(Verdict.SKIP, reason="the user does not want this action")
                case "s" | "stop":
                    return Decision(Verdict.STOP, reason="the user refused the action")
            try:
                return Decision(Verdict.APPROVE, action=parse_action(answer), source=Source.CORRECTED)
            except ActionSyntaxError as error:
                self._write(f"  {self.HELP}" if answer in ("", "?") else f"  {error}. {self.HELP}")

    def answer(self, question: str) -> str | None:
        try:
            return self._read(f"  the model asks: {question}\n  > ").strip()
        except EOFError:
            return None
