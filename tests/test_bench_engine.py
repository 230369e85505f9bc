"""Two rankings part where a passage stands in another one's place, not where two with the same score changed places."""

from __future__ import annotations

from bench.engine import difference
from index.types import Article, Hit, Passage


def hits(*scored: tuple[str, float]) -> list[Hit]:
    article = Article("one", "Title", "Text.")
    return [Hit(Passage(name, "one", 0, 0, 5, "Text."), article, score, {}) for name, score in scored]


def test_rankings_that_say_the_same_do_not_part() -> None:
    assert difference(hits(("a", 2), ("b", 1)), hits(("a", 2), ("b", 1))) == ""
    assert difference(hits(("a", 1), ("b", 1)), hits(("b", 1), ("a", 1))) == ""


def test_rankings_part_at_another_passage_and_at_another_length() -> None:
    assert difference(hits(("a", 2), ("b", 1)), hits(("a", 2), ("c", 0.5))) == "rank 2: b 1.0000, c 0.5000"
    assert difference(hits(("a", 2), ("b", 1)), hits(("a", 2))) == "2 hits, 1"
