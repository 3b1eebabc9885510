"""How often each kind of held-out question is answered word for word, greedily; and which of them a stage has made worse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from recordings.errors import DeskhandError
from tasks.statistics import in_brief, rate_of
from training.stages.encode import IGNORED
from training.stages.rows import Row

Rates = dict[str, dict[str, Any]]


class Answers:
    """Collects rows that were measured.

    An answer is greedy where each of its tokens is the likeliest after the right ones before it: no decoding is needed to know that.
    """

    def __init__(self) -> None:
        self._counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])

    @contextmanager
    def looking(self, head: nn.Module, row: Row) -> Iterator[None]:
        """While this is open the row goes through the model; `head` is given the places of its answers alone, in their order."""
        likeliest: list[Tensor] = []
        hook = head.register_forward_hook(lambda _module, _given, logits: likeliest.append(logits.argmax(-1).cpu()))
        try:
            yield
        finally:
            hook.remove()
        places = row.labels[1:] != IGNORED
        right = likeliest[0] == row.labels[1:][places]
        segments = row.segments[1:][places]
        asked = row.segments[row.labels != IGNORED].unique_consecutive().tolist()
        for number, name in zip(asked, row.names, strict=True):
            count = self._counts[name.partition(" of ")[0]]
            count[0] += bool(right[segments == number].all())
            count[1] += 1

    def rates(self) -> Rates:
        """By kind: `hits`, `n`, `rate` and its 95 % `interval`."""
        return {kind: rate_of(hits, n) for kind, (hits, n) in sorted(self._counts.items())}


def check_kept(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raise DeskhandError where a kind fell below the interval that it had before the stage."""
    fell = [
        f"{kind} from {known['rate']:.1%} (at least {known['interval'][0]:.1%}) to {after[kind]['rate']:.1%}, n = {after[kind]['n']}"
        for kind, known in before.items()
        if kind in after and after[kind]["rate"] < known["interval"][0]
    ]
    if fell:
        raise DeskhandError(f"nothing is exported: on what is held out {'; '.join(fell)}; lower the rate, or train on more of that kind")


def told(rates: Mapping[str, Any]) -> str:
    """One line for people."""
    return ", ".join(f"{kind} {in_brief(one['hits'], one['n'])}" for kind, one in rates.items())
