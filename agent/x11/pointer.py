"""The pointer's buttons as an event that is sent arrives: each device has a map of its own, and the pointer that they all move has one."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from Xlib.error import XError
from Xlib.ext import xinput
from Xlib.protocol import rq

_SENDER = "XTEST pointer"
"""The end of the name of the device that events of the XTEST extension come from."""
_senders: WeakKeyDictionary[Any, int | None] = WeakKeyDictionary()
"""By connection; such a device is there as long as its pointer."""


class _GetDeviceButtonMapping(rq.ReplyRequest):
    """python-xlib lacks it."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(28), rq.RequestLength(), rq.Card8("device"), rq.Pad(3))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card8("count"), rq.Pad(23), rq.Binary("map")
    )


def button_map(connection: Any) -> list[int]:
    """What each button, from the first on, arrives as when it is sent; 0 where it does not."""
    core = [int(number) for number in connection.get_pointer_mapping()]
    if connection not in _senders:
        _senders[connection] = _find_sender(connection)
    if (sender := _senders[connection]) is None:
        return core
    try:
        opcode = connection.display.get_extension_major(xinput.extname)
        found = _GetDeviceButtonMapping(display=connection.display, opcode=opcode, device=sender)
    except XError:
        return core
    own = bytes(found.map)[: found.count]
    return [core[number - 1] if 0 < number <= len(core) else number for number in own]


def _find_sender(connection: Any) -> int | None:
    if not connection.has_extension(xinput.extname):
        return None
    try:
        devices = connection.xinput_query_device(xinput.AllDevices).devices
    except XError:
        return None
    return next((int(one.deviceid) for one in devices if str(one.name).endswith(_SENDER)), None)
