"""Language models for the planner's tests: the real base's tokenizer, and tiny random weights behind it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, Phi3Config, Phi3ForCausalLM, PreTrainedTokenizerFast

from vlm.loading import Decoder
from vlm.planner.base import find_base

TINY = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}


@cache
def base_tokenizer() -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast.from_pretrained(find_base())


def tiny_decoder(seed: int, likes: str = "", spread: float = 0.6) -> Decoder:
    """Random weights; the words that it `likes` are likelier than all others wherever the grammar admits them."""
    tokenizer = base_tokenizer()
    torch.manual_seed(seed)
    config = Phi3Config(
        vocab_size=len(tokenizer),
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        initializer_range=spread,
        tie_word_embeddings=False,
        **TINY,
    )
    model = Phi3ForCausalLM(config).eval()
    liked = tokenizer.encode(likes, add_special_tokens=False)
    model.lm_head.register_forward_hook(
        lambda module, given, logits: logits.index_add(
            -1, torch.tensor(liked, dtype=int), torch.full((*logits.shape[:-1], len(liked)), 20.0)
        )
    )
    return Decoder(Path("tiny"), model, tokenizer, {})


def write_llama(folder: Path, seed: int = 0, **changes: object) -> LlamaForCausalLM:
    """A tiny Llama in transformers' own layout, with the base's tokenizer."""
    torch.manual_seed(seed)
    settings = {"vocab_size": len(base_tokenizer()), "rope_theta": 100000.0, "tie_word_embeddings": True, "initializer_range": 0.3} | TINY
    model = LlamaForCausalLM(LlamaConfig(bos_token_id=1, eos_token_id=2, pad_token_id=2, **(settings | changes))).eval()
    model.save_pretrained(folder)
    base_tokenizer().save_pretrained(folder)
    return model


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def write_decoder_folder(folder: Path) -> Path:
    """The planner's base in small: a Phi-3 folder of random weights with the base's tokenizer."""
    torch.manual_seed(0)
    config = Phi3Config(
        vocab_size=len(base_tokenizer()), bos_token_id=1, eos_token_id=2, pad_token_id=2, tie_word_embeddings=True,
        max_position_embeddings=2048, original_max_position_embeddings=2048, initializer_range=0.1, **TINY,
    )  # fmt: skip
    Phi3ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    base_tokenizer().save_pretrained(folder)
    return folder
