"""Every file is opened at one door, `recordings.foreign`, or has its reason here; a new way in makes this fail until it has one, too."""

from __future__ import annotations

import ast
from pathlib import Path

from test_foreign import called, calls_in

ROOT = Path(__file__).parents[1]
PACKAGES = ("agent", "recordings", "tasks", "training", "vlm")
OPENING = {
    "open", "fdopen", "read_bytes", "read_text", "write_bytes", "write_text", "copyfile", "copytree", "copymode", "load_file", "save_file",
    "safe_open", "from_pretrained", "ParquetFile", "GGUFReader", "extractfile", "extractall", "loads", "load", "SafeLoader", "safe_load",
    "full_load", "unsafe_load", "memmap", "fromfile", "urlopen", "unlink", "rmtree", "rename",
}  # fmt: skip
"""Calls that open, read, write or delete a file, or make values of what a file says."""
NOT_FILES = {
    "agent/place.py: gate.open", "agent/cli/episodes_commands.py: edit.rename", "training/stages/encode.py: frame.open",
    "training/stages/show.py: frame.open", "training/datasets/episode_records.py: path.open", "vlm/images.py: pixels.load",
    "recordings/foreign.py: image.load",
}  # fmt: skip
"""The gate is a lock, a frame's `open` goes through the door, and pixels are in memory."""
MODELS = {
    "agent/cli/commands.py", "agent/cli/model_commands.py", "agent/grounding.py", "agent/model.py", "agent/planning.py",
    "agent/receipt.py", "training/evaluation/ablation.py", "training/recipes/glyphs/examples.py",
}  # fmt: skip
"""`load` is theirs by name, and loads a model or a font."""

REASONS = {
    "the door itself": {
        "recordings/durable.py": "fdopen open rename unlink",
        "recordings/foreign.py": "fdopen open read_text",
        "recordings/parsing.py": "SafeLoader loads",
        "recordings/exchange_dataset.py": "ParquetFile rename",  # of a file that the door opened; its own shards
    },
    "what ships in the package": {
        "agent/episodes/page.py": "read_text",
        "agent/permissions/windows.py": "read_text",
        "agent/risk_rules.py": "read_text",
        "agent/straying.py": "read_text",
        "tasks/injection/orders.py": "read_text",
        "tasks/injection/scene.py": "read_text",
        "training/beside.py": "read_text",
        "vlm/benchmark/golden.py": "loads read_text",
        "vlm/reading/convolutions.py": "load_file",
        "vlm/reading/icons/names.py": "read_text",
    },
    "what the system says of itself": {
        "agent/doctor.py": "read_text",
        "agent/guard.py": "read_text",
        "agent/processes.py": "read_bytes",
        "agent/x11/rest.py": "open",
        "agent/recorder/compose.py": "read_text",
        "agent/world.py": "read_text",
        "agent/x11/ptys.py": "read_bytes read_text",
        "agent/x11/silence.py": "open",
        "agent/x11/terminal.py": "read_text",
        "training/generate/instructions/harvest.py": "open read_text write_text",
        "training/screens/themes.py": "read_text write_text",
        "vlm/benchmark/card.py": "read_text",
        "vlm/memory.py": "read_text write_text",
    },
    "streams, and values that this process or its own child made": {
        "agent/cli/streams.py": "open",
        "agent/cli/task_commands.py": "loads",
        "agent/sandbox.py": "loads open",
        "agent/x11/keeper.py": "load",
        "tasks/injection/listener.py": "open",
        "training/screens/browser.py": "loads rmtree",
        "vlm/benchmark/busy.py": "loads",
        "vlm/policy.py": "loads",
        "vlm/sizes.py": "loads",
        "vlm/template.py": "loads",
        "vlm/template_child.py": "loads",
    },
    "folders that it made itself a moment ago": {
        "agent/folder.py": "rmtree",
        "agent/throwaway.py": "copyfile write_text",
        "agent/virtual.py": "open read_text",
        "agent/x11/cookie.py": "fdopen open rmtree",
        "recordings/exchange.py": "rmtree",
        "recordings/exchange_llava.py": "unlink",
        "recordings/store.py": "rename rmtree unlink",
        "tasks/prepare.py": "open",
        "training/generate/hands/demonstrate.py": "rmtree unlink",
        "training/generate/icons/drawings.py": "load loads read_text rename",  # and the list in a package that the package manager checked
        "training/screens/applications.py": "write_text",
        "training/states/harvest.py": "read_text rmtree write_text",
        "training/stages/part_trainer.py": "rmtree",
        "vlm/kept.py": "rename rmtree",
        "vlm/benchmark/child.py": "write_text",
        "vlm/benchmark/gpu.py": "loads open read_text",
        "vlm/benchmark/pieces.py": "open unlink write_bytes",
        "vlm/benchmark/report.py": "rename write_text",
    },
    "an episode's own folder, by the name that was just checked": {"recordings/edit.py": "rename", "recordings/keeper.py": "rename"},
    "what was fetched on a person's word, checked by its size and hash, or by the package manager": {
        "training/generate/icons/rendering.py": "read_bytes",
        "training/generate/icons/sources.py": "extractall open rename rmtree",
        "training/screens/looks.py": "extractfile open read_text write_bytes",
        "vlm/origin.py": "open unlink",
    },
    "the folder that a person named to be filled": {
        "training/evaluation/injection/redteam.py": "fdopen",
        "training/evaluation/missing.py": "write_text",
        "training/fitting.py": "load save_file",
        "training/recipes/icons/export.py": "load read_text write_bytes",
        "training/recipes/icons/train.py": "load write_text",
        "training/recipes/pocket/measure.py": "write_text",
        "training/screens/store.py": "fdopen unlink",
        "training/states/train.py": "load_file",
        "vlm/adapters.py": "copymode load_file write_bytes write_text",
        "vlm/planner/shown.py": "unlink",
        "vlm/prepare.py": "copymode open rmtree safe_open save_file unlink",
    },
    "weights and tokenizers, read by a library once `vlm.folder` has looked at the folder": {
        "training/recipes/pocket/make.py": "copyfile load_file write_text",
        "training/recipes/pocket/parts.py": "open rmtree",
        "training/recipes/pocket/tower.py": "load loads",
        "training/stages/pairs.py": "load_file",
        "training/stages/result.py": "load_file save_file",
        "training/recipes/icons/words.py": "safe_open",
        "training/stages/text/model.py": "from_pretrained",
        "vlm/bounds.py": "from_pretrained",
        "vlm/assembly.py": "load_file read_text safe_open save_file write_text",
        "vlm/loading.py": "from_pretrained",
        "vlm/planner/convert.py": "GGUFReader from_pretrained save_file",
        "vlm/vllm_plugin.py": "from_pretrained",
    },
}


def opened_in(path: Path) -> set[str]:
    name = path.relative_to(ROOT).as_posix()
    found = set()
    for call in calls_in(path):
        owner, what = called(call)
        mine = f"{name}: {owner.rpartition('.')[2]}.{what}" in NOT_FILES or (what == "load" and not owner and name in MODELS)
        if what in OPENING and not owner.startswith("foreign") and not mine:
            found.add(what)
    return found


def test_whatever_opens_a_file_is_the_door_or_has_its_reason() -> None:
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    found = {path.relative_to(ROOT).as_posix(): " ".join(sorted(opened)) for path in paths if (opened := opened_in(path))}
    reasons = {module: calls for modules in REASONS.values() for module, calls in modules.items()}
    assert found == reasons, "read it with recordings.foreign; or say above why this needs no door"


def test_only_the_door_makes_pictures_of_bytes_and_values_of_yaml() -> None:
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for call in calls_in(path):
            owner, what = called(call)
            assert (owner, what) != ("Image", "open") or name == "recordings/foreign.py", f"{name}:{call.lineno}"
            assert owner != "yaml" or what in ("safe_dump", "MarkedYAMLError") or name == "recordings/parsing.py", f"{name}:{call.lineno}"
            assert (owner, what) not in (("", "eval"), ("", "exec")) and owner not in ("pickle", "marshal", "shelve"), (
                f"{name}:{call.lineno}"
            )
            if (owner, what) == ("torch", "load"):
                assert any(word.arg == "weights_only" and ast.unparse(word.value) == "True" for word in call.keywords), (
                    f"{name}:{call.lineno}"
                )
            assert "trust_remote_code" not in {word.arg for word in call.keywords}, f"{name}:{call.lineno}"


def test_no_name_of_a_frame_is_joined_to_a_path() -> None:
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                joined = {part.attr for part in ast.walk(node.right) if isinstance(part, ast.Attribute)}
                assert not joined & {"before_frame", "after_frame"}, f"{path}:{node.lineno}"
