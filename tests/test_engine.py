"""The engine on a tiny random model: everything that spares work leaves the answer as the plain way computes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from checkpoints import picture, write_checkpoint
from PIL import Image

from recordings.action import Click
from recordings.episode import Step
from vlm import sight as sights
from vlm.answer import ContextOverflow, Interrupted
from vlm.decoding import Decoded, decode
from vlm.engine import VisionLanguageModel, load
from vlm.grammar import Constraint, action_grammar, action_pattern, box_grammar
from vlm.images import ImageError, ImageProcessor
from vlm.loading import CheckpointError
from vlm.model import Phi4ForCausalLMV
from vlm.prompts import SPECIAL_TOKENS, act_question, ground_question
from vlm.sight import CUT, Sight

BARE = f"start: /{action_pattern()}/"
"""An action without a thought."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    return load(write_checkpoint(tmp_path_factory.mktemp("engine")), dtype=torch.float32)


@pytest.fixture(autouse=True)
def forget(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Random weights seldom end a thought.
    monkeypatch.setattr(sights, "ACTION_LIMIT", 40)
    yield
    model.stop_event = None
    model._sights.clear()


def whole_forward(model: VisionLanguageModel, images: list[Image.Image], question: str, answer: list[int]) -> torch.Tensor:
    """Logits after every token of the whole conversation, computed in one pass without any cache: [t, vocabulary]."""
    seen = [model.checkpoint.images.process(image) for image in images]
    place = model.checkpoint.tokenizer.convert_tokens_to_ids(SPECIAL_TOKENS["image"])
    chunks = model.chat.chunks(question, "nothink", len(images))
    ids = list(chunks[0])
    for chunk, image in zip(chunks[1:], seen, strict=True):
        ids += [place] * len(image.patches) + chunk
    with torch.no_grad():
        features = torch.cat([model.network.encode_image(torch.from_numpy(image.patches), image.grid) for image in seen])
        inputs = model.network.splice(torch.tensor([ids + answer]), features, place)
        logits: torch.Tensor = model.network(inputs_embeds=inputs, use_cache=False).logits[0]
    return logits[len(ids) - 1 :]


def plainly(model: VisionLanguageModel, images: list[Image.Image], question: str, constraint: Constraint | None, limit: int) -> Decoded:
    """Greedy decoding the slow way: a whole forward per token, nothing guessed, nothing reused."""
    done = Decoded()
    while len(done.tokens) < limit and not done.complete:
        forced = constraint.forced() if constraint else []
        row = whole_forward(model, images, question, done.tokens)[-1]
        if constraint:
            row = row.masked_fill(~torch.from_numpy(constraint.allowed()), -torch.inf)
        token = forced[0] if forced else int(row.argmax())
        if token in model.ends:
            done.complete = True
            break
        done.tokens.append(token)
        done.chances.append(1.0 if forced else float(row.softmax(0)[token]))
        if constraint:
            constraint.consume(token)
            done.complete = constraint.complete
    return done


def decoded_by(sight: Sight, question: str, grammar: str | None, limit: int) -> Decoded:
    model = sight._model
    prompt = model.chat.chunks(question, "nothink", sight._pictures)[-1]
    constraint = model.grammars.start(grammar) if grammar else None
    with sight._restored():
        return decode(model.network, sight._cache, prompt, ends=model.ends, limit=limit, constraint=constraint, copy_from=prompt)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("grammar", [None, box_grammar(), action_grammar()])
def test_decoding_equals_the_whole_forward(model: VisionLanguageModel, seed: int, grammar: str | None) -> None:
    image, question = picture(seed), f"question {seed} about a picture about a picture"
    fast = decoded_by(model.look(image), question, grammar, 40)
    slow = plainly(model, [image], question, model.grammars.start(grammar) if grammar else None, 40)
    assert fast.tokens == slow.tokens
    assert fast.complete == slow.complete
    torch.testing.assert_close(fast.chances, slow.chances, rtol=1e-3, atol=1e-4)


def test_logits_from_the_cache_equal_the_whole_forward(model: VisionLanguageModel) -> None:
    image, answer = picture(7), [11, 12, 13, 14, 15]
    expected = whole_forward(model, [image], "what?", answer)
    sight = model.look(image)
    prompt = model.chat.chunks("what?", "nothink")[-1]
    rows = []
    with torch.inference_mode(), sight._restored():
        for tokens in (prompt, answer[:1], answer[1:4], answer[4:]):
            logits = model.network(input_ids=torch.tensor([tokens]), past_key_values=sight._cache, use_cache=True).logits[0]
            rows.append(logits if tokens is not prompt else logits[-1:])
    torch.testing.assert_close(torch.cat(rows), expected, rtol=1e-3, atol=1e-3)


def test_a_second_question_reuses_the_prefix_and_answers_as_from_scratch(
    model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[int, int]] = []
    encode = Phi4ForCausalLMV.encode_image
    monkeypatch.setattr(Phi4ForCausalLMV, "encode_image", lambda self, patches, grid: looked.append(grid) or encode(self, patches, grid))
    image = picture(1)
    sight = model.look(image)
    first = sight.ground("the first thing")
    sight.act("do something else in between", [])
    second = sight.ground("the second thing")
    assert model.look(image.copy()) is sight
    assert sight.ground("the first thing").box == first.box
    assert len(looked) == 1
    model._sights.clear()
    fresh = model.look(image).ground("the second thing")
    assert len(looked) == 2
    assert fresh.box == second.box
    assert fresh.confidence == pytest.approx(second.confidence, rel=1e-3)


def test_a_picture_is_recognised_without_being_processed(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    processed: list[Image.Image] = []
    process = ImageProcessor.process
    monkeypatch.setattr(ImageProcessor, "process", lambda self, image, budget=None: processed.append(image) or process(self, image, budget))
    image = picture(1)
    sight = model.look(image)
    assert model.look(image.copy()) is model.look(image.convert("RGBA")) is sight and len(processed) == 1
    assert model.look([image, image]) is not sight and len(processed) == 3
    # Other pixels in the same object, or the same pixels in another shape or under another budget, are another picture.
    image.putpixel((0, 0), (1, 2, 3))
    changed = model.look(image)
    tall = Image.frombytes("RGB", image.size[::-1], image.tobytes())
    others = {sight, changed, model.look(tall), model.look(image, budget=4)}
    assert len(others) == 4 and len(processed) == 6


def test_what_looks_the_same_once_processed_shares_a_sight(model: VisionLanguageModel) -> None:
    even = Image.new("RGB", (300, 200), (10, 20, 30))
    sharper = even.resize((600, 400))
    sight = model.look(even)
    assert model.look(sharper) is sight and sight.images == [sharper]
    assert model.look(sharper) is sight


def test_only_the_latest_sights_are_kept(model: VisionLanguageModel) -> None:
    first, second = model.look(picture(1)), model.look(picture(2))
    assert model.look(picture(1)) is first
    model.look(picture(3))
    assert model.look(picture(1)) is first
    assert model.look(picture(2)) is not second


def test_a_box_takes_fewer_passes_than_tokens(model: VisionLanguageModel) -> None:
    decoded = decoded_by(model.look(picture(4)), ground_question("anything"), box_grammar(), 99)
    assert decoded.complete
    assert decoded.passes <= 9 < 20 <= len(decoded.tokens)


def test_grounding_gives_a_box_its_centre_and_a_probability(model: VisionLanguageModel) -> None:
    for seed in range(3):
        found = model.look(picture(seed)).ground("start playback")
        assert found.point == found.box.center
        assert 0 < found.confidence < 1
        assert found.seconds > 0


def test_actions_carry_context_and_confidence_only_where_they_have_a_place(
    model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sights, "action_grammar", lambda *shape: BARE)
    seen = set()
    for seed in range(8):
        sight = model.look(picture(seed))
        prediction = sight.propose("Save the file", "coordinates")
        assert prediction.context_limit == 2048
        assert prediction.context_used is not None and prediction.context_used > sight.prefix_length
        assert (prediction.action is None) == (prediction.mistake is not None)
        if prediction.action is not None:
            seen.add(prediction.action.kind)
            assert (prediction.confidence is not None) == (prediction.action.kind in ("click", "move", "drag", "scroll"))
    assert seen


def test_an_answer_without_end_is_a_mistake(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sights, "ACTION_LIMIT", 3)
    prediction = model.look(picture(0)).act("Save", [])
    assert prediction.action is None
    assert prediction.mistake == "the answer did not end within 3 tokens"


def test_an_answer_that_the_limit_cuts_says_so(model: VisionLanguageModel) -> None:
    pieces: list[str] = []
    answer = model.look(picture(0)).ask("what?", mode="nothink", on_text=pieces.append, limit=5)
    assert answer.endswith(CUT)
    assert "".join(pieces).strip() == answer, "whoever reads along sees the cut, too"


def test_thinking_is_limited_and_then_the_answer_asked_for(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the thinking ends by itself or is cut, the answer equals that after the same thoughts from scratch."""
    monkeypatch.setattr(sights, "THINKING_LIMIT", 12)
    image = picture(5)
    sight = model.look(image)
    prediction = sight.act("Save", [], mode="think")
    assert prediction.text.startswith("<think>")
    tokenizer = model.checkpoint.tokenizer
    prompt = model.chat.chunks(act_question("Save", []), "think")[-1]
    close = tokenizer.convert_tokens_to_ids("</think>")
    with sight._restored():
        thought = decode(model.network, sight._cache, prompt, ends=[close, *model.ends], limit=12)
    scratch = Sight(model, [model.checkpoint.images.process(image)], 0.0)
    constraint = model.grammars.start(action_grammar(after_thinking=True))
    fresh = decode(
        model.network, scratch._cache, [*prompt, *thought.tokens, close], ends=model.ends, limit=sights.ACTION_LIMIT, constraint=constraint
    )
    assert prediction.text.endswith(tokenizer.decode(fresh.tokens, skip_special_tokens=True))


def test_thinking_in_a_short_context_leaves_room_for_the_answer(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that, thinking alone would fill the context."""
    sight = model.look(picture(5))
    prompt = model.chat.chunks("what?", "think")[-1]
    monkeypatch.setattr(model.network.config, "max_position_embeddings", sight.prefix_length + len(prompt) + 40)
    assert model.context_limit < sights.THINKING_LIMIT
    pieces: list[str] = []
    answer = sight.ask("what?", mode="think", on_text=pieces.append, limit=15)
    assert answer
    told = "".join(pieces)
    assert told.startswith(SPECIAL_TOKENS["think"]) and told.endswith(CUT)
    thought, _, said = told.partition(SPECIAL_TOKENS["end_think"] + "\n")
    assert len(model.checkpoint.tokenizer.encode(thought)) > 15, "it thought"
    assert said.strip() == answer


@pytest.mark.parametrize("chosen", ["think", "nothink", None])
def test_the_model_may_choose_its_mode(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch, chosen: str | None) -> None:
    """The first token decides; here a bias makes the random model prefer one."""
    monkeypatch.setattr(sights, "THINKING_LIMIT", 8)
    token = model.chat.ids[chosen] if chosen else model.checkpoint.tokenizer.encode("x")[0]
    forward, passes = Phi4ForCausalLMV.forward, [0]

    def biased(self: Phi4ForCausalLMV, *args: object, **kwargs: object) -> object:
        outputs = forward(self, *args, **kwargs)  # type: ignore[arg-type]
        passes[0] += 1
        if passes[0] == 1:
            outputs.logits[..., token] += 1000
        return outputs

    sight = model.look(picture(6))
    expected = {mode: sight.act("Save", [], mode=mode) for mode in ("think", "nothink")}
    monkeypatch.setattr(Phi4ForCausalLMV, "forward", biased)
    answer = sight.act("Save", [], mode="own")
    if chosen:
        assert answer.text == expected[chosen].text
    else:
        assert "<think>" not in answer.text
        assert answer.text


def test_overflow_is_an_error_and_leaves_the_sight_usable(model: VisionLanguageModel) -> None:
    sight = model.look(picture(0))
    before = sight.ground("x").box
    with pytest.raises(ContextOverflow, match=r"the question needs .* are left beside the pictures"):
        sight.act("long " * 1000, [])
    with pytest.raises(ContextOverflow, match="end of the context"):
        sight.ask("y" * (model.context_limit - sight.prefix_length - 40), mode="nothink")
    with pytest.raises(ContextOverflow, match=r"the pictures need .* lower --budget or show fewer"):
        model.look([picture(n, (128, 128)) for n in range(40)])
    assert sight.ground("x").box == before


def test_a_stop_event_interrupts_between_tokens_and_leaves_the_sight_usable(model: VisionLanguageModel) -> None:
    sight = model.look(picture(2))
    before = sight.ground("x").box
    model.stop_event = threading.Event()

    def stop(piece: str) -> None:
        assert model.stop_event is not None
        model.stop_event.set()

    with pytest.raises(Interrupted):
        sight.ask("what?", mode="nothink", on_text=stop)
    with pytest.raises(Interrupted):
        model.look(picture(3))
    model.stop_event.clear()
    assert sight.ground("x").box == before


def test_two_pictures_are_seen_in_order(model: VisionLanguageModel) -> None:
    before, after = picture(1), picture(2)
    sight = model.look([before, after])
    question = "What changed?"
    fast = decoded_by(sight, question, None, 20)
    assert fast.tokens == plainly(model, [before, after], question, None, 20).tokens
    assert model.look([after, before]) is not sight
    with pytest.raises(ValueError, match="no image"):
        model.look([])


def test_a_lower_budget_is_a_shorter_prefix(model: VisionLanguageModel) -> None:
    image = picture(0, (128, 128))
    assert model.look(image).prefix_length - model.look(image, budget=32).prefix_length >= 32
    with pytest.raises(ImageError, match="1×1"):
        model.look(Image.new("RGB", (1, 1)))


def test_questions_from_several_threads_do_not_mix(model: VisionLanguageModel) -> None:
    sight = model.look(picture(4))
    words = [f"element {number}" for number in range(6)]
    alone = [sight.ground(word).box for word in words]
    together: dict[str, object] = {}
    threads = [threading.Thread(target=lambda word=word: together.update({word: sight.ground(word).box})) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[word] for word in words] == alone


def test_a_broken_checkpoint_is_one_line(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="fetch the checkpoint again"):
        load(tmp_path)


def test_history_reaches_the_question(model: VisionLanguageModel) -> None:
    sight = model.look(picture(0))
    step = Step(index=0, prediction=sight.act("Save", []), action=Click(x=0.5, y=0.5), note="nothing changed")
    assert sight.act("Save", [step]).context_used != sight.act("Save", []).context_used
