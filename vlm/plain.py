"""The same question asked the plain way: transformers' own tower, prompt and `generate`, as its documentation would have it.

It is what the engine is measured against. Nothing is shared with the engine but the weights, the resized pixels and the prompt: the
tower gets float pixels padded to the largest picture, runs all its layers, and every token of the answer is a pass of its own.
"""

from __future__ import annotations

import torch
from PIL import Image
from torch.nn import functional

from vlm.chat import ChatFormat
from vlm.loading import Checkpoint


@torch.inference_mode()
def generate_plainly(checkpoint: Checkpoint, image: Image.Image, question: str, most: int, least: int = 0) -> tuple[str, int]:
    """The greedy answer to a question about one picture, without a grammar: its text, and the tokens it took.

    Args:
        most: tokens of the answer, the end mark included.
        least: do not end before so many.
    """
    model, images = checkpoint.model, checkpoint.images
    chat = ChatFormat(checkpoint.tokenizer)
    picture = images.process(image)
    count, room = len(picture.patches), max(images.max_patches, len(picture.patches))
    siglip = model.model.vision_tower.siglip
    pixels = (torch.from_numpy(picture.patches).float() / 255 - 0.5) / 0.5
    pixels = functional.pad(pixels, (0, 0, 0, room - count))[None].to(model.device, siglip.embeddings.patch_embedding.weight.dtype)
    mask = torch.zeros(1, room, dtype=torch.long, device=model.device)
    mask[:, :count] = 1
    shapes = torch.tensor([picture.grid], device=model.device)
    seen = siglip(pixel_values=pixels, pixel_attention_mask=mask, spatial_shapes=shapes, output_hidden_states=True)
    features = model.model.mm_projector(seen.hidden_states[-2][0, :count])
    before, after = (torch.tensor([chunk], device=model.device) for chunk in chat.chunks(question, "nothink"))
    embed = model.get_input_embeddings()
    inputs = torch.cat([embed(before), features[None].to(embed.weight.dtype), embed(after)], dim=1)
    tokens = model.generate(
        inputs_embeds=inputs,
        attention_mask=torch.ones(inputs.shape[:2], dtype=torch.long, device=model.device),
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
        min_new_tokens=least or None,
        max_new_tokens=most,
        eos_token_id=chat.ids["end"],
        pad_token_id=chat.ids["end"],
    )[0].tolist()
    return chat.decode(tokens), len(tokens)
