"""What the network that tells states learns from, and that it is run as it was trained."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from recordings.geometry import Box
from training.evaluation.states import main as evaluate
from training.screens.store import ScreenElement as Truth
from training.screens.store import read_screens, write_screens
from training.states.examples import NOTHING, answer_of, examples_of
from training.states.frameworks import FRAMEWORKS, KINDS
from training.states.pages import generate_pages
from training.states.train import Network, loss_of, resumed
from vlm.reading.reader import open_reader
from vlm.reading.reading import ScreenElement
from vlm.reading.states import CLASSES, HEIGHT, WIDTH, StateNetwork, TextLine

SIZE = (640, 360)


def line(text: str, left: int, top: int) -> TextLine:
    return TextLine.of(ScreenElement(text, Box.from_pixels(left, top, 8 * len(text), 13, SIZE), 1.0), SIZE)


def test_a_label_is_answered_for_by_what_it_belongs_to() -> None:
    box = Truth("Wrap", "check box", (20, 10, 160, 40), checked=True, enabled=True)
    switch = Truth("Dark", "switch", (560, 100, 600, 124), checked=False, enabled=False)
    plain = Truth("Hello", "label", (20, 250, 90, 280))
    entry = Truth("Ruler", "check menu item", (300, 200, 500, 224), checked=False, enabled=True)
    places = {"Wrap": (50, 18), "Dark": (40, 106), "Hello": (30, 258), "Ruler": (330, 206), "Stray": (500, 300)}
    lines = [line(text, *place) for text, place in places.items()]
    answers = [answer_of([box, switch, plain, entry], text, each, lines) for text, each in zip(places, lines, strict=True)]
    assert [None if one is None else (set(one.classes), one.before, one.enabled) for one in answers] == [
        ({"check box on"}, True, True), ({"switch off"}, False, False), ({"nothing"}, True, True),
        ({"nothing", "check box off"}, True, True), None,
    ]  # fmt: skip
    wrapped = [line("Wrap the long", 50, 12), line("lines", 50, 27)]
    long = Truth("Wrap the long lines", "check box", (20, 8, 160, 44), checked=True)
    assert answer_of([long], "lines", wrapped[1], wrapped) is None, "its mark stands above"
    assert answer_of([box], "Something else", lines[0], lines) is None, "the tree tells the places of a layout that is gone"


def test_a_page_teaches_what_its_script_says(tmp_path: Path) -> None:
    assert write_screens(tmp_path / "pages", islice(generate_pages(3), 4)) == 4
    reader = open_reader(threads=1)
    found = [example for screen in read_screens(tmp_path / "pages") for example in examples_of(screen, reader)]
    shown = {name for example in found for name in example.classes}
    assert len(found) > 60 and {"nothing", "check box on", "check box off"} <= shown <= set(CLASSES)
    assert sum(example.classes == NOTHING for example in found) < 0.8 * len(found)


def test_the_shipped_network_is_what_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = Network()
    crops = torch.randint(0, 255, (8, HEIGHT, WIDTH, 3), dtype=torch.uint8)
    pictures = crops.permute(0, 3, 1, 2).float() / 255 - 0.5
    model.train()(pictures)  # moves the normalisation's means
    model.eval()
    with torch.no_grad():
        expected = model(pictures).softmax(dim=1).numpy()
        named = {name: value.detach().numpy() for name, value in model.exported().items()}
        save_file(named | {"temperature": np.ones(1, np.float32)}, tmp_path / "weights.safetensors")
        again = resumed(tmp_path / "weights.safetensors").eval()(pictures).softmax(dim=1).numpy()
    assert np.allclose(StateNetwork(tmp_path / "weights.safetensors")(crops.numpy()), expected, atol=1e-4)
    assert np.allclose(again, expected, atol=1e-4)


def test_an_answer_that_leaves_open_what_it_is_costs_nothing_for_either() -> None:
    scores = torch.zeros(3, len(CLASSES))
    scores[0, 0] = scores[1, 1] = scores[2, 2] = 20.0
    masks = torch.zeros(3, len(CLASSES), dtype=torch.bool)
    masks[:, :2] = True
    first, second, other = loss_of(scores, masks).tolist()
    assert first < 1e-3 and second < 1e-3 and other > 10


def test_each_framework_says_how_a_box_and_a_radio_button_are_written() -> None:
    for name, one in FRAMEWORKS.items():
        assert {"check box", "radio button"} <= {kind for kind in KINDS if kind in one}, name
        assert one["package"].rpartition("@")[2][0].isdigit() and all("{n}" in one[kind]["markup"] for kind in KINDS if kind in one)


def test_the_measure_tells_right_from_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_screens(tmp_path / "pages", islice(generate_pages(5), 1))
    assert evaluate([str(tmp_path / "pages"), "--misses"]) == 0
    assert '"rate"' in capsys.readouterr().out
    assert evaluate([str(tmp_path / "none")]) == 1
    assert "holds no screens.jsonl" in capsys.readouterr().err
