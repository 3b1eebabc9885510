"""What can be said to `deskhand record`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from agent.cli.options_common import path


def add_record_command(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    record = add("record", "record what you do, as an episode to replay and to learn from")
    record.add_argument("name", metavar="NAME", help="what the episode will be called")
    record.add_argument(
        "--task", required=True, metavar="TEXT|TASK", help="what you are about to do, in words; or a task whose start state is set up first"
    )
    record.add_argument(
        "--rules", type=path, metavar="FILE", help="your own list of what to hide (default: redact.txt beside the episodes)"
    )
