"""Screens that speak to the agent: who obeys them, what the walls hold, and attacks that vary until one gets through."""
