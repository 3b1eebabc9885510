"""A program that holds what is on the clipboard after Deskhand, which had lent it a text, has ended. Reads it as JSON from its input."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping

from agent.x11.selection import Formats
from recordings.own_module import own_module


def leave_to_keeper(display: str | None, contents: Mapping[str, Formats], refused: int) -> None:
    """Start the program that holds selections from now on; it ends when another program takes them, or the display ends."""
    plain = {
        selection: {target: (kind, size, base64.b64encode(data).decode()) for target, (kind, size, data) in formats.items()}
        for selection, formats in contents.items()
    }
    keeper = subprocess.Popen(
        own_module("agent.x11.keeper"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, text=True,
    )  # fmt: skip
    assert keeper.stdin is not None
    keeper.stdin.write(json.dumps({"display": display, "refused": refused, "contents": plain}))
    keeper.stdin.close()


def main() -> None:
    """Hold the selections until other programs own them, or the display ends."""
    from agent.x11.holder import Holder

    told = json.load(sys.stdin)
    holder = Holder(told["display"])
    if told["refused"]:
        holder.refuse(told["refused"])
    holder.hold(
        {
            selection: {target: (kind, size, base64.b64decode(data)) for target, (kind, size, data) in formats.items()}
            for selection, formats in told["contents"].items()
        }
    )
    holder.join()


if __name__ == "__main__":
    main()
