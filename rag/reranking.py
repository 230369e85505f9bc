"""A reranker's second look at the best hits: what it says and what the search said decide together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.blocks import found_by
from index.types import Hit
from models import Reranker

RERANKED = 30
"""Hits that a reranker looks at; each costs a pass through the model."""

SHARE = 0.5
"""The reranker's part in the order, the search has the rest: a convex combination of probability and the search's score as a
share of its best (theoretical min-max, Bruch, Gai & Ingber 2023: with the lowest score found as zero, the last of two could
never win). An even share is a choice, not a measurement."""


def rerank(reranker: Reranker, question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits, best first, in their new order; those past the first RERANKED stay behind, as they were.

    The scores that the search gave are dealt out anew, the highest to the first and so on: what reads them later keeps
    meaning what it was learned on. What the reranker said stands in ``legs["reranker"]``.
    """
    first = hits[:RERANKED]
    if not first:
        return []
    texts = [found_by(hit.article.title, hit.passage.heading, hit.passage.text) for hit in first]
    said = reranker.scores(question, texts)
    fused = np.array([hit.score for hit in first], dtype=np.float64)
    share = np.clip(fused, 0, None) / max(float(fused.max()), 1e-9)
    order = np.argsort(-(SHARE * said + (1 - SHARE) * share), kind="stable")
    dealt = np.sort(fused)[::-1]
    moved = [
        replace(first[at], score=float(score), legs={**first[at].legs, "reranker": float(said[at])})
        for at, score in zip(order, dealt, strict=True)
    ]
    return [*moved, *hits[RERANKED:]]
