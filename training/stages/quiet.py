"""What libraries log in every stage though nobody who trains can change it."""

from __future__ import annotations

import logging

NOISE = {
    # A faster way to compute 4-bit matrices on a processor, from a hub.
    "bitsandbytes.backends.cpu.ops": "Failed to load CPU gemm_4bit_forward",
    # Checkpoints that are written within a second are sorted by their numbers, which is right.
    "transformers.trainer_utils": "mtime may not be reliable",
}
"""Loggers, and how the one line begins that each of them keeps to itself."""


class _Without(logging.Filter):
    def __init__(self, beginning: str) -> None:
        super().__init__()
        self.beginning = beginning

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith(self.beginning)


def silence() -> None:
    """Leave these lines out, and no others; before the libraries are imported, as one of them speaks then."""
    for name, beginning in NOISE.items():
        logging.getLogger(name).addFilter(_Without(beginning))
