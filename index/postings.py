"""Which passages hold a term and how often: sorted arrays that lie in memory or are mapped from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.distinct import distinct

HALF = 1 << 16
"""Documents are kept as their lower 16 bits: under each term those below HALF come first."""

LARGEST = 2 * HALF
"""Documents of an index at most."""

MOST = np.iinfo(np.uint8).max


@dataclass(frozen=True, slots=True)
class Postings:
    """The documents that hold a term and how often it stands in each."""

    low: NDArray[np.uint16]
    """The documents' lower bits, in the documents' order."""
    halfway: int
    """So many of the documents are below HALF."""
    counts: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.low)

    @property
    def documents(self) -> NDArray[np.intp]:
        """The documents, ascending, as numpy takes places without making them anew."""
        documents = self.low.astype(np.intp)
        documents[self.halfway :] += HALF
        return documents

    def of(self, asked: Asked) -> NDArray[np.uint8]:
        """How often the term stands in each of these documents."""
        out = np.zeros(len(asked.low), dtype=np.uint8)
        for wanted, held in (
            (slice(0, asked.halfway), slice(0, self.halfway)),
            (slice(asked.halfway, None), slice(self.halfway, None)),
        ):
            low, documents = self.low[held], asked.low[wanted]
            if len(low) and len(documents):
                at = low.searchsorted(documents)
                there = low.take(at, mode="clip") == documents
                out[wanted] = self.counts[held].take(at, mode="clip") * there
        return out


@dataclass(frozen=True, slots=True)
class Asked:
    """Documents that many terms are looked up for, in the form in which the terms hold theirs."""

    low: NDArray[np.uint16]
    halfway: int

    @classmethod
    def of(cls, documents: NDArray[np.int64]) -> Asked:
        """These documents, which are in order."""
        return cls((documents & (HALF - 1)).astype(np.uint16), int(documents.searchsorted(HALF)))


NONE = Postings(np.empty(0, dtype=np.uint16), 0, np.empty(0, dtype=np.uint8))


@dataclass(frozen=True, slots=True)
class Inverted:
    """An inverted index over counted terms; documents are numbered 0..n-1 in the order given."""

    terms: NDArray[np.int64]
    """Term ids, ascending, shape (terms,)."""
    ends: NDArray[np.uint32]
    """Where each term's postings end, shape (terms,)."""
    halfways: NDArray[np.uint32]
    """Where those of documents below HALF end, shape (terms,)."""
    low: NDArray[np.uint16]
    counts: NDArray[np.uint8]
    """Of each posting, shape (postings,)."""
    lengths: NDArray[np.int32]
    """Terms of each document, repeated ones counted, shape (documents,)."""

    @property
    def size(self) -> int:
        """How many documents there are."""
        return len(self.lengths)

    def find(self, ids: NDArray[np.int64]) -> list[Postings]:
        """The postings of each term id."""
        if not len(self.terms):
            return [NONE] * len(ids)
        at = np.minimum(np.searchsorted(self.terms, ids), len(self.terms) - 1)
        known = self.terms[at] == ids
        starts = np.where(at > 0, self.ends[at - 1], 0)
        places = (known.tolist(), starts.tolist(), self.halfways[at].tolist(), self.ends[at].tolist())
        return [
            Postings(self.low[start:end], halfway - start, self.counts[start:end]) if there else NONE
            for there, start, halfway, end in zip(*places, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """One .npy file an array."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Inverted:
        """The saved arrays, mapped: only what a query touches is read. Raises OSError and ValueError."""
        found = cls(*(mapped(folder / f"{field.name}.npy") for field in fields(cls)))
        postings = int(found.ends[-1]) if len(found.ends) else 0
        if not (
            len(found.terms) == len(found.ends) == len(found.halfways)
            and len(found.low) == len(found.counts) == postings
        ):
            raise ValueError(f"The arrays of {folder} do not belong together.")
        return found


def mapped(path: Path) -> NDArray[Any]:
    """A .npy file as an array that is read as it is used; never unpickled. Raises OSError and ValueError."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


@dataclass(frozen=True, slots=True)
class Sorted:
    """The postings of some documents, ordered by term, then document."""

    terms: NDArray[np.int64]
    sizes: NDArray[np.int64]
    documents: NDArray[np.int32]
    counts: NDArray[np.uint8]
    lengths: NDArray[np.int32]


def sort(texts: Sequence[str], first: int = 0) -> Sorted:
    """The postings of texts, which are numbered from ``first`` on."""
    terms, documents, counts = lexical.counted(texts)
    starts = np.flatnonzero(np.diff(terms, prepend=-1))  # they are not negative
    lengths = np.bincount(documents, weights=counts, minlength=len(texts)).astype(np.int32)
    counts = np.minimum(counts, MOST)
    return Sorted(
        terms[starts],
        np.diff(starts, append=len(terms)),
        documents.astype(np.int32) + np.int32(first),
        counts.astype(np.uint8),
        lengths,
    )


def _below(block: Sorted) -> NDArray[np.int64]:
    """How many documents below HALF hold each of a block's terms."""
    if block.documents.max(initial=0) < HALF:
        return block.sizes
    ends = np.cumsum(np.append(0, block.documents < HALF))
    last = np.cumsum(block.sizes)
    below: NDArray[np.int64] = ends[last] - ends[last - block.sizes]
    return below


def join(blocks: Sequence[Sorted]) -> Inverted:
    """The blocks' postings one behind the other under each term: no sort is longer than a block's, 3 bytes a posting. Raises
    ValueError for more than LARGEST documents."""
    terms = distinct(*(block.terms for block in blocks))
    places = [np.searchsorted(terms, block.terms) for block in blocks]
    sizes = np.zeros(len(terms), dtype=np.int64)
    for block, place in zip(blocks, places, strict=True):
        sizes[place] += block.sizes
    ends = np.cumsum(sizes)
    free = ends - sizes
    halfways = free.copy()
    low, counts = np.empty(sizes.sum(), dtype=np.uint16), np.empty(sizes.sum(), dtype=np.uint8)
    for block, place in zip(blocks, places, strict=True):
        own = np.cumsum(block.sizes) - block.sizes
        to = np.repeat(free[place] - own, block.sizes)
        to += np.arange(len(to))
        low[to], counts[to] = block.documents & (HALF - 1), block.counts
        free[place] += block.sizes
        halfways[place] += _below(block)
    lengths = np.concatenate([np.empty(0, dtype=np.int32), *(block.lengths for block in blocks)])
    if len(lengths) > LARGEST:
        raise ValueError(f"{len(lengths)} documents do not fit in an index of {LARGEST}.")
    return Inverted(terms, ends.astype(np.uint32), halfways.astype(np.uint32), low, counts, lengths)
