"""What a checkpoint's folder holds and what it takes to run it, as a table or as one object."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vlm.folder import INDEX, SINGLE, CheckpointError, check_weights, find_checkpoint, is_hub_id, mending, read_config, read_manifest
from vlm.quantization import Quantization, stored_quantization
from vlm.sizes import DRIVER, FEWER_TOKENS, GIB, Device, advice, cache_bytes, device_at, gib, needs_of, parts_of

_KINDS: dict[str, Quantization | None] = {"bfloat16": None, "int8": "int8", "nf4": "nf4"}
_TITLES = {"whole": "whole", "verified": "whole, every checksum right", "absent": "none here: computed from config.json alone"}


def describe(source: str | Path, memory: float | None = None, verify: bool = False) -> dict[str, Any]:
    """A JSON-ready description; sizes in bytes.

    Args:
        source: `pocket` or a folder; a `config.json` alone will do.
        memory: GiB of a GPU to judge for instead of this machine's.
        verify: read every file and compare its checksum.

    Raises:
        CheckpointError: there is no such folder, it is not this kind of model, or a file of it is damaged.
    """
    if not os.path.exists(Path(os.path.expanduser(source))) and is_hub_id(str(source)):
        raise CheckpointError(f"{source} is no folder: info reads what lies on this machine; deskhand model prepare fetches it")
    folder = find_checkpoint(source)
    config = read_config(folder)
    stored = stored_quantization(config)
    manifest = read_manifest(folder)
    weights = _weights(folder)
    state = "absent" if weights is None else "whole"
    if verify and manifest is not None:
        if damaged := manifest.damaged(folder, thorough=True):
            raise CheckpointError(f"the file {folder / damaged[0]} is not what was written: {mending(folder)}")
        state = "verified"
    parts = parts_of(config, stored)
    most = int(config.get("max_num_patches") or 3600)
    memories = {
        kind: {str(tokens): _total(config, quantization, tokens) for tokens in (FEWER_TOKENS, most)}
        for kind, quantization in _KINDS.items()
        if stored is None or quantization == stored
    }
    device = _device(memory)
    held = memories[stored or "bfloat16"]
    return {
        "folder": str(folder),
        "source": manifest.source if manifest else None,
        "revision": manifest.revision if manifest else None,
        "weights": state,
        "bytes_on_disk": None if weights is None else sum(path.stat().st_size for path in weights),
        "stored": stored or "bfloat16",
        "parameters": sum(part.parameters for part in parts),
        "modules": [asdict(part) for part in parts],
        "cache_bytes_per_token": cache_bytes(config),
        "memory": memories,
        "device": asdict(device),
        "fits": {tokens: needs["total"] <= device.free for tokens, needs in held.items()},
        "advice": "" if held[str(most)]["total"] <= device.free else advice(folder, config, stored, most, device),
    }


def _weights(folder: Path) -> list[Path] | None:
    if not os.path.exists(folder / INDEX) and not os.path.exists(folder / SINGLE) and read_manifest(folder) is None:
        return None
    return check_weights(folder)


def _total(config: dict[str, Any], quantization: Quantization | None, tokens: int) -> dict[str, int]:
    needs = needs_of(config, quantization, tokens)
    return {"weights": needs.weights, "cache": needs.cache, "working": needs.working, "total": needs.total}


def _device(memory: float | None) -> Device:
    if memory is not None:
        return Device(f"a GPU of {memory:g} GiB", "GPU", int(memory * GIB), int(memory * GIB) - DRIVER)
    import torch

    return device_at(torch.device("cuda" if torch.cuda.is_available() else "cpu"))


def print_description(found: dict[str, Any]) -> str:
    """The description as lines for people."""
    lines = [f"{found['folder']}: {found['parameters'] / 1e9:.3f} billion parameters, stored as {found['stored']}"]
    if found["source"]:
        lines.append(f"prepared from {found['source']}" + (f", revision {found['revision']}" if found["revision"] else ""))
    size = "" if found["bytes_on_disk"] is None else f", {gib(found['bytes_on_disk'])}"
    lines += [f"weights: {_TITLES[found['weights']]}{size}", "", f"{'module':<18}{'parameters':>16}  {'type':<10}{'memory':>11}"]
    for part in found["modules"]:
        lines.append(f"{part['name']:<18}{part['parameters']:>16,}  {part['stored']:<10}{gib(part['bytes']):>11}")
    lines += ["", f"{'held as':<10}{'picture':>9}{'weights':>11}{'cache':>11}{'working':>11}{'together':>11}   (computed)"]
    for kind, rows in found["memory"].items():
        for tokens, needs in rows.items():
            lines.append(f"{kind:<10}{tokens:>9}" + "".join(f"{gib(needs[name]):>11}" for name in ("weights", "cache", "working", "total")))
    device = found["device"]
    lines += ["", f"{device['name']}: {gib(device['free'])} of {gib(device['total'])} {device['kind']} memory free"]
    if device["kind"] != "GPU":
        lines[-1] += "; there is no GPU here"
    lines += [f"{tokens} picture tokens: {'fits' if fits else 'does not fit'}" for tokens, fits in found["fits"].items()]
    if found["advice"]:
        lines.append(f"what to do: {found['advice']}")
    return "\n".join(lines)
