"""Names in any script: one spelling, counted in bytes, and short ones made of any text."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.replay.source import episode_path
from recordings.edit import rename
from recordings.episode import EpisodeHeader
from recordings.names import MOST_BYTES, is_name, normal, slug, to_name
from recordings.store import EpisodeWriter, read_episode


@pytest.mark.parametrize(
    "name",
    ["हिन्दी में", "ภาษาไทย", "تجربه\u200cها", "ελληνικά", "日本語", "e\u0301tude", "ёлка-2", "x" * MOST_BYTES, "字" * (MOST_BYTES // 3)],
)
def test_names_of_every_script(tmp_path: Path, name: str) -> None:
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name=name, instruction="x")) as writer:
        assert writer.path.name == normal(name)
    assert read_episode(tmp_path / normal(name)).header.name == normal(name)


def test_one_spelling_however_it_is_written(tmp_path: Path) -> None:
    composed, apart = "Übung é", unicodedata.normalize("NFD", "Übung é")
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name=apart, instruction="x")):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [composed]
    assert episode_path(apart, tmp_path) == tmp_path / composed
    assert rename(tmp_path / composed, unicodedata.normalize("NFD", "Größe")).name == "Größe"


@given(st.text(max_size=300))
def test_any_text_makes_a_name(text: str) -> None:
    for made in (to_name(text, "imported"), slug(text)):
        assert is_name(made) and normal(made) == made


def test_slugs() -> None:
    assert slug('Click "File", then choose Quit!') == "click-file-then-choose-quit"
    assert slug("Открой файл и сохрани") == "открой-файл-и-сохрани"
    assert slug("!!!") == "instruction"
    assert to_name("a/b: c?", "imported") == "a-b- c"
