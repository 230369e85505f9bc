"""A reader that asks while a writer adds: no error, and every answer of one committed state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.readers import articles_of, board, judge, trial
from index.types import Article, Hit, Passage


def hit(article: Article) -> Hit:
    passage = Passage(f"{article.id}-0", article.id, 0, 0, len(article.text), article.text)
    return Hit(passage, article, 1.0)


def test_an_answer_of_two_states_is_told() -> None:
    one = [hit(article) for article in board(4)]
    assert judge(one) == (4, "")
    assert judge([*one, hit(articles_of(5)[0])]) == (4, "")  # committed just before its number is on the board
    assert judge([*one, hit(articles_of(6)[0])]) == (4, "the board says 4, and there is file 6")
    assert judge([*one[:2], hit(board(5)[2])])[1] == "the boards say [4, 4, 5]"
    assert judge(one[:2])[1] == "the boards say [4, 4]"
    torn = replace(one[0], passage=replace(one[0].passage, end=9))
    assert judge([torn])[1] == "board-0-0 is no part of its article"


@pytest.mark.slow
def test_a_reader_sees_committed_states_alone(tmp_path: Path) -> None:
    outcome = trial(20, 50, tmp_path / "home")
    assert outcome.well, outcome.text()
    assert outcome.passages == 21 * 10 + 3
    assert len(outcome.states) > 1
