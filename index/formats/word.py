"""Word documents: paragraphs, numbered headings and lists, tables, footnotes and text boxes, from the parts of a .docx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from index.formats import text
from index.formats.archive import Archive
from index.formats.document import CHARACTERS, Document, ReadError, known_date, known_title
from index.formats.numbering import Numbering, is_indented, level_of, local, w

if TYPE_CHECKING:
    from docx.document import Document as WordFile

_PAGE = "\x0c"
_UNSEEN = frozenset("del moveFrom rt delText instrText pPr rPr tblPr sectPr Fallback".split())
"""Deleted and moved away, readings above characters, fields' programs, properties, and what older programs show instead."""
_AS_TEXT = {"tab": "\t", "ptab": "\t", "cr": "\v", "noBreakHyphen": "-", "lastRenderedPageBreak": _PAGE}
_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}


def read(data: bytes, archive: Archive) -> Document:
    """The document, with a page for each break that Word noted when it was saved. Raises ReadError where it is damaged."""
    import docx
    from lxml import etree

    archive.refuse_entities()
    try:
        file = docx.Document(BytesIO(data))
        parts = list(_Body(file).blocks(file.element.body))
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, etree.LxmlError) as error:
        raise ReadError(f"{archive.path} is damaged ({str(error)[:200]}): save it anew or copy it again") from error
    marked = text.rows(parts)
    if len(marked) > CHARACTERS:
        raise ReadError(f"{archive.path} holds more than {CHARACTERS:,} characters: split it")
    about = _properties(file)
    whole, pages = text.paged(marked)
    return Document(archive.path, whole, title=about[0], date=about[1], pages=pages)


def _properties(file: WordFile) -> tuple[str, str]:
    """Title and date of the core properties; either may be missing or broken."""
    try:
        properties = file.core_properties
        return known_title(properties.title), known_date(properties.created)
    except (ValueError, KeyError, AttributeError, TypeError):
        return "", ""


class _Body:
    """Walks the elements of a document's body, and of its notes where they are referred to."""

    def __init__(self, file: WordFile) -> None:
        self._numbering = Numbering(file)
        self._notes = {kind: _note_elements(file, kind) for kind in ("footnotes", "endnotes")}
        self._waiting: list[Any] = []  # notes and boxes met inside a paragraph; they follow it

    def blocks(self, parent: Any) -> Iterator[str]:
        """The blocks below an element, each followed by the notes that it refers to."""
        for child in parent:
            name = local(child)
            if name in _UNSEEN or not name:
                continue
            if name == "p":
                yield from self._paragraph(child)
            elif name == "tbl":
                yield from self._table(child)
            else:
                yield from self.blocks(child)  # content controls, tracked insertions, custom XML
            waiting, self._waiting = self._waiting, []
            for element in waiting:
                yield from self.blocks(element)

    def _paragraph(self, element: Any) -> Iterator[str]:
        shown = self._text(element)
        breaks = _PAGE * shown.count(_PAGE)
        lines = [_line(line) for line in shown.split("\v")]
        body = "\n".join(line for line in lines if line.strip(_PAGE))
        if not body:
            yield breaks
            return
        label = self._numbering.label(element)
        level = level_of(element, self._numbering.styles)
        if level:
            numbered = f"{label} {body}" if label not in ("", "-") else body
            yield breaks + text.heading(level, numbered.replace(_PAGE, ""))
        else:
            blank = " " * (len(shown) - len(shown.lstrip(" \u3000\u00a0")))
            blank = blank or ("    " if is_indented(element, self._numbering.styles) else "")
            yield f"{label} {body}" if label else blank + body.lstrip(" \u3000")

    def _text(self, element: Any) -> str:
        """What an element shows on its line; notes and text boxes wait until the paragraph is over."""
        parts: list[str] = []
        for child in element:
            tag = local(child)
            if tag == "t":
                parts.append(child.text or "")
            elif tag in _AS_TEXT:
                parts.append(_AS_TEXT[tag])
            elif tag == "br":
                parts.append("" if child.get(w("type")) == "page" else "\v")
            elif tag == "sym":
                parts.append(_symbol(child.get(w("char")) or ""))
            elif tag in _NOTES:
                note = self._notes[_NOTES[tag]].get(child.get(w("id")))
                self._waiting += [note] if note is not None else []
            elif tag == "txbxContent":
                self._waiting.append(child)
            elif tag and tag not in _UNSEEN and not _hidden(child):
                parts.append(self._text(child))
        return "".join(parts)

    def _table(self, element: Any) -> Iterator[str]:
        """A pipe table; a cell merged downwards stands in each of its rows. A table of one cell is its blocks."""
        cells = [list(_cells(row)) for row in element.iterchildren("{*}tr")]
        if sum(map(len, cells)) == 1:
            yield from self.blocks(cells[0][0])
            return
        above: dict[int, str] = {}
        shown: list[list[str]] = []
        for row in cells:
            told: list[str] = []
            for cell in row:
                wide, merged = _span(cell)
                words = above.get(len(told), "") if merged else " ".join(self.blocks(cell)).replace("\n", " ")
                above[len(told)] = words.replace(_PAGE, "")
                told += [words, *[""] * (wide - 1)]
            shown.append(told)
        yield text.table(shown)


def _cells(row: Any) -> Iterator[Any]:
    """The cells of a row, those in content controls too, but not those of tables inside it."""
    for child in row:
        if local(child) == "tc":
            yield child
        elif local(child) in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _cells(child)


def _span(cell: Any) -> tuple[int, bool]:
    """How many columns a cell covers, and whether it goes on from the cell above."""
    wide = cell.find("{*}tcPr/{*}gridSpan")
    merge = cell.find("{*}tcPr/{*}vMerge")
    value = (wide.get(w("val")) or "1") if wide is not None else "1"
    going_on = merge is not None and merge.get(w("val"), "continue") == "continue"
    return min(int(value), 100) if value.isdecimal() and len(value) < 6 else 1, going_on


def _line(line: str) -> str:
    """One line of a paragraph: single blanks, tabs kept between words, page breaks where they stand."""
    pieces = [re.sub(" *\t[ \t]*", "\t", text.visible(piece.replace("\u00a0", " "))) for piece in line.split(_PAGE)]
    return _PAGE.join(re.sub("[ \r\n]+", " ", piece) for piece in pieces).strip(" \t\n")


def _symbol(code: str) -> str:
    """A character of a symbol font: those in the private area have no meaning without the font."""
    number = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{4}", code) else 0
    return chr(number) if 0x20 < number < 0xD800 else ""


def _hidden(run: Any) -> bool:
    vanish = run.find("{*}rPr/{*}vanish") if local(run) == "r" else None
    return vanish is not None and vanish.get(w("val"), "true") not in ("0", "false", "off")


def _note_elements(file: WordFile, kind: str) -> dict[str, Any]:
    """Notes by id; the separators that Word stores beside them left out."""
    from lxml import etree

    for relation in file.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            root = etree.fromstring(relation.target_part.blob, parser)
            return {note.get(w("id")): note for note in root if note.get(w("type"), "normal") == "normal"}
    return {}
