"""Scripted hands that do what an instruction says by the accessibility tree: they record demonstrations."""
