"""How well what was trained does what it is for."""
