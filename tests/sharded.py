"""One of two processes that share a stage's weights between them, as FSDP does: `RANK=0 … python -m tests.sharded STAGE.yaml`.

accelerate shards only on GPUs; this does on processors what its FSDP plugin would do there, and prints each row's loss and the norm of the
gathered gradients as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from training.stages.prepare import prepare
from training.stages.settings import read_stage


def main() -> None:
    dist.init_process_group("gloo")
    ready = prepare(read_stage(Path(sys.argv[1])))
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    for layer in ready.model.base.model.layers:
        fully_shard(layer, mesh=mesh)
    for layer in ready.model.base.model.vision_tower.siglip.encoder.layers:
        fully_shard(layer, mesh=mesh)
    model = fully_shard(ready.model, mesh=mesh)
    losses = []
    for row in ready.train.rows[:3]:
        loss = model([row])["loss"]
        loss.backward()
        losses.append(loss.item())
    total = torch.zeros(())
    for value in model.parameters():
        if value.grad is not None:
            total += value.grad.full_tensor().float().square().sum()  # type: ignore[attr-defined]
    if dist.get_rank() == 0:
        print(json.dumps({"losses": losses, "norm": total.sqrt().item(), "kinds": sorted({type(v).__name__ for v in model.parameters()})}))
    dist.barrier()  # whoever leaves first hangs up on the other, who may not have heard all of the last answer
    # Torch's own clearing up aborts now and then; what is measured here is over.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
