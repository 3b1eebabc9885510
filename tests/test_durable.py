"""No file is there under its name before it is whole, however its writer ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from recordings import durable
from recordings.durable import write_private


def killed_amid(path: Path) -> None:
    """Write a file in a process of its own that is killed after its first piece."""

    def parts() -> Iterator[bytes]:
        yield b"name: t\n" * 100_000
        os.kill(os.getpid(), signal.SIGKILL)

    if (child := os.fork()) == 0:
        write_private(path, parts())
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_writer_that_is_killed_leaves_no_half_a_file(tmp_path: Path) -> None:
    killed_amid(tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
    write_private(tmp_path / "page.html", [b"a", b"b"])
    assert (tmp_path / "page.html").read_bytes() == b"ab" and (tmp_path / "page.html").stat().st_mode & 0o777 == 0o600


def test_what_fails_leaves_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write_private(tmp_path / "a", (bytes(1 // number) for number in (1, 0)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("linked", [True, False], ids=["with second names", "without"])
def test_what_is_there_stays(linked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what another program put there meanwhile, and where the file system knows no second names."""
    if not linked:
        monkeypatch.setattr(durable, "try_link", lambda existing, path: False)
    write_private(tmp_path / "new", [b"new"])
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")

    def another() -> Iterator[bytes]:
        yield b"late"
        (tmp_path / "raced").write_bytes(b"first")

    for name, parts in (("new", iter([b"x"])), ("dangling", iter([b"x"])), ("raced", another())):
        with pytest.raises(FileExistsError):
            write_private(tmp_path / name, parts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "new", "raced"]
    assert ((tmp_path / "new").read_bytes(), (tmp_path / "raced").read_bytes()) == (b"new", b"first")
