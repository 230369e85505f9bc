"""What stands in the articles outright and is quoted without being read."""
