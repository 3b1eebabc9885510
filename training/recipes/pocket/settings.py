"""What decides the weights that ship but their data: one YAML file, `training/configs/pocket.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import torch
from pydantic import BaseModel, ConfigDict, Field

from training.generate.crops.settings import QuestionSettings
from training.optimizing import fast_bfloat16
from training.recipes.icons.train import NamerSettings
from training.stages.settings import StageSettings
from training.stages.text.settings import TextSettings
from training.yaml_file import read_yaml

Part = Literal["namer", "tower", "align", "instruct", "extend", "planner"]
PARTS: tuple[Part, ...] = get_args(Part)
"""In the order in which they are made: each needs those before it, but the planner."""
STAGES = ("align", "instruct", "extend")
"""The report's, of the small checkpoint."""
CONFIGURATION = Path(__file__).parents[2] / "configs" / "pocket.yaml"


class TowerSettings(BaseModel):
    """The tower and its pretraining."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(gt=0)
    inner: int = Field(gt=0)
    layers: int = Field(gt=1, description="of which the last is not used: the features are the penultimate one's")
    heads: int = Field(gt=0)
    positions: int = Field(64, gt=0, description="entries of the position table, a square number")
    icons: int = Field(gt=0, description="pieces of screens with icons to draw ahead")
    marks: int = Field(gt=0)
    lines: int = Field(gt=0)
    taught: float = Field(0.0, ge=0, description="weight of what the namer thinks of each icon, beside its name's; 0: without it")
    batch: int = Field(gt=0)
    batch_lines: int = Field(gt=0)
    rate: float = Field(gt=0)
    decay: float = Field(0.05, ge=0)
    warmup: float = Field(0.05, gt=0, lt=1)

    @property
    def vision_config(self) -> dict[str, Any]:
        """As `config.json` has it."""
        return {
            "hidden_size": self.width, "intermediate_size": self.inner, "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads, "num_patches": self.positions, "patch_size": 16,
        }  # fmt: skip


class StagePart(BaseModel):
    """One of the report's stages: what `StageSettings` has, but its base, data and length."""

    model_config = ConfigDict(extra="forbid")

    questions: QuestionSettings
    options: dict[str, Any] = Field(default_factory=dict)

    def settings(self, stage: str, base: Path, adapter: Path | None, aim: float) -> StageSettings:
        narrow = torch.cuda.is_available() or fast_bfloat16()
        given = {
            "bfloat16": narrow,
            **self.options,
            "stage": stage,
            "base": str(base),
            "adapter": adapter,
            "aim": aim,
            "questions": self.questions,
        }
        return StageSettings.model_validate(given)


class PlannerPart(BaseModel):
    """The planner's stage, and what of its settings is otherwise where a GPU is at hand."""

    model_config = ConfigDict(extra="forbid")

    options: dict[str, Any]
    on_gpu: dict[str, Any] = Field(default_factory=dict)

    def settings(self, minutes: float) -> TextSettings:
        given = self.options | (self.on_gpu if torch.cuda.is_available() else {})
        return TextSettings.model_validate({"stage": "plan", **given, "minutes": minutes})


class PocketSettings(BaseModel):
    """The whole recipe. `minutes` are what each part is to take on the machine at hand."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 1
    base: str | None = Field(None, description="the decoder: a folder, a GGUF file or a hub id; unset: the file in its package")
    minutes: dict[Part, float]
    namer: NamerSettings
    tower: TowerSettings
    align: StagePart
    instruct: StagePart
    extend: StagePart
    planner: PlannerPart


def read_recipe(path: Path = CONFIGURATION) -> PocketSettings:
    """Raises DeskhandError that names the key at fault."""
    return read_yaml(path, PocketSettings, "recipe")
