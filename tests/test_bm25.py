"""BM25 against its formula, over one index and over several, and what is left to the best passages alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index import bm25, lexical, postings
from index.bm25 import BM25, plain
from index.lexical import Translated

TEXTS = (
    "算力规模达到150EFLOPS，数据中心建设加快。",
    "数据中心用电增长，绿色电力占比提高。",
    "The data centre uses 50,000 servers and saves power.",
    "Servers, servers, servers: the power of a data centre.",
    "",
)


def made(*parts: Sequence[str]) -> BM25:
    """An index for each list of texts."""
    return BM25([postings.join([postings.sort(texts)]) for texts in parts])


def scores(index: BM25, words: Sequence[Translated]) -> NDArray[np.float32]:
    """Every document's BM25, not as a share."""
    found = index.scores(words)
    return np.asarray(found.at(np.arange(index.size)) * found.ceiling, dtype=np.float32)


def reference(query: list[str], texts: tuple[str, ...], k1: float = 1.2, b: float = 0.75) -> list[float]:
    """BM25 straight from the formula, with Lucene's idf that is never negative."""
    counts = [Counter(lexical.terms(text)) for text in texts]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths)
    out = []
    for count, length in zip(counts, lengths, strict=True):
        score = 0.0
        for term in query:
            frequency = sum(term in other for other in counts)
            idf = math.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
            score += idf * count[term] * (k1 + 1) / (count[term] + k1 * (1 - b + b * length / mean))
        out.append(score)
    return out


@pytest.mark.parametrize("parts", [(TEXTS,), (TEXTS[:2], TEXTS[2:]), (TEXTS[:1], (), TEXTS[1:4], TEXTS[4:])])
@pytest.mark.parametrize(
    "question", ["数据中心", "150EFLOPS", "servers power", "电力 servers 无此词", "the", "nowhere"]
)
def test_bm25_is_the_formula(question: str, parts: tuple[tuple[str, ...], ...]) -> None:
    query = lexical.query_terms(question)
    found = scores(made(*parts), plain(lexical.once(query)))
    np.testing.assert_allclose(found, reference(query, TEXTS), rtol=1e-5, atol=1e-6)


def test_bm25_of_numbers_worked_out_by_hand() -> None:
    index = made(["a b", "a a c", "d"])
    idf = math.log(1 + 1.5 / 2.5)  # "a" stands in two of three documents, whose mean length is 2
    assert index.rarity({"a": 1.0})["a"] == pytest.approx(idf)
    once, twice = 2.2 / (1 + 1.2), 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5))
    np.testing.assert_allclose(scores(index, plain({"a": 1.0})), [idf * once, idf * twice, 0], rtol=1e-6)


def test_weights_scale_and_the_ceiling_adds_up() -> None:
    index = made(TEXTS)
    half, whole = (scores(index, plain({"power": weight})) for weight in (0.5, 1.0))
    np.testing.assert_allclose(half, whole / 2, rtol=1e-6)
    assert index.scores(plain({"power": 2.0, "nowhere": 1.0})).ceiling == pytest.approx(
        2 * math.log(1 + 3.5 / 2.5) + math.log(1 + 5.5 / 0.5)
    )


def test_a_translated_word_counts_by_its_renderings_worked_out_by_hand() -> None:
    index = made(["a b", "a a c", "d"])
    word = Translated(((("a",), 0.75), (("d", "b"), 0.25)), weight=2.0)
    frequency = 0.75 * 2 + 0.125 * 1 + 0.125 * 1
    told = 2.0 * math.log(1 + (3 - frequency + 0.5) / (frequency + 0.5))
    assert index.told([word]) == [pytest.approx(told)]
    counts = [0.75 + 0.125, 2 * 0.75, 0.125]
    norms = [1.2, 1.2 * (0.25 + 0.75 * 1.5), 1.2 * (0.25 + 0.75 * 0.5)]
    expected = [count * 2.2 / (count + norm) for count, norm in zip(counts, norms, strict=True)]
    everything = np.arange(3)
    np.testing.assert_allclose(index.scores([word]).at(everything), expected, rtol=1e-6)  # its idf is its ceiling
    both = index.scores([word, Translated(((("nowhere",), 1.0),))]).at(everything)
    unknown = math.log(1 + 3.5 / 0.5)
    np.testing.assert_allclose(both, np.array(expected) * told / (told + unknown), rtol=1e-6)
    assert index.scores([]).at(everything).tolist() == [0.0, 0.0, 0.0]


def test_nothing_to_search_in() -> None:
    for empty in (BM25([]), made([])):
        assert empty.scores(plain({"a": 1.0}), 10).best(10).tolist() == []
        assert empty.rarity({"a": 1.0})["a"] == pytest.approx(0.0, abs=1.0)
    assert made(["", "…"]).scores(plain({"a": 1.0})).at(np.arange(2)).tolist() == [0.0, 0.0]


def crowd(count: int, seed: int) -> list[str]:
    """Texts of made words, some of them in nearly all and some in few."""
    chance = np.random.default_rng(seed)
    return [" ".join(f"w{number}" for number in chance.zipf(1.3, 30) % 400) for _ in range(count)]


@pytest.mark.parametrize("allowed_share", [1.0, 0.3])
def test_leaving_frequent_words_to_the_best_changes_no_score_of_the_best(
    monkeypatch: pytest.MonkeyPatch, allowed_share: float
) -> None:
    texts = crowd(3000, 1)
    index = made(texts[:1800], texts[1800:])
    allowed = np.random.default_rng(2).random(3000) < allowed_share
    rare = [f"w{number}" for number in (97, 131, 250, 311)]
    words = [*plain(dict.fromkeys([*rare, "w1", "w2", "w3"], 1.0)), Translated(((("w4", "w5"), 0.6), (("w90",), 0.4)))]
    exact = index.scores(words).at(np.arange(3000)) * allowed
    monkeypatch.setattr(bm25, "FREE", 0)
    pruned = index.scores(words, 20, allowed)
    assert len(pruned._left) >= 2
    best = pruned.best(20)
    np.testing.assert_allclose(np.sort(pruned.at(best)), np.sort(exact)[-20:], rtol=1e-5)
    some = np.arange(0, 3000, 7)
    np.testing.assert_allclose(pruned.at(some), exact[some], rtol=1e-5)


def test_what_is_gone_has_no_part_in_lengths_and_numbers() -> None:
    alive = np.array([True, False, True])
    part = postings.join([postings.sort(["a b", "x y z z z", "c c"])])
    left = BM25([part], alive)
    assert left.size == 2
    assert left.rarity({"a": 1.0})["a"] == pytest.approx(math.log(1 + 1.5 / 1.5))
    fresh = made(["a b", "c c"])
    words = plain({"a": 1.0, "c": 1.0})
    np.testing.assert_allclose(
        left.scores(words).at(np.array([0, 2])), fresh.scores(words).at(np.array([0, 1])), rtol=1e-6
    )
