"""Fine-tuning on records: stages over transformers' Trainer, accelerate and peft."""

from training.stages.quiet import silence

silence()
