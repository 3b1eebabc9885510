"""What is fuzzed: episodes, tasks, sets to import, recipes of training and model folders, and what is done with each."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from fuzz_guard import CANARY, Run
from hostile import Draw, Values, bomb, damaged, dumped, hostile, mutated, pictures, png, spoil, tensors

from agent.adapters import find_adapters
from agent.episodes.review import hide
from agent.replay.source import stage_settings
from agent.settings import Settings
from recordings import edit, provenance
from recordings.exchange import FORMATS, import_episodes
from recordings.secrets.rules import load_rules
from recordings.store import read_episode
from tasks.catalogue import DEFINITIONS
from training.datasets.conversations import conversation_records
from training.datasets.mixture import draw as draw_records
from training.datasets.mixture import read_mixture
from training.datasets.records import Dropped
from training.datasets.usable import usable_records
from training.evaluation.planner import read_sentences
from training.reach import require_recipe
from training.screens.store import count_screens, read_screens
from training.stages.settings import read_stage
from training.stages.text.settings import read_text_stage
from vlm.adapters import lora_settings, read_adapter
from vlm.configuration import published_config
from vlm.folder import check_weights, read_config, read_manifest
from vlm.images import ImageProcessor
from vlm.pieces import PIECES
from vlm.planner.shown import shown_with

SAMPLES = Path(__file__).parents[1] / "recordings" / "samples"
CONFIGS = Path(__file__).parents[1] / "training" / "configs"
Case = Callable[[Draw, Path, Path, Run], None]
DEEDS = 5
"""Of what can be done with a file, so much is done in one case."""


def some(draw: Draw, deeds: list[Callable[[], object]]) -> None:
    """Do some of these, in their order."""
    for deed in draw.some(deeds, DEEDS):
        deed()


@cache
def sample() -> tuple[Any, list[Any]]:
    path = SAMPLES / "editor-save"
    lines = (path / "steps.jsonl").read_text().splitlines()
    return json.loads((path / "episode.json").read_text()), [json.loads(line) for line in lines][:3]


def make_episode(draw: Draw, folder: Path, outside: Path) -> Path:
    values = hostile(outside)
    header, steps = sample()
    odd = ["one", "one", "one", "two\x1b[2J", "..odd", "One", "\udcff\udcfe", "ﬁ" * 40, "x" * 250, " ", "-rf", "con"]
    path = folder / draw.one(odd)
    (path / "frames").mkdir(parents=True)
    if draw.flag():
        header = {**header, "task": None, "extra": {"notes": ["n"], "labels_before": [], "seed": 3, "desktop": "virtual"}}
    (path / "episode.json").write_bytes(damaged(draw, dumped(mutated(draw, header, values))))
    lines = b"\n".join(dumped(mutated(draw, step, values)) for step in steps) + b"\n"
    (path / "steps.jsonl").write_bytes(damaged(draw, lines))
    large = draw.number(0, 60) == 60
    for index in range(3):
        for which in ("before", "after"):
            data = draw.one([*pictures(), bomb(6_900)] if large else pictures())
            (path / "frames" / f"{index:06}-{which}.png").write_bytes(damaged(draw, data) if len(data) < 5000 else data)
    verdict = {"episode": "one", "step": 0, "quality": "good", "reason": "r", "by": "person"}
    amendment = {"episode": "one", "by": "repair", "step": 0, "action": "wait()", "thought": "", "instruction": ""}
    for name, note in (("verdicts.jsonl", verdict), ("amendments.jsonl", amendment)):
        if draw.number(0, 3) == 0:
            (folder / name).write_bytes(damaged(draw, dumped(mutated(draw, note, values))))
            spoil(draw, folder / name, outside)
    for name in (".episode.json.new", ".lock", "link.png"):
        if draw.number(0, 5) == 0:
            (path / name).symlink_to(outside / draw.one(["key", "photo.png", "made"]))
    for name in ("frames/000000-before.png", "frames/000001-after.png", "frames", "steps.jsonl", "episode.json"):
        spoil(draw, path / name, outside)
    return path


def try_episode(draw: Draw, folder: Path, outside: Path, run: Run) -> None:
    path = make_episode(draw, folder / "episodes", outside)
    here = ["--episodes", str(folder / "episodes")]

    def episodes(verb: str, *more: str) -> Callable[[], object]:
        return lambda: run.command("episodes", verb, path.name, *more, *here)

    some(draw, [
        lambda: run.command("episodes", "list", *here),
        *(episodes(*verb) for verb in (("verify",), ("show",), ("show", "--html", str(folder / "page.html")))),
        *(episodes("export", "--format", form, "--out", str(folder / f"out-{form}")) for form in ("dataset", "llava", "smol")),
        lambda: run.call(lambda: stage_settings(read_episode(path), Settings())),
        lambda: run.call(lambda: edit.trim(read_episode(path), folder / "new", "part", 1, 2)),
        episodes("split", "--at", "2"),
        lambda: run.call(lambda: edit.merge([read_episode(path), read_episode(path)], folder / "new", "joined")),
        lambda: run.call(lambda: provenance.is_trusted(path)),
        lambda: run.command("trust", str(path), "--yes"),
        lambda: run.call(lambda: hide(path, ["x"], ["1,0,0,0.5,0.5"], draw.flag(), lambda picture: ())),
        episodes("review", "--hide-text", "x"),
        episodes("relabel", "--instruction", "other"),
        lambda: run.command("replay", str(path), "--how", "watch", "--plain", "--draw", str(folder / "drawn")),
        lambda: run.command("replay", str(path), "--how", "act", "--plain", "--desktop", "host"),
        lambda: run.call(lambda: list(usable_records(folder / "episodes", lambda name: Random(1), [], lambda name: Dropped()))),
        lambda: run.command("data", "check", str(folder / "episodes"), "--json"),
        lambda: run.command("data", "report", str(folder / "episodes"), "--html", str(folder / "report.html")),
        lambda: run.command("data", "repair", str(folder / "episodes")),
        lambda: run.command("data", "classify", str(folder / "episodes"), path.name, "1", "wrong answer"),
        episodes("relabel", "--name", "renamed"),
    ])  # fmt: skip


MEAN = ["&a [*a, *a]", "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]",
        "!!python/object/apply:os.system [id]", "!!python/name:os.system x", "!<tag:yaml.org,2002:python/module:os> x", "1: {2: 3}",
        "0o" + "7" * 5000, "1:" * 3000 + "1", "[" * 500, "? " * 2000, "<<: {a: 1}", "<<: *nothing", "2001-99-99", "!!binary x",
        "!!timestamp 9999999999", "!!int []", "a: 0x" + "f" * 10_000, "name: one\nname: two", "{a: 1, a: 2}", "? [a]\n: b",
        "---\na: 1\n---\nb: 2", "%YAML 9.9\n---\na: 1", "a: !!set {b, c}", "a: !!omap [b: 1]", "\ufeffa: 1",
        "a: .inf", "a: 1e400"]  # fmt: skip


def as_yaml(draw: Draw, text: str, outside: Path) -> bytes:
    if draw.flag():
        value = mutated(draw, yaml.safe_load(text), hostile(outside))
        with contextlib.suppress(yaml.YAMLError, ValueError, RecursionError):
            text = yaml.safe_dump(value, allow_unicode=True)
    if draw.number(0, 3) == 0:
        text = draw.one(MEAN) if draw.flag() else f"{text}\nmore: {draw.one(MEAN)}"
    return damaged(draw, text.encode("utf-8", "replace"))


def try_task(draw: Draw, folder: Path, outside: Path, run: Run) -> None:
    names = sorted(path.name for path in DEFINITIONS.glob("*.yaml"))
    path = folder / draw.one(["task.yaml", "task.yaml", "\udcff.yaml", "\x1b[2J.yaml", "x" * 240 + ".yaml", "a b.yml"])
    path.write_bytes(as_yaml(draw, (DEFINITIONS / draw.one(names)).read_text(), outside))
    spoil(draw, path, folder)
    some(draw, [
        lambda: run.command("tasks", "check", str(path)), lambda: run.command("tasks", "show", str(path)),
        lambda: run.command("tasks", "add", str(path)), lambda: run.command("tasks", "add", str(path), "--yes"),
        lambda: run.command("trust", str(path), "--yes"),
        lambda: run.command("run", str(path), "--plain", "--desktop", "host"),
    ])  # fmt: skip


def try_recipe(draw: Draw, folder: Path, outside: Path, run: Run) -> None:
    """A mixture, a training configuration, sentences to measure on, and rules of what to hide."""
    mixture = {"sources": [{"name": "a", "path": "e"}, {"name": "b", "kind": "llava", "path": "rows.jsonl"}], "seed": 1, "count": 9}
    names = sorted(path.relative_to(CONFIGS).as_posix() for path in CONFIGS.rglob("*.yaml"))
    name = draw.one([*names, *["mixture"] * len(names)])
    text = yaml.safe_dump(mixture) if name == "mixture" else (CONFIGS / name).read_text()
    (folder / "rows.jsonl").write_bytes(
        dumped({"id": "a/1", "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]})
    )
    (folder / "e").mkdir()
    make_episode(draw, folder / "e", outside)
    path = folder / "recipe.yaml"
    path.write_bytes(as_yaml(draw, text, outside))
    spoil(draw, path, folder)
    sentence = {"instruction": "save it", "steps": [{"do": "press", "keys": "ctrl+s"}]}
    (folder / "sentences.jsonl").write_bytes(damaged(draw, dumped(mutated(draw, sentence, hostile(outside)))))
    spoil(draw, folder / "sentences.jsonl", folder)
    rules = draw.one(["secret", "/(a+)+$/", "/(?P<x>/", "/" + "(a|" * 500 + "b" + ")" * 500 + "/", "/a{1,65535}{1,65535}/", "\ud800"])
    (folder / "redact.txt").write_bytes(damaged(draw, rules.encode("utf-8", "surrogatepass")))
    spoil(draw, folder / "redact.txt", folder)
    some(draw, [
        lambda: run.call(lambda: [draw_records(read_mixture(path), side) for side in ("train", "held-out")]),
        lambda: run.command("data", "mix", str(path)),
        *(lambda read=read: run.call(lambda: read(path)) for read in (read_stage, read_text_stage)),
        lambda: run.command("trust", str(path)),
        lambda: run.call(lambda: require_recipe(None, path)),
        lambda: run.call(lambda: read_sentences(folder / "sentences.jsonl")),
        lambda: run.call(lambda: load_rules(folder / "redact.txt").redact("a" * 40 + "! my secret")),
    ])  # fmt: skip


@cache
def configuration() -> dict[str, Any]:
    """The published `config.json`, and what ours says beside it."""
    made = published_config({"bos": 1, "eos": 2, "pad": 3}).to_dict() | {"deskhand": PIECES}
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def try_model(draw: Draw, folder: Path, outside: Path, run: Run) -> None:
    """An adapter's folder and a checkpoint's, as far as they are looked at before anything is loaded."""
    values = hostile(outside)
    path = folder / "adapters" / "one"
    path.mkdir(parents=True)
    layer = "base_model.model.model.layers.0.self_attn.qkv_proj"
    shapes = {f"{layer}.lora_A.weight": (2, 4), f"{layer}.lora_B.weight": (4, 2)}
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": r"model\.layers\.\d+\.self_attn\.qkv_proj", "bias": "none",
              "use_dora": False, "modules_to_save": None, "rank_pattern": {}, "base_model_name_or_path": None}  # fmt: skip
    manifest = {"version": 1, "source": "a/b", "quantization": "nf4", "complete": True, "shards": {"a": ["model.safetensors"]},
                "files": {"model.safetensors": {"bytes": 1, "sha256": "0" * 64, "modified": 1}}}  # fmt: skip
    index = {"weight_map": {"a": "model.safetensors"}}
    contents = {
        "adapter_config.json": config, "shown.json": ["type one", "click two"],
        "config.json": configuration(),
        "preprocessor_config.json": {"min_num_patches": 36, "max_num_patches": 256, "patch_size": 16, "resample": 2,
                                     "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
        "prepared.json": manifest, "model.safetensors.index.json": index,
    }  # fmt: skip
    for name, content in contents.items():
        if draw.number(0, 9):
            (path / name).write_bytes(damaged(draw, dumped(mutated(draw, content, values))))
    for name in ("adapter_model.safetensors", "model.safetensors"):
        (path / name).write_bytes(damaged(draw, tensors(draw, shapes, values)))
    for name in (*contents, "adapter_model.safetensors", "model.safetensors"):
        spoil(draw, path / name, folder)
    some(draw, [
        *(lambda look=look: run.call(lambda: look(path)) for look in (
            read_adapter, lora_settings, shown_with, read_config, check_weights, read_manifest, ImageProcessor.from_folder)),
        lambda: run.call(lambda: find_adapters(Settings(adapter=path))),
        lambda: run.command("trust", str(path), "--yes"),
        lambda: run.call(lambda: (found := read_manifest(path)) and found.damaged(path)),
    ])  # fmt: skip


def try_import(draw: Draw, folder: Path, outside: Path, run: Run) -> None:
    values = hostile(outside)
    data = folder / "data"
    (data / "images").mkdir(parents=True)
    for place in (data, data / "images"):
        (place / "a.png").write_bytes(draw.one([png(64, 48), *pictures()]))
        (place / "link.png").symlink_to(outside / "photo.png")
        (place / "folder").symlink_to(outside)
        os.mkfifo(place / "fifo.png")
    llava = {"id": "e/0", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nTask: do\nDone so far:\nnothing"},
             {"from": "gpt", "value": "now\nclick(x=0.5000, y=0.5000)"}]}  # fmt: skip
    value = {"code": "pyautogui.click(x=0.5, y=0.5)", "thought": "t", "last_step_correct": False}
    turns = [{"index": 0, "image": "a.png", "value": value}, {"index": 1, "image": "images/a.png", "value": value}]
    agentnet = {"task_id": "a", "instruction": "do it", "traj": turns, "task_completed": True, "alignment_score": 7, "domain": "x"}
    sets = {"img_filename": "a.png", "instruction": "x", "bbox": [1, 2, 3, 4], "data_type": "text"}
    screens = {"image": "a.png", "source": "s", "app": "a", "texts": [["OK", 1, 2, 3, 4]],
               "elements": [{"name": "OK", "role": "button", "box": [1, 2, 3, 4]}]}  # fmt: skip
    if draw.flag():
        item = draw.one([llava, agentnet, sets, screens])
        items = [mutated(draw, item, values) for _ in range(draw.number(1, 3))]
        lined = b"\n".join(map(dumped, items)) if draw.flag() else dumped(items)
        path = data / ("screens.jsonl" if item is screens else "rows.jsonl")
        path.write_bytes(damaged(draw, lined))
        spoil(draw, path, outside)
        if path.is_fifo() or path.is_symlink() or draw.flag():  # a person names no such file, but the folder that holds one
            path = data
    else:
        path = make_parquet(draw, data, outside, values)
        if path is None:
            return
    form = draw.one([None, None, *FORMATS])
    images = draw.one([None, data])
    some(draw, [
        lambda: run.call(lambda: import_episodes(path, folder / "imported", form, images, rename=True)),
        lambda: run.command("episodes", "import", str(path), "--episodes", str(folder / "imported")),
        lambda: run.call(lambda: list(conversation_records(path, "a", "text"))),
        lambda: run.call(lambda: [screen.picture() for screen in read_screens(data)]),
        lambda: run.call(lambda: count_screens(data)),
        lambda: run.command("data", "check", str(data)),
    ])  # fmt: skip


def make_parquet(draw: Draw, data: Path, outside: Path, values: Values) -> Path | None:
    header, steps = sample()
    picture = {"bytes": draw.one([png(64, 48), bomb(13_300), CANARY, None]), "path": str(outside / "photo.png")}
    smol = {"images": [picture], "texts": [{"system": "s", "user": "Instruction: do\n\nPrevious actions:\nNone",
            "assistant": "<think>\nt\n</think>\n<code>\nclick(x=0.5, y=0.5)\n</code>"}], "source": "a"}  # fmt: skip
    own = {"episode": "one", "index": 0, "instruction": "do", "task": None, "action": "wait()", "thought": "", "before": picture,
           "after": None, "step": json.dumps(mutated(draw, steps[0], values))}  # fmt: skip
    row = mutated(draw, draw.one([smol, own]), values)
    path = data / "rows.parquet"
    try:
        pq.write_table(pa.Table.from_pylist([row] * draw.number(1, 3)), path)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError, UnicodeError):
        return None  # nothing that parquet can say
    path.write_bytes(damaged(draw, path.read_bytes()))
    (data / "episodes.jsonl").write_bytes(damaged(draw, dumped(mutated(draw, header | {"name": "one"}, values))))
    return draw.one([path, data])  # type: ignore[no-any-return]


CASES: dict[str, Case] = {"episode": try_episode, "task": try_task, "import": try_import, "recipe": try_recipe, "model": try_model}
