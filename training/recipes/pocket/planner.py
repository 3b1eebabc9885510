"""Make the planner's adapter: `python -m training.recipes.pocket.planner --out runs/planner`.

Pairs of instructions and plans are made while they are learned from; the base comes from its package, or from `--base`. On a GPU the
configuration's minutes are what the shipped adapter took. At the end the development sentences are planned, unconstrained.
Where a stage goes on with an adapter, `--blend 0.5` keeps the mean of what it began with and what it learned.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from recordings.errors import DeskhandError
from training.stages.text.settings import read_text_stage

CONFIGURATION = Path("training/configs/stages/planner.yaml")
WEIGHTS = "adapter_model.safetensors"


def blend(before: Path, after: Path, share: float) -> None:
    """Give the adapter in `after` the weights that lie so far (0–1) on the way there from those in `before`."""
    from safetensors.torch import load_file, save_file

    first, last = load_file(before / WEIGHTS), load_file(after / WEIGHTS)
    mean = {name: (first[name].float() * (1 - share) + last[name].float() * share).to(last[name].dtype) for name in last}
    save_file(mean, after / WEIGHTS, {"format": "pt"})
    told = json.loads((after / "stage.json").read_text(encoding="utf-8"))
    (after / "stage.json").write_text(json.dumps(told | {"blend": share}, indent=2) + "\n", encoding="utf-8")


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
    parser.add_argument("--blend", type=float, help="keep so much of what was learned, 0–1, where an adapter was gone on with")
    arguments = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    ours = {"config", "base", "out", "resume", "blend"}
    given = {name: value for name, value in vars(arguments).items() if value is not None and name not in ours}
    try:
        settings = read_text_stage(arguments.config).model_copy(update=given)
        from training.stages.text.trainer import run_text_stage
        from vlm.planner.base import find_base

        made = run_text_stage(settings, find_base(arguments.base or settings.base), arguments.out, arguments.resume)
        if arguments.blend is not None and settings.adapter is not None:
            blend(Path(settings.adapter), arguments.out, arguments.blend)
    except DeskhandError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    losses = made["losses"]
    print(f"loss {losses[0]:.4f} → {losses[-1]:.4f} in {made['steps']} steps, {made['tokens']:,} tokens; saved in {made['out']}")
    print("\n".join(made["scores"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
