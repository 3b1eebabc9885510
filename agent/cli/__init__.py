"""The command line: what can be said, what each command does, and how it answers."""
