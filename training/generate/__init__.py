"""Data made by programs, without end and by seed."""
