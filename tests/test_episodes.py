"""`deskhand episodes …` as it is typed, and the page that a browser shows."""

from __future__ import annotations

import errno
import json
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from demonstrations import SCRIPT, make_episode, paint, screenshot
from PIL import Image

from agent.cli.main import main
from agent.episodes.page import PageError, page, write_page
from recordings.action import Click
from recordings.episode import Element, EpisodeHeader, Outcome, Prediction, Source, Step, StopReason
from recordings.geometry import Box
from recordings.store import Episode, EpisodeWriter, read_episode

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_episode(tmp_path / "e", task="editor-save", extra={"seed": 3})
    return tmp_path / "e"


def episodes(root: Path, *argv: str) -> int:
    return main(["episodes", *argv, "--episodes", str(root)])


def test_listing_names_what_is_there_and_what_cannot_be_read(root: Path, capsys: Capture) -> None:
    make_episode(root, "newer")
    header = root / "newer/episode.json"
    header.write_text(header.read_text().replace('"format_version": 1', '"format_version": 9'))
    assert episodes(root, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[0].startswith("✓ shown  ") and "human, 9 steps: Save it, please" in lines[0]
    assert lines[1].startswith("! ") and "format version 9" in lines[1] and "update Deskhand" in lines[1]
    assert episodes(root, "list", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["episodes"][0]["name"] == "shown" and found["episodes"][0]["steps"] == 9 and list(found["unreadable"]) == ["newer"]
    assert episodes(root / "none", "list") == 0 and "there are no episodes" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["trim", "shown", "{}"], ["merge", "{}", "shown", "shown"], ["relabel", "shown", "--name", "{}"]])
def test_no_episode_is_called_by_a_secret(argv: list[str], root: Path, capsys: Capture) -> None:
    secret = "sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3dEf6hIj9kLm2n"
    assert episodes(root, *(word.format(f"key {secret}") for word in argv)) == 2
    assert "looks like a secret" in capsys.readouterr().err and [path.name for path in root.iterdir()] == ["shown"]


def test_showing_prints_the_steps(root: Path, capsys: Capture) -> None:
    assert episodes(root, "show", "shown") == 0
    output = capsys.readouterr().out
    assert "shown: Save it, please" in output and output.count("\n") == len(SCRIPT) + 2 and "done (132); human" in output
    assert episodes(root, "show", "shown", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["steps"]) == len(SCRIPT) and found["steps"][0]["element"]["name"] == "Open"
    assert episodes(root, "show", "shwon") == 1 and "did you mean shown?" in capsys.readouterr().err


def test_verifying_fails_where_something_is_missing(root: Path, capsys: Capture) -> None:
    make_episode(root, "whole")
    assert episodes(root, "verify") == 0 and capsys.readouterr().out == "shown: ok\nwhole: ok\n"
    (root / "shown/frames/000003-before.png").unlink()
    assert episodes(root, "verify") == 1
    assert capsys.readouterr().out.splitlines()[:2] == ["shown: 1 problem", "  frames/000003-before.png of step 3 is missing"]
    assert episodes(root, "verify", "whole", "nothing", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["checked"] == ["whole", "nothing"] and "there is no episode nothing" in found["problems"]["nothing"][0]


def test_changing_verbs_make_new_episodes(root: Path, capsys: Capture) -> None:
    assert episodes(root, "trim", "shown", "short", "--first", "2", "--last", "3") == 0
    assert [str(step.action) for step in read_episode(root / "short").steps] == list(SCRIPT[1:3])
    assert episodes(root, "split", "shown", "--at", "3", "5", "--json") == 0
    assert [Path(path).name for path in json.loads(capsys.readouterr().out.splitlines()[-1])["written"]] == [
        "shown-1",
        "shown-2",
        "shown-3",
    ]
    assert episodes(root, "merge", "both", "shown-1", "shown-3", "--instruction", "All of it") == 0
    both = read_episode(root / "both")
    assert len(both.steps) == len(SCRIPT) - 2 and both.header.instruction == "All of it"
    assert episodes(root, "relabel", "both", "--instruction", "Less", "--name", "less") == 0
    assert read_episode(root / "less").header.instruction == "Less"
    assert episodes(root, "relabel", "less") == 2
    assert episodes(root, "trim", "shown", "short") == 1 and "exists already" in capsys.readouterr().err
    assert episodes(root, "trim", "shown", "x", "--first", "20") == 1 and "has 9 steps" in capsys.readouterr().err


def test_export_and_import_as_typed(root: Path, tmp_path: Path, capsys: Capture) -> None:
    for form in ("dataset", "llava", "smol"):
        assert episodes(root, "export", "shown", "--format", form, "--out", str(tmp_path / form)) == 0
        assert episodes(tmp_path / f"from-{form}", "import", str(tmp_path / form)) == 0
        assert len(read_episode(tmp_path / f"from-{form}" / "shown").steps) == len(SCRIPT)
    assert episodes(root, "import", str(tmp_path / "dataset")) == 1
    assert "exists already" in capsys.readouterr().err
    assert episodes(root, "import", str(tmp_path / "dataset"), "--rename", "--json") == 0
    assert [Path(path).name for path in json.loads(capsys.readouterr().out)["written"]] == ["shown-2"]


def test_reviewing_shows_and_hides_more(root: Path, capsys: Capture) -> None:
    path = root / "shown"
    assert episodes(root, "review", "shown") == 0 and "0 things are hidden" in capsys.readouterr().out
    assert episodes(root, "review", "shown", "--hide-text", "SAVE", "--hide-box", "3,0.6,0.1,0.8,0.2", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {"step": 3, "kind": "hidden", "place": "before", "box": [0.6, 0.1, 0.8, 0.2]} in found["hidden"]
    assert {"step": 3, "kind": "hidden", "place": "element", "box": None} in found["hidden"] and found["changed"]["texts"] == 1
    episode = read_episode(path)
    assert episode.problems == () and episode.header.instruction == "[hidden] it, please" and episode.steps[2].element.name == "[hidden]"
    assert episode.frame(episode.steps[2], "before").getpixel((224, 30)) == (32, 32, 32)
    assert episode.frame(episode.steps[1], "after").getpixel((224, 30)) == (32, 32, 32), "the same picture under its other name"
    assert episode.frame(episode.steps[0], "before").getpixel((195, 22)) != (32, 32, 32)
    for line in ("99,0,0,1,1", "x", "3,0,0,2,1", "3,0.5,0.5,0.1,0.1"):
        assert episodes(root, "review", "shown", "--hide-box", line, "--hide-text", "please") == 1
    assert read_episode(path).header.instruction.endswith("please"), "nothing is hidden where one wish cannot be met"


# The page.


def strange_episode(root: Path) -> Path:
    """Words that would be markup, a correction, a missing frame, a mistake."""
    box = Box(x1=0.25, y1=0.25, x2=0.75, y2=0.75)
    corrected = Step(
        index=2, prediction=Prediction(action=Click(x=0.1, y=0.9), thought="</p><img src=http://example.org>", confidence=0.5),
        action=Click(x=0.5, y=0.5), source=Source.CORRECTED, element=Element(name="<b>", role="button", box=box),
        before=screenshot(paint(1)),
    )  # fmt: skip
    mistake = Step(index=3, prediction=Prediction(text="?", mistake="no action"), outcome=Outcome.MISTAKE)
    ending = (StopReason.FAILED, "gave up", False)
    path = make_episode(
        root, "strange", SCRIPT[:2], more=(corrected, mistake), ending=ending, instruction='<script>alert("x")</script> & more'
    )
    (path / "frames/000001-before.png").unlink()
    (path / "frames/000000-after.png").unlink()
    return path


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_one_file_that_loads_and_runs_nothing(tmp_path: Path) -> None:
    text = "".join(page(read_episode(strange_episode(tmp_path))))
    reader = Reader()
    reader.feed(text)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "iframe", "object", "b"} and "default-src 'none'" in text
    sources = [attributes.get("src") or "" for _, attributes in reader.tags if "src" in attributes]
    assert sources and all(source.startswith("data:image/png;base64,") for source in sources)
    links = [attributes["href"] for _, attributes in reader.tags if "href" in attributes]
    assert links == ["#s1", "#s2", "#s3", "#s4"] and not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert "&lt;script&gt;" in text and "the model wanted:" in text and "click(x=0.1000, y=0.9000)" in text and "50% sure" in text
    assert text.count("is missing</p>") >= 2 and "the task's checks do not hold" in text.replace("&#x27;", "'")


def test_a_frame_that_the_next_step_shows_is_not_saved_twice(root: Path) -> None:
    text = "".join(page(read_episode(root / "shown")))
    assert text.count("<img ") == len(SCRIPT) + 1, "each step's frame before it, and the last one's after"


def test_a_frame_outside_the_episode_is_not_shown(tmp_path: Path) -> None:
    path = make_episode(tmp_path, script=SCRIPT[:1])
    (tmp_path / "secret.png").write_bytes((path / "frames/000000-before.png").read_bytes())
    lines = (path / "steps.jsonl").read_text()
    (path / "steps.jsonl").write_text(lines.replace("frames/000000-before.png", "../secret.png"))
    assert "the frame from before step 1 is missing" in "".join(page(read_episode(path)))


def test_an_existing_page_is_not_overwritten(root: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("mine")
    with pytest.raises(PageError, match="exists already"):
        write_page(read_episode(root / "shown"), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "mine"
    with pytest.raises(PageError, match="cannot be written"):
        write_page(read_episode(root / "shown"), tmp_path / "none/page.html")


def test_a_page_that_cannot_be_finished_is_not_left_behind(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(episode: Episode) -> Iterator[str]:
        yield "<!doctype html>"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("agent.episodes.page.page", broken)
    with pytest.raises(PageError, match="No space left"):
        write_page(read_episode(root / "shown"), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_page_has_no_more_pictures_than_can_be_shown(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some megabytes of steps may name one large frame a hundred thousand times: a page of it would fill the disk."""
    monkeypatch.setattr("agent.episodes.page.PICTURED", 1)
    text = "".join(page(read_episode(root / "shown")))
    assert text.count("<img ") == 1 and text.count("its frames are left out") == len(SCRIPT) - 1


def test_an_empty_episode_has_a_page(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name="empty", instruction="nothing")) as writer:
        pass
    assert "0 steps" in "".join(page(read_episode(writer.path)))


@pytest.mark.desktop
def test_a_browser_shows_frames_and_crosshairs(root: Path, tmp_path: Path) -> None:
    out, shot = tmp_path / "page.html", tmp_path / "page.png"
    assert episodes(root, "show", "shown", "--html", str(out)) == 0
    command = [
        "chromium",
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=1000,900",
    ]
    subprocess.run([*command, f"--screenshot={shot}", out.as_uri()], capture_output=True, timeout=60, check=True)
    with Image.open(shot) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    mark = (np.abs(pixels - (230, 0, 90)).sum(axis=2) < 40).nonzero()
    frame = (np.abs(pixels - (236, 236, 240)).sum(axis=2) < 6).sum()
    assert len(mark[0]) > 100 and frame > 50_000, "crosshairs over painted frames"
    assert re.search(r"<section class=\"step\" id=\"s9\"", out.read_text())
