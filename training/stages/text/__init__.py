"""The stage for text alone: the planner's adapter, learned from pairs that are made as they are needed."""
