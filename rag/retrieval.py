"""A question as search needs it: its terms, its vector, its words in the library's other language, and what each of them tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.search import Query, Search
from models import Embedder, load_lexicon
from rag.coverage import Sought
from rag.question import Question
from rag.translation import translate


class Retrieval:
    """Questions put to the search of a library."""

    def __init__(self, search: Search, embedder: Embedder) -> None:
        self.search, self._embedder = search, embedder

    def crosses(self, language: str) -> bool:
        """Whether the library speaks another language than this."""
        return bool(self.search.languages() - {language})

    def query(self, asked: Question) -> Query:
        """The question as search needs it; translated where the library speaks another language than the question."""
        translated = translate(asked, load_lexicon()) if self.crosses(asked.language) else ()
        return Query(asked.terms, self.vector(asked), asked.language, asked.phrases, translated)

    def vector(self, asked: Question) -> NDArray[np.float32]:
        """The question whole and by its content words alone, as one unit vector: each finds what the other misses."""
        both = self._embedder.embed_queries([asked.text, asked.content]).sum(axis=0)
        return np.asarray(both / max(float(np.linalg.norm(both)), 1e-9), dtype=np.float32)

    def sought(self, asked: Question, query: Query) -> Sought:
        """What each word of the question tells, in both languages, for the sentences that are found to be measured by."""
        rarity = self.search.rarity
        told = zip(query.translated, self.search.told(query.translated), strict=True)
        return Sought(query.vector, rarity(query.terms), rarity(asked.characters), tuple(told))
