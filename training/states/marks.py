"""How one made-up page is painted, and how its boxes, radio buttons, switches, expanders and ticks are drawn; its template draws them."""

from __future__ import annotations

import random
from dataclasses import dataclass

TICKS = (
    "M3 8.5l3.5 3.5L13 4.5", "M2.5 8l4 4 7-8.5", "M4 8l3 3 5-6", "M2 9l4 4L14 3", "M3.5 8.5l3 3 6-7",
)  # fmt: skip
CROSSES = ("M4 4l8 8M12 4l-8 8", "M3 3l10 10M13 3L3 13")
SHAPES = ("M8 1l2 5h5l-4 3 2 5-5-3-5 3 2-5-4-3h5z", "M8 14C2 9 1 6 3 4s4-1 5 1c1-2 3-3 5-1s1 5-5 10z")
"""A star and a heart."""


@dataclass
class Colours:
    """What a page is painted with."""

    dark: bool
    ground: str
    ink: str
    faint: str
    line: str
    field: str
    accent: str
    on_accent: str

    @classmethod
    def drawn(cls, rng: random.Random) -> Colours:
        dark, hue, tint = rng.random() < 0.4, rng.randrange(360), rng.choice((0, 0, rng.randint(0, 25)))
        accent_hue = rng.choice((rng.randrange(360), rng.randint(195, 230)))
        grey = rng.random() < 0.15

        def shade(light: int) -> str:
            return f"hsl({hue},{tint}%,{light}%)"

        if dark:
            base = rng.randint(4, 28)
            accent = f"hsl({accent_hue},{0 if grey else rng.randint(40, 95)}%,{rng.randint(40, 75)}%)"
            field = shade(max(base + rng.randint(-8, 14), 0))
            ink, line = shade(rng.randint(75, 100)), shade(base + rng.randint(15, 45))
            return cls(True, shade(base), ink, shade(45), line, field, accent, rng.choice(("#fff", "#111", "#222")))
        base = rng.randint(82, 100)
        accent = f"hsl({accent_hue},{0 if grey else rng.randint(40, 100)}%,{rng.randint(22, 55)}%)"
        ink, line = shade(rng.randint(0, 28)), shade(base - rng.randint(14, 60))
        field = rng.choice(("#fff", shade(base)))
        return cls(False, shade(base), ink, shade(62), line, field, accent, rng.choice(("#fff", "#fff", "#fff", "#000")))


@dataclass
class MarkStyle:
    """How all marks of one page are drawn."""

    rng: random.Random
    colours: Colours
    text: float
    """The height of the page's letters, in pixels."""

    def __post_init__(self) -> None:
        rng = self.rng
        self.native = rng.random() < 0.25
        self.size = round(self.text * rng.uniform(0.8, 1.65))
        self.border = rng.choice((1, 1, 1, 1.5, 2, 2, 3))
        self.radius = rng.choice((0, 0, 1, 2, 3, 4, 5, 0.3 * self.size))
        self.filled = rng.random() < 0.55
        self.inside = rng.choices(("tick", "cross", "square", "character"), weights=(7, 1.5, 1.5, 1.5))[0]
        self.path = rng.choice(TICKS) if self.inside == "tick" else rng.choice(CROSSES)
        self.stroke = rng.uniform(1.4, 3.2)
        self.share = rng.uniform(0.6, 1.0)
        self.bevel = rng.random() < 0.2
        self.shadow = rng.random() < 0.15
        self.off_fill = rng.choice((self.colours.field, self.colours.field, "transparent", self.colours.line))
        self.off_line = self.colours.line if rng.random() < 0.75 else self.colours.ink
        if self.off_fill == self.colours.line:
            self.off_line = self.colours.ink if rng.random() < 0.5 else self.colours.line
        self.character = rng.choice("✓✔✗✕×x✖")
        self.ring = rng.choices(("dot", "thick", "tick"), weights=(7, 2, 0.5))[0]
        self.dot = rng.choice((rng.uniform(0.28, 0.68), rng.uniform(0.28, 0.68), rng.uniform(0.14, 0.32), rng.uniform(0.6, 1.0)))
        self.diamond = rng.random() < 0.04
        self.track = (self.text * rng.uniform(1.7, 3.4), self.text * rng.uniform(0.7, 1.9))
        self.knob = rng.choice((0.6, 0.72, 0.84, 0.9, 1.0, 1.25))
        self.square_switch = rng.random() < 0.2
        self.outlined = rng.random() < 0.3
        self.switch_words = rng.choice(("", "", "", "", "ON/OFF", "I/O", "✓/✕"))
        self.arrows = rng.choice(("filled", "chevron", "plus", "character", "square plus"))
        self.pair = ("▾▸", "▼▶", "⌄›", "−+", "▿▹")[int(self.share * 100) % 5]
        """Of characters: open, closed."""
        self.ink = self.colours.accent if self.dot > 0.45 and self.off_fill != self.colours.line else self.colours.ink
        self.arrow = self.colours.ink if self.dot > 0.4 else self.colours.faint
        self.cap = "round" if self.dot > 0.5 else "butt"
        self.disabled = rng.choice(("opacity:.5", "opacity:.38", "filter:grayscale(1) opacity(.6)"))
