"""What keeps a library true to its files: indexing, watching, repair."""
