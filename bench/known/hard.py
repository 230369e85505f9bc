"""What is hard to read in a format, one small file a kind: merged cells, powers, notes, strikes, equations, inner tables, hidden bodies."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from bench.known.files import zipped

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"


@dataclass(frozen=True, slots=True)
class Hard:
    """A file, what its text must hold, and what it must not, blanks aside."""

    kind: str
    name: str
    data: bytes
    holds: tuple[str, ...]
    lacks: tuple[str, ...] = ()


def _docx(body: str) -> bytes:
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>'
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{}" Target="{}"/></Relationships>'
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": links.format(f"{office}/officeDocument", "word/document.xml"),
        "word/_rels/document.xml.rels": links.format(f"{office}/styles", "styles.xml"),
        "word/styles.xml": f'<w:styles xmlns:w="{_WORD}"/>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}" xmlns:m="{_MATH}"><w:body>{body}</w:body></w:document>',
    }
    return zipped({name: content.encode() for name, content in parts.items()})


def _run(words: str, look: str = "") -> str:
    return f"<w:r><w:rPr>{look}</w:rPr><w:t>{words}</w:t></w:r>"


def _cell(words: str, merge: str = "", inner: str = "") -> str:
    return f"<w:tc><w:tcPr>{merge}</w:tcPr><w:p>{_run(words)}</w:p>{inner}</w:tc>"


def _rows(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def _page(body: str) -> bytes:
    return f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>".encode()


def _book(fill: Any) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    fill(book.worksheets[0])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _merged(sheet: Any) -> None:
    for row in (["单位：吨"], ["县", "一季度", None], [None, "小麦", "玉米"], ["松原", 5200, 8100], [None, 1900, 700]):
        sheet.append(row)
    for cells in ("A1:C1", "A2:A3", "B2:C2", "A4:A5"):
        sheet.merge_cells(cells)


def _formats(sheet: Any) -> None:
    for row, (value, form) in enumerate(((12.5, '0.0"亿元"'), (-1234, "#,##0_);(#,##0)"), (125000, '0!.0,"万元"')), 1):
        sheet.append([f"第{row}项", value])
        sheet.cell(row, 2).number_format = form


def word() -> list[Hard]:
    """Word files."""
    raised = '<w:vertAlign w:val="superscript"/>'
    half = "<m:oMath><m:f><m:num><m:r><m:t>3</m:t></m:r></m:num><m:den><m:r><m:t>4</m:t></m:r></m:den></m:f></m:oMath>"
    down, first = "<w:vMerge/>", '<w:vMerge w:val="restart"/>'
    merged = _rows(_cell("县") + _cell("作物"), _cell("松原", first) + _cell("小麦"), _cell("", down) + _cell("玉米"))
    nested = _rows(
        _cell("仓库") + _cell("明细"),
        _cell("青石仓")
        + _cell("如下", "", _rows(_cell("物资") + _cell("件数"), _cell("棉被") + _cell("1450")) + "<w:p/>"),
    )
    noted = f"<w:p>{_run('共1,280')}{_run('1', raised)}{_run('只。')}</w:p><w:p>{_run('1', raised)}{_run(' 黎明计数。')}</w:p>"
    return [
        Hard("powers", "a.docx", _docx(f"<w:p>{_run('为10')}{_run('6', raised)}{_run('个')}</w:p>"), ("10^6个",)),
        Hard("footnotes", "b.docx", _docx(noted), ("共1,280只。", "黎明计数。"), ("1,2801",)),
        Hard(
            "strikes",
            "c.docx",
            _docx(f"<w:p>{_run('由')}{_run('860元', '<w:strike/>')}{_run('640元')}</w:p>"),
            ("由640元",),
            ("860",),
        ),
        Hard("equations", "d.docx", _docx(f"<w:p>{_run('约为')}{half}{_run('。')}</w:p>"), ("约为3/4。",)),
        Hard("merged cells", "e.docx", _docx(merged), ("|松原|小麦|", "|松原|玉米|")),
        Hard("nested tables", "f.docx", _docx(nested), ("|青石仓|如下|棉被|1450|",)),
    ]


def pages() -> list[Hard]:
    """Web pages."""
    nested = "<table><tr><th>仓库<th>明细<tr><td>青石仓<td>如下<table><tr><th>物资<th>件数<tr><td>棉被<td>1450</table></table>"
    merged = "<table><tr><th>县<th>作物<tr><td rowspan=2>松原<td>小麦<tr><td>玉米</table>"
    body = "<p>社区粮仓总库容为4600吨，可供全镇居民食用九个月。</p>"
    return [
        Hard("powers", "a.html", _page("<p>为10<sup>6</sup>个</p>"), ("10^6个",)),
        Hard(
            "footnotes",
            "b.html",
            _page("<p>共1,280<sup>1</sup>只，约45<sup>②</sup>处。</p><p><sup>1</sup> 黎明计数。</p>"),
            ("共1,280只，约45处。",),
        ),
        Hard("strikes", "c.html", _page("<p>由<del>860元</del>640元</p>"), ("由640元",), ("860",)),
        Hard(
            "equations",
            "d.html",
            _page("<p>约为<math><mfrac><mn>3</mn><mn>4</mn></mfrac></math>。</p>"),
            ("约为3/4。",),
        ),
        Hard("merged cells", "e.html", _page(merged), ("|松原|小麦|", "|松原|玉米|")),
        Hard("nested tables", "f.html", _page(nested), ("|青石仓|如下|棉被|1450|",)),
        Hard("hidden bodies", "g.html", _page(f"<div style='visibility: hidden'>{body}</div>"), ("4600吨",)),
        Hard("hidden bodies", "h.html", _page(f"<form><div hidden>{body}</div></form>"), ("4600吨",)),
    ]


def sheets() -> list[Hard]:
    """Workbooks."""
    return [
        Hard(
            "merged cells",
            "a.xlsx",
            _book(_merged),
            ("单位：吨", "|县|一季度小麦|一季度玉米|", "|松原|5200|8100|", "|松原|1900|700|"),
        ),
        Hard("units", "b.xlsx", _book(_formats), ("12.5亿元", "(1,234)", "12.5万元")),
    ]


def pdfs() -> list[Hard]:
    """PDFs, drawn by hand."""
    from bench.mutated import pdf

    raised = b"BT /F 10 Tf 72 700 Td (It held 10) Tj /F 7 Tf 4 Ts (6) Tj /F 10 Tf 0 Ts ( cells on 1,280) Tj /F 8 Tf 5 Ts (2) Tj /F 10 Tf 0 Ts ( days.) Tj ET"
    struck = b"BT /F 10 Tf 72 700 Td (The toll was 860 then 640 pounds.) Tj ET 131 703.4 m 147 703.4 l S"
    return [
        Hard("powers", "a.pdf", pdf([raised]), ("held10^6cells",), ("106",)),
        Hard("footnotes", "b.pdf", pdf([raised]), ("on1,280days.",), ("1,2802",)),
        Hard("strikes", "c.pdf", pdf([struck]), ("wasthen640pounds.",), ("860",)),
    ]


def cases() -> list[Hard]:
    """All of them."""
    return [*word(), *pages(), *sheets(), *pdfs()]
