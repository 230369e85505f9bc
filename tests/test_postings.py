"""Postings name the documents and counts that the texts have, however they are cut into blocks, in memory and on disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import lexical, postings
from index.postings import Asked, Inverted

TEXTS = st.lists(st.text(alphabet="abc 数据", max_size=12), max_size=12)


def inverted(texts: list[str], size: int) -> Inverted:
    return postings.join([postings.sort(texts[at : at + size], at) for at in range(0, len(texts), size)])


@given(TEXTS, st.integers(1, 5))
def test_each_term_has_its_documents_in_order_and_their_counts(texts: list[str], size: int) -> None:
    counts = [Counter(lexical.terms(text)) for text in texts]
    found = inverted(texts, size)
    terms = [*sorted({term for count in counts for term in count}), "nowhere"]
    lists = found.find(np.array([lexical.term_id(term) for term in terms], dtype=np.int64))
    for term, held in zip(terms, lists, strict=True):
        wanted = [(at, count[term]) for at, count in enumerate(counts) if term in count]
        assert list(zip(held.documents.tolist(), held.counts.tolist(), strict=True)) == wanted
        assert held.of(Asked.of(np.arange(len(texts)))).tolist() == [count[term] for count in counts]
    assert found.lengths.tolist() == [sum(count.values()) for count in counts]
    assert found.size == len(texts)


def test_saved_and_mapped_they_are_the_same(tmp_path: Path) -> None:
    made = inverted(["a b", "b b 数据", "", "c"], 2)
    made.save(tmp_path)
    again = Inverted.load(tmp_path)
    for name in ("terms", "ends", "halfways", "low", "counts", "lengths"):
        assert np.array_equal(getattr(again, name), getattr(made, name))
    assert isinstance(again.low.base, np.memmap)


def test_an_empty_index_is_saved_too(tmp_path: Path) -> None:
    postings.join([]).save(tmp_path)
    assert Inverted.load(tmp_path).find(np.array([7]))[0].documents.tolist() == []


def test_a_count_beyond_its_bits_stays_at_the_largest() -> None:
    many, once = inverted(["a " * 300 + "b"], 1).find(np.array([lexical.term_id("a"), lexical.term_id("b")]))
    assert (many.counts.tolist(), once.counts.tolist()) == ([postings.MOST], [1])


def test_documents_beyond_sixteen_bits_are_told_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "HALF", 4)
    monkeypatch.setattr(postings, "LARGEST", 8)
    found = inverted(["a", "b", "a b", "c", "a", "b a a", "c"], 3)
    a, b, c = found.find(np.array([lexical.term_id(term) for term in "abc"]))
    assert [held.documents.tolist() for held in (a, b, c)] == [[0, 2, 4, 5], [1, 2, 5], [3, 6]]
    assert a.of(Asked.of(np.array([1, 2, 3, 5, 6]))).tolist() == [0, 1, 0, 2, 0]
    with pytest.raises(ValueError, match="9 documents do not fit"):
        inverted(["a"] * 9, 3)


def test_arrays_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    inverted(["a b", "c"], 2).save(tmp_path)
    np.save(tmp_path / "counts.npy", np.zeros(1, dtype=np.uint16))
    with pytest.raises(ValueError, match="do not belong together"):
        Inverted.load(tmp_path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        postings.mapped(tmp_path / "x.npy")
