"""Tables as people lay them out: captions above, headers of two rows, merged cells, several in one grid, tables in cells."""

from __future__ import annotations

from index.formats.tables import Cell, Grid, blocks, placed


def laid(*rows: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split(",")] for row in rows]


def test_rows_of_one_cell_above_and_below_are_captions_and_notes() -> None:
    grid = Grid(laid("2025年产量,,", "单位：吨,,", "县,作物,产量", "松原,小麦,5200", "合计,,5200", "注：快报数。,,"))
    assert list(blocks(grid)) == [
        "2025年产量",
        "单位：吨",
        "| 县 | 作物 | 产量 |\n| 松原 | 小麦 | 5200 |\n| 合计 |  | 5200 |",
        "注：快报数。",
    ]


def test_two_rows_of_header_are_joined_column_by_column() -> None:
    first = [Cell("县", 1, 2), Cell("一季度", 2), Cell("二季度", 2)]
    rows = [first, [*map(Cell, ("产量", "产值", "产量", "产值"))], [*map(Cell, "甲1234")]]
    assert list(blocks(placed(rows))) == [
        "| 县 | 一季度 产量 | 一季度 产值 | 二季度 产量 | 二季度 产值 |\n| 甲 | 1 | 2 | 3 | 4 |"
    ]
    typed = Grid(laid(",2024,,2025,", "县,产量,产值,产量,产值", "甲,1,2,3,4"))
    assert list(blocks(typed)) == ["| 县 | 2024 产量 | 2024 产值 | 2025 产量 | 2025 产值 |\n| 甲 | 1 | 2 | 3 | 4 |"]


def test_a_header_of_one_row_stays_one() -> None:
    grid = Grid(laid("县,镇", "松原,甲", "松原,乙"))
    assert list(blocks(grid)) == ["| 县 | 镇 |\n| 松原 | 甲 |\n| 松原 | 乙 |"]


def test_a_merged_cell_stands_in_every_row_it_covers() -> None:
    rows = [
        [Cell("县"), Cell("作物")],
        [Cell("松原", high=3), Cell("小麦")],
        [Cell("玉米")],
        [Cell("大豆")],
        [Cell("白石"), Cell("小麦")],
    ]
    assert placed(rows).rows[1:] == [["松原", "小麦"], ["松原", "玉米"], ["松原", "大豆"], ["白石", "小麦"]]


def test_tables_are_parted_by_empty_rows_and_columns() -> None:
    assert list(blocks(Grid(laid("a,b", "1,2", ",", "c,d,e", "3,4,5")))) == [
        "| a | b |\n| 1 | 2 |",
        "| c | d | e |\n| 3 | 4 | 5 |",
    ]
    assert list(blocks(Grid(laid("a,b,,c,d", "1,2,,3,4")))) == ["| a | b |\n| 1 | 2 |", "| c | d |\n| 3 | 4 |"]
    assert list(blocks(Grid(laid("a,,b", "1,,2")))) == ["| a |  | b |\n| 1 |  | 2 |"]


def test_a_table_in_a_cell_gives_rows_of_its_own_or_words() -> None:
    head = [Cell("仓库"), Cell("明细")]
    tents = [["物资", "件数"], ["帐篷", "320"], ["棉被", "1450"]]
    rows = [head, [Cell("青石仓"), Cell("如下", inner=tents)], [Cell("白石仓"), Cell("无")]]
    assert placed(rows).rows == [
        ["仓库", "明细", "物资", "件数"],
        ["青石仓", "如下", "帐篷", "320"],
        ["青石仓", "如下", "棉被", "1450"],
        ["白石仓", "无"],
    ]
    other = [["Berth", "Depth"], ["North", "9 m"]]
    mixed = placed([head, [Cell("甲"), Cell("", inner=tents)], [Cell("乙"), Cell("", inner=other)]])
    assert [row[1] for row in mixed.rows[1:]] == [
        "物资: 帐篷, 件数: 320; 物资: 棉被, 件数: 1450",
        "Berth: North, Depth: 9 m",
    ]
