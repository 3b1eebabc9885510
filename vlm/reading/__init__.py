"""What is on the screen, by name: elements with text and places, and the words that people use for them."""
