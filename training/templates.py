"""Pages as Jinja templates beside the modules that fill them, and what those draw with that are made up by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template

from training.beside import read_beside


def template(module: str, **filters: Callable[[str], str]) -> Template:
    """The template beside a module, which says `template(__file__)`; the ends and beginnings of its lines are no part of what it gives.

    Args:
        filters: what it may put a text through, beside Jinja's own.
    """
    environment = Environment(autoescape=True)
    environment.filters.update(filters)
    return environment.from_string("".join(line.strip() for line in read_beside(module, f"{Path(module).stem}.html.jinja").splitlines()))


def chances(rng: random.Random) -> dict[str, Any]:
    """What a template draws with: `chance(0.3)`, `rand(2, 5)` (both ends count), `pick`, `weighted` and `several` of a list."""
    return {
        "random": rng.random,
        "chance": lambda share: rng.random() < share,
        "rand": rng.randint,
        "uniform": rng.uniform,
        "pick": rng.choice,
        "weighted": lambda choices, weights: rng.choices(choices, weights)[0],
        "several": lambda choices, count: rng.choices(choices, k=count),
    }
