"""Run the official code, unmodified, on the tiny checkpoints of `material` and store what it computes.

It needs an environment of its own, since the official code does not run on transformers 5:

    python -m venv OTHER && OTHER/bin/pip install torch==2.13.0 transformers==4.57.1
    OTHER/bin/python tests/golden/regenerate.py CHECKOUT

CHECKOUT is a clone of the official repository, github.com/microsoft/Phi-4-reasoning-vision-15B. The official code is copied beside the
weights, because loaded by a hub id it takes another vision tower. With `--compare FOLDER` nothing is stored: the checkpoints are taken
from FOLDER/<name>, written by Deskhand for example, and their results compared with the stored ones.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": tempfile.mkdtemp(prefix="golden-home-")}

import torch
from material import CASES, SCREENS, SIZES, Case, picture, pictures, write_checkpoint
from transformers import AutoModelForCausalLM, AutoProcessor

HERE = Path(__file__).parent
CODE = "huggingface-transformers"
FILES = ("modeling_phi4_visionr.py", "processing_phi4_visionr.py")
MARKS = {"own": "", "nothink": "<|dummy_84|>", "think": "<think>"}
KEPT_ROWS = 12
CLEAR = 1e-3
"""The least distance between the two best logits of a token of an answer: less would make the answer depend on rounding."""


class Official:
    """The official processor and model of one folder, in float32 on the CPU."""

    def __init__(self, folder: Path) -> None:
        self.processor = AutoProcessor.from_pretrained(folder, trust_remote_code=True)
        self.model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True, dtype=torch.float32).eval()

    def features(self, size: tuple[int, int]) -> dict[str, Any]:
        seen = self.processor.image_processor([picture(size)], return_tensors="pt")
        return seen | {"features": self.model.encode_images(seen)[0]}

    def inputs(self, case: Case) -> Any:
        prompt = self.processor.tokenizer.apply_chat_template(case.messages(), tokenize=False, add_generation_prompt=True)
        return self.processor(text=prompt + MARKS[case.mode], images=pictures(case) or None, return_tensors="pt")

    def logits(self, case: Case) -> torch.Tensor:
        # The official code writes into its inputs.
        return self.model(**self.inputs(case)).logits[0]

    def answer(self, case: Case) -> tuple[list[int], float]:
        """The greedy answer's ids, and the least distance between a token and the runner-up."""
        given = self.inputs(case)
        length = given["input_ids"].shape[1]
        end = self.processor.tokenizer.eos_token_id
        made = self.model.generate(
            **given, max_new_tokens=case.answer, eos_token_id=end, do_sample=False, output_scores=True, return_dict_in_generate=True
        )
        best = [float(score[0].topk(2).values.diff().abs()) for score in made.scores]
        return made.sequences[0, length:].tolist(), min(best)


def digest(pixels: torch.Tensor, count: int) -> str:
    """Of the bytes that the normalised patches were made of."""
    values = (pixels[:count].double() * 0.5 + 0.5) * 255
    assert float((values - values.round()).abs().max()) < 1e-3
    return hashlib.sha256(values.round().to(torch.uint8).numpy().tobytes()).hexdigest()


def rows(values: torch.Tensor) -> np.ndarray:
    """Evenly spread rows, the last among them, and the mean of all."""
    kept = np.linspace(0, len(values) - 1, KEPT_ROWS).round().astype(int)
    return torch.cat([values[kept], values.double().mean(0, keepdim=True).float()]).numpy()


@torch.no_grad()
def results(folders: dict[str, Path]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    models = {name: Official(folder) for name, folder in folders.items()}
    told: dict[str, Any] = {"screens": {}, "cases": {}}
    numbers: dict[str, np.ndarray] = {}
    for size in SCREENS:
        seen = models["small"].features(size)
        name = f"{size[0]}x{size[1]}"
        grid = seen["spatial_shapes"][0].tolist()
        count = int(seen["pixel_attention_mask"][0].sum())
        assert count == grid[0] * grid[1] == len(seen["features"])
        told["screens"][name] = {"grid": grid, "patches": digest(seen["pixel_values"][0], count)}
        numbers[f"features {name}"] = rows(seen["features"])
    for name, case in CASES.items():
        official = models[case.size]
        given = official.inputs(case)
        ids, logits = given["input_ids"][0].tolist(), official.logits(case)
        answer, clear = official.answer(case)
        if clear < CLEAR:
            raise SystemExit(f"{name}: two tokens of the answer are only {clear} apart; ask something else")
        told["cases"][name] = {
            "ids": ids,
            "grids": given["spatial_shapes"].tolist() if case.pictures else [],
            "length": len(logits),
            "answer": answer,
            "text": official.processor.tokenizer.decode(answer, skip_special_tokens=True),
        }
        numbers[f"logits {name}"] = rows(logits)
    return told, numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="a clone of the official repository")
    parser.add_argument("--compare", type=Path, metavar="FOLDER", help="take the checkpoints from here and only compare")
    arguments = parser.parse_args()
    revision = subprocess.run(
        ["git", "-C", arguments.checkout, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: Path(temporary) / name for name in SIZES}
        for name, folder in folders.items():
            if arguments.compare:
                shutil.copytree(arguments.compare / name, folder)
            else:
                write_checkpoint(folder, name)
            for file in FILES:
                shutil.copy(arguments.checkout / CODE / file, folder)
        told, numbers = results(folders)
    if arguments.compare:
        expected = json.loads((HERE / "official.json").read_text())
        stored = np.load(HERE / "official.npz")
        assert {key: expected[key] for key in told} == told, "ids, grids or texts differ"
        worst = max(float(np.abs(stored[key] - numbers[key]).max()) for key in stored.files)
        print(f"{len(numbers)} arrays and {len(told['cases'])} answers compared, greatest difference {worst:.2e}")
        return
    source = {
        "repository": "github.com/microsoft/Phi-4-reasoning-vision-15B",
        "revision": revision,
        "versions": {name: importlib.metadata.version(name) for name in ("transformers", "torch", "tokenizers", "numpy", "pillow")}
        | {"python": sys.version.split()[0]},
    }
    (HERE / "official.json").write_text(json.dumps({"source": source, **told}, ensure_ascii=False, indent=1) + "\n")
    np.savez_compressed(HERE / "official.npz", **numbers)


if __name__ == "__main__":
    main()
