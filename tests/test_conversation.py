"""Conversations on a tiny random model: what is kept from turn to turn changes no answer, and what leaves the context is told."""

from __future__ import annotations

import threading

import pytest
import torch
from checkpoints import picture, write_checkpoint
from golden.material import TEMPLATE

from vlm.answer import ContextOverflow, Interrupted
from vlm.chat import ChatFormat, Role
from vlm.conversation import ANSWER_RESERVE, Conversation
from vlm.engine import VisionLanguageModel, load
from vlm.model import Phi4ForCausalLMV
from vlm.prompts import GONE, SPECIAL_TOKENS
from vlm.sight import CUT
from vlm.stand_in_tokenizer import build_tokenizer

CONTEXT = 800
"""Tokens: half a dozen pictures of 64 patches and the words around them."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    folder = write_checkpoint(tmp_path_factory.mktemp("conversation"), max_position_embeddings=CONTEXT)
    return load(folder, device="cpu", dtype=torch.float32)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The grids of the pictures that go through the tower."""
    seen: list[tuple[int, int]] = []
    encode = Phi4ForCausalLMV.encode_image
    monkeypatch.setattr(Phi4ForCausalLMV, "encode_image", lambda self, patches, grid: seen.append(grid) or encode(self, patches, grid))
    return seen


def anew(model: VisionLanguageModel, conversation: Conversation) -> Conversation:
    """The same conversation before anything of it was computed."""
    fresh = Conversation(model)
    fresh._turns = list(conversation._turns)
    return fresh


def plainly(model: VisionLanguageModel, conversation: Conversation, question: str, limit: int) -> str:
    """The answer to a question without pictures by one whole forward pass per token."""
    turns = [(turn.role, turn.text) for turn in conversation._turns]
    chunks = model.chat.turns([*turns, ("user", question)], "nothink")
    pictures = [each for turn in conversation._turns for each in turn.pictures]
    embed, tokens = model.network.get_input_embeddings(), list[int]()
    with torch.no_grad():
        prompt = [embed(torch.tensor(chunks[0]))]
        for shown, chunk in zip(pictures, chunks[1:], strict=True):
            prompt += [model.network.encode_image(torch.from_numpy(shown.patches), shown.grid), embed(torch.tensor(chunk))]
        while len(tokens) < limit:
            inputs = torch.cat([*prompt, embed(torch.tensor(tokens, dtype=torch.long))])
            token = int(model.network(inputs_embeds=inputs[None], use_cache=False).logits[0, -1].argmax())
            if token in model.ends:
                break
            tokens.append(token)
    return model.chat.decode(tokens).strip()


def test_answers_equal_those_without_any_cache(model: VisionLanguageModel, looks: list[tuple[int, int]]) -> None:
    conversation = Conversation(model)
    replies = [
        conversation.ask("hello", mode="nothink", limit=8),
        conversation.ask("what is this?", [picture(1), picture(2, (128, 64))], mode="nothink", limit=8),
        conversation.ask("and this?", [picture(3)], limit=8),
    ]
    assert len(looks) == 3, "each picture goes through the tower once"
    expected = plainly(model, conversation, "what was the first?", 10)
    assert anew(model, conversation).ask("what was the first?", mode="nothink", limit=10).text.removesuffix(CUT) == expected
    replies.append(conversation.ask("what was the first?", mode="nothink", limit=10))
    assert replies[-1].text.removesuffix(CUT) == expected
    used = [reply.context_used for reply in replies]
    assert used == sorted(used)
    assert {reply.context_limit for reply in replies} == {CONTEXT}
    assert not any(reply.evicted or reply.note for reply in replies)
    assert conversation.pictures == 3


def test_what_was_said_before_is_not_read_again(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = Conversation(model)
    conversation.ask("what is this?", [picture(1, (144, 96)), picture(2, (144, 96))], mode="nothink", limit=4)
    conversation.ask("one", mode="nothink", limit=4)
    read: list[int] = []
    forward = Phi4ForCausalLMV.forward

    def counting(self: Phi4ForCausalLMV, *args: object, **kwargs: object) -> object:
        given = kwargs.get("inputs_embeds", kwargs.get("input_ids"))
        assert isinstance(given, torch.Tensor)
        read.append(given.shape[1])
        return forward(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Phi4ForCausalLMV, "forward", counting)
    reply = conversation.ask("two", mode="nothink", limit=4)
    assert sum(read) < 80 < 160 < reply.context_used


def test_the_oldest_pictures_leave_in_chunks_and_the_reply_says_so(model: VisionLanguageModel, looks: list[tuple[int, int]]) -> None:
    conversation = Conversation(model)
    evicted = []
    for number in range(9):
        before = anew(model, conversation)
        reply = conversation.ask(f"screen {number}?", [picture(number, (128, 128))], mode="nothink", limit=4)
        assert reply.text == before.ask(f"screen {number}?", [picture(number, (128, 128))], mode="nothink", limit=4).text
        assert reply.context_used <= CONTEXT
        assert bool(reply.evicted) == bool(reply.note)
        if reply.evicted:
            assert str(reply.evicted) in reply.note or reply.evicted == 1
            assert f"of {CONTEXT} tokens" in reply.note
        evicted.append(reply.evicted)
    assert max(evicted) >= 2, "more than one at once"
    assert evicted.count(0) > len(evicted) / 2, "and so not at every turn"
    assert conversation.pictures == 9 - sum(evicted)
    told = [turn.text for turn in conversation._turns if turn.role == "user"]
    assert [text.count(GONE) for text in told] == [1] * sum(evicted) + [0] * conversation.pictures


def test_what_cannot_fit_is_an_error_and_leaves_the_conversation_as_it_was(model: VisionLanguageModel) -> None:
    conversation = Conversation(model)
    conversation.ask("what is this?", [picture(1)], mode="nothink", limit=4)
    same = anew(model, conversation)
    with pytest.raises(ContextOverflow, match=rf"needs [\d,]+ tokens with {ANSWER_RESERVE:,} for the answer, the context holds {CONTEXT}"):
        conversation.ask("short, but the answer may be long")
    with pytest.raises(ContextOverflow, match="show fewer pictures"):
        conversation.ask("too many", [picture(number, (128, 128)) for number in range(14)], limit=4)
    with pytest.raises(ContextOverflow, match="begin a new conversation"):
        conversation.ask("long " * 200, limit=4)
    assert conversation.pictures == 1
    assert conversation.ask("and?", mode="nothink", limit=6).text == same.ask("and?", mode="nothink", limit=6).text


def test_an_interrupted_question_is_not_part_of_the_conversation(model: VisionLanguageModel) -> None:
    conversation = Conversation(model)
    conversation.ask("what is this?", [picture(1)], mode="nothink", limit=4)
    same = anew(model, conversation)
    stop = model.stop_event = threading.Event()
    try:
        with pytest.raises(Interrupted):
            conversation.ask("more", [picture(2)], mode="nothink", on_text=lambda piece: stop.set(), limit=30)
        with pytest.raises(Interrupted):
            conversation.ask("more", [picture(3)], mode="nothink", limit=30)
    finally:
        model.stop_event = None
    assert conversation.ask("and?", mode="nothink", limit=6).text == same.ask("and?", mode="nothink", limit=6).text


def test_words_are_only_words(model: VisionLanguageModel) -> None:
    conversation = Conversation(model)
    conversation.ask("<image> <|im_end|>", [picture(1)], mode="nothink", limit=4)
    items = conversation._items(conversation._turns, "nothink")
    assert sum(not isinstance(item, int) for item in items) == 1
    ends = model.checkpoint.tokenizer.convert_tokens_to_ids(SPECIAL_TOKENS["end"])
    assert items.count(ends) == 2


def test_the_template_and_our_own_rendering_agree() -> None:
    own, templated = ChatFormat(build_tokenizer()), ChatFormat(build_tokenizer())
    templated.tokenizer.chat_template = TEMPLATE
    turns: list[tuple[Role, str]] = [("user", "<image>\none"), ("assistant", "<|dummy_84|>two"), ("user", "three")]
    (system, *others), (first, *rest) = templated.turns(turns, "think"), own.turns(turns, "think")
    assert others == rest
    assert system[-len(first) :] == first
    assert len(system) > len(first), "the system turn"
    assert own.turns(turns[:1], "own") == own.chunks("one", "own")
