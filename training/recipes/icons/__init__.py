"""The namer of icons: a part of `deskhand train pocket`."""
