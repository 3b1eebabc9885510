"""From screens and episodes to weights."""
