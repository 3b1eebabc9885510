"""The one grounding case of the published model whose official answer is known, asked in each of the ways that the code was run in.

The published loading rounds the rotary frequencies, servers do not; the published template breaks lines between turns, the notebook that
gave the known answer did not. On real weights the case tells which of the four ways gives that very answer, and whether the weights are
sound: no way of asking makes a sound model miss a large button.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordings.geometry import Box
from vlm.images import read_image
from vlm.pieces import looks_at_pieces
from vlm.prompts import ground_question, parse_box

if TYPE_CHECKING:
    import torch

    from vlm.loading import Checkpoint
    from vlm.quantization import Quantization

_HERE = Path(__file__).parent
_CURE = "compare the files with deskhand model info --verify, and prepare the model again"
_FREE = 40
"""Tokens of an answer that no grammar shapes: the official one is 21."""


@dataclass(frozen=True, slots=True)
class Case:
    """A picture, what to point at, where it is, and what the official code answered."""

    picture: Path
    instruction: str
    truth: Box
    answer: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One way of asking.

    Attributes:
        official_rope, newlines: the way; see `vlm.loading.round_rotation` and `vlm.chat.ChatFormat`.
        text: the answer without a grammar.
        official: whether it is the official one to the letter.
        hits: whether the centre of the box that it names lies in the true one.
        overlap: of that box and the true one, their intersection over their union.
    """

    official_rope: bool
    newlines: bool
    text: str
    official: bool
    hits: bool
    overlap: float

    @property
    def way(self) -> str:
        """In words."""
        rope = "rotary frequencies in bfloat16, as the official loading" if self.official_rope else "rotary frequencies in float32"
        return f"{rope}; {'line breaks between turns' if self.newlines else 'no line breaks between turns'}"


def known_case() -> Case:
    """The case that comes with the package."""
    found = json.loads((_HERE / "grounding-sample.json").read_text(encoding="utf-8"))
    left, top, width, height = found["true_box"]
    truth = Box.from_pixels(left, top, width, height, (found["size"][0], found["size"][1]))
    return Case(_HERE / "grounding-sample.png", found["instruction"], truth, found["official_answer"])


def check(source: str, quantization: Quantization | None = None, device: str | torch.device | None = None) -> dict[str, Any]:
    """Ask a model the known case in all four ways: `asked`, the `verdict` in words, and whether the weights are `sound`.

    Raises:
        CheckpointError: see `vlm.loading.load_checkpoint`; or it looks at pieces of screens, and the case is a whole one.
    """
    from vlm.folder import CheckpointError
    from vlm.loading import load_checkpoint, round_rotation

    case = known_case()
    checkpoint = load_checkpoint(source, quantization, device, official_rope=False)
    if looks_at_pieces(checkpoint.metadata):
        raise CheckpointError(f"{source} looks at pieces of screens: name the folder of the published model, such as models/nf4")
    asked = [_ask(checkpoint, case, False, newlines) for newlines in (True, False)]
    round_rotation(checkpoint.model)
    asked += [_ask(checkpoint, case, True, newlines) for newlines in (True, False)]
    sound, verdict = judge(asked) if _computes(checkpoint, case) else (False, f"damaged: the weights make what is no number: {_CURE}")
    return {"model": source, "asked": [asdict(each) | {"way": each.way} for each in asked], "sound": sound, "verdict": verdict}


def _computes(checkpoint: Checkpoint, case: Case) -> bool:
    """Whether the network makes numbers of the picture and the question: of what is none an answer can be chosen, too."""
    from vlm.engine import VisionLanguageModel

    messages = [{"role": "user", "content": f"<image>\n{ground_question(case.instruction)}"}]
    return bool(VisionLanguageModel(checkpoint).logits(messages, [read_image(case.picture)]).isfinite().all())


def _ask(checkpoint: Checkpoint, case: Case, official_rope: bool, newlines: bool) -> Asked:
    from vlm.engine import VisionLanguageModel

    model = VisionLanguageModel(checkpoint, newlines)
    text = model.look(read_image(case.picture)).ask(ground_question(case.instruction), "nothink", limit=_FREE)
    box = parse_box(text)
    hits = box is not None and case.truth.contains(box.center)
    overlap = 0.0 if box is None else box.overlap(case.truth)
    return Asked(official_rope, newlines, text, text.strip() == case.answer, hits, overlap)


def judge(asked: list[Asked]) -> tuple[bool, str]:
    """Whether the weights are sound, and the verdict in words."""
    alike = [each.way for each in asked if each.official]
    hits = sum(each.hits for each in asked)
    if alike:
        return True, f"sound: {len(alike)} of {len(asked)} ways answer as the official code did ({' | '.join(alike)})"
    if hits == len(asked):
        return True, "sound: every way hits the target, none to the letter as the official code did, as where weights are quantised"
    if hits:
        return False, f"doubtful: only {hits} of {len(asked)} ways hit a large button: {_CURE}"
    return False, f"no way hits the target: either these are not the published weights, or they are damaged: {_CURE}"


def print_check(found: dict[str, Any]) -> str:
    """For people."""
    lines = [f"{each['way']}: {each['text']!r}{' as the official code' if each['official'] else ''}" for each in found["asked"]]
    lines = [f"{line}{'' if each['hits'] else ', misses'}" for line, each in zip(lines, found["asked"], strict=True)]
    return "\n".join([*lines, found["verdict"]])
