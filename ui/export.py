"""A conversation to keep or to hand on: as Markdown or as a Word document, every citation a footnote with its quote.

The only user of docx, which has no footnotes of its own: their part of the file is written here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO, StringIO
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from index import rows
from rag.types import Answer, Citation, Sentence
from ui import render

if TYPE_CHECKING:
    from docx.document import Document
    from docx.opc.part import XmlPart
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

MAX_NAME = 60
"""Characters of a title that name a file."""
NAMELESS = "引据 Yinju"

_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\u2400-\u2421]+')  # and the pictures that control characters become
_NOT_XML = re.compile("[\ufffe\uffff]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NOTE, _NOTE_MARK, _LINK = "footnote text", "footnote reference", "Hyperlink"
"""Word's own names for these styles; its template has none of them."""


def file_name(title: str, suffix: str) -> str:
    """A name for the exported file that every system takes, whatever the title says."""
    name = _NOT_IN_A_NAME.sub(" ", render.one_line(title))
    name = " ".join(name.split())[:MAX_NAME].strip(" .")
    return f"{NAMELESS if not name or _RESERVED.fullmatch(name) else name}{suffix}"


def _numbered(answer: Answer) -> dict[int, list[Citation]]:
    """The citations of each number, as a rule one."""
    numbered: dict[int, list[Citation]] = {}
    for citation in answer.citations:
        numbered.setdefault(citation.number, []).append(citation)
    return numbered


def _origin(citation: Citation) -> tuple[str, str, str]:
    """Title (or file name), date, source and page, and address of what is quoted; never the path, which is nobody else's."""
    article = citation.article
    title = article.title.strip() or PurePath(article.path.replace("\\", "/")).name
    told = (article.date, article.origin, render.pages(article, citation.start, citation.end))
    dated = " · ".join(render.one_line(part) for part in told if part)
    return render.one_line(title), dated, render.safe_url(article.url)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def markdown(title: str, answers: Sequence[Answer]) -> str:
    """The conversation in Markdown; [^2-1] is the first footnote of the second answer."""
    blocks = [f"# {_plain(title) or NAMELESS}"]
    for turn, answer in enumerate(answers, start=1):
        blocks.append(f"## {_plain(answer.question)}")
        if answer.understood:
            blocks.append(f"*{render.UNDERSTOOD}: {_plain(answer.understood)}*")
        body = render.markdown_body(answer.sentences, partial(_marks, turn))
        blocks.append(render.flush(body.strip()))
        if answer.invented:
            blocks.append(f"*{render.INVENTED}: {_plain(' '.join(answer.invented))}*")
        for number, citations in _numbered(answer).items():
            blocks.append(f"[^{turn}-{number}]: " + " ".join(map(_markdown_note, citations)))
    return "\n\n".join(blocks) + "\n"


def _marks(turn: int, sentence: Sentence) -> str:
    marks = " ".join(f"[^{turn}-{number}]" for number in sentence.citations)
    return " " * (sentence.text.endswith("]") and bool(marks)) + marks


def _markdown_note(citation: Citation) -> str:
    title, dated, url = _origin(citation)
    name = f"[{_plain(title)}](<{url}>)" if url else _plain(title)
    return f"“{_plain(citation.quote)}” — {' · '.join(filter(None, (name, _plain(dated))))}"


def _plain(text: str) -> str:
    return render.plain_markdown(render.one_line(text))


# --- a table ----------------------------------------------------------------------------------------------------------


def table(answers: Sequence[Answer]) -> str:
    """What the answers cite as CSV, a row a citation."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(("question", "n", "title", "date", "source", "quote", "url"))
    for answer in answers:
        for citation in answer.citations:
            article = citation.article
            cells = (article.title, article.date, article.source, citation.quote, render.safe_url(article.url))
            writer.writerow([render.cell(answer.question), citation.number, *map(render.cell, cells)])
    return file.getvalue()


# --- Word -------------------------------------------------------------------------------------------------------------


def docx(title: str, answers: Sequence[Answer]) -> bytes:
    """The conversation as a .docx file, A4, with footnotes at the foot of each page."""
    from docx import Document

    document = Document()
    _set_up(document, render.one_line(title) or NAMELESS)
    notes = _Footnotes(document)
    document.add_heading(_xml(render.one_line(title)) or NAMELESS, 0)
    for answer in answers:
        document.add_heading(_xml(render.one_line(answer.question)), 1)
        notes.write(answer)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


class _Footnotes:
    """Writes answers into a document, and what they cite into its part of footnotes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._part = _notes_part(document)
        self._count = 0

    def write(self, answer: Answer) -> None:
        """One answer: a paragraph for each of its lines, each [n] a footnote, its second mention a reference to that."""
        if answer.understood:
            said = self._document.add_paragraph().add_run(_xml(f"{render.UNDERSTOOD}: {answer.understood}"))
            said.italic = True
        cited, placed = _numbered(answer), dict[int, int]()
        pieces = [piece for sentence in answer.sentences for piece in render.pieces(sentence)]
        for tabled, several in groupby(pieces, key=render.is_row):
            if tabled:
                self._grid(list(several), cited, placed)
                continue
            for sentence in several:
                self._line(sentence, cited, placed, refused=answer.refused)
        if answer.invented:
            said = self._document.add_paragraph().add_run(_xml(f"{render.INVENTED}: {' '.join(answer.invented)}"))
            said.italic = True

    def _line(
        self, sentence: Sentence, cited: dict[int, list[Citation]], placed: dict[int, int], *, refused: bool
    ) -> None:
        """A sentence in a paragraph of its own; ``placed``: the notes of the numbers that were cited before, added to."""
        paragraph = self._written(self._document.add_paragraph(), sentence.lead)
        head = render.heading(sentence.text) if not sentence.citations else ""
        for text, answers in [(head, True)] if head else render.words(sentence):
            paragraph = self._written(paragraph, text, bold=answers, italic=refused)
        self._marked(paragraph, sentence, cited, placed)
        if not sentence.supported:
            self._written(paragraph, f" ({render.one_line(render.reason(sentence))})", italic=True)
        self._written(paragraph, sentence.beside)

    def _grid(self, sentences: Sequence[Sentence], cited: dict[int, list[Citation]], placed: dict[int, int]) -> None:
        """Rows as a table under the names of their columns, the cell that answers bold, the marks in the last."""
        table = None
        for sentence in sentences:
            cells, (start, end) = rows.spans(sentence.text), sentence.span or (0, 0)
            notice, names = render.columns(sentence)
            if table is None or names or len(cells) > len(table.columns):
                self._written(self._document.add_paragraph(), notice)
                table = self._document.add_table(0, max(len(cells), len(names)))
                table.style = "Table Grid"
            if names:
                for cell, name in zip(table.add_row().cells, names, strict=False):
                    self._cell(cell, name, bold=True)
            row = table.add_row().cells
            for cell, (a, b) in zip(row, cells, strict=False):
                self._cell(cell, sentence.text[a:b], bold=start <= a < b <= end)
            self._marked(row[len(cells) - 1].paragraphs[0], sentence, cited, placed)
        self._document.add_paragraph()

    def _cell(self, cell: _Cell, text: str, *, bold: bool) -> None:
        run = cell.paragraphs[0].add_run(_xml(render.one_line(text)))
        run.bold = bold or None

    def _marked(
        self, paragraph: Paragraph, sentence: Sentence, cited: dict[int, list[Citation]], placed: dict[int, int]
    ) -> None:
        """The marks of a sentence at the end of a paragraph."""
        for at, number in enumerate(sentence.citations):
            if at:
                paragraph._p.append(_run(_text(", "), _NOTE_MARK))  # else notes 1 and 2 would read as 12
            if number in placed:
                paragraph._p.append(_again(placed[number]))
            else:
                placed[number] = self._add(paragraph, cited[number])

    def _written(self, paragraph: Paragraph, text: str, *, bold: bool = False, italic: bool = False) -> Paragraph:
        """The paragraph that a text ends in: each of its lines but the first begins another one."""
        for at, line in enumerate(re.split(r"\s*\n\s*", text)):
            paragraph = self._document.add_paragraph() if at and paragraph.text else paragraph
            if line:
                run = paragraph.add_run(_xml(line))
                run.bold, run.italic = bold or None, italic or None
        return paragraph

    def _add(self, paragraph: Paragraph, citations: Sequence[Citation]) -> int:
        """A footnote and its mark at the end of the paragraph; its number in the document."""
        self._count += 1
        number = str(self._count)
        start = _element("w:bookmarkStart", {"w:id": number, "w:name": f"_yj{number}"})
        mark = _run(_element("w:footnoteReference", {"w:id": number}), _NOTE_MARK)
        paragraph._p.extend([start, mark, _element("w:bookmarkEnd", {"w:id": number})])
        style = _element("w:pPr", {}, _element("w:pStyle", {"w:val": _style_id(_NOTE)}))
        words = [word for citation in citations for word in self._words(citation)]
        note = _element("w:p", {}, style, _run(_element("w:footnoteRef"), _NOTE_MARK), *words)
        self._part.element.append(_element("w:footnote", {"w:id": number}, note))
        return self._count

    def _words(self, citation: Citation) -> Iterator[Any]:
        from docx.opc.constants import RELATIONSHIP_TYPE

        title, dated, url = _origin(citation)
        yield _run(_text(f" “{render.one_line(citation.quote)}” — "))
        if url:
            link = self._part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            yield _element("w:hyperlink", {"r:id": link}, _run(_text(title or url), _LINK))
        else:
            yield _run(_text(title))
        yield _run(_text(f" · {dated}" if dated else ""))


def _set_up(document: Document, title: str) -> None:
    """A4, Chinese glyphs of China (the template's are Japan's), styles of footnotes, and no name but ours."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for element, tag in ((document.styles.element, "w:lang"), (document.settings.element, "w:themeFontLang")):
        for language in element.iter(qn(tag)):
            language.set(qn("w:eastAsia"), "zh-CN")
    note = document.styles.add_style(_NOTE, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    note.base_style, note.font.size = document.styles["Normal"], Pt(9)
    note.paragraph_format.space_after = Pt(2)
    document.styles.add_style(_NOTE_MARK, WD_STYLE_TYPE.CHARACTER, builtin=True).font.superscript = True
    link = document.styles.add_style(_LINK, WD_STYLE_TYPE.CHARACTER, builtin=True)
    link.font.underline, link.font.color.rgb = True, RGBColor(0x86, 0x33, 0x22)
    about = document.core_properties
    about.title, about.author, about.comments = _xml(title)[:255], NAMELESS, ""


def _notes_part(document: Document) -> XmlPart:
    """The document's part of footnotes with the two lines above them, known to the document and its settings."""
    from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import XmlPart
    from docx.oxml.ns import qn

    root = _element("w:footnotes")
    known = _element("w:footnotePr")
    for number, kind in (("-1", "separator"), ("0", "continuationSeparator")):
        line = _element("w:p", {}, _run(_element(f"w:{kind}")))
        root.append(_element("w:footnote", {"w:type": kind, "w:id": number}, line))
        known.append(_element("w:footnote", {"w:id": number}))
    document.settings.element.find(qn("w:compat")).addprevious(known)
    name = PackURI("/word/footnotes.xml")
    part = XmlPart(name, CONTENT_TYPE.WML_FOOTNOTES, root, document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    return part


def _again(number: int) -> Any:
    """A further mention of a footnote that stands already."""
    shown = _run(_text(str(number)), _NOTE_MARK)
    return _element("w:fldSimple", {"w:instr": f" NOTEREF _yj{number} \\h "}, shown)


def _run(content: Any, style: str = "") -> Any:
    look = [_element("w:rPr", {}, _element("w:rStyle", {"w:val": _style_id(style)}))] if style else []
    return _element("w:r", {}, *look, content)


def _text(text: str) -> Any:
    element = _element("w:t", {"xml:space": "preserve"})
    element.text = _xml(text)
    return element


def _element(tag: str, attributes: dict[str, str] | None = None, *children: Any) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        element.set(qn(name), value)
    element.extend(children)
    return element


def _style_id(name: str) -> str:
    """As python-docx makes it of a style's name."""
    return name.replace(" ", "")


def _xml(text: str) -> str:
    """Neutral text that XML can hold."""
    return _NOT_XML.sub("\ufffd", render.visible(text))
