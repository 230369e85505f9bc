"""Fuse the dense, lexical and translated legs and exact phrases into hits whose score means the same for every question."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index import mentions
from index.bm25 import BM25, plain
from index.filters import Filters as Filters
from index.lexical import Translated, simplified
from index.library import Library
from index.mentions import Mention, Pattern
from index.segments import Segments, State
from index.types import Article, Hit, Passage
from index.vectors import Mask, Nearest, Vectors, mean

T = TypeVar("T")

CANDIDATES = 120
"""Passages that each leg may bring to the fusion."""

UNITS = 600
"""Nearest units asked of the dense leg; several belong to one passage."""

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "same": {"lexical": 1.0, "dense": 0.6, "translated": 0.0},
    "other": {"lexical": 0.1, "dense": 0.8, "translated": 1.0},
}
"""Of each leg, for a passage in the question's language and in another one; chosen on the first halves of XQuAD, CMRC and DRCD
(R@1 zh-zh .950, en-en .963, en-zh .879, zh-en .913, CMRC .984, DRCD .953), flat around these values."""

PHRASE = 0.25
"""Added for a passage that holds a quoted phrase of the question word for word."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as search needs it: weighted terms, phrases to be found word for word, its vector and language."""

    terms: Mapping[str, float]
    vector: NDArray[np.float32]
    language: str
    phrases: Sequence[str] = field(default=())
    translated: Sequence[Translated] = field(default=())
    """The question's words in the library's other language; empty when it has none."""


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


class Search:
    """Search over a library; follows its changes and never mixes two states of it."""

    def __init__(self, library: Library, cache: Path) -> None:
        """``cache`` is the folder for what is made of the library to search it."""
        self._library = library
        self._segments = Segments(cache)
        self._lock = Lock()
        self._snapshot: _Snapshot | None = None

    def _current(self) -> _Snapshot:
        with self._library.view(), self._lock:
            if self._snapshot is None or self._snapshot.generation != self._library.generation:
                self._snapshot = _snapshot(self._segments.follow(self._library))
            return self._snapshot

    def prepare(self) -> None:
        """Make all that a search needs, and join what earlier changes left in pieces: what follows a lot of indexing."""
        with self._library.view(), self._lock:
            self._snapshot = _snapshot(self._segments.follow(self._library, merge=True))

    def behind(self) -> bool:
        """Whether the next search would have much to make that :meth:`prepare` makes."""
        return self._segments.behind(self._library)

    def languages(self) -> frozenset[str]:
        """The languages that the library speaks."""
        return self._current().heard

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""
        return self._current().lexical.rarity(terms)

    def told(self, words: Sequence[Translated]) -> list[float]:
        """The same for translated words."""
        return self._current().lexical.told(words)

    def search(self, query: Query, k: int, filters: Filters | None = None) -> list[Hit]:
        """The k best passages, best first; ``legs`` holds what each leg said (about 0 to 1, 0 for not found)."""
        return self._read(lambda: self._search(query, k, filters or Filters()))

    def mentions(self, text: str, filters: Filters | None = None) -> list[Mention]:
        """Every article that holds a string, newest first. Raises MentionError for one that cannot be looked for."""
        pattern = Pattern.of(text)
        return self._read(lambda: self._mentions(pattern, filters or Filters()))

    def _mentions(self, pattern: Pattern, filters: Filters) -> list[Mention]:
        held = self._current()
        rows = mentions.candidates(held.lexical.parts, held.articles, held.alive, pattern.text)
        return mentions.read(self._library, rows, pattern, filters)

    def _read(self, found: Callable[[], list[T]]) -> list[T]:
        """What is found, and what is read of it, of one state of the library."""
        with self._library.view():
            try:
                return found()
            except (IndexError, ValueError):  # a large file, mapped unread, may not be what was written
                if not self._forget_damaged():
                    raise
                return found()

    def _forget_damaged(self) -> bool:
        """Let go of what in the cache is damaged; whether anything was."""
        with self._lock:
            if found := self._segments.forget_damaged():
                self._snapshot = None
            return found

    def _search(self, query: Query, k: int, filters: Filters) -> list[Hit]:
        snapshot = self._current()
        if not len(snapshot.passages) or k <= 0:
            return []
        allowed = self._allowed(snapshot, filters)
        candidates, legs = _legs(snapshot, query, max(k, CANDIDATES), allowed)
        fused = _fuse(snapshot.speaks(query.language)[candidates], legs)
        # Without a phrase nothing but the legs decides, and only what is given back needs to be read; with one, what it could lift.
        chosen = np.sort(_best(fused, k))
        if query.phrases:
            rankings = _among([_best(scores, max(k, CANDIDATES)) for scores in (fused, *legs.values())])
            least = float(fused[chosen].min(initial=np.inf)) if len(chosen) == k else 0.0
            chosen = rankings[fused[rankings] + PHRASE >= least]
        found = self._library.passages(snapshot.passages[candidates[chosen]])
        hits = []
        for at in chosen:
            if (row := int(snapshot.passages[candidates[at]])) in found:
                passage, article = found[row]
                phrase = _phrase(query.phrases, passage, article)
                said = {name: float(scores[at]) for name, scores in legs.items()} | {"phrase": phrase}
                hits.append(Hit(passage, article, float(fused[at]) + PHRASE * phrase, said))
        return sorted(hits, key=lambda hit: -hit.score)[:k]

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
    worded = _among([lexical.best(k), translated.best(k)])
    near, cosines = _best_units(*meant.found(worded), background=float(snapshot.mean @ query.vector))
    candidates = _among([near, worded])
    dense = np.zeros(len(candidates), dtype=np.float32)
    dense[np.searchsorted(candidates, near)] = cosines
    return candidates, {"lexical": lexical.at(candidates), "dense": dense, "translated": translated.at(candidates)}


def _best_units(
    found: NDArray[np.int64], cosines: NDArray[np.float32], background: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The passages of units, and the best unit's cosine of each above the background."""
    passages, at = np.unique(found, return_inverse=True)
    scores = np.zeros(len(passages), dtype=np.float32)
    np.maximum.at(scores, at, (cosines - background) / max(1 - background, 1e-6))
    return passages, scores


def _fuse(same: Mask, legs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """The legs' weighted sum, shape (candidates,); ``same`` says which are in the question's language."""
    fused = np.zeros(len(same), dtype=np.float32)
    for name, scores in legs.items():
        fused += np.where(same, np.float32(WEIGHTS["same"][name]), np.float32(WEIGHTS["other"][name])) * scores
    return fused


def _among(places: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The places that stand in any of the lists, ascending."""
    return np.unique(np.concatenate(places))


def _best(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Positions of the k largest positive scores."""
    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        found = found[np.argpartition(scores[found], len(found) - k)[len(found) - k :]]
    return found


def _phrase(phrases: Sequence[str], passage: Passage, article: Article) -> float:
    """The share of the phrases that stand in the passage or its title, compared without width, case, space and script."""
    if not phrases:
        return 0.0
    text = _plain(f"{article.title}\n{passage.heading}\n{passage.text}")
    return sum(_plain(phrase) in text for phrase in phrases) / len(phrases)


def _plain(text: str) -> str:
    return "".join(simplified(unicodedata.normalize("NFKC", text)).casefold().replace("*", "").split())
