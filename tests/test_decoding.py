"""Prefill, guessed tokens and the cache, below the engine."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from checkpoints import tiny_model

from vlm.cache import PrefixCache
from vlm.decoding import _choose, coordinate_confidence, decode, guess_ahead, prefill
from vlm.grammar import GrammarCompiler, box_grammar
from vlm.stand_in_tokenizer import build_tokenizer


class Scripted:
    """In place of a network: the token after position p is the script's, whatever came before. Counts as the decoder would."""

    device = torch.device("cpu")

    def __init__(self, script: list[int], width: int = 100) -> None:
        self.script, self.width = script, width
        self.fed: list[int] = []

    def __call__(self, input_ids: torch.Tensor, past_key_values: PrefixCache, logits_to_keep: int, **_: object) -> SimpleNamespace:
        start, count = past_key_values.length, input_ids.shape[1]
        past_key_values.layers[0].update(torch.zeros(1, 1, count, 1), torch.zeros(1, 1, count, 1))
        self.fed[start:] = input_ids[0].tolist()
        following = [self.script[at + 1] for at in range(start, start + count)][-logits_to_keep:]
        return SimpleNamespace(logits=torch.nn.functional.one_hot(torch.tensor(following), self.width).float()[None] * 9)


def test_copied_tokens_are_guessed_and_spare_passes() -> None:
    plan, other = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19], [10, 11, 12, 55, 14, 15, 16, 17]
    script = [*plan, 1, 2, *plan[:6], 3, *other, 4, 99] + [0] * 20
    network, cache = Scripted(script), PrefixCache(1)
    done = decode(network, cache, script[:11], ends=[99], limit=50)  # type: ignore[arg-type]
    assert done.tokens == script[11 : script.index(99)]
    assert done.complete
    assert done.passes == len(done.tokens) + 1 - 6
    assert network.fed[: cache.length] == script[: cache.length]
    assert [*network.fed[: cache.length], *done.unfed] == script[: script.index(99)]


@pytest.mark.parametrize("box", ["[0.174, 0.868, 0.224, 0.977]", "[1.000, 0.868, 0.224, 1.000]"])
def test_a_coordinate_takes_one_pass(box: str) -> None:
    """That it begins with 0 is guessed, and what follows a 1 is forced: a pass for each choice would be eight."""
    tokenizer = build_tokenizer()
    compiler = GrammarCompiler(tokenizer, len(tokenizer), [tokenizer.eos_token_id])
    answer = compiler.tokenizer.tokenize_str(box)
    network = Scripted([7, 8, 9, *answer] + [0] * 20, width=compiler.tokenizer.vocab_size)
    for limit in range(1, len(answer) + 2):
        done = decode(network, PrefixCache(1), [7, 8, 9], ends=[99], limit=limit, constraint=compiler.start(box_grammar()))  # type: ignore[arg-type]
        # What is forced comes whole, and may go over a limit that falls into it.
        assert done.tokens[:limit] == answer[:limit]
    assert done.complete and done.tokens == answer
    assert done.passes == 4


@pytest.mark.parametrize("limit", range(1, 20))
def test_a_limit_is_kept_to_the_token_and_can_be_continued(limit: int) -> None:
    script = [10, 11, 12, 13, 10, 11, 12, 13, 10, 11, 12, 14, 10, 11, 12, 13, 10, 11, 12, 13, 10, 11, 5, 6, 7] + [0] * 20
    network, cache = Scripted(script), PrefixCache(1)
    done = decode(network, cache, script[:5], ends=[99], limit=limit)  # type: ignore[arg-type]
    assert done.tokens == script[5 : 5 + limit]
    assert not done.complete
    further = decode(network, cache, [*done.unfed], ends=[99], limit=3)  # type: ignore[arg-type]
    assert further.tokens == script[5 + limit : 8 + limit]


@pytest.mark.parametrize("many", [1, 2, 700, 5000, None])
def test_the_likeliest_of_the_allowed_is_chosen_and_its_chance_is_among_them(many: int | None) -> None:
    torch.manual_seed(3)
    for row in torch.randn(20, 5000) * 6:
        allowed = None
        masked = row
        if many is not None:
            allowed = np.zeros(5000, bool)
            allowed[torch.randperm(5000)[:many].numpy()] = True
            masked = row.masked_fill(~torch.from_numpy(allowed), -torch.inf)
        token, chance = _choose(row, allowed)
        assert token == int(masked.argmax())
        assert chance == pytest.approx(float(masked.softmax(0)[token]), rel=1e-4)


def test_guessing_takes_the_longest_recent_match() -> None:
    assert guess_ahead([1, 2, 3, 9, 1, 2, 4, 8, 1, 2], 2) == [4, 8]
    assert guess_ahead([5, 1, 2, 3, 7, 6, 1, 2, 3, 8, 5, 1, 2, 3], 1) == [7]
    assert guess_ahead([1, 2, 3, 4], 5) == []
    assert guess_ahead([7, 7, 7, 7], 2) == [7]
    assert guess_ahead([1, 2, 1, 2], 0) == []


def test_prefill_leaves_what_the_whole_decoder_would() -> None:
    network = tiny_model()
    inputs = torch.randn(40, 32)
    spared, whole = PrefixCache(3), PrefixCache(3)
    prefill(network, inputs, spared)
    with torch.no_grad():
        network.model(inputs_embeds=inputs[None], past_key_values=whole, use_cache=True)
    assert spared.length == whole.length == 40
    for ours, theirs in zip(spared.layers, whole.layers, strict=True):
        torch.testing.assert_close(ours.keys[:, :, :40], theirs.keys[:, :, :40])
        torch.testing.assert_close(ours.values[:, :, :40], theirs.values[:, :, :40])


def test_the_cache_grows_and_goes_back() -> None:
    network, cache = tiny_model(), PrefixCache(3)
    prefill(network, torch.randn(5, 32), cache)
    with torch.inference_mode():
        network.model(inputs_embeds=torch.randn(1, 700, 32), past_key_values=cache, use_cache=True)
    assert cache.length == 705
    cache.back_to(5)
    assert cache.length == 5
    with pytest.raises(ValueError, match="cannot go back"):
        cache.back_to(6)


def test_confidence_is_the_geometric_mean_over_the_coordinates() -> None:
    pieces = [b"then [0", b".5]; now [a]\n", b"click(x=", b"0.", b"174", b", y=0", b".", b"900", b")"]
    chances = [0.1, 0.2, 0.3, 1.0, 0.5, 1.0, 1.0, 0.32, 0.4]
    assert coordinate_confidence(pieces, chances) == pytest.approx(0.4)
    assert coordinate_confidence([b"fin", b"ish()"], [0.5, 0.5]) is None
