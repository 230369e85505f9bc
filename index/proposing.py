"""Proposing: what finds the passages that search orders, with what each leg says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.filters import Filters
from index.lexical import Translated

CANDIDATES = 120
"""Passages that each leg may bring to the fusion."""

UNITS = 600
"""Nearest units asked of the dense leg; several belong to one passage."""

Rows = NDArray[np.int64]


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
class Proposed:
    """Passages of one committed state of a library, each with what every leg says of it."""

    rows: Rows
    """The library's, shape (passages,)."""
    same: NDArray[np.bool_]
    """Which are in the question's language."""
    legs: Mapping[str, NDArray[np.float32]]
    """Scores by the leg's name, about 0 to 1 and 0 for not found, each of shape (passages,)."""


class Proposing(Protocol):
    """Finds passages in a store and follows its changes. The scores it gives are exact; it need not find every passage."""

    def languages(self) -> frozenset[str]:
        """The languages that the library speaks."""

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""

    def told(self, words: Sequence[Translated]) -> list[float]:
        """How much each translated word tells: as :meth:`rarity`, of its renderings."""

    def propose(self, query: Query, k: int, filters: Filters) -> Proposed:
        """The passages, of those that the filters admit, that any leg has among its ``k`` best."""

    def holding(self, text: str) -> Rows | None:
        """Rows, ascending, of the articles that may hold a string, none that does left out; None where every article may."""

    def prepare(self) -> None:
        """Make all that a search needs: what follows a lot of indexing."""

    def behind(self) -> bool:
        """True if the next search would have much to make that :meth:`prepare` makes."""

    def mend(self) -> bool:
        """Delete what is damaged of the cache. True if anything was."""


def best_units(found: Rows, cosines: NDArray[np.float32], background: float) -> tuple[Rows, NDArray[np.float32]]:
    """Passages, ascending, and for each how far the cosine of its best unit lies above the question's cosine with the mean of all
    units."""
    passages, at = np.unique(found, return_inverse=True)
    scores = np.zeros(len(passages), dtype=np.float32)
    np.maximum.at(scores, at, (cosines - background) / max(1 - background, 1e-6))
    return passages, scores
