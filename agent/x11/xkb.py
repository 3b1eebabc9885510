"""The X keyboard extension, as far as it is needed here: the map with all its groups and levels, the state, and the locks.

The core protocol knows two groups of two levels. python-xlib lacks the extension, so its requests are written down here.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from Xlib.ext import xinput
from Xlib.protocol import rq

from agent.errors import DesktopError

GROUPS = 4
_CORE_KEYBOARD = 0x100
_TYPES, _SYMBOLS = 1, 2
_KEY_NAMES = 1 << 9
_CLAMP, _REDIRECT = 0x40, 0x80


class _Request(rq.ReplyRequest):
    def __init__(self, display: Any, opcode: int, device: int = _CORE_KEYBOARD, **values: Any) -> None:
        super().__init__(display=display.display, opcode=opcode, device=device, **values)


class _UseExtension(rq.ReplyRequest):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor"))
    _reply = rq.Struct(rq.ReplyCode(), rq.Bool("supported"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(24))


class _GetState(_Request):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(),
        rq.Card8("mods"), rq.Card8("base_mods"), rq.Card8("latched_mods"), rq.Card8("locked_mods"),
        rq.Card8("group"), rq.Card8("locked_group"), rq.Int16("base_group"), rq.Int16("latched_group"), rq.Pad(14),
    )  # fmt: skip


class _LatchLockState(rq.Request):
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card16("device"),
        rq.Card8("affect_locks"), rq.Card8("locks"), rq.Bool("lock_group"), rq.Card8("group"),
        rq.Card8("affect_latches"), rq.Card8("latches"), rq.Pad(1), rq.Bool("latch_group"), rq.Card16("latched_group"),
    )  # fmt: skip


class _SelectEvents(rq.Request):
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength(), rq.Card16("device"), rq.Card16("affect"), rq.Card16("clear"),
        rq.Card16("all"), rq.Card16("affect_map"), rq.Card16("map"),
    )  # fmt: skip


class _SetMap(rq.Request):
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(9), rq.RequestLength(), rq.Card16("device"), rq.Card16("present"), rq.Card16("flags"),
        rq.Card8("min_keycode"), rq.Card8("max_keycode"), rq.Pad(2), rq.Card8("first_key"), rq.Card8("keys"), rq.Card16("symbols"),
        rq.Pad(18), rq.Binary("data"),
    )  # fmt: skip


class _GetMap(_Request):
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(8), rq.RequestLength(), rq.Card16("device"), rq.Card16("full"), rq.Card16("partial"),
        rq.Card8("first_type"), rq.Card8("types"), rq.Card8("first_key"), rq.Card8("keys"), rq.Pad(4), rq.Pad(2), rq.Pad(6), rq.Pad(2),
    )  # fmt: skip
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(2),
        rq.Card8("min_keycode"), rq.Card8("max_keycode"), rq.Card16("present"),
        rq.Card8("first_type"), rq.Card8("types"), rq.Card8("total_types"),
        rq.Card8("first_key"), rq.Card16("symbols"), rq.Card8("keys"), rq.Pad(19), rq.Binary("data"),
    )  # fmt: skip


class _GetNames(_Request):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(17), rq.RequestLength(), rq.Card16("device"), rq.Pad(2), rq.Card32("which"))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card32("which"), rq.Pad(6),
        rq.Card8("first_key"), rq.Card8("keys"), rq.Pad(12), rq.Binary("data"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyType:
    """How modifiers choose a level: `mask` are those that count, `levels` the level of each combination but those of level 0."""

    mask: int
    levels: dict[int, int]

    def level(self, mods: int) -> int:
        return self.levels.get(mods & self.mask, 0)

    def mods_for(self, level: int) -> list[int]:
        """The combinations that give a level, fewest modifiers first."""
        found = [mods for mods, its in self.levels.items() if its == level]
        return sorted([0, *found] if level == 0 else found, key=lambda mods: (mods.bit_count(), mods))


@dataclass(frozen=True, slots=True)
class Key:
    """One key: for each group its type and its keysyms by level, and what stands for a group that it has not."""

    groups: tuple[tuple[KeyType, tuple[int, ...]], ...]
    beyond: int = 0
    record: bytes = b""
    """As the server tells it, and takes it again."""

    @property
    def width(self) -> int:
        return max((len(symbols) for _, symbols in self.groups), default=0)

    def group(self, wanted: int) -> tuple[KeyType, tuple[int, ...]] | None:
        """The type and keysyms that hold while a group is active."""
        count = len(self.groups)
        if not count:
            return None
        if wanted >= count:
            if self.beyond & _REDIRECT:
                wanted = (self.beyond >> 4) & 3
                wanted = wanted if wanted < count else 0
            else:
                wanted = count - 1 if self.beyond & _CLAMP else wanted % count
        return self.groups[wanted]


@dataclass(frozen=True, slots=True)
class State:
    """The modifiers and groups that are in effect: `base` ones are held down by keys, `latched` and `locked` ones are not."""

    mods: int
    base: int
    latched: int
    locked: int
    group: int
    locked_group: int


class Xkb:
    """The extension on one connection. Raises DesktopError where the server lacks it."""

    def __init__(self, display: Any) -> None:
        self._display = display
        found = display.query_extension("XKEYBOARD")
        if found is None or not found.present:
            raise DesktopError("this X server lacks the XKEYBOARD extension, so nothing tells what its keys mean")
        self._opcode = int(found.major_opcode)
        _UseExtension(display=display.display, opcode=self._opcode, major=1, minor=0)
        self._types: tuple[KeyType, ...] = ()

    def state(self) -> State:
        """What is in effect now."""
        found = _GetState(self._display, self._opcode)
        return State(found.mods, found.base_mods, found.latched_mods, found.locked_mods, found.group & 3, found.locked_group & 3)

    def lock(self, *, mods: int = 0, affect: int = 0, group: int | None = None) -> None:
        """Lock exactly `mods` among `affect`, unlatch all of these, and lock a group. No key event tells of it."""
        _LatchLockState(
            display=self._display.display, opcode=self._opcode, device=_CORE_KEYBOARD, affect_locks=affect, locks=mods & affect,
            lock_group=group is not None, group=group or 0, affect_latches=affect, latches=0, latch_group=bool(affect), latched_group=0,
        )  # fmt: skip

    def keys(self, first: int | None = None, count: int | None = None, *, device: int = _CORE_KEYBOARD) -> dict[int, Key]:
        """Keys by their keycodes: all, or `count` from `first` with the types that were read last, which is cheap."""
        whole = first is None or not self._types
        first = self._display.display.info.min_keycode if first is None else first
        count = self._display.display.info.max_keycode - first + 1 if count is None else count
        reply = _GetMap(
            self._display,
            self._opcode,
            device=device,
            full=_TYPES if whole else 0,
            partial=_SYMBOLS,
            first_type=0,
            types=0,
            first_key=first,
            keys=count,
        )
        return self._read(reply)

    def watch(self) -> None:
        """Have the connection told of every change of the map, also those that the core protocol keeps from those who know better."""
        _SelectEvents(
            display=self._display.display, opcode=self._opcode, device=_CORE_KEYBOARD, affect=3, clear=0, all=3, affect_map=0xFF, map=0xFF
        )

    def write(self, records: Mapping[int, bytes]) -> None:
        """Have keys mean what records of them say. A keyboard with another map than the one that holds keeps its own."""
        now = self.keys()
        others = {device: self.keys(device=device) for device in self._keyboards()}
        self._set(_CORE_KEYBOARD, records)
        for device, own in others.items():
            if any(own[code].record != now[code].record for code in records):
                self._set(device, {code: own[code].record for code in records})

    def _set(self, device: int, records: Mapping[int, bytes]) -> None:
        """Neighbours go together: at each request every program reads the whole map anew."""
        info = self._display.display.info
        for first in (code for code in records if code - 1 not in records):
            run = list(itertools.takewhile(lambda record: record is not None, (records.get(code) for code in itertools.count(first))))
            _SetMap(
                display=self._display.display, opcode=self._opcode, device=device, present=_SYMBOLS, flags=0,
                min_keycode=info.min_keycode, max_keycode=info.max_keycode, first_key=first, keys=len(run),
                symbols=sum(struct.unpack_from("<H", record, 6)[0] for record in run if record), data=b"".join(filter(None, run)),
            )  # fmt: skip

    def _keyboards(self) -> list[int]:
        """The keyboards under people's hands; none where the server does not tell them apart."""
        if not self._display.has_extension(xinput.extname):
            return []
        devices = self._display.xinput_query_device(xinput.AllDevices).devices
        return [int(one.deviceid) for one in devices if one.use == xinput.SlaveKeyboard and not str(one.name).endswith("XTEST keyboard")]

    def modifier_keys(self) -> dict[int, list[int]]:
        """The keycodes that set each modifier, by the modifier's bit."""
        rows = self._display.get_modifier_mapping()
        return {1 << bit: [int(code) for code in codes if code] for bit, codes in enumerate(rows)}

    def names(self) -> dict[int, str]:
        """What the keys are called by their places, such as AC01 for the one right of Caps Lock, by keycode."""
        reply = _GetNames(self._display, self._opcode, which=_KEY_NAMES)
        data = bytes(reply.data)
        words = [data[at : at + 4].rstrip(b"\0").decode("latin-1") for at in range(0, 4 * reply.keys, 4)]
        return {reply.first_key + at: word for at, word in enumerate(words) if word}

    def _read(self, reply: Any) -> dict[int, Key]:
        data, at = bytes(reply.data), 0
        if reply.present & _TYPES:
            types = []
            for _ in range(reply.types):
                mask, _, _, _, entries, preserve = struct.unpack_from("<BBHBB?x", data, at)
                at += 8
                levels = {}
                for _ in range(entries):
                    active, mods, level = struct.unpack_from("<?BB5x", data, at)
                    at += 8
                    if active:
                        levels[mods] = level
                at += 4 * entries * preserve
                types.append(KeyType(mask, levels))
            self._types = tuple(types)
        keys = {}
        for code in range(reply.first_key, reply.first_key + reply.keys):
            start = at
            *kinds, info, width, count = struct.unpack_from("<4BBBH", data, at)
            at += 8
            symbols = struct.unpack_from(f"<{count}I", data, at)
            at += 4 * count
            groups = tuple(
                (self._types[kinds[group]], symbols[group * width : (group + 1) * width]) for group in range(min(info & 0xF, GROUPS))
            )
            keys[code] = Key(groups, info & 0xF0, data[start:at])
        return keys


def with_group(key: Key, pair: tuple[int, int], *, letter: bool) -> bytes:
    """The record of a key of one group that has a second one, of two levels."""
    two_levels, alphabetic = 1, 2
    width = max(key.width, 2)
    first = (*key.groups[0][1], *[0] * width)[:width]
    symbols = (*first, *pair, *[0] * (width - 2))
    kinds = (key.record[0], alphabetic if letter else two_levels, 0, 0)
    return struct.pack(f"<4BBBH{2 * width}I", *kinds, key.record[4] & 0xF0 | 2, width, 2 * width, *symbols)
