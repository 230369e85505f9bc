"""Packed units are what they were: spans to the character, vectors to what one byte a component holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.packing import dots, layout, pack, pack_spans, summed, unpack, unpack_spans


@given(st.integers(0, 10**7), st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**5))))
def test_spans_come_back(start: int, drawn: list[tuple[int, int]]) -> None:
    spans = [(begin, begin + length) for begin, length in drawn]
    assert unpack_spans(pack_spans(spans, start), start) == spans


def test_the_sentences_of_a_passage_take_two_bytes_each() -> None:
    assert len(pack_spans([(700, 760), (760, 830), (831, 850), (700, 850)], 700)) == 10


@pytest.mark.parametrize("cut", [b"\x80", b"\x02", b"\x02\x04\x82"])
def test_spans_that_are_cut_are_refused(cut: bytes) -> None:
    with pytest.raises(ValueError, match="cut"):
        unpack_spans(cut, 0)


def test_vectors_keep_their_length_and_nearly_their_direction() -> None:
    drawn = np.random.default_rng(1).standard_normal((50, 512)).astype(np.float32)
    vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors[7] = 0
    packed = pack(vectors)
    assert len(packed.tobytes()) == 50 * (512 + 4)
    again = unpack(np.frombuffer(packed.tobytes(), dtype=layout(512)))
    np.testing.assert_allclose(np.linalg.norm(again, axis=1), np.linalg.norm(vectors, axis=1), atol=1e-6)
    np.testing.assert_allclose((again * vectors).sum(axis=1), (vectors * vectors).sum(axis=1), atol=2e-4)
    np.testing.assert_allclose(dots(packed, vectors[0]), again @ vectors[0], atol=1e-6)
    assert pack(again)["codes"].tolist() == packed["codes"].tolist()
    assert pack(np.empty((0, 8), dtype=np.float32)).tobytes() == b""


@pytest.mark.parametrize("count", [0, 1, 700])
def test_the_sum_is_that_of_the_vectors(count: int) -> None:
    packed = pack(np.random.default_rng(3).standard_normal((count, 64)).astype(np.float32))
    np.testing.assert_allclose(summed(packed), unpack(packed).sum(axis=0, dtype=np.float64), atol=1e-3)
