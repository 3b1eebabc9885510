"""How much faster packed rows and kept features are than one record after the other: `python -m training.stages.bench EPISODES`.

Both sides make real optimiser steps of an adapter on the same model and the same records, one after the other in the same run, so that the
ratio means something on any machine.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from training.encode import IGNORED
from training.stages.settings import StageSettings
from training.stages.trainer import make

WARM = 1
"""Rows that are not timed: the first pass allocates."""


def throughput(settings: StageSettings, records: int) -> tuple[float, float]:
    """Records and learned tokens a second over about so many records, each row an optimiser step."""
    _, model, made, _ = make(settings)
    trained = [value for value in model.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=settings.rate)
    done = tokens = 0
    began = time.perf_counter()
    rounds = [row for _ in range(2) for row in made.rows]  # features are kept from the second round on
    for number, row in enumerate(rounds):
        if number == WARM:
            began = time.perf_counter()
        model([row])["loss"].backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if number >= WARM:
            done += len(row.names)
            tokens += int((row.labels != IGNORED).sum())
        if done >= records:
            break
    seconds = time.perf_counter() - began
    return done / seconds, tokens / seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.stages.bench", description="Packed rows against single records.")
    parser.add_argument("episodes", type=Path, metavar="EPISODES")
    parser.add_argument("--base", default="pocket", metavar="MODEL")
    parser.add_argument("--records", type=int, default=40, metavar="N")
    arguments = parser.parse_args()
    settings = StageSettings(
        stage="instruct", base=arguments.base, episodes=[arguments.episodes], kinds=["ground", "act", "state", "reasoning"]
    )
    naive = settings.model_copy(update={"packing": False, "cache": 0})
    plain, packed = throughput(naive, arguments.records), throughput(settings, arguments.records)
    print(f"one by one: {plain[0]:.2f} records/s, {plain[1]:.0f} learned tokens/s")
    print(f"packed:     {packed[0]:.2f} records/s, {packed[1]:.0f} learned tokens/s, {packed[0] / plain[0]:.2f} times as fast")


if __name__ == "__main__":
    main()
