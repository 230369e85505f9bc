"""What is hard to read in a format, one small file a kind: merged cells, powers, notes, strikes, equations, inner tables, hidden bodies."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from bench.known.files import zipped
from bench.known.offices import opendocument, shape, slides

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


def _looks(sheet: Any) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    up, struck = InlineFont(vertAlign="superscript"), InlineFont(strike=True)
    sheet.append(["密度", CellRichText("10", TextBlock(up, "6"), "个")])
    sheet.append(["价格", CellRichText(TextBlock(struck, "860元"), "640元")])


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
        Hard("powers", "c.xlsx", _book(_looks), ("|密度|10^6个|",)),
        Hard("strikes", "c.xlsx", _book(_looks), ("|价格|640元|",), ("860",)),
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


def offices() -> list[Hard]:
    """RTF, OpenDocument and presentations."""
    up = '<style:style style:name="u"><style:text-properties style:text-position="super 58%"/></style:style>'
    off = '<style:style style:name="s"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    odt = "<text:p>为10{}6</text:span>个，共1,280{}只，由{}860元</text:span>640元。</text:p>".format(
        '<text:span text:style-name="u">',
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>黎明计数。</text:p></text:note-body></text:note>",
        '<text:span text:style-name="s">',
    )
    cell, covered = "<table:table-cell{1}><text:p>{0}</text:p></table:table-cell>".format, "<table:covered-table-cell/>"
    rows = (
        cell("县", "") + cell("作物", ""),
        cell("松原", ' table:number-rows-spanned="2"') + cell("小麦", ""),
        covered + cell("玉米", ""),
    )
    merged = f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in rows)}</table:table>"
    text = opendocument("text", odt, styles=up + off)
    rtf = rb"{\rtf1\ansi\ansicpg936 It held 10{\super 6} cells on 1,280{\super\chftn}{\footnote Counted.} days, then {\strike 860}640.\par}"
    table = rb"{\rtf1\trowd\clvmgf\cellx1\cellx2 A\cell wheat\cell\row\trowd\clvmrg\cellx1\cellx2\cell maize\cell\row}"
    runs = "".join(
        f"<a:r><a:rPr {look}/><a:t>{words}</a:t></a:r>"
        for words, look in (
            ("为10", ""),
            ("6", 'baseline="30000"'),
            ("个，由", ""),
            ("860元", 'strike="sngStrike"'),
            ("640元", ""),
        )
    )
    return [
        *(Hard(kind, "a.odt", text, holds, lacks) for kind, holds, lacks in (
            ("powers", ("10^6个",), ()), ("footnotes", ("1,280只", "黎明计数。"), ("1,2801",)), ("strikes", ("由640元",), ("860",)))),
        Hard("merged cells", "b.odt", opendocument("text", merged), ("|松原|小麦|", "|松原|玉米|")),
        *(Hard(kind, "a.rtf", rtf, holds, lacks) for kind, holds, lacks in (
            ("powers", ("10^6cells",), ()), ("footnotes", ("1,280days", "Counted."), ()), ("strikes", ("then640.",), ("860",)))),
        Hard("merged cells", "b.rtf", table, ("|A|wheat|", "|A|maize|")),
        *(Hard(kind, "a.pptx", slides(shape(runs)), holds, lacks) for kind, holds, lacks in (
            ("powers", ("10^6个",), ()), ("strikes", ("由640元",), ("860",)))),
    ]  # fmt: skip


def texts() -> list[Hard]:
    """Text as people type it."""
    typed = "密度10⁶个，共1,280²只，3½公顷。"
    return [
        Hard("powers", "a.txt", typed.encode(), ("10^6个", "3½公顷"), ("106",)),
        Hard("footnotes", "a.md", typed.encode(), ("1,280只",), ("1,2802",)),
        Hard("equations", "b.md", r"约$\frac{3}{4}$。".encode(), ("约3/4。",)),
    ]


def cases() -> list[Hard]:
    """All of them."""
    return [*word(), *pages(), *sheets(), *pdfs(), *offices(), *texts()]
