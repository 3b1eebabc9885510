"""The two pretrained networks of the reader: where text is, and what a line says.

PP-OCRv6-small, from the models that the `rapidocr` wheel carries; nothing is fetched. The files are run as they are, by ONNX Runtime.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recordings.errors import DeskhandError

LINE_HEIGHT = 48
"""Pixels: what the recogniser wants every line scaled to."""
STEP = 8
"""Pixels of a line of that height that one column of the recogniser's answer stands for."""


_NO_RUNTIME = "reading the screen needs the package onnxruntime: pip install onnxruntime"


class ReaderError(DeskhandError):
    """The reader cannot work on this machine."""


class Networks:
    """The detector and the recogniser, one thread a call; several threads may call at once.

    Attributes:
        characters: what each column of the recogniser's answer means; the first is CTC's blank.
    """

    def __init__(self) -> None:
        """Raises ReaderError where the packages or their models are missing."""
        self._detector = open_session(_models() / "PP-OCRv6_det_small.onnx")
        self._recogniser = open_session(_models() / "PP-OCRv6_rec_small.onnx")
        self.characters = ("", *self._recogniser.get_modelmeta().custom_metadata_map["character"].split("\n"), " ")

    def text_map(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each pixel lies in the core of a line of text.

        Args:
            pixels: RGB, uint8 [height, width, 3], both sides multiples of 32.

        Returns:
            float32 [height, width], 0–1.
        """
        return self._detector.run(None, {"x": _prepare(pixels[None])})[0][0, 0]

    def characters_map(self, lines: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each character is, column by column.

        Args:
            lines: RGB, uint8 [n, 48, width, 3].

        Returns:
            float32 [n, width / 8, len(characters)], 0–1, each column adding up to 1.
        """
        return self._recogniser.run(None, {"x": _prepare(lines)})[0]


def _prepare(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """RGB bytes [n, h, w, 3] to what the networks were trained on: BGR, −1 to 1, [n, 3, h, w]."""
    return np.ascontiguousarray((pixels[..., ::-1].transpose(0, 3, 1, 2)).astype(np.float32) / 127.5 - 1.0)


def open_session(network: Path) -> Any:
    """A network's file, to be run on one thread. Raises ReaderError where the package that runs it is missing."""
    # Its wheels report to their maker by default, and write an identifier into the home. Read once, when the library starts.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise ReaderError(_NO_RUNTIME) from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # patterns are kept for every shape, and lines come in all widths
    return onnxruntime.InferenceSession(
        str(network), options, providers=[("CPUExecutionProvider", {"arena_extend_strategy": "kSameAsRequested"})]
    )


def why_unread() -> str:
    """Which package lacks to read; empty where none does. Nothing is loaded."""
    try:
        _models()
        if importlib.util.find_spec("onnxruntime") is None:
            raise ReaderError(_NO_RUNTIME)
    except ReaderError as error:
        return str(error)
    return ""


def _models() -> Path:
    """The folder in the wheel. The package itself is not imported: its start alone costs more than a reading."""
    found = importlib.util.find_spec("rapidocr")
    if found is None or found.origin is None:
        raise ReaderError("reading the screen needs the models of the package rapidocr: pip install rapidocr")
    return Path(found.origin).parent / "models"
