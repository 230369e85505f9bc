"""Shares of a question that sentences cover, by hand: in its own language and by translation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from index.lexical import Translated
from rag.coverage import SURE, Sought, coverage, share

NO_VECTOR = np.zeros(2, dtype=np.float32)
SOUGHT = Sought(NO_VECTOR, {"漏损": 3.0, "管网": 1.0}, characters={"漏": 2.0, "管": 2.0})


def test_the_share_of_what_terms_tell() -> None:
    told = {"漏损": 3.0, "管网": 1.0}
    assert share(told, frozenset({"漏损", "别的"})) == 0.75
    assert share(told, frozenset({"漏损", "管网"})) == 1.0
    assert share(told, frozenset()) == 0.0
    assert share({}, frozenset({"管网"})) == 0.0


def test_each_sentence_by_hand() -> None:
    sentences = [frozenset({"管网"}), frozenset(), frozenset({"漏损", "漏"}), frozenset()]
    first, second, third, last = coverage(SOUGHT, [(frozenset(), sentences)], other=False)[0]
    assert [one["since"] for one in (first, second, third, last)] == [0.25, 0.25, 0.75, 0.75]
    assert [one["around"] for one in (first, second, third, last)] == [0.25, 1.0, 0.75, 0.75]
    assert [one["topped"] for one in (first, second, third, last)] == [0.25, 0.25, 1.0, 0.25]
    assert {one["within"] for one in (first, second, third, last)} == {1.0}
    assert (third["characters"], first["characters"]) == (0.5, 0.0)
    assert third["fresh"] == pytest.approx(0.75)  # both words stand in one sentence: neither is fresher than the other


def test_a_word_of_every_sentence_is_not_fresh() -> None:
    sentences = [frozenset({"管网"})] * 3 + [frozenset({"管网", "漏损"})]
    rows = coverage(SOUGHT, [(frozenset(), sentences)], other=False)[0]
    common, rare = math.log1p(4 / 4.5), 3 * math.log1p(4 / 1.5)
    assert rows[0]["fresh"] == pytest.approx(common / (common + rare))
    assert rows[3]["fresh"] == pytest.approx(1.0)


def test_what_stands_above_counts_around_and_on_top_of_every_sentence() -> None:
    rows = coverage(SOUGHT, [(frozenset({"漏损"}), [frozenset(), frozenset({"管网"})])], other=False)[0]
    assert [row["around"] for row in rows] == [1.0, 1.0]
    assert [row["topped"] for row in rows] == [0.75, 1.0]
    assert [row["since"] for row in rows] == [0.0, 0.25]


def test_a_translated_word_counts_by_how_likely_its_rendering_is() -> None:
    toll = Translated(((("过路", "路费"), 0.6), (("收费",), 0.4)))
    bridge = Translated(((("桥",), 1.0),))
    sought = Sought(NO_VECTOR, {"toll": 1.0}, translated=((toll, 3.0), (bridge, 1.0)))
    rows = coverage(
        sought, [(frozenset(), [frozenset(), frozenset({"过路"}), frozenset(), frozenset({"桥"})])], other=True
    )[0]
    assert rows[0]["since"] == 0.0
    assert rows[1]["since"] == pytest.approx(0.75 * 0.3 * (1 + SURE) / (0.3 + SURE))
    assert rows[3]["since"] == pytest.approx(0.25)


def test_nothing_sought_is_covered_by_nothing() -> None:
    rows = coverage(Sought(NO_VECTOR, {}), [(frozenset({"a"}), [frozenset({"a"})])], other=False)[0]
    assert rows == [dict.fromkeys(("characters", "since", "around", "topped", "fresh", "within", "words"), 0.0)]
    assert coverage(Sought(NO_VECTOR, {}), [(frozenset(), [frozenset()])], other=True)[0][0]["within"] == 0.0
