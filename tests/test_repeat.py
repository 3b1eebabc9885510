"""Recorded passes: what a CUDA graph would repeat is the pass itself, wherever the cache stands.

No GPU is needed: a recorder of the test notes each operation with the very tensors it read and wrote, and repeats them on these, which is
what a graph does. Whatever else Python decided while recording is not decided again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from checkpoints import picture, tiny_model, write_checkpoint
from PIL import Image
from torch.utils._python_dispatch import TorchDispatchMode
from transformers.masking_utils import create_causal_mask
from transformers.models.phi3.modeling_phi3 import apply_rotary_pos_emb

from recordings.geometry import Box
from vlm.cache import PrefixCache
from vlm.decoding import decode, prefill
from vlm.engine import VisionLanguageModel, load
from vlm.random_weights import random_checkpoint
from vlm.repeat import WIDTHS, GraphRecorder, RepeatedPasses, rotated

LIBRARY = torch.ops.aten


class Notes(TorchDispatchMode):
    """Notes every operation below it."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, tuple[Any, ...], dict[str, Any], Any]] = []

    def __torch_dispatch__(
        self, operation: Any, types: object, arguments: tuple[Any, ...] = (), given: dict[str, Any] | None = None
    ) -> Any:
        # These bring a value back to Python, for which a GPU must be waited for: no graph can hold one.
        assert operation not in (LIBRARY._local_scalar_dense.default, LIBRARY.nonzero.default, LIBRARY.equal.default), operation
        made = operation(*arguments, **(given or {}))
        self.operations.append((operation, arguments, given or {}, made))
        return made

    def repeat(self) -> None:
        for operation, arguments, given, made in self.operations:
            again = operation(*arguments, **given)
            for old, new in zip(_tensors(made), _tensors(again), strict=True):
                # A view, or what was changed in place, is where it was already.
                if old.untyped_storage().data_ptr() != new.untyped_storage().data_ptr():
                    old.copy_(new)


def _tensors(made: Any) -> list[torch.Tensor]:
    return [each for each in (made if isinstance(made, (tuple, list)) else [made]) if isinstance(each, torch.Tensor)]


class Recorder:
    def __init__(self) -> None:
        self.recorded = 0

    def __call__(self, step: Callable[[], None]) -> Callable[[], object]:
        self.recorded += 1
        notes = Notes()
        with notes:
            step()
        return notes.repeat


def filled(model: Any, tokens: int, seed: int) -> PrefixCache:
    """A cache that holds random embeddings."""
    torch.manual_seed(seed)
    cache = PrefixCache(model.config.num_hidden_layers)
    prefill(model, torch.randn(tokens, model.config.hidden_size), cache)
    return cache


def room_of(cache: PrefixCache) -> int:
    keys = cache.layers[0].keys
    assert isinstance(keys, torch.Tensor)
    return keys.shape[2]


@torch.inference_mode()
def usual(model: Any, cache: PrefixCache, tokens: list[int], keep: int) -> torch.Tensor:
    places = torch.arange(cache.length, cache.length + len(tokens))[None]
    given = {"input_ids": torch.tensor([tokens]), "position_ids": places, "past_key_values": cache, "use_cache": True}
    logits: torch.Tensor = model(**given, logits_to_keep=keep).logits[0]
    return logits


@pytest.mark.parametrize("heads", [2, 4], ids=["shared keys", "a key for each"])
@torch.inference_mode()
def test_a_repeated_pass_is_the_pass(heads: int) -> None:
    model = tiny_model(num_key_value_heads=heads)
    recorder = Recorder()
    passes = RepeatedPasses(model, recorder)
    one, other = filled(model, 40, 1), filled(model, 40, 1)
    torch.manual_seed(2)
    for count, keep, back in (
        (1, 1, 0),
        (3, 2, 1),
        (1, 1, 0),
        (4, 4, 0),
        (7, 3, 4),
        (1, 1, 0),
        (16, 16, 9),
        (2, 1, 0),
        (30, 3, 0),
        (40, 40, 7),
    ):
        tokens = torch.randint(5, 300, (count,)).tolist()
        expected, found = usual(model, other, tokens, keep), passes.rows(one, tokens, keep)
        assert found.shape == expected.shape
        assert torch.allclose(found, expected, atol=1e-4), f"{(found - expected).abs().max()} for {count} tokens at {other.length}"
        assert one.length == other.length
        for cache in (one, other):
            cache.back_to(cache.length - back)
    assert recorder.recorded == len(WIDTHS), "each width is recorded once"


@torch.inference_mode()
def test_a_pass_that_comes_once_does_not_wait_for_a_recording() -> None:
    model, recorder = tiny_model(), Recorder()
    passes = RepeatedPasses(model, recorder)
    one, other = filled(model, 30, 1), filled(model, 30, 1)
    counted = []
    for count in (1, 3, 1, 1, 9, 4):
        tokens = list(range(5, 5 + count))
        assert torch.allclose(passes.rows(one, tokens, count), usual(model, other, tokens, count), atol=1e-4)
        counted.append(recorder.recorded)
    assert counted == [0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_rotation_is_the_library_s_to_the_bit(dtype: torch.dtype, share: float) -> None:
    torch.manual_seed(4)
    width = int(32 * share)
    both = torch.randn(2, 9, 7, 32).to(dtype).transpose(1, 2)
    angles = torch.randn(2, 9, width // 2).repeat(1, 1, 2)
    cosine, sine = angles.cos().to(dtype), angles.sin().to(dtype)
    asked, keys = apply_rotary_pos_emb(both[:, :5], both[:, 5:], cosine, sine)
    assert torch.equal(rotated(both, cosine, sine), torch.cat([asked, keys], dim=1))


PREFILLED: dict[str, Callable[[], Any]] = {
    "float32": lambda: tiny_model(spread=0.1),
    "bfloat16": lambda: tiny_model(spread=0.1).to(torch.bfloat16),
    "half turned": lambda: tiny_model(spread=0.1, partial_rotary_factor=0.5).to(torch.bfloat16),
    "eager": lambda: tiny_model(spread=0.1, attn_implementation="eager"),
    "nf4": lambda: random_checkpoint("tiny", "nf4", torch.device("cpu")).model,
    "int8": lambda: random_checkpoint("tiny", "int8", torch.device("cpu")).model,
}


@torch.inference_mode()
@pytest.mark.parametrize("kind", PREFILLED)
def test_a_prefill_is_the_library_s_to_the_bit(kind: str) -> None:
    """The last layer's keys and values, too, which come out of all that is before them."""
    model = PREFILLED[kind]()
    torch.manual_seed(2)
    inputs = torch.randn(61, model.config.hidden_size).to(model.dtype)
    places = torch.arange(61)[None]
    ours, theirs = PrefixCache(model.config.num_hidden_layers), PrefixCache(model.config.num_hidden_layers)
    prefill(model, inputs, ours)
    mask = create_causal_mask(model.config, inputs[None], None, theirs, position_ids=places)
    rotary = model.model.rotary_emb(inputs[None], position_ids=places)
    hidden = inputs[None]
    for layer in model.model.layers:
        hidden = layer(hidden, mask, position_ids=places, past_key_values=theirs, position_embeddings=rotary)
    for one, other in zip(ours.layers, theirs.layers, strict=True):
        assert torch.equal(one.keys[:, :, :61], other.keys[:, :, :61]) and torch.equal(one.values[:, :, :61], other.values[:, :, :61])


def test_all_recordings_share_one_stream_and_one_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stream that products ran on keeps working memory of its own, for good."""
    made: list[object] = []
    used: list[tuple[object, object]] = []

    def stream() -> Any:
        made.append(SimpleNamespace(wait_stream=lambda other: None))
        return made[-1]

    def graph(recorded: Any, pool: object, stream: object) -> Any:
        used.append((pool, stream))
        return nullcontext()

    monkeypatch.setattr(torch.cuda, "Stream", stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: SimpleNamespace(wait_stream=lambda other: None))
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: SimpleNamespace(pool=lambda: "pool", replay=lambda: None))
    monkeypatch.setattr(torch.cuda, "graph", graph)
    recorder, steps = GraphRecorder(), []
    for number in range(3):
        recorder(partial(steps.append, number))
    assert steps == [0, 0, 1, 1, 2, 2], "once to set up, once recorded"
    assert used == [(None, made[0]), ("pool", made[0]), ("pool", made[0])] and len(made) == 1


@torch.inference_mode()
def test_a_cache_that_grew_and_another_cache_are_recorded_anew_and_one_that_is_gone_is_forgotten() -> None:
    model = tiny_model()
    recorder = Recorder()
    passes = RepeatedPasses(model, recorder)
    one, other = filled(model, 30, 1), filled(model, 30, 1)
    usual(model, other, [9], 1)
    passes.rows(one, [9], 1)
    for cache in (one, other):
        cache.forward_to(room_of(cache) - 2)
    while one.length < room_of(one):
        assert torch.allclose(passes.rows(one, [9], 1), usual(model, other, [9], 1), atol=1e-4)
    assert recorder.recorded == 1
    for number in (1, 2):
        same = torch.allclose(passes.rows(one, [9], 1), usual(model, other, [9], 1), atol=1e-4)
        assert same, f"token {number} in the new room"
        assert recorder.recorded == number
    third = filled(model, 30, 3)
    for _ in range(2):
        passes.rows(third, [9], 1)
    assert recorder.recorded == 3 and len(passes._recorded) == 2
    del third
    gc.collect()
    assert len(passes._recorded) == 1
    passes.forget()
    for _ in range(2):
        passes.rows(one, [9], 1)
    assert recorder.recorded == 4


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    return load(write_checkpoint(tmp_path_factory.mktemp("repeat")), dtype=torch.float32)


def answers(model: VisionLanguageModel, screen: Image.Image) -> tuple[Box, str]:
    sight = model.look(screen)
    return sight.ground("the second thing").box, sight.ask("what?", "nothink", limit=30)


def test_answers_are_the_same_and_the_memory_of_a_screenshot_that_is_gone_is_used_again(model: VisionLanguageModel) -> None:
    screens = [picture(seed) for seed in range(5)]
    assert model.repeated is None, "nothing is recorded on a processor"
    expected = [answers(model, screen) for screen in screens]
    model.forget()
    recorder = Recorder()
    model.repeated = RepeatedPasses(model.network, recorder)
    try:
        assert [answers(model, screen) for screen in screens] == expected
        caches = {id(sight._cache) for sight in model._sights.values()}
        assert len(caches) == 2, "two screenshots are kept"
        # Two of five screenshots had memory of their own, of which each width was recorded at most once.
        assert 2 <= recorder.recorded <= 2 * len(WIDTHS)
    finally:
        model.repeated = None
        model.forget()


def test_a_screenshot_that_somebody_still_holds_keeps_its_memory(model: VisionLanguageModel) -> None:
    model.forget()
    held = model.look(picture(0))
    before = held.ground("x").box
    for seed in range(1, 5):
        model.look(picture(seed)).ground("x")
    assert held not in model._sights.values()
    assert held.ground("x").box == before
    assert all(sight._cache is not held._cache for sight in model._sights.values())


def test_guesses_go_by_recordings_too(model: VisionLanguageModel) -> None:
    sight = model.look(picture(3))
    prompt = model.chat.chunks("say something", "nothink", 1)[-1]
    recorder = Recorder()

    def answer(repeated: RepeatedPasses | None) -> list[int]:
        with sight._restored():
            given: dict[str, Any] = {"ends": [], "limit": 60, "copy_from": prompt, "repeated": repeated}
            return decode(model.network, sight._cache, prompt, **given).tokens

    expected = answer(None)
    assert answer(RepeatedPasses(model.network, recorder)) == expected
    assert recorder.recorded >= 2, "passes of one token and of guesses"


@torch.inference_mode()
def test_what_cannot_be_recorded_is_computed_and_the_reason_kept() -> None:
    def refuse(step: Callable[[], None]) -> Callable[[], object]:
        raise RuntimeError("operation not permitted when stream is capturing\nmore of it")

    network = tiny_model()
    passes = RepeatedPasses(network, refuse)
    one, other = filled(network, 30, 1), filled(network, 30, 1)
    for tokens in ([9], [7, 8], [5]):
        assert torch.allclose(passes.rows(one, tokens, 1), usual(network, other, tokens, 1), atol=1e-4)
    assert passes.refusal == "operation not permitted when stream is capturing"


def test_only_a_gpu_repeats(tmp_path: Path) -> None:
    network = tiny_model()
    assert not RepeatedPasses.fits(network)
    with torch.device("meta"):
        assert not RepeatedPasses.fits(tiny_model())
