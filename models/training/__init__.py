"""How the bundled embedder was made: `python -m models.training --data FOLDER --out FOLDER`.

data (pairs, caps) -> tokenizer -> corpus (token numbers, batches) -> train -> save, card; evaluate measures.
LOG.md says what was tried.
"""
