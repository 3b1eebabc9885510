"""Reads the manifest, and adds to the user's own what a person allows for good: the rest of the file stays as it was written."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from agent.permissions.effective import place_for, told, with_rule
from agent.permissions.manifest import DEEDS, Manifest, Rule
from recordings import foreign, parsing
from recordings.durable import make_private
from recordings.errors import DeskhandError, words_of

NAME = "permissions.yaml"


class PermissionsError(DeskhandError):
    """A manifest that cannot be used, in one line with its file and line."""

    exit_status = 2


def own_path() -> Path:
    """The user's own manifest: `$DESKHAND_HOME/permissions.yaml`, or in the user's configuration folder."""
    if home := os.environ.get("DESKHAND_HOME"):
        return Path(home).expanduser() / NAME
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "deskhand" / NAME
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "deskhand" / NAME


def read_own() -> Manifest | None:
    """The user's own manifest; None where there is none. Raises PermissionsError, also where others than the user could write it."""
    path = own_path()
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PermissionsError(f"{path} cannot be read ({error.strerror}): mend that, or remove it") from error
    if not foreign.only_mine(status):
        raise PermissionsError(f"{path} can be written by others than you: chown it, and chmod 600")
    return read_manifest(path)


def read_manifest(path: Path) -> Manifest:
    """A manifest from a file. Raises PermissionsError with the line that is wrong."""
    return parse_manifest(manifest_data(path).decode("utf-8"), path)


def manifest_data(path: Path) -> bytes:
    """What lies in a manifest's file, which is text. Raises PermissionsError."""
    try:
        data = foreign.read_file(path, parsing.YAML_BYTES)
        data.decode("utf-8")
        return data
    except FileNotFoundError as error:
        raise PermissionsError(f"there are no permissions at {path}: name a file in YAML") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PermissionsError(f"{path} cannot be read ({' '.join(str(reason).split())}): name a file in YAML") from error


def is_manifest(path: Path) -> bool:
    """Whether a file in YAML speaks of permissions, rightly or wrongly."""
    try:
        _, data = _load(manifest_data(path).decode("utf-8"), path)
    except PermissionsError:
        return False
    return isinstance(data, dict) and not data.keys().isdisjoint(Manifest.model_fields)


def parse_manifest(text: str, path: Path) -> Manifest:
    """A manifest from its text; `path` is told in errors. Raises as `read_manifest` does."""
    root, data = _load(text, path)
    if root is None:
        return Manifest()
    if not isinstance(root, yaml.MappingNode):
        raise PermissionsError(f"{path}:1: permissions are `key: value` lines: rules, otherwise, never, lift, shortcuts")
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: (one["type"] != "extra_forbidden", _line(root, one["loc"])))
        place = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
        said = "this is no key of permissions" if first["type"] == "extra_forbidden" else words_of(first)
        raise PermissionsError(f"{path}:{_line(root, first['loc'])}: {place + ': ' if place else ''}{said}") from error


def _load(text: str, path: Path) -> tuple[yaml.Node | None, Any]:
    try:
        loader, root = parsing.yaml_loader(text)
        if root is None:
            return None, None
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PermissionsError(f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error.context or 'this is no YAML'}") from error
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise PermissionsError(f"{path}:1: this is no YAML: {' '.join(str(error).split())[:200]}") from error


def _line(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """The line, from 1, of what an error is about, as near as the file can tell."""
    line = node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode) and isinstance(part, str):
            key, value = next(((key, value) for key, value in node.value if key.value == part), (None, None))
            if key is None:
                return line
            line, node = key.start_mark.line + 1, value
            continue
        else:
            return line
        line = node.start_mark.line + 1
    return line


def keep(rule: Rule) -> str:
    """Write a rule into the user's own manifest, where it takes effect; returns the file's path.

    Raises:
        PermissionsError: the file is wrong, or cannot be written.
    """
    path = own_path()
    manifest = read_own()
    try:
        text = foreign.read_text(path, parsing.YAML_BYTES) if manifest is not None else ""
        new = _with_rule(text, manifest or Manifest(), rule, path)
        if parse_manifest(new, path) != with_rule(manifest or Manifest(), rule):
            raise PermissionsError(f"{path} is written so that no rule can be added: add it yourself: {told(rule)}")
        make_private(path.parent)
        foreign.replace_below(path.parent, path.name, new.encode())
    except OSError as error:
        raise PermissionsError(f"{path} cannot be written ({error.strerror or error}): it is allowed for this run only") from error
    return str(path)


def _with_rule(text: str, manifest: Manifest, rule: Rule, path: Path) -> str:
    """The text with one rule more, in block style, all other lines as they were."""
    text += "" if text.endswith("\n") or not text else "\n"
    root, _ = _load(text, path)
    said = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    pairs = [(key, said[key]) for key in ("class", "title", "site", *DEEDS, "risky") if key in said]
    written = [
        f"{key}: {yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000).splitlines()[0]}" for key, value in pairs
    ]

    def block(indent: int) -> list[str]:
        return [" " * indent + ("- " if not number else "  ") + line for number, line in enumerate(written)]

    lines = text.splitlines()
    node = next((value for key, value in root.value if key.value == "rules"), None) if isinstance(root, yaml.MappingNode) else None
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        at = place_for(manifest, rule)
        starts = [item.start_mark.line for item in node.value]
        before = starts[at] if at < len(starts) else _end(node, lines)
        indent = lines[starts[0]].index("-")
        return "\n".join([*lines[:before], *block(indent), *lines[before:]]) + "\n"
    if isinstance(node, yaml.Node):
        if node.value:
            raise PermissionsError(f"{path}:{node.start_mark.line + 1}: write the rules one below the other, so that one can be added")
        lines[node.start_mark.line] = "rules:"
        return "\n".join([*lines[: node.start_mark.line + 1], *block(2), *lines[node.start_mark.line + 1 :]]) + "\n"
    return "\n".join([*lines, "rules:", *block(2)]) + "\n"


def _end(node: yaml.SequenceNode, lines: list[str]) -> int:
    """The line after the last one of a block list that is not blank."""
    end: int = node.end_mark.line
    while end > 0 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end
