"""The default that needs no GPU: what of it is our own."""
