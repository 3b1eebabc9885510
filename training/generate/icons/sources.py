"""The packages that icons come from, what each may be used for, and how they are fetched: only where that is asked for, by
`python -m training.generate.icons.sources`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from recordings.errors import DeskhandError
from training.beside import read_beside
from training.command import command

Kind = Literal["theme", "office", "web", "iconify"]
Use = Literal["train", "tune", "test"]
FETCH_SECONDS = 600


class IconsMissing(DeskhandError):
    """Icons that were not fetched, or cannot be."""


@dataclass(frozen=True, slots=True)
class Source:
    """One package of icons.

    Attributes:
        licence: as the package says.
        package: of Debian for a `theme` or `office`, of npm with its version for the others.
        kind: freedesktop themes, LibreOffice's sets of commands, sets for web pages, and such sets in one file as Iconify packs them.
        use: `test` and `tune` are never trained on: the namer is measured with the first, its confidence is set with the second.
    """

    name: str
    package: str
    kind: Kind
    licence: str
    use: Use


@cache
def sources() -> tuple[Source, ...]:
    """All of `sources.tsv`. Faenza is none of them: the held-out Obsidian was drawn after it."""
    lines = read_beside(__file__, "sources.tsv").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple(Source(name, package, cast(Kind, kind), licence, cast(Use, use)) for name, package, kind, licence, use in rows)


def cache_folder() -> Path:
    """Where packages, unpacked, and what was rendered from them are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskhand" / "icons"


def fetch(cache: Path) -> Iterator[str]:
    """Get what is missing through apt and npm, which reach for the network. Yields a line for each source that cannot be had."""
    for source in sources():
        folder = cache / "packages" / source.name
        if folder.is_dir():
            continue
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "download").mkdir(parents=True)
        try:
            (_npm if source.kind in ("web", "iconify") else _apt)(source.package, partial)
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
    found = {source: folder for source in sources() if (folder := cache / "packages" / source.name).is_dir()}
    if not found:
        raise IconsMissing(f"no icons in {cache}: python -m training.generate.icons.sources fetches them (apt and npm, some 3 GB unpacked)")
    return found


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch what is missing."""
    argparse.ArgumentParser(prog="python -m training.generate.icons.sources", description=__doc__).parse_args(arguments)
    missing = list(fetch(cache_folder()))
    print("\n".join(missing) or f"all of them are in {cache_folder()}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
