"""What is asked about made pieces of screens, as a configuration says it: drawing them wants a library that reading this does not."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from training.datasets.records import Kind


class QuestionSettings(BaseModel):
    """How many questions are made and of which kinds."""

    model_config = ConfigDict(extra="forbid")

    kinds: dict[Kind, float] = Field(min_length=1, description="kinds and how often each is asked, beside the others")
    count: int = Field(gt=0, description="pieces of screens to learn from, or groups of them, each with a question or more")
    held_out: int = Field(gt=0, description="the same of each kind, only measured on")
    screens: list[Path] = Field(default_factory=list, description="folders of labelled screens to cut marks and texts out of, too")
    seed: int = 1
