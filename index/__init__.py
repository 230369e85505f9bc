"""What is remembered: articles, passages, terms and vectors, and how they are searched. Knows nothing of models.

files -> readers -> digest -> Article -> passages -> Passage -> library (SQLite, the truth)
library -> lexical (BM25) + vectors (FAISS, a cache) -> search -> Hit
"""
