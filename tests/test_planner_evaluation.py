"""The hand-written sentences are well-formed, and the planner's score counts what it says."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from recordings.errors import DeskhandError
from tasks.statistics import HitRate
from training.evaluation import planner as evaluation
from training.evaluation.plan_match import canonical_keys, fold_target, same_plan, same_step, same_target, score_steps
from training.evaluation.planner import Outcome, Sentence, evaluate, read_sentences, score
from vlm.planner.plan import PlannedStep, parse_plan, parse_step, print_plan

SENTENCES = read_sentences()
QUOTES = ('"', "'", "“", "”", "„", "«", "»", "`")


class Scripted:
    """Plans what it was told to; refuses what it was not."""

    def __init__(self, plans: dict[str, str]) -> None:
        self._plans = plans

    def plan(self, instruction: str) -> tuple[PlannedStep, ...]:
        if instruction not in self._plans:
            raise DeskhandError("name what to click")
        return parse_plan(self._plans[instruction])


def sentence(instruction: str, plan: str, *also: str, quoted: bool = False) -> Sentence:
    return Sentence(instruction=instruction, steps=parse_plan(plan), also=tuple(map(parse_plan, also)), quoted=quoted, kind="test")


def test_there_are_enough_sentences_of_every_manner() -> None:
    groups = Counter(one.group for one in SENTENCES)
    assert groups["unquoted"] >= 200 and groups["quoted"] >= 50 and groups["impossible"] >= 15
    assert len({one.instruction.casefold() for one in SENTENCES}) == len(SENTENCES)
    kinds = Counter(one.kind for one in SENTENCES)
    assert len(kinds) >= 20 and min(kinds.values()) >= 5
    assert {len(one.steps) for one in SENTENCES} >= set(range(10))
    assert {step.do for one in SENTENCES for step in one.steps} == {
        "click", "double_click", "right_click", "type", "press", "scroll", "drag", "set", "wait",
    }  # fmt: skip


@pytest.mark.parametrize("one", SENTENCES, ids=lambda one: one.instruction)
def test_a_plan_keeps_to_the_form_and_to_the_words(one: Sentence) -> None:
    assert len(set(one.plans)) == len(one.plans) and (one.steps or not one.also)
    assert one.instruction == one.instruction.strip() != ""
    said = fold_target(one.instruction.replace(">", " > ").replace("→", " → "))
    for plan in one.plans:
        assert parse_plan(print_plan(plan)) == plan
        for step in plan:
            assert step.text is None or (step.text in one.instruction and step.text == step.text.strip() != "")
    if one.kind in {"goal", "typo", "sum"} or "Save it as" in one.instruction:  # says what to reach, says it wrongly, or in digits
        return
    for step in one.steps:
        for target in filter(None, (step.target, step.to)):
            assert set(fold_target(target)) <= set(said), f"{target!r} was not said"
            assert not target.startswith(QUOTES) and not target.endswith(QUOTES)


@pytest.mark.parametrize("one", [one for one in SENTENCES if one.quoted], ids=lambda one: one.instruction)
def test_a_quoted_sentence_quotes_all_its_texts(one: Sentence) -> None:
    for step in one.steps:
        if step.text is not None:
            before, _, after = one.instruction.partition(step.text)
            assert before.endswith(QUOTES) and after.startswith(QUOTES)


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("Save", "save", True),
        ("Save", "the “Save…” button", True),
        ("Save As", "Save As...", True),
        ("Größe", "grosse", True),
        ("Français", "francais", True),
        ("+", "+", True),
        (".", ".", True),
        (".", ",", False),
        ("+", "-", False),
        ("Save", "Save As", False),
        ("Save As", "Save", False),
        ("New tab", "New", False),
        ("second Edit", "Edit", False),
        ("Edit", "second Edit", False),
        ("Save in the dialog", "save button in dialog", True),
        ("search", "search box", True),
        ("Don't Save", "Don’t save", True),
        ("Dose [mg]", "Dose mg", False),
        ("The", "the", True),
    ],
)
def test_targets_are_compared_folded(expected: str, got: str, same: bool) -> None:
    assert same_target(expected, got) is same


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("Ctrl+S", "ctrl+s", "Control+S", "CTRL-S", "ctrl s", "Ctrl + S", "Strg+S"), ("ctrl", "s")),
        (("Ctrl+Shift+Esc", "shift+ctrl+escape", "Control Shift Escape"), ("ctrl", "shift", "escape")),
        (("Ctrl++", "ctrl + +", "Ctrl+Plus"), ("ctrl", "+")),
        (("Ctrl+-", "ctrl--", "Ctrl+minus"), ("ctrl", "-")),
        (("Enter", "Return", "return key"), ("enter",)),
        (("PageDown", "Page Down", "page-down", "PgDn", "page_down"), ("pagedown",)),
        (("ctrl page down", "Ctrl+PgDn"), ("ctrl", "pagedown")),
        (("Down", "down arrow", "ArrowDown"), ("down",)),
        (("Super", "Windows key", "Win", "Meta"), ("super",)),
        (("+",), ("+",)),
    ],
)
def test_keys_have_one_name(names: tuple[str, ...], keys: tuple[str, ...]) -> None:
    assert {canonical_keys(name) for name in names} == {keys}


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("type Hallo", "type Hallo", True),
        ("type Hallo", "type hallo", False),
        ("type Hallo", "type Hallo.", False),
        ("press Ctrl+A", "press ctrl-a", True),
        ("press Ctrl+A", "press Ctrl+C", False),
        ("set on Loop", "set on loop", True),
        ("set on Loop", "set off Loop", False),
        ("click Loop", "set on Loop", False),
        ("scroll down", "scroll down list", False),
        ("scroll down list", "scroll down", False),
        ("scroll down", "scroll up", False),
        ("drag a.txt -> B", "drag a.txt -> b", True),
        ("drag a.txt -> B", "drag B -> a.txt", False),
        ("wait", "wait 3", True),
        ("wait 3", "wait", False),
        ("wait 3", "wait 4", False),
    ],
)
def test_steps_are_the_same_where_they_do_the_same(expected: str, got: str, same: bool) -> None:
    assert same_step(parse_step(expected), parse_step(got)) is same


def test_steps_are_aligned_and_the_best_accepted_plan_counts() -> None:
    keys, menu = parse_plan("press Ctrl+S"), parse_plan("click File\nclick Save")
    assert score_steps([keys, menu], parse_plan("click file\nclick save")) == (2, 2)
    assert score_steps([keys, menu], parse_plan("click Edit\nclick Save")) == (1, 2)
    assert score_steps([menu], parse_plan("click File\nwait\nclick Save")) == (2, 3)
    assert score_steps([menu], parse_plan("click Save\nclick File")) == (1, 2)
    assert score_steps([menu], ()) == (0, 2) and score_steps([()], ()) == (0, 0) and score_steps([()], keys) == (0, 1)
    assert same_plan(menu, parse_plan("click file\nclick save")) and not same_plan(menu, menu[:1]) and not same_plan(menu[:1], menu)


def test_a_planner_is_scored_by_groups() -> None:
    sentences = [
        sentence("save", "press Ctrl+S", "click File\nclick Save"),
        sentence("click A and B", "click A\nclick B"),
        sentence("open Z", "click Z"),
        sentence('click "C"', "click C", quoted=True),
        sentence("hello", ""),
        sentence("why?", ""),
    ]
    told = {"save": "click File\nclick Save", "click A and B": "click A\nclick X", 'click "C"': "click c\ndone", "why?": "click why"}
    result = evaluate(Scripted(told), sentences)
    assert result.plans == {"unquoted": HitRate(1, 3), "quoted": HitRate(1, 1), "impossible": HitRate(1, 2)}
    assert result.steps == {"unquoted": HitRate(3, 5), "quoted": HitRate(1, 1)}
    assert [outcome.sentence.instruction for outcome in result.failed] == ["click A and B", "open Z", "why?"]
    assert result.failed[1].refusal == "name what to click"
    told_json = result.to_json()
    assert told_json["unquoted"]["plans"] == {"hits": 1, "n": 3, "rate": 0.3333, "interval": [0.0615, 0.7923]}
    doubtful = [Outcome(sentences[0], parse_plan("press Ctrl+S"), sure=False), Outcome(sentences[2], parse_plan("click Y"), sure=False)]
    assert score([*doubtful, Outcome(sentences[2], parse_plan("click X"))]).doubted == {True: HitRate(1, 1), False: HitRate(1, 2)}
    assert "failed" not in told_json and "steps" not in told_json["impossible"]


def test_the_expected_plans_score_full_and_no_plan_scores_nothing() -> None:
    full = score(Outcome(one, plan) for one in SENTENCES for plan in one.plans)
    assert not full.failed and all(rate.hits == rate.n for rate in (*full.plans.values(), *full.steps.values()))
    none = score(Outcome(one, ()) for one in SENTENCES)
    assert none.plans["unquoted"].hits == none.plans["quoted"].hits == 0 and none.plans["impossible"].hits == none.plans["impossible"].n


def test_what_failed_is_listed_only_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join(one.model_dump_json(exclude_none=True) for one in (sentence("open Z", "click Z"), sentence("hello", ""))))
    asked: list[str | None] = []
    monkeypatch.setattr("agent.planning.open_planner", lambda settings: asked.append(settings.planner) or Scripted({}))

    def run(*options: str) -> str:
        monkeypatch.setattr(sys, "argv", ["planner", "--sentences", str(path), *options])
        evaluation.main()
        return capsys.readouterr().out

    assert run() == "unquoted:    whole plans 0/1 = 0.0% (95 %: 0.0%–79.3%), steps 0/1 = 0.0% (95 %: 0.0%–79.3%)\n" + (
        "quoted:      whole plans none, steps none\nimpossible:  whole plans 1/1 = 100.0% (95 %: 20.7%–100.0%)\n"
        "asked about first: right plans none, wrong plans none\n"
    )
    shown = run("--show")
    assert "open Z" in shown and "refused: name what to click" in shown and "click Z" in shown
    assert "failed" not in json.loads(run("--json", "--planner", "http://127.0.0.1:1/v1")) and asked[2] == "http://127.0.0.1:1/v1"
    assert json.loads(run("--json", "--show"))["failed"][0]["expected"] == [{"do": "click", "target": "Z"}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no sentence"),
        ('{"instruction": "x"}\n', "line 1 .*steps"),
        ('\n{"instruction": "x", "steps": [{"do": "click"}], "quoted": false, "kind": "k"}\n', "line 2 .*click needs target"),
        ("nonsense", "line 1 .*JSON"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "sentences.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeskhandError, match=says) as caught:
        read_sentences(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(DeskhandError, match="cannot be read"):
        read_sentences(tmp_path / "none.jsonl")
