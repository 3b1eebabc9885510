"""Everything about a run that a person may choose, once, with its description: the command line and the TUI share it."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from recordings.geometry import Box

DesktopKind = Literal["host", "virtual"]
PolicyName = Literal["direct", "plan-then-ground"]
TemplateName = Literal["newlines", "compact"]


class ApprovalMode(StrEnum):
    """Which actions a person must approve before they happen."""

    EACH = "each"
    RISKY = "risky"
    NONE = "none"


class Settings(BaseModel):
    """The settings of a session."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    model: str = Field(
        "pocket",
        min_length=1,
        description="the model: pocket (reads and plans, no GPU), a folder with weights, a hub id, or the https address of a server",
    )
    lang: str = Field("latin", min_length=1, description="scripts to read: latin, greek, chinese, japanese, all; several with commas")
    adapter: Path | None = Field(
        None, description="a folder with a LoRA adapter, as training writes it, put onto the model; onto pocket's planner"
    )
    remote_model: str | None = Field(None, min_length=1, description="which of the server's models. Unset: the only one it has")
    insecure_http: bool = Field(False, description="allow a server on another machine without encryption")
    planner: str | None = Field(None, description="the address of a server whose text model plans. Unset: the pocket planner")
    planner_model: str | None = Field(None, min_length=1, description="which of that server's models. Unset: the only one it has")
    planner_base: str | None = Field(None, description="the pocket planner's base: a folder or hub id. Unset: its package's")
    policy: PolicyName | None = Field(None, description="how the model decides. Unset: as its checkpoint says, else plan-then-ground")
    template: TemplateName | None = Field(None, description="variant of the chat template. Unset: the checkpoint's own")
    zoom: Literal["off", "auto"] = Field("off", description="auto: look again, from nearer, where a box found is small or uncertain")
    mode: Literal["think", "nothink", "own"] | None = Field(
        None, description="think first, do not, or leave it to the model. Unset: own for questions in words, nothink for all others"
    )
    budget: int | None = Field(None, ge=256, le=3600, description="most visual tokens of a picture. Unset: the checkpoint's own maximum")
    desktop: DesktopKind | None = Field(
        None, description="host: the desktop you look at; virtual: one of its own. Unset: virtual for tasks and open, host for instructions"
    )
    width: int = Field(1024, ge=320, le=7680, description="width of a virtual desktop in pixels")
    height: int = Field(768, ge=240, le=4320, description="height of a virtual desktop in pixels")
    open: tuple[str, ...] = Field(
        (), description="programs to start on a virtual desktop for an instruction: commands with their arguments"
    )
    network: bool = Field(
        False, description="give the programs of a virtual desktop this machine's network. Unset: only those of a task that needs it"
    )
    share: tuple[Path, ...] = Field(
        (), description="files and folders of yours that the programs of a virtual desktop may read, beside the system's"
    )
    monitor: int | None = Field(None, ge=0, description="look at this monitor of the host only: 1, 2, …; 0 is all together")
    region: tuple[int, int, int, int] | None = Field(
        None, description="look at this part of the host's screen only: left, top, width, height"
    )
    window: str | None = Field(None, description="look at this window of the host only: a regular expression for its title")
    approve: ApprovalMode | None = Field(
        None, description="ask before each action, before risky ones, or never. Unset: risky on the host desktop, none on a virtual one"
    )
    allowed_window: str | None = Field(
        None, description="ask before what happens while another window is active, in every approval mode (part of a title)"
    )
    allowed_region: Box | None = Field(
        None, description="ask before an action outside this part of the captured image, in every approval mode"
    )
    permissions: Path | None = Field(None, description="what may be seen and acted in, by application. Unset: the user's permissions.yaml")
    dry_run: bool = Field(False, description="show what would be done and do nothing")
    seed: int = Field(0, ge=0, description="draws a task's parameters and start state")
    steps: int | None = Field(None, ge=1, description="most steps of a run. Unset: the task's limit, or 50")
    seconds: float | None = Field(None, gt=0, description="most seconds of a run, pauses not counted. Unset: the task's limit, or 600")
    repeats: int = Field(3, ge=1, description="how often the same action may leave the screen unchanged before the run counts as stuck")
    mistakes: int = Field(3, ge=1, description="how many malformed answers or failing actions in a row end the run")
    episodes: Path | None = Field(None, description="folder that receives the episodes. Unset: $DESKHAND_HOME or the user's data folder")
    record: bool = Field(True, description="write an episode of each run")

    @field_validator("window")
    @classmethod
    def _check_expression(cls, window: str | None) -> str | None:
        try:
            re.compile(window or "")
        except re.error as error:
            raise ValueError(f"{window!r} is no regular expression ({error})") from error
        return window

    @model_validator(mode="after")
    def _check_desktop(self) -> Self:
        if len(self.only_host) > 1:
            raise ValueError(f"{' and '.join(self.only_host)} exclude each other: choose one part of the screen to look at")
        if self.desktop == "virtual" and self.only_host:
            raise ValueError(f"{self.only_host[0]} is for the host's screen: leave it out, or use --desktop host")
        if self.desktop == "host" and self.only_virtual:
            raise ValueError(f"{self.only_virtual[0]} is for a desktop of the agent's own: leave it out, or use --desktop virtual")
        return self

    @property
    def only_host(self) -> list[str]:
        """The options given that a virtual desktop has no use for."""
        return [f"--{name}" for name in ("monitor", "region", "window") if getattr(self, name) is not None]

    @property
    def only_virtual(self) -> list[str]:
        """The options given that the host's desktop has no use for."""
        return [f"--{name}" for name in ("open", "network", "share") if getattr(self, name)]

    @property
    def model_choice(self) -> tuple[object, ...]:
        """Everything that makes it another model: what was loaded for the same choice serves again."""
        source = self.model, self.adapter, self.remote_model, self.insecure_http
        planner = self.planner, self.planner_model, self.planner_base
        return *source, *planner, self.lang, self.policy, self.template, self.zoom, self.mode, self.budget

    def desktop_for(self, has_task: bool) -> DesktopKind:
        """The desktop a run uses where none was chosen."""
        return self.desktop or ("virtual" if has_task or self.only_virtual else "host")

    def approval_on(self, desktop: DesktopKind) -> ApprovalMode:
        """The approval mode a run uses where none was chosen."""
        return self.approve or (ApprovalMode.RISKY if desktop == "host" else ApprovalMode.NONE)
