"""The report of a run: `report.json` and `report.md`, written anew after each check, so that a run cut short loses one check only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARKS = {"done": "done", "failed": "FAILED", "skipped": "skipped", "out of time": "OUT OF TIME", "no device": "NO DEVICE"}


@dataclass(slots=True)
class Entry:
    """What became of one check.

    Attributes:
        state: a key of `MARKS`.
        seconds: from the word to begin to the result; 0 where it never began.
        result: what it measured; `lines` of it are for people, `wanted` says what was to be reached.
        error: why there is no result.
        output: the end of what it wrote, where something went wrong.
    """

    name: str
    what: str
    state: str
    seconds: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    output: str = ""

    def to_dict(self) -> dict[str, Any]:
        told = {"name": self.name, "state": self.state, "seconds": round(self.seconds, 2), "error": self.error, "output": self.output}
        return {key: value for key, value in told.items() if value != ""} | ({"result": self.result} if self.result else {})


@dataclass(slots=True)
class Report:
    """A folder's report."""

    folder: Path
    heading: str
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take in what became of a check, and write the report; long `text` of a result goes into a file of its own."""
        text = entry.result.pop("text", None)
        if text is not None:
            _write(self.folder / f"{entry.name}.txt", text)
        self.entries.append(entry)
        self.write()

    def write(self) -> None:
        """Both files, each replaced at once; what `report.json` has is in `report.md` already."""
        made = {"heading": self.heading, "checks": [entry.to_dict() for entry in self.entries]}
        _write(self.folder / "report.md", "\n".join(self._text()) + "\n")
        _write(self.folder / "report.json", json.dumps(made, indent=1) + "\n")

    def _text(self) -> list[str]:
        lines = [f"# {self.heading}", "", "| check | what became of it | seconds | wanted and not reached |", "|---|---|---|---|"]
        for entry in self.entries:
            short = [f"{row['what']} {row['wanted']:.2f}: {row['is']:.2f}" for row in entry.result.get("wanted", []) if not row["met"]]
            lines.append(f"| {entry.name}: {entry.what} | {MARKS[entry.state]} | {entry.seconds:.1f} | {'; '.join(short) or '–'} |")
        for entry in self.entries:
            lines += ["", f"## {entry.name}", "", *(f"- {line}" for line in entry.result.get("lines", []))]
            lines += [f"- {MARKS[entry.state]}: {entry.error}"] if entry.error else []
            lines += ["", "```", entry.output.rstrip(), "```"] if entry.output else []
        return lines


def put_aside(folder: Path) -> None:
    """Move what an earlier run found into a folder of its own below: a card comes rarely, and what it said once is not to be lost."""
    if found := [*folder.glob("report.*"), *folder.glob("profile-*.txt")]:
        number = 1
        while (to := folder / f"earlier-{number}").exists():
            number += 1
        to.mkdir()
        for path in found:
            path.rename(to / path.name)


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
