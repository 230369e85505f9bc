"""A library's passages read block by block in the order of their rows: what caches are built from, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Protocol
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from index import packing
from index.filters import Filters
from index.store import Manifest
from index.text.speech import spoken_of

BLOCK = 4096
"""Passages read at once: about 100 MiB with their vectors."""


Stored = tuple[int, int, int, int, str, int, bytes]
"""A passage as a library stores it: its row, its article's, start and end there, heading, units, and their vectors, packed."""


class Source(Protocol):
    """A library as it is asked for what caches are made of: its passages by their rows, of which none is given twice."""

    far: bool
    """Whether it takes long to read some hundreds of passages here and there, so that a cache keeps their vectors too."""

    @property
    def manifest(self) -> Manifest:
        """What it was made with."""

    @property
    def generation(self) -> int:
        """Another one after every change, never used twice."""

    def view(self) -> AbstractContextManager[None]:
        """One committed state for all that is asked inside. May be nested."""

    def select(self, filters: Filters) -> NDArray[np.int64]:
        """The rows of the articles that the filters admit, ascending."""

    def descends(self, generation: int) -> bool:
        """True if it was in this generation once, so that a cache made of it then is its own."""

    def held(self, until: int) -> int:
        """How many passages have rows up to ``until``."""

    def rows(self, after: int, until: int) -> NDArray[np.int64]:
        """The rows of passages above ``after``, up to ``until``, ascending."""

    def many(self, after: int, until: int) -> int:
        """How many units these passages have."""

    def block(self, after: int, until: int, size: int) -> Sequence[Stored]:
        """The first ``size`` of them."""

    def said(self, articles: Iterable[int]) -> Mapping[int, tuple[str, str, str, str]]:
        """Language, title, text and name or part of their file, of articles by their rows."""

    def vectors(self, rows: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64], packing.Packed]:
        """The passages of these rows that are there, ascending, how many units each has, and the vectors of all of them."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some passages and their units."""

    passages: NDArray[np.int64]
    """Their rows, ascending."""
    articles: NDArray[np.int64]
    languages: tuple[str, ...]
    """"zh" or "en", one a passage: an article in two languages has passages of both."""
    texts: tuple[str, ...]
    """For each passage the text of :func:`found_by`."""
    sizes: NDArray[np.int64]
    """How many units each has."""
    vectors: packing.Packed
    """Of the units, passage after passage, shape (units,)."""


def found_by(title: str, heading: str, text: str, path: str = "") -> str:
    """The text whose terms a passage is found by: title, heading and the name of its file above its own text."""
    name = name_of(path)
    return f"{title}\n{heading}\n{text}" + (f"\n{name}" if name.casefold() not in title.casefold() else "")


@lru_cache(maxsize=1024)
def name_of(path: str) -> str:
    """What a file is called, without its ending; NFC, as some systems keep a letter and its accent apart."""
    return normalize("NFC", PurePosixPath(path.replace("\\", "/")).stem)


def sample(source: Source, after: int, until: int, units: int, most: int = 60_000) -> NDArray[np.float32]:
    """The vectors of some of their passages, evenly spread, about ``most`` of the ``units``, shape (vectors, dimension)."""
    step = max(1, units // most)
    return packing.unpack(source.vectors(source.rows(after, until)[::step].tolist())[2])


def read(source: Source, after: int, until: int, size: int = BLOCK) -> Iterator[Block]:
    """The passages with rows above ``after``, up to ``until``, at most ``size`` at a time."""
    layout = packing.layout(source.manifest.dimension)
    while held := source.block(after, until, size):
        rows, articles, starts, ends, headings, sizes, vectors = zip(*held, strict=True)
        said = source.said({*articles})
        texts = [said[article][2][start:end] for article, start, end in zip(articles, starts, ends, strict=True)]
        yield Block(
            np.array(rows, dtype=np.int64),
            np.array(articles, dtype=np.int64),
            tuple(spoken_of(texts, [said[article][0] for article in articles])),
            tuple(
                found_by(said[a][1], above, words, said[a][3])
                for a, above, words in zip(articles, headings, texts, strict=True)
            ),
            np.array(sizes, dtype=np.int64),
            np.frombuffer(b"".join(vectors), dtype=layout),
        )
        after = rows[-1]
