"""What the options of a command mean, and how it answers: for people, or as one JSON object."""

from __future__ import annotations

import argparse
import json
from typing import Any

from pydantic import ValidationError

from agent.model import check_model
from agent.settings import Settings
from recordings.errors import DeskhandError, words_of


class UsageError(DeskhandError):
    """Options that make no sense together."""

    exit_status = 2


_OPTIONS = {"width": "size", "height": "size", "allowed_window": "allow-window"}
"""Options that are called otherwise than their settings."""


def read_settings(arguments: argparse.Namespace) -> Settings:
    """The settings that the options choose. Raises UsageError with the first one that makes no sense."""
    chosen: dict[str, Any] = {name: getattr(arguments, name) for name in Settings.model_fields if hasattr(arguments, name)}
    if hasattr(arguments, "size"):
        chosen["width"], chosen["height"] = arguments.size
    if hasattr(arguments, "allow_window"):
        chosen["allowed_window"] = arguments.allow_window
    try:
        settings = Settings(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        option = f"--{_OPTIONS.get(name, name.replace('_', '-'))}: " if name else ""
        raise UsageError(f"{option}{words_of(first)}") from error
    check_model(settings)
    return settings


def report(arguments: argparse.Namespace, found: dict[str, Any], text: str) -> None:
    """Print what was found: as JSON where that was asked for, otherwise the text."""
    if arguments.json:
        print_json(found)
    else:
        print(text)


def print_json(value: Any) -> None:
    """One JSON object on standard output; what JSON does not know as its text."""
    print(json.dumps(value, default=str))
