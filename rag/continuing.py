"""A question that goes on with what was spoken of: the articles that the answer before cites are read for it first, and keep it where
they answer it and say as much of it as what was found in the whole library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from index import lexical
from index.filters import Filters
from index.types import Article
from rag import reading, refusal
from rag.evidence import Evidence
from rag.question import Question
from rag.types import Answer

REACH = 60
"""Passages of a file that are searched for those of its articles that were spoken of."""


class Library(Protocol):
    """What is needed of the assistant."""

    def ranked(self, text: str, k: int, filters: Filters | None = None) -> tuple[Question, list[Evidence]]:
        """A question read, and all sentences of its k best passages, best first."""

    def read(self, text: str, ranked: Sequence[Evidence], windows: int) -> list[Evidence]:
        """The sentences anew, best first, once the reader has read the best ``windows`` of them with a question."""


def spoken_of(history: Sequence[Answer]) -> dict[str, Article]:
    """The articles that the last answer which was no refusal cites, by id, in their order. An overview of several is of none of them."""
    last = next((one for one in reversed(history) if not one.refused), None)
    cited = {one.article.id: one.article for one in last.citations} if last else {}
    return {} if last and last.kind and len(cited) > 1 else cited


def told(library: Library, asked: Question, articles: Mapping[str, Article], filters: Filters) -> list[Evidence]:
    """The sentences of some articles, best first, once the reader has read the best of them with a question."""
    found: dict[tuple[str, int], Evidence] = {}
    for path in dict.fromkeys(filters.path or one.path for one in articles.values()):
        ranked = library.ranked(asked.text, REACH, replace(filters, path=path))[1]
        found |= {(one.hit.passage.id, one.start): one for one in ranked if one.hit.article.id in articles}
    kept = refusal.keeps_to_the_question(asked, sorted(found.values(), key=lambda one: -one.score))
    return library.read(asked.text, kept, reading.WINDOWS)


def goes_on(asked: Question, own: Sequence[Evidence], others: Sequence[Evidence]) -> bool:
    """True if the article of the best of ``own`` says as many of a question's words as that of the best of ``others``: the price of
    another company's shares is asked with its name, that of this one's without."""
    if not own or not others:
        return bool(own)
    sought = lexical.query_terms(asked.content)
    return _said(sought, own[0].hit.article) >= _said(sought, others[0].hit.article)


def _said(sought: Sequence[str], article: Article) -> int:
    return len(set(sought) & set(lexical.terms(f"{article.title}\n{article.text}")))
