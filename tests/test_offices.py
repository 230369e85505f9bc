"""RTF, OpenDocument and presentations: text, tables, notes, powers; what is deleted, hidden or struck is none."""

from __future__ import annotations

import pytest

from bench.known.offices import opendocument, shape, slides
from tests.formats import error, only

STYLES = (
    '<style:style style:name="T1" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="T2" style:family="text"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="T3" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="P1" style:family="paragraph"><style:paragraph-properties fo:text-indent="0.74cm"/></style:style>'
    '<style:style style:name="ta9" style:family="table"><style:table-properties table:display="false"/></style:style>'
    '<style:style style:name="dp9" style:family="drawing-page"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/></text:list-style>'
)


def cell(words: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{words}</text:p></table:table-cell>"


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def odt(body: str, **parts: str) -> str:
    return only(opendocument("text", body, styles=STYLES, **parts), "a.odt").text


def test_an_opendocument_text_is_read_with_its_title_and_the_day_it_was_made() -> None:
    made = only(
        opendocument(
            "text", '<text:h text:outline-level="2">概况</text:h><text:p>泊位<text:s text:c="3"/>12个。</text:p>'
        ),
        "a.odt",
    )
    assert (made.title, made.date, made.text) == ("北港", "2024-05-03", "## 概况\n泊位 12个。")


def test_powers_notes_strikes_and_hidden_words_of_an_opendocument_text() -> None:
    note = '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>黎明计数。</text:p></text:note-body></text:note>'
    body = (
        '<text:p>为10<text:span text:style-name="T1">6</text:span>个，共1,280'
        f'{note}只，由<text:span text:style-name="T2">860元</text:span>640元<text:span text:style-name="T3">暗</text:span>。'
        "<office:annotation><text:p>批注</text:p></office:annotation></text:p>"
    )
    deleted = "<text:tracked-changes><text:changed-region><text:deletion><text:p>删去</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    assert odt(deleted + body) == "为10^6个，共1,280只，由640元。\n黎明计数。"


def test_an_equation_of_an_opendocument_text_is_written_on_the_line() -> None:
    math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mn>3</mn><mn>4</mn></mfrac></math>'
    frame = '<draw:frame><draw:object xlink:href="./Object_1"/><draw:image xlink:href="x"/></draw:frame>'
    assert odt(f"<text:p>约为{frame}。</text:p>", Object_1=math) == "约为3/4。"


def test_lists_and_indents_of_an_opendocument_text() -> None:
    items = "".join(f"<text:list-item><text:p>{words}</text:p></text:list-item>" for words in ("棉被", "帐篷"))
    assert odt(f'<text:list text:style-name="L1">{items}</text:list>') == "1. 棉被\n2. 帐篷"
    assert odt(f"<text:list>{items}</text:list>") == "- 棉被\n- 帐篷"
    assert odt('<text:p>题</text:p><text:p text:style-name="P1">正文。</text:p>') == "题\n    正文。"


def test_merged_cells_of_an_opendocument_table_stand_in_each_row() -> None:
    covered = "<table:covered-table-cell/>"
    rows = (
        row(cell("县"), cell("作物"))
        + row(cell("松原", 'table:number-rows-spanned="2"'), cell("小麦"))
        + row(covered, cell("玉米"))
    )
    assert odt(f"<table:table>{rows}</table:table>") == "| 县 | 作物 |\n| 松原 | 小麦 |\n| 松原 | 玉米 |"


def test_an_opendocument_sheet_shows_its_cells_and_tells_what_is_hidden() -> None:
    rows = row(cell("项目"), cell("总投资")) + row(cell("跨江大桥"), cell("12.5亿元", 'office:value="12.5"'))
    filler = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    sheets = f'<table:table table:name="一">{rows}{filler}</table:table><table:table table:name="二" table:style-name="ta9">{row(cell("密"))}</table:table>'
    made = only(opendocument("spreadsheet", sheets, styles=STYLES), "a.ods")
    assert made.text == "## 一\n\n| 项目 | 总投资 |\n| 跨江大桥 | 12.5亿元 |"
    assert "sheet '二'" in made.note


def test_an_opendocument_presentation_is_a_page_a_slide() -> None:
    def frame(words: str, kind: str) -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box><text:p>{words}</text:p></draw:text-box></draw:frame>'

    first = f"<draw:page>{frame('泊位12个。', 'outline')}{frame('北港', 'title')}</draw:page>"
    second = f'<draw:page draw:style-name="dp9">{frame("密", "title")}</draw:page>'
    third = f"<draw:page>{frame('南港', 'title')}</draw:page>"
    made = only(opendocument("presentation", first + second + third, styles=STYLES), "a.odp")
    assert made.text == "## 北港\n\n泊位12个。\n\n## 南港"
    assert len(made.pages) == 3
    assert "slide 2" in made.note


def test_a_presentation_is_read_slide_by_slide() -> None:
    power = '<a:r><a:t>为10</a:t></a:r><a:r><a:rPr baseline="30000"/><a:t>6</a:t></a:r><a:r><a:t>个，由</a:t></a:r><a:r><a:rPr strike="sngStrike"/><a:t>860元</a:t></a:r><a:r><a:t>640元</a:t></a:r>'
    cells = "<a:tr><a:tc><a:txBody><a:p><a:r><a:t>县</a:t></a:r></a:p></a:txBody></a:tc><a:tc gridSpan='2'><a:txBody><a:p><a:r><a:t>产量</a:t></a:r></a:p></a:txBody></a:tc><a:tc hMerge='1'/></a:tr>"
    cells += "".join(
        f"<a:tr>{''.join(f'<a:tc><a:txBody><a:p><a:r><a:t>{word}</a:t></a:r></a:p></a:txBody></a:tc>' for word in words)}</a:tr>"
        for words in (("", "小麦", "玉米"), ("松原", "5200", "8100"))
    )
    table = (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{cells}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    first = shape("第一条") + shape("年报", kind="title") + shape("1", kind="sldNum")
    made = only(slides(first, shape(power) + table, f"HIDDEN{shape('密')}", notes="讲稿"), "a.pptx")
    assert made.text.split("\n\n") == [
        "## 年报",
        "第一条",
        "讲稿",
        "为10^6个，由640元",
        "| 县 | 产量 小麦 | 产量 玉米 |\n| 松原 | 5200 | 8100 |",
    ]
    assert len(made.pages) == 3
    assert "slide 3" in made.note


def rtf(body: str) -> str:
    return only(f"{{\\rtf1\\ansi\\ansicpg936{body}}}".encode("gb18030"), "a.rtf").text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"为10{\super 6}个\par", "为10^6个"),
        (r"共1,280{\super\chftn}{\footnote{\super\chftn} 黎明计数。}只。\par", "共1,280只。\n黎明计数。"),
        (r"由{\strike 860元}640元{\v 暗}{\deleted 删}\par", "由640元"),
        (r"\uc1\u21271?\u28207?\'d3\'d0\'b2\'b4\'ce\'bb\par", "北港有泊位"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt 官网}}{\pict\pngblip 89504e47}{\header 页眉}\par", "官网"),
        (r"{\stylesheet{\s3 heading 2;}}\pard\s3 概况\par\pard 正文\par", "## 概况\n正文"),
        (r"{\listtext\u61623?\tab}棉被\par{\listtext 2.\tab}帐篷\par", "- 棉被\n2. 帐篷"),
        (r"约为{\mmath{\*\moMath{\mf{\mfPr}{\mnum{\mr 3}}{\mden{\mr 4}}}}}。\par", "约为3/4。"),
        (
            r"\trowd\cellx1\cellx2\intbl 县\cell 作物\cell\row\trowd\clvmgf\cellx1\cellx2 松原\cell 小麦\cell\row"
            r"\trowd\clvmrg\cellx1\cellx2\cell 玉米\cell\row\pard 完\par",
            "| 县 | 作物 |\n| 松原 | 小麦 |\n| 松原 | 玉米 |\n完",
        ),
    ],
)
def test_rtf_is_read_as_it_is_seen(body: str, text: str) -> None:
    assert rtf(body) == text


def test_what_an_rtf_file_says_of_itself() -> None:
    made = only(
        rb"{\rtf1{\info{\title Harbour}{\creatim\yr2024\mo5\dy3}{\revtim\yr2025\mo1\dy1}}Twelve berths.\par}", "a.rtf"
    )
    assert (made.title, made.date) == ("Harbour", "2024-05-03")


def test_rtf_by_any_ending_and_cut_off() -> None:
    assert only(rb"{\rtf1 Twelve berths.", "a.docx").text == "Twelve berths."
    assert only(rb"{\rtf1 Twelve {\footnote berths", "a.rtf").text == "Twelve berths"


def test_other_files_by_these_endings_are_told() -> None:
    assert "is not a presentation" in error(b"plain", "a.pptx")
    assert "is not an OpenDocument file" in error(b"plain", "a.odt")
    assert "nested too deeply" in error(b"{\\rtf1 " + b"{" * 5000, "a.rtf")
