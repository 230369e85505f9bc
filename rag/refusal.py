"""Whether the evidence can answer at all: log-odds from what it covers of the question, and rules no evidence may break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rag.evidence import Evidence
from rag.question import Question

WEIGHTS: Mapping[str, float] = {"topped": 2.5, "within": 2.6, "dense": 4.1, "passage": 4.6}
BIAS = -5.3
"""Log-odds that the best evidence answers: logistic regression on the first halves of XQuAD (all four language pairs) and CMRC
2018, each question asked of the passages that answer it and of others. On the second halves the area under the curve is .99
within a language, .96 (en->zh) and .98 (zh->en) across."""

THRESHOLD = -1.75
"""Log-odds below which an answer is refused. A wrong refusal hides what the reader could have judged by the passage beside it, so
few are worth a right one: on the second halves about 1 in 100 answerable questions is refused within a language and 4 across."""

SURE = 3.0
"""Log-odds from which on evidence without the unit asked for is believed: 居民3到5万 answers 多少人."""

RUNNERS_UP = 3
"""How many of the best sentences may satisfy the rules."""


def keeps_to_the_question(question: Question, evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence that speaks of a year asked for; all of it when no year is named."""
    return [one for one in evidence if not question.years or one.features["years"] > 0]


def log_odds(evidence: Evidence) -> float:
    """Log-odds that evidence answers the question it was ranked for."""
    return BIAS + sum(weight * evidence.features[name] for name, weight in WEIGHTS.items())


def answerable(question: Question, ranked: Sequence[Evidence]) -> bool:
    """Whether the best of the ranked evidence answers the question."""
    best = ranked[:RUNNERS_UP]
    if not question.subject:
        return False
    counted = not question.unit or any(one.features["unit"] for one in best)
    return any(log_odds(one) > (THRESHOLD if counted else SURE) for one in best)
