"""From a person's words to steps in words, before anything on the screen is read."""
