"""Chat templates that somebody else wrote: rendered as the library renders them, and never for ever nor without end."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

import psutil
import pytest
from test_messages import OFFICIAL
from test_model import COMPACT, TEMPLATE

from recordings.errors import DeskhandError
from vlm.chat import ChatFormat
from vlm.stand_in_tokenizer import build_tokenizer
from vlm.template import Template, template_of

SAID = (("user", "<image>\nWhat — is “this”?"), ("assistant", "a\n\tdoor"), ("user", "и?"))
TURNS = [{"role": role, "content": text} for role, text in SAID]
OTHERS = (
    "{%- for m in messages if m.role != 'system' %}\n  {{- loop.index ~ m['content'] | trim | upper }}{% if loop.last %}"
    "{% break %}{% endif %}"
    "{%- endfor %}",
    "{{ bos_token }}{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}"
    "{{ messages | tojson }}{{ tools }}",
    "{% for m in messages %}\n{% generation %}\n{% set said = m['content'] %}{{ said }}{% if loop.last %}.{% endif %}\n"
    "{% endgeneration %}\n{{ said }}{%- generation -%} x {%- endgeneration -%}{% endfor %}",
)


@pytest.mark.parametrize("template", [OFFICIAL, TEMPLATE, COMPACT, *OTHERS])
def test_it_renders_what_the_library_does(template: str) -> None:
    tokenizer = build_tokenizer()
    tokenizer.chat_template = template
    made = Template(template)
    for turns in (TURNS[:1], TURNS[:2], TURNS):
        for asked in (True, False):
            library = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=asked)
            assert made.render(turns, asked, **tokenizer.special_tokens_map) == library


HOSTILE = {
    "folded when it is compiled": "{{ 'a' * 3000000000 }}",
    "doubles": "{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "long": "{{ 'a' * 90000000 }}",
    "pads": "{{ messages[0].content.ljust(2000000000) }}",
    "recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "includes": "{% include '/etc/passwd' %}",
    "breaks out": "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ raise_exception('no') }}",
    "no template": "{% for %}",
    "very long": "x" * 300_000,
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_one_is_one_line_in_bounded_time_and_memory(kind: str) -> None:
    tokenizer = build_tokenizer()
    tokenizer.chat_template = HOSTILE[kind]
    began, held = time.process_time(), psutil.Process().memory_info().rss
    with pytest.raises(DeskhandError, match="chat template") as refused:
        ChatFormat(tokenizer).text("one", "nothink")
    assert "\n" not in str(refused.value)
    assert time.process_time() - began < 2
    assert psutil.Process().memory_info().rss - held < 1 << 28


@pytest.mark.timeout(120)
def test_one_that_loops_is_ended_the_next_goes_on_and_nothing_is_left_behind() -> None:
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    slow = Template(f"{{% if messages[0].content == 'slow' %}}{loops}{{% endif %}}ok")
    with pytest.raises(DeskhandError, match="too long"):
        slow.render([{"role": "user", "content": "slow"}], True)
    assert slow.render([{"role": "user", "content": "quick"}], True) == "ok"
    assert slow._process is not None
    pid = slow._process.pid
    del slow
    gc.collect()
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.02)
    else:
        pytest.fail("the process that renders has no owner and lives on")


def test_what_is_no_text_is_told_off() -> None:
    tokenizer = build_tokenizer()
    for template in (5, {"other": "x"}, ["x"]):
        tokenizer.chat_template = template
        with pytest.raises(DeskhandError, match="no text"):
            ChatFormat(tokenizer).text("one", "nothink")


def test_the_process_sees_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "value")
    made = Template("ok")
    made.render(TURNS, True)
    assert made._process is not None
    assert b"SOME_API_KEY" not in Path(f"/proc/{made._process.pid}/environ").read_bytes()
    assert template_of("ok") is template_of("ok") and os.getpid() == made._owner


def test_a_process_that_ends_while_it_writes_is_told_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    half = tmp_path / "half.py"
    half.write_text('import os, sys\nsys.stdin.readline()\nos.write(1, b\'{"text": "ha\')\nos.abort()\n')
    made = Template("ok")
    with monkeypatch.context() as swapped:
        swapped.setattr("vlm.template.CHILD", half)
        with pytest.raises(DeskhandError, match="chat template"):
            made.render(TURNS, True)
        assert made._process is None
    assert made.render(TURNS, True) == "ok"
