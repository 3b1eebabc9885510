"""The terminal face: watch the screen, read the steps, say yes or no, stop."""
