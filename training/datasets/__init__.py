"""What is learned from: records, where they come from, what is left out of them and why."""
