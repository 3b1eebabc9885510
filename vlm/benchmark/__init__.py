"""What the model costs on a machine: one command that measures everything that can be measured in the few minutes of a borrowed GPU."""
