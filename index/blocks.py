"""A library's passages read block by block in the order of their rows: what caches are built from, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.library import Library

BLOCK = 4096
"""Passages read at once: about 90 MiB with their vectors."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some passages and their units."""

    passages: NDArray[np.int64]
    """Their rows, ascending."""
    articles: NDArray[np.int64]
    languages: tuple[str, ...]
    terms: tuple[bytes, ...]
    owners: NDArray[np.int64]
    """Position in ``passages`` of each unit's passage, ascending."""
    spans: NDArray[np.int64]
    """Start and end of each unit in its article, shape (units, 2)."""
    vectors: NDArray[np.float16]
    """Shape (units, dimension)."""


def descends(library: Library, generation: int) -> bool:
    """Whether the library has been in the state of this generation: what was read then is its own."""
    found = library.fetch("SELECT 1 FROM history WHERE generation = ?", (generation,))
    return bool(found) or generation == library.generation


def held(library: Library, until: int) -> int:
    """How many passages have rows up to ``until``; from the index, as a table with terms in it is fifty times as long."""
    select = "SELECT count(*) FROM passage INDEXED BY passage_article WHERE row <= ?"
    return int(library.fetch(select, (until,))[0][0])


def rows_until(library: Library, until: int) -> NDArray[np.int64]:
    """Their rows, ascending."""
    select = "SELECT row FROM passage INDEXED BY passage_article WHERE row <= ?"
    return np.sort(np.array(library.fetch(select, (until,)), dtype=np.int64).reshape(-1))


def rows_after(library: Library, after: int) -> NDArray[np.int64]:
    """The rows of passages above ``after``, ascending."""
    select = "SELECT row FROM passage WHERE row > ? ORDER BY row"
    return np.array(library.fetch(select, (after,)), dtype=np.int64).reshape(-1)


def units(library: Library, after: int, until: int) -> int:
    """How many units they have."""
    return int(library.fetch("SELECT count(*) FROM unit WHERE passage > ? AND passage <= ?", (after, until))[0][0])


def sample(library: Library, after: int, until: int, units: int, most: int = 60_000) -> NDArray[np.float16]:
    """The vectors of some of their passages, evenly spread, about ``most`` of the ``units``, shape (vectors, dimension)."""
    select = "SELECT row FROM passage INDEXED BY passage_article WHERE row > ? AND row <= ?"
    passages = np.sort(np.array(library.fetch(select, (after, until)), dtype=np.int64).reshape(-1))
    step = max(1, units // most)
    select = "SELECT vector FROM unit WHERE passage = ? ORDER BY row"
    blobs = [row[0] for passage in passages[::step].tolist() for row in library.fetch(select, (passage,))]
    return _matrix(blobs, library.manifest.dimension)


def read(library: Library, after: int, until: int, size: int = BLOCK) -> Iterator[Block]:
    """The passages with rows above ``after``, up to ``until``, at most ``size`` at a time."""
    dimension = library.manifest.dimension
    while True:
        passages = library.fetch(
            """SELECT p.row, p.article, a.language, p.terms FROM passage p JOIN article a ON a.row = p.article
                WHERE p.row > ? AND p.row <= ? ORDER BY p.row LIMIT ?""",
            (after, until, size),
        )
        if not passages:
            return
        numbers, articles, languages, terms = zip(*passages, strict=True)
        select = (
            'SELECT passage, start, "end", vector FROM unit WHERE passage > ? AND passage <= ? ORDER BY passage, row'
        )
        held = library.fetch(select, (after, numbers[-1]))
        spans = np.array([row[:3] for row in held], dtype=np.int64).reshape(-1, 3)
        found = np.array(numbers, dtype=np.int64)
        yield Block(
            found,
            np.array(articles, dtype=np.int64),
            languages,
            terms,
            np.searchsorted(found, spans[:, 0]),
            spans[:, 1:],
            _matrix([row[3] for row in held], dimension),
        )
        after = numbers[-1]


def _matrix(blobs: Sequence[bytes], dimension: int) -> NDArray[np.float16]:
    return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(len(blobs), dimension)
