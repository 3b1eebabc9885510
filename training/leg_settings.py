"""What decides a leg of training but its starting weights."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from training.yaml_file import read_yaml

LOSS_WEIGHTS = {
    "language": 1.0,
    "coordinate": 1.0,
    "pointer": 1.0,
    "labels": 0.5,
    "copy": 0.5,
    "trail": 0.5,
    "target": 1.0,
    "characters": 1.0,
    "edges": 0.3,
    "places": 1.0,
}


class SourceSettings(BaseModel):
    """One source of screens and how often it is drawn from."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["drawn", "sheet", "folder", "episodes"]
    weight: float = Field(1.0, gt=0)
    path: Path | None = None
    size: tuple[int, int] = (1024, 768)
    wide: float = Field(0.3, ge=0, le=1, description="how far drawn screens leave the virtual desktop's own look")
    roam: float = Field(0.7, ge=0, le=1, description="share of a folder's screens whose windows are moved to anywhere on the screen")


class LegSettings(BaseModel):
    """Everything that decides a leg but its starting weights."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 1
    minutes: float | None = Field(None, gt=0, description="stop and finish the learning-rate decay after this time")
    steps: int | None = Field(None, gt=0, description="stop after this many steps; decides alone where both are given")
    sources: list[SourceSettings] = Field(min_length=1)
    windows: list[tuple[int, int]] = Field(min_length=1, description="window shapes in patches: rows, columns")
    ink: int = Field(900, gt=0, description="patches of a view of the whole screen, blanks left out first")
    ink_share: float = Field(0.0, ge=0, le=1, description="share of steps that look at whole screens instead of windows")
    tokens: int = Field(8192, description="image tokens a step")
    windows_per_screen: int = 8
    questions: int = Field(6, description="questions a window, as far as row_tokens reach")
    row_tokens: int = Field(256, description="text tokens a window")
    whole_times: int = Field(1, gt=0, description="how many windows' questions and text tokens a view of the whole screen gets")
    kinds: dict[str, float] = Field(default_factory=lambda: {"ground": 1.0, "act": 1.0, "plan": 0.3})
    blind_share: float = Field(0.0, ge=0, le=1, description="share of steps that leave the pictures out and learn thoughts only")
    losses: dict[str, float] = Field(default_factory=dict, description="weights that differ from LOSS_WEIGHTS")
    softness: float = Field(4.0, gt=0, description="standard deviation of the coordinate targets, in thousandths")
    muon: float = 0.01
    adam: float = 0.002
    warmup: int = 20
    final: float = Field(0.05, description="the last learning rate as a share of the first")
    frozen: list[str] = Field(default_factory=list, description="prefixes of parameters that are not trained")
    threads: int | None = None
    log_every: int = 10


def read_settings(path: Path) -> LegSettings:
    """A leg's YAML file. Raises DeskhandError that names the key at fault."""
    return read_yaml(path, LegSettings, "training configuration")
