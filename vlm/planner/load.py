"""The planner that this machine can run: the pocket one, or, without its base model, rules for what is quoted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from vlm.folder import CheckpointError
from vlm.planner.base import find_base
from vlm.planner.instruction import NoPlan, check_instruction, check_length
from vlm.planner.plan import PlannedStep
from vlm.planner.quoted import quoted_plan
from vlm.planner.shown import shown_with

if TYPE_CHECKING:
    from vlm.loading import Decoder
    from vlm.planner.pocket import PocketPlanner
    from vlm.sentences import Sentences


class QuotedPlanner:
    """Follows only what an instruction quotes, presses or calculates: what is left where there is no base model; `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def plan(self, instruction: str) -> tuple[PlannedStep, ...]:
        """The steps. Raises NoPlan where a step is not written out."""
        steps = quoted_plan(check_instruction(instruction))
        if steps is None:
            raise NoPlan(f'only quoted words are followed, as in: click "File" and choose "Quit"; for all others: {self.reason}')
        return check_length(steps)

    def choose_visible(self, step: PlannedStep, names: Sequence[str]) -> list[tuple[str, float]]:
        """Nothing: there is no model to weigh names."""
        return []


def load_planner(
    base: str | Path | None = None,
    adapter: Path | None = None,
    *,
    device: str | None = None,
    stop_event: threading.Event | None = None,
) -> PocketPlanner | QuotedPlanner:
    """The pocket planner with the adapter that is shipped, or another; `QuotedPlanner` where the package of its base is missing or altered.

    Its model is loaded when the first words need it; `PocketPlanner.ready` loads it now.

    Args:
        base: a folder, GGUF file or hub id instead of the package; see `find_base`.
        adapter: a LoRA folder in peft's layout; what it was shown beside it may be done.

    Raises:
        CheckpointError: the base that is named, or the adapter, cannot be loaded; see `find_base`, `load_decoder` and `put_on`.
        DeskhandError: the cache folder cannot be written.
    """
    try:
        folder = find_base(base)
    except CheckpointError as error:
        if base is not None:
            raise
        return QuotedPlanner(str(error))
    from vlm.adapters import put_on, read_adapter
    from vlm.planner.pocket import PocketPlanner

    if (adapter := adapter or shipped_adapter()) is not None:
        read_adapter(adapter)

    def load() -> Decoder:
        from vlm.loading import load_decoder

        decoder = load_decoder(folder, device)
        if adapter is not None:
            put_on(decoder.model, adapter)
        return decoder

    planner = PocketPlanner(load, _encoder)
    planner.shown = shown_with(adapter)
    planner.stop_event = stop_event
    return planner


def _encoder() -> Sentences | None:
    """None where its package is missing or altered, which `deskhand doctor` tells: other words than a name are asked about, then."""
    from vlm.sentences import find_sentences

    try:
        return find_sentences()
    except CheckpointError:
        return None


def shipped_adapter() -> Path | None:
    """The folder of the adapter that comes with Deskhand; None where it is not there."""
    folder = Path(str(files("vlm"))) / "pocket" / "planner"
    return folder if (folder / "adapter_config.json").is_file() else None
