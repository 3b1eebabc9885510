"""A sample of what `python -m tests.fuzz_foreign` tries by the thousand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["episode", "task", "import"])
def test_fuzzed_files_keep_the_promises(kind: str) -> None:
    """In a process of its own, whose memory is measured."""
    command = [sys.executable, "-m", "tests.fuzz_foreign", "60", kind]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=110)
    assert done.returncode == 0 and f"{kind}: 60 tried" in done.stdout, (done.stdout + done.stderr)[-3000:]
