"""What may be seen, clicked, typed and pressed, application by application: see `manifest` for the file, `effective` for what follows."""
