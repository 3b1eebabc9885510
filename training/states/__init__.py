"""The states of widgets — ticked, chosen, switched on, folded out, grey —: screens that show them, examples, and the network's training."""
