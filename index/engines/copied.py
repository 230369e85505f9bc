"""Proposing over a library on a server: of a small one a reader keeps a copy of what finds passages, of a larger one the engine finds them.

A copy is asked in a few milliseconds and costs those who index nothing; an engine's graph of vectors costs more than all else that
indexing does, and pays where a copy would be too large to make and to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from index.blocks import Source
from index.embedded import Embedded
from index.engines.proposals import Engine, Proposals
from index.filters import Filters
from index.lexical import Translated
from index.proposing import Proposed, Proposing, Query, Rows

COPIED = 100_000
"""Up to so many passages a reader keeps a copy: some 8 KB each on its disk, and half a millisecond to make."""


class Server(Engine, Source, Protocol):
    """A library on a server, asked both ways."""


class Copied:
    """Proposing by the copy or by the engine, as the size of the library says at each question."""

    def __init__(self, library: Server, cache: Path) -> None:
        self._library = library
        self._copy = Embedded(library, cache / "server")  # beside what a library in the folder has there
        self._engine = Proposals(library)

    def _now(self) -> Proposing:
        return self._copy if self._library.state().passages <= COPIED else self._engine

    def languages(self) -> frozenset[str]:
        """The languages that the library speaks."""
        with self._library.view():
            return self._now().languages()

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""
        with self._library.view():
            return self._now().rarity(terms)

    def told(self, words: Sequence[Translated]) -> list[float]:
        """The same for translated words."""
        with self._library.view():
            return self._now().told(words)

    def propose(self, query: Query, k: int, filters: Filters) -> Proposed:
        """The passages, of those that the filters admit, that any leg has among its ``k`` best."""
        with self._library.view():
            return self._now().propose(query, k, filters)

    def holding(self, text: str) -> Rows | None:
        """Rows of the articles that may hold a string, ascending."""
        with self._library.view():
            return self._now().holding(text)

    def prepare(self) -> None:
        """Bring the copy up to date, or have the engine build its indexes and gather the statistics."""
        self._now().prepare()

    def behind(self) -> bool:
        """Whether that is still to do."""
        return self._now().behind()

    def mend(self) -> bool:
        """Let go of what of the copy is damaged; whether anything was."""
        return self._copy.mend()
