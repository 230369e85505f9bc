"""How good a ranking is, from the ranks of the right passages: recall, MRR, nDCG, with bootstrap intervals. Pure functions.

Ranks are float64 arrays of shape (questions,): the place of the first right passage counted from 1, infinity where it was
not found. Each question has one thing to be found (a known item), so one right passage is all that a ranking can gain.
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
