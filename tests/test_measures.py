"""The measures, against values worked out by hand."""

from __future__ import annotations

from math import inf, isnan, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation import measures

RANKS = [1, 3, inf]


def test_recall_counts_the_ranks_up_to_k() -> None:
    assert [measures.found(RANKS, k).tolist() for k in (1, 2, 3)] == [[1, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert measures.found([inf], 10**9).tolist() == [0]


def test_mrr_of_first_third_and_never_is_four_ninths() -> None:
    assert measures.reciprocal(RANKS).mean() == pytest.approx(4 / 9)
    assert measures.reciprocal([10, 11, 2]).tolist() == [0.1, 0.0, 0.5]
    assert measures.reciprocal([2, 3], depth=2).tolist() == [0.5, 0.0]


def test_ndcg_discounts_by_the_logarithm_of_the_place() -> None:
    assert measures.gain(RANKS).tolist() == [1.0, 0.5, 0.0]
    assert measures.gain([2, 10, 11]).tolist() == pytest.approx([1 / log2(3), 1 / log2(11), 0.0])


def test_recall_by_k_rises_from_place_to_place() -> None:
    assert measures.recall_by_k([1, 3, 3, inf], 4).tolist() == [0.25, 0.25, 0.75, 0.75]
    assert measures.recall_by_k([], 2).tolist() == [0.0, 0.0]


def test_a_figure_has_its_mean_its_interval_and_its_number_of_questions() -> None:
    figure = measures.figure([1.0] * 50 + [0.0] * 50)
    assert figure
    assert (figure.value, figure.count) == (0.5, 100)
    # The mean of 100 such draws has a standard deviation of .05, so 95% lie within .098.
    assert figure.low == pytest.approx(0.402, abs=0.015)
    assert figure.high == pytest.approx(0.598, abs=0.015)


def test_where_all_agree_there_is_nothing_to_doubt() -> None:
    assert measures.ratio([True] * 7) == measures.Figure(1.0, 1.0, 1.0, 7)
    assert measures.figure([0.25]) == measures.Figure(0.25, 0.25, 0.25, 1)


def test_nothing_to_judge_is_no_figure() -> None:
    assert measures.figure([]) is None
    assert measures.ratio([]) is None


def test_the_seed_is_fixed_and_two_rankings_rest_on_the_same_draws() -> None:
    values = np.random.default_rng(1).random(200)
    first, again, shifted = measures.figure(values), measures.figure(values), measures.figure(values + 1)
    assert first == again
    assert first
    assert shifted
    assert (shifted.low, shifted.high) == pytest.approx((first.low + 1, first.high + 1))


@pytest.mark.parametrize("count", [3, 999, 1001, 5000])
def test_draws_in_blocks_are_as_many_as_draws_at_once(count: int) -> None:
    figure = measures.figure(np.arange(count, dtype=np.float64) % 2)
    assert figure
    assert figure.count == count
    assert 0 <= figure.low <= figure.value <= figure.high <= 1


@given(st.lists(st.one_of(st.just(inf), st.integers(1, 40)), min_size=1, max_size=60))
def test_mrr_and_ndcg_lie_between_the_recalls(ranks: list[float]) -> None:
    first, tenth = measures.found(ranks, 1), measures.found(ranks, 10)
    for values in (measures.reciprocal(ranks), measures.gain(ranks)):
        assert np.all(first <= values)
        assert np.all(values <= tenth)
    assert np.all(measures.reciprocal(ranks) <= measures.gain(ranks))
    assert np.all(np.diff(measures.recall_by_k(ranks, 30)) >= 0)


def test_percentiles_are_interpolated() -> None:
    assert measures.percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert measures.percentile([0.0, 100.0], 0.95) == pytest.approx(95.0)
    assert isnan(measures.percentile([], 0.5))


# --- confidences ------------------------------------------------------------------------------------------------------


def test_auc_is_the_share_of_pairs_that_are_in_order() -> None:
    assert measures.auc([0.9, 0.4], [0.5, 0.1]) == 0.75
    assert measures.auc([0.5], [0.5]) == 0.5
    assert measures.auc([0.8, 0.9], [0.1]) == 1.0
    assert isnan(measures.auc([], [0.1]))
    assert isnan(measures.auc([0.1], []))


SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@given(SHARES, SHARES)
def test_auc_is_what_counting_pairs_gives(high: list[float], low: list[float]) -> None:
    pairs = [(one > other) + (one == other) / 2 for one in high for other in low]
    assert measures.auc(high, low) == pytest.approx(sum(pairs) / len(pairs))


def test_calibration_error_is_the_gap_in_each_bin() -> None:
    # Of three at .25 one comes true, of two at .9 and 1.0 both do: gaps of 1/3 - .25 and of .05.
    assert measures.calibration_error([0.25, 0.25, 0.25, 0.9, 1.0], [True, False, False, True, True]) == pytest.approx(
        (3 * (1 / 3 - 0.25) + 2 * 0.05) / 5
    )
    assert measures.calibration_error([1.0, 0.0], [True, False]) == 0
    assert measures.calibration_error([1.0, 0.0], [False, True]) == 1
    assert isnan(measures.calibration_error([], []))


def test_each_threshold_refuses_some_and_answers_some() -> None:
    refused, answered = measures.tradeoff([0.9, 0.4], [0.4, 0.1])
    assert refused.tolist() == [0, 0, 0.5, 1]  # below .1, .4, .9 and everything
    assert answered.tolist() == [1, 0.5, 0, 0]


@given(SHARES, SHARES)
def test_the_area_over_the_tradeoff_is_the_auc(high: list[float], low: list[float]) -> None:
    refused, answered = measures.tradeoff(high, low)
    under = float(np.sum(np.diff(refused) * (answered[1:] + answered[:-1]) / 2))
    assert 1 - under == pytest.approx(measures.auc(high, low))
