"""The packages that icons come from, what each may be used for, and how they are fetched: only where that is asked for, by
`python -m training.generate.icons.sources`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recordings.errors import DeskhandError

Kind = Literal["theme", "office", "web"]
Use = Literal["train", "tune", "test"]
FETCH_SECONDS = 600


class IconsMissing(DeskhandError):
    """Icons that were not fetched, or cannot be."""


@dataclass(frozen=True, slots=True)
class Source:
    """One package of icons.

    Attributes:
        licence: as the package says.
        package: of Debian for a `theme` or `office`, of npm with its version for `web`.
        kind: freedesktop themes, LibreOffice's sets of commands, sets for web pages.
        use: `test` and `tune` are never trained on: the namer is measured with the first, its confidence is set with the second.
    """

    name: str
    package: str
    kind: Kind
    licence: str
    use: Use = "train"


SOURCES = (
    Source("adwaita", "adwaita-icon-theme", "theme", "LGPL-3 or CC-BY-SA-3.0, CC-BY-SA-4.0"),
    Source("gnome", "gnome-icon-theme", "theme", "GPL-2+"),
    Source("nuovo", "gnome-icon-theme-nuovo", "theme", "GPL"),
    Source("suede", "gnome-icon-theme-suede", "theme", "GPL-2+"),
    Source("gartoon", "gnome-icon-theme-gartoon", "theme", "GPL-2+", use="tune"),
    Source("tango", "tango-icon-theme", "theme", "public domain"),
    Source("mate", "mate-icon-theme", "theme", "LGPL-3+ or CC-BY-SA"),
    Source("lxde", "lxde-icon-theme", "theme", "LGPL-3+"),
    Source("breeze", "breeze-icon-theme", "theme", "LGPL-2+, LGPL-3+"),
    Source("oxygen", "oxygen-icon-theme", "theme", "LGPL-3+"),
    Source("papirus", "papirus-icon-theme", "theme", "GPL-3"),
    Source("elementary", "elementary-icon-theme", "theme", "GPL-3+, CC0-1.0"),
    Source("elementary-xfce", "elementary-xfce-icon-theme", "theme", "GPL-2+, LGPL-2+, CC-BY-SA-2.0"),
    Source("numix", "numix-icon-theme", "theme", "GPL-3+"),
    Source("faba", "faba-icon-theme", "theme", "GPL-3 or CC-BY-SA-4.0"),
    Source("suru", "suru-icon-theme", "theme", "GPL-3, CC-BY-SA-3.0", use="tune"),
    Source("yaru", "yaru-theme-icon", "theme", "CC-BY-SA-4.0, GPL-3+"),
    Source("deepin", "deepin-icon-theme", "theme", "LGPL-3+"),
    Source("mint-y", "mint-y-icons", "theme", "GPL-3+, LGPL-3, CC-BY-SA-4.0"),
    Source("paper", "paper-icon-theme", "theme", "CC-BY-SA-4.0, GPL-3", use="test"),
    Source("obsidian", "obsidian-icon-theme", "theme", "GPL-3", use="test"),
    Source("colibre", "libreoffice-style-colibre", "office", "MPL-2.0, LGPL-3+"),
    Source("office-breeze", "libreoffice-style-breeze", "office", "MPL-2.0, LGPL-3+"),
    Source("office-elementary", "libreoffice-style-elementary", "office", "MPL-2.0, LGPL-3+"),
    Source("karasa-jaga", "libreoffice-style-karasa-jaga", "office", "MPL-2.0, LGPL-3+"),
    Source("sukapura", "libreoffice-style-sukapura", "office", "MPL-2.0, LGPL-3+"),
    Source("sifr", "libreoffice-style-sifr", "office", "MPL-2.0, LGPL-3+"),
    Source("tabler", "@tabler/icons@3.52.0", "web", "MIT"),
    Source("lucide", "lucide-static@1.62.0", "web", "ISC"),
    Source("mdi", "@mdi/svg@7.4.47", "web", "Apache-2.0"),
    Source("material", "@material-symbols/svg-400@0.48.2", "web", "Apache-2.0"),
    Source("fluent", "@fluentui/svg-icons@1.1.343", "web", "MIT"),
    Source("phosphor", "@phosphor-icons/core@2.1.1", "web", "MIT"),
    Source("fontawesome", "@fortawesome/fontawesome-free@7.3.1", "web", "CC-BY-4.0"),
    Source("carbon", "@carbon/icons@11.89.0", "web", "Apache-2.0"),
    Source("remix", "remixicon@4.9.1", "web", "Apache-2.0"),
    Source("feather", "feather-icons@4.29.2", "web", "MIT"),
    Source("heroicons", "heroicons@2.2.0", "web", "MIT"),
    Source("ionicons", "ionicons@8.1.0", "web", "MIT"),
    Source("octicons", "@primer/octicons@19.42.0", "web", "MIT", use="tune"),
    Source("codicons", "@vscode/codicons@0.0.45", "web", "CC-BY-4.0"),
    Source("eva", "eva-icons@1.1.3", "web", "MIT"),
    Source("iconoir", "iconoir@7.12.1", "web", "MIT", use="tune"),
    Source("ant", "@ant-design/icons-svg@4.6.0", "web", "MIT"),
    Source("bootstrap", "bootstrap-icons@1.13.2", "web", "MIT", use="test"),
)
"""Faenza is none of them: the held-out Obsidian was drawn after it."""


def cache_folder() -> Path:
    """Where packages, unpacked, and what was rendered from them are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskhand" / "icons"


def fetch(cache: Path) -> Iterator[str]:
    """Get what is missing through apt and npm, which reach for the network. Yields a line for each source that cannot be had."""
    for source in SOURCES:
        folder = cache / "packages" / source.name
        if folder.is_dir():
            continue
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "download").mkdir(parents=True)
        try:
            (_npm if source.kind == "web" else _apt)(source.package, partial)
        except (subprocess.SubprocessError, OSError, tarfile.TarError) as error:
            yield f"{source.package} cannot be fetched: {str(error)[:200]}"
            shutil.rmtree(partial, ignore_errors=True)
            continue
        shutil.rmtree(partial / "download")
        partial.rename(folder)


def _apt(package: str, folder: Path) -> None:
    download = folder / "download"
    subprocess.run(["apt-get", "download", package], cwd=download, check=True, capture_output=True, timeout=FETCH_SECONDS)
    subprocess.run(["dpkg", "-x", str(next(download.glob("*.deb"))), str(folder)], check=True, capture_output=True, timeout=FETCH_SECONDS)


def _npm(package: str, folder: Path) -> None:
    download = folder / "download"
    command = ["npm", "pack", "--silent", "--fetch-retries=1", "--pack-destination", str(download), package]
    subprocess.run(command, cwd=download, check=True, capture_output=True, timeout=FETCH_SECONDS)
    with tarfile.open(next(download.glob("*.tgz"))) as archive:
        archive.extractall(folder, members=_wanted(archive), filter="data")


def _wanted(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Drawings and lists of tags; not fonts, scripts, or what is drawn for other sizes of print."""
    for member in archive:
        if member.isfile() and member.name.endswith((".svg", ".json", "tags.json", "LICENSE")):
            yield member


def find_packages(cache: Path) -> dict[Source, Path]:
    """The sources that were fetched, and their folders. Raises IconsMissing where there are none."""
    found = {source: folder for source in SOURCES if (folder := cache / "packages" / source.name).is_dir()}
    if not found:
        raise IconsMissing(f"no icons in {cache}: python -m training.generate.icons.sources fetches them (apt and npm, some 2 GB unpacked)")
    return found


def main() -> int:
    """Fetch what is missing."""
    missing = list(fetch(cache_folder()))
    print("\n".join(missing) or f"all of them are in {cache_folder()}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
