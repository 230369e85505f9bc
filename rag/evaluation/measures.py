"""How good rankings and confidences are: recall, MRR, nDCG with bootstrap intervals; AUC, calibration. Pure functions.

Ranks are float64 arrays of shape (questions,): the place of the first right passage counted from 1, infinity where it was
not found. Each question has one thing to be found (a known item), so one right passage is all that a ranking can gain.
Confidences are float64 arrays of shape (questions,), probabilities that the articles answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]

DEPTH = 10
"""Places that MRR and nDCG look at."""

RESAMPLES = 2000
"""Times that a bootstrap draws the questions anew; with 2,000 the bounds of 1,000 questions move by less than .001."""

BINS = 10
"""Of confidences, for their calibration error."""

SEED = 20260101
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over ``count`` questions and the interval that the bootstrap gives it."""

    value: float
    low: float
    high: float
    count: int


def found(ranks: ArrayLike, k: int) -> Values:
    """1 for each question whose right passage is among the first ``k``, else 0; shape (questions,). Its mean is recall@k."""
    return np.asarray(np.asarray(ranks, dtype=np.float64) <= k, dtype=np.float64)


def reciprocal(ranks: ArrayLike, depth: int = DEPTH) -> Values:
    """1 / rank, 0 beyond ``depth``; shape (questions,). Its mean is MRR@depth (Voorhees, TREC-8 question answering, 1999)."""
    places = np.asarray(ranks, dtype=np.float64)
    return np.where(places <= depth, 1 / places, 0.0)


def gain(ranks: ArrayLike, depth: int = DEPTH) -> Values:
    """1 / log2(1 + rank), 0 beyond ``depth``; shape (questions,).

    Its mean is nDCG@depth (Järvelin & Kekäläinen, ACM TOIS 2002): with one right passage the ideal gain is 1.
    """
    places = np.asarray(ranks, dtype=np.float64)
    return np.where(places <= depth, 1 / np.log2(1 + places), 0.0)


def recall_by_k(ranks: ArrayLike, most: int) -> Values:
    """recall@1 to recall@most, shape (most,); 0 everywhere where there are no questions."""
    places = np.asarray(ranks, dtype=np.float64)
    return np.array([found(places, k).mean() if places.size else 0.0 for k in range(1, most + 1)])


def figure(values: ArrayLike) -> Figure | None:
    """The mean of values of shape (questions,) with its 95% interval; None where there is no question.

    Percentile bootstrap over the questions (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
    The seed is fixed: the same questions are drawn for every figure of as many questions, so the figures of two rankings,
    and the mean of their difference, rest on the same draws.
    """
    each = np.asarray(values, dtype=np.float64)
    if not each.size:
        return None
    low, high = np.quantile(_drawn(each), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(float(each.mean()), float(low), float(high), len(each))


def _drawn(values: Values) -> Values:
    """Means of values drawn with replacement as often as there are values, shape (RESAMPLES,)."""
    generator = np.random.default_rng(SEED)
    # Drawn in blocks: all at once, 100,000 questions would take 1.6 GB.
    blocks = max(1, len(values) * RESAMPLES // 2_000_000)
    sizes = [len(block) for block in np.array_split(np.arange(RESAMPLES), blocks)]
    draws = [values[generator.integers(0, len(values), (size, len(values)))].mean(axis=1) for size in sizes]
    return np.concatenate(draws)


def ratio(right: Sequence[bool]) -> Figure | None:
    """The share that is true, as :func:`figure` gives it."""
    return figure(np.array(right, dtype=np.float64))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed, interpolated linearly; NaN where there are none."""
    return float(np.quantile(values, share)) if len(values) else float("nan")


def auc(answerable: ArrayLike, unanswerable: ArrayLike) -> float:
    """How likely an answerable question has the higher confidence of two, equal ones counting half; NaN without both kinds.

    The area under the ROC curve, as Mann and Whitney's statistic gives it (Hanley & McNeil, Radiology 1982).
    """
    high, low = np.asarray(answerable, dtype=np.float64), np.sort(np.asarray(unanswerable, dtype=np.float64))
    if not high.size or not low.size:
        return float("nan")
    below = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    return float(below.mean() / (2 * low.size))


def calibration_error(confidence: ArrayLike, true: Sequence[bool]) -> float:
    """How far confidences are from the shares that come true, over :data:`BINS` bins of equal width, each weighted by what it
    holds; NaN without any. Expected calibration error (Naeini et al., AAAI 2015; Guo et al., ICML 2017)."""
    each, came = np.asarray(confidence, dtype=np.float64), np.array(true, dtype=np.float64)
    if not each.size:
        return float("nan")
    bins = np.minimum((each * BINS).astype(np.int64), BINS - 1)
    return float(np.abs(np.bincount(bins, each, BINS) - np.bincount(bins, came, BINS)).sum() / each.size)


def tradeoff(answerable: ArrayLike, unanswerable: ArrayLike) -> tuple[Values, Values]:
    """For every threshold that tells confidences apart, lowest first, the share of the answerable that are below it, and of the
    others that are not: wrong refusals and wrong answers, both of shape (thresholds,)."""
    high, low = (np.sort(np.asarray(given, dtype=np.float64)) for given in (answerable, unanswerable))
    thresholds = np.append(np.unique(np.concatenate([high, low])), np.inf)
    refused = np.searchsorted(high, thresholds) / max(high.size, 1)
    answered = 1 - np.searchsorted(low, thresholds) / max(low.size, 1)
    return refused, answered
