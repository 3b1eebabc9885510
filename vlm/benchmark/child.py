"""A check in a process of its own, so that its memory and its end are its own: `python -m vlm.benchmark.child NAME --result FILE`.

It imports what it needs, waits for a line on its standard input, and only then touches the device: one gets ready while another runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from recordings.errors import DeskhandError
from vlm.benchmark.floors import Rates


class NoDevice(DeskhandError):
    """There is nothing here that a check could ask."""


def _checks(name: str, rates: Rates | None) -> Callable[[Any, bool], dict[str, Any]]:
    """What a name stands for; its modules are loaded here."""
    from vlm.benchmark import card, click, kernels, profiling
    from vlm.quantization import Quantization

    held: dict[str, Quantization | None] = {"nf4": "nf4", "bfloat16": None, "int8": "int8"}
    what, _, form = name.partition("-")
    simple = {"card": card.check, "kernels": kernels.check_nf4, "graphs": kernels.check_graphs}
    if what in simple:
        return simple[what]
    if what == "click":
        return lambda device, tiny: click.check(device, tiny, held[form], rates or card.measured_rates(device, tiny))
    return lambda device, tiny: profiling.check(device, tiny, held[form])


def run(result: Path, work: Callable[[], dict[str, Any]]) -> int:
    """Wait for the word to begin, do the work, and write what came of it: its result, or why there is none.

    Where whoever said so ends meanwhile, this process ends too: it would hold the card's memory for nobody.
    """
    import torch

    from vlm.random_weights import NoRoom

    if not sys.stdin.readline():
        return 1  # nobody is left who could want the result
    finished = threading.Event()
    threading.Thread(target=_end_with, args=(sys.stdin.fileno(), finished), daemon=True).start()
    try:
        made: dict[str, Any] = {"state": "done", "result": work()}
    except NoDevice as error:
        made = {"state": "no device", "error": str(error)}
    except NoRoom as error:
        made = {"state": "skipped", "error": str(error)}
    except torch.OutOfMemoryError as error:
        # What a check needs beyond weights and one picture is not computed beforehand; the message says how much there was.
        made = {"state": "skipped", "error": str(error).split("\n")[0]}
    except DeskhandError as error:
        made = {"state": "failed", "error": str(error)}
    except Exception as error:  # noqa: BLE001  (whatever it is belongs into the report)
        made = {"state": "failed", "error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
    part = result.with_suffix(".part")
    part.write_text(json.dumps(made), encoding="utf-8")
    part.replace(result)
    finished.set()
    return 0 if made["state"] == "done" else 1


def _end_with(given: int, finished: threading.Event) -> None:
    """End this process when the descriptor does, unless the work is done."""
    with suppress(OSError):
        os.read(given, 1)  # past the library's buffer, whose lock would be held at the end
    if not finished.is_set():
        os._exit(1)


def device_of(tiny: bool) -> Any:
    """Where a check runs: a dry run stays on the processor. Raises NoDevice."""
    import torch

    if not tiny and not torch.cuda.is_available():
        built = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built without CUDA"
        raise NoDevice(f"torch {torch.__version__}, {built}, finds no CUDA device: use --tiny for a dry run on the processor")
    return torch.device("cpu") if tiny else torch.device("cuda", 0)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--result", type=Path, required=True)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--rates", type=float, nargs=2, help="the card's bytes and operations a second; else they are measured")
    arguments = parser.parse_args()
    check = _checks(arguments.name, None if arguments.rates is None else Rates(*arguments.rates))
    return run(arguments.result, lambda: check(device_of(arguments.tiny), arguments.tiny))


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Libraries' own endings have hung before; nothing is left to be done.
    os._exit(status)
