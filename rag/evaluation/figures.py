"""What became of the questions -> the figures: rankings by language pair and leg, answers by the question's language, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf

import numpy as np
from numpy.typing import NDArray

from rag.evaluation import measures
from rag.evaluation.asking import FUSED, Outcome, Run
from rag.evaluation.measures import Figure
from rag.evaluation.question_sets import Asked
from rag.types import Answer, Citation

MOST = 30
"""Places over which recall is drawn."""

RANKINGS: Mapping[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "R@1": partial(measures.found, k=1),
    "R@5": partial(measures.found, k=5),
    "R@10": partial(measures.found, k=10),
    "MRR@10": measures.reciprocal,
    "nDCG@10": measures.gain,
}

DEFINITIONS: Mapping[str, str] = {
    "accepted answer": "share of the answerable questions whose answer holds a gold answer (of kind multi all of them), compared "
    "in NFKC and lower case without white space and *",
    "verbatim quotes": "share of the cited quotes that stand word for word in their article where the citation points",
    "refusal precision": "share of the refusals that were due: kinds none, near and impossible, and each question asked of the "
    "half of the contexts that its own is not in",
    "refusal recall": "share of the questions due to be refused that were refused",
    "refused although answerable": "share of the answerable questions that were refused",
    "citation precision": "share of the sentences cited for answerable questions that are of the right article or file and hold a "
    "gold answer or the evidence, or are part of the evidence",
    "citation recall": "share of the answerable questions for which at least one such sentence is cited",
    "AUC": "how likely, of an answerable question and one due to be refused, the answerable one has the higher confidence",
    "calibration error": "how far the confidences are from the shares of questions that were answerable, over ten bins of equal "
    "width (expected calibration error; Guo et al., ICML 2017)",
}
"""Each figure of the answers. Citation precision and recall are those of ALCE (Gao et al., EMNLP 2023), with the gold answer
or evidence in the place of the model that judges entailment there."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The rankings for questions of one language on passages of one language."""

    languages: tuple[str, str]
    count: int
    legs: Mapping[str, Mapping[str, Figure]]
    """By leg, the fused ranking first, the figures named in :data:`RANKINGS`."""
    recall: Mapping[str, NDArray[np.float64]]
    """By leg recall@1 to recall@:data:`MOST`."""
    best_leg: str
    gain: Figure | None
    """R@1 of the fused ranking less that of the best leg, question by question."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """What was refused and what was not. ``auc`` and ``calibration_error`` judge the confidence, NaN where nothing can be."""

    answerable: int
    refused_answerable: int
    unanswerable: int
    answered_unanswerable: int
    auc: float
    calibration_error: float
    wrong_refusals: NDArray[np.float64]
    """For every threshold of the confidence, lowest first, the share of the answerable that it refuses."""
    wrong_answers: NDArray[np.float64]
    """For the same thresholds the share of the others that are answered."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong, and how."""

    asked: Asked
    problems: tuple[str, ...]
    rank: float
    answer: str


def rankings(run: Run) -> list[Pair]:
    """The figures of each language pair whose questions can be judged, in the order of the questions."""
    by_pair: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in run.outcomes:
        if outcome.asked.located:
            # Evidence that stands nowhere is taken to be in the question's language; the run names it.
            language = outcome.passage_language or outcome.asked.language
            by_pair.setdefault((outcome.asked.language, language), []).append(outcome)
    return [_pair(languages, outcomes) for languages, outcomes in by_pair.items()]


def _pair(languages: tuple[str, str], outcomes: Sequence[Outcome]) -> Pair:
    legs = dict.fromkeys([FUSED, *(leg for outcome in outcomes for leg in outcome.ranks)])
    ranks = {leg: np.array([outcome.ranks.get(leg, inf) for outcome in outcomes]) for leg in legs}
    shown = {
        leg: {name: got for name, of in RANKINGS.items() if (got := measures.figure(of(places)))}
        for leg, places in ranks.items()
    }
    alone = [leg for leg in ranks if leg != FUSED]
    best = max(alone, key=lambda leg: shown[leg]["R@1"].value, default="")
    gain = measures.figure(measures.found(ranks[FUSED], 1) - measures.found(ranks[best], 1)) if best else None
    recall = {leg: measures.recall_by_k(places, MOST) for leg, places in ranks.items()}
    return Pair(languages, len(outcomes), shown, recall, best, gain)


def answers(run: Run) -> dict[str, dict[str, Figure | None]]:
    """By the question's language (a question that nothing answers has no passage's) the figures of :data:`DEFINITIONS`, and
    for each kind of question due to be refused the share that was; None where there is nothing to judge."""
    by_language: dict[str, list[Outcome]] = {}
    for outcome in run.outcomes:
        if outcome.answer:
            by_language.setdefault(outcome.asked.language, []).append(outcome)
    return {language: _answers(outcomes) for language, outcomes in by_language.items()}


def _answers(outcomes: Sequence[Outcome]) -> dict[str, Figure | None]:
    given = [(outcome.asked, outcome.answer) for outcome in outcomes if outcome.answer]
    answerable = [(asked, answer) for asked, answer in given if asked.answerable]
    judged = [(asked, answer) for asked, answer in answerable if asked.answers or asked.evidence]
    due = [(kind, answer.refused) for kind, answer in _due(outcomes)]
    kept = [answer.refused for _, answer in answerable]
    refusals = [True for _, refused in due if refused] + [False for refused in kept if refused]
    cited = [[_supports(asked, citation) for citation in answer.citations] for asked, answer in judged]
    quotes = [_verbatim(citation) for _, answer in given for citation in answer.citations]
    return {
        "accepted answer": measures.ratio([accepted(asked, answer) for asked, answer in answerable if asked.answers]),
        "verbatim quotes": measures.ratio(quotes),
        "refusal precision": measures.ratio(refusals),
        "refusal recall": measures.ratio([refused for _, refused in due]),
        "refused although answerable": measures.ratio(kept),
        "citation precision": measures.ratio([supports for each in cited for supports in each]),
        "citation recall": measures.ratio([any(each) for each in cited]),
    } | {
        f"refused: {kind}": measures.ratio([r for k, r in due if k == kind])
        for kind in dict.fromkeys(k for k, _ in due)
    }


def refusals(runs: Sequence[Run]) -> Refusals | None:
    """Of all questions of the runs that were answered or refused, taken together; None where there are none."""
    outcomes = [outcome for run in runs for outcome in run.outcomes]
    kept = [outcome.answer for outcome in outcomes if outcome.answer and outcome.asked.answerable]
    due = [answer for _, answer in _due(outcomes)]
    if not kept and not due:
        return None
    high, low = ([answer.confidence for answer in given] for given in (kept, due))
    return Refusals(
        len(kept),
        sum(answer.refused for answer in kept),
        len(due),
        sum(not answer.refused for answer in due),
        measures.auc(high, low),
        measures.calibration_error([*high, *low], [True] * len(high) + [False] * len(low)),
        *measures.tradeoff(high, low),
    )


def _due(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, Answer]]:
    """Each question due to be refused: its kind, and what it got."""
    for outcome in outcomes:
        if outcome.answer and not outcome.asked.answerable:
            yield outcome.asked.kind, outcome.answer
        if outcome.elsewhere:
            yield "asked elsewhere", outcome.elsewhere


def accepted(asked: Asked, answer: Answer) -> bool:
    """True if an answer says what is accepted. Its marks [1] do not count as text."""
    return not answer.refused and asked.answered_by("\n".join(sentence.text for sentence in answer.sentences))


def _supports(asked: Asked, citation: Citation) -> bool:
    return asked.supported_by(citation.quote, citation.article)


def _verbatim(citation: Citation) -> bool:
    return citation.article.text[citation.start : citation.end] == citation.quote


def misses(run: Run) -> list[Miss]:
    """The questions whose passage did not come first, and whose answer or refusal was wrong."""
    found = [(outcome, tuple(_problems(outcome))) for outcome in run.outcomes]
    return [
        Miss(outcome.asked, problems, outcome.ranks.get(FUSED, inf), outcome.answer.text if outcome.answer else "")
        for outcome, problems in found
        if problems
    ]


def _problems(outcome: Outcome) -> Iterator[str]:
    asked, answer, rank = outcome.asked, outcome.answer, outcome.ranks.get(FUSED, inf)
    if asked.located and rank > 1:
        yield "its passage is not found" if rank == inf else f"its passage comes as number {rank:.0f}"
    if answer and asked.answerable and answer.refused:
        yield "refused although answerable"
    elif answer and asked.answers and not accepted(asked, answer):
        yield "the answer holds no gold answer"
    if answer and not asked.answerable and not answer.refused:
        yield "answered although nothing answers it"
    if outcome.elsewhere and not outcome.elsewhere.refused:
        yield "answered from the half that does not hold its context"
