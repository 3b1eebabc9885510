"""What is particular to X11: windows, keys, the clipboard, and whether a window has done what it was told."""
