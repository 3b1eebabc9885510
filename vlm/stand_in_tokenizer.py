"""The tokenizer of models with random weights: bytes, the official special tokens, and whole tokens for what prompts repeat.

A coordinate's three decimals are one token (`0.174` is `0`, `.`, `174`), as in the published tokenizer; digits elsewhere stay single. The
fixed sentences of the prompts are one token each, and all other text is one token a byte.
"""

from __future__ import annotations

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from vlm.prompts import FIXED_PHRASES, SPECIAL_TOKENS


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer of 256 bytes, 1,100 digit groups, the special tokens and the fixed phrases."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = [f"{number:02d}" for number in range(100)]
    triples = [f"{number:03d}" for number in range(1000)]
    vocabulary = {token: index for index, token in enumerate([*alphabet, *pairs, *triples])}
    # Both ways of building three digits, since whichever pair comes first is merged first.
    merges = [(pair[0], pair[1]) for pair in pairs]
    merges += [(triple[:2], triple[2]) for triple in triples] + [(triple[0], triple[1:]) for triple in triples]
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"(?<=0\.)[0-9]{3}|[\s\S]"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS.values()])
    core.add_tokens([AddedToken(phrase, special=False, normalized=False) for phrase in FIXED_PHRASES])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=SPECIAL_TOKENS["bos"],
        eos_token=SPECIAL_TOKENS["end"],
        pad_token=SPECIAL_TOKENS["pad"],
        clean_up_tokenization_spaces=False,
    )
