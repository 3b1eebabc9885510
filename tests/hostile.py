"""What somebody might put into a file in the place of what was expected: values, damaged bytes, and things that are no files."""

from __future__ import annotations

import copy
import io
import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from PIL import Image


@cache
def png(width: int, height: int, mode: str = "RGB") -> bytes:
    data = io.BytesIO()
    Image.new(mode, (width, height), 0).save(data, "PNG")
    return data.getvalue()


@cache
def bomb(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(side * (2 + side // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def hostile(outside: Path) -> st.SearchStrategy[Any]:
    """Values that somebody might put where another was expected."""
    deep: Any = 1
    for _ in range(150):
        deep = [deep]
    names = [
        str(outside / "key"), str(outside / "photo.png"), str(outside / "task.yaml"), "../outside/photo.png", "../../outside/key",
        "a/../../outside/photo.png", "/dev/zero", "/etc/passwd", "frames", "frames/../episode.json", "frames/000000-before.png",
        "link.png", "folder/photo.png", "fifo.png", "~/x", "C:\\x", "a\0b", "\x1b[2J\x9b\u202e", "x" * 5000, "", " ", ".", "..", "\ud800",
        "日本", "x.yaml", "do x.yaml", "password: hunter2 jane@example.org", "a" * 50_000 + "@", "[" * 3000, "click(x=0.5, y=0.5)",
        "(a+)+$", "pyautogui.click(", "pyautogui.press('a', presses=10**9)", "pyautogui.press('a', presses=1000000000)",
        "-" * 5000 + "1", "<code>" * 2000, "pyautogui.scroll(1e999)", "pyautogui.moveTo(1e308, 1e308)",
        "Instruction:" + " \n" * 5000, "eyJ-" * 5000,
    ]  # fmt: skip
    numbers = [-1, 0, 1, 2**31, 2**63, 10**30, 10**400, 1e308, -1e308, 0.5, 1e-320, float("nan"), float("inf"), True]
    plain = st.sampled_from([*names, *numbers, None, [], {}, deep, [[]] * 50, {"a": {"b": 1}}])
    some = st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.booleans())
    return st.one_of(plain, some, st.lists(some, max_size=4), st.dictionaries(st.text(max_size=5), some, max_size=3))


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*at, key)
        yield from places(one, (*at, key))


def mutated(draw: Callable[..., Any], value: Any, values: st.SearchStrategy[Any], most: int = 3) -> Any:
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(0, most))):
        found = list(places(value))
        if not found:
            return value
        *path, last = draw(st.sampled_from(found))
        holder = value
        for key in path:
            holder = holder[key]
        match draw(st.sampled_from(["set", "set", "set", "remove", "add", "double"])):
            case "set":
                holder[last] = copy.deepcopy(draw(values))
            case "remove":
                del holder[last]
            case "add" if isinstance(holder, dict):
                holder[draw(st.text(max_size=8))] = copy.deepcopy(draw(values))
            case _:
                holder[last] = [copy.deepcopy(holder[last]) for _ in range(draw(st.integers(0, 30)))]
    return value


def damaged(draw: Callable[..., Any], data: bytes) -> bytes:
    """The bytes of a file, perhaps cut, turned or joined."""
    match draw(st.sampled_from(["as it is"] * 6 + ["cut", "turned", "joined", "other", "empty"])):
        case "cut":
            return data[: draw(st.integers(0, len(data)))]
        case "turned" if data:
            at = draw(st.integers(0, len(data) - 1))
            return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
        case "joined":
            return data + draw(st.binary(max_size=50)) + data
        case "other":
            return draw(st.binary(max_size=200))
        case "empty":
            return b""
        case _:
            return data


def spoil(draw: Callable[..., Any], path: Path, outside: Path) -> None:
    """Perhaps put something else in the place of a file."""
    kind = draw(st.sampled_from(["nothing"] * 12 + ["link", "link to a picture", "dangling", "device", "pipe", "folder", "gone", "sparse"]))
    if kind == "nothing":
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    match kind:
        case "link":
            path.symlink_to(outside / draw(st.sampled_from(["key", "task.yaml", "."])))
        case "link to a picture":
            path.symlink_to(outside / "photo.png")
        case "dangling":
            path.symlink_to(outside / "made")
        case "device":
            path.symlink_to(draw(st.sampled_from(["/dev/zero", "/dev/full", "/dev/tty", "/proc/self/mem"])))
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "sparse":
            with path.open("wb") as file:
                file.truncate(20 << 30)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")
