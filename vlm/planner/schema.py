"""The JSON schemas that a server's answers are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlm.planner.grammar import LONGEST_TARGET
from vlm.planner.instruction import MOST_STEPS

_WORDS = {"type": "string", "minLength": 1, "maxLength": LONGEST_TARGET}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


PLAN_SCHEMA = _object(
    steps={
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_STEPS,
        "items": {
            "anyOf": [
                _object(do=_one_of("click", "double_click", "right_click"), target=_WORDS),
                _object(do=_one_of("type"), text={"type": "string", "minLength": 1}),
                _object(do=_one_of("press"), keys={"type": "string", "minLength": 1, "maxLength": 40}),
                _object(do=_one_of("set"), target=_WORDS, value=_one_of("on", "off")),
                _object(do=_one_of("scroll"), direction=_one_of("up", "down", "left", "right")),
                _object(do=_one_of("drag"), target=_WORDS, to=_WORDS),
                _object(do=_one_of("wait"), seconds={"type": "number", "minimum": 0, "maximum": 60}),
            ]
        },
    }
)
"""`{"steps": [...]}`, each step as `PlannedStep.to_json` gives it."""


def choice_schema(names: Sequence[str]) -> dict[str, Any]:
    """`{"name": one of the names, or null}`."""
    return _object(name={"enum": [*names, None]})
