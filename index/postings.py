"""Which passages hold a term and how often: sorted arrays that lie in memory or are mapped from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Postings = tuple[NDArray[np.int32], NDArray[np.uint16]]
"""Documents in ascending order and the count of the term in each."""

NONE: Postings = (np.empty(0, dtype=np.int32), np.empty(0, dtype=np.uint16))
MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class Inverted:
    """An inverted index over packed term counts; documents are numbered 0..n-1 in the order given."""

    terms: NDArray[np.int64]
    """Term ids, ascending, shape (terms,)."""
    ends: NDArray[np.int64]
    """Where each term's postings end, shape (terms,)."""
    documents: NDArray[np.int32]
    counts: NDArray[np.uint16]
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
        ends = self.ends[at]
        starts = np.where(at > 0, self.ends[at - 1], 0)
        return [
            (self.documents[start:end], self.counts[start:end]) if there else NONE
            for there, start, end in zip(known.tolist(), starts.tolist(), ends.tolist(), strict=True)
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
        if not (len(found.terms) == len(found.ends) and len(found.documents) == len(found.counts) == postings):
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
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int32]


def sort(packed: Sequence[bytes], first: int = 0) -> Sorted:
    """The postings of packed documents (see :func:`index.lexical.pack`), which are numbered from ``first`` on."""
    table = np.frombuffer(b"".join(packed), dtype="<i8").reshape(-1, 2)
    documents = np.repeat(np.arange(len(packed), dtype=np.int32), [len(blob) // 16 for blob in packed])
    lengths = np.bincount(documents, weights=table[:, 1], minlength=len(packed)).astype(np.int32)
    order = np.argsort(np.ascontiguousarray(table[:, 0]), kind="stable")
    ids = table[order, 0]
    starts = np.flatnonzero(np.diff(ids, prepend=-1))  # ids are not negative
    counts = np.minimum(table[order, 1], MOST).astype(np.uint16)
    return Sorted(ids[starts], np.diff(starts, append=len(ids)), documents[order] + np.int32(first), counts, lengths)


def join(blocks: Sequence[Sorted]) -> Inverted:
    """The blocks' postings one behind the other under each term: no sort is longer than a block's, 6 bytes a posting."""
    terms = np.unique(np.concatenate([block.terms for block in blocks] or [np.empty(0, dtype=np.int64)]))
    places = [np.searchsorted(terms, block.terms) for block in blocks]
    sizes = np.zeros(len(terms), dtype=np.int64)
    for block, place in zip(blocks, places, strict=True):
        sizes[place] += block.sizes
    ends = np.cumsum(sizes)
    free = ends - sizes
    documents, counts = np.empty(sizes.sum(), dtype=np.int32), np.empty(sizes.sum(), dtype=np.uint16)
    for block, place in zip(blocks, places, strict=True):
        own = np.cumsum(block.sizes) - block.sizes
        to = np.repeat(free[place] - own, block.sizes) + np.arange(len(block.documents))
        documents[to], counts[to] = block.documents, block.counts
        free[place] += block.sizes
    lengths = [block.lengths for block in blocks] or [np.empty(0, dtype=np.int32)]
    return Inverted(terms, ends, documents, counts, np.concatenate(lengths))
