"""What each `deskhand model` command does. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordings.errors import DeskhandError

if TYPE_CHECKING:
    from PIL import Image

    from agent.receipt import Question
    from vlm.quantization import Quantization

CAPTURES = 5
_WHOLE_SCREEN = (1024, 768)


def model_prepare(arguments: argparse.Namespace) -> int:
    from vlm.prepare import prepare

    _bars_only_for_people()
    with redirect_stdout(sys.stderr):
        made = prepare(
            arguments.source,
            arguments.to,
            _quantization(arguments.quantization),
            from_folder=arguments.from_folder,
            revision=arguments.revision,
            notice=lambda line: print(line, file=sys.stderr, flush=True),
        )
    size = sum(record.bytes for record in made.files.values())
    if arguments.json:
        found = {"folder": str(arguments.to), "source": made.source, "revision": made.revision, "quantization": made.quantization}
        print(json.dumps(found | {"files": len(made.files), "bytes": size}))
    else:
        print(f"{arguments.to} is ready ({made.quantization}, {size / 2**20:,.0f} MiB): use it with --model {arguments.to}")
    return 0


def model_merge(arguments: argparse.Namespace) -> int:
    from vlm.adapters import merge

    with redirect_stdout(sys.stderr):
        merge(arguments.base, arguments.adapter_folder, arguments.to)
    text = f"{arguments.to} is ready: use it with --model {arguments.to}"
    print(json.dumps({"folder": str(arguments.to)}) if arguments.json else text)
    return 0


def _bars_only_for_people() -> None:
    if not sys.stderr.isatty():
        from huggingface_hub.utils.tqdm import disable_progress_bars

        disable_progress_bars()


def model_info(arguments: argparse.Namespace) -> int:
    from vlm.info import describe, print_description

    found = describe(_local(arguments.folder) if arguments.folder else _model_name(arguments), arguments.memory, arguments.verify)
    print(json.dumps(found) if arguments.json else print_description(found))
    return 0


def model_check(arguments: argparse.Namespace) -> int:
    from vlm.benchmark.golden import check, print_check

    name = _local(arguments.folder) if arguments.folder else _model_name(arguments)
    with redirect_stdout(sys.stderr):
        found = check(name, _quantization(arguments.quantization))
    print(json.dumps(found) if arguments.json else print_check(found))
    return 0 if found["sound"] else 1


def model_bench(arguments: argparse.Namespace) -> int:
    from vlm.bench import measure, print_bench

    size = getattr(arguments, "size", _WHOLE_SCREEN)
    with redirect_stdout(sys.stderr):
        model, name = _bench_model(arguments)
        screens = _bench_screens(arguments.repeats + 1, size, getattr(arguments, "seed", 0))
        found = measure(model, screens, fixed_length=arguments.random is not None)
        seconds, notes = _time_capture(arguments, size)
    found["phases"] = {"capture": {"seconds": seconds}} | found["phases"]
    found = {"name": name, "screen": f"{size[0]}x{size[1]}"} | found | {"notes": notes}
    print(json.dumps(found) if arguments.json else print_bench(found))
    return 0


def _bench_model(arguments: argparse.Namespace) -> tuple[Any, str]:
    import torch

    from vlm.engine import VisionLanguageModel, load

    quantization = _quantization(arguments.quantization)
    if arguments.random is not None:
        from agent.cli.arguments import UsageError
        from vlm.random_weights import random_checkpoint

        if hasattr(arguments, "model"):
            raise UsageError("--random makes a model of its own: leave out --model, or --random")
        if arguments.dtype not in (None, "bfloat16"):
            raise UsageError(f"--random makes weights in bfloat16 only: leave out --dtype {arguments.dtype}")
        place = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = VisionLanguageModel(random_checkpoint(arguments.random, quantization, place))
        return model, f"random weights, {arguments.random}, {quantization or 'bfloat16'}"
    dtype = None if arguments.dtype is None else getattr(torch, arguments.dtype)
    name = _model_name(arguments)
    model = load(name, quantization, dtype=dtype)
    return model, f"{name}{'' if quantization is None else f' as {quantization}'}"


def _bench_screens(count: int, size: tuple[int, int], seed: int) -> list[tuple[Image.Image, str, str]]:
    import random

    from training.screens.drawn import draw_screen
    from training.screens.store import askable

    screens = []
    for number in range(count):
        rng = random.Random(f"bench/{seed}/{number}")
        screen = draw_screen(rng, size)
        names = [element.name for element in askable(screen.elements)]
        if len(names) < 2:
            raise DeskhandError(f"a screen of {size[0]}×{size[1]} is too small to hold two things to point at: choose a larger --size")
        first, second = rng.sample(names, 2)
        screens.append((screen.picture(), first, second))
    return screens


def _time_capture(arguments: argparse.Namespace, size: tuple[int, int]) -> tuple[float | None, list[str]]:
    """The median seconds of taking a screenshot: of a virtual desktop of this size, or of the host where it is asked for."""
    from contextlib import nullcontext

    from agent.screen import Screen
    from agent.virtual import VirtualDesktop

    host = getattr(arguments, "desktop", None) == "host"
    try:
        with nullcontext() if host else VirtualDesktop(width=size[0], height=size[1]) as desktop:
            screen = Screen(None if desktop is None else desktop.display)
            taken = []
            for _ in range(CAPTURES):
                began = time.perf_counter()
                screen.capture()
                taken.append(time.perf_counter() - began)
            screen.close()
    except DeskhandError as error:
        return None, [f"no capture was timed: {error}"]
    return statistics.median(taken), []


def model_receipt(arguments: argparse.Namespace) -> int:
    from agent.receipt import Candidate, check, measure, print_receipt

    if arguments.folders:
        name = None
        candidates = [Candidate(folder, _local(folder), None) for folder in arguments.folders]
    else:
        name = _model_name(arguments)
        candidates = [Candidate("bfloat16", name, None), Candidate("int8", name, "int8"), Candidate("nf4", name, "nf4")]
    check(candidates)
    with redirect_stdout(sys.stderr), _questions(arguments.on, arguments.count, getattr(arguments, "seed", 0)) as questions:
        rows = measure(candidates, questions, notice=lambda line: print(line, file=sys.stderr, flush=True))
    found = {"model": name, "on": arguments.on, "rows": rows}
    print(json.dumps(found) if arguments.json else print_receipt(found))
    return 0


@contextmanager
def _questions(on: str, count: int, seed: int) -> Iterator[list[Question]]:
    """The probe set: elements of screens that no training saw, in a folder that lasts as long as the context."""
    from agent.receipt import Question
    from training.evaluation.evaluate import QUESTIONS_PER_SCREEN, TEST_SEEDS, questions_of
    from training.screens import KINDS, generate
    from training.screens.store import read_screens

    with tempfile.TemporaryDirectory(prefix="deskhand-screens-") as made:
        folder = Path(on)
        if on in KINDS:
            folder = Path(made)
            generate(on, -(-count // QUESTIONS_PER_SCREEN) + 2, folder, TEST_SEEDS + seed, _WHOLE_SCREEN)
        questions = []
        for screen, element in questions_of(read_screens(folder), count, seed):
            questions.append(Question(screen.path, element.name, element.box_in(screen.picture().size)))
        yield questions


def _quantization(chosen: str | None) -> Quantization | None:
    return None if chosen in (None, "none") else chosen  # type: ignore[return-value]


def _model_name(arguments: argparse.Namespace) -> str:
    from agent.cli.arguments import read_settings

    return _local(read_settings(arguments).model)


def _local(name: str) -> str:
    from agent.cli.arguments import UsageError
    from vlm.endpoint import is_endpoint

    if is_endpoint(name):
        raise UsageError(f"{name} is a server's address, and only models that run here are measured: name pocket, a folder or a hub id")
    return name


MODEL_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "model prepare": model_prepare, "model info": model_info, "model check": model_check,
    "model bench": model_bench, "model receipt": model_receipt,
    "model merge": model_merge,
}  # fmt: skip
