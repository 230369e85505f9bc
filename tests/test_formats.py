"""Formats: what each kind of file says, with its title, date, source and pages; what is left out, and which error it gives."""

from __future__ import annotations

import zipfile
from datetime import datetime
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pytest

from bench.known.files import zipped
from bench.mutated import pdf
from index.formats import mail, page, sheets
from index.formats.archive import Archive
from index.formats.document import Document, ReadError, known_date, known_title
from tests.formats import add, error, only, opened, word

# Word


def test_a_word_file_gives_headings_lists_and_tables() -> None:
    def make(file: Any) -> None:
        file.add_heading("港口扩建", 1)
        file.add_paragraph("工程分两期。")
        file.add_paragraph("清淤", style="List Bullet")
        file.add_paragraph("First", style="List Number")
        file.add_paragraph("Second", style="List Number")
        table = file.add_table(2, 2)
        for cell, words in zip(
            (c for row in table.rows for c in row.cells), ("项目", "费用|元", "码头", "1200"), strict=True
        ):
            cell.text = words

    found = only(word(make, title="Untitled"), "x.docx")
    assert found.text == ("# 港口扩建\n工程分两期。\n- 清淤\n1. First\n2. Second\n| 项目 | 费用｜元 |\n| 码头 | 1200 |")
    assert (found.title, found.date, found.pages) == ("", "2026-01-13", ())


def test_a_word_file_gives_what_is_shown_and_nothing_else() -> None:
    def make(file: Any) -> None:
        add(
            file,
            "<w:p><w:r><w:t>Kept </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
            "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
            "<w:p><w:hyperlink><w:r><w:t>linked</w:t></w:r></w:hyperlink><w:r><w:br/><w:t>second line</w:t></w:r></w:p>"
            "<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr><w:p><w:r><w:t>North</w:t></w:r></w:p></w:tc>"
            "<w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>"
            "<w:tc><w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        )

    assert only(word(make), "x.docx").text == (
        "Kept inserted\nIn a control\nlinked\nsecond line\n| North | 1 |\n| North | 2 |"
    )


def test_documents_that_one_embeds_whole_are_read() -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    inner = word(lambda file: file.add_paragraph("码头职工共430人。"))

    def make(file: Any) -> None:
        for number, (kind, data) in enumerate(((main, inner), ("text/html", "<p>吊机17台。</p>".encode()))):
            part = Part(PackURI(f"/word/chunk{number}.bin"), kind, data, file.part.package)
            related = file.part.relate_to(part, RELATIONSHIP_TYPE.A_F_CHUNK)
            add(file, f"<w:altChunk xmlns:r='{REFERENCES}' r:id='{related}'/>")

    assert only(word(make), "x.docx").text == "码头职工共430人。\n吊机17台。"


REFERENCES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def test_pages_are_those_that_word_noted() -> None:
    turn = "<w:lastRenderedPageBreak/>"

    def make(file: Any) -> None:
        add(
            file,
            "<w:p><w:r><w:t>One. </w:t></w:r></w:p><w:p><w:r><w:t xml:space='preserve'>Begins here </w:t>"
            f"{turn}<w:t>and ends there.</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:r>{turn}"
            f"<w:t>Third</w:t></w:r></w:p><w:p><w:r>{turn}</w:r></w:p><w:p><w:r><w:t>Fourth page.</w:t></w:r></w:p>",
        )

    found = only(word(make), "x.docx")
    assert found.text == "One.\nBegins here and ends there.\n# Third\n\nFourth page."
    starts = [found.text[start:][:6] for start in found.pages]
    assert starts == ["One.\nB", "and en", "# Thir", "Fourth"]


def test_numbers_that_word_only_shows_are_written() -> None:
    level = "<w:lvl w:ilvl='{}'><w:start w:val='1'/><w:numFmt w:val='{}'/><w:lvlText w:val='{}'/></w:lvl>"

    def make(file: Any) -> None:
        from docx.oxml import parse_xml
        from docx.oxml.ns import nsdecls

        numbering = file.part.numbering_part.element
        listed = level.format(0, "chineseCounting", "%1、") + level.format(1, "decimal", "%1.%2")
        numbering.insert(0, parse_xml(f"<w:abstractNum {nsdecls('w')} w:abstractNumId='77'>{listed}</w:abstractNum>"))
        numbering.append(parse_xml(f"<w:num {nsdecls('w')} w:numId='77'><w:abstractNumId w:val='77'/></w:num>"))
        for depth, words in ((0, "总则"), (1, "目的"), (1, "范围"), (0, "附则"), (1, "施行")):
            add(
                file,
                f"<w:p><w:pPr><w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='77'/></w:numPr></w:pPr>"
                f"<w:r><w:t>{words}</w:t></w:r></w:p>",
            )

    shown = only(word(make), "x.docx").text
    assert [row for row in shown.split("\n") if row] == ["一、 总则", "1.1 目的", "1.2 范围", "二、 附则", "2.1 施行"]


def test_paragraphs_keep_their_indent_and_the_blank_rows_between_them() -> None:
    def make(file: Any) -> None:
        file.add_paragraph("标题")
        file.add_paragraph("")
        file.add_paragraph("")
        file.add_paragraph("\u3000\u3000空格开头。")
        file.add_paragraph("缩进开头。").paragraph_format.first_line_indent = 300_000

    assert only(word(make), "x.docx").text == "标题\n\n  空格开头。\n    缩进开头。"


# Web pages


PAGE = """<html><head><title>Harbour grows - Port Paper</title>
<meta property="og:title" content="Harbour grows"><meta property="og:site_name" content="Port Paper">
<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "datePublished": "2026-02-03T10:00:00Z"}]}</script>
<link rel="canonical" href="https://paper.example/harbour"></head><body>
<header><nav>Home</nav></header><div style="display: none">secret</div>
<article><h1>Harbour grows</h1><p>The harbour has <b>two</b> new
berths<sup><a href="#n1">1</a></sup> of 400 m<sup>2</sup>.</p><ul><li>North<ul><li>deep</li></ul></li><li>South</li></ul>
<table><tr><th>Berth</th><th colspan="2">Depth</th></tr><tr><td rowspan="2">North</td><td>9</td><td>m</td></tr>
<tr><td>12</td><td>m</td></tr></table><pre>a  b
c</pre><p>港口
扩建。<br>第二行</p><script>alert(1)</script></article>
<aside>Also read</aside><footer>Imprint</footer></body></html>"""


def test_a_page_gives_its_article_and_what_its_head_says() -> None:
    found = only(PAGE.encode(), "x.html")
    assert found.text == (
        "# Harbour grows\n\nThe harbour has two new berths of 400 m².\n\n- North\n  - deep\n- South\n\n"
        "| Berth | Depth |  |\n| North | 9 | m |\n| North | 12 | m |\n\n```\na  b\nc\n```\n\n港口扩建。\n第二行"
    )
    assert (found.title, found.date, found.source) == ("Harbour grows", "2026-02-03", "Port Paper")
    assert found.url == "https://paper.example/harbour"


@pytest.mark.parametrize("charset", ["gb2312", "big5", "windows-1252"])
def test_a_page_is_read_in_the_encoding_it_names(charset: str) -> None:
    words = {"gb2312": "港口扩建。", "big5": "港口擴建。", "windows-1252": "café naïve"}[charset]
    source = f"<html><head><meta charset={charset}></head><body><p>{words}</p></body></html>"
    assert only(source.encode(charset), "x.htm").text == words


def test_a_title_without_heading_stands_over_its_page() -> None:
    found = page.read(b"<title>Tides of May</title><p>High water at noon.</p><p>Low water at six.</p>", "x.html")
    assert found.text == "# Tides of May\n\nHigh water at noon.\n\nLow water at six."


# Books, tables, letters


def test_a_book_gives_its_chapters_in_the_order_of_the_spine() -> None:
    chapter = "<html><head><title>t</title></head><body><h1>{}</h1><p>{}</p></body></html>"
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>海图志</dc:title><dc:date>2024</dc:date><dc:publisher>临江出版社</dc:publisher></metadata><manifest>"
        '<item id="a" href="a%20b.xhtml" media-type="application/xhtml+xml"/><item id="nav" href="n.xhtml" properties="nav" '
        'media-type="application/xhtml+xml"/><item id="z" href="z.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="nav"/><itemref idref="z"/><itemref idref="a"/><itemref idref="gone"/></spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>'
    book = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": container.encode(),
        "O/p.opf": package.encode(),
        "O/a b.xhtml": chapter.format("尾声", "完。").encode(),
        "O/z.xhtml": chapter.format("开篇", "起。").encode(),
        "O/n.xhtml": chapter.format("目录", "开篇 尾声").encode(),
    }
    found = only(zipped(book), "x.epub")
    assert found.text == "# 海图志\n\n## 开篇\n\n起。\n\n## 尾声\n\n完。"
    assert (found.title, found.date, found.source) == ("海图志", "2024", "临江出版社")
    assert "it lacks META-INF/container.xml" in error(zipped({"mimetype": b"application/epub+zip"}), "x.epub")
    locked = zipped(book | {"META-INF/encryption.xml": b"<x/>", "META-INF/rights.xml": b"<x/>"})
    assert "locked by its seller (DRM)" in error(locked, "x.epub")


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("城市;人口\n临江;1,5\n".encode("gb18030"), "| 城市 | 人口 |\n| 临江 | 1,5 |"),
        ("\ufeffa\tb\n1\t2\n".encode("utf-16"), "| a | b |\n| 1 | 2 |"),
        (b'a,b\n"x, y","say ""hi""\nthere"\n', '| a | b |\n| x, y | say "hi" there |'),
        (b"only\none\ncolumn\n", "only\none\ncolumn"),
    ],
)
def test_values_are_cut_by_what_separates_them(data: bytes, rows: str) -> None:
    assert sheets.read_csv(data, "/x/价格.csv").text == f"# 价格\n\n{rows}"


def test_a_sheet_shows_numbers_as_its_cells_do() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "预算"
    sheet.append(["项目", "比例", "金额", "日期", "完成"])
    sheet.append(["码头", 0.125, 1234567.5, datetime(2026, 1, 13), True])
    for cell, form in (("B2", "0.0%"), ("C2", "#,##0.00"), ("D2", "yyyy-mm-dd")):
        sheet[cell].number_format = form
    book.create_sheet("空")
    hidden = book.create_sheet("底稿")
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    out = BytesIO()
    book.save(out)
    found = only(out.getvalue(), "/x/账.xlsx")
    assert found.text == (
        "# 账\n\n## 预算\n\n| 项目 | 比例 | 金额 | 日期 | 完成 |\n| 码头 | 12.5% | 1,234,567.50 | 2026-01-13 | TRUE |"
    )


def test_a_letter_gives_its_text_and_the_files_attached_to_it() -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = (
        "港口周报",
        "李安 <li@example.org>",
        "Tue, 13 Jan 2026 09:00:00 +0800",
    )
    message.set_content(
        "第一段。\n\nThe berth was opened on Monday and it will be used by two ferries a\nday.\n", charset="gb18030"
    )
    message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="深度.csv")
    message.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="photo.png")
    letter, table = opened(message.as_bytes(), "/x/m.eml")
    assert isinstance(letter, Document)
    assert isinstance(table, Document)
    assert (
        letter.text
        == "# 港口周报\n\n第一段。\n\nThe berth was opened on Monday and it will be used by two ferries a day."
    )
    assert (letter.title, letter.date, letter.source) == ("港口周报", "2026-01-13", "李安")
    assert (table.path, table.text) == ("/x/m.eml/深度.csv", "# 深度\n\n| a | b |\n| 1 | 2 |")
    with pytest.raises(ReadError, match=r"note\.eml has no sender, subject or date"):
        mail.read_mail(b"just some text", "note.eml")


# PDF


def test_a_pdf_gives_its_pages_and_drops_their_numbers() -> None:
    found = only(pdf(["The first page.", "The second page.", "The third page."]), "x.pdf")
    assert found.text == "The first page.\nThe second page.\nThe third page."
    assert [found.text[start:][:10] for start in found.pages] == ["The first ", "The second", "The third "]


def test_a_pdf_without_text_is_an_error_that_says_what_helps() -> None:
    assert "no text: run text recognition on it, for example ocrmypdf" in error(pdf([b""]), "x.pdf")


def test_glyphs_that_are_drawn_out_of_order_are_read_from_left_to_right() -> None:
    drawn = b"BT /F 10 Tf 72 700 Td (one) Tj 60 0 Td (three) Tj -30 0 Td (two) Tj ET"
    assert only(pdf([drawn]), "x.pdf").text == "one two three"


def test_paragraphs_that_stand_apart_have_a_blank_row_only_where_there_is_more_room_than_between_others() -> None:
    shown = {700: "Short.", 680: "Small.", 660: "Tiny.", 600: "Little.", 580: "Brief.", 560: "By far the longest line."}
    drawn = b" ".join(b"BT /F 10 Tf 72 %d Td (%s) Tj ET" % (y, line.encode()) for y, line in shown.items())
    assert only(pdf([drawn]), "x.pdf").text == "Short.\nSmall.\nTiny.\n\nLittle.\nBrief.\nBy far the longest line."


def test_a_word_that_a_line_end_cut_is_whole_again_and_two_words_keep_their_hyphen() -> None:
    lines = ("The long term is dri-", "ven deep by the long-", "term work of a crane.")
    drawn = b" ".join(
        b"BT /F 10 Tf 72 %d Td (%s) Tj ET" % (700 - 14 * n, line.encode()) for n, line in enumerate(lines)
    )
    assert only(pdf([drawn]), "x.pdf").text == "The long term is driven deep by the long-term work of a crane."


def test_a_table_and_its_rows_over_two_pages_is_one() -> None:
    def ruled(rows: list[tuple[str, str]]) -> bytes:
        drawn = [b"72 %d m 372 %d l S" % (700 - 20 * n, 700 - 20 * n) for n in range(len(rows) + 1)]
        drawn += [b"%d 700 m %d %d l S" % (x, x, 700 - 20 * len(rows)) for x in (72, 172, 372)]
        for n, cells in enumerate(rows):
            for x, words in zip((76, 176), cells, strict=True):
                drawn.append(b"BT /F 11 Tf %d %d Td (%s) Tj ET" % (x, 686 - 20 * n, words.encode()))
        return b"\n".join(drawn)

    head = ("Berth", "Depth")
    found = only(pdf([ruled([head, ("North", "9 m")]), ruled([head, ("South", "12 m")])]), "x.pdf")
    assert found.text == "| Berth | Depth |\n| North | 9 m |\n| South | 12 m |"
    assert found.text[found.pages[1] :] == "South | 12 m |"


# What a file is


@pytest.mark.parametrize(
    ("data", "path", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.docx", "old Office format"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx",
            "protected by a password",
        ),
        (b"\xff\xd8\xff\xe0", "a.pdf", "a picture"),
        (b"plain words", "a.pdf", "is not a PDF, or damaged"),
        (zipped({"a.bin": b"x"}), "a.docx", "is not a Word document, or damaged"),
        (
            zipped({"[Content_Types].xml": b"<x/>", "ppt/slides/1.xml": b"<x/>"}),
            "a.zip",
            "it lacks ppt/presentation.xml",
        ),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), "a.docx", "it lacks content.xml"),
        (zipped({"a.jpg": b"x"}), "a.zip", "holds nothing to read"),
        (b"PK\x03\x04 cut off", "a.zip", "is damaged"),
        (b"%PDF-1.7\n cut off", "a.pdf", "is damaged"),
        (b"", "a.pdf", "is empty"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_cure(data: bytes, path: str, told: str) -> None:
    assert told in error(data, f"/home/me/{path}")
    assert f"/home/me/{path}" in error(data, f"/home/me/{path}")


def test_content_decides_where_the_ending_is_wrong() -> None:
    assert only(pdf(["Words."]), "x.docx").text == "Words."
    assert only(b"<!DOCTYPE html><html><body><p>Words.</p></body></html>", "x.docx").text == "Words."
    assert only(word(lambda file: file.add_paragraph("Words.")), "x.pdf").text == "Words."


# Archives


def test_an_archive_gives_its_files_by_name_and_a_bad_one_does_not_stop_it() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("2026/一月.txt", "一月。")
        archive.writestr("2026/bad.docx", b"nothing")
        archive.writestr("../../b.txt", "Up.")
        archive.writestr("__MACOSX/c.txt", "no")
        archive.writestr("d.png", "no")
        archive.writestr("in.zip", zipped({"e.md": "# 标题\n\n正文。".encode()}))
    found = opened(out.getvalue(), "/x/a.zip")
    assert [one.path for one in found if isinstance(one, Document)] == [
        "/x/a.zip/b.txt",
        "/x/a.zip/2026/一月.txt",
        "/x/a.zip/in.zip/e.md",
    ]
    assert ["/x/a.zip/2026/bad.docx is not a Word" in str(one) for one in found if isinstance(one, ReadError)] == [True]


def test_names_of_chinese_windows_are_told() -> None:
    from index.formats.archive import shown_name

    entry = zipfile.ZipInfo("新闻/一月.txt".encode("gbk").decode("cp437"))
    assert shown_name(entry) == "新闻/一月.txt"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.txt": bytes(20_000_000)}, r"unpacks to [\d,]+ times its size"),
        ({f"{n}.txt": b"" for n in range(10_001)}, "10,001 entries, at most 10,000"),
    ],
)
def test_a_bomb_is_refused_by_its_directory(files: dict[str, bytes], told: str) -> None:
    with pytest.raises(ReadError, match=told):
        Archive(zipped(files), "/x/bomb.zip")


def test_office_files_may_declare_no_entities() -> None:
    data = word(lambda file: file.add_paragraph("x"))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    for declared in ("<!DOCTYPE x>".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")):
        part = held | {"word/document.xml": declared + held["word/document.xml"]}
        assert "XML with a document type" in error(zipped(part), "x.docx")


# Metadata


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ("D:20260113080000+08'00'", "2026-01-13"),
        ("2026-01-13T08:00:00Z", "2026-01-13"),
        ("2026年1月13日", "2026-01-13"),
        ("20269999", ""),
        ("yesterday", ""),
        (None, ""),
    ],
)
def test_dates_of_metadata(told: str | None, date: str) -> None:
    assert known_date(told) == date


def test_titles_that_programs_put_there_are_none() -> None:
    for title in (
        "Untitled",
        "文档1",
        "Microsoft Word - plan.doc",
        "新建 Microsoft Word 文档",
        "report final.docx",
        "",
    ):
        assert known_title(title) == "", title
    assert known_title(" The\nDocument of May ") == "The Document of May"
