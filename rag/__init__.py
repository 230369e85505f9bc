"""Joins the two below: question -> passages -> checked, cited answer.

question -> search (index) -> Hits -> evidence: ranked sentences -> refusal? -> quoting -> Answer
paths -> ingest: readers, digest, passages (index) + embedder (models) -> library (index)
"""
