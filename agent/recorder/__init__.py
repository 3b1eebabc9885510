"""Recording what a person does: raw events and frames become steps of an episode."""
