"""Whether an article is about a topic, as log-odds, judged by search and refusal; lists, briefs and watching all ask here."""

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
    """An article's best sentence on a topic, and the log-odds that the article is about the topic."""

    article: Article
    start: int
    end: int
    log_odds: float


def log_odds(question: Question, ranked: Sequence[Evidence]) -> Iterator[float]:
    """Log-odds, one a sentence, that the sentence with its surroundings is about what the question asks."""
    for one in ranked:
        yield refusal.log_odds(question, one)


def judge(library: Library, topic: str, filters: Filters | None = None, reach: int = REACH) -> list[Judged]:
    """The articles that search finds for a topic, each judged by its best sentence, the surest first."""
    question, ranked = library.ranked(topic, reach, filters)
    best: dict[str, Judged] = {}
    for one, odds in zip(ranked, log_odds(question, ranked), strict=True):
        known = best.get(one.hit.article.id)
        if odds > (known.log_odds if known else -inf):
            best[one.hit.article.id] = Judged(one.hit.article, one.start, one.end, odds)
    return sorted(best.values(), key=lambda one: -one.log_odds)
