"""The report of a borrowed GPU: all of it in small on the processor, and what it does where something is wrong."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
import yaml
from checkpoints import stage_settings
from test_bare_machine import DESKTOP, ROOT, at_root

from recordings.provenance import made_here
from vlm import random_weights
from vlm.benchmark import child, gpu, kernels
from vlm.benchmark.child import NoDevice, device_of
from vlm.benchmark.floors import Rates, floors_of, work_of
from vlm.benchmark.gpu import CHECKS, Check, main, run
from vlm.benchmark.pieces import cut, join
from vlm.benchmark.profiling import Kernel, busy_and_gaps
from vlm.benchmark.report import Entry, Report, put_aside
from vlm.configuration import published_config
from vlm.random_weights import NoRoom, random_checkpoint
from vlm.repeat import RepeatedPasses

CPU = torch.device("cpu")
MODULE = [sys.executable, "-m", "vlm.benchmark.gpu"]
SLEEPS = Check("sleeps", "it takes too long", 1.0, ("sleeps",))
FAILS = Check("fails", "it knows no such option", 30.0, ("json.tool",))
CARD = next(check for check in CHECKS if check.name == "card")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_everything_runs_in_small_on_the_processor(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run([*MODULE, "--out", tmp_path, "--tiny"], cwd=ROOT, env=at_root(), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time, so that other work on the machine does not count.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 90
    report = json.loads((tmp_path / "report.json").read_text())
    assert [(entry["name"], entry["state"]) for entry in report["checks"]] == [(check.name, "done") for check in CHECKS]
    results = {entry["name"]: entry["result"] for entry in report["checks"]}
    for name in ("graphs", "click-nf4", "step-nf4", "profile-nf4"):
        assert any("no CUDA here" in line for line in results[name]["lines"]), name
    click, step = results["click-nf4"], results["step-nf4"]
    assert click["floors"]["prefill"] > 0 and click["phases"]["prefill"]["seconds"] > 0 and click["ratios"]["generate_over_ground"] > 0
    assert step["tokens"] == 700 and step["losses"][-1] < step["losses"][0] and step["utilisation"] > 0
    text = (tmp_path / "report.md").read_text()
    assert all(f"## {check.name}" in text for check in CHECKS)
    assert "aten::" in (tmp_path / "profile-nf4.txt").read_text()
    assert len(list(tmp_path.iterdir())) == 4, "nothing else is left there"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", at_root()["PYTHONPATH"])


def test_what_fails_or_takes_too_long_is_recorded_and_the_next_goes_on(here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sleeps.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    monkeypatch.setattr(gpu, "CHECKS", (FAILS, SLEEPS, CARD))
    entries = run(tmp_path, 5, True, (), None).entries
    assert [entry.state for entry in entries] == ["failed", "out of time", "done"]
    assert "status 2 and no result" in entries[0].error and "usage:" in entries[0].output
    assert entries[1].error == "it had not ended after 1 s" and entries[1].seconds < 20
    assert json.loads((tmp_path / "report.json").read_text())["checks"][1]["state"] == "out of time"
    assert "| fails: it knows no such option | FAILED |" in (tmp_path / "report.md").read_text()


def test_with_no_time_left_no_check_is_begun(here: None, tmp_path: Path) -> None:
    entries = run(tmp_path, 0.1, True, (), None).entries
    assert len(entries) == len(CHECKS) and {entry.state for entry in entries} == {"skipped"}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_a_whole_report_and_no_check_at_work(how: signal.Signals, tmp_path: Path) -> None:
    command = [*MODULE, "--out", tmp_path, "--tiny", "--only", "card", "click-int8", "click-bfloat16"]
    running = subprocess.Popen(command, cwd=ROOT, env=at_root(), stderr=subprocess.PIPE, text=True)
    path = tmp_path / "report.json"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (path.is_file() and json.loads(path.read_text())["checks"]):
            time.sleep(0.02)
        # What the first one measured is told to the next, which is therefore started a moment after the report is written.
        while time.monotonic() < deadline and not (checks := psutil.Process(running.pid).children()):
            time.sleep(0.02)
        assert checks, "the next is at work, and one gets ready"
    finally:
        running.send_signal(how)
        said = running.communicate()[1]
    entry = json.loads(path.read_text())["checks"][0]
    assert entry["name"] == "card" and entry["state"] == "done" and "## card" in (tmp_path / "report.md").read_text()
    assert psutil.wait_procs(checks, timeout=30)[1] == [], "they would hold a card's memory for nobody"
    if how == signal.SIGTERM:
        assert said == f"deskhand: stopped; the report so far is {tmp_path / 'report.md'}\n" and running.returncode == 130


def test_what_was_measured_once_is_kept(tmp_path: Path) -> None:
    for number in range(3):
        put_aside(tmp_path)
        Report(tmp_path, f"run {number}").add(Entry("profile-nf4", "…", "done", result={"text": f"kernels {number}"}))
    names = ["profile-nf4.txt", "report.json", "report.md"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["earlier-1", "earlier-2", *names]
    for number, folder in enumerate((tmp_path / "earlier-1", tmp_path / "earlier-2", tmp_path)):
        assert (folder / "profile-nf4.txt").read_text() == f"kernels {number}"
        assert json.loads((folder / "report.json").read_text())["heading"] == f"run {number}"


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["--minutes", "0"], 2, "--minutes"),
        (["--minutes", "nan"], 2, "--minutes"),
        (["--minutes", "inf"], 2, "--minutes"),
        (["--only", "nothing"], 2, "--only"),
        (["--train", "absent.yaml"], 2, "there is no such file"),
        (["--out", __file__], 1, "no report can be written to"),
    ],
)
def test_wrong_usage(words: list[str], status: int, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        found = main(["--out", str(tmp_path / "report"), "--tiny", *words])
    except SystemExit as stop:
        found = int(str(stop.code))
    assert found == status and complaint in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "report").exists()


def test_without_a_gpu_it_says_so_and_offers_the_dry_run(here: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert not torch.cuda.is_available()
    with pytest.raises(NoDevice):
        device_of(tiny=False)
    assert main(["--out", str(tmp_path)]) == 1
    said = capfd.readouterr().err
    assert "finds no CUDA device: use --tiny for a dry run on the processor" in said and said.count("\n") == 1
    (entry,) = json.loads((tmp_path / "report.json").read_text())["checks"]
    assert entry["state"] == "no device"


@pytest.mark.parametrize(("found", "status"), [("4.57.0", 1), ("5.16.2", 1), ("6.0.0", 1), ("5.17.0", 0), ("5.23.0", 0), ("5.24.1", 0)])
def test_a_wrong_transformers_is_refused(
    found: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "version", lambda name: found)
    monkeypatch.setattr(gpu, "CHECKS", ())
    assert main(["--out", str(tmp_path), "--tiny"]) == status
    said = capsys.readouterr().err
    assert ("the model needs 5.17 to 5.23" in said) == bool(status) and ("is newer than" in said) == (found == "5.24.1")


def test_no_transformers_at_all_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(gpu, "version", version)
    assert main(["--out", str(tmp_path), "--tiny"]) == 1
    assert capsys.readouterr().err == "deskhand: transformers is not installed, the model needs 5.17 to 5.23: install one of these\n"


@pytest.mark.parametrize("kind", [NoRoom, torch.OutOfMemoryError])
def test_a_check_without_room_is_skipped_with_the_figure(kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether that was computed before it began, or found out at work."""
    read, write = os.pipe()
    os.write(write, b"go\n")
    with os.fdopen(read) as given:
        monkeypatch.setattr(sys, "stdin", given)

        def work() -> dict[str, Any]:
            raise kind("random weights, full, need about 29.7 GiB, 22.0 GiB are free")

        assert child.run(tmp_path / "x.json", work) == 1
        os.close(write)
    made = json.loads((tmp_path / "x.json").read_text())
    assert made == {"state": "skipped", "error": "random weights, full, need about 29.7 GiB, 22.0 GiB are free"}


def test_the_floors_of_the_published_model() -> None:
    """As computed by hand for 4,000 tokens: 120.4 TFLOP with all layers and the tower; 28.3 GB a token in bfloat16, 8.7 GB in NF4."""
    config = published_config({"bos": 0, "eos": 1, "pad": 2})
    work = work_of(config, None, 4000)
    assert work.tower + work.prefill * 40 / 39 == pytest.approx(120.4e12, rel=0.02)
    cache = 4000 * 200 * 1024
    assert work.a_pass - cache == pytest.approx(28.3e9, rel=0.01)
    four_bit = work_of(config, "nf4", 4000)
    assert four_bit.a_pass - cache == pytest.approx(8.7e9, rel=0.01) and four_bit.prefill == work.prefill
    floors = floors_of(work, Rates(4.8e12, 790e12))
    assert floors.prefill + floors.tower == pytest.approx(0.152, rel=0.03) and floors.a_pass == pytest.approx(6.06e-3, rel=0.01)
    assert floors.click(4) == pytest.approx(floors.tower + floors.prefill + 4 * floors.a_pass)
    assert 0.005 < floors_of(four_bit, Rates(4.8e12, 790e12)).unpack < 0.008


def test_kernels_and_gaps() -> None:
    kernels = [Kernel("a", 0.0, 1.0), Kernel("b", 0.5, 2.0), Kernel("d", 3.0, 4.0), Kernel("c", 2.00001, 2.5), Kernel("e", 3.2, 3.3)]
    busy, gaps = busy_and_gaps(kernels)
    assert busy == pytest.approx(2.0 + 0.49999 + 1.0)
    assert [(gap.before, gap.after) for gap in gaps] == [("c", "d")] and gaps[0].seconds == pytest.approx(0.5)
    assert busy_and_gaps([]) == (0.0, [])


def test_a_wrong_4_bit_kernel_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels.check_nf4(CPU, True)["worst"] < kernels.CLOSE
    right = kernels.unpacked
    monkeypatch.setattr(kernels, "unpacked", lambda packed: right(packed).flip(0))
    with pytest.raises(AssertionError, match="a 4-bit product differs by"):
        kernels.check_nf4(CPU, True)


def test_a_wrong_recording_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = RepeatedPasses.rows

    def rows(self: RepeatedPasses, *arguments: Any) -> torch.Tensor:
        found = honest(self, *arguments)
        return found if arguments[0].length < 330 else found.roll(1, -1)

    monkeypatch.setattr(RepeatedPasses, "rows", rows)
    with pytest.raises(AssertionError, match="from the model's own way"):
        kernels.check_graphs(CPU, True)


def test_a_slice_has_the_published_widths(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = torch.nn.Parameter(torch.zeros(1), requires_grad=False)
    monkeypatch.setattr(random_weights, "_made", lambda *_: empty)
    monkeypatch.setattr(random_weights, "_check_room", lambda *_: None)
    config = random_checkpoint("slice", None, CPU).model.config
    assert (config.hidden_size, config.num_hidden_layers, config.vision_config.num_hidden_layers) == (5120, 2, 2)


def test_large_files_travel_in_pieces(tmp_path: Path) -> None:
    whole = os.urandom(1000)
    (tmp_path / "w.safetensors").write_bytes(whole)
    lines = cut(tmp_path / "w.safetensors", 300)
    pieces = sorted(tmp_path.iterdir())
    assert [path.name for path in pieces] == [f"w.safetensors.{number:02d}" for number in range(4)]
    assert b"".join(path.read_bytes() for path in pieces) == whole and len(lines) == 5
    assert cut(pieces[0], 300) == ["w.safetensors.00: 300 bytes"] and pieces[0].is_file()
    join(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"] and (tmp_path / "w.safetensors").read_bytes() == whole
    cut(tmp_path / "w.safetensors", 300)
    (tmp_path / "w.safetensors").write_bytes(b"newer")
    join(tmp_path)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"newer"], "old pieces do not outlive what replaced them"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_stage_goes_on_where_it_was_stopped_and_leaves_small_files(
    here: None, base: Path, shown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command itself, where nothing of a desktop can be imported; the checkpoint comes in pieces, as from another machine."""
    from training.stages.settings import read_stage
    from training.stages.trainer import run_stage

    blocked = tmp_path / "blocked"
    blocked.mkdir()
    for name in DESKTOP:
        (blocked / f"{name}.py").write_text(f"raise ImportError('{name} is not here')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(blocked), os.environ["PYTHONPATH"]]))
    monkeypatch.setattr(gpu, "CHECKS", ())
    monkeypatch.setattr(gpu, "PIECE", 20_000)
    config = tmp_path / "stage.yaml"
    config.write_text(yaml.safe_dump(stage_settings(base, shown, steps=3, save_every=50).model_dump(mode="json")))
    made_here(config)
    out = tmp_path / "report"
    run_stage(read_stage(config).model_copy(update={"minutes": 1e-6}), out / "train")
    assert (out / "train" / "checkpoint-1").is_dir()
    for path in [path for path in out.rglob("*") if path.is_file()]:
        cut(path, 20_000)
    assert main(["--out", str(out), "--tiny", "--minutes", "5", "--train", str(config)]) == 0, (out / "report.md").read_text()
    (entry,) = json.loads((out / "report.json").read_text())["checks"]
    assert entry["state"] == "done" and "step 2 of 3" in entry["output"] and "step 1 of 3" not in entry["output"]
    assert entry["result"]["lines"][0] == "adapter_model.safetensors.00: 20000 bytes"
    assert max(path.stat().st_size for path in out.rglob("*") if path.is_file()) <= 20_000
    join(out / "train")
    assert (out / "train" / "checkpoint-3" / "optimizer.pt").is_file()


def test_a_stage_without_time_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "CHECKS", ())
    (tmp_path / "stage.yaml").touch()
    assert main(["--out", str(tmp_path), "--tiny", "--minutes", "1", "--train", str(tmp_path / "stage.yaml")]) == 1
    (entry,) = json.loads((tmp_path / "report.json").read_text())["checks"]
    assert entry["name"] == "train" and entry["state"] == "skipped" and not (tmp_path / "train").exists()
