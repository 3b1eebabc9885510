"""The vocabulary that every other package speaks, and the episode format on disk."""
