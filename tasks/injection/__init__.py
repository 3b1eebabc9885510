"""Screens that speak to the agent: each a benign task with an order in its way, and with what must not come of it."""
