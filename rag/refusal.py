"""Whether the evidence answers: by the reader where it was read, else by what it covers of the question; and what is exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp

from index.text import measures
from index.types import Hit
from rag import titles
from rag.evidence import Evidence
from rag.question import Question
from rag.reading import kind
from rag.weights import weights

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "same": {"topped": 2.1, "within": 2.2, "dense": 1.5, "passage": 2.8, "runs": 4.5},
    "other": {"topped": 2.4, "within": 1.4, "dense": 0.8, "passage": 4.6, "runs": 5.5},
}
BIAS = {"same": -6.4, "other": -5.3}
"""Log-odds that the best evidence, in the question's language or in another one, answers: logistic regression on the first
halves of XQuAD (all four language pairs), CMRC 2018 and DRCD, each question asked of the half of the passages that answers it
and of the other half. On the second halves the area under the curve is .996 (zh), .993 (en), .983 (CMRC), .976 (DRCD), .972
(en->zh), .985 (zh->en)."""

THRESHOLD = {"same": -2.5, "other": -0.25}
"""Log-odds below which an answer is refused. A wrong refusal hides what the reader could have judged by the passage beside it, so
few are worth a right one: on the second halves 1 in 100 answerable questions is refused (en->zh 6) and .90 (zh), .80 (en), .58
(CMRC), .90 (en->zh) and .86 (zh->en) of the others."""

DATED = -0.55
"""The same for a question that names a year: it asks for one fact, and what stands near it of that year is not it."""

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
    """Log-odds that evidence answers the question it was ranked for."""
    kind = _kind(question, evidence)
    return BIAS[kind] + sum(weight * evidence.features[name] for name, weight in WEIGHTS[kind].items())


def _kind(question: Question, evidence: Evidence) -> str:
    return "same" if evidence.hit.article.language == question.language else "other"


def answers(question: Question, one: Evidence, shift: float = 0.0) -> bool:
    """Whether a sentence answers: by what the reader said of it where it was read, else by what it covers of the question. No
    length answers what asks for a weight: a measure asked for must stand there, in any unit of it."""
    if one.features.get("lacks") and measures.asked(question.text):
        return False
    if one.log_odds is not None:
        return one.log_odds > weights().threshold[kind(question.language, one.hit.article.language)] + shift
    usual = THRESHOLD[_kind(question, one)]
    return log_odds(question, one) > (max(usual, DATED) if question.years else usual) + shift


def answerable(question: Question, ranked: Sequence[Evidence], shift: float = 0.0) -> bool:
    """Whether one of the best of the ranked evidence answers the question; a question about nothing has no answer.

    ``shift`` is added to every threshold, in log-odds."""
    return bool(question.subject) and any(answers(question, one, shift) for one in ranked[:RUNNERS_UP])


def confidence(question: Question, ranked: Sequence[Evidence]) -> float:
    """Probability that the best of the ranked evidence answers the question, 0 to 1."""
    said = [log_odds(question, one) if one.log_odds is None else one.log_odds for one in ranked[:RUNNERS_UP]]
    return 1 / (1 + exp(-max(said))) if question.subject and said else 0.0


def _names_titles(question: Question, hit: Hit) -> bool:
    """Whether a passage names the titles asked for; one in another language has them translated."""
    if not question.titles or hit.article.language != question.language:
        return True
    text = f"{hit.article.title}\n{hit.passage.heading}\n{hit.passage.text}"
    heads = (hit.article.title, hit.passage.heading)
    return all(titles.names(title, text, heads) for title in question.titles)
