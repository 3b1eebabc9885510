"""The actions, once: types, text form, parser. The prompt's schema and the grammar are derived from these classes.

The text form is a call with keyword arguments, defaults left out: `click(x=0.1979, y=0.9130)`. Values are JSON scalars or lists, read by
a JSON decoder: nothing a model writes is ever evaluated.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from recordings.geometry import COORDINATE_DECIMALS, Coordinate, Point

MODIFIERS = ("ctrl", "shift", "alt", "super")
NAMED_KEYS = (
    "enter", "tab", "space", "backspace", "delete", "escape", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", "menu", "printscreen", "capslock",
    *(f"f{number}" for number in range(1, 13)),
)  # fmt: skip

Button = Literal["left", "middle", "right"]
Modifier = Literal["ctrl", "shift", "alt", "super"]


def _known_key(key: str) -> str:
    if key in MODIFIERS or key in NAMED_KEYS or (len(key) == 1 and key.isprintable() and not key.isspace()):
        return key
    raise ValueError(f"unknown key {key!r}: use one printable character, or one of {', '.join((*MODIFIERS, *NAMED_KEYS))}")


def _encodable(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("text holds half of a surrogate pair") from error
    return text


Key = Annotated[str, AfterValidator(_known_key)]
Text = Annotated[str, AfterValidator(_encodable)]
Pair = tuple[Coordinate, Coordinate]


class _Action(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def __str__(self) -> str:
        return print_action(self)  # type: ignore[arg-type]


_PEOPLE_ONLY: dict[str, JsonValue] = {"people_only": True}
_Seconds = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False), AfterValidator(lambda value: round(value, 2))]
HELD = Field(default=(), json_schema_extra=_PEOPLE_ONLY)
"""Modifiers held by people who drag or scroll: recorded and done again, but no model is offered them."""


def offered_fields(action: type[BaseModel]) -> dict[str, FieldInfo]:
    """An action's arguments, in order, as models are offered them."""
    return {name: field for name, field in action.model_fields.items() if name != "kind" and field.json_schema_extra != _PEOPLE_ONLY}


class Click(_Action):
    """Press and release a mouse button, `count` times in one place, with modifier keys held."""

    kind: Literal["click"] = "click"
    x: Coordinate
    y: Coordinate
    button: Button = "left"
    count: Annotated[int, Field(ge=1, le=3)] = 1
    modifiers: tuple[Modifier, ...] = ()
    seconds: _Seconds = Field(default=0.0, json_schema_extra=_PEOPLE_ONLY)
    """How long the button stays down the last time: a long press."""


class Move(_Action):
    """Move the pointer without pressing anything."""

    kind: Literal["move"] = "move"
    x: Coordinate
    y: Coordinate


class Drag(_Action):
    """Press at the first point of the path, move through the others, release at the last."""

    kind: Literal["drag"] = "drag"
    path: Annotated[tuple[Pair, ...], Field(min_length=2, max_length=10_000)]
    button: Button = "left"
    modifiers: tuple[Modifier, ...] = HELD
    count: Annotated[int, Field(ge=1, le=3)] = Field(default=1, json_schema_extra=_PEOPLE_ONLY)
    """Which press of a double or triple click is the one that drags: text is marked by whole words or lines so."""


class Scroll(_Action):
    """Turn the wheel over a place: `dy` notches down and `dx` notches to the right, negative for up and left."""

    kind: Literal["scroll"] = "scroll"
    x: Coordinate
    y: Coordinate
    dx: Annotated[int, Field(ge=-100, le=100)] = 0
    dy: Annotated[int, Field(ge=-100, le=100)] = 0
    modifiers: tuple[Modifier, ...] = HELD


class Type(_Action):
    """Write text into whatever has the focus; a newline is the Enter key, a tab the Tab key."""

    kind: Literal["type"] = "type"
    text: Text


class Press(_Action):
    """Press keys together, in this order, and release them in reverse: a shortcut or a single key."""

    kind: Literal["press"] = "press"
    keys: Annotated[tuple[Key, ...], Field(min_length=1, max_length=5)]
    then: tuple[Annotated[tuple[Key, ...], Field(min_length=1, max_length=5)], ...] = ()
    """More key presses while the modifiers before the last key stay down, all but Shift: Alt held over Tab and Tab."""

    @property
    def held(self) -> tuple[str, ...]:
        """What stays down from the first press to the last."""
        return tuple(key for key in self.keys[:-1] if key != "shift") if self.then else ()

    @property
    def chords(self) -> tuple[tuple[str, ...], ...]:
        """What is down together, one press after the other. With a modifier a capital letter is its key, as it is pressed."""
        return tuple(map(_as_pressed, (self.keys, *((*self.held, *keys) for keys in self.then))))


def _as_pressed(keys: tuple[str, ...]) -> tuple[str, ...]:
    return keys if {"ctrl", "alt", "super"}.isdisjoint(keys) else tuple(key.lower() if len(key.lower()) == 1 else key for key in keys)


class Wait(_Action):
    """Do nothing for a while."""

    kind: Literal["wait"] = "wait"
    seconds: _Seconds = 1.0


class Ask(_Action):
    """Ask the user; the answer joins the instruction."""

    kind: Literal["ask"] = "ask"
    question: Text


class Finish(_Action):
    """End the task, with an answer for the user where one was asked for."""

    kind: Literal["finish"] = "finish"
    success: bool = True
    answer: Text = ""


Action = Annotated[Click | Move | Drag | Scroll | Type | Press | Wait | Ask | Finish, Field(discriminator="kind")]
ACTION_CLASSES: tuple[type[_Action], ...] = get_args(get_args(Action)[0])
ACTION_ADAPTER: TypeAdapter[Action] = TypeAdapter(Action)


class ActionSyntaxError(ValueError):
    """Text that is not exactly one action; the message says what is wrong, in words a model can act on."""


def target_of(action: Action) -> Point | None:
    """Where the action first touches the screen, or None for one that has no place."""
    match action:
        case Click() | Move() | Scroll():
            return Point(x=action.x, y=action.y)
        case Drag():
            return Point(x=action.path[0][0], y=action.path[0][1])
        case _:
            return None


def print_action(action: Action, decimals: int = COORDINATE_DECIMALS) -> str:
    """The action's text form; `decimals` is lowered for models whose tokenizer emits fewer well."""
    arguments = []
    for name, field in type(action).model_fields.items():
        value = getattr(action, name)
        if name == "kind" or (not field.is_required() and value == field.default):
            continue
        arguments.append(f"{name}={_print_value(name, value, decimals)}")
    return f"{action.kind}({', '.join(arguments)})"


def _print_value(name: str, value: Any, decimals: int) -> str:
    if name in ("x", "y"):
        return f"{value:.{decimals}f}"
    if name == "path":
        return "[" + ", ".join(f"[{x:.{decimals}f}, {y:.{decimals}f}]" for x, y in value) + "]"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


_CALL = re.compile(r"\s*([a-z_]+)\s*\(\s*")
_NAME = re.compile(r"([a-z_]+)\s*=\s*")
_SEPARATOR = re.compile(r"\s*,\s*")
_END = re.compile(r"\s*\)\s*\Z")
_DECODER = json.JSONDecoder(parse_constant=lambda constant: (_ for _ in ()).throw(ValueError(f"{constant} is not a number")))


def parse_action(text: str) -> Action:
    """Read one action from its text form.

    Raises:
        ActionSyntaxError: the text is not exactly one well-formed action, or a value is out of range.
    """
    call = _CALL.match(text)
    if not call:
        raise ActionSyntaxError(f"expected one action like click(x=0.5000, y=0.5000), found {text[:60]!r}")
    values: dict[str, Any] = {}
    position = call.end()
    while not _END.match(text, position):
        if values:
            comma = _SEPARATOR.match(text, position)
            if not comma:
                raise ActionSyntaxError(f"expected ',' or ')' at {text[position : position + 20]!r}")
            position = comma.end()
        name = _NAME.match(text, position)
        if not name:
            raise ActionSyntaxError(f"expected name=value at {text[position : position + 20]!r}")
        if name[1] in values:
            raise ActionSyntaxError(f"{name[1]} is given twice")
        try:
            values[name[1]], position = _DECODER.raw_decode(text, name.end())
        except (ValueError, RecursionError) as error:
            raise ActionSyntaxError(f"the value of {name[1]} is not a JSON value: {error}") from error
    if "kind" in values:
        raise ActionSyntaxError("kind is the action's name, not an argument")
    try:
        return ACTION_ADAPTER.validate_python({"kind": call[1], **values})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or call[1]
        raise ActionSyntaxError(f"{place}: {first['msg']}") from error
