"""Whether the evidence can answer at all: log-odds from what it covers of the question, and rules no evidence may break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, inf

from index.text import measures
from rag.evidence import Evidence
from rag.question import Question

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

SURE = 5.5
"""The same for evidence without the unit asked for, without what is to be counted, or in a passage without a place or a model (R2)
that the question names: 居民3到5万 answers 多少人."""

NEVER = inf
"""The same for evidence without a sum of money, or a measure of the quantity (hectares for 亩), where one is asked for, in a passage that does not name the office or the
attribute asked for, and for a title in 《》 that stands in no passage found: what is said of another book is not said of this one."""

RUNNERS_UP = 3
"""How many of the best sentences may satisfy the rules."""


def keeps_to_the_question(question: Question, evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence that speaks of a year asked for; all of it when no year is named."""
    return [one for one in evidence if not question.years or one.features["years"] > 0]


def log_odds(question: Question, evidence: Evidence) -> float:
    """Log-odds that evidence answers the question it was ranked for."""
    kind = _kind(question, evidence)
    return BIAS[kind] + sum(weight * evidence.features[name] for name, weight in WEIGHTS[kind].items())


def _kind(question: Question, evidence: Evidence) -> str:
    return "same" if evidence.hit.article.language == question.language else "other"


def answerable(question: Question, ranked: Sequence[Evidence], shift: float = 0.0) -> bool:
    """Whether one of the best of the ranked evidence answers the question; a question about nothing has no answer.

    ``shift`` is added to every threshold, in log-odds."""
    best = ranked[:RUNNERS_UP]
    return bool(question.subject) and any(log_odds(question, one) > _threshold(question, one) + shift for one in best)


def confidence(question: Question, ranked: Sequence[Evidence]) -> float:
    """Probability that the best of the ranked evidence answers the question, 0 to 1, before any rule."""
    odds = max((log_odds(question, one) for one in ranked[:RUNNERS_UP]), default=-inf)
    return 1 / (1 + exp(-odds)) if question.subject and odds > -inf else 0.0


def _threshold(question: Question, evidence: Evidence) -> float:
    same = _kind(question, evidence) == "same"
    if same and question.titles and not evidence.hit.legs.get("phrase"):
        return NEVER
    if not evidence.features["unit"] and (question.unit == "元" or measures.asked(question.text)):
        return NEVER
    if not evidence.features["attributes"]:
        return NEVER
    if (question.unit and not evidence.features["unit"]) or not (
        evidence.features["counts"] and evidence.features["named"]
    ):
        return SURE
    usual = THRESHOLD[_kind(question, evidence)]
    return max(usual, DATED) if question.years else usual
