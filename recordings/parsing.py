"""JSON and YAML that somebody else may have written: they stay small however they are written, and say everything once."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import yaml

from recordings.foreign import ForeignError

JSON_DEPTH = 64
DIGITS = 300
"""Of a whole number: what has more cannot be made a fraction, which is what most numbers are made."""
YAML_BYTES, YAML_NODES = 64 << 10, 20_000
"""Nodes once every alias stands for what it names: nine lines of aliases can stand for a thousand million. A long text counts as more."""

_TEXT = 64
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_BETWEEN = re.compile(r"[\s,]*")
_HALVES = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def parse_json(data: bytes | str) -> Any:
    """What JSON says. Raises ForeignError: it is none, is nested beyond `JSON_DEPTH`, holds no real number, or says a name twice."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        value = _checked(json.loads(text, **_STRICT))
        if _HALVES.search(text):  # alone they are no characters, and whatever holds them can be written nowhere
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise ForeignError(f"it is not JSON ({' '.join(str(error).split())[:200]})") from error


def read_json_list(file: BinaryIO, most: int) -> Iterator[Any]:
    """The items of a file that is one JSON list, each of up to `most` characters, however many there are.

    Raises:
        ForeignError: an item is longer, nested too deep or no JSON, or the list does not end.
    """
    decoder = json.JSONDecoder(**_STRICT)
    try:
        reader = io.TextIOWrapper(file, encoding="utf-8")
        text = reader.read(1)[1:]  # the bracket
        while more := reader.read(most):
            text, at = text + more, 0
            while True:
                at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
                if text.startswith("]", at):
                    return
                try:
                    item, end = decoder.raw_decode(text, at)
                except ValueError:  # perhaps it goes on in the next piece
                    break
                if end == len(text):
                    break
                yield parse_json(json.dumps(_checked(item))) if _HALVES.search(text, at, end) else _checked(item)
                at = end
            text = text[at:]
            if len(text) > most:
                break
    except (UnicodeDecodeError, RecursionError) as error:
        raise ForeignError(f"it is not JSON ({' '.join(str(error).split())[:200]})") from error
    raise ForeignError(f"it is no whole JSON list, or an item is longer than {most:,} characters: {text[:40]!r}")


def _checked(value: Any) -> Any:
    if _depth(value) > JSON_DEPTH:
        raise ForeignError(f"it is nested deeper than {JSON_DEPTH} levels")
    return value


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"{text[:20]}… is no number")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is no number")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that is given twice, one reader takes the first and another the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)[:80]!r} is named twice")
    return found


_STRICT: dict[str, Any] = {"parse_constant": _no_number, "parse_float": _finite, "parse_int": _whole, "object_pairs_hook": _once}


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= JSON_DEPTH:
        depth += 1
        level = [one for each in level if isinstance(each, dict | list) for one in (each.values() if isinstance(each, dict) else each)]
    return depth


def yaml_loader(text: str) -> tuple[yaml.SafeLoader, yaml.Node | None]:
    """A loader of one YAML document and the document's root, which `construct_document` makes into plain values.

    Raises:
        yaml.YAMLError, ValueError, RecursionError: it is no YAML; a key is given twice; or its aliases stand for more than `YAML_NODES`
            nodes, or for something that they are in.
    """
    loader = yaml.SafeLoader(text)
    root = loader.get_single_node()
    if root is not None and _weight(root, {}) > YAML_NODES:
        raise yaml.MarkedYAMLError(problem=f"its aliases stand for more than {YAML_NODES:,} values", problem_mark=root.start_mark)
    if root is not None:
        _check_keys(root, set())
    return loader, root


def parse_yaml(text: str) -> Any:
    """What one YAML document says, in plain values. Raises as `yaml_loader` does, and whatever its values make of it."""
    loader, root = yaml_loader(text)
    return None if root is None else loader.construct_document(root)


def _check_keys(node: yaml.Node, seen: set[int]) -> None:
    """What YAML allows and nobody means: keys given twice, of which the last would win, halves of characters, and numbers that are none."""
    if isinstance(node, yaml.ScalarNode) and any("\ud800" <= one <= "\udfff" for one in node.value):
        raise yaml.MarkedYAMLError(problem="this holds half a character", problem_mark=node.start_mark)
    if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and not _is_number(node):
        raise yaml.MarkedYAMLError(problem=f"{node.value[:20]!r} is no number", problem_mark=node.start_mark)
    if id(node) in seen or not isinstance(node, yaml.CollectionNode):
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        known: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in known:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value[:80]!r} is given twice", problem_mark=key.start_mark)
            known.add(str(key.value))
    for below in node.value:
        for part in below if isinstance(below, tuple) else (below,):
            _check_keys(part, seen)


def _is_number(node: yaml.ScalarNode) -> bool:
    """Whether it can be counted with, and written in digits again. What is written wrongly is told where it is made a value."""
    if len(node.value) > DIGITS:
        return False
    try:
        return node.tag == _NUMBERS[0] or math.isfinite(yaml.constructor.SafeConstructor().construct_yaml_float(node))
    except ValueError:
        return True


def _weight(node: yaml.Node, known: dict[int, int | None]) -> int:
    if id(node) in known:
        weight = known[id(node)]
        if weight is None:
            raise yaml.MarkedYAMLError(problem="this refers to itself", problem_mark=node.start_mark)
        return weight
    known[id(node)] = None
    below = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    weight = 1 + (sum(_weight(part, known) for part in below) if isinstance(node, yaml.CollectionNode) else len(node.value) // _TEXT)
    known[id(node)] = weight
    return weight
