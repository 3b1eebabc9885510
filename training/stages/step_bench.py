"""What a fine-tuning step of the published model takes: `python -m training.stages.step_bench --result FILE`, on random weights.

One row of one full screen and some answers, 4,000 tokens together, by the stage trainer as `deskhand train` runs it. It is a check of
`vlm.benchmark.gpu`, which starts it and waits for its result.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import TrainerCallback, TrainingArguments

from training.datasets.records import Frame, Record
from training.stages.data import RowOrder
from training.stages.encode import PICTURE
from training.stages.prepare import prepare_model
from training.stages.quiet import silence
from training.stages.rows import Row, make_rows
from training.stages.settings import StageSettings
from training.stages.trainer import StageTrainer
from vlm.benchmark.card import measured_rates
from vlm.benchmark.child import device_of, run
from vlm.benchmark.floors import work_of
from vlm.chat import ChatFormat
from vlm.loading import Checkpoint
from vlm.prompts import ground_question
from vlm.quantization import Quantization
from vlm.random_weights import random_checkpoint
from vlm.sizes import GIB

STEPS = 4
"""The first, in which memory is allocated and the optimiser's state made, does not count."""
TEXT = 400
"""Tokens beside the picture's."""
WANTED_PEAK = 24 * GIB


class StepClock(TrainerCallback):
    """When the training began and each of its steps ended."""

    def __init__(self) -> None:
        self.marks: list[float] = []

    def _mark(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.marks.append(time.perf_counter())

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._mark()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._mark()

    @property
    def steps(self) -> list[float]:
        return [after - before for before, after in zip(self.marks, self.marks[1:], strict=False)]


def one_row(checkpoint: Checkpoint, size: tuple[int, int]) -> Row:
    """A row of one picture of noise and `TEXT` tokens: the question, and an answer that fills the rest."""
    picture = Image.effect_noise(size, 60).convert("RGB")
    chat = ChatFormat(checkpoint.tokenizer)

    def row(letters: int) -> Row:
        record = Record("ground", (Frame(lambda: picture),), ground_question("start playback"), "x" * letters)
        return make_rows([record], chat, checkpoint.images, 32768, None, True, 1).rows[0]

    empty = row(1)
    beside = len(empty.ids) - int((empty.ids == PICTURE).sum())
    return row(1 + max(TEXT - beside, 0))


def measure(device: torch.device, tiny: bool, quantization: Quantization | None, matrix: float) -> dict[str, Any]:
    """Seconds, tokens a second, memory and losses of the steps; `utilisation` is the share of the card's measured `matrix` rate.

    Counted are the tower once, the decoder forward twice (its activations are computed again) and once for the gradient of what goes in.
    """
    checkpoint = random_checkpoint("tiny" if tiny else "full", quantization, device)
    # Without a cache the tower sees the picture anew in each step, as it does when there are many.
    settings = StageSettings(stage="instruct", episodes=[Path()], quantization=quantization, checkpointing=True, cache=0, rate=1e-4)
    row = one_row(checkpoint, (320, 240) if tiny else (1920, 1080))
    model = prepare_model(settings, checkpoint)
    clock = StepClock()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with tempfile.TemporaryDirectory() as out:
        arguments = TrainingArguments(
            output_dir=out, per_device_train_batch_size=1, max_steps=STEPS, learning_rate=settings.rate, save_strategy="no",
            logging_steps=1, report_to=[], disable_tqdm=True, remove_unused_columns=False,
            use_cpu=device.type == "cpu", bf16=device.type == "cuda",
        )  # fmt: skip
        trainer = StageTrainer({}, model, arguments, RowOrder([row], 1, STEPS), callbacks=[clock])
        trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    step = min(clock.steps[1:])
    patches, tokens = int((row.ids == PICTURE).sum()), len(row.ids)
    work = work_of(checkpoint.model.config, quantization, patches)
    layers = checkpoint.model.config.num_hidden_layers
    decoder = work_of(checkpoint.model.config, quantization, tokens).prefill * layers / (layers - 1)
    utilisation = (work.tower + 3 * decoder) / step / matrix
    peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
    lines = [
        f"{tokens} tokens, {patches} of them a picture: steps {', '.join(f'{seconds:.2f}' for seconds in clock.steps)} s, "
        f"{tokens / step:.0f} tokens/s, {100 * utilisation:.1f} % of the card's matrix rate",
        f"losses {', '.join(f'{loss:.3f}' for loss in losses)}",
    ]
    wanted = []
    if peak is None:
        lines.append("no CUDA here: the most memory was not measured")
    else:
        lines.append(f"most memory {peak / GIB:.2f} GiB")
        if quantization == "nf4":
            wanted = [{"what": "peak in GiB, at most", "wanted": WANTED_PEAK / GIB, "is": peak / GIB, "met": peak <= WANTED_PEAK}]
    return {
        "tokens": tokens, "patches": patches, "steps": clock.steps, "tokens_per_second": tokens / step, "utilisation": utilisation,
        "peak": peak, "losses": losses, "wanted": wanted, "lines": lines,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m training.stages.step_bench", description="A fine-tuning step on random weights.")
    parser.add_argument("--result", type=Path, required=True, help="write what was measured here, as JSON")
    parser.add_argument("--quantization", choices=["nf4", "int8", "none"], default="nf4")
    parser.add_argument("--tiny", action="store_true", help="a narrow model on the processor")
    parser.add_argument("--rates", type=float, nargs=2, help="the card's bytes and operations a second; else they are measured")
    arguments = parser.parse_args()
    silence()
    form: Quantization | None = None if arguments.quantization == "none" else arguments.quantization

    def work() -> dict[str, Any]:
        device = device_of(arguments.tiny)
        matrix = arguments.rates[1] if arguments.rates else measured_rates(device, arguments.tiny).matrix
        return measure(device, arguments.tiny, form, matrix)

    return run(arguments.result, work)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
