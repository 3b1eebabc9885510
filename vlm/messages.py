"""Messages and pictures to what the network reads: for those who know transformers and want its tensors rather than a click.

messages = [
    {"role": "system", "content": "Answer in one word."},
    {"role": "user", "content": [{"type": "text", "text": "Before:"}, {"type": "image"}, {"type": "text", "text": "What is open?"}]},
    {"role": "assistant", "content": "<|dummy_84|>Settings"},
    {"role": "user", "content": "And which page of it?"},
]
model.generate(messages, [screenshot])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

import torch
from PIL import Image
from torch import Tensor

from recordings.errors import DeskhandError
from vlm.answer import ContextOverflow
from vlm.chat import Role, defused
from vlm.conversation import Context, Item
from vlm.images import ProcessedImage
from vlm.prompts import IMAGE_PLACEHOLDER, SPECIAL_TOKENS, Mode
from vlm.sight import CUT

if TYPE_CHECKING:
    from vlm.engine import VisionLanguageModel

Message = Mapping[str, Any]
"""`role`: system (first, if at all), user or assistant. `content`: a string, taken as the official code takes it, with `<image>` for a
picture and special tokens for what they are; or parts, `{"type": "image"}` and `{"type": "text", "text": …}`, whose text is only text."""


class MessageError(DeskhandError):
    """Messages that are none, or whose pictures are not those that were given."""


def items_of(model: VisionLanguageModel, messages: Sequence[Message], images: Sequence[Image.Image], mode: Mode) -> list[Item]:
    """The tokens and pictures that the network reads, in their order, up to where an answer to the last message begins.

    A last message of the assistant is part of what is read, and nothing follows it.

    Raises:
        MessageError: see there.
        ImageError: a picture that cannot be looked at.
    """
    if mode not in get_args(Mode):
        raise MessageError(f"there is no mode {mode!r}: use {', '.join(get_args(Mode))}")
    system, turns = _turns(messages)
    shown = pictures_of(images)
    first, *others = model.chat.turns(turns, mode, system)
    if len(others) != len(shown):
        raise MessageError(f"the messages have places for {len(others)} pictures, {len(shown)} were given")
    pictures = [model.checkpoint.images.process(image, model.budget) for image in shown]
    items: list[Item] = list(first)
    for picture, chunk in zip(pictures, others, strict=True):
        items += [picture, *chunk]
    return items


def pictures_of(images: Sequence[Image.Image]) -> list[Image.Image]:
    """The pictures that were given; raises MessageError where they are none, or one by itself."""
    if isinstance(images, Image.Image) or not all(isinstance(each, Image.Image) for each in images):
        raise MessageError("pictures are a list of PIL images, in the order of their places")
    return list(images)


def _turns(messages: Sequence[Message]) -> tuple[str | None, list[tuple[Role, str]]]:
    system: str | None = None
    turns: list[tuple[Role, str]] = []
    if isinstance(messages, str) or not isinstance(messages, Sequence) or not all(isinstance(each, Mapping) for each in messages):
        raise MessageError('messages are a list of {"role": …, "content": …}')
    for number, message in enumerate(messages):
        role, text = message.get("role"), _text(message.get("content"))
        if role == "system" and number == 0:
            system = text
        elif role in ("user", "assistant"):
            turns.append((role, text))
        else:
            raise MessageError(f"message {number + 1} has the role {role!r}: use user or assistant, and system for the first one only")
    if not turns:
        raise MessageError("there is no message of a user or the assistant")
    return system, turns


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence) or isinstance(content, (bytes, bytearray)):
        raise MessageError(f"a message's content is text or a list of parts, not {type(content).__name__}")
    told = []
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                told.append(defused(text))
            case {"type": "image"}:
                told.append(f"{IMAGE_PLACEHOLDER}\n")
            case _:
                raise MessageError(f'{part!r} is no part of a message: use {{"type": "text", "text": …}} and {{"type": "image"}}')
    return "".join(told)


def ids_of(model: VisionLanguageModel, items: Sequence[Item]) -> Tensor:
    """Token ids, int64 [t] on the CPU: the token `<|dummy_0|>` for each patch of a picture."""
    place = model.checkpoint.tokenizer.convert_tokens_to_ids(SPECIAL_TOKENS["image"])
    spread = [[item] if isinstance(item, int) else [place] * len(item.patches) for item in items]
    return torch.tensor([token for part in spread for token in part], dtype=torch.long)


@torch.inference_mode()
def features_of(model: VisionLanguageModel, pictures: Sequence[ProcessedImage]) -> list[Tensor]:
    """Each picture's patches after tower and projector: [patches, hidden], on the model's device and in its type."""
    network = model.network
    return [network.encode_image(torch.from_numpy(picture.patches).to(network.device), picture.grid) for picture in pictures]


@torch.inference_mode()
def logits_of(model: VisionLanguageModel, items: Sequence[Item], keep: int) -> Tensor:
    """Float32 logits of the last `keep` positions, all where it is 0: [keep or t, vocabulary], on the CPU."""
    network = model.network
    if keep < 0:
        raise ValueError(f"logits of {keep} positions: ask for the last few, or for all of them with 0")
    ids = ids_of(model, items)
    if len(ids) > model.context_limit:
        raise ContextOverflow(f"the messages are {len(ids)} tokens, the context holds {model.context_limit}: lower the budget or say less")
    inputs = network.get_input_embeddings()(ids.to(network.device))
    at = 0
    for item in items:
        # Where a picture stands is known: the token for its patches may be written in a text, too.
        if not isinstance(item, int):
            inputs[at : at + len(item.patches)] = features_of(model, [item])[0]
        at += 1 if isinstance(item, int) else len(item.patches)
    logits: Tensor = network(inputs_embeds=inputs[None], logits_to_keep=keep).logits[0]
    return logits.float().cpu()


def answer_to(
    model: VisionLanguageModel, items: list[Item], mode: Mode, limit: int, keep_thinking: bool, on_text: Callable[[str], None] | None
) -> str:
    """The greedy answer; see `VisionLanguageModel.generate`."""
    needed = sum(1 if isinstance(item, int) else len(item.patches) for item in items)
    if needed >= model.context_limit:
        raise ContextOverflow(f"the messages are {needed} tokens, the context holds {model.context_limit}: lower the budget or say less")
    with model.lock:
        context = Context(model)
        context.hold(items, 1)
        answer = context.answer(mode, limit, on_text)
    text = answer.text if answer.complete else answer.text + CUT
    return answer.thinking + text if keep_thinking else text
