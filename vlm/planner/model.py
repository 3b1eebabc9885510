"""The planner's language model under way: constrained answers, with what two questions share kept from one to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

from vlm.adapters import put_on, take_off
from vlm.cache import PrefixCache
from vlm.decoding import Decoded, decode
from vlm.grammar import GrammarCompiler
from vlm.loading import Decoder
from vlm.planner.choice import name_chances
from vlm.planner.prompt import choice_tokens, end_token, name_tokens
from vlm.repeat import RepeatedPasses
from vlm.threads import threads_for


class PlanModel:
    """One loaded decoder. Questions from several threads wait for each other."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.tokenizer = decoder.tokenizer
        self._end = end_token(decoder.tokenizer)
        config = decoder.model.config
        self._grammars = GrammarCompiler(decoder.tokenizer, config.vocab_size, [self._end])
        self._repeated = RepeatedPasses(decoder.model) if RepeatedPasses.fits(decoder.model) else None
        self._cache = PrefixCache(config.num_hidden_layers)
        self._held: list[int] = []
        self._parameters = sum(each.numel() for each in decoder.model.parameters())
        self._lock = threading.Lock()

    def write(
        self, prompt: Sequence[int], grammar: str, limit: int, on_token: Callable[[int], None], check: Callable[[], None]
    ) -> tuple[str, Decoded]:
        """The likeliest text that the grammar admits, of at most `limit` tokens. `check` is called before each pass and may raise."""
        with self._lock, threads_for(self._parameters):
            known = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._held, prompt[:-1], strict=False)))
            self._cache.back_to(known)
            self._held = []
            done = decode(
                self.decoder.model,
                self._cache,
                prompt[known:],
                ends=(self._end,),
                limit=limit,
                constraint=self._grammars.start(grammar),
                copy_from=prompt[:known],
                repeated=self._repeated,
                on_token=on_token,
                check=check,
            )
            self._held = [*prompt, *done.tokens][: self._cache.length]
        return self.tokenizer.decode(done.tokens, clean_up_tokenization_spaces=False), done

    def weigh(self, target: str, names: Sequence[str]) -> list[float]:
        """The probability of each name as what a screen calls the target; all together have at most 1."""
        with self._lock, threads_for(self._parameters):
            asked = choice_tokens(self.tokenizer, target)
            return name_chances(self.decoder, asked, [name_tokens(self.tokenizer, name) for name in names])

    def switch(self, adapter: Path | None) -> None:
        """Put another adapter onto the model in use, or none. Raises CheckpointError, see `put_on`."""
        with self._lock:
            self._cache.back_to(0)
            self._held = []
            if self._repeated is not None:
                self._repeated.forget()
            if adapter is None:
                take_off(self.decoder.model)
            else:
                put_on(self.decoder.model, adapter)
