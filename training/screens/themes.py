"""Themes and fonts for the applications of a harvest: what is read in one look must be read in all."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

GTK_FOLDERS = (Path("/usr/share/themes"), Path("/usr/local/share/themes"))
FONTS = ("DejaVu Sans 10", "DejaVu Sans 9", "DejaVu Sans 12", "Cantarell 11", "Liberation Sans 10", "Liberation Sans 11", "DejaVu Serif 10")


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of GTK by its name, its variant, and the style of Qt that goes with it."""

    name: str
    gtk: str
    qt: str

    @property
    def installed(self) -> bool:
        """Whether GTK has it; Adwaita and its contrasts are built in."""
        folder = self.gtk.partition(":")[0]
        return folder in ("Adwaita", "HighContrast", "HighContrastInverse") or any((place / folder).is_dir() for place in GTK_FOLDERS)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program is started with to look so."""
        return {"GTK_THEME": self.gtk, "QT_STYLE_OVERRIDE": self.qt}


THEMES = (
    Theme("adwaita", "Adwaita", "Fusion"),
    Theme("adwaita-dark", "Adwaita:dark", "adwaita-dark"),
    Theme("high-contrast", "HighContrast", "Windows"),
    Theme("greybird", "Greybird", "adwaita"),
    Theme("greybird-dark", "Greybird-dark", "adwaita-dark"),
    Theme("arc-dark", "Arc-Dark", "Fusion"),
    Theme("arc", "Arc", "Windows"),
    Theme("numix", "Numix", "Fusion"),
    Theme("blackbird", "Blackbird", "adwaita-dark"),
)
"""Debian: greybird-gtk-theme arc-theme numix-gtk-theme blackbird-gtk-theme adwaita-qt; fonts-cantarell fonts-liberation."""


def dress(home: Path, rng: random.Random) -> Theme:
    """Choose one of the installed themes and a font, and write the font where GTK looks for it under `home`."""
    theme = rng.choice([theme for theme in THEMES if theme.installed])
    write_font(home, rng)
    return theme


def write_font(home: Path, rng: random.Random) -> list[Path]:
    """Choose a font, and write it where GTK looks for it under `home`; the folders of the settings that say so."""
    font = rng.choice(FONTS)
    settings = [path for version in ("3.0", "4.0") if (path := home / ".config" / f"gtk-{version}" / "settings.ini").exists()]
    for path in settings:
        lines = path.read_text().splitlines()
        path.write_text("".join(f"gtk-font-name={font}\n" if line.startswith("gtk-font-name=") else line + "\n" for line in lines))
    return [path.parent for path in settings]
