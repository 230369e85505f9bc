"""Store: what is asked of a library, wherever it lies. Knows nothing of models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.filters import Filters
from index.packing import Packed
from index.proposing import Proposing
from index.schema import FORMAT
from index.types import Article, Passage
from yinju import YinjuError

Span = tuple[int, int]
Rows = NDArray[np.int64]
Held = tuple[list[Span], NDArray[np.float32]]
"""Spans of a passage's units, and their vectors."""


class LibraryError(YinjuError):
    """The library cannot be opened, read or written; the message names it and the cure."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the vectors of a library were made with. Vectors of another make are refused, never mixed with them."""

    embedder: str
    revision: str
    dimension: int
    passage_prefix: str = ""
    query_prefix: str = ""
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a passage that has a vector of its own: a sentence, or the whole passage."""

    passage: int
    """Ordinal of the passage in its article."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An article ready to be stored: its passages, their units, passage after passage, and the units' vectors."""

    article: Article
    passages: Sequence[Passage]
    units: Sequence[Unit]
    vectors: NDArray[np.float32] | Packed
    """Shape (units, dimension), or packed as they are stored (:mod:`index.packing`): many are packed quicker together."""
    bands: Sequence[int] = ()
    """What copies of it are looked up by, see :func:`index.duplicates.bands`; worked out where it is not given."""


Prepare = Callable[[Article], Entry]
"""Cuts and embeds an article: needed where a copy takes the place of its original."""


class Claims(Protocol):
    """Which files one run of indexing is at, while others index too. They are let go of at its end, however it ends."""

    def take(self, paths: Sequence[str]) -> dict[str, str]:
        """Those of some files that no other run is at, which are this run's from now on, each with its hash in the library, "" for
        one that is not there."""

    def release(self) -> None:
        """Let go of all of them: what became of them is committed."""


class Store(Protocol):
    """A library. Every change is committed whole or not at all, and others read what is committed. Articles and passages are
    known by their rows, which grow in the order in which they were stored. Everything here raises LibraryError."""

    @property
    def place(self) -> str:
        """Where it lies, as messages name it."""

    @property
    def name(self) -> str:
        """What it is called among other libraries."""

    @property
    def manifest(self) -> Manifest:
        """What this library was made with."""

    @property
    def generation(self) -> int:
        """Another one after every change, never used twice."""

    def require(self, wanted: Manifest) -> None:
        """Refuse a library whose vectors were made with something else."""

    def view(self) -> AbstractContextManager[None]:
        """One committed state for all that this library is asked inside. May be nested."""

    def together(self) -> AbstractContextManager[None]:
        """What is changed inside is committed at the end, all or nothing."""

    def proposing(self, cache: Path) -> Proposing:
        """What finds passages in it; ``cache`` is the folder for what is made to search it."""

    def claims(self) -> AbstractContextManager[Claims]:
        """A run of indexing, as long as it lasts."""

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each indexed file by its path."""

    def roots(self) -> list[str]:
        """The folders that were indexed, by name."""

    def set_roots(self, add: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
        """Remember folders, or forget them."""

    def of_file(self, path: str) -> list[Article]:
        """A file's articles, whole, in their order."""

    def original(self, article: Article, *, besides: str = "") -> Article | None:
        """The article of which this one is a copy, if there is one, not counting those of the file ``besides``."""

    def replace(
        self,
        path: str,
        entries: Sequence[Entry | Article],
        *,
        moved_from: str = "",
        kept: Mapping[str, Article] | None = None,
        prepare: Prepare | None = None,
    ) -> int:
        """Put a file's articles in the place of what the library held of it, all or nothing; how many are copies.

        ``kept`` names, by their ids, those that stay with their passages, and what they are called now; ``moved_from`` is
        where the file was. With ``prepare`` an article that says what another one says is kept as a copy, which is not
        searched; an article without an entry is taken for one (of the article that its ``copy_of`` names, where that is searched), and
        prepared when it is none after all.
        """

    def remove(self, article_ids: Iterable[str], *, prepare: Prepare | None = None) -> int:
        """Remove articles by id; how many there were. ``prepare`` is for a copy that takes the place of its original."""

    def counts(self) -> dict[str, int]:
        """How many articles, passages and units there are."""

    def passages_of(self, article_ids: Iterable[str]) -> int:
        """How many passages these articles have."""

    def articles(self, filters: Filters | None = None) -> list[Article]:
        """The articles without their texts, newest first, copies among them."""

    def issues(self) -> list[str]:
        """The issues of bulletins that articles stand in, as their mastheads have them, in order."""

    def article(self, article_id: str) -> Article:
        """One article, whole, with its copies; LibraryError when it is not there."""

    def texts(self, rows: Sequence[int]) -> list[tuple[int, str, str]]:
        """Row, title and text of articles by row, in the order of their rows."""

    def whole(self, rows: Iterable[int]) -> dict[int, Article]:
        """Articles by row, with their texts and their copies; one removed meanwhile is absent."""

    def rows_of(self, article_ids: Iterable[str]) -> list[int]:
        """The rows of articles by id, in their order in the library."""

    def first_passages(self, rows: Sequence[int]) -> list[tuple[int, int, bytes, bytes]]:
        """Of the first passage of articles, by the article's row: where it starts, its units' spans and vectors, packed."""

    def copies(self, filters: Filters) -> list[tuple[int, int]]:
        """The rows of the copies that the filters admit, each with that of its original."""

    def select(self, filters: Filters) -> Rows:
        """The rows of the articles that may answer, shape (articles,), in order; a copy admits its original."""

    def passages(self, rows: Iterable[int]) -> Mapping[int, tuple[Passage, Article]]:
        """Passages with their articles by row number; a row removed meanwhile is absent."""

    def entry(self, article_id: str) -> Entry:
        """What is stored of an article; LibraryError when it is not there."""

    def units(self, passage_id: str) -> Held:
        """What is held of a passage, see :meth:`units_of`; nothing where it is not there."""

    def units_of(self, passage_ids: Iterable[str]) -> dict[str, Held]:
        """Spans of passages' units in their articles and their vectors, float32, shape (units, dimension): the sentences in
        order and, where there are several, the whole. By the passages' ids; one that is not there is left out."""

    def close(self) -> None:
        """Let go of the library."""


def require(have: Manifest, wanted: Manifest, place: str, name: str) -> None:
    """Refuse the library ``name`` at ``place`` where its vectors were made with something else. Raises LibraryError."""
    if have == wanted:
        return
    if have.format != wanted.format:
        raise LibraryError(
            f"The library {place} is of format {have.format}, and this version of Yinju reads {wanted.format}. "
            f"Install the newest Yinju, or index again into a new library: yinju index PATH --library {name}-new"
        )
    raise LibraryError(
        f"The library {place} was made with the embedder {have.embedder!r} ({have.revision}, {have.dimension} "
        f"dimensions), but {wanted.embedder!r} ({wanted.revision}, {wanted.dimension}) is in use. Choose the same "
        f"embedder (YINJU_EMBEDDER), or index again into a new library: yinju index PATH --library {name}-new"
    )
