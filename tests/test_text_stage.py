"""The planner's stage: batches, the adapted model, a short run, and how its plans are measured."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from demonstrations import make_episode

from agent.cli.main import main
from recordings.errors import DeskhandError
from recordings.provenance import is_trusted
from training.evaluation.planner import read_sentences
from training.generate.instructions.pairs import pairs
from training.optimizing import rate_at
from training.stages.part_trainer import Clock
from training.stages.settings import LoraSettings
from training.stages.text.model import load_base, prepare_text
from training.stages.text.rows import IGNORED, Encoder, Stream, batch_of, in_batches
from training.stages.text.settings import TextSettings, read_text_stage
from training.stages.text.trainer import run_text_stage, worse
from vlm.adapters import EFFECTIVE
from vlm.bounds import read_tokenizer
from vlm.planner.plan import parse_plan, print_plan
from vlm.planner.prompt import END, choice_tokens, name_tokens, prompt_tokens
from vlm.planner.shown import shown_with

CONFIGURATION = Path(__file__).parents[1] / "training/configs/stages/planner-continue.yaml"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny decoder in the published layout with a tokenizer that knows the chat marks."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import Phi3Config, Phi3ForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("base")
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    words = (text for pair in islice(pairs(1), 200) for text in (pair.instruction, print_plan(pair.steps)))
    core.train_from_iterator(
        words, trainers.BpeTrainer(vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    )
    core.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in ("<|im_start|>", "<|im_end|>")])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|im_end|>")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = Phi3Config(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=2048, pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None, tie_word_embeddings=True,
    )  # fmt: skip
    Phi3ForCausalLM(config).save_pretrained(folder)
    return folder


def settings_of(**given: Any) -> TextSettings:
    fixed = {
        "stage": "plan",
        "lora": {"rank": 4, "alpha": 8},
        "rate": 0.01,
        "tokens": 512,
        "pool": 16,
        "held_out": 4,
        "log_every": 5,
        "measure_every": 1000,
    }
    return TextSettings.model_validate(fixed | given)


def test_pairs_are_told_in_the_prompts_of_inference(base: Path) -> None:
    tokenizer = read_tokenizer(base)
    encoder = Encoder(tokenizer)
    for pair in islice(pairs(2), 50):
        made = encoder.plan(pair.instruction, pair.steps)
        answer = tokenizer.encode(print_plan(pair.steps), add_special_tokens=False, split_special_tokens=True)
        assert made.ids == [*prompt_tokens(tokenizer, pair.instruction), *answer, tokenizer.convert_tokens_to_ids(END)]
        assert made.start == len(prompt_tokens(tokenizer, pair.instruction))
    made = encoder.choice("the colours tab", "Colors...")
    assert made.ids == [*choice_tokens(tokenizer, "the colours tab"), *name_tokens(tokenizer, "Colors...")]


def test_only_answers_are_told_and_a_batch_holds_no_more_than_its_tokens(base: Path) -> None:
    encoder = Encoder(read_tokenizer(base))
    examples = [encoder.plan(pair.instruction, pair.steps) for pair in islice(pairs(3), 60)]
    examples = [one for one in examples if len(one.ids) <= 1024]
    batches = in_batches(examples, 1024, 0)
    assert all(batch["ids"].size <= 1024 for batch in batches)
    assert sum(len(batch["ids"]) for batch in batches) == len(examples)
    told = sum(int((batch["truth"] != IGNORED).sum()) for batch in batches)
    assert told == sum(len(one.ids) - one.start for one in examples)
    one = batch_of(examples[:1], 0)
    assert (one["truth"][0, examples[0].start :] == one["ids"][0, examples[0].start :]).all()
    assert (one["truth"][0, : examples[0].start] == IGNORED).all()


def test_padding_changes_no_loss(base: Path) -> None:
    encoder = Encoder(read_tokenizer(base))
    short, long = sorted((encoder.plan(pair.instruction, pair.steps) for pair in islice(pairs(4), 20)), key=lambda one: len(one.ids))[::19]
    model = prepare_text(base, LoraSettings(rank=4), 1)
    tensors = lambda batch: {name: torch.from_numpy(value).long() for name, value in batch.items()}  # noqa: E731
    apart = [model(**tensors(batch_of([one], 0))) for one in (short, long)]
    together = model(**tensors(batch_of([short, long], 0)))
    counts = [float(one["tokens"]) for one in apart]
    mean = sum(float(one["loss"]) * count for one, count in zip(apart, counts, strict=True)) / sum(counts)
    assert float(together["loss"]) == pytest.approx(mean, abs=1e-5)


def test_adding_the_pairs_first_is_what_peft_computes(base: Path) -> None:
    from peft import LoraConfig, get_peft_model

    from vlm.adapters import DECODER

    fused = prepare_text(base, LoraSettings(rank=4, alpha=8), 1)
    torch.manual_seed(5)
    state = {name: torch.randn_like(value) * 0.1 for name, value in fused.model.named_parameters() if "lora_" in name}
    plain = get_peft_model(load_base(base), LoraConfig(r=4, lora_alpha=8, target_modules=DECODER))
    for model in (fused.model, plain):
        model.load_state_dict(state, strict=False)
    ids = torch.randint(0, 500, (2, 12))
    with torch.no_grad():
        torch.testing.assert_close(fused.base(ids).logits, plain(ids).logits, atol=1e-4, rtol=1e-4)
    assert {name for name, value in fused.named_parameters() if value.requires_grad} == {f"model.{name}" for name in state}


def test_in_bfloat16_the_loss_is_nearly_the_same(base: Path) -> None:
    encoder = Encoder(read_tokenizer(base))
    batch = batch_of([encoder.plan(pair.instruction, pair.steps) for pair in islice(pairs(4), 4)], 0)
    given = {name: torch.from_numpy(value).long() for name, value in batch.items()}
    exact = prepare_text(base, LoraSettings(rank=4), 1)(**given)["loss"]
    rough_model = prepare_text(base, LoraSettings(rank=4), 1, dtype=torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        rough = rough_model(**given)["loss"]
    assert float(rough) == pytest.approx(float(exact), rel=0.02)
    rough.backward()
    assert all(value.grad is not None and value.grad.dtype == torch.float32 for value in rough_model.parameters() if value.requires_grad)


def test_the_stream_is_the_same_for_the_same_seed_and_another_after_a_stop(base: Path) -> None:
    first, same, other = (
        [batch["ids"] for batch in islice(Stream(base, settings_of(choices=0.2), begun=begun), 4)] for begun in (0, 0, 30)
    )  # fmt: skip
    assert all(np.array_equal(one, two) for one, two in zip(first, same, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_a_short_run_lowers_the_loss_and_leaves_an_adapter_that_can_be_put_on(base: Path, tmp_path: Path) -> None:
    from peft import PeftModel

    made = run_text_stage(settings_of(steps=40, rate=0.03), base, tmp_path / "out")
    assert made["losses"][-1] < made["losses"][0] - 0.1
    assert {"adapter_config.json", "adapter_model.safetensors", "stage.json"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert is_trusted(tmp_path / "out", EFFECTIVE), "it was trained here"
    about = json.loads((tmp_path / "out" / "stage.json").read_text())
    assert about["steps"] == 40 and about["minutes"] > 0 and about["commit"] and about["versions"]["deskhand"] and len(about["data"]) == 16
    adapted = PeftModel.from_pretrained(load_base(base), tmp_path / "out")
    assert any(float(value.abs().max()) > 0 for name, value in adapted.named_parameters() if "lora_B" in name)
    again = run_text_stage(settings_of(steps=2, adapter=tmp_path / "out"), base, tmp_path / "more")
    assert again["losses"][0] < made["losses"][0] - 0.1


def test_a_run_goes_on_from_its_checkpoint(base: Path, tmp_path: Path) -> None:
    run_text_stage(settings_of(steps=10, save_every=5), base, tmp_path)
    resumed = run_text_stage(settings_of(steps=10, save_every=5), base, tmp_path, tmp_path / "checkpoint-5")
    assert resumed["steps"] == 10
    with pytest.raises(DeskhandError, match="checkpoint"):
        run_text_stage(settings_of(steps=10), base, tmp_path / "x", tmp_path / "checkpoint-7")


def test_the_clock_ends_a_run_in_time(base: Path, tmp_path: Path) -> None:
    made = run_text_stage(settings_of(steps=100000, minutes=0.02, held_out=0, log_every=1), base, tmp_path)
    assert 0 < made["steps"] < 100000


def test_the_rate_rises_then_falls_to_nothing() -> None:
    rates = [rate_at(share / 100, 0.1) for share in range(101)]
    assert rates[0] == pytest.approx(0.01) and rates[10] == pytest.approx(1) and rates[100] == pytest.approx(0, abs=1e-9)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    clock = Clock(None, 50)
    assert clock.share(25) == 0.5
    assert Clock(1.0, 1000, 0.5).share(10) == 0.5


def test_sentences_written_by_hand_are_plans_and_their_texts_are_said() -> None:
    settings = read_text_stage(CONFIGURATION)
    total = 0
    for path in settings.development:
        for sentence in read_sentences(CONFIGURATION.parents[3] / path):
            total += 1
            assert parse_plan(print_plan(sentence.steps)) == sentence.steps
            assert all(step.text is None or step.text in sentence.instruction for step in sentence.steps)
    assert total >= 100


def taught_episodes(folder: Path) -> Path:
    for number, file in enumerate(("larder", "trip", "cellar", "attic")):
        script = ["click(x=0.2, y=0.15)", f'type(text="{file}")', 'press(keys=["enter"])']
        make_episode(folder, f"shown-{number}", script, instruction=f"file the list under {file}")
    make_episode(folder, "fixed", ["click(x=0.7, y=0.15)", 'type(text="what nobody said")'], instruction="greet the customer")
    return folder


def test_episodes_teach_a_goal_and_the_run_ends_when_they_are_known(base: Path, tmp_path: Path) -> None:
    episodes = taught_episodes(tmp_path / "episodes")
    (tmp_path / "dev.jsonl").write_text(json.dumps({"instruction": "undo", "steps": [{"do": "press", "keys": "Ctrl+Z"}]}) + "\n")
    start = run_text_stage(settings_of(steps=10), base, tmp_path / "start")
    settings = settings_of(
        steps=400, rate=0.02, tokens=768, adapter=tmp_path / "start", episodes=[episodes], taught=0.8, settled=5.9, measure_every=10,
        held_out=2, development=[tmp_path / "dev.jsonl"],
    )  # fmt: skip
    made = run_text_stage(settings, base, tmp_path / "taught")
    assert start["lessons"] == [] and "5 goals are shown, with 5 different plans" in made["lessons"]
    assert made["held_out"]["taught"] < 6.0 and made["steps"] < 400
    assert [line.startswith("before: ") for line in made["scores"]][:2] == [True, False]
    known = shown_with(tmp_path / "taught")
    assert [step.text for step in known if step.text] == ["what nobody said"] and shown_with(tmp_path / "start") == ()
    more = run_text_stage(settings_of(steps=1, adapter=tmp_path / "taught"), base, tmp_path / "more")
    assert more["lessons"] == [] and shown_with(tmp_path / "more") == known


def test_what_got_worse_is_told() -> None:
    assert worse({"made": 0.10, "taught": 1.0, "a": 0.001}, {"made": 0.20, "taught": 3.0, "a": 0.002}) == ["made"]


def test_episodes_that_show_nothing_are_one_line(base: Path, tmp_path: Path) -> None:
    make_episode(tmp_path, "nameless", ["click(x=0.95, y=0.95)"])
    with pytest.raises(DeskhandError, match="nameless: step 1: a click on something without a name"):
        run_text_stage(settings_of(steps=1, episodes=[tmp_path]), base, tmp_path / "out")
    with pytest.raises(DeskhandError, match="is no adapter"):
        run_text_stage(settings_of(steps=1, adapter=tmp_path / "none"), base, tmp_path / "out")


def test_steps_beside_an_adapter_that_are_none_are_one_line(tmp_path: Path) -> None:
    for wrong in ("{", "{}", "[1]", '["frobnicate"]', '["click"]'):
        (tmp_path / "shown.json").write_text(wrong)
        with pytest.raises(DeskhandError, match="train or copy the adapter again"):
            shown_with(tmp_path)


def test_the_command_shows_and_describes_what_a_planner_would_learn(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = (CONFIGURATION.parent / "planner-taught.yaml").read_text(encoding="utf-8")
    config = tmp_path / "taught.yaml"
    config.write_text(shipped.replace("adapter: shipped", f"base: {base}"), encoding="utf-8")
    episodes = ["--from", str(taught_episodes(tmp_path / "episodes"))]
    assert main(["train", str(config), *episodes, "--dry-run", "--minutes", "2"]) == 0
    said = capsys.readouterr().out
    assert "5 goals are shown" in said and "2 minutes at most" in said and "its first batch" in said
    assert main(["train", str(config), *episodes, "--show", "4", "--seed", "2"]) == 0
    said = capsys.readouterr().out
    assert said.count("⟦") == said.count("⟧") == 4 and "Turn the words into steps" in said
    assert main(["train", str(config), "--from", str(tmp_path / "none"), "--dry-run"]) == 1
    assert "holds no episode" in capsys.readouterr().err
    assert main(["train", str(CONFIGURATION.parent / "pieces.yaml"), *episodes]) == 2
