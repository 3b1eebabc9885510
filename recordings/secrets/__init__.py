"""What counts as a secret in a text: rules by shape, checks of their digits, and what a run has learned."""
