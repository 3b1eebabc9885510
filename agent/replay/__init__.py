"""Repeating an episode: the model points in its frames, or its actions are performed again."""
