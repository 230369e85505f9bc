"""Questions whose answers are known: read, asked, and what became of them in figures."""
