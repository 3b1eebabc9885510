"""Configurations in YAML: read, checked, and what is wrong with one said in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from recordings import foreign, parsing
from recordings.errors import DeskhandError, words_of

Settings = TypeVar("Settings", bound=BaseModel)


_held: ContextVar[dict[Path, bytes] | None] = ContextVar("held", default=None)


@contextmanager
def each_read_once() -> Iterator[None]:
    """While this is open a file is read from the disk once: what was agreed to is what is used, whatever lies there meanwhile."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def data_of(path: Path) -> bytes:
    """What is in a YAML file. Raises OSError."""
    held, named = _held.get(), Path(os.path.abspath(path))
    if held is None:
        return foreign.read_file(path, parsing.YAML_BYTES)
    if named not in held:
        held[named] = foreign.read_file(path, parsing.YAML_BYTES)
    return held[named]


def load_yaml(path: Path, what: str) -> Any:
    """What the file holds; `what` says in one word or two what it should be. Raises DeskhandError."""
    try:
        return parsing.parse_yaml(data_of(path).decode("utf-8"))
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
