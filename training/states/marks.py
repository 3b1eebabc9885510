"""Marks as HTML: boxes, radio buttons, switches, expanders and ticks in one made-up style a page, and small things that are none."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from training.screens.markup import ICONS

TICKS = (
    "M3 8.5l3.5 3.5L13 4.5", "M2.5 8l4 4 7-8.5", "M4 8l3 3 5-6", "M2 9l4 4L14 3", "M3.5 8.5l3 3 6-7",
)  # fmt: skip
CROSSES = ("M4 4l8 8M12 4l-8 8", "M3 3l10 10M13 3L3 13")
STAR = "M8 1l2 5h5l-4 3 2 5-5-3-5 3 2-5-4-3h5z"
HEART = "M8 14C2 9 1 6 3 4s4-1 5 1c1-2 3-3 5-1s1 5-5 10z"


def drawing(path: str, size: float, colour: str, width: float, fill: str = "none", cap: str = "round") -> str:
    """One path in a square of 16 units, `size` pixels wide."""
    return (
        f'<svg width="{size:.1f}" height="{size:.1f}" viewBox="0 0 16 16" style="display:block;margin:auto"><path d="{path}" fill="{fill}" '
        f'stroke="{colour}" stroke-width="{width:.2f}" stroke-linecap="{cap}" stroke-linejoin="{cap}"/></svg>'
    )


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
        if dark:
            base = rng.randint(4, 28)
            accent = f"hsl({accent_hue},{0 if grey else rng.randint(40, 95)}%,{rng.randint(40, 75)}%)"
            field_shade = f"hsl({hue},{tint}%,{max(base + rng.randint(-8, 14), 0)}%)"
            return cls(True, f"hsl({hue},{tint}%,{base}%)", f"hsl({hue},{tint}%,{rng.randint(75, 100)}%)", f"hsl({hue},{tint}%,45%)",
                       f"hsl({hue},{tint}%,{base + rng.randint(15, 45)}%)", field_shade, accent, rng.choice(("#fff", "#111", "#222")))  # fmt: skip
        base = rng.randint(82, 100)
        accent = f"hsl({accent_hue},{0 if grey else rng.randint(40, 100)}%,{rng.randint(22, 55)}%)"
        return cls(False, f"hsl({hue},{tint}%,{base}%)", f"hsl({hue},{tint}%,{rng.randint(0, 28)}%)", f"hsl({hue},{tint}%,62%)",
                   f"hsl({hue},{tint}%,{base - rng.randint(14, 60)}%)", rng.choice(("#fff", f"hsl({hue},{tint}%,{base}%)")),
                   accent, rng.choice(("#fff", "#fff", "#fff", "#000")))  # fmt: skip


@dataclass
class MarkStyle:
    """How all marks of one page are drawn."""

    rng: random.Random
    colours: Colours
    text: float
    """The height of the page's letters, in pixels."""
    native: bool = field(init=False)
    size: float = field(init=False)

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
        self.disabled = rng.choice(("opacity:.5", "opacity:.38", "filter:grayscale(1) opacity(.6)"))

    def mark(self, kind: str, state: str, enabled: bool = True, focused: bool = False) -> str:
        """The mark of a kind: `check`, `radio`, `switch`, `expander`, `tick`; `on`, `off`, `mixed`, `open` or `closed`."""
        style = "" if enabled else self.disabled + ";"
        if focused:
            style += self._focus()
        if self.native and kind in ("check", "radio", "switch") and (kind != "switch"):
            return self._native(kind, state, enabled, focused)
        return getattr(self, "_" + kind)(state, style)

    def _focus(self) -> str:
        colour, width = self.rng.choice((self.colours.accent, self.colours.ink, "#5b9dd9")), self.rng.choice((1, 2, 3))
        return self.rng.choice(
            (f"outline:{width}px solid {colour};", f"outline:1px dotted {colour};", f"box-shadow:0 0 {width + 2}px {width}px {colour};")
        )

    def _native(self, kind: str, state: str, enabled: bool, focused: bool) -> str:
        shape = "checkbox" if kind == "check" else "radio"
        chosen = (" checked" if state == "on" else "") + ("" if enabled else " disabled") + (' data-mixed="1"' if state == "mixed" else "")
        scale = f"width:{self.size:.0f}px;height:{self.size:.0f}px;" if self.size > 16 else ""
        return f'<input data-m type="{shape}" style="{scale}accent-color:{self.colours.accent};margin:2px;{self._focus() if focused else ""}"{chosen}>'

    def _box(self, size: float, radius: str, fill: str, line: str, inner: str, style: str, border: float | None = None) -> str:
        border = self.border if border is None else border
        edge = f"{border}px solid {line}"
        if self.bevel:
            edge = f"{max(border, 2):.0f}px inset #aaa"
        shadow = "box-shadow:0 1px 2px rgba(0,0,0,.35);" if self.shadow and "box-shadow" not in style else ""
        return (
            f'<span data-m style="display:inline-flex;flex:none;align-items:center;justify-content:center;box-sizing:border-box;width:{size:.1f}px;'
            f'height:{size:.1f}px;border:{edge};border-radius:{radius};background:{fill};{shadow}{style}">{inner}</span>'
        )

    def _check(self, state: str, style: str) -> str:
        colours, fill, line = self.colours, self.off_fill, self.off_line
        chosen = state != "off"
        ink = colours.on_accent if self.filled else self.rng_ink
        if chosen and self.filled:
            fill = line = colours.accent
        inner = ""
        room = self.size - 2 * self.border
        if state == "mixed":
            inner = self.rng.choice(
                (
                    drawing("M3 8h10", room, ink, self.stroke),
                    f'<b style="width:{room / 2:.1f}px;height:{room / 2:.1f}px;background:{ink}"></b>',
                )
            )
        elif state == "on" and self.inside == "square":
            side = room * min(self.share, 0.7)
            inner = f'<b style="width:{side:.1f}px;height:{side:.1f}px;background:{ink}"></b>'
        elif state == "on" and self.inside == "character":
            inner = f'<b style="font:bold {room * 0.95:.1f}px DejaVu Sans;line-height:1;color:{ink}">{self.character}</b>'
        elif state == "on":
            inner = drawing(self.path, room * self.share * 1.1, ink, self.stroke, cap=self.rng_cap)
        return self._box(self.size, f"{self.radius}px", fill, line, inner, style)

    @property
    def rng_ink(self) -> str:
        return self.colours.accent if self.dot > 0.45 and self.off_fill != self.colours.line else self.colours.ink

    @property
    def rng_cap(self) -> str:
        return "round" if self.dot > 0.5 else "butt"

    def _radio(self, state: str, style: str) -> str:
        colours, fill, line, inner, border = self.colours, self.off_fill, self.off_line, "", self.border
        if state == "on":
            ink = colours.on_accent if self.filled else self.rng_ink
            if self.filled:
                fill = line = colours.accent
            side = max((self.size - 2 * border) * self.dot, 3)
            inner = f'<b style="width:{side:.1f}px;height:{side:.1f}px;border-radius:50%;background:{ink}"></b>'
            if self.ring == "thick":
                inner, border, line, fill = "", self.size * (0.5 - self.dot / 2.6), colours.accent, colours.field
            elif self.ring == "tick":
                inner = drawing(self.path, self.size * 0.7, ink, self.stroke)
        if self.diamond:
            style += "transform:rotate(45deg) scale(.8);"
        return self._box(self.size, "0" if self.diamond else "50%", fill, line, inner, style, border)

    def _switch(self, state: str, style: str) -> str:
        colours, on = self.colours, state == "on"
        width, height = self.track[0], min(self.track[1], self.track[0] / 1.45)
        side = height * min(self.knob, 1.25)
        if self.outlined and not on:
            side *= 0.7
        radius = self.radius if self.square_switch else height
        track = colours.accent if on else (colours.field if self.outlined else colours.line)
        edge = f"border:{self.border}px solid {colours.accent if on else self.off_line};" if self.outlined else ""
        knob = colours.on_accent if on and self.dot > 0.35 else ("#fff" if self.dot < 0.55 or colours.dark else colours.ink)
        if self.outlined and not on:
            knob = self.off_line
        gap = (height - side) / 2
        left = width - side - gap if on else gap
        inner = drawing(self.path, side * 0.7, track, 2) if on and self.ring == "tick" else ""
        said = ""
        if self.switch_words and width > 34:
            words = self.switch_words.split("/")
            place = "left:4px" if on else "right:4px"
            said = f'<i style="position:absolute;{place};top:0;line-height:{height:.0f}px;font:normal {height * 0.5:.1f}px/{height:.0f}px DejaVu Sans;color:{knob if on else colours.ink}">{words[0 if on else 1]}</i>'
        corner = f"{self.radius}px" if self.square_switch else "50%"
        return (
            f'<span data-m style="display:inline-block;flex:none;position:relative;vertical-align:middle;box-sizing:content-box;width:{width:.1f}px;height:{height:.1f}px;'
            f'border-radius:{radius:.1f}px;background:{track};{edge}{style}">{said}<b style="position:absolute;display:flex;box-sizing:border-box;left:{left:.1f}px;top:{gap:.1f}px;'
            f'width:{side:.1f}px;height:{side:.1f}px;border-radius:{corner};background:{knob};{"box-shadow:0 1px 3px rgba(0,0,0,.5)" if self.knob >= 1 or self.shadow else ""}">{inner}</b></span>'
        )

    def _expander(self, state: str, style: str) -> str:
        opened, ink, size = state == "open", self.rng_arrow, self.text * (0.7 + self.dot * 0.7)
        if self.arrows == "filled":
            inner = drawing("M3 5h10l-5 7z" if opened else "M5 3v10l7-5z", size, ink, 0.5, ink)
        elif self.arrows == "chevron":
            inner = drawing("M3 5.5l5 5 5-5" if opened else "M5.5 3l5 5-5 5", size, ink, self.stroke * 0.8)
        elif self.arrows == "plus":
            inner = drawing("M3 8h10" if opened else "M3 8h10M8 3v10", size, ink, self.stroke * 0.8, cap="butt")
        elif self.arrows == "square plus":
            inner = drawing("M1 1h14v14H1zM4 8h8" if opened else "M1 1h14v14H1zM4 8h8M8 4v8", size, ink, 1.3, cap="butt")
        else:
            pair = ("▾▸", "▼▶", "⌄›", "−+", "▿▹")[int(self.share * 100) % 5]
            inner = f'<b style="font:normal {size * 1.1:.1f}px DejaVu Sans;color:{ink}">{pair[0 if opened else 1]}</b>'
        return f'<span data-m style="display:inline-flex;flex:none;width:{size:.1f}px;justify-content:center;{style}">{inner}</span>'

    @property
    def rng_arrow(self) -> str:
        return self.colours.ink if self.dot > 0.4 else self.colours.faint

    def _tick(self, state: str, style: str) -> str:
        """A bare tick or dot of a menu: what is off shows nothing."""
        size = self.text * (0.7 + self.dot * 0.5)
        inner = (
            drawing(self.path if self.inside != "cross" else TICKS[0], size, self.rng_arrow_on, self.stroke * 0.9) if state == "on" else ""
        )
        if state == "on" and self.inside == "character":
            inner = f'<b style="font:{size * 1.1:.1f}px DejaVu Sans">{"✓" if self.dot < 0.5 else "✔"}</b>'
        return (
            f'<span {"data-m" if inner else ""} style="display:inline-block;flex:none;width:{self.text * 1.2:.1f}px;{style}">{inner}</span>'
        )

    @property
    def rng_arrow_on(self) -> str:
        return self.colours.accent if self.dot > 0.6 else "currentColor"


def bystander(rng: random.Random, colours: Colours, text: float) -> str:
    """Something small that has no state: an icon, a bullet, a picture, a badge, a status dot, a swatch."""
    size, hue = text * rng.uniform(0.7, 1.8), rng.randrange(360)
    colour = rng.choice((colours.ink, colours.accent, colours.faint, f"hsl({hue},70%,45%)"))
    inline = "display:inline-flex;flex:none;align-items:center;justify-content:center;"
    square = f"{inline}width:{size:.1f}px;height:{size:.1f}px;"
    match rng.choice(
        ("icon", "icon", "icon", "bullet", "status", "avatar", "picture", "swatch", "shape", "number", "done", "character", "file", "bar")
    ):
        case "icon":
            name = rng.choice([name for name in ICONS if name not in ("Check", "Forward", "Down", "Add", "Remove")])
            return f'<span style="{square}">{drawing(ICONS[name], size, colour, rng.uniform(1, 2))}</span>'
        case "bullet":
            return f'<span style="color:{colour};flex:none">{rng.choice("•◦—*·»#@&§")}</span>'
        case "status":
            side = size * rng.uniform(0.3, 0.7)
            return f'<span style="{inline}width:{side:.1f}px;height:{side:.1f}px;border-radius:50%;background:hsl({rng.choice((0, 45, 120, 140, hue))},75%,45%)"></span>'
        case "avatar":
            return f'<span style="{square}border-radius:50%;background:hsl({hue},50%,45%);color:#fff;font-size:{size * 0.55:.1f}px">{rng.choice("ABDEGHKMNRST")}</span>'
        case "picture":
            return f'<span style="{square}border-radius:{rng.choice((0, 3, 50))}%;background:conic-gradient(hsl({hue},60%,50%),hsl({hue + 90},70%,60%),hsl({hue + 200},50%,40%))"></span>'
        case "swatch":
            width = size * rng.uniform(1, 2)
            return f'<span style="{inline}width:{width:.1f}px;height:{size:.1f}px;background:hsl({hue},70%,{rng.randint(25, 80)}%);border:1px solid {colours.line}"></span>'
        case "shape":
            return f'<span style="{square}">{drawing(rng.choice((STAR, HEART)), size, colour, 1.2, rng.choice(("none", colour)))}</span>'
        case "number":
            return f'<span style="{square}border-radius:{rng.choice((3, 50, 50))}%;background:{colours.accent};color:{colours.on_accent};font-size:{size * 0.6:.1f}px">{rng.randint(1, 99)}</span>'
        case "done":
            green = rng.choice(("#2e9e4f", "#3fa34d", "#0a7d33"))
            return f'<span style="{square}border-radius:50%;background:{green}">{drawing(rng.choice(TICKS), size * 0.7, "#fff", 2)}</span>'
        case "character":
            return f'<span style="flex:none;font-size:{size:.1f}px;color:{colour}">{rng.choice("★☆♥✉☎⚙⌂✎⚑☀☁✂♫⚠⏎⌘")}</span>'
        case "file":
            return f'<span style="{square}">{drawing("M3 1h7l3 3v11H3zM10 1v3h3", size, colour, 1.2, rng.choice(("none", "#fff")))}</span>'
        case _:
            return f'<span style="{inline}width:{size * 3:.1f}px;height:{size * 0.3:.1f}px;border-radius:9px;background:linear-gradient(90deg,{colours.accent} {rng.randint(15, 85)}%,{colours.line} 0)"></span>'
