"""Whether the evidence can answer at all: log-odds from what it covers of the question, and rules no evidence may break."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.types import Hit
from models import Embedder
from rag.evidence import Evidence
from rag.question import Question

WEIGHTS: Mapping[str, float] = {"lexical": 1.4, "within": 4.6, "dense": 4.0, "passage": 1.5, "runs": 2.0}
BIAS = -6.5
"""Log-odds that the best evidence answers, for a question in the articles' language: logistic regression on the first halves
of XQuAD (zh, en), CMRC 2018 and DRCD, each question asked with and without the article that answers it. On the second halves
the area under the curve is .93, .95, .98 and .92; at log-odds 0 it refuses .88 to .91 of the unanswerable questions and .17,
.12, .04 and .21 of the others."""

ACROSS: Mapping[str, float] = {"cover": 5.1, "widest": 2.4, "passage": 5.0}
ACROSS_BIAS = -4.35
"""The same across languages, on the first half of XQuAD en->zh and zh->en: ``cover`` is the share of the question's words
that the embedder finds translated in the best passage, ``widest`` in any of the best. Area under the curve on the second
halves .82 and .84: the weakest part of the answerer, as a word unknown to the embedder looks like a word that is not there."""

RUNNERS_UP = 3
"""How many of the best sentences may satisfy the rules."""

_LONGEST = 4
"""Characters of a Han word; Han text is compared by all its stretches up to this length, as it has no spaces."""


def keeps_to_the_question(question: Question, evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence that speaks of a year asked for; all of it when no year is named."""
    return [one for one in evidence if not question.years or one.features["years"] > 0]


def log_odds(evidence: Evidence) -> float:
    """Log-odds that evidence in the question's own language answers."""
    return BIAS + sum(weight * evidence.features[name] for name, weight in WEIGHTS.items())


def answerable(
    question: Question,
    hits: Sequence[Hit],
    ranked: Sequence[Evidence],
    embedder: Embedder,
    sample: Callable[[], Sequence[str]],
) -> bool:
    """Whether the best of the ranked evidence answers the question; ``sample`` gives some of the library's text."""
    if not ranked:
        return False
    best = ranked[:RUNNERS_UP]
    if question.unit and not any(one.features["unit"] for one in best):
        return False
    if best[0].hit.article.language == question.language:
        return log_odds(best[0]) > 0
    words = Words(question, embedder, sample())
    covers = [words.cover(hit) for hit in hits[:RUNNERS_UP]]
    signs = {"cover": covers[0], "widest": max(covers), "passage": hits[0].score}
    return ACROSS_BIAS + sum(weight * signs[name] for name, weight in ACROSS.items()) > 0


class Words:
    """How much of a question a passage in another language covers: for each word of the question the nearest word of the
    passage, above how near words come by chance (maximum similarity as in ColBERT, Khattab & Zaharia 2020)."""

    def __init__(self, question: Question, embedder: Embedder, sample: Sequence[str]) -> None:
        self._embedder = embedder
        words = list(dict.fromkeys(lexical.query_terms(question.content)))
        self._vectors = embedder.embed_queries(words)
        chance = [self._nearest(text) for text in sample]
        self._chance = np.mean(chance, axis=0) if chance else np.zeros(len(words), dtype=np.float32)

    def _nearest(self, text: str) -> NDArray[np.float32]:
        """For each word of the question the cosine of the nearest stretch of the text, shape (words,)."""
        stretches = _stretches(text)
        if not stretches or not len(self._vectors):
            return np.zeros(len(self._vectors), dtype=np.float32)
        return np.asarray((self._vectors @ self._embedder.embed_passages(stretches).T).max(axis=1), dtype=np.float32)

    def cover(self, hit: Hit) -> float:
        """The share of the question that the passage and its title cover, 0 to 1; words that chance explains weigh little."""
        weight = 1 - self._chance
        if not len(weight) or weight.sum() <= 0:
            return 0.0
        near = self._nearest(f"{hit.article.title}\n{hit.passage.heading}\n{hit.passage.text}")
        above = np.clip((near - self._chance) / np.maximum(weight, 1e-6), 0, 1)
        return float((above * weight).sum() / weight.sum())


def _stretches(text: str) -> list[str]:
    """Words, and all stretches of up to four Han characters, each once."""
    out: set[str] = set()
    for run in lexical.runs(text):
        if lexical.language(run) == "zh":
            out.update(run[i : i + n] for n in range(1, _LONGEST + 1) for i in range(len(run) - n + 1))
        else:
            out.add(run)
    return sorted(out)
