"""What `deskhand model` understands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from agent.cli.options_common import count, path, positive

QUANTIZATIONS = ("nf4", "int8", "none")


def add_model_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the noun and its verbs; `add` makes a command with the options that it shares."""
    what: Any = add("model", "prepare, examine and measure models").add_subparsers(metavar="WHAT", required=True)

    prepare = add("model prepare", "fetch a model once and store it ready to load, offline from then on", what)
    prepare.add_argument("source", metavar="SOURCE", help="a hub id like owner/name, a folder with weights, or pocket")
    prepare.add_argument("--quantization", choices=QUANTIZATIONS, default="nf4", help="how to store the decoder (default: %(default)s)")
    prepare.add_argument("--to", type=path, required=True, metavar="DIR", help="the folder to fill; the same command goes on where it was")
    prepare.add_argument("--from-folder", type=path, metavar="FOLDER", help="weights of SOURCE already on this machine: no hub is asked")
    prepare.add_argument("--revision", metavar="COMMIT", help="commit, tag or branch (default: the main branch at the first call, kept)")

    info = add("model info", "say how large a model is, what it needs, and whether it fits", what)
    info.add_argument("folder", nargs="?", metavar="DIR", help="a folder with weights, or with config.json alone (default: the --model)")
    info.add_argument("--memory", type=positive, metavar="GIB", help="judge for a GPU of this size instead of this machine's")
    info.add_argument("--verify", action="store_true", help="read every file and compare its checksum")

    check = add("model check", "ask the published model the one question whose official answer is known", what)
    check.add_argument("folder", nargs="?", metavar="DIR", help="a folder with weights (default: the --model)")
    check.add_argument("--quantization", choices=QUANTIZATIONS, help="hold the decoder so (default: as it is stored)")

    bench = add("model bench", "time every phase of a click, beside plain transformers on the same weights", what)
    bench.add_argument("--quantization", choices=QUANTIZATIONS, help="hold the decoder so (default: as it is stored)")
    bench.add_argument("--random", choices=("full", "tiny"), help="random weights in the 15B layout, full size or tiny, made on the device")
    bench.add_argument("--repeats", type=count, default=3, metavar="N", help="screens to measure on (default: %(default)s)")
    bench.add_argument("--dtype", choices=("bfloat16", "float32"), help="compute so (default: what loading chooses)")

    receipt = add("model receipt", "measure what quantisation costs: hits, memory and seconds of each kind on one set of screens", what)
    receipt.add_argument("folders", nargs="*", metavar="DIR", help="prepared folders to compare (default: the --model as bf16, int8, nf4)")
    receipt.add_argument("--on", default="drawn", metavar="SET", help="drawn, pages, applications, or a folder of labelled screens")
    receipt.add_argument("--count", type=count, default=60, metavar="N", help="questions (default: %(default)s)")

    merge = add("model merge", "work an adapter into a model's weights", what)
    merge.add_argument("base", metavar="BASE", help="pocket, a folder with weights that are not quantised, or a hub id")
    merge.add_argument("adapter_folder", type=path, metavar="ADAPTER", help="the adapter's folder")
    merge.add_argument("--to", type=path, required=True, metavar="DIR", help="a new folder for the merged model")
