"""The measurements: that they time the real calls, and that what they compare is the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from checkpoints import picture, write_checkpoint
from PIL import Image

import vlm.random_weights
from agent.cli import model_commands
from agent.cli.main import main
from agent.receipt import Candidate, Question
from agent.receipt import measure as measure_receipt
from recordings.errors import DeskhandError
from recordings.geometry import Box
from vlm.bench import measure
from vlm.engine import VisionLanguageModel, load
from vlm.plain import generate_plainly
from vlm.prepare import prepare
from vlm.prompts import ground_question
from vlm.random_weights import random_checkpoint
from vlm.sight import CUT
from vlm.sizes import GIB, Device

CPU = torch.device("cpu")


def test_plain_generate_gives_the_answer_that_the_engine_gives(tmp_path: Path) -> None:
    """In float32, since padding the picture sums in another order."""
    model = load(write_checkpoint(tmp_path), device="cpu", dtype=torch.float32)
    for seed, name in enumerate(("Save", "the second row", "")):
        image, question = picture(seed, (200, 120)), ground_question(name)
        text, tokens = generate_plainly(model.checkpoint, image, question, 40)
        assert text.strip() == model.look(image).ask(question, "nothink", limit=40).removesuffix(CUT)
        assert text and tokens <= 40


@pytest.mark.parametrize("quantization", [None, "int8", "nf4"])
def test_random_weights_in_the_published_layout_are_measured(quantization) -> None:
    model = VisionLanguageModel(random_checkpoint("tiny", quantization, CPU))
    kinds = {type(layer.mlp.down_proj).__name__ for layer in model.network.model.layers}
    assert kinds == {{None: "Linear", "int8": "Linear8bitLt", "nf4": "Linear4bit"}[quantization]}
    assert model.network.model.mm_projector[0].weight.dtype == torch.bfloat16
    screens = [(picture(seed, (320, 240)), "Save", "Open") for seed in range(3)]
    found = measure(model, screens, fixed_length=True)
    phases = found["phases"]
    assert phases["preprocess"]["tokens"] == phases["tower"]["tokens"] == 20 * 15
    assert 300 < phases["prefill"]["tokens"] < 310
    assert phases["decode"]["passes"] < phases["generate"]["tokens"]
    assert len(found["ground"]) == 2, "the first screen is for warming up"
    parts = sum(phases[name]["seconds"] for name in ("preprocess", "tower", "prefill", "decode"))
    assert parts == pytest.approx(sum(found["ground"]) / 2, rel=0.5)
    assert found["same_answers"] is None
    assert found["peak_memory"] > found["weights"] > 0
    json.dumps(found)


def test_bench_on_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(model_commands, "_time_capture", lambda arguments, size: (0.01, []))
    command = ["model", "bench", "--random", "tiny", "--repeats", "1", "--size", "480x320"]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["phases"]) == ["capture", "preprocess", "tower", "prefill", "decode", "generate", "one token"]
    assert found["ratios"]["generate_over_ground"] > 0
    assert found["ratios"]["first_over_second"] > 0
    assert main(command) == 0
    assert "generate_over_ground: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "free", "hint"),
    [
        ((), 20, r"--quantization int8 \(needs 17"),
        (("--quantization", "int8"), 13, r"--quantization nf4 \(needs 11"),
        ((), 8, "--random tiny"),
    ],
)
def test_random_weights_that_do_not_fit_are_not_begun(
    options: tuple[str, ...], free: int, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vlm.random_weights, "device_at", lambda place: Device("this machine", "host", 32 * GIB, free * GIB))
    monkeypatch.setattr(vlm.random_weights, "_made", lambda *_: pytest.fail("making began"))
    assert main(["model", "bench", "--random", "full", *options]) == 1
    error = capsys.readouterr().err
    assert re.search(rf"random weights, full, need about .* {free}.0 GiB are free on this machine: .*{hint}", error)
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("bench --random tiny --model nf4", "leave out --model"),
        ("bench --random tiny --adapter nowhere", "no use for --adapter here: leave it out"),
        ("bench --random tiny --dtype float32", "bfloat16 only"),
        *((f"{verb} --adapter nowhere", "deskhand model merge") for verb in ("bench", "receipt", "info")),
        *((f"{verb} --model http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1 is a server") for verb in ("bench", "receipt", "info")),
        *((f"{verb} http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1 is a server") for verb in ("receipt", "info")),
    ],
)
def test_what_cannot_be_measured_is_wrong_usage(words: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(["model", *words.split()])
    except SystemExit as left:
        status = int(left.code or 0)
    assert status == 2
    assert complaint in capsys.readouterr().err


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> list[Question]:
    folder = tmp_path_factory.mktemp("probe")
    questions = []
    for number in range(2):
        picture(number).save(folder / f"{number}.png")
        everywhere, nowhere = Box(x1=0, y1=0, x2=1, y2=1), Box(x1=0, y1=0, x2=0, y2=0)
        questions += [Question(folder / f"{number}.png", words, box) for words, box in (("Save", everywhere), ("Open", nowhere))]
    return questions


def test_a_receipt_counts_hits_memory_and_seconds_of_each_form(probe: list[Question], tmp_path: Path) -> None:
    folder = str(write_checkpoint(tmp_path / "model", hidden_size=64, intermediate_size=128))
    rows = measure_receipt([Candidate("bfloat16", folder, None), Candidate("nf4", folder, "nf4"), Candidate("again", folder, None)], probe)
    assert [(row["name"], row["n"]) for row in rows] == [("bfloat16", 4), ("nf4", 4), ("again", 4)]
    first, four_bit, again = rows
    assert first["hits"] >= 2, "every point lies somewhere"
    assert first["interval"][0] < first["rate"] <= first["interval"][1]
    assert first["as_first"] == again["as_first"] == 4
    assert four_bit["weights"] < first["weights"] == again["weights"]
    assert all(row["seconds_per_click"] > 0 and row["peak_memory"] > row["weights"] for row in rows)
    with pytest.raises(DeskhandError, match="nothing to point at"):
        measure_receipt([Candidate("bfloat16", folder, None)], [])


def test_a_receipt_looks_at_every_form_before_it_measures_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, four_bit, cut = write_checkpoint(tmp_path / "whole"), tmp_path / "nf4", write_checkpoint(tmp_path / "cut")
    prepare(str(whole), four_bit, "nf4")
    (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:-1])
    monkeypatch.setattr(model_commands, "_questions", lambda *_: pytest.fail("measuring began"))
    for words, complaint in (
        (("--model", str(four_bit)), f"{four_bit}: it is stored as nf4 and cannot become int8"),
        ((str(whole), str(tmp_path / "absent")), "there is no such folder"),
        ((str(whole), str(cut)), "model.safetensors has"),
    ):
        assert main(["model", "receipt", *words]) == 1
        assert complaint in capsys.readouterr().err


def test_receipt_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from training.screens import generate

    generate("drawn", 1, tmp_path / "screens", 4, (320, 240))
    assert Image.open(next((tmp_path / "screens").rglob("*.png"))).size == (320, 240)
    folder = str(write_checkpoint(tmp_path / "model", hidden_size=64, intermediate_size=128))
    assert main(["model", "receipt", "--model", folder, "--on", str(tmp_path / "screens"), "--count", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["as", "bfloat16", "int8", "nf4", "peak:"]
    assert all("of 2" in line for line in lines[1:4])
