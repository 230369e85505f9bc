"""Fuse the dense, lexical and translated legs and exact phrases into hits whose score means the same for every question."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.filters import Filters
from index.lexical import BM25, Translated, simplified
from index.library import Library, Rows
from index.types import Article, Hit, Passage
from index.vectors import Vectors

CANDIDATES = 120
"""Passages that each leg may bring to the fusion."""

UNITS = 600
"""Nearest units asked of the dense leg; several belong to one passage."""

BACKGROUND = 512
"""Units whose mean cosine with the question is the background that dense scores are measured against."""

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
    alive: NDArray[np.bool_] | None
    lexical: BM25
    dense: tuple[Vectors, ...]
    mean: NDArray[np.float32]
    """Of all units: a question's cosine with it is the background that dense scores are measured against."""


class Search:
    """Search over a library; follows its changes and never mixes two states of it."""

    def __init__(self, library: Library, cache: Path) -> None:
        self._library = library
        self._cache = cache
        self._lock = Lock()
        self._snapshot: _Snapshot | None = None

    def _current(self) -> _Snapshot:
        with self._library.view(), self._lock:
            if self._snapshot is None or self._snapshot.generation != self._library.generation:
                generation, rows = self._library.rows()
                dense = Vectors.cached(self._cache, self._library, generation)
                self._snapshot = _Snapshot(
                    generation,
                    rows,
                    BM25(rows.terms),
                    dense,
                    dense.sample(BACKGROUND),
                    np.array(rows.languages, dtype=str),
                    frozenset(rows.languages),
                )
            return self._snapshot

    def languages(self) -> frozenset[str]:
        """The languages that the library speaks."""
        return self._current().spoken

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""
        lexical = self._current().lexical
        return {term: weight * lexical.idf(term) for term, weight in terms.items()}

    def told(self, words: Sequence[Translated]) -> list[float]:
        """The same for translated words."""
        lexical = self._current().lexical
        return [lexical.told(word) for word in words]

    def search(self, query: Query, k: int, filters: Filters | None = None) -> list[Hit]:
        """The k best passages, best first; ``legs`` holds what each leg said (about 0 to 1, 0 for not found)."""
        with self._library.view():  # what is found and what is read of it are of one state
            return self._search(query, k, filters or Filters())

    def _search(self, query: Query, k: int, filters: Filters) -> list[Hit]:
        snapshot = self._current()
        if not len(snapshot.rows.passages) or k <= 0:
            return []
        allowed = self._allowed(snapshot, filters)
        legs = {
            "lexical": _lexical(snapshot, query, allowed),
            "dense": _dense(snapshot, query, allowed),
            "translated": _translated(snapshot, query, allowed),
        }
        fused = _fuse(snapshot.languages == query.language, legs)
        # Without a phrase nothing but the legs decides, and only what is given back needs to be read.
        candidates = _candidates([fused, *legs.values()], max(k, CANDIDATES)) if query.phrases else _best(fused, k)
        found = self._library.passages(snapshot.rows.passages[candidates])
        hits = []
        for at in candidates:
            if (row := int(snapshot.rows.passages[at])) in found:
                passage, article = found[row]
                phrase = _phrase(query.phrases, passage, article)
                said = {name: float(scores[at]) for name, scores in legs.items()} | {"phrase": phrase}
                hits.append(Hit(passage, article, float(fused[at]) + PHRASE * phrase, said))
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def _allowed(self, snapshot: _Snapshot, filters: Filters) -> NDArray[np.bool_]:
        """Which passages the filters admit, shape (passages,)."""
        of = snapshot.rows.articles
        if not filters.condition:
            return np.ones(len(of), dtype=bool)
        admitted = np.zeros(int(of.max()) + 1, dtype=bool)
        rows = self._library.select(filters)
        admitted[rows[rows < len(admitted)]] = True
        return np.asarray(admitted[of], dtype=bool)


def _lexical(snapshot: _Snapshot, query: Query, allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """BM25 as a share of what a full match scores, shape (passages,)."""
    ceiling = snapshot.lexical.ceiling(query.terms)
    scores = snapshot.lexical.scores(query.terms) / max(ceiling, 1e-9)
    return np.where(allowed, scores, 0).astype(np.float32)


def _dense(snapshot: _Snapshot, query: Query, allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The best unit's cosine of each passage above the background, shape (passages,)."""
    rows = snapshot.rows
    units = None if allowed.all() else np.flatnonzero(allowed[rows.unit_passages])
    found, cosines = snapshot.dense.search(query.vector, UNITS, units)
    background = float((snapshot.sample @ query.vector).mean()) if len(snapshot.sample) else 0.0
    out = np.zeros(len(rows.passages), dtype=np.float32)
    np.maximum.at(out, rows.unit_passages[found], (cosines - background) / max(1 - background, 1e-6))
    return out


def _translated(snapshot: _Snapshot, query: Query, allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """BM25 of the translated question in the passages of other languages, shape (passages,)."""
    if not query.translated:
        return np.zeros(len(allowed), dtype=np.float32)
    others = allowed & (snapshot.languages != query.language)
    return np.where(others, snapshot.lexical.translated(query.translated), 0).astype(np.float32)


def _fuse(same: NDArray[np.bool_], legs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """The legs' weighted sum, shape (passages,); ``same`` says which passages are in the question's language."""
    fused = np.zeros(len(same), dtype=np.float32)
    for name, scores in legs.items():
        fused += np.where(same, np.float32(WEIGHTS["same"][name]), np.float32(WEIGHTS["other"][name])) * scores
    return fused


def _candidates(rankings: Iterable[NDArray[np.float32]], k: int) -> NDArray[np.int64]:
    """The passages that stand among the k best of any ranking, shape (candidates,)."""
    chosen = np.zeros(0, dtype=np.int64)
    for scores in rankings:
        chosen = np.union1d(chosen, _best(scores, k))
    return chosen


def _best(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Positions of the k largest positive scores; most are 0, and need not be sorted."""
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
