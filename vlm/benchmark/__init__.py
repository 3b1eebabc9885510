"""What the parts cost on a machine: the reader alone, or everything that can be measured in the few minutes of a borrowed GPU."""
