"""Actions as other projects write them: calls in Python's syntax, of pyautogui (AgentNet) or of smol2operator's own functions.

The text is parsed and its literals are read; nothing of it is ever run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from recordings.action import (
    ACTION_ADAPTER,
    MODIFIERS,
    NAMED_KEYS,
    Action,
    Ask,
    Click,
    Drag,
    Finish,
    Move,
    Press,
    Scroll,
    Type,
    Wait,
)
from recordings.errors import DeskhandError

_KEYS = {
    "return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown", "page_up": "pageup",
    "page_down": "pagedown", "prior": "pageup", "next": "pagedown", "control": "ctrl", "command": "super", "cmd": "super", "win": "super",
    "meta": "super", "option": "alt", "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right",
    "prtsc": "printscreen", "prntscrn": "printscreen", "caps_lock": "capslock",
    "apps": "menu", " ": "space", "\n": "enter", "\t": "tab", "\r": "enter",
}  # fmt: skip
_CLICKS: dict[str, dict[str, Any]] = {
    "click": {}, "leftclick": {}, "doubleclick": {"count": 2}, "tripleclick": {"count": 3},
    "rightclick": {"button": "right"}, "middleclick": {"button": "middle"},
}  # fmt: skip


LENGTH, PRESSES = 20_000, 100
"""The most characters of one turn's code, and how often one call may press a key."""


class CallError(DeskhandError):
    """A text that is no list of calls, or a call that no action stands for."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the dotted name, and its arguments as plain values."""

    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]

    def get(self, position: int, *names: str, default: Any = None) -> Any:
        """The argument of one of these names, or at this position."""
        for name in names:
            if name in self.named:
                return self.named[name]
        return self.arguments[position] if position < len(self.arguments) else default


def read_calls(code: str) -> list[Call]:
    """The calls of a text, one a line, whose arguments are literals.

    Raises:
        CallError: it holds anything else.
    """
    if len(code) > LENGTH:
        raise CallError(f"{code[:40]!r} … goes on for more than {LENGTH:,} characters: that is no list of calls")
    try:
        return [_call(statement) for statement in ast.parse(code.strip()).body]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise CallError(f"{' '.join(code.split())[:80]!r} is no list of calls with plain arguments") from error


def _call(statement: ast.stmt) -> Call:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        raise ValueError("not a call")
    call = statement.value
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg is not None}
    return Call(ast.unparse(call.func), tuple(ast.literal_eval(value) for value in call.args), named)


def actions_of(code: str, size: tuple[int, int] | None = None) -> list[Action]:
    """The actions that calls stand for, in order.

    Args:
        size: width and height of the image, for coordinates in pixels.

    Raises:
        CallError: it is no list of calls, or one of them has no action.
    """
    reader = _Reader(size)
    try:
        for call in read_calls(code):
            reader.take(call)
        return reader.finish()
    except (ValidationError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise CallError(f"no action says {' '.join(code.split())[:80]!r}: {' '.join(str(error).split())[:120]}") from error


class _Reader:
    """Follows the pointer and the held keys from call to call, as the machine that the calls were meant for would."""

    def __init__(self, size: tuple[int, int] | None) -> None:
        self._size = size
        self._actions: list[Action] = []
        self._at: tuple[float, float] | None = None
        self._moved = False
        """The pointer was moved and nothing has happened there yet."""
        self._held: list[str] = []
        self._used = False
        """Something was done with the held keys."""

    def take(self, call: Call) -> None:
        prefix, _, last = call.name.rpartition(".")
        name = last.replace("_", "").lower()
        if name in _CLICKS:
            self._click(call, _CLICKS[name])
        elif name in ("moveto", "movemouse", "move"):
            self._flush()
            self._at, self._moved = self._place(call, 0), True
        elif name in ("dragto", "drag", "swipe"):
            self._drag(call)
        elif name in ("scroll", "hscroll", "vscroll"):
            self._scroll(call, name)
        else:
            self._flush()
            self._other(call, name, prefix)

    def finish(self) -> list[Action]:
        self._flush()
        if self._held:
            raise ValueError(f"{'+'.join(self._held)} is never released")
        return self._actions

    def _other(self, call: Call, name: str, prefix: str) -> None:
        match name:
            case "write" | "typewrite" | "type":
                text = call.get(0, "message", "text", "content")
                self._add({"kind": "type", "text": "".join(text) if isinstance(text, list) else str(text)})
            case "press" | "hotkey" | "keypress":
                keys = call.get(0, "keys", "key")
                keys = (
                    list(call.arguments)
                    if name == "hotkey" and len(call.arguments) > 1
                    else [keys]
                    if isinstance(keys, str)
                    else list(keys)
                )
                # pyautogui presses the keys of a list one after the other, smol2operator together.
                groups = [[key] for key in keys] if name == "press" and prefix else [keys]
                presses = int(call.named.get("presses", 1))
                if presses > PRESSES:
                    raise ValueError(f"nobody presses a key {presses} times in one call")
                for _ in range(presses):
                    for group in groups:
                        self._add({"kind": "press", "keys": [*self._held, *map(_key, group)]})
                self._used = True
            case "keydown":
                self._held.append(_key(call.get(0, "key")))
                self._used = False
            case "keyup":
                key = _key(call.get(0, "key"))
                if not self._used:
                    self._add({"kind": "press", "keys": list(self._held)})
                    self._used = True
                self._held.remove(key)
            case "wait" | "sleep":
                self._add({"kind": "wait", "seconds": min(float(call.get(0, "seconds", "time", default=1.0)), 60.0)})
            case "terminate":
                status = str(call.get(0, "status", default="success")).lower()
                self._add(
                    {"kind": "finish", "success": status in ("success", "true"), "answer": str(call.get(1, "answer", "info", default=""))}
                )
            case "finalanswer" | "answer":
                words = str(call.get(0, "answer", "text", default=""))
                self._add({"kind": "finish", "success": words != "failure", "answer": "" if words in ("success", "failure") else words})
            case "navigateback":
                self._add({"kind": "press", "keys": ["alt", "left"]})
            case "calluser" | "ask":
                self._add({"kind": "ask", "question": str(call.get(0, "question", default="What shall I do?"))})
            case _:
                raise ValueError(f"{call.name} is unknown")

    def _click(self, call: Call, kind: dict[str, Any]) -> None:
        x, y = self._touch(call, 0)
        count, button = call.get(2, "clicks", default=kind.get("count", 1)), call.named.get("button", kind.get("button", "left"))
        self._add({"kind": "click", "x": x, "y": y, "button": button, "count": count, "modifiers": self._modifiers()})

    def _drag(self, call: Call) -> None:
        if (start := call.get(0, "from_coord")) is not None and isinstance(start, list | tuple):
            self._flush()
            first, last = self._fraction(*start), self._fraction(*call.get(1, "to_coord"))
        else:
            if self._at is None:
                raise ValueError("a drag begins nowhere")
            first, last = self._at, self._place(call, 0)
        self._at, self._moved = last, False
        self._add({"kind": "drag", "path": [first, last], "button": call.named.get("button", "left"), "modifiers": self._modifiers()})

    def _scroll(self, call: Call, name: str) -> None:
        if "x" in call.named:
            self._touch(call, 9)
        self._moved = False
        x, y = self._at or (0.5, 0.5)
        direction = call.get(9, "direction")
        amount = call.get(1 if call.arguments and isinstance(call.arguments[0], str) else 0, "amount", "clicks", "page", default=1)
        direction = direction or (call.arguments[0] if call.arguments and isinstance(call.arguments[0], str) else None)
        if direction is not None:
            dx, dy = {"down": (0, 1), "up": (0, -1), "right": (1, 0), "left": (-1, 0)}[direction]
        else:
            dx, dy = (1, 0) if name == "hscroll" else (0, -1)  # pyautogui counts upwards
        notches = max(-100, min(100, round(float(amount)) or (1 if amount > 0 else -1)))
        self._add({"kind": "scroll", "x": x, "y": y, "dx": dx * notches, "dy": dy * notches, "modifiers": self._modifiers()})

    def _modifiers(self) -> list[str]:
        """The modifiers that are held, which are used now."""
        self._used = True
        return [key for key in self._held if key in MODIFIERS]

    def _touch(self, call: Call, position: int) -> tuple[float, float]:
        """Where a call acts: where it says, or where the pointer is."""
        if call.get(position, "x") is None:
            if self._at is None:
                raise ValueError(f"{call.name} has no place")
        else:
            place = self._place(call, position)
            if self._moved and place != self._at:
                self._flush()
            self._at = place
        self._moved = False
        assert self._at is not None
        return self._at

    def _place(self, call: Call, position: int) -> tuple[float, float]:
        return self._fraction(call.get(position, "x"), call.get(position + 1, "y"))

    def _fraction(self, x: Any, y: Any) -> tuple[float, float]:
        x, y = float(x), float(y)
        if max(x, y) > 1:
            if self._size is None:
                raise ValueError("the coordinates are pixels of a picture whose size is unknown")
            x, y = x / self._size[0], y / self._size[1]
        return x, y

    def _flush(self) -> None:
        if self._moved and self._at is not None:
            self._moved = False
            self._add({"kind": "move", "x": self._at[0], "y": self._at[1]})

    def _add(self, values: dict[str, Any]) -> None:
        self._actions.append(ACTION_ADAPTER.validate_python(values))


def _key(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is no key")
    low = name.lower()
    known = _KEYS.get(low, low)
    for side in ("left", "right"):
        if known.removesuffix(side) in MODIFIERS:
            known = known.removesuffix(side)
    return known if known in MODIFIERS or known in NAMED_KEYS else name


def smol_calls(action: Action) -> str | None:
    """The action in smol2operator's functions, one call a line; None for one that they cannot say."""
    match action:
        case Click(x=x, y=y, button="left" | "right" as button, count=count, modifiers=(), seconds=0) if (button, count) in _SMOL_CLICKS:
            return f"{_SMOL_CLICKS[button, count]}(x={x}, y={y})"
        case Move(x=x, y=y):
            return f"move_mouse(x={x}, y={y})"
        case Drag(path=(first, last), button="left", modifiers=(), count=1):
            return f"drag(from_coord={list(first)}, to_coord={list(last)})"
        case Scroll(x=x, y=y, dx=dx, dy=dy, modifiers=()) if bool(dx) != bool(dy):
            direction = ("down" if dy > 0 else "up") if dy else ("right" if dx > 0 else "left")
            return f"move_mouse(x={x}, y={y})\nscroll(direction='{direction}', amount={abs(dx or dy)})"
        case Type(text=text):
            return f"type(text={text!r})"
        case Press(keys=keys, then=()):
            return f"press(keys={list(keys)!r})"
        case Wait(seconds=seconds):
            return f"wait(seconds={seconds:g})"
        case Finish(success=success, answer=answer) if success or not answer:
            return f"final_answer({(answer or ('success' if success else 'failure'))!r})"
        case Ask() | _:
            return None


_SMOL_CLICKS = {("left", 1): "click", ("left", 2): "double_click", ("right", 1): "right_click"}
