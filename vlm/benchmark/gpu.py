"""Everything that a borrowed GPU is to be asked, most valuable first: `python -m vlm.benchmark.gpu --out DIR`.

Each check is a process of its own with its own time limit; what fails, or takes too long, is recorded, and the next goes on. With `--tiny`
the same checks run on narrow models on the processor.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from recordings.errors import DeskhandError
from recordings.own_module import own_module
from vlm.benchmark.pieces import PIECE, cut, join
from vlm.benchmark.report import Entry, Report, put_aside

OLDEST, NEWEST = (5, 17), (5, 23)
"""Releases of transformers that the code runs on; newer ones are tried with a word of warning."""
MINUTES = 8.0
ENOUGH = 10.0
"""Seconds: with less left no check is begun."""
_OUTPUT = 4000


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the card.

    Attributes:
        limit: the most seconds it may take once it was told to begin.
        words: of its command line, after the interpreter's own.
        rates: whether it must be told what the card was measured to do.
    """

    name: str
    what: str
    limit: float
    words: tuple[str, ...]
    rates: bool = False


def _own(name: str, what: str, limit: float, rates: bool = False) -> Check:
    return Check(name, what, limit, ("vlm.benchmark.child", name), rates)


def _step(form: str, what: str, limit: float) -> Check:
    # Training stands above this package: it is started, never imported.
    return Check(f"step-{form}", what, limit, ("training.stages.step_bench", "--quantization", form), True)


CHECKS = (
    _own("card", "device, versions, bandwidth and matrix rate", 120),
    _own("kernels", "4-bit products against unpacked weights", 45),
    _own("graphs", "recorded passes against unrecorded ones", 45),
    _own("click-nf4", "15B in NF4: first click, second question, decoding", 60, True),
    _own("click-bfloat16", "15B in bfloat16: first click, second question, decoding", 60, True),
    _step("nf4", "15B in NF4: a step of LoRA at 4,000 tokens", 60),
    _own("profile-nf4", "where a first click's time goes, in NF4", 45),
    _own("profile-bfloat16", "where a first click's time goes, in bfloat16", 45),
    _own("click-int8", "15B in int8: first click, second question, decoding", 60, True),
    _step("none", "15B in bfloat16: a step of LoRA at 4,000 tokens", 60),
)


class Started:
    """A check's process, which has not been told to begin yet."""

    def __init__(self, check: Check, folder: Path, tiny: bool) -> None:
        self.check = check
        self._result = folder / f"{check.name}.json"
        self._log = (folder / f"{check.name}.log").open("w+", encoding="utf-8", errors="replace")
        self._tiny = tiny
        self._process: subprocess.Popen[str] | None = None

    def get_ready(self, rates: Sequence[float] = ()) -> None:
        """Start it: it imports what it needs while another one is still at work."""
        if self._process is None:
            module, *words = self.check.words
            words += ["--result", str(self._result)] + (["--tiny"] if self._tiny else [])
            words += ["--rates", *map(str, rates)] if rates else []
            # A dry run shares the processor with others, and threads that wait for each other's cores are slower than one.
            settings = {"HF_HUB_OFFLINE": "1", "PYTHONFAULTHANDLER": "1"}
            settings |= {"OMP_NUM_THREADS": "1"} if self._tiny else {}
            self._process = subprocess.Popen(
                own_module(module, *words), stdin=subprocess.PIPE, stdout=self._log, stderr=subprocess.STDOUT, text=True,
                process_group=0, env=os.environ | settings,
            )  # fmt: skip

    def go(self, limit: float) -> Entry:
        """Let it begin, and wait for what becomes of it; after `limit` seconds it is ended."""
        assert self._process is not None
        began = time.monotonic()
        entry = Entry(self.check.name, self.check.what, "failed")
        try:
            assert self._process.stdin is not None
            # It stays open: where this process is killed, its end tells the check to end as well.
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
            self._process.wait(limit)
        except subprocess.TimeoutExpired:
            entry.state, entry.error = "out of time", f"it had not ended after {limit:.0f} s"
        except OSError as error:
            entry.error = f"it ended before it began ({error})"
        self.end()
        entry.seconds = time.monotonic() - began
        # A check that wrote its result and then did not end has done its work all the same.
        if self._result.is_file():
            made = json.loads(self._result.read_text(encoding="utf-8"))
            entry.state, entry.result, entry.error = made["state"], made.get("result", {}), made.get("error", "")
            entry.output = made.get("traceback", "")
        elif entry.state == "failed" and not entry.error:
            entry.error = f"its process ended with status {self._process.returncode} and no result"
        if entry.state in ("failed", "out of time") and not entry.output:
            entry.output = _tail(self._log)
        return entry

    def end(self) -> None:
        """End it, with whatever it started."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def close(self) -> None:
        """End it."""
        self.end()
        self._log.close()


def _tail(log: IO[str]) -> str:
    log.seek(0)
    return log.read()[-_OUTPUT:]


def run(out: Path, minutes: float, tiny: bool, only: Sequence[str], train: Path | None) -> Report:
    """Make the report in `out`; an earlier one there is put aside first.

    Args:
        minutes: for all of it; what is left when a check begins may shorten its limit.
        only: names of checks; none: all.
        train: the configuration of a stage that is trained last, in `out/train`; it goes on where it stopped before.

    Raises:
        DeskhandError: nothing can be written to `out`.
    """
    ends = time.monotonic() + 60 * minutes
    try:
        out.mkdir(parents=True, exist_ok=True)
        put_aside(out)
    except OSError as error:
        raise DeskhandError(f"no report can be written to {out} ({error.strerror}): name another folder with --out") from error
    where = "narrow models on the processor, a dry run" if tiny else "this machine's GPU"
    report = Report(out, f"What the model costs on {where}, {time.strftime('%Y-%m-%d %H:%M')}")
    report.write()
    wanted = [check for check in CHECKS if not only or check.name in only]
    with tempfile.TemporaryDirectory() as folder:
        _run(wanted, Path(folder), ends, tiny, report)
    if train is not None and not any(entry.state == "no device" for entry in report.entries):
        _add(report, _train(train, out, ends - time.monotonic()))
    return report


def _add(report: Report, entry: Entry) -> None:
    report.add(entry)
    print(f"{entry.name}: {entry.state}, {entry.seconds:.1f} s{f' ({entry.error})' if entry.error else ''}", flush=True)


def _run(checks: Sequence[Check], folder: Path, ends: float, tiny: bool, report: Report) -> None:
    """One check after the other, the next getting ready meanwhile; `ends` is when the time is up."""
    started = [Started(check, folder, tiny) for check in checks]
    rates: Sequence[float] = ()
    try:
        for number, each in enumerate(started):
            left = ends - time.monotonic()
            if left < ENOUGH:
                _add(report, Entry(each.check.name, each.check.what, "skipped", error=f"{max(left, 0):.0f} s were left"))
                continue
            each.get_ready(rates)
            for following in started[number + 1 : number + 2]:
                if rates or not following.check.rates:
                    following.get_ready(rates)
            entry = each.go(min(each.check.limit, left))
            _add(report, entry)
            if found := entry.result.get("rates"):
                rates = (found["bandwidth"], found["matrix"])
            if entry.state == "no device":
                break
    finally:
        for each in started:
            each.close()


def _train(config: Path, out: Path, left: float) -> Entry:
    """One stage by the command line's own trainer, stopped in time to be saved. What it leaves is cut into pieces that travel, the
    checkpoint that it goes on from included; another run on another machine puts them together first."""
    entry = Entry("train", f"the stage of {config}", "failed")
    folder = out / "train"
    minutes = (left - 60) / 60
    if minutes < 0.2:
        entry.state, entry.error = "skipped", f"{max(left, 0):.0f} s were left"
        return entry
    join(folder)
    kept = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    words = ["train", str(config), "--out", str(folder), "--minutes", f"{minutes:.2f}"] + (["--resume", str(kept[-1])] if kept else [])
    began = time.monotonic()
    try:
        ran = subprocess.run(own_module("agent.cli", *words), capture_output=True, text=True, timeout=left)
        entry.output = (ran.stdout + ran.stderr)[-_OUTPUT:]
        entry.state, entry.error = ("done", "") if ran.returncode == 0 else ("failed", f"it ended with status {ran.returncode}")
    except subprocess.TimeoutExpired:
        entry.state, entry.error = "out of time", f"it had not ended after {left:.0f} s"
    entry.seconds = time.monotonic() - began
    told = {path: cut(path, PIECE) for path in sorted(folder.rglob("*")) if path.is_file()}
    weights = [path for path in told if path.parent == folder and path.suffix == ".safetensors"]
    entry.result = {"lines": [line for path in weights for line in told[path]]}
    return entry


def _check_libraries() -> None:
    """Raise DeskhandError where the checks could not run at all."""
    low, high = (".".join(map(str, one)) for one in (OLDEST, NEWEST))
    try:
        found = version("transformers")
    except PackageNotFoundError as error:
        raise DeskhandError(f"transformers is not installed, the model needs {low} to {high}: install one of these") from error
    release = tuple(int(part) for part in re.findall(r"\d+", found)[:2])
    if release < OLDEST or release[0] != OLDEST[0]:
        raise DeskhandError(f"transformers {found} is installed, the model needs {low} to {high}: install one of these")
    if release > NEWEST:
        print(f"deskhand: transformers {found} is newer than {high}, the newest that this was tried with", file=sys.stderr)


def _minutes(text: str) -> float:
    found = float(text)
    if not 0 < found < math.inf:
        raise ValueError(text)
    return found


def main(words: Sequence[str] | None = None) -> int:
    """The command line; 0 where every check that began was done."""
    parser = argparse.ArgumentParser(prog="python -m vlm.benchmark.gpu", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="report.json, report.md and profiles go here")
    parser.add_argument("--minutes", type=_minutes, default=MINUTES, metavar="N", help=f"for all of it (default {MINUTES:g})")
    parser.add_argument("--tiny", action="store_true", help="narrow models on the processor, to see that everything runs")
    parser.add_argument("--only", nargs="+", default=[], choices=[check.name for check in CHECKS], metavar="CHECK", help="these alone")
    parser.add_argument("--train", type=Path, metavar="CONFIG", help="train this stage with the time that is left")
    arguments = parser.parse_args(words)
    if arguments.train is not None and not arguments.train.is_file():
        parser.error(f"--train {arguments.train}: there is no such file")
    try:
        _check_libraries()
        report = run(arguments.out, arguments.minutes, arguments.tiny, arguments.only, arguments.train)
    except DeskhandError as error:
        print(f"deskhand: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"deskhand: stopped; the report so far is {arguments.out / 'report.md'}", file=sys.stderr)
        return 128 + signal.SIGINT
    if report.entries and report.entries[-1].state == "no device":
        print(f"deskhand: {report.entries[-1].error}", file=sys.stderr)
        return 1
    print(f"the report is {arguments.out / 'report.md'}")
    return 0 if all(entry.state == "done" for entry in report.entries) else 1


if __name__ == "__main__":
    # What ends it politely ends its checks as well, as Ctrl-C does; of a kill they learn by themselves.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
