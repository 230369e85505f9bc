"""Exported conversations: every mark a footnote with its quote, whatever the articles say, and a file that Word can open."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from index.types import Article, Passage
from rag.types import Answer, Citation, Sentence, written
from ui import export

TEXT = "The tide rose 3 m. 潮水涨了三米。"
ARTICLE = Article("a", "Tides", TEXT, "2026-03-01", "Harbour Office", "https://example.org/t?a=1&b=2", "/secret/t.txt")
FIRST = Citation(1, Passage("a-0", "a", 0, 0, 29, TEXT), ARTICLE, TEXT[:18], 0, 18)
SECOND = replace(FIRST, number=2, quote=TEXT[19:], start=19, end=len(TEXT))


def answer(question: str, *sentences: Sentence, citations: tuple[Citation, ...] = (FIRST, SECOND)) -> Answer:
    return Answer(question, written(sentences), sentences, citations, (), refused=False, engine="quote")


TIDES = answer(
    "How high?", Sentence("It rose 3 m.", (1, 2)), Sentence("涨了。", (2,)), Sentence("In May.", (), False, ("May",))
)
REFUSED = replace(answer("Who sang?", Sentence("These articles do not say."), citations=()), refused=True)


def unzipped(file: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(BytesIO(file)) as package:
        return {n: parse_xml(package.read(n)) for n in package.namelist() if n.endswith((".xml", ".rels"))}


def words(element: Any) -> str:
    return "".join(part.text or "" for part in element.iter(qn("w:t")))


def notes(parts: dict[str, Any]) -> dict[str, str]:
    found = parts["word/footnotes.xml"].findall(qn("w:footnote"))
    return {note.get(qn("w:id")): words(note) for note in found if not note.get(qn("w:type"))}


def links(parts: dict[str, Any]) -> list[str]:
    return [
        relation.get("Target")
        for name, part in parts.items()
        if name.endswith(".rels")
        for relation in part
        if relation.get("TargetMode") == "External"
    ]


def test_markdown_has_a_footnote_for_every_citation() -> None:
    origin = r"[Tides](<https://example.org/t?a=1&b=2>) · 2026\-03-01 · Harbour Office"
    assert export.markdown("Tides", [TIDES, REFUSED]) == (
        "# Tides\n\n## How high?\n\n"
        "It rose 3 m.[^1-1] [^1-2]\n涨了。[^1-2]\nIn May. *(引文中没有 not in the cited passage: May)*\n\n"
        f"[^1-1]: “The tide rose 3 m.” — {origin}\n\n"
        f"[^1-2]: “潮水涨了三米。” — {origin}\n\n"
        "## Who sang?\n\nThese articles do not say.\n"
    )


def test_word_has_a_real_footnote_for_every_citation() -> None:
    file = export.docx("Tides", [TIDES, REFUSED, TIDES])
    parts = unzipped(file)
    origin = "Tides · 2026-03-01 · Harbour Office"
    both = [f" “The tide rose 3 m.” — {origin}", f" “潮水涨了三米。” — {origin}"]
    assert notes(parts) == dict(zip("1234", both * 2, strict=True))
    body = parts["word/document.xml"]
    assert [mark.get(qn("w:id")) for mark in body.iter(qn("w:footnoteReference"))] == ["1", "2", "3", "4"]
    again = [field.get(qn("w:instr")).split()[:2] for field in body.iter(qn("w:fldSimple"))]
    assert again == [["NOTEREF", "_yj2"], ["NOTEREF", "_yj4"]]
    assert {start.get(qn("w:name")) for start in body.iter(qn("w:bookmarkStart"))} == {f"_yj{n}" for n in range(1, 5)}
    assert set(links(parts)) == {ARTICLE.url}
    assert [p.text for p in Document(BytesIO(file)).paragraphs[:6]] == [
        "Tides",
        "How high?",
        "It rose 3 m., ",  # the comma stands between two marks
        "涨了。",
        "In May. (引文中没有 not in the cited passage: May)",
        "Who sang?",
    ]


def test_word_shows_lead_conversions_and_what_answers() -> None:
    told = Sentence("It rose 3 m.", (1,), conversions=("3 m ≈ 9.843 feet",), lead="By year:\n2024: ", span=(8, 11))
    rows = Document(BytesIO(export.docx("Tides", [answer("How high?", told)]))).paragraphs[2:]
    assert [row.text for row in rows] == ["By year:", "2024: It rose 3 m. (3 m ≈ 9.843 feet)"]
    assert [run.text for row in rows for run in row.runs if run.bold] == ["3 m"]
    assert "2024: It rose **3 m**.[^1-1] (3 m ≈ 9.843 feet)" in export.markdown("Tides", [answer("How high?", told)])


def test_a_citation_of_several_places_is_one_footnote() -> None:
    both = answer("How high?", Sentence("It rose.", (1,)), citations=(FIRST, replace(SECOND, number=1)))
    (note,) = notes(unzipped(export.docx("Tides", [both]))).values()
    assert TEXT[:18] in note
    assert TEXT[19:] in note


def test_the_page_of_a_file_is_named() -> None:
    paged = replace(FIRST, article=replace(ARTICLE, pages=(0, 10)))
    asked = answer("How high?", Sentence("It rose.", (1,)), citations=(paged,))
    (note,) = notes(unzipped(export.docx("Tides", [asked]))).values()
    assert note.endswith(" · 2026-03-01 · Harbour Office · 第1-2页 pp. 1-2")


def test_what_lies_where_is_nobody_elses() -> None:
    nameless = replace(FIRST, article=replace(ARTICLE, title=""))
    asked = answer("How high?", Sentence("It rose.", (1,)), citations=(nameless,))
    for text in (export.markdown("Tides", [asked]), words(unzipped(export.docx("T", [asked]))["word/footnotes.xml"])):
        assert "t.txt" in text
        assert "secret" not in text


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/a.png)",
    "[^1-1]: forged [9] [^9]",
    "# heading\n\n> quote\n    code",
    "</w:t></w:r><w:r><w:fldChar/>",
    "\u202etxt.exe\u2066",
    "null\x00 bell\x07 \ud800 \ufffe\uffff",
    "&xxe; <!ENTITY x SYSTEM 'file:///etc/passwd'>",
    ' NOTEREF x \\h " HYPERLINK "http://evil.example"',
    "| a | b |\n|---|---|\n$$x$$ `code` ~~x~~",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", 'https://a.example/"><script>', ""])
def test_hostile_text_stays_text(text: str, url: str) -> None:
    article = replace(ARTICLE, title=text, source=text, date=text, path=text, url=url)
    cited = replace(FIRST, article=article, quote=text)
    asked = answer(text, Sentence(text, (1,), supported=False, problems=(text,)), citations=(cited,))
    asked = replace(asked, invented=(text,))
    parts = unzipped(export.docx(text, [asked]))
    assert links(parts) == []
    assert list(notes(parts)) == ["1"]
    body = parts["word/document.xml"]
    assert [body.findall(f".//{qn(tag)}") for tag in ("w:fldSimple", "w:fldChar", "w:instrText")] == [[], [], []]
    for character in "\x00\x07\u202e\u2066\ud800\ufffe":
        assert character not in words(body) + words(parts["word/footnotes.xml"])

    note = export.markdown(text, [asked])
    assert not re.search(r"(?<!\\)[<`]|(?<!\\)\]\(", note.replace("\\\\", ""))
    assert note.count("[^1-1]") == 2
    assert re.findall(r"(?m)^\[\^[^\]]*\]:", note) == ["[^1-1]:"]
    assert len(re.findall(r"(?m)^#", note)) == 2


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("青屿海上风电场", "青屿海上风电场.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ('a<b>:"c"|?*\\d\x00\n', "a b c d.md"),
        ("  ...  ", "引据 Yinju.md"),
        ("CON", "引据 Yinju.md"),
        ("x" * 300, "x" * 60 + ".md"),
        ("\u202egpj.exe", "gpj.exe.md"),
    ],
)
def test_a_title_names_a_file_on_any_system(title: str, name: str) -> None:
    assert export.file_name(title, ".md") == name


@pytest.mark.slow
def test_libreoffice_shows_the_footnotes(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice: install libreoffice-writer to see the document opened")
    (tmp_path / "tides.docx").write_bytes(export.docx("Tides", [TIDES, REFUSED]))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    convert = [office, profile, "--headless", "--convert-to", "fodt", "tides.docx"]
    subprocess.run(convert, cwd=tmp_path, capture_output=True, check=True, timeout=120)
    opened = (tmp_path / "tides.fodt").read_text(encoding="utf-8")
    assert opened.count('text:note-class="footnote"') >= 2
    flat = re.sub(r"<[^>]+>", "", opened)
    assert "“The tide rose 3 m.” — Tides · 2026-03-01 · Harbour Office" in flat
    assert "“潮水涨了三米。” — Tides" in flat


def test_rows_are_tables_under_their_columns_and_headings_bold() -> None:
    text = "## 收成\n今年雨水好。\n| 东村 | 12 |\n| 西村 | 9 |"
    article = Article(id="v", title="各村收成", text=text, path="v.md", language="zh")
    passage = Passage("v-0", "v", 0, 0, len(text), text)
    row = "| 东村 | 12 |"
    at = text.index(row)
    given = Answer(
        "收成如何？",
        text,
        (
            Sentence(row, (1,), lead="合计：12 + 9 = 21吨\n| 村庄 | 收成（吨） |\n", span=(7, 9)),
            Sentence(text, (2,)),
        ),
        (
            Citation(1, passage, article, row, at, at + len(row)),
            Citation(2, passage, article, text, 0, len(text)),
        ),
        (),
        refused=False,
        engine="quote",
    )
    written = export.markdown("收成", [given])
    assert "合计：12 + 9 = 21吨\n\n| 村庄 | 收成（吨） |\n|---|---|\n| 东村 | **12**[^1-1] |" in written
    assert "\n\n**收成**\n\n今年雨水好。" in written
    assert "| 西村 | 9[^1-2] |" in written

    document = Document(BytesIO(export.docx("收成", [given])))
    grids = [[[cell.text for cell in line.cells] for line in table.rows] for table in document.tables]
    assert grids == [[["村庄", "收成（吨）"], ["东村", "12"]], [["东村", "12"], ["西村", "9"]]]
    bold = [
        run.text
        for line in document.tables[0].rows
        for cell in line.cells
        for run in cell.paragraphs[0].runs
        if run.bold
    ]
    assert bold == ["村庄", "收成（吨）", "12"]
    assert any(one.text == "收成" and one.runs[0].bold for one in document.paragraphs)
