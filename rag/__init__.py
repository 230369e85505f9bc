"""Joins the two below: question -> passages -> checked, cited answer.

question -> search (index) -> Hits -> evidence: ranked sentences -> refusal? -> quoting -> Answer
with a writer, instead of quoting: material: numbered lines -> prompt -> model -> drafting: sentences -> checking -> Answer
paths -> ingest: readers, digest, passages (index) + embedder (models) -> library (index)
"""
