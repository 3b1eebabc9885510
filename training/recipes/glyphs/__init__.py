"""The network that tells single signs apart, from fonts to weights."""
