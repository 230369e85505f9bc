"""What a question finds and what the writer's translation of it finds, as one ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.types import Hit
from rag.evidence import Evidence

SHARE = 0.5
"""The translation's part in the score of a passage, and of a sentence, in its language; for those in the question's own language
the question speaks alone."""

REACH = 60
"""Passages that each of the two brings: one that only one of them finds has nothing from the other."""


def hits(asked: Sequence[Hit], translated: Sequence[Hit], language: str) -> list[Hit]:
    """The hits of a question in ``language`` and of its translation, best first; ``legs["written"]`` is what the latter scored."""
    again = {hit.passage.id: hit for hit in translated if hit.article.language != language}
    first = {hit.passage.id: hit for hit in asked}
    only = [replace(hit, score=0.0) for name, hit in again.items() if name not in first]
    fused = []
    for hit in [*asked, *only]:
        if hit.article.language == language:
            fused.append(hit)
            continue
        said = again[hit.passage.id].score if hit.passage.id in again else 0.0
        score = (1 - SHARE) * hit.score + SHARE * said
        fused.append(replace(hit, score=score, legs={**hit.legs, "written": said}))
    return sorted(fused, key=lambda hit: -hit.score)


def evidence(asked: Sequence[Evidence], translated: Sequence[Evidence], language: str) -> list[Evidence]:
    """The sentences of the same hits as a question in ``language`` and its translation rank them, best first; their features
    are those that the question gave them."""
    said = {(one.hit.article.id, one.start): one.score for one in translated}

    def fused(one: Evidence) -> float:
        other = said.get((one.hit.article.id, one.start), one.score)
        return one.score if one.hit.article.language == language else (1 - SHARE) * one.score + SHARE * other

    return sorted((replace(one, score=fused(one)) for one in asked), key=lambda one: -one.score)
