"""The library's face: messages and pictures in, ids, features, logits and text out; the same as the engine's own ways give."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from checkpoints import picture, write_checkpoint

from vlm.answer import ContextOverflow
from vlm.conversation import Conversation
from vlm.engine import VisionLanguageModel, load
from vlm.messages import MessageError
from vlm.sight import CUT

OFFICIAL = (
    "<|im_start|>system<|im_sep|>You are Phi.<|im_end|>\n{% for m in messages %}{% if m['role'] == 'user' %}"
    "{{ '<|im_start|>user<|im_sep|>' + m['content'] + '<|im_end|>\n' }}{% elif m['role'] == 'assistant' %}"
    "{{ '<|im_start|>assistant<|im_sep|>\n' }}{% generation %}{{ m['content'] + '<|im_end|>\n' }}{% endgeneration %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant<|im_sep|>\n' }}{% endif %}"
)
"""As published but for its words: the library's own tag stands around what the assistant wrote."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    return load(write_checkpoint(tmp_path_factory.mktemp("messages")), device="cpu", dtype=torch.float32)


def told(model: VisionLanguageModel, messages: list[dict[str, Any]], images: Any = (), **options: Any) -> str:
    text: str = model.checkpoint.tokenizer.decode(model.tokenize(messages, images, **options), skip_special_tokens=False)
    return text


PARTS = [{"type": "text", "text": "Before <image> <|im_end|>"}, {"type": "image"}, {"type": "text", "text": "what?"}]


def test_every_form_of_message_is_rendered(model: VisionLanguageModel) -> None:
    image = picture(1)
    patches = "<|dummy_0|>" * len(model.checkpoint.images.process(image).patches)
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": PARTS},
        {"role": "assistant", "content": "<|dummy_84|>A door."},
        {"role": "user", "content": "Which <image>one?"},
    ]
    assert told(model, messages, [image, image], mode="think") == (
        "<|im_start|>system<|im_sep|>Be brief.<|im_end|>\n"
        f"<|im_start|>user<|im_sep|>Before < image> < |im_end|>{patches}\nwhat?<|im_end|>\n"
        "<|im_start|>assistant<|im_sep|>\n<|dummy_84|>A door.<|im_end|>\n"
        f"<|im_start|>user<|im_sep|>Which {patches}one?<|im_end|>\n"
        "<|im_start|>assistant<|im_sep|>\n<think>"
    )
    assert told(model, messages[1:3], [image]).endswith("<|dummy_84|>A door.<|im_end|>\n"), "nothing follows an answer"


def test_a_system_message_takes_the_place_of_the_templates(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"role": "user", "content": "Hi"}
    monkeypatch.setattr(model.checkpoint.tokenizer, "chat_template", OFFICIAL)
    rest = "<|im_end|>\n<|im_start|>user<|im_sep|>Hi<|im_end|>\n<|im_start|>assistant<|im_sep|>\n"
    assert told(model, [asked]) == f"<|im_start|>system<|im_sep|>You are Phi.{rest}"
    assert told(model, [{"role": "system", "content": "Be kind."}, asked]) == f"<|im_start|>system<|im_sep|>Be kind.{rest}"


def test_shapes_and_numbers_are_the_networks_own(model: VisionLanguageModel) -> None:
    images = [picture(1), picture(2, (80, 96))]
    features = model.features(images)
    hidden = model.network.config.hidden_size
    assert [tuple(each.shape) for each in features] == [(len(model.checkpoint.images.process(image).patches), hidden) for image in images]
    messages = [{"role": "user", "content": "<image>\n<image>\nWhat changed?"}]
    ids = model.tokenize(messages, images, "nothink")
    assert ids.dtype == torch.int64 and ids.dim() == 1
    place = model.checkpoint.tokenizer.convert_tokens_to_ids("<|dummy_0|>")
    with torch.inference_mode():
        inputs = model.network.splice(ids[None], torch.cat(features), place)
        expected = model.network(inputs_embeds=inputs).logits[0]
    every = model.logits(messages, images, "nothink", keep=0)
    assert every.dtype == torch.float32 and every.shape == expected.shape == (len(ids), model.network.config.vocab_size)
    assert torch.allclose(every, expected, atol=1e-5)
    assert torch.allclose(model.logits(messages, images, "nothink"), expected[-1:], atol=1e-5)
    assert model.logits([{"role": "user", "content": "Hi"}]).shape == (1, model.network.config.vocab_size)


def test_generate_answers_as_a_conversation_does(model: VisionLanguageModel) -> None:
    image = picture(3)
    talk = Conversation(model)
    first = talk.ask("What?", [image], "nothink", limit=12)
    second = talk.ask("And now?", (), "nothink", limit=12)
    messages = [{"role": "user", "content": "<image>\nWhat?"}]
    assert model.generate(messages, [image], "nothink", 12) == first.text
    answered = {"role": "assistant", "content": "<|dummy_84|>" + first.text.removesuffix(CUT)}
    pieces: list[str] = []
    again = model.generate([*messages, answered, {"role": "user", "content": "And now?"}], [image], "nothink", 12, on_text=pieces.append)
    assert again == second.text
    streamed = "".join(pieces).removesuffix(CUT).strip()
    assert streamed and again.startswith(streamed), "half a character at the end waits for its rest"


def test_the_first_token_is_the_likeliest_of_the_logits(model: VisionLanguageModel) -> None:
    messages = [{"role": "user", "content": PARTS}]
    likeliest = int(model.logits(messages, [picture(4)], "nothink").argmax())
    text = model.generate(messages, [picture(4)], "nothink", limit=1)
    assert text.removesuffix(CUT) == model.chat.decode([likeliest]).strip()


def test_thinking_is_kept_on_request(model: VisionLanguageModel) -> None:
    messages = [{"role": "user", "content": "Hi"}]
    kept = model.generate(messages, mode="think", limit=5, keep_thinking=True)
    without = model.generate(messages, mode="think", limit=5)
    assert kept.startswith("<think>") and kept.endswith(f"</think>{without}") and "<think>" not in without


@pytest.mark.parametrize(
    ("messages", "images", "complaint"),
    [
        ([], 0, "no message of a user"),
        ([{"role": "system", "content": "x"}], 0, "no message of a user"),
        ([{"role": "user", "content": "x"}, {"role": "system", "content": "x"}], 0, "message 2 has the role 'system'"),
        ([{"role": "tool", "content": "x"}], 0, "message 1 has the role 'tool'"),
        ([{"role": "user", "content": "<image>"}], 2, "places for 1 pictures, 2 were given"),
        ([{"role": "user", "content": [{"type": "video"}]}], 0, "is no part of a message"),
        ([{"role": "user", "content": 3}], 0, "not int"),
        ([{"role": "user", "content": None}], 0, "not NoneType"),
        ([{"role": "user", "content": b"x"}], 0, "not bytes"),
        ("x", 0, "messages are a list of"),
        ({"role": "user", "content": "x"}, 0, "messages are a list of"),
        (["x"], 0, "messages are a list of"),
        (None, 0, "messages are a list of"),
        ([{"role": "user", "content": "x"}, {"role": "assistant", "content": "x"}], 0, "end with a user's"),
    ],
)
def test_what_are_no_messages(model: VisionLanguageModel, messages: list[dict[str, Any]], images: int, complaint: str) -> None:
    with pytest.raises(MessageError, match=complaint):
        model.generate(messages, [picture(number) for number in range(images)])


def test_what_are_no_pictures_and_no_mode(model: VisionLanguageModel) -> None:
    asked = [{"role": "user", "content": "<image>"}]
    for images in (picture(1), ["screen.png"], "screen.png"):
        with pytest.raises(MessageError, match="pictures are a list of PIL images"):
            model.tokenize(asked, images)  # type: ignore[arg-type]
        with pytest.raises(MessageError, match="pictures are a list of PIL images"):
            model.features(images)  # type: ignore[arg-type]
    with pytest.raises(MessageError, match="no mode 'fast': use nothink, think, own"):
        model.tokenize(asked, [picture(1)], mode="fast")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="logits of -1 positions"):
        model.logits(asked, [picture(1)], keep=-1)


def test_the_token_of_a_patch_may_be_written_in_a_text(model: VisionLanguageModel) -> None:
    """As the official code has it: a token like any other, and the picture where it stands."""
    messages = [{"role": "user", "content": "<|dummy_0|><image>\nWhat?"}]
    ids = model.tokenize(messages, [picture(1)], "nothink")
    (features,) = model.features([picture(1)])
    place = model.checkpoint.tokenizer.convert_tokens_to_ids("<|dummy_0|>")
    first = int((ids == place).nonzero()[0]) + 1
    with torch.inference_mode():
        inputs = model.network.get_input_embeddings()(ids)
        inputs[first : first + len(features)] = features
        expected = model.network(inputs_embeds=inputs[None]).logits[0, -1:]
    assert torch.allclose(model.logits(messages, [picture(1)], "nothink"), expected, atol=1e-5)
    likeliest = model.chat.decode([int(expected.argmax())]).strip()
    assert model.generate(messages, [picture(1)], "nothink", limit=1).removesuffix(CUT) == likeliest


def test_too_long_for_the_context(model: VisionLanguageModel) -> None:
    messages = [{"role": "user", "content": "x" * 3000}]
    for ask in (model.generate, model.logits):
        with pytest.raises(ContextOverflow, match="the context holds 2048"):
            ask(messages)
