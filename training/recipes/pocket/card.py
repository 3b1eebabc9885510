"""The card of the small checkpoint: what made it and what it can, as it was measured."""

from __future__ import annotations

from typing import Any

from tasks.statistics import in_brief
from training.generate.icons.sources import sources
from vlm.assembly import LEAST, MOST

MIB = 2**20


def card(told: dict[str, Any]) -> str:
    """Markdown of what `training.recipes.pocket.make` found."""
    recipe, stages = told["recipe"], told["stages"]
    tower = stages["tower"]
    lines = [
        "# The small checkpoint",
        "",
        "Phi-4-reasoning-vision's architecture in small: a SigLIP-2 NaFlex tower pretrained here, an MLP projector, and as the decoder",
        "SmolLM2-135M-Instruct (Apache-2.0, from its package) with low-rank pairs. It looks at pieces of screens in as many",
        f"patches as they have, {LEAST} to {MOST}.",
        f"Made by `deskhand train pocket --out DIR`, commit {recipe['commit']}, with",
        f"{', '.join(f'{name} {number}' for name, number in recipe['versions'].items())}.",
        "",
        f"{', '.join(f'{name} {size / MIB:.1f} MiB' for name, size in told['bytes'].items())}.",
        "",
        "| stage | steps | minutes | data |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {name} | {one.get('steps')} | {one.get('minutes')} | {one.get('data')} |" for name, one in stages.items()]
    lines += ["", "Icons of sources that were only tuned with, named"]
    for by, one in (("the tower alone", tower["held_out"]), ("what the projector writes", tower["written"])):
        lines.append(f"by {by}: first {_rate(one['top1'])}, among five {_rate(one['top5'])}.")
    lines.append("")
    lines += ["Held-out questions answered word for word, with 95 % intervals:", "", "| kind | before | after |", "| --- | --- | --- |"]
    for stage in ("align", "instruct", "extend"):
        before, after = stages[stage].get("before", {}), stages[stage].get("after", {})
        lines += [f"| {stage}: {kind} | {_rate(before[kind])} | {_rate(one)} |" for kind, one in after.items() if kind in before]
    lines += ["", "Drawings that it was trained on, and their licences (none is a part of it):", ""]
    lines += [f"- {source.name}: `{source.package}`, {source.licence}" for source in sources() if source.use == "train"]
    return "\n".join(lines) + "\n"


def _rate(one: dict[str, Any]) -> str:
    return in_brief(one["hits"], one["n"])
