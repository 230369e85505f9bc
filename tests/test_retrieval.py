"""A question and its translation as one ranking: each passage by both, those of the question's own language by it alone."""

from __future__ import annotations

import pytest

from index.types import Article, Hit, Passage
from rag.retrieval import fused


def hit(name: str, score: float, language: str = "zh") -> Hit:
    article = Article(name, name, "甲。乙。", language=language)
    return Hit(Passage(f"{name}-0", name, 0, 0, 4, article.text), article, score, {"dense": score})


def test_a_passage_counts_by_both_and_one_that_is_found_once_by_half() -> None:
    asked = [hit("a", 0.72), hit("b", 0.499999), hit("own", 0.6, "en")]
    again = [hit("b", 0.9), hit("c", 0.4), hit("own", 0.9, "en"), hit("new", 0.9, "en")]
    both = fused(asked, again, "en")
    assert [(one.article.id, one.score) for one in both] == [
        ("own", 0.6),
        ("b", pytest.approx(0.6, abs=1e-3)),
        ("a", pytest.approx(0.54)),
        ("c", pytest.approx(0.1)),
    ]
    assert [one.legs.get("written") for one in both] == [None, 0.9, 0.0, 0.4]
    assert both[1].legs["dense"] == 0.499999
