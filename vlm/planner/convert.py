"""SmolLM2, a Llama, as the published decoder: Phi-3 stacks q, k, v and gate, up, and everything else keeps its name.

Nothing is computed but the unpacking of a GGUF file, which is the library's own: with the same numbers both models give the same logits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vlm.bounds import read_tokenizer
from vlm.folder import CheckpointError, check_weights, first_line, read_config
from vlm.sizes import check_described, skeleton

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import LlamaConfig, LlamaForCausalLM, Phi3Config, PreTrainedTokenizerFast

_CONTROL = 3
"""How GGUF marks a special token."""


def write_decoder(source: Path, to: Path, dtype: torch.dtype) -> None:
    """Fill the existing folder `to` with `config.json`, weights and tokenizer in the published layout.

    Args:
        source: a GGUF file, or a folder in transformers' own Llama layout.
        dtype: how the weights are stored.

    Raises:
        CheckpointError: `source` is no whole Llama.
        OSError, SafetensorError: `to` cannot be written.
    """
    from safetensors.torch import save_file

    llama = _read_llama(source, dtype)
    _check_kind(source, llama)
    config = phi3_config(llama.config)
    config.dtype = dtype
    config.architectures = ["Phi3ForCausalLM"]
    tokenizer = tokenizer_of(source)
    weights = phi3_weights(dict(llama.state_dict()), config.num_hidden_layers, config.tie_word_embeddings)
    save_file(weights, to / "model.safetensors", {"format": "pt"})
    tokenizer.save_pretrained(to)
    config.save_pretrained(to)


def _check_kind(source: Path, llama: LlamaForCausalLM) -> None:
    """What a Phi-3 has no room for must not be left out in silence. Raises CheckpointError."""
    config = llama.config
    odd = {
        "biases": any(name.endswith(".bias") for name, _ in llama.named_parameters()),
        "heads of another width": config.head_dim * config.num_attention_heads != config.hidden_size,
        "another rotation": config.rope_parameters["rope_type"] != "default",
    }
    if found := [name for name, there in odd.items() if there]:
        raise CheckpointError(f"{source} has {found[0]}, which the planner's engine cannot hold: name SmolLM2-135M-Instruct")


def phi3_config(llama: LlamaConfig) -> Phi3Config:
    """The same sizes under the names of a Phi-3."""
    from transformers import Phi3Config

    return Phi3Config(
        vocab_size=llama.vocab_size,
        hidden_size=llama.hidden_size,
        intermediate_size=llama.intermediate_size,
        num_hidden_layers=llama.num_hidden_layers,
        num_attention_heads=llama.num_attention_heads,
        num_key_value_heads=llama.num_key_value_heads,
        max_position_embeddings=llama.max_position_embeddings,
        original_max_position_embeddings=llama.max_position_embeddings,
        rms_norm_eps=llama.rms_norm_eps,
        rope_parameters=dict(llama.rope_parameters),
        tie_word_embeddings=llama.tie_word_embeddings,
        bos_token_id=llama.bos_token_id,
        eos_token_id=llama.eos_token_id,
        pad_token_id=llama.eos_token_id,
    )


def phi3_weights(llama: dict[str, Tensor], layers: int, tied: bool) -> dict[str, Tensor]:
    """Llama's tensors by their names to a Phi-3's; a tied head is left out, as it is the embedding."""
    import torch

    left = dict(llama)
    if tied:
        left.pop("lm_head.weight", None)
    made: dict[str, Tensor] = {}
    for layer in range(layers):
        for stacked, parts in (("self_attn.qkv_proj", ("q", "k", "v")), ("mlp.gate_up_proj", ("gate", "up"))):
            room = f"model.layers.{layer}.{stacked.partition('.')[0]}"
            rows = [left.pop(f"{room}.{part}_proj.weight") for part in parts]
            made[f"model.layers.{layer}.{stacked}.weight"] = torch.cat(rows)
    return made | {name: tensor.contiguous() for name, tensor in left.items()}


def tokenizer_of(source: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a GGUF file or of a folder. Raises CheckpointError."""
    try:
        return _gguf_tokenizer(source) if source.is_file() else read_tokenizer(source)
    except CheckpointError:
        raise
    except Exception as error:
        raise CheckpointError(f"{source} holds no tokenizer that can be read: {first_line(error)}") from error


def _gguf_tokenizer(source: Path) -> PreTrainedTokenizerFast:
    """SmolLM2's: every digit by itself, then byte pairs. The library's own reading of the file would leave out the digits."""
    from gguf import GGUFReader
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    fields = {name: field.contents() for name, field in GGUFReader(source).fields.items() if name.startswith("tokenizer.")}
    if (kind := fields.get("tokenizer.ggml.pre")) != "smollm":
        raise ValueError(f"it is cut as {kind!r}, only smollm is known")
    tokens = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    core = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(tokens)}, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    core.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    core.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, fields["tokenizer.ggml.token_type"], strict=True) if kind == _CONTROL]
    core.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    named = {name: tokens[fields[f"tokenizer.ggml.{name}_token_id"]] for name in ("bos", "eos")}
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=named["bos"],
        eos_token=named["eos"],
        pad_token=named["eos"],
        chat_template=fields["tokenizer.chat_template"],
        clean_up_tokenization_spaces=False,
    )


def _read_llama(source: Path, dtype: torch.dtype) -> LlamaForCausalLM:
    from transformers import GgufConfig, LlamaForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if source.is_dir():
        check_described(skeleton(read_config(source, "llama"), LlamaForCausalLM), check_weights(source))
    folder, options = (
        (source.parent, {"gguf_file": source.name, "quantization_config": GgufConfig(dequantize=True)})
        if source.is_file()
        else (source, {})
    )
    try:
        model, report = LlamaForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True, output_loading_info=True, **options)
    except Exception as error:
        raise CheckpointError(f"{source} cannot be read as a Llama: {first_line(error)}") from error
    if lacking := sorted({*report["missing_keys"], *map(str, report["mismatched_keys"])}):
        raise CheckpointError(f"{source} is no whole Llama: {len(lacking)} tensors are missing, first {lacking[0]}")
    return model
