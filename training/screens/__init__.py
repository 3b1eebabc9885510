"""Labelled screens: drawn, rendered by a browser, harvested from applications."""
