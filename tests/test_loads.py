"""Loads: small files from elsewhere that would take all time and memory are told off within bounds."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from demonstrations import make_episode
from hostile import bomb
from test_foreign import ROOT, change_header

from agent.cli.main import main
from agent.replay.source import stage_settings
from agent.settings import Settings
from recordings import edit, foreign, parsing
from recordings.episode import Prediction
from recordings.errors import DeskhandError
from recordings.exchange import import_episodes
from recordings.secrets.rules import Rules, load_rules
from recordings.store import read_episode


@pytest.fixture
def episode(tmp_path: Path) -> Path:
    return make_episode(tmp_path / "episodes")


# Row 20: loads -------------------------------------------------------------------------------------------------------------------


def grown(work: Callable[[], object]) -> tuple[float, int]:
    """Seconds, and MiB of memory at the highest, in a process of its own: a peak is never forgotten."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(20)  # what goes wrong here must not take the machine with it
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            work()
            used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
            os.write(writer, f"{time.process_time() - began} {used}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        told = file.read().split()
    os.waitpid(child, 0)
    assert told, "it failed, or was killed"
    return float(told[0]), int(told[1])


def test_a_picture_of_countless_pixels_is_refused_by_its_header(episode: Path) -> None:
    data = bomb(13_300)
    assert len(data) < 100_000
    for frame in (episode / "frames").iterdir():
        frame.write_bytes(data)
    seconds, megabytes = grown(lambda: edit.verify(episode))
    assert seconds < 2 and megabytes < 200
    assert any("pixels" in problem for problem in edit.verify(episode)[1])


@pytest.mark.parametrize("name", ["steps.jsonl", "episode.json", "frames/000000-before.png"])
@pytest.mark.parametrize("kind", ["fifo", "device"])
@pytest.mark.timeout(20)
def test_a_pipe_or_a_device_is_no_file_of_an_episode(
    kind: str, name: str, episode: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (episode / name).unlink()
    os.mkfifo(episode / name) if kind == "fifo" else (episode / name).symlink_to("/dev/zero")
    whole = name != "episode.json"  # without its header it is no episode
    assert main(["episodes", "verify", "shown", "--episodes", str(episode.parent)]) == 1
    page, out = tmp_path / "page.html", tmp_path / "out"
    assert main(["episodes", "show", "shown", "--html", str(page), "--episodes", str(episode.parent)]) == (0 if whole else 1)
    assert main(["episodes", "export", "shown", "--out", str(out), "--episodes", str(episode.parent)]) == (0 if whole else 1)
    assert (page.exists(), out.exists()) == (whole, whole)
    assert "internal error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": 1e300}, {"started_at": -1e300}, {"ended_at": 1e300},
        {"displays": [{"left": 0, "top": 0, "width": 1e300, "height": 1}]},
        {"extra": {"seed": "x"}, "task": "calculator-sum"}, {"extra": {"seed": 10**400}}, {"extra": {"labels_before": 5}},
        {"extra": {"desktop": {"a": []}}},
    ],
)  # fmt: skip
def test_numbers_of_a_header_that_nothing_can_be(changes: dict[str, Any], episode: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_episode(episode.parent, "other")
    change_header(episode, **changes)
    assert main(["episodes", "list", "--episodes", str(episode.parent)]) == 0
    for argv in (["relabel", "shown", "--instruction", "other"], ["show", "shown"], ["verify", "shown"], ["review", "shown", "--rules"]):
        main(["episodes", *argv, "--episodes", str(episode.parent)])
    with suppress(DeskhandError):
        stage_settings(read_episode(episode), Settings())
    told = capsys.readouterr()
    assert "internal error" not in told.err and "other" in told.out


def test_json_that_is_nested_too_deep_or_endless_is_refused() -> None:
    for text in ("[" * 200_000, '{"a":' * 70 + "1" + "}" * 70, "NaN", "[1e999]", "1" * 5000):
        with pytest.raises(foreign.ForeignError):
            parsing.parse_json(text)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '[{"b": {"a": 1, "c": 2, "a": 3}}]', '"\\ud800"', '{"\\udfff": 1}', '["\\uD83D x"]'])
def test_json_says_everything_once_and_in_characters(text: str) -> None:
    for data in (text, text.encode()):
        with pytest.raises(parsing.ForeignError):
            parsing.parse_json(data)
    assert parsing.parse_json('["\\ud83d\\ude00", "\\\\ud800"]') == ["😀", "\\ud800"]


def test_a_header_with_half_a_character_is_damaged(episode: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = (episode / "episode.json").read_text()
    (episode / "episode.json").write_text(header.replace('"extra": {', '"extra": {"note": "\\udca0",', 1))
    for argv in (["relabel", "shown", "--instruction", "other"], ["show", "shown"], ["trim", "shown", "part"]):
        assert main(["episodes", *argv, "--episodes", str(episode.parent)]) == 1
    told = capsys.readouterr().err
    assert "internal error" not in told and told.count("is damaged") == 3


def test_a_number_that_can_be_no_fraction_is_none(tmp_path: Path) -> None:
    from training.screens.store import INDEX, read_screens

    large = "1" + "0" * 400
    for written in (large, f"[{large}]", f'{{"a": -{large}}}'):
        with pytest.raises(foreign.ForeignError, match="is no number"):
            parsing.parse_json(written)
    assert parsing.parse_json("[1, -20, 10000000000000000000000]") == [1, -20, 10**22]
    screen = {"image": "a.png", "source": "s", "app": "a", "elements": [], "texts": [["x", 0, 0, 1, 1]]}
    (tmp_path / INDEX).write_text(json.dumps(screen).replace("0, 0, 1", f"0, {large}, 1") + "\n")
    with pytest.raises(DeskhandError, match="line 1: not a labelled screen"):
        list(read_screens(tmp_path))
    (tmp_path / INDEX).write_text(json.dumps(screen).replace("0, 0, 1", '0, "nan", 1') + "\n")
    with pytest.raises(DeskhandError, match="line 1: not a labelled screen"):
        list(read_screens(tmp_path))


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "9" * 4000, ".inf", "-.Inf", ".nan", "1.0e+400", '!!int "0x' + "f" * 5000 + '"'])
def test_no_yaml_holds_a_number_that_is_none(number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A task may be counted with: nobody agrees to one of as many steps as no paper holds, or without an end."""
    path = tmp_path / "t.yaml"
    start = (
        'start: {run: ["true"], window: {title: x, width: [0.5, 0.6], height: [0.5, 0.6]}}\nchecks: [{kind: window_closed, contains: x}]\n'
    )
    for written in (
        f"plan: [click File]\nlimits: {{seconds: {number}}}\n",
        f"{start}parameters: {{n: {{kind: integer, low: 1, high: {number}}}}}\n",
    ):
        path.write_text(f"name: t\ninstruction: do it\n{written}")
        assert main(["tasks", "check", str(path)]) == 1
        told = "".join(capsys.readouterr())
        assert "is no number" in told and "internal error" not in told
    assert parsing.parse_yaml("[1, 0x1f, 1.5, 1_000, -3, 1e3]") == [1, 31, 1.5, 1000, -3, "1e3"]


def test_a_step_is_sure_by_a_number() -> None:
    with pytest.raises(ValueError, match="finite"):
        Prediction.model_validate({"confidence": "nan"})


@pytest.mark.parametrize("half", ["ud8ff", "uDFCC", "U0000dfcc"])
def test_half_a_character_is_refused_in_every_yaml(half: str, tmp_path: Path) -> None:
    """What holds one can be written nowhere, and no path can be made of it."""
    from agent.permissions.storing import read_manifest
    from tasks.catalogue import read_task
    from training.datasets.mixture import read_mixture
    from training.reach import read_recipe

    path = tmp_path / "m.yaml"
    path.write_text(f'seed: 1\ncount: 5\nsources: [{{name: a, path: "x\\{half}", kinds: [act]}}]\n')
    for read in (read_mixture, read_recipe, read_task, read_manifest):
        with pytest.raises(DeskhandError, match="half a character"):
            read(path)
    assert parsing.parse_yaml('a: "\\U0001f600"') == {"a": "\U0001f600"}


def test_a_key_that_is_given_twice_is_refused_in_every_yaml(tmp_path: Path) -> None:
    from training.datasets.mixture import read_mixture
    from training.stages.settings import read_stage

    path = tmp_path / "a.yaml"
    path.write_text("stage: align\nsources: []\nseed: 1\nseed: 2\n")
    for read in (read_mixture, read_stage):
        with pytest.raises(DeskhandError, match=r"line 4.*'seed' is given twice"):
            read(path)


def test_aliases_that_stand_for_a_thousand_million_things(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines))
    seconds, megabytes = grown(lambda: main(["tasks", "check", str(path)]))
    assert seconds < 2 and megabytes < 100
    assert main(["tasks", "check", str(path)]) == 1 and "aliases" in capsys.readouterr().out
    (tmp_path / "mixture.yaml").write_text("\n".join(lines))
    assert main(["data", "mix", str(tmp_path / "mixture.yaml")]) == 1 and "aliases" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["value", "alias"])
def test_a_long_text_that_stands_ten_thousand_times(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, long, many = tmp_path / "bomb.yaml", "b" * 30_000, "- *a\n" * 5000
    if kind == "value":
        text = f"name: t\ninstruction: '{'{a}' * 10_000}'\nplan: [click x]\nparameters: {{a: {{kind: choice, of: [{long}]}}}}\n"
    else:
        text = f"name: t\ninstruction: x\nplan:\n- &a '{{a}}{long}'\n{many}parameters: {{a: {{kind: choice, of: [c]}}}}\n"
    path.write_text(text)
    seconds, megabytes = grown(lambda: main(["tasks", "check", str(path)]))
    assert seconds < 2 and megabytes < 100
    assert main(["tasks", "check", str(path)]) == 1
    assert {"value": "longer than 1,000", "alias": "aliases"}[kind] in capsys.readouterr().out


def test_rules_for_secrets_end(tmp_path: Path) -> None:
    began = time.process_time()
    for text in ("a" * 200_000, "a." * 100_000 + "@", "eyJ-" * 50_000, "sk-" * 60_000, "bearer " * 30_000, "1 " * 100_000):
        Rules().redact(text)
    assert time.process_time() - began < 4
    own = tmp_path / "redact.txt"
    began = time.process_time()
    own.write_text("/(a+)+$/\n")
    load_rules(own).redact("a" * 40 + "!")
    own.write_text("/(a|a)*$/\n")
    assert load_rules(own).redact("a" * 5000 + "!") == ("[hidden]", ("hidden",)), "what cannot be searched is not kept"
    assert time.process_time() - began < 4


def test_a_key_is_not_pressed_a_thousand_million_times(tmp_path: Path) -> None:
    item = {"task_id": "t", "instruction": "do it", "traj": [{"index": 0, "image": "a.png", "value": {"code": ""}}]}
    item["traj"][0]["value"]["code"] = "pyautogui.press('a', presses=1000000000)"  # type: ignore[index]
    (tmp_path / "t.jsonl").write_text(json.dumps(item))
    seconds, megabytes = grown(lambda: import_episodes(tmp_path / "t.jsonl", tmp_path / "e"))
    assert seconds < 2 and megabytes < 100


PACKED = """
import sys, pyarrow as pa, pyarrow.parquet as pq
image = pa.array([[{"bytes": bytes(800 << 20), "path": "x"}]])
texts = pa.array([[{"system": "", "user": "x", "assistant": "click(0.1, 0.1)"}]])
table = pa.table({"images": image, "texts": texts, "source": ["a"]})
pq.write_table(table, sys.argv[1], compression="zstd", use_dictionary=False, write_statistics=False)
"""
UNPACKED = """
import sys
from pathlib import Path
from recordings.exchange import ExchangeError, import_episodes
try:
    import_episodes(Path(sys.argv[1]), Path(sys.argv[2]))
except ExchangeError as error:
    print(error)
from tests.fuzz_foreign import peak_megabytes
print(peak_megabytes())
"""


def test_a_small_parquet_does_not_become_a_gigabyte(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    subprocess.run([sys.executable, "-c", PACKED, str(path)], check=True)
    assert path.stat().st_size < 100_000
    command = [sys.executable, "-c", UNPACKED, str(path), str(tmp_path / "e")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    words, megabytes = done.stdout.splitlines()
    assert "larger than" in words and int(megabytes) < 1024
