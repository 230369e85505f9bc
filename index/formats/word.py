"""Word documents: paragraphs, numbered headings and lists, tables, footnotes and text boxes, from the parts of a .docx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from index.formats import mathematics, tables, text
from index.formats.archive import Archive
from index.formats.document import CHARACTERS, Document, ReadError, known_date, known_title
from index.formats.numbering import Numbering, is_indented, level_of, local, w
from index.formats.raised import DOWN, END, UP
from index.formats.symbols import symbol

if TYPE_CHECKING:
    from docx.document import Document as WordFile

_PAGE = "\x0c"
_UNSEEN = frozenset("del moveFrom rt delText pPr rPr tblPr sectPr Fallback oMathParaPr".split())
"""Deleted and moved away, readings above characters, properties, and what older programs show instead."""
_AS_TEXT = {"tab": "\t", "ptab": "\t", "cr": "\v", "noBreakHyphen": "-", "lastRenderedPageBreak": _PAGE}
_EMBEDDED = 5  # documents in documents
_DOCUMENTS = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
)
_HEIGHTS = {"superscript": UP, "subscript": DOWN}
_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}


def read(data: bytes, archive: Archive) -> Document:
    """The document, with a page for each break that Word noted when it was saved. Raises ReadError where it is damaged."""
    from lxml import etree

    archive.refuse_entities()
    try:
        file = _opened(data)
        parts = list(_Body(file).blocks(file.element.body))
    except ReadError:
        raise
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, etree.LxmlError) as error:
        raise ReadError(f"{archive.path} is damaged ({str(error)[:200]}): save it anew or copy it again") from error
    marked = text.rows(parts)
    if len(marked) > CHARACTERS:
        raise ReadError(f"{archive.path} holds more than {CHARACTERS:,} characters: split it")
    about = _properties(file)
    whole, pages = text.paged(marked)
    return Document(archive.path, whole, title=about[0], date=about[1], pages=pages)


def _opened(data: bytes) -> WordFile:
    """The file; templates and those with macros, which python-docx refuses by their names, are documents as well. A document
    embedded whole stays as its bytes: it has the type of a main part, which python-docx would take for XML."""
    from docx.opc.part import Part, PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart
    from docx.parts.image import ImagePart

    def selected(kind: str, relation: str) -> type[Part] | None:
        return Part if relation.endswith("/aFChunk") else ImagePart if relation.endswith("/image") else None

    for kind in _DOCUMENTS:
        PartFactory.part_type_for[kind] = DocumentPart
    PartFactory.part_class_selector = selected
    main = Package.open(BytesIO(data)).main_document_part
    if not isinstance(main, DocumentPart):
        raise ValueError(f"its main part is of the kind {main.content_type}")
    file: WordFile = main.document
    return file


def _properties(file: WordFile) -> tuple[str, str]:
    """Title and date of the core properties; either may be missing or broken."""
    try:
        properties = file.core_properties
        return known_title(properties.title), known_date(properties.created)
    except (ValueError, KeyError, AttributeError, TypeError):
        return "", ""


class _Body:
    """Walks the elements of a document's body, and of its notes where they are referred to."""

    def __init__(self, file: WordFile, depth: int = 0) -> None:
        self._file = file
        self._depth = depth
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
            elif name == "altChunk":
                yield from self._embedded(child)
            else:
                yield from self.blocks(child)  # content controls, tracked insertions, custom XML
            waiting, self._waiting = self._waiting, []
            for element in waiting:
                yield from self.blocks(element)

    def _embedded(self, element: Any) -> Iterator[str]:
        """The blocks of a document that this one embeds whole: a page, a Word file, plain text."""
        from index.formats.opening import Opening

        name = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
        relation = self._file.part.rels.get(name)
        if relation is None or relation.is_external or self._depth >= _EMBEDDED:
            return
        part = relation.target_part
        if "wordprocessingml" in part.content_type:
            inner = _opened(part.blob)
            yield from _Body(inner, self._depth + 1).blocks(inner.element.body)
            return
        kinds = (("html", ".html"), ("rfc822", ".mht"), ("message", ".mht"), ("rtf", ".rtf"), ("text", ".txt"))
        ending = next((suffix for kind, suffix in kinds if kind in part.content_type), ".html")
        for found in Opening().documents(part.blob, f"{part.partname}{ending}"):
            if isinstance(found, ReadError):
                raise found
            yield from found.text.split("\n")

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
                parts.append(_symbol(child.get(w("char")) or "", child.get(w("font")) or ""))
            elif tag == "instrText":
                parts.append(_equation_field(child.text or ""))
            elif tag in _NOTES:
                note = self._notes[_NOTES[tag]].get(child.get(w("id")))
                self._waiting += [note] if note is not None else []
            elif tag in ("txbxContent", "altChunk"):
                self._waiting.append(child)
            elif tag == "oMath":
                parts.append(mathematics.written(child))
            elif tag == "r":
                parts.append(self._run(child))
            elif tag and tag not in _UNSEEN:
                parts.append(self._text(child))
        return "".join(parts)

    def _run(self, run: Any) -> str:
        """What a stretch of one look says: nothing where it is hidden or struck through, raised where it is."""
        if any(self._is_set(run, name) for name in ("vanish", "strike", "dstrike")):
            return ""
        said = self._text(run)
        height = _HEIGHTS.get(self._look(run, "vertAlign"), "")
        if not height and (lifted := self._look(run, "position")).lstrip("-").isdecimal() and lifted != "0":
            height = DOWN if lifted.startswith("-") else UP
        return f"{height}{said}{END}" if height and said.strip() and not set(said) & {_PAGE, "\v"} else said

    def _is_set(self, run: Any, name: str) -> bool:
        return self._look(run, name, "true") not in ("", "0", "false", "off", "none")

    def _look(self, run: Any, name: str, bare: str = "") -> str:
        """A property of a run by itself or by its style, "" where neither has it; ``bare``: that of one without a value."""
        own = run.find("{*}rPr")
        if own is None:
            return ""
        found, style = own.find(f"{{*}}{name}"), own.find("{*}rStyle")
        for _ in range(_EMBEDDED):
            if found is not None or style is None:
                break
            held = self._numbering.styles.get(style.get(w("val")))
            if held is None:
                break
            found, style = held.find(f"{{*}}rPr/{{*}}{name}"), held.find("{*}basedOn")
        return (found.get(w("val")) or bare) if found is not None else ""

    def _table(self, element: Any) -> Iterator[str]:
        """A pipe table; a cell merged downwards stands in each of its rows. A table of one cell is its blocks."""
        rows = [row for row in element.iterchildren("{*}tr") if not _deleted(row)]
        cells = [list(_cells(row)) for row in rows]
        if sum(map(len, cells)) == 1:
            yield from self.blocks(cells[0][0])
            return
        grid = self._grid(rows)
        shown = list(tables.blocks(grid))
        yield from shown
        turned = sum(cell.count(_PAGE) for row in grid.rows for cell in row)
        yield _PAGE * (turned - sum(block.count(_PAGE) for block in shown))  # in rows that were empty

    def _grid(self, rows: list[Any]) -> tables.Grid:
        """The cells of rows, each where it stands: rows may begin and end inside the table."""
        above: dict[int, tables.Cell] = {}
        shown: list[list[tables.Cell]] = []
        for row in rows:
            column = _skipped(row, "gridBefore")
            told = [tables.Cell("") for _ in range(column)]
            for cell in _cells(row):
                wide, merged = _span(cell)
                first = above.get(column)
                if merged and first is not None:
                    told.append(
                        tables.Cell(first.text.replace(_PAGE, ""), wide, 1, [list(inner) for inner in first.inner])
                    )
                else:
                    told.append(self._cell(cell, wide))
                    above[column] = told[-1]
                column += wide
            shown.append(told)
        return tables.placed(shown)

    def _cell(self, cell: Any, wide: int) -> tables.Cell:
        """What a cell says; a table inside it apart."""
        inner = [child for child in cell if local(child) == "tbl"]
        rows = [row for table in inner for row in table.iterchildren("{*}tr") if not _deleted(row)]
        if len(inner) != 1 or max((len(list(_cells(row))) for row in rows), default=0) < 2:
            return tables.Cell(_flat(self.blocks(cell)), wide)
        around = [child for child in cell if local(child) != "tbl"]
        return tables.Cell(_flat(self.blocks(around)), wide, 1, self._grid(rows).rows)


def _flat(blocks: Iterator[str]) -> str:
    """Blocks on one line, with the page breaks among them."""
    whole = list(blocks)
    said = " ".join(block for block in whole if block.strip(_PAGE)).replace("\n", " ").strip(" ")
    return _PAGE * (sum(block.count(_PAGE) for block in whole) - said.count(_PAGE)) + said


def _deleted(row: Any) -> bool:
    """True if a row was deleted, and the deletion is tracked."""
    return row.find("{*}trPr/{*}del") is not None


def _skipped(row: Any, name: str) -> int:
    """The columns that a row leaves out before its first cell."""
    found = row.find(f"{{*}}trPr/{{*}}{name}")
    told = (found.get(w("val")) or "") if found is not None else ""
    return min(int(told), tables.MOST) if told.isdecimal() else 0


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


def _symbol(code: str, font: str) -> str:
    """A character of a symbol font; those in the private area have no meaning without the font, and part what stands around them."""
    number = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{4}", code) else 0
    if font.lower() == "symbol":
        return symbol(number)
    return chr(number) if 0x20 < number < 0xD800 else " "


def _equation_field(program: str) -> str:
    r"""What the field of an old equation shows: "EQ \f(3,4)" is 3/4; nothing of any other field, whose result is in the text."""
    found = re.fullmatch(r"\s*EQ\s+(.*?)\s*", program, re.IGNORECASE | re.DOTALL)
    if not found:
        return ""
    said = re.sub(
        r"\\f\s*\(([^()]*)[,;]([^()]*)\)",
        lambda f: f"{mathematics.single(f[1].strip())}/{mathematics.single(f[2].strip())}",
        found[1],
    )
    said = re.sub(
        r"\\r\s*\((?:([^(),;]*)[,;])?([^()]*)\)", lambda f: f"{f[1] or ''}√{mathematics.single(f[2].strip())}", said
    )
    said = re.sub(r"\\s\\up\d*\s*\(([^()]*)\)", lambda f: f"{UP}{f[1]}{END}", said)
    said = re.sub(r"\\s\\do\d*\s*\(([^()]*)\)", lambda f: f"{DOWN}{f[1]}{END}", said)
    return re.sub(r"\\[a-z]{1,3}\d*", "", said)


def _note_elements(file: WordFile, kind: str) -> dict[str, Any]:
    """Notes by id; the separators that Word stores beside them left out."""
    from lxml import etree

    for relation in file.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            root = etree.fromstring(relation.target_part.blob, parser)
            return {note.get(w("id")): note for note in root if note.get(w("type"), "normal") == "normal"}
    return {}
