"""Sheets: cells by their formats, merged cells in every row, captions, headers of two rows; what is hidden or has no value is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from bench.known.files import zipped
from index.formats import sheets
from index.formats.document import Document
from index.formats.shown import shown
from tests.formats import only


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [
        (12.5, '0.0"亿元"', "12.5亿元"),
        (5, 'General"人"', "5人"),
        (0.125, "0.0%", "12.5%"),
        (1234567.5, "#,##0.00", "1,234,567.50"),
        (-1234, "#,##0_);(#,##0)", "(1,234)"),
        (-1234, "#,##0;[Red]#,##0", "-1,234"),
        (0, '0;-0;"-"', "-"),
        (125000, '0!.0,"万元"', "12.5万元"),
        (1234567, '0.0,,"百万"', "1.2百万"),
        (123456789, '[>=100000000]0.00,,"亿";0', "123.46亿"),
        (1234.5, "[$¥-804]#,##0.00", "¥1,234.50"),
        (12345, "0.00E+00", "1.23E+04"),
        (13800138000, "000-0000-0000", "138-0013-8000"),
        (0.75, "# ?/?", "0.75"),
        (410, '#,##0"元/次"', "410元/次"),
        (1.5, "0.##", "1.5"),
        ("甲", '@"县"', "甲县"),
        (datetime(2025, 3, 4), "yyyy-mm-dd", "2025-03-04"),
        (datetime(2025, 3, 4), 'yyyy"年"m"月"d"日"', "2025年3月4日"),
        (datetime(2025, 3, 1), 'yyyy"年"m"月"', "2025年3月"),
        (datetime(2025, 3, 1), "mmm-yy", "2025-03"),
        (datetime(2025, 3, 4, 8, 30), "yyyy/m/d h:mm", "2025-03-04 08:30"),
        (time(8, 30), "h:mm", "08:30"),
        (timedelta(hours=30), "[h]:mm", "30:00"),
        (True, "", "TRUE"),
        (None, "0", ""),
    ],
)
def test_a_cell_is_shown_by_its_format(value: object, form: str, told: str) -> None:
    assert shown(value, form) == told


def book(make: Callable[[Any], None]) -> Document:
    from openpyxl import Workbook

    workbook = Workbook()
    make(workbook)
    out = BytesIO()
    workbook.save(out)
    return only(out.getvalue(), "/x/产量.xlsx")


def test_a_merged_cell_stands_in_every_row_and_two_header_rows_are_one() -> None:
    def make(workbook: Any) -> None:
        sheet = workbook.worksheets[0]
        for row in (
            ["各县产量"],
            ["单位：吨"],
            ["县", "一季度", None, "合计"],
            [None, "小麦", "玉米"],
            ["松原", 1, 2, 3],
            [None, 4, 5, 9],
            ["白石", 7, 8],
            ["注：快报数。"],
        ):
            sheet.append(row)
        for merged in ("A1:D1", "A3:A4", "B3:C3", "D3:D4", "A5:A6", "D6:D7"):
            sheet.merge_cells(merged)

    assert book(make).text == (
        "# 产量\n\n各县产量\n\n单位：吨\n\n| 县 | 一季度 小麦 | 一季度 玉米 | 合计 |\n| 松原 | 1 | 2 | 3 |\n| 松原 | 4 | 5 | 9 |\n| 白石 | 7 | 8 | 9 |\n\n注：快报数。"
    )


def test_what_is_hidden_struck_or_without_a_value_is_told() -> None:
    def make(workbook: Any) -> None:
        from openpyxl.styles import Font

        sheet = workbook.worksheets[0]
        for row in (
            ["县", "内部", "产量", "合计"],
            ["松原", "x", 5200, "=C2*2"],
            ["底稿", "y", 1, 2],
            ["白石", "z", 7600, 3],
        ):
            sheet.append(row)
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet["C4"].font = Font(strike=True)
        workbook.create_sheet("草稿").sheet_state = "hidden"

    found = book(make)
    assert found.text == "# 产量\n\n## Sheet\n\n| 县 | 产量 | 合计 |\n| 松原 | 5200 | =C2*2 |\n| 白石 |  | 3 |"
    assert "hidden and left out: sheet '草稿', 1 row(s), 1 column(s)" in found.note
    assert "1 formula(s) without a value (D2)" in found.note
    assert "1 cell(s) struck through" in found.note


@pytest.mark.parametrize("mark", [";", "\t", ",", "|"])
def test_values_below_a_preamble_are_a_table(mark: str) -> None:
    rows = [
        "某公司销售汇总",
        "制表：2025-07-05",
        *(row.replace("/", mark) for row in ("地区/季度/万元", "华东/一季度/1234", "华南/二季度/1002")),
    ]
    data = ("\ufeff" + "\n".join(rows)).encode()
    assert sheets.read_csv(data, "/x/销售.csv").text == (
        "# 销售\n\n某公司销售汇总\n\n制表：2025-07-05\n\n| 地区 | 季度 | 万元 |\n| 华东 | 一季度 | 1234 |\n| 华南 | 二季度 | 1002 |"
    )


def test_stretches_of_a_cell_that_are_raised_or_struck_glue_no_numbers() -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    up, struck = InlineFont(vertAlign="superscript"), InlineFont(strike=True)

    def make(book: Any) -> None:
        sheet = book.worksheets[0]
        sheet.append(["密度", CellRichText("10", TextBlock(up, "6"), "个")])
        sheet.append(["只数", CellRichText("1,280", TextBlock(up, "2"))])
        sheet.append(["价格", CellRichText(TextBlock(struck, "860元"), "640元")])

    assert book(make).text.split("\n\n")[1] == "| 密度 | 10^6个 |\n| 只数 | 1,280 |\n| 价格 | 640元 |"


def test_words_that_cells_share_keep_their_looks() -> None:
    from openpyxl import Workbook

    file, out = Workbook(), BytesIO()
    file.active.append(["密度", "SHARED"])
    file.save(out)
    raised = '<si><r><t>10</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>6</t></r><r><t>个</t></r></si>'
    with ZipFile(out) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    changes = {
        "xl/worksheets/sheet1.xml": (' t="inlineStr"><is><t>SHARED</t></is>', ' t="s"><v>0</v>'),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            f'<Relationship Id="rs" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        ),
        "[Content_Types].xml": (
            "</Types>",
            '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
        ),
    }
    for name, (old_words, new_words) in changes.items():
        assert old_words.encode() in parts[name]
        parts[name] = parts[name].replace(old_words.encode(), new_words.encode())
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{raised}</sst>'.encode()
    assert "| 密度 | 10^6个 |" in only(zipped(parts), "a.xlsx").text
