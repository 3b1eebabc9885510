"""Pairs of instructions and plans that the planner learns from."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from training.generate.instructions.choices import choice
from training.generate.instructions.compose import compose, tidy
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import SLOTS, Node, _parsed, inflect, put_in_form, spell
from training.generate.instructions.harvest import CATALOGUES, HELD_OUT, SOURCES, WORDS, catalogue, label_of, messages
from training.generate.instructions.idioms import IDIOMS, in_menu, naming
from training.generate.instructions.keys import any_keys, spelled
from training.generate.instructions.pairs import MOST_STEPS, make_pair, pairs
from training.generate.instructions.plain_texts import in_preferences, many_times, on_lines, sounding_like_orders
from training.generate.instructions.procedures import PROCEDURES
from training.generate.instructions.steps import KINDS
from training.generate.instructions.texts import lines
from training.generate.instructions.unplannable import unplannable
from training.generate.instructions.words import CHOICES, COMMON, ITEMS, MENUS, OPTIONS, TABS, listed
from vlm.planner.plan import parse_plan, print_plan
from vlm.planner.prompt import tidy_name


def frame(text: str) -> str:
    """What is said, without what is copied into the plan: two of one frame differ in names and texts only."""
    return "".join("#" if character in SLOTS else character for character in text)


def ways(template: str) -> int:
    """How many texts a template stands for."""

    def count(alternatives: tuple[list[Node], ...]) -> int:
        return sum(math.prod(1 if isinstance(node, str) else count(node) for node in sequence) for sequence in alternatives)

    return count(_parsed(template))


def test_the_same_seed_gives_the_same_pairs_and_another_one_others() -> None:
    one, same, other = ([(pair.instruction, pair.steps) for pair in islice(pairs(seed), 50)] for seed in (7, 7, 8))
    assert one == same
    assert not set(one) & set(other)


def test_what_is_typed_stands_in_the_instruction_to_the_letter_and_plans_can_be_read_back() -> None:
    for pair in islice(pairs(3), 2000):
        assert parse_plan(print_plan(pair.steps)) == pair.steps
        assert len(pair.steps) <= MOST_STEPS
        for step in pair.steps:
            assert step.text is None or step.text in pair.instruction
        assert not set(pair.instruction) & set(SLOTS), pair.instruction
        assert "~" not in pair.instruction.replace("~/", ""), pair.instruction
        assert "{" not in pair.instruction, pair.instruction


def test_targets_are_said_in_the_instruction_or_come_from_a_common_procedure() -> None:
    common = {line.partition(" ")[2] for made in PROCEDURES.values() for line in made.steps if line.startswith("click ")} | {"="}
    for pair in islice(pairs(4), 1000):
        for step in pair.steps:
            words = (step.target or "").split()
            said = sum(word in pair.instruction for word in words)
            # A qualifier may be mistyped ("in the popep"), a name is copied as it is.
            assert step.target in common or 2 * said >= len(words), (pair.instruction, step)


def test_there_are_at_least_eighty_frames_for_each_kind_of_step() -> None:
    rng = random.Random(0)
    frames: dict[str, set[str]] = defaultdict(set)
    for _ in range(12000):
        draft = Draft(rng)
        clause = KINDS[rng.choice(list(KINDS))][0](draft)
        kinds = {str(step["do"]) + str(step.get("value", "")) for step in clause.steps}
        if len(kinds) == 1:
            frames[kinds.pop()].add(frame(clause.text))
    counts = {kind: len(found) for kind, found in frames.items()}
    assert set(counts) == {"click", "double_click", "right_click", "type", "press", "scroll", "drag", "seton", "setoff", "wait"}
    assert min(counts.values()) >= 80, counts


def test_nearly_every_instruction_has_a_frame_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made, finish = list[str](), Draft.finish
    monkeypatch.setattr(Draft, "finish", lambda draft, text, steps: made.append(frame(text)) or finish(draft, text, steps))
    assert len(list(islice(pairs(5), 3000))) == 3000
    assert len(set(made)) > 0.9 * len(made)


def test_about_a_third_of_the_instructions_quote_and_some_are_in_other_alphabets() -> None:
    made = [pair.instruction for pair in islice(pairs(6), 3000)]
    quoted = sum(any(mark in text for mark in '"“«„`‘') for text in made) / len(made)
    assert 0.25 < quoted < 0.65
    for letters in ("éüñøł", "абвгд", "αβγδε"):
        assert any(set(letters) & set(text.lower()) for text in made)


def test_each_goal_has_its_wordings() -> None:
    few = {name: count for name, made in PROCEDURES.items() if (count := sum(ways(wording) for wording in made.wordings)) < 20}
    assert few == {}


def test_words_that_only_held_out_applications_have_are_absent() -> None:
    """Some of each application's are written down; where every source is installed, all that the held-out ones there have count, too."""
    lines = Path(__file__).with_name("held_out_words.txt").read_text(encoding="utf-8").splitlines()
    written = dict(reversed(line.split("\t")) for line in lines if not line.startswith("#"))
    assert len(written) > 900 and len(set(written.values())) > 10 and set(written.values()) <= set(HELD_OUT)
    theirs = set(written)
    if all(any(CATALOGUES.glob(f"*/LC_MESSAGES/{name}.mo")) for name in SOURCES):
        theirs |= {label for _, label in messages(HELD_OUT)} - {label for _, label in messages(tuple(f"{name}." for name in SOURCES))}
    ours = {label for labels in listed().values() for label in labels}
    assert len(ours) > 4000
    assert not theirs & ours, sorted(theirs & ours)[:20]


def test_the_list_of_words_is_small_and_says_how_it_was_made() -> None:
    head = WORDS.read_text(encoding="utf-8").splitlines()[:3]
    assert WORDS.stat().st_size < 300 * 1024
    assert "python -m training.generate.instructions.harvest" in head[0]
    assert all(name in head[2] for name in ("mate-calc", "featherpad")) and len(HELD_OUT) >= 10
    assert not any(name.startswith(HELD_OUT) for name in SOURCES)


@pytest.mark.parametrize(
    ("message", "label"),
    [
        ("_Save As...", ("item", "Save As...")), ("User _name:", ("field", "User name")),
        ("Show line numbers", ("option", "Show line numbers")),
        ("Page Setup", ("name", "Page Setup")), ("could not open %s", None), ("<b>Font</b>", None), ("menu\x04_File", ("item", "File")),
        ("A long sentence that nobody would write on a button at all", None),
    ],
)  # fmt: skip
def test_labels_are_told_from_other_messages(message: str, label: tuple[str, str] | None) -> None:
    assert label_of(message) == label


def test_a_file_that_is_no_catalogue_has_no_messages(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "broken.mo").write_bytes(b"no catalogue")
    assert catalogue(tmp_path / "broken.mo") == {}


def test_keys_keep_their_name_however_they_are_spelled() -> None:
    rng = random.Random(1)
    seen = {spelled(rng, "Ctrl+S") for _ in range(400)}
    assert {"ctrl s", "Ctrl+S", "Control-s"} & seen and len(seen) > 40
    for _ in range(500):
        keys = any_keys(rng)
        assert spelled(rng, keys).strip()
        parse_plan(f"press {keys}")


def test_verbs_take_the_form_that_is_asked_for() -> None:
    assert [inflect("tick", form) for form in ("base", "ing", "done")] == ["tick", "ticking", "ticked"]
    assert [inflect("write", form) for form in ("base", "ing", "done")] == ["write", "writing", "written"]
    assert put_in_form("~go to X and ~choose Y", "ing") == "going to X and choosing Y"
    assert ways("(a|b) c(| d)") == 4
    assert {spell(random.Random(seed), "(a|b){X}", {"X": "!"}) for seed in range(20)} == {"a!", "b!"}


def test_choices_name_what_a_screen_may_show() -> None:
    rng = random.Random(2)
    made = [choice(rng) for _ in range(5000)]
    assert all(said.strip() and tidy_name(name) for said, name in made)
    assert len(set(made)) > 1500
    colours = {said.lower() for said, name in made if name in ("Colors", "Colours")}
    assert any("colour" in said for said in colours) and any("color" in said for said in colours)


def test_lists_of_words_hold_no_duplicates_of_nothing() -> None:
    for words in (MENUS, COMMON, OPTIONS, TABS, CHOICES, ITEMS):
        assert all(word == word.strip() and word for word in words)


@pytest.mark.parametrize("make", [make for make, _ in IDIOMS], ids=lambda make: make.__name__)
def test_turns_of_speech_give_plans_whose_texts_are_said(make: Callable[[Draft], Clause]) -> None:
    rng = random.Random(1)
    told = set()
    for _ in range(60):
        draft = Draft(rng)
        text, steps = compose(draft, [make(draft)])
        instruction, plan = draft.finish(tidy(text), steps)
        told.add(instruction)
        assert plan and parse_plan(print_plan(plan)) == tuple(plan)
        assert not set("~{}") & set(instruction.replace("~/", "")), instruction
        assert all(step.text is None or step.text in instruction for step in plan), instruction
    assert len(told) > 45


def test_a_name_that_a_dialog_asks_for_is_typed_and_no_more() -> None:
    rng = random.Random(2)
    for _ in range(100):
        plan = naming(Draft(rng)).steps
        assert sum(step["do"] == "type" for step in plan) in (1, 2)
        assert {"do": "press", "keys": "F2"} not in plan
        assert plan[-2]["do"] == "type" and plan[-1]["do"] in ("click", "press")


def test_a_setting_in_a_menu_is_set_once_after_its_menu() -> None:
    rng = random.Random(3)
    for _ in range(100):
        assert [step["do"] for step in in_menu(Draft(rng)).steps] == ["click", "set"]


def test_what_no_plan_can_say_has_no_steps_and_a_sentence_of_its_own() -> None:
    rng = random.Random(5)
    made = [unplannable(Draft(rng)) for _ in range(200)]
    assert all(steps == [] and text.strip() for text, steps in made) and len({text for text, _ in made}) > 150


def test_a_text_that_sounds_like_an_order_is_typed_whole() -> None:
    rng = random.Random(6)
    for make in (sounding_like_orders, on_lines):
        for _ in range(60):
            draft = Draft(rng)
            clause = make(draft)
            told, plan = draft.finish(clause.inflected(), clause.steps)
            assert [step.text for step in plan if step.do == "type" and step.text in told]
    assert [step["do"] for step in in_preferences(Draft(rng)).steps] == ["click", "click", "set"]
    assert len({str(step) for step in many_times(Draft(rng)).steps}) == 1


def test_more_turns_of_speech_can_be_asked_for() -> None:
    frames = [make_pair(random.Random(seed), idioms=1.0).instruction for seed in range(40)]
    assert frames != [make_pair(random.Random(seed), idioms=0.0).instruction for seed in range(40)]


def test_lines_of_a_text_may_end_as_sentences_do_and_their_stop_is_typed() -> None:
    rng = random.Random(4)
    assert 10 < sum(lines(rng).endswith(".") for _ in range(200)) < 150
    for pair in islice(pairs(9), 1500):
        text = pair.steps[-1].text if pair.steps else None
        if text is not None and "\n" in text and pair.instruction[-1:].isalnum():
            # Behind what is quoted, more may be said.
            assert pair.instruction.endswith(text) or pair.instruction[pair.instruction.index(text) - 1] in "\"'“‘«„`"
