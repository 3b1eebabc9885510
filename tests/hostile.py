"""What somebody might put into a file in the place of what was expected: values, damaged bytes, and things that are no files."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import math
import os
import shutil
import socket
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

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


@cache
def pictures() -> tuple[bytes, ...]:
    """Pictures as they should be, and as they may come."""
    plain = png(64, 48)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def with_chunk(kind: bytes, data: bytes) -> bytes:
        return plain[:33] + chunk(kind, data) + plain[33:]

    interlaced = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 1)
    odd = (
        png(1, 3000), png(64, 48, "LA"), png(64, 48, "P"), png(64, 48, "RGBA"), png(64, 48, "I;16"), bomb(13_300), plain[: len(plain) // 2],
        plain[:16] + struct.pack(">II", 2**31 - 1, 1) + plain[24:], plain[:16] + struct.pack(">II", 0, 0) + plain[24:],
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", interlaced) + chunk(b"IDAT", zlib.compress(bytes(3 * 64 * 48 + 200))) + chunk(b"IEND", b""),
        with_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(30 << 20))), with_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(30 << 20))),
        with_chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(30 << 20))), with_chunk(b"tEXt", b"a" * 3000),
        with_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), with_chunk(b"eXIf", b"MM\0*\0\0\0\x08\xff\xff" + b"\0" * 30),
        plain + b"PK\x03\x04" + b"more" * 100, png(64, 48) + png(64, 48),
    )  # fmt: skip
    return (plain,) * 8 + odd


def tensors(draw: Draw, shapes: dict[str, tuple[int, ...]], values: Values) -> bytes:
    """A safetensors file, its header perhaps another."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, shape in shapes.items():
        size = 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = dumped(mutated(draw, header, values))
    length = draw.one([len(text)] * 6 + [0, 2**40, 2**63, len(text) + 5])
    return struct.pack("<Q", length) + text + bytes(at)


class Draw:
    """Chance that is the same for the same seed: a case is made again by its number alone, and a thousand cost little."""

    def __init__(self, seed: object) -> None:
        self._random = Random(str(seed))

    def one(self, several: Sequence[Any]) -> Any:
        return several[self._random.randrange(len(several))]

    def number(self, low: int, high: int) -> int:
        """Both are among them."""
        return self._random.randint(low, high)

    def flag(self) -> bool:
        return self._random.random() < 0.5

    def some(self, several: Sequence[Any], most: int) -> list[Any]:
        """At least one, in their order."""
        chosen = self._random.sample(range(len(several)), self.number(1, min(most, len(several))))
        return [several[number] for number in sorted(chosen)]

    def bytes(self, most: int) -> bytes:
        return self._random.randbytes(self.number(0, most))

    def text(self, most: int) -> str:
        """Letters of any script, controls and halves of characters among them."""
        ranges = ((32, 127), (32, 127), (32, 127), (0, 32), (0x7F, 0x250), (0x300, 0x370), (0x4E00, 0x4F00), (0x2000, 0x2070),
                  (0xD800, 0xE000), (0x1F300, 0x1F600), (0xE0000, 0xE0080))  # fmt: skip
        return "".join(chr(self._random.randrange(*self.one(ranges))) for _ in range(self.number(0, most)))

    def plain(self) -> Any:
        """A text, a number or a truth."""
        match self.number(0, 3):
            case 0:
                return self.text(20)
            case 1:
                return self.number(-(2 ** self.number(0, 70)), 2 ** self.number(0, 70))
            case 2:
                return struct.unpack("<d", self._random.randbytes(8))[0]
            case _:
                return self.flag()


Values = Callable[[Draw], Any]


@cache
def hostile(outside: Path) -> Values:
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
    known = [*names, *numbers, None, [], {}, deep, [[]] * 50, {"a": {"b": 1}}]

    def value(draw: Draw) -> Any:
        match draw.number(0, 4):
            case 0 | 1:
                return draw.one(known)
            case 2:
                return draw.plain()
            case 3:
                return [draw.plain() for _ in range(draw.number(0, 4))]
            case _:
                return {draw.text(5): draw.plain() for _ in range(draw.number(0, 3))}

    return value


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*at, key)
        yield from places(one, (*at, key))


def mutated(draw: Draw, value: Any, values: Values, most: int = 3) -> Any:
    value = copy.deepcopy(value)
    for _ in range(draw.number(0, most)):
        found = list(places(value))
        if not found:
            return value
        *path, last = draw.one(found)
        holder = value
        for key in path:
            holder = holder[key]
        match draw.one(["set", "set", "set", "remove", "add", "double"]):
            case "set":
                holder[last] = copy.deepcopy(values(draw))
            case "remove":
                del holder[last]
            case "add" if isinstance(holder, dict):
                holder[draw.text(8)] = copy.deepcopy(values(draw))
            case _:
                holder[last] = [copy.deepcopy(holder[last]) for _ in range(draw.number(0, 30))]
    return value


def damaged(draw: Draw, data: bytes) -> bytes:
    """The bytes of a file, perhaps cut, turned or joined."""
    match draw.one(["as it is"] * 8 + ["cut", "turned", "joined", "other", "empty", "twice", "marked"]):
        case "twice" if data[:1] == b"{":
            return b'{"name": "twice", "episode": "twice", "format_version": 9, ' + data[1:]
        case "marked":
            return draw.one([b"\xef\xbb\xbf", b"\xff\xfe", b"\0"]) + data
        case "cut":
            return data[: draw.number(0, len(data))]
        case "turned" if data:
            at = draw.number(0, len(data) - 1)
            return data[:at] + bytes([draw.number(0, 255)]) + data[at + 1 :]
        case "joined":
            return data + draw.bytes(50) + data
        case "other":
            return draw.bytes(200)
        case "empty":
            return b""
        case _:
            return data


KINDS = ["link", "link to a picture", "dangling", "itself", "second name", "device", "pipe", "socket", "folder", "gone", "sparse", "closed"]


def spoil(draw: Draw, path: Path, outside: Path) -> None:
    """Perhaps put something else in the place of a file."""
    kind = draw.one(["nothing"] * 16 + KINDS)
    if kind == "nothing":
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    match kind:
        case "link":
            path.symlink_to(outside / draw.one(["key", "task.yaml", "rows.jsonl", "."]))
        case "itself":
            path.symlink_to(path.name)
        case "second name":
            there = outside / "key"
            path.hardlink_to(there) if there.is_file() and path.parent.is_dir() else None
        case "socket":
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as made:  # whose names are short
                made.bind(os.fsencode(path))
        case "closed":
            path.touch(0)
        case "link to a picture":
            path.symlink_to(outside / "photo.png")
        case "dangling":
            path.symlink_to(outside / "made")
        case "device":
            path.symlink_to(draw.one(["/dev/zero", "/dev/full", "/dev/tty", "/proc/self/mem"]))
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "sparse":
            with path.open("wb") as file:
                file.truncate(20 << 30)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")
