"""Proposing from segments of a library that the reader keeps: one committed state of them, read whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from index import mentions
from index.blocks import Source
from index.bm25 import BM25, plain
from index.distinct import distinct
from index.filters import Filters
from index.lexical import Translated
from index.proposing import UNITS, Proposed, Query, best_units
from index.segments import Segments, State
from index.vectors import Mask, Nearest, Vectors, mean


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One committed state of the library, ready to be searched."""

    generation: int
    passages: NDArray[np.int64]
    """The row of each passage; scores are numbered as these are."""
    articles: NDArray[np.int64]
    languages: NDArray[np.uint8]
    """Of each passage, a place in ``spoken``."""
    spoken: tuple[str, ...]
    heard: frozenset[str]
    """Of these the languages of passages that are still there."""
    alive: NDArray[np.bool_] | None
    lexical: BM25
    dense: tuple[Vectors, ...]
    mean: NDArray[np.float32]
    """Of all units: a question's cosine with it is the background that dense scores are measured against."""

    def speaks(self, language: str) -> Mask:
        """Which passages are in a language, shape (passages,)."""
        code = self.spoken.index(language) if language in self.spoken else len(self.spoken)
        return np.asarray(self.languages == code)


class Embedded:
    """Proposing over a library: follows its changes and never mixes two states of it."""

    def __init__(self, library: Source, cache: Path) -> None:
        """``cache`` is the folder for what is made of the library to search it."""
        self._library = library
        self._segments = Segments(cache)
        self._lock = Lock()
        self._snapshot: _Snapshot | None = None

    def current(self) -> _Snapshot:
        """The library as it is now."""
        with self._library.view(), self._lock:
            if self._snapshot is None or self._snapshot.generation != self._library.generation:
                self._snapshot = _snapshot(self._segments.follow(self._library))
            return self._snapshot

    def prepare(self) -> None:
        """Make all that a search needs, and join what earlier changes left in pieces: what follows a lot of indexing."""
        with self._library.view(), self._lock:
            self._snapshot = _snapshot(self._segments.follow(self._library, merge=True))

    def behind(self) -> bool:
        """True if the next search would have much to make that :meth:`prepare` makes."""
        return self._segments.behind(self._library)

    def languages(self) -> frozenset[str]:
        """The languages that the library speaks."""
        return self.current().heard

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""
        return self.current().lexical.rarity(terms)

    def told(self, words: Sequence[Translated]) -> list[float]:
        """The same for translated words."""
        return self.current().lexical.told(words)

    def propose(self, query: Query, k: int, filters: Filters) -> Proposed:
        """The passages, of those that the filters admit, that any leg has among its ``k`` best."""
        snapshot = self.current()
        if not len(snapshot.passages):
            return Proposed(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_), {})
        candidates, legs = _legs(snapshot, query, k, self._allowed(snapshot, filters))
        return Proposed(snapshot.passages[candidates], snapshot.speaks(query.language)[candidates], legs)

    def holding(self, text: str) -> NDArray[np.int64] | None:
        """Rows of the articles that may hold a string, ascending, every one that does among them; None where any may."""
        snapshot = self.current()
        return mentions.candidates(snapshot.lexical.parts, snapshot.articles, snapshot.alive, text)

    def mend(self) -> bool:
        """Let go of what in the cache is damaged; whether anything was."""
        with self._lock:
            if found := self._segments.forget_damaged():
                self._snapshot = None
            return found

    def _allowed(self, snapshot: _Snapshot, filters: Filters) -> Mask | None:
        """Which passages are there and admitted by the filters, shape (passages,); None when all are. The language is that of the
        passage, not of its article."""
        if filters.language:
            spoken = snapshot.speaks(filters.language)
            others = self._allowed(snapshot, replace(filters, language=""))
            return spoken if others is None else spoken & others
        if not filters.condition:
            return snapshot.alive
        admitted = np.zeros(int(snapshot.articles.max()) + 1, dtype=bool)
        rows = self._library.select(filters)
        admitted[rows[rows < len(admitted)]] = True
        allowed = admitted[snapshot.articles]
        return allowed if snapshot.alive is None else allowed & snapshot.alive


def _snapshot(state: State) -> _Snapshot:
    """What a search needs to know of all segments."""
    spoken = {name: code for code, name in enumerate(dict.fromkeys(n for s in state.segments for n in s.spoken))}
    codes = [np.array([spoken[n] for n in s.spoken], dtype=np.uint8)[s.languages] for s in state.segments]
    languages = np.concatenate([np.empty(0, dtype=np.uint8), *codes])
    counts = np.bincount(languages if state.alive is None else languages[state.alive], minlength=len(spoken))
    parts = tuple(segment.vectors for segment in state.segments)
    return _Snapshot(
        state.generation,
        state.passages,
        np.concatenate([np.empty(0, dtype=np.int64), *(segment.articles for segment in state.segments)]),
        languages,
        tuple(spoken),
        frozenset(name for name, code in spoken.items() if counts[code]),
        state.alive,
        BM25([segment.inverted for segment in state.segments], state.alive),
        parts,
        mean(parts, state.alive),
    )


def _legs(
    snapshot: _Snapshot, query: Query, k: int, allowed: Mask | None
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
    """The passages that any leg has among its best, and what each leg says of them."""
    meant = Nearest(snapshot.dense, query.vector, UNITS, allowed)
    lexical = snapshot.lexical.scores(plain(query.terms), k, allowed)
    others = ~snapshot.speaks(query.language)
    translated = snapshot.lexical.scores(query.translated, k, others if allowed is None else others & allowed)
    worded = distinct(lexical.best(k), translated.best(k))
    near, cosines = best_units(*meant.found(worded), background=float(snapshot.mean @ query.vector))
    candidates = distinct(near, worded)
    dense = np.zeros(len(candidates), dtype=np.float32)
    dense[np.searchsorted(candidates, near)] = cosines
    return candidates, {"lexical": lexical.at(candidates), "dense": dense, "translated": translated.at(candidates)}
