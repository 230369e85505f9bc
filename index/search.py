"""Fuse the dense, lexical and translated legs and exact phrases into hits whose score means the same for every question."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index import mentions
from index.distinct import distinct
from index.filters import Filters as Filters
from index.lexical import Translated, simplified
from index.mentions import Mention, Pattern
from index.proposing import CANDIDATES
from index.proposing import Query as Query
from index.store import Store
from index.types import Article, Hit, Passage

T = TypeVar("T")

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "same": {"lexical": 1.0, "dense": 0.6, "translated": 0.0},
    "other": {"lexical": 0.1, "dense": 0.8, "translated": 1.0},
}
"""Of each leg, for a passage in the question's language and in another one; chosen on the first halves of XQuAD, CMRC and DRCD
(R@1 zh-zh .950, en-en .963, en-zh .879, zh-en .913, CMRC .984, DRCD .953), flat around these values."""

MANY = 500
"""Articles in which a string is looked for; 30 take 3 ms."""

PHRASE = 0.25
"""Added for a passage that holds a quoted phrase of the question word for word."""


class Search:
    """Search over a store; follows its changes and never mixes two states of it."""

    def __init__(self, store: Store, cache: Path) -> None:
        """``cache`` is the folder for what is made of the store to search it."""
        self._store = store
        self.proposing = store.proposing(cache)

    def prepare(self) -> None:
        """Make all that a search needs, and join what earlier changes left in pieces: what follows a lot of indexing."""
        self.proposing.prepare()

    def behind(self) -> bool:
        """True if the next search would have much to make that :meth:`prepare` makes."""
        return self.proposing.behind()

    def languages(self) -> frozenset[str]:
        """The languages that the library speaks."""
        return self.proposing.languages()

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""
        return self.proposing.rarity(terms)

    def told(self, words: Sequence[Translated]) -> list[float]:
        """The same for translated words."""
        return self.proposing.told(words)

    def holds(self, text: str) -> bool:
        """True if an article holds a string, whatever its script and width. One that very many may hold is not looked for in them."""

        def found() -> bool:
            rows = self.proposing.holding(text)
            if rows is None or len(rows) > MANY:
                return True
            wanted = _plain(text)
            return any(wanted in _plain(f"{title}\n{told}") for _, title, told in self._store.texts(rows.tolist()))

        return self._read(found)

    def search(self, query: Query, k: int, filters: Filters | None = None) -> list[Hit]:
        """The k best passages, best first; ``legs`` holds what each leg said (about 0 to 1, 0 for not found)."""
        return self._read(lambda: self._search(query, k, filters or Filters()))

    def mentions(self, text: str, filters: Filters | None = None) -> list[Mention]:
        """Every article that holds a string, newest first. Raises MentionError for one that cannot be looked for."""
        pattern = Pattern.of(text)
        return self._read(lambda: self._mentions(pattern, filters or Filters()))

    def _mentions(self, pattern: Pattern, filters: Filters) -> list[Mention]:
        return mentions.read(self._store, self.proposing.holding(pattern.text), pattern, filters)

    def _read(self, found: Callable[[], T]) -> T:
        """What is found, and what is read of it, of one state of the library."""
        with self._store.view():
            try:
                return found()
            except (IndexError, ValueError):  # a large file, mapped unread, may not be what was written
                if not self.proposing.mend():
                    raise
                return found()

    def _search(self, query: Query, k: int, filters: Filters) -> list[Hit]:
        if k <= 0:
            return []
        proposed = self.proposing.propose(query, max(k, CANDIDATES), filters)
        if not len(proposed.rows):
            return []
        legs = proposed.legs
        fused = _fuse(proposed.same, legs)
        # Without a phrase nothing but the legs decides, and only what is given back needs to be read; with one, what it could lift.
        chosen = np.sort(_best(fused, k))
        if query.phrases:
            rankings = distinct(*(_best(scores, max(k, CANDIDATES)) for scores in (fused, *legs.values())))
            least = float(fused[chosen].min(initial=np.inf)) if len(chosen) == k else 0.0
            chosen = rankings[fused[rankings] + PHRASE >= least]
        found = self._store.passages(proposed.rows[chosen])
        hits = []
        for at in chosen:
            if (row := int(proposed.rows[at])) in found:
                passage, article = found[row]
                phrase = _phrase(query.phrases, passage, article)
                said = {name: float(scores[at]) for name, scores in legs.items()} | {"phrase": phrase}
                hits.append(Hit(passage, article, float(fused[at]) + PHRASE * phrase, said))
        return sorted(hits, key=lambda hit: -hit.score)[:k]


def _fuse(same: NDArray[np.bool_], legs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """The legs' weighted sum, shape (candidates,); ``same`` says which are in the question's language."""
    fused = np.zeros(len(same), dtype=np.float32)
    for name, scores in legs.items():
        fused += np.where(same, np.float32(WEIGHTS["same"][name]), np.float32(WEIGHTS["other"][name])) * scores
    return fused


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
