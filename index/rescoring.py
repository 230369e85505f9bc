"""What a passage scores by words, from its own counted terms and the statistics of its library: exact, wherever the passage lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.bm25 import K1, B
from index.lexical import Translated, counted, term_id
from index.postings import MOST

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

_TERM = np.dtype([("id", "<i8"), ("count", "u1")])


def pack_terms(texts: Sequence[str]) -> list[bytes]:
    """Each text's terms: how many there are, repeated ones counted, in four bytes, then each with its count, up to MOST."""
    ids, places, many = counted(texts)
    order = np.argsort(places, kind="stable")
    held = np.empty(len(ids), dtype=_TERM)
    held["id"], held["count"] = ids[order], np.minimum(many, MOST)[order]
    lengths = np.bincount(places, weights=many, minlength=len(texts)).astype(int).tolist()
    ends = np.cumsum(np.bincount(places, minlength=len(texts))).tolist()
    return [
        length.to_bytes(4, "little") + held[start:end].tobytes()
        for length, start, end in zip(lengths, [0, *ends], ends, strict=False)
    ]


def unpack_terms(packed: bytes) -> tuple[int, NDArray[np.void]]:
    """The length of a text in terms, and its terms with the fields ``id`` and ``count``."""
    return int.from_bytes(packed[:4], "little"), np.frombuffer(packed, dtype=_TERM, offset=4)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: how much it tells, and the terms of its renderings with their shares."""

    told: float
    shares: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 needs to know of a whole library, as it was at one time."""

    passages: int
    mean: float
    """Terms of a passage, repeated ones counted."""
    terms: Ids
    """Their numbers, ascending, shape (terms,)."""
    frequencies: Ids
    """In how many passages each stands."""

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""
        return {term: weight * self._idf(self._frequency(term_id(term))) for term, weight in terms.items()}

    def words(self, words: Sequence[Translated]) -> list[Word]:
        """The words of a question with what they tell; one with several renderings is a probabilistic structured query."""
        out = []
        for word in words:
            shares: dict[int, float] = {}
            for terms, share in word.renderings:
                for term in terms:
                    id_ = term_id(term)
                    shares[id_] = shares.get(id_, 0.0) + share / len(terms)
            frequency = sum(share * self._frequency(id_) for id_, share in shares.items())
            out.append(Word(word.weight * self._idf(frequency), shares))
        return out

    def _frequency(self, id_: int) -> int:
        at = int(np.searchsorted(self.terms, id_))
        return int(self.frequencies[at]) if at < len(self.terms) and self.terms[at] == id_ else 0

    def _idf(self, frequency: float) -> float:
        return float(np.log1p((max(self.passages - frequency, 0) + 0.5) / (frequency + 0.5)))

    def norm(self, lengths: NDArray[np.int64] | int) -> Floats:
        """What BM25 puts a count against in passages of these lengths."""
        return np.asarray(K1 * (1 - B + B * lengths / max(self.mean, 1e-9)), dtype=np.float32)

    def pack(self) -> bytes:
        """All of it as bytes."""
        head = np.array([self.passages, len(self.terms)], dtype="<i8").tobytes() + np.float64(self.mean).tobytes()
        return head + self.terms.astype("<i8").tobytes() + self.frequencies.astype("<i8").tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Statistics:
        """The same again. Raises ValueError for what is cut."""
        passages, terms = np.frombuffer(packed, dtype="<i8", count=2)
        (mean,) = np.frombuffer(packed, dtype="<f8", count=1, offset=16)
        held = np.frombuffer(packed, dtype="<i8", offset=24).reshape(2, int(terms))
        return cls(int(passages), float(mean), held[0], held[1])


NOTHING = Statistics(0, 1.0, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def gather(blocks: Iterable[Sequence[bytes]], step: int = 1) -> Statistics:
    """The statistics of passages from the packed terms of every ``step``-th, in bounded memory: a block at a time."""
    terms, frequencies = NOTHING.terms, NOTHING.frequencies
    passages = length = 0
    for block in blocks:
        held = [unpack_terms(packed) for packed in block]
        passages += len(held)
        length += sum(size for size, _ in held)
        ids = np.concatenate([NOTHING.terms, *(found["id"] for _, found in held)])
        own, many = np.unique(ids, return_counts=True)
        both, at = np.unique(np.concatenate([terms, own]), return_inverse=True)
        frequencies = np.bincount(at, weights=np.concatenate([frequencies, many]), minlength=len(both)).astype(np.int64)
        terms = both
    return Statistics(passages * step, length / max(passages, 1) or 1.0, terms, frequencies * step)


def scores(questions: Sequence[Sequence[Word]], passages: Sequence[bytes], statistics: Statistics) -> list[Floats]:
    """BM25 of packed passages by the words of each question, as a share of what one of average length with each word once would
    score, each of shape (passages,): what :class:`index.bm25.Scores` gives."""
    wanted = np.array(sorted({id_ for words in questions for word in words for id_ in word.shares}), dtype=np.int64)
    if not len(wanted) or not len(passages):
        return [np.zeros(len(passages), dtype=np.float32) for _ in questions]
    held = [unpack_terms(packed) for packed in passages]
    found = np.concatenate([terms for _, terms in held])
    ids = found["id"].astype(np.int64)
    at = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
    there = np.flatnonzero(wanted[at] == ids)
    owners = np.repeat(np.arange(len(held)), [len(terms) for _, terms in held])
    times = np.zeros((len(held), len(wanted)), dtype=np.float32)
    times[owners[there], at[there]] = found["count"][there]
    norm = statistics.norm(np.array([length for length, _ in held], dtype=np.int64))[:, None]
    return [_score(words, wanted, times, norm) for words in questions]


def _score(words: Sequence[Word], wanted: Ids, times: Floats, norm: Floats) -> Floats:
    """The scores of one question, from how often each wanted term stands in each passage, shape (passages, terms)."""
    shares = np.zeros((len(words), len(wanted)), dtype=np.float32)
    for row, word in zip(shares, words, strict=True):
        row[np.searchsorted(wanted, list(word.shares))] = list(word.shares.values())
    expected = times @ shares.T
    told = np.array([word.told for word in words], dtype=np.float32)
    gains = told * np.float32(K1 + 1) * expected / (expected + norm)
    total: Floats = gains.sum(axis=1, dtype=np.float32) / np.float32(max(float(told.sum()), 1e-9))
    return total


def proposal(words: Sequence[Word]) -> Iterator[tuple[int, float]]:
    """A question's words as a weighted sum of terms: what a sparse index can find candidates by. Of the exact first 20 its first
    300 hold .992."""
    for word in words:
        for id_, share in word.shares.items():
            yield id_, word.told * share * (1 + K1) / (share + K1)


def weights(packed: bytes, statistics: Statistics) -> tuple[Ids, Floats]:
    """A passage's terms, and what each adds to the sum."""
    length, terms = unpack_terms(packed)
    many = terms["count"].astype(np.float32)
    return terms["id"].astype(np.int64), many * np.float32(K1 + 1) / (many + statistics.norm(length))
