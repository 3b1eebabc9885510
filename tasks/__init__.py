"""What to do, and how to know that it is done."""
