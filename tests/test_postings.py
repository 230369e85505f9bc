"""Postings name the documents and counts that the texts have, however they are cut into blocks, in memory and on disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import lexical, postings
from index.postings import Inverted

TEXTS = st.lists(st.text(alphabet="abc 数据", max_size=12), max_size=12)


def inverted(texts: list[str], size: int) -> Inverted:
    packed = [lexical.pack(text) for text in texts]
    return postings.join([postings.sort(packed[at : at + size], at) for at in range(0, len(texts), size)])


@given(TEXTS, st.integers(1, 5))
def test_each_term_has_its_documents_in_order_and_their_counts(texts: list[str], size: int) -> None:
    counts = [Counter(lexical.terms(text)) for text in texts]
    found = inverted(texts, size)
    terms = [*sorted({term for count in counts for term in count}), "nowhere"]
    lists = found.find(np.array([lexical.term_id(term) for term in terms], dtype=np.int64))
    for term, (documents, many) in zip(terms, lists, strict=True):
        wanted = [(at, count[term]) for at, count in enumerate(counts) if term in count]
        assert list(zip(documents.tolist(), many.tolist(), strict=True)) == wanted
    assert found.lengths.tolist() == [sum(count.values()) for count in counts]
    assert found.size == len(texts)


def test_saved_and_mapped_they_are_the_same(tmp_path: Path) -> None:
    made = inverted(["a b", "b b 数据", "", "c"], 2)
    made.save(tmp_path)
    again = Inverted.load(tmp_path)
    for name in ("terms", "ends", "documents", "counts", "lengths"):
        assert np.array_equal(getattr(again, name), getattr(made, name))
    assert isinstance(again.documents.base, np.memmap)


def test_an_empty_index_is_saved_too(tmp_path: Path) -> None:
    postings.join([]).save(tmp_path)
    assert Inverted.load(tmp_path).find(np.array([7]))[0][0].tolist() == []


def test_a_count_beyond_its_bits_stays_at_the_largest() -> None:
    packed = np.array([[5, 70_000], [6, 1]], dtype="<i8").tobytes()
    (_, counts), (_, once) = postings.join([postings.sort([packed])]).find(np.array([5, 6]))
    assert (counts.tolist(), once.tolist()) == ([postings.MOST], [1])


def test_arrays_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    inverted(["a b", "c"], 2).save(tmp_path)
    np.save(tmp_path / "counts.npy", np.zeros(1, dtype=np.uint16))
    with pytest.raises(ValueError, match="do not belong together"):
        Inverted.load(tmp_path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        postings.mapped(tmp_path / "x.npy")
