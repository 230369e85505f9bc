"""The new order: what the reranker says and what the search said, half each; scores dealt out anew, the rest left behind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.types import Article, Hit, Passage
from rag.reranking import RERANKED, rerank


class Said:
    """A reranker that says what it was told to say, and remembers what it was asked."""

    name = "said"
    revision = "1"

    def __init__(self, *scores: float) -> None:
        self._scores = scores
        self.asked: list[tuple[str, list[str]]] = []

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append((question, list(texts)))
        return np.array(self._scores[: len(texts)], dtype=np.float32)


def hits(*scores: float) -> list[Hit]:
    article = Article("a", "Harbour", "text")
    return [
        Hit(Passage(str(at), "a", at, 0, 4, f"text {at}", "Lights"), article, score, {"lexical": score})
        for at, score in enumerate(scores)
    ]


def order(found: Sequence[Hit]) -> list[str]:
    return [hit.passage.id for hit in found]


def test_what_the_reranker_is_sure_of_comes_first() -> None:
    found = rerank(Said(0.1, 0.2, 0.95), "question", hits(0.9, 0.8, 0.7))
    assert order(found) == ["2", "0", "1"]


def test_the_search_breaks_what_the_reranker_leaves_open() -> None:
    assert order(rerank(Said(0.5, 0.5, 0.5), "question", hits(0.9, 0.8, 0.7))) == ["0", "1", "2"]
    assert order(rerank(Said(0.1, 0.3), "question", hits(0.5, 0.5))) == ["1", "0"]


def test_both_have_half_the_say() -> None:
    # The search thinks the second a quarter less good: the reranker must be surer of it by more than that.
    assert order(rerank(Said(0.5, 0.74), "question", hits(0.8, 0.6))) == ["0", "1"]
    assert order(rerank(Said(0.5, 0.76), "question", hits(0.8, 0.6))) == ["1", "0"]


def test_scores_are_dealt_out_anew_and_the_legs_kept() -> None:
    found = rerank(Said(0.1, 0.2, 0.95), "question", hits(0.9, 0.8, 0.7))
    assert [hit.score for hit in found] == [0.9, 0.8, 0.7]
    assert found[0].legs == {"lexical": 0.7, "reranker": pytest.approx(0.95)}


def test_the_reranker_reads_title_heading_and_text() -> None:
    said = Said(0.5)
    rerank(said, "What lights?", hits(0.5))
    assert said.asked == [("What lights?", ["Harbour\nLights\ntext 0"])]


def test_hits_past_the_first_thirty_stay_behind_as_they_were() -> None:
    given = hits(*(1 - at / 100 for at in range(RERANKED + 3)))
    said = Said(*(at / RERANKED for at in range(RERANKED)), 1.0, 1.0, 1.0)
    found = rerank(said, "question", given)
    assert found[RERANKED:] == given[RERANKED:]
    assert len(said.asked[0][1]) == RERANKED
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_nothing_found_asks_nothing() -> None:
    said = Said()
    assert rerank(said, "question", []) == []
    assert said.asked == []


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1)), max_size=40))
def test_nothing_is_lost_and_the_best_is_first(pairs: list[tuple[float, float]]) -> None:
    given = hits(*sorted((fused for fused, _ in pairs), reverse=True))
    found = rerank(Said(*(said for _, said in pairs)), "question", given)
    assert sorted(order(found)) == sorted(order(given))
    assert [hit.score for hit in found] == [hit.score for hit in given]
