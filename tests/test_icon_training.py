"""What the namer of icons is trained on and exported to. Drawings are made here: nothing is fetched."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from recordings.errors import DeskhandError
from training.generate.icons.drawings import Drawings, read_drawings
from training.generate.icons.examples import NONE, Examples
from training.generate.icons.names import file_name, name_of, words_of
from training.generate.icons.rendering import SIDE, render_svg
from training.generate.icons.sources import Source, find_packages, sources
from training.generate.icons.styles import of_one_colour, on_tile, outlined, restyle, shaded, skewed, weighed
from training.recipes.icons.export import set_confidence, to_onnx
from training.recipes.icons.network import JOINT, Convolution, IconNetwork, sigmoid_loss
from vlm.reading.icons.namer import Namer
from vlm.reading.icons.names import icon_names

NAMES = [name.name for name in icon_names()]
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect x="4" y="4" width="8" height="8" fill="#f00"/></svg>'


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("edit-undo-symbolic", "undo"), ("document-save", "save"), ("Trash_Can_Outline", "delete"), ("format-text-bold", "bold"),
        ("text-b-bold", "bold"), ("gtk-save-as", "save as"), ("stock_save", "save"), ("window-close", "close"), ("gear-fill", "settings"),
        ("go-next-rtl", "forward"), ("open-menu", "menu"), ("view-refresh", "refresh"), ("delete_24_regular", "delete"),
    ],
)  # fmt: skip
def test_one_thing_has_one_name_in_all_themes_and_sets(file: str, name: str) -> None:
    found = name_of(file_name(file))
    assert found is not None and NAMES[found] == name


def test_a_file_that_nobody_knows_keeps_its_own_words() -> None:
    assert name_of("frobnicator-extended") is None and words_of("frobnicator-extended-filled") == "frobnicator extended"


def test_sources_that_are_measured_with_are_never_trained_on_and_nothing_is_fetched_unasked(tmp_path: Path) -> None:
    by_use = {use: {source.kind for source in sources() if source.use == use} for use in ("train", "tune", "test")}
    assert by_use["test"] == {"theme", "web"} and sum(source.use == "test" and source.kind == "theme" for source in sources()) == 2
    assert len({source.name for source in sources()}) == len(sources()) and all(source.licence for source in sources())
    with pytest.raises(DeskhandError, match=r"training\.generate\.icons\.sources"):
        find_packages(tmp_path)


def test_a_set_of_one_file_is_drawn_by_its_names(tmp_path: Path) -> None:
    """A box of its own and that of its set; what cannot be drawn is left out."""
    body = '<path fill="currentColor" d="M0 0h{0}v{0}H0z"/>'
    icons = {
        "floppy-disk": {"body": body.format(24)},
        "frobnicator": {"body": body.format(8), "width": 8, "height": 8},
        "broken": {"body": "<"},
    }
    package = tmp_path / "package" / "icons.json"
    package.parent.mkdir()
    package.write_text(json.dumps({"icons": icons, "width": 24, "height": 24}))
    drawn = read_drawings(Source("set", "@iconify-json/set@1", "iconify", "MIT", "train"), tmp_path, tmp_path / "cache")
    assert drawn.names == ("floppy-disk", "frobnicator")
    assert (drawn.pixels[..., 3] == 255).all(), "each fills its box"


def drawings() -> list[Drawings]:
    drawn = render_svg(SQUARE, SIDE)
    assert drawn is not None
    pixels = np.stack([drawn, np.rot90(drawn).copy()])
    return [Drawings(sources()[0], ("document-save", "frobnicator"), pixels, np.array([[SIDE, SIDE]] * 2, np.uint8))]


def test_a_drawing_is_rendered_and_shown_in_many_ways_with_its_name() -> None:
    drawn = render_svg(SQUARE, 32)
    assert drawn is not None and drawn.shape == (32, 32, 4)
    assert tuple(drawn[16, 16]) == (255, 0, 0, 255) and drawn[2, 2, 3] == 0 and render_svg(b"<svg", 32) is None
    batch = Examples(drawings(), 3).draw(120)
    assert batch.pictures.shape == (120, 4, 40, 40) and 0 <= batch.pictures[:, 0].min() <= batch.pictures[:, 0].max() <= 1
    assert set(batch.names.tolist()) == {NONE, NAMES.index("save")} and set(batch.words) == {"", "frobnicator"}
    assert len({picture.tobytes() for picture in batch.pictures}) > 110
    assert np.array_equal(Examples(drawings(), 3).draw(120).pictures, batch.pictures)


def test_a_drawing_in_another_style_is_still_one_and_what_says_nothing_without_colours_keeps_them() -> None:
    drawn = render_svg(SQUARE, SIDE)
    assert drawn is not None and of_one_colour(drawn)
    two = drawn.copy()
    two[18:30, 18:30, :3] = 0, 0, 255
    assert not of_one_colour(two) and of_one_colour(np.zeros_like(drawn))
    rng = random.Random(5)
    for way in (weighed, outlined, shaded, on_tile, skewed, restyle):
        for icon in (drawn, two, drawn[:, :20].copy(), np.zeros_like(drawn)):
            for _ in range(8):
                made = way(icon, rng)
                assert made.dtype == np.uint8 and made.shape[2] == 4 and (made[..., 3].any() or not icon[..., 3].any() or way is restyle)
    assert all(_blue(on_tile(two, rng)) for _ in range(8)), "a tile without what is drawn inside would be another icon"
    assert any(hollow[24, 24, 3] == 0 < hollow[..., 3].max() for hollow in (outlined(drawn, rng) for _ in range(8)))
    plain, styled = (Examples(drawings(), 3, restyled=share).draw(40).pictures for share in (0.0, 1.0))
    assert not np.array_equal(plain, styled)


def _blue(icon: np.ndarray) -> bool:
    middle = icon[icon.shape[0] // 2, icon.shape[1] // 2].astype(int)
    return bool(middle[2] > middle[0] + 100)


def test_the_file_that_ships_says_what_the_network_does(tmp_path: Path) -> None:
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    portraits = rng.random((5, 4, 40, 40)).astype(np.float32)
    network, words = IconNetwork(576), torch.randn(len(NAMES), 576)
    for layer in network.modules():
        if isinstance(layer, Convolution):  # as after some training
            layer.norm.running_mean, layer.norm.running_var = torch.randn(layer.shape[0]) / 4, torch.rand(layer.shape[0]) + 0.5
            torch.nn.init.uniform_(layer.norm.weight, 0.5, 1.0)
            torch.nn.init.normal_(layer.norm.bias, 0, 0.2)
    network.eval()
    path = tmp_path / "icons.onnx"
    path.write_bytes(to_onnx(network, words, {"confidence": "1 0.5 -2", "run": "{}"}))
    with torch.no_grad():
        wanted = network(torch.from_numpy(portraits), words).numpy()
    scores = Namer(path).scores(portraits)
    assert scores.shape == (5, len(NAMES)) and np.abs(scores - wanted).max() < 0.05
    assert wanted.std(axis=0).mean() > 0.05, "pictures are told apart"
    assert network.encode_names(words).shape == (len(NAMES), JOINT)


def test_the_loss_counts_pairs_that_are_known_alone_and_confidence_follows_what_is_right() -> None:
    logits = torch.tensor([[4.0, -4.0, 0.0]])
    known = sigmoid_loss(logits, torch.tensor([[1.0, -1.0, 0.0]]))
    assert known < 0.05 < sigmoid_loss(logits, torch.tensor([[-1.0, 1.0, 0.0]]))
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(600, 6)).astype(np.float32)
    names = np.where(rng.random(600) < 1 / (1 + np.exp(-3 * (scores.max(axis=1) - 1))), scores.argmax(axis=1), 5 - scores.argmax(axis=1))
    first, _, offset = set_confidence(scores, names)
    assert first > 1 and offset < 0
