"""A stage in two processes: rows shared between them, and weights shared between them, lose what one process does."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from checkpoints import stage_settings, tiny_model

from recordings.provenance import made_here
from training.stages.prepare import prepare

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "training" / "configs"


@pytest.mark.slow
def test_two_processes_lose_what_one_does(base: Path, shown: Path, tmp_path: Path) -> None:
    """Two processes with a row each make the steps of one with two rows."""
    config = tmp_path / "stage.yaml"

    def losses(rows: int, processes: int) -> list[float]:
        config.write_text(yaml.safe_dump(json.loads(stage_settings(base, shown, rows=rows, steps=4).model_dump_json())))
        made_here(config)
        command = [sys.executable, "-m", "agent.cli", "train", str(config), "--out", str(tmp_path / f"out{rows}"), "--json"]
        # What `accelerate launch` and torchrun tell each process; they themselves look up this machine's name, which is forbidden here.
        shared = {"OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "GLOO_SOCKET_IFNAME": "lo"}
        shared |= {"WORLD_SIZE": str(processes)} if processes > 1 else {}
        running = [
            subprocess.Popen(
                command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=os.environ | shared | ({"RANK": str(rank), "LOCAL_RANK": str(rank)} if processes > 1 else {}),
            )
            for rank in range(processes)
        ]  # fmt: skip
        said = [process.communicate() for process in running]
        assert [process.returncode for process in running] == [0] * processes, [err[-2000:] for _, err in said]
        assert [out for out, _ in said[1:]] == [""] * (processes - 1)  # one of them speaks
        losses: list[float] = json.loads(said[0][0].strip().splitlines()[-1])["losses"]
        assert re.findall(r"loss (\S+)", said[0][1]) == [f"{loss:.4g}" for loss in losses]  # over all processes
        return losses

    assert losses(1, processes=2) == pytest.approx(losses(2, processes=1), rel=1e-5)


@pytest.mark.slow
def test_sharded_weights_lose_what_whole_ones_do(base: Path, shown: Path, tmp_path: Path) -> None:
    """Two processes that hold half of each weight: same losses, same gradients."""
    config = tmp_path / "stage.yaml"
    settings = stage_settings(base, shown, trains="all")
    config.write_text(yaml.safe_dump(json.loads(settings.model_dump_json())))
    shared = {"OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "GLOO_SOCKET_IFNAME": "lo"}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.sharded", str(config)], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | shared | {"WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]  # fmt: skip
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0], [err[-2000:] for _, err in said]
    found = json.loads(said[0][0].strip().splitlines()[-1])
    ready = prepare(settings)
    losses = []
    for row in ready.train.rows[:3]:
        loss = ready.model([row])["loss"]
        loss.backward()
        losses.append(loss.item())
    norm = torch.stack([value.grad.square().sum() for value in ready.model.parameters() if value.grad is not None]).sum().sqrt()
    assert found["kinds"] == ["DTensor"] and found["losses"] == pytest.approx(losses, rel=1e-5)
    # Both have the same rows, and their gradients are averaged.
    assert found["norm"] == pytest.approx(float(norm), rel=1e-4)


def test_the_sharing_configuration_is_one_that_accelerate_reads() -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    found = load_config_from_file(str(CONFIGS / "accelerate" / "fsdp.yaml"))
    assert str(found.distributed_type).endswith("FSDP") and found.fsdp_config["fsdp_version"] == 2
    # The layers that it wraps are called so.
    kinds = {type(module).__name__ for module in tiny_model(0).modules()}
    assert set(found.fsdp_config["fsdp_transformer_layer_cls_to_wrap"].split(",")) <= kinds


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
