"""Fine-tuning on records: stages over transformers' Trainer, accelerate and peft."""
