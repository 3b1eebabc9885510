"""What decides a planner's stage but the weights that it starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from training.generate.instructions.pairs import IDIOMS
from training.stages.settings import LoraSettings
from training.yaml_file import load_yaml, read_yaml


class TextSettings(BaseModel):
    """A stage on made pairs of instructions and plans, and on episodes that show a goal."""

    model_config = ConfigDict(extra="forbid")

    stage: Literal["plan"]
    base: str | None = Field(None, description="a folder, a GGUF file or a hub id of the base; unset: the file in its package")
    adapter: Literal["shipped"] | Path | None = Field(None, description="an adapter to go on from, in place of a fresh one")
    blend: float | None = Field(None, gt=0, lt=1, description="with an adapter: keep so much of what was learned, and of it the rest")
    episodes: list[Path] = Field(default_factory=list, description="folders of episodes whose goals are taught")
    taught: float = Field(0.5, gt=0, lt=1, description="with episodes: their share of what is learned from; the rest keeps what was known")
    choices: float = Field(0.1, ge=0, lt=1, description="share of questions what the screen calls something")
    idioms: float = Field(IDIOMS, ge=0, le=1, description="share of made instructions with a turn of speech in them")
    lora: LoraSettings = LoraSettings(rank=32, alpha=64)
    rate: float = Field(1e-3, gt=0, description="learning rate at its peak; it falls to nothing on a cosine")
    warmup: float = Field(0.02, ge=0, lt=1, description="share of the run over which the rate rises")
    steps: int = Field(100, gt=0, description="the most optimiser steps")
    settled: float | None = Field(None, gt=0, description="with episodes: stop when their loss is below, and no other has risen by more")
    minutes: float | None = Field(None, gt=0, description="the run's length: the cosine follows the clock, and the end comes when it is up")
    tokens: int = Field(16384, gt=0, description="tokens of a batch, padding included")
    accumulate: int = Field(1, gt=0, description="so many batches make one step")
    pool: int = Field(1024, gt=0, description="pairs that are sorted by length at once, so that little is padded")
    workers: int = Field(0, ge=0, description="processes that make pairs")
    held_out: int = Field(256, ge=0, description="made pairs that are only measured on")
    measure_every: int = Field(200, gt=0)
    development: list[Path] = Field(default_factory=list, description="files of sentences, `{instruction, steps}` a line, to measure on")
    seed: int = 1
    save_every: int = Field(500, gt=0)
    log_every: int = Field(20, gt=0)


def is_text_stage(path: Path) -> bool:
    """Whether a configuration is a planner's stage. Raises DeskhandError: see `load_yaml`."""
    found = load_yaml(path, "training configuration")
    return isinstance(found, dict) and found.get("stage") == "plan"


def read_text_stage(path: Path) -> TextSettings:
    """A planner's stage from its YAML file. Raises DeskhandError that names the key at fault."""
    return read_yaml(path, TextSettings, "training configuration")
