"""Made-up looks for GTK 3's widgets, as a user's `gtk.css`: the toolkit draws and moves them as it always does, in other shapes."""

from __future__ import annotations

import random


def random_gtk_style(rng: random.Random) -> str:
    """Rules for boxes, switches, tabs, expanders and buttons that stay down."""
    hue, size = rng.randrange(360), rng.choice((12, 13, 14, 16, 18, 20, 24))
    light = rng.random() < 0.6
    accent, on_accent = rng.choice(
        (
            (f"hsl({hue},{rng.randint(40, 95)}%,{rng.randint(32, 55)}%)", "#ffffff"),
            ("#222222", "#ffffff") if light else ("#e8e8e8", "#111111"),
        )
    )
    ground, line, ink = ("#ffffff", "#8a8a8a", "#1c1c1c") if light else ("#2b2b2b", "#777777", "#f2f2f2")
    filled = rng.random() < 0.6
    on = f"background-image:none;background-color:{accent};border-color:{accent};color:{on_accent}" if filled else f"color:{accent}"
    border = rng.choice((1, 1, 2, 3))
    tabs = rng.choice(
        (
            f"box-shadow: inset 0 -{rng.randint(2, 4)}px {accent}", f"background-color:{accent};color:{on_accent}",
            f"border-top:{rng.randint(2, 3)}px solid {accent};background-color:{ground}", f"color:{accent};font-weight:bold",
        )
    )  # fmt: skip
    return f"""
check, radio {{ min-width:{size}px; min-height:{size}px; border:{border}px solid {line}; background-image:none;
  background-color:{ground}; color:{ink}; box-shadow:none; margin-right:{rng.randint(0, 8)}px; }}
check {{ border-radius:{rng.choice((0, 0, 2, 3, 5))}px; }}
radio {{ border-radius:50%; }}
check:checked, radio:checked {{ {on}; }}
check:disabled, radio:disabled {{ opacity:0.5; }}
switch {{ border-radius:{rng.choice((0, 3, 20))}px; background-image:none; background-color:{rng.choice(("#bbbbbb", "#555555", ground))};
  border:{rng.choice((0, 1, 2))}px solid {line}; }}
switch:checked {{ background-image:none; background-color:{accent}; border-color:{accent}; }}
switch slider {{ border-radius:{rng.choice((0, 3, 20))}px; }}
notebook tab:checked {{ {tabs}; }}
button:checked {{ background-image:none; background-color:{accent}; color:{on_accent}; }}
"""
