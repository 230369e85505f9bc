"""What is remembered: articles, passages and vectors, and how they are searched. Knows nothing of models.

files -> readers -> digest -> Article -> passages -> Passage -> library (SQLite, the truth)
library -> segments (postings for BM25, vectors in FAISS; a cache) -> search -> Hit
"""
