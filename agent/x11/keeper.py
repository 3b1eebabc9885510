"""A program that holds what is on the clipboard after Deskhand, which had lent it a text, has ended. Reads it as JSON from its input."""

from __future__ import annotations

import base64
import json
import sys

from agent.x11.clipboard import Holder


def main() -> None:
    """Hold the selections until other programs own them, or the display ends."""
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
