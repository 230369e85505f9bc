"""Rows of tables, their cells and the header above them."""

from __future__ import annotations

import pytest

from index.rows import cells, header, is_row
from index.types import Passage

TABLE = "| 村 | 面积（公顷） |\n|---|---|\n| 东村 | 20 |\n| 西村 | 31.5 |"


def passage(text: str, heading: str = "") -> Passage:
    return Passage("p", "a", 0, 0, len(text), text, heading)


def test_a_row_and_its_cells() -> None:
    assert cells("| 东村 | 20 |") == cells("东村\t20") == ["东村", "20"]
    assert [is_row(text) for text in ("| a | b |", "a\tb", "a b")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "heading", "names"),
    [
        (TABLE, "", "| 村 | 面积（公顷） |"),
        ("| 东村 | 20 |", "各村\n| 村 | 面积（公顷） |", "| 村 | 面积（公顷） |"),
        ("| 东村 | 20 |\n| 西村 | 31.5 |", "", ""),
        ("| 村 | 村长 |\n| 东村 | 老秦 |", "", ""),
        ("东村面积20公顷。", "各村", ""),
        ("", "", ""),
    ],
)
def test_a_header_names_columns_that_hold_numbers(text: str, heading: str, names: str) -> None:
    assert header(passage(text, heading)) == names
