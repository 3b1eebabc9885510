"""What loads on a machine that has a GPU, its libraries and the kit, and nothing of a desktop."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DESKTOP = ("mss", "pyautogui", "pynput", "Xlib", "textual", "rapidocr", "onnxruntime", "cv2")
GIVEN = ("torch", "transformers", "peft", "accelerate", "safetensors", "pillow", "pydantic", "jinja2", "psutil", "pyyaml")
"""What a machine with a GPU is expected to have; `.ci/gpu-kit` brings what follows."""
BROUGHT = ("bitsandbytes", "llguidance")


def at_root() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]])}


def absent() -> list[str]:
    """The modules that are installed here, and are neither those of a machine with a GPU nor of the kit, nor of what these need."""
    there: set[str] = set()
    wanted = [*GIVEN, *BROUGHT]
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in there:
            there.add(name)
            with suppress(PackageNotFoundError):
                needs = map(Requirement, distribution(name).requires or ())
                wanted += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    mine = {"deskhand", "__pycache__"}
    found = packages_distributions().items()
    return sorted(
        module for module, owners in found if not {canonicalize_name(one) for one in owners} & (there | mine) and module.isidentifier()
    )


def test_model_and_training_load_where_nothing_but_a_gpu_is() -> None:
    """Each module of both, in one process in which no library can be imported but those of such a machine and of the kit."""
    assert set(DESKTOP) <= set(absent())
    assert not {"torch", "numpy", "yaml", "tokenizers", "pydantic_core", "llguidance", "bitsandbytes"} & set(absent())
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in ("vlm", "training/stages")
        for path in (ROOT / room).rglob("*.py")
    ]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__") and name != "vlm.vllm_plugin"]
    program = f"""
import importlib.machinery, sys
class Bare(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {absent()} else super().find_spec(name, path, target)
sys.meta_path[:] = [Bare if one is importlib.machinery.PathFinder else one for one in sys.meta_path]
for name in {names}:
    # Some releases of the hub's library bring it, others do not: none of ours takes it in before a server is asked.
    assert "httpx2" not in vars(importlib.import_module(name)), name
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=at_root(), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "vlm.engine" in names and "training.stages.trainer" in names
