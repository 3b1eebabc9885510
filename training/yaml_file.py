"""Configurations in YAML: read, checked, and what is wrong with one said in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from recordings import foreign, parsing
from recordings.errors import DeskhandError, words_of

Settings = TypeVar("Settings", bound=BaseModel)


def load_yaml(path: Path, what: str) -> Any:
    """What the file holds; `what` says in one word or two what it should be. Raises DeskhandError."""
    try:
        return parsing.parse_yaml(foreign.read_text(path, parsing.YAML_BYTES))
    except FileNotFoundError as error:
        raise DeskhandError(f"there is no {what} at {path}") from error
    except foreign.ForeignError as error:
        raise DeskhandError(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise DeskhandError(f"{path} cannot be read ({reason}): name a {what} in YAML") from error
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DeskhandError(f"{path}: this is no YAML: {' '.join(str(error).split())[:200]}") from error
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error).splitlines()[0]
        raise DeskhandError(f"{path}{f', line {mark.line + 1}' if mark else ''}: this is no YAML: {problem}") from error


def read_yaml(path: Path, model: type[Settings], what: str) -> Settings:
    """The file as `model` understands it. Raises DeskhandError that names the key at fault."""
    found = load_yaml(path, what)
    if not isinstance(found, dict):
        raise DeskhandError(f"{path} is no {what}: it {'is empty' if found is None else 'holds no keys'}, write `key: value` lines")
    try:
        return model.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        raise DeskhandError(": ".join([str(path), *filter(None, [".".join(map(str, first["loc"]))]), words_of(first)])) from error
