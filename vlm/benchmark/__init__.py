"""What the parts cost: each module measures one and prints a table, `python -m vlm.benchmark.<part>`."""
