"""How the bundled embedder was made: `python -m models.training --data FOLDER --out FOLDER`.

data (pairs, caps) -> tokenizer -> corpus (token numbers, batches of pairs), windows (questions and passages) -> train ->
whiten -> save, card; evaluate measures.
LOG.md says what was tried.
"""
