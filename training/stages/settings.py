"""What decides a fine-tuning stage but its data and the weights that it starts from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.datasets.records import Kind
from training.generate.crops.settings import QuestionSettings
from training.yaml_file import read_yaml
from vlm.configuration import Resolution

LEAST_BUDGET = 16
"""Patches."""


class LoraSettings(BaseModel):
    """Low-rank pairs beside the decoder's matrices."""

    model_config = ConfigDict(extra="forbid")

    rank: int = Field(16, gt=0)
    alpha: float = Field(32, gt=0)
    dropout: float = Field(0.0, ge=0, lt=1)


class StageSettings(BaseModel):
    """One stage. `trains` says what learns: the projector alone, everything, or low-rank pairs beside the decoder."""

    model_config = ConfigDict(extra="forbid")

    stage: Literal["align", "instruct", "extend"]
    base: str = Field("pocket", description="a folder with weights, a hub id, or pocket, the small checkpoint for pieces of screens")
    quantization: Literal["nf4", "int8"] | None = Field(None, description="hold the frozen decoder so")
    episodes: list[Path] = Field(default_factory=list, description="folders of episodes, or of labelled screens, to learn from")
    mixture: Path | None = Field(None, description="a mixture to learn from, in place of all of the episodes; see `datasets.mixture`")
    questions: QuestionSettings | None = Field(None, description="questions about made pieces of screens, in place of all of these")
    kinds: list[Kind] = Field(default_factory=list, description="with episodes: only these kinds of records. Empty: all")
    trains: Literal["projector", "all", "lora"] = "lora"
    projector: bool = Field(False, description="with lora: low-rank pairs beside the projector's matrices, too")
    tower: bool = Field(False, description="with all: train the vision tower, too")
    lora: LoraSettings = LoraSettings()
    adapter: Path | None = Field(None, description="with lora: an adapter to go on from, in place of fresh pairs of `lora`")
    bfloat16: bool | None = Field(None, description="hold what is frozen so, and compute so. Unset: on a GPU")
    rate: float = Field(2e-4, gt=0, description="learning rate")
    warmup: float = Field(0.03, ge=0, lt=1, description="share of the steps over which the rate rises")
    steps: int = Field(100, gt=0)
    rounds: float | None = Field(None, gt=0, description="times through the data, in place of steps")
    aim: float | None = Field(None, gt=0, description="minutes that the steps are to take, measured before the first, in place of steps")
    minutes: float | None = Field(None, gt=0, description="save and stop after so long, however many steps are left")
    rows: int = Field(1, gt=0, description="packed rows a process takes at once, one after the other")
    accumulate: int = Field(1, gt=0, description="so many times rows make one step")
    tokens: int = Field(8192, gt=0, description="the most tokens of a row, pictures included; longer records are dropped and counted")
    resolution: Resolution = Field("dynamic", description="how pictures are seen; see vlm.resolution")
    budget: int | None = Field(None, ge=LEAST_BUDGET, description="the most patches a picture. Unset: the checkpoint's own")
    packing: bool = Field(True, description="put records about the same pictures into one row, the pictures once")
    fill: int = Field(0, ge=0, description="put short rows about different pictures into one, too, up to so many tokens: it is faster")
    cache: int = Field(256, ge=0, description="MiB of picture features that are kept where the tower is frozen")
    checkpointing: bool = Field(False, description="compute activations again instead of keeping them")
    held_out: float = Field(0.1, ge=0, lt=1, description="share of the episodes that are only measured on; a mixture has its own")
    measured: int = Field(32, gt=0, description="the most held-out rows that are measured")
    measure_every: int = Field(50, gt=0, description="steps between two measurements on what is held out")
    seed: int = 1
    save_every: int = Field(50, gt=0)
    log_every: int = Field(10, gt=0)

    @model_validator(mode="after")
    def _consistent(self) -> StageSettings:
        if bool(self.episodes) + (self.mixture is not None) + (self.questions is not None) != 1:
            raise ValueError("name either episodes, a mixture or questions to learn from")
        if self.kinds and not self.episodes:
            raise ValueError("a mixture names the kinds of each of its sources, questions their own: leave kinds out here")
        if self.adapter is not None and self.trains != "lora":
            raise ValueError("adapter is for lora: set trains to lora, or merge the adapter first")
        if self.resolution != "dynamic" and self.trains == "lora":
            raise ValueError("an adapter cannot say how pictures are seen: set trains to all or projector")
        if self.projector and self.trains != "lora":
            raise ValueError("projector is for lora; projector and all train it anyway")
        if self.tower and self.trains != "all":
            raise ValueError("tower is for all: set trains to all, or leave tower out")
        if self.stage == "align" and self.trains != "projector":
            raise ValueError("the stage align trains the projector alone: set trains to projector")
        if self.quantization is not None and self.trains == "all":
            raise ValueError("quantised weights cannot be trained: set trains to lora, or leave quantization out")
        return self


def read_stage(path: Path) -> StageSettings:
    """A stage's YAML file; a mixture is looked for beside it, then from here. Raises DeskhandError that names the key at fault."""
    settings = read_yaml(path, StageSettings, "training configuration")
    if settings.mixture is not None and os.path.isfile(path.parent / settings.mixture):
        settings.mixture = path.parent / settings.mixture
    return settings
