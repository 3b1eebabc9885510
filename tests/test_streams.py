"""Every line of output survives its terminal: odd encodings, closed streams, full disks, readers that leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recordings.episode import EpisodeHeader
from recordings.store import EpisodeWriter


@pytest.fixture
def episodes(tmp_path: Path) -> Path:
    root = tmp_path / "episodes"
    with EpisodeWriter.create(root, EpisodeHeader(name="слово", instruction="日本語 → слово é")):
        pass
    return root


def shell(line: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A line of shell in which $DESKHAND runs the command line."""
    command = f"{sys.executable} -m agent.cli"
    return subprocess.run(["bash", "-c", line], env=os.environ | {"DESKHAND": command} | env, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8", "cp1251:strict"])
def test_what_the_terminal_lacks_is_replaced(episodes: Path, encoding: str) -> None:
    done = shell(
        f"$DESKHAND episodes list --episodes {episodes}; $DESKHAND episodes show слово --episodes {episodes}", PYTHONIOENCODING=encoding
    )
    assert done.stderr == b"" and done.returncode == 0
    shown = done.stdout.decode(encoding.partition(":")[0])
    assert (("日本語" in shown) == (encoding == "utf-8") and "???" in shown) or encoding == "utf-8"


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("$DESKHAND tasks list >&-", 0, b""),
        ("$DESKHAND tasks list 2>&-", 0, b""),
        ("$DESKHAND tasks list <&- >/dev/null", 0, b""),
        ("$DESKHAND run nosuch <&- >&- 2>&-", 1, b""),
        ("$DESKHAND tasks show nosuch 2>&-", 1, b""),
        ("$DESKHAND tasks show nosuch --json >/dev/full 2>/dev/full", 1, b""),
        ("$DESKHAND tasks list >/dev/full", 1, b"deskhand: the output cannot be written: No space left on device\n"),
        ("$DESKHAND doctor --json >/dev/full", 1, b"deskhand: the output cannot be written: No space left on device\n"),
    ],
)
def test_closed_and_full_streams_end_without_internal_errors(line: str, status: int, said: bytes) -> None:
    done = shell(line)
    assert done.returncode == status and done.stderr == said, done.stderr


def test_a_reader_that_leaves_early_ends_it_quietly() -> None:
    done = shell("{ for i in 1 2 3; do $DESKHAND tasks list; done; } | true")
    assert done.stderr == b""
