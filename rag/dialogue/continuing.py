"""A question that goes on with what was spoken of: the articles that the answer before cites are read for it first, and keep it where
they answer it and say as much of it as what was found in the whole library."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from index import lexical
from index.filters import Filters
from index.text import enumerations
from index.text.numerals import find_numbers
from index.text.scripts import HAN
from index.text.units import TEXTS, THINGS
from index.types import Article
from models import load_lexicon
from rag import quoting, reading, refusal
from rag.evidence import Evidence
from rag.question import Question
from rag.types import Answer

REACH = 60
"""Passages of a file that are searched for those of its articles that were spoken of."""


_POINTS = re.compile(
    rf"(?:这|该|此|那)一?(?:[{THINGS}{TEXTS}]|次|件|起|场)?(?P<zh>[{HAN}]{{2}})|\b(?:this|that|these|those) (?P<en>[a-z]{{3,}})\b",
    re.I,
)
"""What was spoken of, by what it is."""


POINTING = 200
"""Characters of a question within which it points at an item."""


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


def points(text: str, articles: Mapping[str, Article]) -> bool:
    """True if a question points at what was spoken of (这个方案, "this plan"): a word that some of the articles say."""
    words = {
        (language, found[language].lower())
        for found in _POINTS.finditer(text)
        for language in ("zh", "en")
        if found[language]
    }
    said = "\n".join(f"{one.title}\n{one.text}" for one in articles.values()).lower() if words else ""
    return any(word in said and (language == "en" or (language, word) in load_lexicon()) for language, word in words)


def item(text: str, history: Sequence[Answer]) -> tuple[Article, tuple[int, int]] | None:
    """The item of the list that the last answer quotes which a question points at by its number (第三项, "the third one"): its article, and
    where in it all is told of that item; None where it points at none."""
    numbers = [one for one in find_numbers(text[:POINTING]) if one.ordinal and one.value == int(one.value)]
    cited = history[-1].citations if history and not history[-1].kind else ()
    if len(numbers) != 1 or not cited or not quoting.ITEM.match(text, numbers[0].end):
        return None
    article, at = cited[0].article, int(numbers[0].value) - 1
    quoted = {(one.start, one.end) for one in cited if one.article.id == article.id}
    lists = [one for one in enumerations.find(article.text) if quoted.issuperset(one.items)]
    return (article, lists[0].whole[at]) if lists and 0 <= at < len(lists[0].whole) else None


def goes_on(asked: Question, own: Sequence[Evidence], others: Sequence[Evidence]) -> bool:
    """True if the article of the best of ``own`` says as many of a question's words as that of the best of ``others``: the price of
    another company's shares is asked with its name, that of this one's without."""
    if not own or not others:
        return bool(own)
    sought = lexical.query_terms(asked.content)
    return _said(sought, own[0].hit.article) >= _said(sought, others[0].hit.article)


def _said(sought: Sequence[str], article: Article) -> int:
    return len(set(sought) & set(lexical.terms(f"{article.title}\n{article.text}")))
