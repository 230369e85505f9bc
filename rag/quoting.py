"""The answerer that needs no language model: picks the one to three sentences that answer, verbatim, each cited."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Hit
from rag.evidence import Evidence, years_of
from rag.prompt import REFUSAL
from rag.question import Question
from rag.types import Answer, Citation, Sentence

MOST = 3
"""Sentences of an answer."""

MARGIN = 2.5
"""How much less than the best (log-odds between two sentences) another sentence may score and still be shown."""


def choose(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The evidence to show, in the articles' order (the best article first); one for each year when years are compared."""
    chosen = _by_year(question, ranked) if question.compares else []
    if not chosen:
        chosen = [one for one in ranked[:MOST] if one.score >= ranked[0].score - MARGIN]
        places = {id_: place for place, id_ in reversed(list(enumerate(one.hit.article.id for one in chosen)))}
        chosen.sort(key=lambda one: (places[one.hit.article.id], one.start))
    return chosen


def _by_year(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """For each year the best sentence that speaks of it first of all; a year without one has none."""
    chosen: list[Evidence] = []
    for year in question.years:
        own = [one for one in ranked if _main_year(one) == year and one not in chosen and one.features["holds"]]
        if own:
            chosen.append(own[0])
    return chosen


def _main_year(one: Evidence) -> str:
    """The year a sentence is about: the first it names, else that of its title, else the article's."""
    article = one.hit.article
    for text in (one.text, f"{article.title} {one.hit.passage.heading}"):
        if named := years_of(text, article.date):
            return named[0]
    return article.date[:4]


def answer(question: Question, chosen: Sequence[Evidence], hits: Sequence[Hit]) -> Answer:
    """The chosen sentences as an answer, each with its citation."""
    citations = tuple(
        Citation(number, one.hit.passage, one.hit.article, one.text, one.start, one.end)
        for number, one in enumerate(chosen, 1)
    )
    sentences = tuple(Sentence(citation.quote, (citation.number,)) for citation in citations)
    text = "\n".join(f"{citation.quote}[{citation.number}]" for citation in citations)
    return Answer(question.text, text, sentences, citations, tuple(hits), refused=False, engine="quote")


def refuse(question: Question, hits: Sequence[Hit]) -> Answer:
    """The refusal in the question's language; the hits stay, for whoever wants to look."""
    text = REFUSAL[question.language]
    return Answer(question.text, text, (Sentence(text),), (), tuple(hits), refused=True, engine="quote")
