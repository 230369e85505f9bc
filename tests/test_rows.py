"""Rows of tables, their cells and the header above them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from index.rows import LONGEST, cells, header, is_row, labelled, number, table
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


@pytest.mark.parametrize(
    ("row", "names", "read"),
    [
        (
            "| 竹山乡 | 27600 | 45100 |",
            "| 乡镇 | 面积（亩） | 2024年产值（万元） |",
            "乡镇：竹山乡；面积：27600亩；2024年产值：45100万元",
        ),
        ("| Lapwing | 91 | |", "| Species | Pairs in 2014 | Pairs in 2019 |", "Species: Lapwing; Pairs in 2014: 91"),
        (
            "| A | 3.2 | 7 |",
            "| Firm | Sales (million tonnes) | Sites (east) |",
            "Firm: A; Sales: 3.2 million tonnes; Sites (east): 7",
        ),
        ("| A | 3.2 |", "| Firm | Sales ($ billion) |", "Firm: A; Sales: $3.2 billion"),
        (
            "| 南区 | 18.5 | 6.2 |",
            "指标\n单位：亿元\n| 地区 | 产值 | 增速（%） |",
            "地区：南区；产值：18.5亿元；增速：6.2%",
        ),
        ("2-\t甲\t8", "企业\t价值", "2-；企业：甲；价值：8"),
        ("| A | 1 |", "| a | b | c | d |", "| A | 1 |"),
        ("| A | 1 |", "", "| A | 1 |"),
        ("没有表格。", "| a | b |", "没有表格。"),
    ],
)
def test_a_row_is_read_with_the_names_of_its_columns(row: str, names: str, read: str) -> None:
    assert labelled(row, passage(row, names)) == read


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("112,400", "112400"),
        ("-2840", "-2840"),
        ("−3.5", "-3.5"),
        ("35%", "35"),
        ("1234,5", "1234.5"),
        ("12.5亿元", "1250000000"),
        ("约120万", "1200000"),
        ("$1.2m", "1200000"),
        ("Unit 731", None),
        ("企业0123", None),
        ("0123", None),
        ("第三", None),
        ("3至5个", None),
        ("", None),
        ("—", None),
    ],
)
def test_a_cell_is_a_number_or_a_name(cell: str, value: str | None) -> None:
    assert number(cell) == (Decimal(value) if value else None)


def test_a_table_is_aligned_and_counts_its_rows() -> None:
    text = "企业\t价值\t国家\n1-\t甲\t900\t中\n2↑\t乙\t800\t美\n2\t丙\t800\t中\n4\t丁\t7\t英\n"
    found = table(text, (0, len(text)), "企业\t价值\t国家")
    assert found
    assert found.header == ("", "企业", "价值", "国家")
    assert found.numeric == (0, 2)
    assert (found.rank, found.places(found.rank)) == (0, [1, 2, 2, 4])
    assert [text[slice(*span)] for span in found.rows[1].spans] == ["2↑", "乙", "800", "美"]
    assert text[found.rows[2].start : found.rows[2].end] == "2\t丙\t800\t中"


@pytest.mark.parametrize("row", ["甲\t1\n乙\t2\t3", "甲", ""])
def test_rows_that_are_not_alike_are_no_table(row: str) -> None:
    assert table(row, (0, len(row)), "名\t数") is None


def test_a_table_that_would_take_too_much_is_not_counted() -> None:
    text = "村\t数\n" + "东村\t1\n" * (LONGEST // 5)
    assert table(text, (0, len(text)), "村\t数") is None
