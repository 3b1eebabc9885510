"""Make the planner's adapter: `python -m training.recipes.pocket.planner --out runs/planner`.

Pairs of instructions and plans are made while they are learned from; the base comes from its package, or from `--base`. On a GPU the
configuration's minutes are what the shipped adapter took. At the end the development sentences are planned, unconstrained.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from recordings.errors import DeskhandError
from training.stages.text.settings import read_text_stage

CONFIGURATION = Path("training/configs/stages/planner.yaml")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m training.recipes.pocket.planner", description="Train the planner's adapter.")
    parser.add_argument("--config", type=Path, default=CONFIGURATION)
    parser.add_argument("--base", help="a folder, GGUF file or hub id of the base (default: the file in its package)")
    parser.add_argument("--out", type=Path, default=Path("runs/planner"))
    parser.add_argument("--resume", type=Path, help="a checkpoint-… folder of the same run")
    for name in ("steps", "tokens", "workers", "accumulate", "pool", "held_out", "log_every", "measure_every", "save_every", "seed"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--rate", type=float)
    arguments = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    given = {
        name: value for name, value in vars(arguments).items() if value is not None and name not in ("config", "base", "out", "resume")
    }
    try:
        settings = read_text_stage(arguments.config).model_copy(update=given)
        from training.stages.text.trainer import run_text_stage
        from vlm.planner.base import find_base

        made = run_text_stage(settings, find_base(arguments.base or settings.base), arguments.out, arguments.resume)
    except DeskhandError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    losses = made["losses"]
    print(f"loss {losses[0]:.4f} → {losses[-1]:.4f} in {made['steps']} steps, {made['tokens']:,} tokens; saved in {made['out']}")
    print("\n".join(made["scores"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
