"""What a question says of time, and what was found in the order of time."""
