"""How much faster a stage is than the usual way, on the same model and records in one run: `python -m training.stages.bench EPISODES`.

The usual way is transformers' Trainer with a collator that pads: each record brings its own pictures, which go through the tower each
time, and the head computes every place. It is spared what often comes on top: pictures are decoded and cut into patches once.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PrinterCallback, Trainer, TrainingArguments

from training.command import command
from training.stages.data import RowOrder, split_of
from training.stages.encode import IGNORED, PICTURE, Encoded, encode
from training.stages.model import seen_by
from training.stages.prepare import Prepared, prepare
from training.stages.rows import Row
from training.stages.settings import StageSettings
from training.stages.step_bench import StepClock
from training.stages.trainer import StageTrainer
from vlm.chat import ChatFormat


class Padded(nn.Module):
    """The model under a batch of padded records."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, encoded: list[Encoded]) -> dict[str, Tensor]:
        """The mean loss of all answers' tokens."""
        base = self.model.get_base_model()
        device, longest = base.lm_head.weight.device, max(len(one) for one in encoded)
        ids = torch.stack([functional.pad(one.ids, (0, longest - len(one))) for one in encoded]).to(device)
        labels = torch.stack([functional.pad(one.labels, (0, longest - len(one)), value=IGNORED) for one in encoded]).to(device)
        mask = torch.stack([(torch.arange(longest) < len(one)).long() for one in encoded]).to(device)
        with torch.no_grad():
            features = [seen_by(base, picture) for one in encoded for picture in one.pictures]
        pictures = base.model.mm_projector(torch.cat(features))
        logits = self.model(inputs_embeds=base.splice(ids, pictures, PICTURE), attention_mask=mask, use_cache=False).logits
        return {"loss": functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=IGNORED)}


class _PlainTrainer(Trainer):
    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        losses = model(**inputs)
        return (losses["loss"], losses) if return_outputs else losses["loss"]

    def _prepare_inputs(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return inputs


def _arguments(out: str, batch: int, steps: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=out, per_device_train_batch_size=batch, max_steps=steps, learning_rate=1e-4, save_strategy="no", logging_strategy="no",
        report_to=[], disable_tqdm=True, remove_unused_columns=False, use_cpu=not torch.cuda.is_available(),
        bf16=torch.cuda.is_available(),
    )  # fmt: skip


def _timed(trainer: Trainer, warm: int) -> float:
    """Seconds from the end of the first round through the data, in which everything is allocated, to the last."""
    clock = StepClock()
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(clock)
    trainer.model_accepts_loss_kwargs = False
    trainer.train()
    return clock.marks[-1] - clock.marks[warm]


def usual(settings: StageSettings, records: int, batch: int, rounds: int) -> float:
    """Records a second with padding, `batch` at a time."""
    ready = prepare(settings)
    chat, images = ChatFormat(ready.checkpoint.tokenizer), ready.checkpoint.images
    encoded = [encode(record, chat, images, settings.tokens, settings.budget) for record in split_of(settings).train]
    encoded = [one for one in encoded if one.pictures][: records // batch * batch]
    a_round = len(encoded) // batch
    with tempfile.TemporaryDirectory() as out:
        trainer = _PlainTrainer(
            model=Padded(ready.model.model), args=_arguments(out, batch, a_round * (rounds + 1)), train_dataset=encoded,
            data_collator=lambda given: {"encoded": given},
        )  # fmt: skip
        return len(encoded) * rounds / _timed(trainer, a_round)


def packed(settings: StageSettings, records: int, rounds: int) -> float:
    """Records a second as a stage takes them."""
    ready = prepare(settings)
    rows = _first(ready, records)
    with tempfile.TemporaryDirectory() as out:
        steps = len(rows) * (rounds + 1)
        trainer = StageTrainer({}, ready.model, _arguments(out, 1, steps), RowOrder(rows, settings.seed, steps))
        return sum(len(row.names) for row in rows) * rounds / _timed(trainer, len(rows))


def _first(ready: Prepared, records: int) -> list[Row]:
    rows: list[Row] = []
    for row in ready.train.rows:
        if sum(len(one.names) for one in rows) >= records:
            break
        rows.append(row)
    return rows


@command
def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.stages.bench", description="A stage against padding and plain Trainer.")
    parser.add_argument("episodes", type=Path, metavar="EPISODES")
    parser.add_argument("--base", default="pocket", metavar="MODEL")
    parser.add_argument("--records", type=int, default=24, metavar="N")
    parser.add_argument("--batch", type=int, default=4, metavar="N", help="records a step of the usual way")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="timed rounds through them, after one that is not")
    arguments = parser.parse_args()
    settings = StageSettings(
        stage="instruct", base=arguments.base, episodes=[arguments.episodes], kinds=["ground", "act", "state", "reasoning"], held_out=0,
        checkpointing=False,
    )  # fmt: skip
    plain = usual(settings, arguments.records, arguments.batch, arguments.rounds)
    print(f"padded, {arguments.batch} at a time: {plain:.2f} records/s", flush=True)
    fast = packed(settings, arguments.records, arguments.rounds)
    print(f"packed, features kept:  {fast:.2f} records/s, {fast / plain:.2f} times as fast")


if __name__ == "__main__":
    raise SystemExit(main())
