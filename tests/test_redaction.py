"""What the rules find, what is left of it in texts and in pixels, and that an episode on disk can be cleaned afterwards."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from recordings.action import Press, Type
from recordings.episode import Element, EpisodeHeader, Prediction, Screenshot, Step, StopReason
from recordings.errors import DeskhandError
from recordings.geometry import Box, ScreenTransform
from recordings.hiding import hide_boxes, hide_by_rules
from recordings.painting import PAINT, paint
from recordings.redaction import redact_step
from recordings.secrets.rules import Rules, load_rules, placeholders
from recordings.store import EpisodeWriter, read_episode
from tests.planted import SECRETS

TRANSFORM = ScreenTransform(0, 0, 200, 100)
HARMLESS = [
    "Work out 47 + 85.",
    "order 4111 1111 1111 1112 is not a card",
    "0000 0000 0000 0000",
    "phone +49 30 901820",
    "https://example.org/a/long/path/with-many-words?and=arguments",
    "supercalifragilisticexpialidocious_and_then_some_more_words",
    "2026-11-25T01:51:55",
    "write to me @ home",
    "def find_string_in_the_tree(self)",
]


def episode(root: Path, *steps: Step) -> Path:
    with EpisodeWriter.create(root, EpisodeHeader(name="run", instruction="log in as jane@example.org")) as writer:
        for step in steps:
            writer.append(step)
    return writer.path


def step(index: int, before: Screenshot | None = None, after: Screenshot | None = None, text: str = "hello") -> Step:
    action = Type(text=text)
    return Step(index=index, prediction=Prediction(action=action, text=str(action)), action=action, before=before, after=after)


@pytest.mark.parametrize("kind", SECRETS)
def test_each_kind_of_secret_is_replaced_and_the_rest_stays(kind: str) -> None:
    rules = Rules()
    draw = random.Random(kind)
    for _ in range(50):
        secret = SECRETS[kind](draw)
        clean, kinds = rules.redact(f"before {secret} after")
        assert secret not in clean and clean.startswith("before [") and clean.endswith("] after"), secret
        assert len(kinds) == 1
        assert rules.redact(clean) == (clean, ())


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Rules().redact(text) == (text, ())


@given(st.lists(st.sampled_from(sorted(SECRETS)), min_size=1, max_size=4), st.integers(0, 10_000))
def test_no_secret_survives_beside_others(kinds: list[str], seed: int) -> None:
    draw = random.Random(seed)
    secrets = [SECRETS[kind](draw) for kind in kinds]
    clean, _ = Rules().redact("\n".join(secrets))
    assert not any(secret in clean for secret in secrets)


def test_the_user_s_own_list(tmp_path: Path, deskhand_home: Path) -> None:
    assert load_rules() == Rules()
    deskhand_home.mkdir()
    (deskhand_home / "redact.txt").write_text("# mine\nProject Bluebird\n/emp-[0-9]{4}/\n")
    assert load_rules().redact("project bluebird: EMP-1234, emp-12") == ("[hidden]: [hidden], emp-12", ("hidden", "hidden"))
    bad = tmp_path / "bad.txt"
    bad.write_text("fine\n/(/\n")
    with pytest.raises(DeskhandError, match=r"bad\.txt:2: /\(/ is no regular expression"):
        load_rules(bad)
    with pytest.raises(DeskhandError, match="cannot be read"):
        load_rules(tmp_path)
    with pytest.raises(DeskhandError, match=r"tipo\.txt, cannot be read: No such file"):
        load_rules(tmp_path / "tipo.txt")  # whoever names a list does not mean to do without


def test_placeholders_are_asked_for_when_it_is_done_again() -> None:
    text = Rules().redact("jane@example.org")[0] + "\t[secret]"
    assert placeholders(text) == ["[mail]", "[secret]"]


def test_every_text_of_a_step_is_cleaned_and_told() -> None:
    mail = "jane@example.org"
    dirty = step(0, text=f"to {mail}").model_copy(
        update={"window_title": f"Mail to {mail}", "element": Element(name=mail, box=Box(x1=0, y1=0, x2=1, y2=1)), "note": f"by {mail}"}
    )
    clean = redact_step(dirty, Rules())
    assert mail not in clean.model_dump_json()
    assert clean.action == Type(text="to [mail]") and clean.prediction.action == clean.action
    assert {(one.place, one.kind) for one in clean.hidden or ()} == {(place, "mail") for place in ("action", "title", "element", "note")}
    assert redact_step(clean, Rules()) is clean
    assert redact_step(step(1), Rules()).hidden is None


@given(
    st.tuples(*[st.floats(0, 1)] * 4).map(lambda v: Box(x1=min(v[0], v[2]), y1=min(v[1], v[3]), x2=max(v[0], v[2]), y2=max(v[1], v[3]))),
    st.sampled_from([(200, 100), (1366, 768), (33, 4001)]),
)
def test_nothing_inside_a_painted_box_shines_through(box: Box, size: tuple[int, int]) -> None:
    painted = paint(Image.new("RGB", size, (255, 255, 255)), [box])
    left, top = int(box.x1 * size[0]), int(box.y1 * size[1])
    right, bottom = min(int(box.x2 * size[0]) + 1, size[0]), min(int(box.y2 * size[1]) + 1, size[1])
    inside = painted.crop((min(left, right - 1), min(top, bottom - 1), right, bottom))
    assert inside.getcolors() == [(inside.width * inside.height, PAINT)]


def test_boxes_are_hidden_in_every_frame_that_is_the_same_picture(tmp_path: Path) -> None:
    one, two = (Screenshot(Image.effect_noise((200, 100), 90).convert("RGB"), TRANSFORM) for _ in range(2))
    path = episode(tmp_path, step(0, two, one), step(1, one, two))
    box = Box(x1=0.25, y1=0.25, x2=0.5, y2=0.5)
    assert hide_boxes(path, {(0, "after"): [box]}) == 2
    read = read_episode(path)
    assert read.problems == ()
    for index, which, original in ((0, "before", two), (1, "after", two)):
        frame = read.frame(read.steps[index], which)
        assert frame is not None and ImageChops.difference(frame, original.image).getbbox() is None
    for index, which in ((0, "after"), (1, "before")):
        frame = read.frame(read.steps[index], which)
        assert frame is not None and frame.getpixel((75, 40)) == PAINT and frame.getpixel((20, 20)) == one.image.getpixel((20, 20))
        assert [(hidden.place, hidden.kind, hidden.box) for hidden in read.steps[index].hidden or ()] == [(which, "hidden", box)]
    with pytest.raises(DeskhandError, match="no frame after of step 7"):
        hide_boxes(path, {(7, "after"): [box]})


def test_texts_are_hidden_in_an_episode_on_disk(tmp_path: Path) -> None:
    secret = SECRETS["card"](random.Random(3))
    path = episode(tmp_path, step(0), step(1, text=f"pay with {secret}"), Step(index=2, prediction=Prediction(), action=Press(keys=("a",))))
    assert hide_by_rules(path, Rules())[0] == 1
    written = b"".join(file.read_bytes() for file in path.rglob("*") if file.is_file())
    assert secret.encode() not in written and b"jane@example.org" not in written
    read = read_episode(path)
    assert read.header.instruction == "log in as [mail]" and read.header.stop_reason is StopReason.DONE
    assert [str(one.action) for one in read.steps] == ['type(text="hello")', 'type(text="pay with [card]")', 'press(keys=["a"])']
    assert hide_by_rules(path, Rules())[0] == 0


def test_an_episode_that_is_written_damaged_or_none_is_left_alone(tmp_path: Path) -> None:
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name="run", instruction="x")) as writer:
        writer.append(step(0))
        with pytest.raises(DeskhandError, match="another process is writing"):
            hide_by_rules(writer.path, Rules())
    steps = writer.path / "steps.jsonl"
    whole = steps.read_bytes()
    steps.write_bytes(b"{}\n" + whole)
    with pytest.raises(DeskhandError, match=r"cannot be rewritten: .* line 1 is damaged"):
        hide_by_rules(writer.path, Rules())
    steps.write_bytes(whole + b'{"text": "jane@exam')
    hide_by_rules(writer.path, Rules())
    assert steps.read_bytes() == whole
    os.mkdir(tmp_path / "empty")
    with pytest.raises(DeskhandError, match="is not an episode"):
        hide_boxes(tmp_path / "empty", {})
    assert not list((tmp_path / "empty").iterdir())


def test_of_a_thousand_planted_secrets_no_byte_is_written(tmp_path: Path) -> None:
    draw, planted = random.Random(11), []
    kinds = sorted(set(SECRETS) - {"block"})
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name="run", instruction="x")) as writer:
        for index in range(260):
            typed, title, name, note = (SECRETS[draw.choice(kinds)](draw) for _ in range(4))
            planted += [typed, title, name, note]
            dirty = step(index, text=f"see {typed} there").model_copy(
                update={
                    "window_title": f"{title} - Mail",
                    "element": Element(name=name, box=Box(x1=0, y1=0, x2=1, y2=1)),
                    "note": f"by {note}",
                }
            )
            writer.append(redact_step(dirty, Rules()))
    written = b"".join(file.read_bytes() for file in writer.path.rglob("*") if file.is_file())
    assert len(set(planted)) > 1000
    assert [secret for secret in planted if secret.encode() in written] == []
