"""How each shipped model is made again: one folder a model, one command."""
