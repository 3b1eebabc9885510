"""No test reaches the network: the guard inside Python, and the name space around everything in continuous integration."""

from __future__ import annotations

import ast
import ctypes
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from egress import EgressBlocked

ISOLATED = Path(__file__).parents[1] / ".ci" / "isolated"
ELSEWHERE = "192.0.2.1"  # set aside for documentation: nobody has it
CONNECT = f"""
import ctypes, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
descriptor = libc.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", 9) + socket.inet_aton("{ELSEWHERE}") + bytes(8)
print("passed" if libc.connect(descriptor, address, 16) == 0 else os.strerror(ctypes.get_errno()))
"""
LOOPBACK = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname())
print("passed")
"""


def isolated(*command: str) -> str:
    environment = {**os.environ, "DESKHAND_ISOLATION": "required"}
    done = subprocess.run([sys.executable, ISOLATED, *command], capture_output=True, text=True, env=environment, timeout=60)
    if done.returncode == 77:  # the system allows none, and that is said: continuous integration then has the guard alone
        assert "no name space without a network here" in done.stderr
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_guard_knows_the_c_librarys_own_calls() -> None:
    with pytest.raises(EgressBlocked):
        ctypes.CDLL(None).connect  # noqa: B018


def test_nothing_leaves_the_name_space_whatever_a_program_does() -> None:
    """Alone, with the guard nowhere near: in C, from an interpreter that heeds no variable."""
    assert "unreachable" in isolated(sys.executable, "-I", "-c", CONNECT)


def test_this_machine_itself_is_reached_in_it() -> None:
    assert isolated(sys.executable, "-I", "-c", LOOPBACK) == "passed"


def test_where_there_are_no_name_spaces_the_tests_of_them_are_skipped_and_say_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    none = tmp_path / "isolated"
    none.write_text("import sys; print('no name space without a network here', file=sys.stderr); sys.exit(77)")
    monkeypatch.setattr(sys.modules[__name__], "ISOLATED", none)
    for test in (test_nothing_leaves_the_name_space_whatever_a_program_does, test_this_machine_itself_is_reached_in_it):
        with pytest.raises(pytest.skip.Exception, match="no name space without a network here"):
            test()


def test_continuous_integration_runs_in_it() -> None:
    assert ".ci/isolated" in (ISOLATED.parent / "run").read_text()


ROOT = Path(__file__).parents[1]
FETCHING = {
    "hf_hub_download", "snapshot_download", "from_pretrained", "cached_file", "load_dataset", "HfApi", "get_hf_file_metadata", "http_get",
    "AsyncClient", "urlopen", "urlretrieve", "HTTPConnection", "HTTPSConnection", "create_connection", "build_opener",
}  # fmt: skip
"""What can reach out, of the libraries that are used here."""
ASKED_FOR = {
    "vlm/origin.py": "deskhand model prepare",
    "vlm/remote_http.py": "an address given with --model or --planner",
    "training/generate/icons/sources.py": "python -m training.generate.icons.sources",
    "training/screens/looks.py": "deskhand screens pages --fetch",
}
"""The files that reach out, and what a person gave to have it done."""


def reaching(path: Path) -> list[str]:
    """Calls in a source file that may reach out, but those that are told to stay here; and programs that fetch."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            here = any(option.arg == "local_files_only" and getattr(option.value, "value", None) is True for option in node.keywords)
            found += [f"{name} in line {node.lineno}"] if name in FETCHING and not here else []
        elif isinstance(node, ast.List | ast.Tuple) and node.elts:
            program = getattr(node.elts[0], "value", None)
            asked = getattr(node.elts[1], "value", None) if len(node.elts) > 1 else None
            local = (program, asked) == ("git", "rev-parse")
            found += [f"{program} in line {node.lineno}"] if program in ("npm", "pip", "git", "curl", "wget") and not local else []
    return found


def test_what_reaches_out_is_known_and_asked_for() -> None:
    sources = [path for package in ("agent", "recordings", "tasks", "training", "vlm") for path in sorted((ROOT / package).rglob("*.py"))]
    found = {str(path.relative_to(ROOT)): calls for path in sources if (calls := reaching(path))}
    assert set(found) == set(ASKED_FOR), found


COMMANDS = """
import sys
from agent.cli.main import main
named = ["--model", "some/model"]
for words in (["doctor", *named], ["plan", "click Save", "--planner-base", "some/model"], ["ground", sys.argv[1], "Save", *named],
              ["run", "click Save", "--desktop", "virtual", *named], ["model", "info", *named]):
    try:
        code = main(words)
    except SystemExit as end:
        code = end.code
    print(*words[:2], code)
"""


def test_nothing_is_fetched_that_nobody_asked_for(tmp_path: Path) -> None:
    """A model on a hub is named, and the hub is there and may be asked: it is not, and the way to have it fetched is told."""
    from PIL import Image

    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_GET = do_POST = do_HEAD

    Image.new("RGB", (64, 64)).save(tmp_path / "screen.png")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}", "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0",
                   "HF_HOME": str(tmp_path / "hf")}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", COMMANDS, str(tmp_path / "screen.png")], cwd=ROOT,
                          env={**os.environ, **environment}, capture_output=True, text=True, timeout=110)  # fmt: skip
    server.shutdown()
    server.server_close()
    assert asked == [] and "Traceback" not in done.stderr
    told = done.stdout + done.stderr
    assert told.count("deskhand model prepare some/model --to FOLDER fetches it from the hub") == 4, told
    assert "deskhand model prepare fetches it" in told and done.stdout.split()[-1] == "1"
