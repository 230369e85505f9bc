"""Whether the evidence answers: by the reader where it was read, else by what it covers of the question; and what is exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp

from index.text import measures
from index.types import Hit
from rag import titles
from rag.evidence import Evidence
from rag.question import Question
from rag.reading import either, kind, unread
from rag.weights import weights

RUNNERS_UP = 3
"""How many of the best sentences may satisfy the rules."""


def keeps_to_the_question(question: Question, evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence that speaks of a year asked for, and of each title that it gives in 《》 where it speaks its language; all of it
    where it names neither."""
    return [
        one
        for one in evidence
        if (not question.years or one.features["years"] > 0) and _names_titles(question, one.hit)
    ]


def log_odds(question: Question, evidence: Evidence) -> float:
    """Log-odds that evidence answers the question it was ranked for: by what the reader said where it was read, else by what it
    covers of the question."""
    if evidence.log_odds is not None:
        return evidence.log_odds
    return either(weights().answering[unread(question.language, evidence.hit.article.language)], evidence.features)


def answers(question: Question, one: Evidence, shift: float = 0.0) -> bool:
    """Whether a sentence answers, by its log-odds. No
    length answers what asks for a weight: a measure asked for must stand there, in any unit of it."""
    if one.features.get("lacks") and measures.asked(question.text):
        return False
    by = kind if one.log_odds is not None else unread
    least = weights().threshold[by(question.language, one.hit.article.language)]
    return log_odds(question, one) > least + shift


def answerable(question: Question, ranked: Sequence[Evidence], shift: float = 0.0) -> bool:
    """Whether one of the best of the ranked evidence answers the question; a question about nothing has no answer.

    ``shift`` is added to every threshold, in log-odds."""
    return bool(question.subject) and any(answers(question, one, shift) for one in ranked[:RUNNERS_UP])


def confidence(question: Question, ranked: Sequence[Evidence]) -> float:
    """Probability that the best of the ranked evidence answers the question, 0 to 1."""
    said = [log_odds(question, one) for one in ranked[:RUNNERS_UP]]
    return 1 / (1 + exp(-max(said))) if question.subject and said else 0.0


def _names_titles(question: Question, hit: Hit) -> bool:
    """Whether a passage names the titles asked for; one in another language has them translated."""
    if not question.titles or hit.article.language != question.language:
        return True
    text = f"{hit.article.title}\n{hit.passage.heading}\n{hit.passage.text}"
    heads = (hit.article.title, hit.passage.heading)
    return all(titles.names(title, text, heads) for title in question.titles)
