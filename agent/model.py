"""The model that the settings choose, local or behind a server, and the policy that asks it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.settings import Settings
from recordings.errors import DeskhandError
from vlm.endpoint import check_endpoint, is_endpoint

if TYPE_CHECKING:
    from agent.protocols import Policy
    from vlm.engine import VisionLanguageModel
    from vlm.pocket_engine import PocketEngine
    from vlm.remote import RemoteModel


POCKET = "pocket"
"""The engine that reads and plans; the checkpoint of that name, which looks at pieces of screens, is `vlm/pocket`."""


class ModelChoiceError(DeskhandError):
    """Settings of the model that make no sense together."""

    exit_status = 2


def check_model(settings: Settings) -> None:
    """Look at what was chosen before anything is loaded or sent.

    Raises:
        ModelChoiceError: options that do not belong to this kind of model.
        EndpointError: an address that is not to be used.
    """
    if settings.model == POCKET:
        _check_pocket(settings)
    else:
        for option in ("planner", "planner_model", "planner_base"):
            if getattr(settings, option) is not None:
                written = f"--{option.replace('_', '-')}"
                raise ModelChoiceError(f"{written} goes with --model pocket, and {settings.model} plans itself: leave one out")
    if is_endpoint(settings.model):
        check_endpoint(settings.model, settings.insecure_http)
        if settings.template is not None:
            raise ModelChoiceError("--template is for models that run here: a server renders its own template")
        if settings.adapter is not None:
            raise ModelChoiceError("--adapter is for models that run here: let the server load it and name it with --remote-model")
    elif settings.remote_model is not None or (settings.insecure_http and settings.planner is None):
        option = "--remote-model" if settings.remote_model is not None else "--insecure-http"
        raise ModelChoiceError(f"{option} needs the address of a server: --model https://host/v1")
    check_planner(settings)


def check_planner(settings: Settings) -> None:
    """As `check_model`, for who plans."""
    if settings.planner is not None:
        if not is_endpoint(settings.planner):
            raise ModelChoiceError("--planner is the address of a server: write it as http://127.0.0.1:11434/v1")
        check_endpoint(settings.planner, settings.insecure_http)
        if settings.planner_base is not None:
            raise ModelChoiceError("--planner-base is for the pocket planner: leave it or --planner out")
    elif settings.planner_model is not None:
        raise ModelChoiceError("--planner-model needs the address of a server: --planner http://127.0.0.1:11434/v1")


def _check_pocket(settings: Settings) -> None:
    """The engine that reads has no network to set; the checkpoint of that name is one like others."""
    for option in ("policy", "template", "mode", "budget"):
        if getattr(settings, option) is not None:
            raise ModelChoiceError(f"--{option} is for checkpoints, and pocket reads and plans without one: leave it out")


def open_model(settings: Settings, stop_event: threading.Event | None = None) -> PocketEngine | VisionLanguageModel | RemoteModel:
    """Load the model, or ask the server for it.

    Args:
        stop_event: where it is set, computing and waiting end.

    Raises:
        DeskhandError: it cannot be loaded, or the server is not there.
    """
    check_model(settings)
    if is_endpoint(settings.model):
        from vlm.remote import connect

        remote = connect(settings.model, settings.remote_model, insecure=settings.insecure_http, stop_event=stop_event)
        remote.zoom, remote.mode, remote.budget = settings.zoom, settings.mode, settings.budget
        return remote
    if settings.model == POCKET:
        from agent.planning import open_planner
        from vlm.pocket_engine import PocketEngine
        from vlm.reading.match import TextLocator
        from vlm.reading.reader import open_reader

        if settings.adapter is not None:  # the planner comes when it is needed first, which may be never
            from vlm.adapters import read_adapter

            read_adapter(settings.adapter)
        return PocketEngine(lambda: open_planner(settings, stop_event), open_reader(settings.lang), TextLocator())
    from vlm.engine import load

    newlines = {None: None, "newlines": True, "compact": False}[settings.template]
    model = load(settings.model, adapter=settings.adapter, newlines=newlines, budget=settings.budget, stop_event=stop_event)
    model.zoom, model.mode = settings.zoom, settings.mode or model.mode
    return model


def open_grounder(settings: Settings, stop_event: threading.Event | None = None) -> PocketEngine | VisionLanguageModel | RemoteModel:
    """As `open_model`, a model for whole screens. Raises DeskhandError also where it was taught pieces of them alone."""
    from vlm.pieces import looks_at_pieces

    model = open_model(settings, stop_event)
    if looks_at_pieces(model.metadata):
        raise DeskhandError(
            f"{settings.model} looks at pieces of screens, an icon or a word, and was never taught to find or do anything on a whole one: "
            "use --model pocket, which reads the screen, or name a checkpoint that points; deskhand ask asks this one about a piece"
        )
    return model


def name_of(policy: Policy, settings: Settings) -> str:
    """What an episode calls the model: with its name at the server, where there is one; a policy without a model may have its own name."""
    if named := getattr(policy, "name", None):
        return str(named)
    served = getattr(getattr(policy, "model", None), "name", None) if is_endpoint(settings.model) else None
    local = settings.model if settings.adapter is None else f"{settings.model}+{settings.adapter}"
    return f"{served} at {settings.model}" if served else local


def open_policy(settings: Settings, stop_event: threading.Event | None = None) -> Policy:
    """The model with the policy that the settings, or else its checkpoint, name. Raises as `open_model` does."""
    from vlm.policy import policy_for

    return policy_for(open_grounder(settings, stop_event), settings.policy)
