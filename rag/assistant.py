"""Assistant: a question, perhaps with filters, in; a Reply out, to be read word by word or as the checked whole."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import RLock
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from index.lexical import Translated
from index.library import Library
from index.search import Filters, Query, Search
from index.types import Hit
from models import Embedder, ModelError, Reranker, load_embedder, load_lexicon, load_reranker
from rag import evidence, question, quoting, refusal, reranking
from rag.coverage import Sought
from rag.evidence import Evidence
from rag.ingest import open_library
from rag.settings import Settings
from rag.translation import translate
from rag.types import Answer

READ = 12
"""Passages whose sentences are read before the order is final."""


class Reply:
    """An answer that reads word by word; ``answer`` is the whole, whether or not it was read."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __iter__(self) -> Iterator[str]:
        """The answer's text in small pieces; together they are ``answer.text``."""
        yield from re.findall(r"\[\d+\]|[A-Za-z0-9]+\s?|\s+|[^\[A-Za-z0-9\s]{1,4}|.", self.answer.text, re.DOTALL)


class Assistant:
    """Answers questions from the library of the settings. Safe to be asked from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Opens the library and the embedder. Raises LibraryError and ModelError."""
        if settings.engine == "write":
            raise ModelError("No writer is installed: this version answers by quoting. Use: --engine quote")
        self.settings = settings
        self.embedder: Embedder = load_embedder(settings.embedder)
        self.reranker: Reranker | None = load_reranker(settings.reranker) if settings.reranker else None
        self.library: Library = open_library(settings, self.embedder)
        self._search = Search(self.library, settings.library_folder / "vectors.faiss")
        self._lock = RLock()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the library."""
        self.library.close()

    def search(self, text: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best passages for a question, best first."""
        asked = question.read(text)
        with self._lock:
            return self._evidence(asked, k, filters)[0]

    def ask(self, text: str, filters: Filters | None = None, history: Sequence[Answer] = ()) -> Reply:
        """Answer a question from the library. ``history``, earlier answers, newest last, completes a follow-up question."""
        started = time.perf_counter()
        asked = question.read(question.stand_alone(text, [earlier.question for earlier in history]))
        with self._lock:
            hits, ranked = self._evidence(asked, self.settings.passages, filters)
            found = time.perf_counter()
            answer = self._quote(asked, hits, ranked, filters)
        seconds = {"search": found - started, "quote": time.perf_counter() - found}
        return Reply(replace(answer, question=text, timings=seconds))

    def _query(self, asked: question.Question) -> Query:
        """The question as search needs it; translated where the library speaks another language than the question."""
        crosses = bool(self._search.languages() - {asked.language})
        translated = translate(asked, load_lexicon()) if crosses else ()
        return Query(asked.terms, self._vector(asked), asked.language, asked.phrases, translated)

    def _vector(self, asked: question.Question) -> NDArray[np.float32]:
        """The question whole and by its content words alone, as one unit vector: each finds what the other misses."""
        both = self.embedder.embed_queries([asked.text, asked.content]).sum(axis=0)
        return np.asarray(both / max(float(np.linalg.norm(both)), 1e-9), dtype=np.float32)

    def _evidence(self, asked: question.Question, k: int, filters: Filters | None) -> tuple[list[Hit], list[Evidence]]:
        """The k best passages for a question, ordered by the search and by what their sentences say, and those sentences,
        ranked, without those of another year than is asked for."""
        if k <= 0:
            return [], []
        query = self._query(asked)
        reach = max(k, READ, reranking.RERANKED if self.reranker else 0)
        hits = self._search.search(query, reach, filters)
        ranked = evidence.rank(asked, self._sought(asked, query), hits[:READ], self.library.units)
        hits = evidence.order(hits[:READ], ranked) + hits[READ:]
        if self.reranker is not None:
            hits = reranking.rerank(self.reranker, asked.text, hits)
        kept = {hit.passage.id for hit in hits[:k]}
        ranked = [one for one in ranked if one.hit.passage.id in kept]
        return hits[:k], refusal.keeps_to_the_question(asked, ranked)

    def _sought(self, asked: question.Question, query: Query) -> Sought:
        rarity = self._search.rarity
        told = zip(query.translated, self._search.told(query.translated), strict=True)
        counted = question.read(asked.counted)
        names = [Translated(((tuple(counted.terms), 1.0),))] if asked.counted else []
        names += translate(counted, load_lexicon()) if asked.counted and query.translated else []
        return Sought(query.vector, rarity(query.terms), rarity(asked.characters), tuple(told), names)

    def _quote(
        self, asked: question.Question, hits: Sequence[Hit], ranked: Sequence[Evidence], filters: Filters | None
    ) -> Answer:
        if not refusal.answerable(asked, ranked):
            return quoting.refuse(asked, hits)
        if asked.compares:
            years = {
                year: self._evidence(question.for_year(asked, year), self.settings.passages, filters)[1]
                for year in asked.years
            }
            if chosen := quoting.choose_by_year(years):
                return quoting.answer(asked, chosen, hits)
        return quoting.answer(asked, quoting.choose(ranked), hits)
