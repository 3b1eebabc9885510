"""A device without room for a second screenshot: the one before goes, with whatever else is there for speed alone."""

from __future__ import annotations

import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from checkpoints import picture, write_checkpoint

from vlm import sight
from vlm.benchmark.click import within
from vlm.cache import PrefixCache
from vlm.engine import OutOfMemory, VisionLanguageModel, load
from vlm.repeat import RepeatedPasses
from vlm.sizes import GIB


@pytest.fixture
def model(tmp_path: Path) -> VisionLanguageModel:
    model = load(write_checkpoint(tmp_path / "model"), device="cpu", dtype=torch.float32)
    model.repeated = RepeatedPasses(model.network, lambda step: step)
    return model


def holding(caches: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let memory do for so many caches that hold something; how many there were at each look."""
    alive: weakref.WeakSet[PrefixCache] = weakref.WeakSet()
    seen: list[int] = []
    honest = sight.read_pictures

    def read(network: Any, chunks: Any, pictures: Any, cache: PrefixCache, check: Any) -> None:
        alive.add(cache)
        seen.append(sum(each is cache or each.bytes > 0 for each in alive))
        if seen[-1] > caches:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 82.00 MiB.")
        honest(network, chunks, pictures, cache, check)

    monkeypatch.setattr(sight, "read_pictures", read)
    return seen


def test_the_screenshot_before_and_the_recordings_go(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [model.look(picture(number)).ground("x").box for number in range(3)]
    model.forget()
    model._spare.clear()
    seen = holding(1, monkeypatch)
    assert [model.look(picture(number)).ground("x").box for number in range(3)] == answers
    # The second look is tried twice, the third takes over the memory of the second.
    assert seen == [1, 2, 1, 1] and model.kept == 1 and model.repeated is None
    assert model.look(picture(2)) is model.look(picture(2)), "what is there now is still asked twice"


def test_where_memory_does_both_stay(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = holding(2, monkeypatch)
    first, _ = model.look(picture(1)), model.look(picture(2))
    assert model.look(picture(1)) is first and seen == [1, 2] and model.repeated is not None


def test_where_there_is_none_at_all_it_is_one_line(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    holding(0, monkeypatch)
    with pytest.raises(OutOfMemory, match="no memory is left for a picture of 24 tokens: lower --budget, or free some of it"):
        model.look(picture(1))


def test_the_report_tells_what_a_small_card_would_do(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=4 * GIB))
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda share, device: shares.append(share))
    pictures = [(picture(number), "x", "y") for number in range(3)]
    cpu = torch.device("cpu")
    model._spare.clear()
    holding(1, monkeypatch)
    said = within(model, cpu, GIB, pictures)
    assert said.startswith("with 1.0 GiB of memory and no more: clicks ") and said.endswith("screenshots kept 1, passes made anew")
    holding(0, monkeypatch)
    assert "not done (no memory is left for a picture" in within(model, cpu, GIB, pictures) and shares == [0.25, 1.0] * 2
