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


def articles(history: Sequence[Answer]) -> dict[str, str]:
    """The articles that the last answer which was no refusal cites, by their ids where each was read from. An overview is of all of
    them, so of none."""
    last = next((one for one in reversed(history) if not one.refused), None)
    return {one.article.id: one.article.path for one in last.citations} if last and not last.kind else {}


def spoken_of(history: Sequence[Answer]) -> Article | None:
    """The article that the last answer rests on first."""
    return next((one.citations[0].article for one in reversed(history) if one.citations), None)


def told(library: Library, asked: Question, articles: Mapping[str, str], filters: Filters) -> list[Evidence]:
    """The sentences of some articles, best first, once the reader has read the best of them with a question."""
    found: list[Evidence] = []
    for path in dict.fromkeys(articles.values()):
        ranked = library.ranked(asked.text, REACH, filters if filters.path else replace(filters, path=path))[1]
        found += [one for one in ranked if one.hit.article.id in articles and one.hit.article.path == path]
    found = refusal.keeps_to_the_question(asked, sorted(found, key=lambda one: -one.score))
    return library.read(asked.text, found, reading.WINDOWS)


def goes_on(asked: Question, own: Sequence[Evidence], others: Sequence[Evidence]) -> bool:
    """True if the article of the best of ``own`` says as many of a question's words as that of the best of ``others``: the price of
    another company's shares is asked with its name, that of this one's without."""
    if not own or not others:
        return bool(own)
    sought = lexical.query_terms(asked.content)
    return _said(sought, own[0].hit.article) >= _said(sought, others[0].hit.article)


def _said(sought: Sequence[str], article: Article) -> int:
    return len(set(sought) & set(lexical.terms(f"{article.title}\n{article.text}")))
