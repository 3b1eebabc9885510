"""What shows the screen, or what was done on it, is written for its owner alone, and through no link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from demonstrations import make_episode

from agent.cli.main import main
from agent.episodes.page import write_page
from recordings.exchange import export_episodes
from recordings.store import read_episode


def test_what_shows_the_screen_is_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        path = make_episode(tmp_path / "new" / "episodes")
        episode = read_episode(path)
        for form in ("llava", "dataset", "smol"):
            export_episodes([episode], form, tmp_path / "new" / "exports" / form)
        write_page(episode, tmp_path / "new" / "page.html")
        main(["replay", str(path), "--how", "watch", "--plain", "--draw", str(tmp_path / "new" / "drawn")])
        frame = next(path.rglob("*.png"))
        (tmp_path / "victim").write_bytes(b"keep me")
        for name in ("link.png", "read.png"):
            if name == "link.png":
                (tmp_path / "new" / name).symlink_to(tmp_path / "victim")
            assert main(["read", str(frame), "--draw", str(tmp_path / "new" / name)]) == 0
        assert (tmp_path / "victim").read_bytes() == b"keep me"
    finally:
        os.umask(old)
    for one in [tmp_path / "new", *(tmp_path / "new").rglob("*")]:
        assert stat.S_IMODE(one.stat().st_mode) & 0o077 == 0, one
