"""A question and its translation as one ranking: each passage by both, those of the question's own language by it alone."""

from __future__ import annotations

import pytest

from index.types import Article, Hit, Passage
from rag import fusing
from rag.evidence import Evidence


def hit(name: str, score: float, language: str = "zh") -> Hit:
    article = Article(name, name, "甲。乙。", language=language)
    return Hit(Passage(f"{name}-0", name, 0, 0, 4, article.text), article, score, {"dense": score})


def test_a_passage_counts_by_both_and_one_that_is_found_once_by_half() -> None:
    asked = [hit("a", 0.8), hit("b", 0.5), hit("own", 0.6, "en")]
    again = [hit("b", 0.9), hit("c", 0.4), hit("own", 0.9, "en"), hit("new", 0.9, "en")]
    fused = fusing.hits(asked, again, "en")
    assert [(one.article.id, one.score) for one in fused] == [
        ("b", pytest.approx(0.7)),
        ("own", 0.6),
        ("a", pytest.approx(0.4)),
        ("c", pytest.approx(0.2)),
    ]
    assert [one.legs.get("written") for one in fused] == [0.9, None, 0.0, 0.4]
    assert fused[0].legs["dense"] == 0.5


def test_a_sentence_counts_by_both_with_the_features_of_the_question() -> None:
    def found(of: Hit, start: int, score: float) -> Evidence:
        return Evidence(of, start, start + 2, score, {"since": score})

    zh, en = hit("a", 1.0), hit("b", 1.0, "en")
    asked = [found(zh, 0, 9.0), found(zh, 2, 8.0), found(en, 0, 7.0)]
    again = [found(zh, 0, 2.0), found(zh, 2, 8.0), found(en, 0, 20.0)]
    ranked = fusing.evidence(asked, again, "en")
    assert [(one.hit.article.id, one.start, one.score) for one in ranked] == [
        ("a", 2, 8.0),
        ("b", 0, 7.0),
        ("a", 0, 5.5),
    ]
    assert ranked[0].features == {"since": 8.0}
