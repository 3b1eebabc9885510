"""Addresses and keys of served models, what servers are told about the shape of an answer, and the options that choose all this."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from agent.cli.arguments import read_settings
from agent.cli.main import main, parse
from agent.doctor import examine
from agent.model import ModelChoiceError, check_model
from agent.settings import Settings
from agent.virtual import VirtualDesktop
from recordings.action import Click, Drag, Finish, Press, Scroll, Type, Wait, print_action
from vlm.endpoint import KEY_VARIABLE, EndpointError, check_endpoint, is_endpoint, read_key
from vlm.grammar import BOX
from vlm.remote_dialect import PLAIN, action_shape, dialect_of, to_gbnf


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("https://host/v1", "https://host/v1"),
        ("https://Host:8443/a/v1/", "https://host:8443/a/v1"),
        ("http://localhost:8000/v1", "http://localhost:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("http://127.9.9.9/v1", "http://127.9.9.9/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_addresses_that_may_be_named(address: str, clean: str) -> None:
    assert is_endpoint(address)
    assert check_endpoint(address) == clean


@pytest.mark.parametrize("host", ["192.168.0.7", "gpu.local", "0.0.0.0", "localhost.example.org", "127.0.0.1.example.org", "[2001:db8::1]"])
def test_plain_http_is_for_this_machine_unless_insisted(host: str) -> None:
    with pytest.raises(EndpointError, match=r"unencrypted to .*--insecure-http"):
        check_endpoint(f"http://{host}:8000/v1")
    assert check_endpoint(f"http://{host}:8000/v1", insecure=True) == f"http://{host}:8000/v1"


@pytest.mark.parametrize(
    "address",
    ["https://me:dk-secret@host/v1", "https://dk-secret@host/v1", "https://host/v1?key=dk-secret", "https://host/v1#dk-secret",
     "http://me:dk-secret@10.0.0.1/v1", "https://ho st/dk-secret", "https:///dk-secret", "https://host:dk-secret/v1",
     "https://host/\x01dk-secret", "https://host/dk-secret\x7f", "https://host/\u202edk-secret", "https://\u2066/dk-secret",
     "https://a..b/dk-secret", "https://" + "a" * 64 + "/dk-secret", "https://host/" + "dk-secret" * 9000],
)  # fmt: skip
def test_an_address_that_is_refused_is_not_repeated(address: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(EndpointError) as caught:
        check_endpoint(address, insecure=True)
    assert "dk-secret" not in str(caught.value)
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    episodes = ["--episodes", str(tmp_path)]
    for command in (["run", "do something", *episodes], ["ground", str(tmp_path / "a.png"), "x"], ["doctor", *episodes]):
        assert main([*command, "--model", address, "--debug"]) == 2
        assert "dk-secret" not in "".join(capfd.readouterr())


def test_the_key_comes_from_the_environment_or_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://host:8443/v1"
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)  # not installed
    assert read_key(address) is None
    asked: list[tuple[str, str]] = []
    ring = types.SimpleNamespace(get_password=lambda service, user: asked.append((service, user)) or "dk-ring")
    monkeypatch.setitem(sys.modules, "keyring", ring)
    found = read_key(address)
    assert found is not None and found.get_secret_value() == "dk-ring" and asked == [("deskhand", "host")]

    def locked(service: str, user: str) -> str:
        raise RuntimeError("locked")

    ring.get_password = locked
    assert read_key(address) is None
    monkeypatch.setenv(KEY_VARIABLE, " dk-env\n")
    found = read_key(address)
    assert found is not None and found.get_secret_value() == "dk-env"
    assert "dk-env" not in repr(found)
    for wrong in ("dk env", "dk\nenv", "dk–env"):
        monkeypatch.setenv(KEY_VARIABLE, wrong)
        with pytest.raises(EndpointError, match="copy the key again") as caught:
            read_key(address)
        assert "env" not in str(caught.value).replace("environment", "")


ACTIONS = [
    Click(x=0.5, y=1.0, button="right", count=2, modifiers=("ctrl", "shift")), Drag(path=((0.1, 0.2), (0.3, 0.4), (0.5, 0.6))),
    Scroll(x=0.1, y=0.2, dx=0, dy=-3), Type(text='say "x/y\\z"\nand\tmore é 漢'), Press(keys=("ctrl", "alt", "delete")), Press(keys=("/",)),
    Press(keys=("é",)), Press(keys=('"',)), Wait(seconds=2.5), Finish(success=False, answer="no"), Finish(),
]  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS, ids=str)
@pytest.mark.parametrize("thought", ["", "then [Save]; now {x}\n"])
def test_the_shape_of_an_action_takes_what_is_printed(action: Any, thought: str) -> None:
    shape = action_shape("coordinates")
    assert re.fullmatch(shape, thought + print_action(action, 3))
    assert not re.fullmatch(shape, thought + print_action(action, 3) + ")")
    assert r"\p{" not in shape and "--[" not in shape and "&&" not in shape


def test_the_shape_of_a_plan_has_words_for_places() -> None:
    assert re.fullmatch(action_shape("words"), 'open it\nclick(target="the File menu", count=2)')
    assert not re.fullmatch(action_shape("words"), "click(x=0.500, y=0.500)")
    assert re.fullmatch(BOX, "[0.174, 0.868, 0.224, 1.000]")


PIECES = (
    "a",
    "z",
    r"\.",
    r"\(",
    '"',
    r"\\",
    "/",
    "[abc]",
    r"[^a\n]",
    r'["\\b-d]',
    "(a|bc)",
    "(x)?",
    "a{2}",
    "b{1,3}",
    "[0-9]{2,}",
    "c*",
    r"\++",
    "q?",
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join), st.text(alphabet='abcdxzq0".(\\/+\n', max_size=7))
def test_the_grammar_for_llama_cpp_is_the_same_language(pattern: str, text: str) -> None:
    from llguidance import LLMatcher
    from llguidance.gbnf_to_lark import gbnf_to_lark
    from llguidance.hf import from_tokenizer

    from vlm.stand_in_tokenizer import build_tokenizer

    if not hasattr(test_the_grammar_for_llama_cpp_is_the_same_language, "tokenizer"):
        test_the_grammar_for_llama_cpp_is_the_same_language.tokenizer = from_tokenizer(build_tokenizer())  # type: ignore[attr-defined]
    tokenizer = test_the_grammar_for_llama_cpp_is_the_same_language.tokenizer  # type: ignore[attr-defined]
    matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(gbnf_to_lark(to_gbnf(pattern))), log_level=0)
    assert not matcher.is_error(), matcher.get_error()
    tokens = tokenizer.tokenize_str(text)
    taken = (
        matcher.validate_tokens(tokens) == len(tokens) and (matcher.consume_tokens(tokens) if tokens else True) and matcher.is_accepting()
    )
    assert bool(taken) == bool(re.fullmatch(pattern, text)), to_gbnf(pattern)


def test_servers_are_told_apart_by_what_they_say_of_their_models() -> None:
    assert dialect_of("vllm").name == "vLLM" and dialect_of("llamacpp").name == "llama.cpp"
    assert dialect_of("somebody") is dialect_of("") is PLAIN


def test_policy_and_template_are_options_of_every_command() -> None:
    settings = read_settings(parse(["run", "x", "--policy", "plan-then-ground", "--model", "vlm/pocket", "--template", "compact"]))
    assert (settings.policy, settings.template) == ("plan-then-ground", "compact")
    assert read_settings(parse(["--policy", "direct", "--model", "vlm/pocket", "demo"])).policy == "direct"
    unset = read_settings(parse(["run", "x"]))
    assert (unset.policy, unset.template, unset.remote_model, unset.insecure_http) == (None, None, None, False)
    assert unset.model_choice != settings.model_choice
    for wrong in (["--policy", "magic"], ["--template", "wide"]):
        with pytest.raises(SystemExit) as caught:
            parse(["run", "x", *wrong])
        assert caught.value.code == 2


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--remote-model", "m"], "--remote-model needs the address of a server"),
        (["--insecure-http"], "--insecure-http needs the address of a server"),
        (["--model", "https://host/v1", "--template", "compact"], "--template is for models that run here"),
        (["--model", "http://10.0.0.1/v1"], "plain http would send your screen unencrypted to 10.0.0.1"),
    ],
)
def test_options_that_make_no_sense_together(options: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "do something", *options]) == 2
    assert line in capsys.readouterr().err
    assert main(["ground", "a.png", "x", *options]) in (1, 2)


def test_settings_are_checked_without_the_command_line_too() -> None:
    with pytest.raises(ModelChoiceError):
        check_model(Settings(remote_model="m"))
    check_model(Settings(model="https://host/v1", remote_model="m"))
    check_model(Settings(model="http://10.0.0.1/v1", insecure_http=True))


def test_the_doctor_says_that_no_server_answers() -> None:
    findings = examine(Settings(model="http://127.0.0.1:9/v1"))
    model = next(finding for finding in findings if finding.name == "model")
    assert not model.ok and "no server answers at http://127.0.0.1:9/v1" in model.detail


def test_programs_of_a_virtual_desktop_do_not_get_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "dk-env")
    with VirtualDesktop(width=320, height=240) as desktop:
        program = desktop.spawn(["env"], stdout=subprocess.PIPE, text=True)
        shown = program.communicate(timeout=60)[0]
    assert f"DISPLAY={desktop.display}" in shown and "dk-env" not in shown
