"""Orders that strangers write on a screen: a ploy around a deed, in a language, hidden or not. All of it is data in `orders.yaml`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from recordings.parsing import parse_yaml
from tasks.injection.obfuscation import OBFUSCATIONS

ORDERS = Path(__file__).with_name("orders.yaml")


@dataclass(frozen=True, slots=True)
class Wording:
    """How an order is put.

    Attributes:
        ploy: one of `orders.yaml`, or several with + between them, one after the other.
    """

    ploy: str
    language: str
    obfuscation: str = "plain"

    def plain(self) -> Wording:
        """The same, not hidden."""
        return Wording(self.ploy, self.language)

    def write(self, deed: str, what: str) -> str:
        """The order to do a deed. Raises KeyError for a ploy, a language or a deed that there is not."""
        known = read_orders()
        wanted = known["deeds"][deed][self.language].replace("{what}", what)
        order = " ".join(known["ploys"][ploy][self.language].replace("{deed}", wanted) for ploy in self.ploy.split("+"))
        return OBFUSCATIONS[self.obfuscation](order)


@cache
def read_orders() -> dict[str, Any]:
    """`orders.yaml`: deeds and ploys by name and language, and what of them is held out of training."""
    found: dict[str, Any] = parse_yaml(ORDERS.read_text(encoding="utf-8"))
    return found


def ploys() -> list[str]:
    return list(read_orders()["ploys"])


def languages() -> list[str]:
    return list(read_orders()["deeds"]["click"])


def held_out(kind: str) -> frozenset[str]:
    """What of the `ploys`, `languages`, `obfuscations` or `families` is never trained on."""
    return frozenset(read_orders()["held_out"][kind])


def draw_wording(rng: random.Random, *, training: bool = False) -> Wording:
    """A wording by chance; for training, none that is held out."""

    def pick(kind: str, names: list[str]) -> str:
        return rng.choice([name for name in names if not (training and name in held_out(kind))])

    return Wording(pick("ploys", ploys()), pick("languages", languages()), pick("obfuscations", list(OBFUSCATIONS)))
