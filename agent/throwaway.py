"""The home and the environment of a virtual desktop's programs: made for it, and thrown away with it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

WINDOW_MANAGER = Path(__file__).with_name("openbox.xml")
_KEPT = re.compile(r"PATH|TZ|USER|LOGNAME|SHELL|XDG_DATA_DIRS")
"""What programs get of the user's environment. Anything else there may be a key, a socket or a habit that is not theirs."""
_PROXIES = re.compile(r"(https?|all|no)_proxy", re.IGNORECASE)
_GTK_SETTINGS = {
    "font-name": "DejaVu Sans 10",
    "theme-name": "Adwaita",
    "icon-theme-name": "Adwaita",
    "cursor-blink": "0",
    "enable-animations": "0",
    "xft-antialias": "1",
    "xft-hinting": "1",
    "xft-hintstyle": "hintslight",
    "xft-rgba": "none",
    "xft-dpi": str(96 * 1024),
    "recent-files-enabled": "0",
}


class Throwaway:
    """Folders and files below one that is removed in the end.

    Attributes:
        home: what programs take for the user's.
        runtime: for the sockets of their bus.
        cookie: the file of the display's, see `agent.x11.cookie`.
        window_manager: its configuration.
    """

    def __init__(self, folder: Path) -> None:
        """Make them. Raises OSError."""
        self.home, self.runtime = folder / "home", folder / "run"
        self.cookie, self.window_manager = folder / "cookie", folder / "openbox.xml"
        self._config, self._cache = self.home / ".config", self.home / ".cache"
        self._data, self._state = self.home / ".local" / "share", self.home / ".local" / "state"
        for each in (self._config, self._cache, self._data, self._state, self.runtime):
            each.mkdir(parents=True, mode=0o700)
        for version in ("3.0", "4.0"):
            (self._config / f"gtk-{version}").mkdir()
            lines = "".join(f"gtk-{key}={value}\n" for key, value in _GTK_SETTINGS.items())
            (self._config / f"gtk-{version}" / "settings.ini").write_text(f"[Settings]\n{lines}")
        (self.home / ".gtkrc-2.0").write_text('gtk-font-name="DejaVu Sans 10"\ngtk-cursor-blink=0\n')
        shutil.copyfile(WINDOW_MANAGER, self.window_manager)

    @property
    def bus(self) -> str:
        """Where the session bus listens."""
        return f"unix:path={self.runtime / 'bus'}"

    def environment(self) -> dict[str, str]:
        """What programs see; the display is still to be named."""
        own = {
            "HOME": self.home,
            "XDG_CONFIG_HOME": self._config,
            "XDG_CACHE_HOME": self._cache,
            "XDG_DATA_HOME": self._data,
            "XDG_STATE_HOME": self._state,
            "XDG_RUNTIME_DIR": self.runtime,
            "XDG_SESSION_TYPE": "x11",
            "XAUTHORITY": self.cookie,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "GDK_BACKEND": "x11",
            "QT_QPA_PLATFORM": "xcb",
            "GSETTINGS_BACKEND": "keyfile",
        }
        return _kept() | {key: str(value) for key, value in own.items()}


def _kept() -> dict[str, str]:
    # An address of a proxy may hold a password.
    return {key: value for key, value in os.environ.items() if _KEPT.fullmatch(key) or (_PROXIES.fullmatch(key) and "@" not in value)}
