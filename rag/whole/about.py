"""Whether passages are about a topic: the one place that judges it, by what the search and the refusal say of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from index.filters import Filters
from index.types import Article
from rag import refusal
from rag.evidence import Evidence
from rag.question import Question

REACH = 400
"""Passages that are judged at most: what a topic has most of stands well within, and each takes a millisecond."""

ABOUT = 0.0
"""Log-odds above which a passage is taken to be about a topic."""

NEAR = 2.0
"""So far below that it is told apart, as near the border."""


class Library(Protocol):
    """What is needed of the assistant."""

    def ranked(self, text: str, k: int, filters: Filters | None = None) -> tuple[Question, list[Evidence]]:
        """A question read, and all sentences of its k best passages, best first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The sentence of an article that says most of a topic, and the log-odds that the article is about it."""

    article: Article
    start: int
    end: int
    log_odds: float


def log_odds(question: Question, ranked: Sequence[Evidence]) -> Iterator[float]:
    """For each sentence, with what stands around it, the log-odds that it is about what a question asks."""
    for one in ranked:
        yield refusal.log_odds(question, one)


def judge(library: Library, topic: str, filters: Filters | None = None, reach: int = REACH) -> list[Judged]:
    """Each article that the search finds for a topic, by its best sentence, the surest first."""
    question, ranked = library.ranked(topic, reach, filters)
    best: dict[str, Judged] = {}
    for one, odds in zip(ranked, log_odds(question, ranked), strict=True):
        known = best.get(one.hit.article.id)
        if odds > (known.log_odds if known else -inf):
            best[one.hit.article.id] = Judged(one.hit.article, one.start, one.end, odds)
    return sorted(best.values(), key=lambda one: -one.log_odds)
