"""OpenDocument files (.odt, .ods, .odp): headings, lists, tables, notes and equations; what is deleted, hidden or struck is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.formats import mathematics, tables, text
from index.formats.archive import Archive
from index.formats.document import CELLS, CHARACTERS, Document, ReadError, known_date, known_title
from index.formats.numbering import written
from index.formats.raised import DOWN, END, UP

_PAGE = "\x0c"
_DEEPEST = 100
_STYLES = 10  # styles based on styles
_UNSEEN = frozenset(
    "tracked-changes annotation annotation-end forms sequence-decls variable-decls user-field-decls desc title thumbnail "
    "ruby-text index-body-source event-listeners note-citation image table-source shapes scripts hidden-text "
    "table-of-content-source notes".split()
)
"""Deletions, remarks, controls, declarations, readings above characters, marks of notes."""


def read(archive: Archive) -> Document:
    """The document: of a presentation a page for each slide, of a sheet what its cells show. Raises ReadError where it is damaged."""
    archive.refuse_entities()
    if b"encryption-data" in (
        archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive.names else b""
    ):
        raise ReadError(f"{archive.path} is protected by a password: open it, save it without one and try again")
    content = archive.tree("content.xml")
    trees = [archive.tree("styles.xml")] if "styles.xml" in archive.names else []
    body = _Body(archive, _styles([*trees, content]), _lists([*trees, content]))
    parts = list(body.document(content))
    marked = text.rows(parts) if body.is_text else text.blocks(parts)
    if len(marked) > CHARACTERS:
        raise ReadError(f"{archive.path} holds more than {CHARACTERS:,} characters: split it")
    title, date = _about(archive)
    whole, pages = text.paged(marked)
    left = f"hidden and left out: {', '.join(body.left)}: show them and index it again" if body.left else ""
    return Document(
        archive.path, whole, title=title, date=date, pages=pages, note=f"{archive.path}: {left}" if left else ""
    )


def _about(archive: Archive) -> tuple[str, str]:
    """Title and date of the metadata."""
    if "meta.xml" not in archive.names:
        return "", ""
    meta = archive.tree("meta.xml")
    title, made, changed = (meta.findtext(f".//{{*}}{name}") or "" for name in ("title", "creation-date", "date"))
    return known_title(title), known_date(made) or known_date(changed)


@dataclass(slots=True)
class _Look:
    """What a style does with text: the mark of what is raised or lowered; ``gone``: struck through or hidden; whether the first
    line stands farther in than the rest."""

    height: str = ""
    gone: bool = False
    indented: bool | None = None


def _styles(trees: list[Any]) -> dict[str, _Look]:
    """The looks of all styles by name, those that they are based on included; hidden sheets, rows and slides are gone."""
    held = {_said(style, "name"): style for tree in trees for style in tree.iter("{*}style") if _said(style, "name")}
    return {name: _look(style, held) for name, style in held.items()}


def _look(style: Any, held: dict[str, Any]) -> _Look:
    look = _Look()
    for _ in range(_STYLES):
        if style is None:
            break
        for properties in style:
            position = _said(properties, "text-position")
            raised = re.match(r"(super|sub|-?\d+%)", position)
            if raised and not look.height and raised[1] != "0%":
                look.height = DOWN if raised[1].startswith(("sub", "-")) else UP
            if look.indented is None and (inside := _said(properties, "text-indent")):
                look.indented = bool(re.match(r"\d*\.?\d*[1-9]", inside))
            line = _said(properties, "text-line-through-style") or _said(properties, "text-line-through-type")
            gone = line not in ("", "none") or _said(properties, "display") in ("none", "false")
            look.gone = look.gone or gone or _said(properties, "visibility") == "hidden"
        style = held.get(_said(style, "parent-style-name"))
    return look


def _lists(trees: list[Any]) -> dict[tuple[str, int], tuple[str, str, str, int]]:
    """Of each numbered level of the styles of lists: how it counts, what stands before and after a number, and the first one."""
    found = {}
    for level in (level for tree in trees for level in tree.iter("{*}list-level-style-number")):
        form = _said(level, "num-format")
        kind = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}.get(form)
        kind = kind or ("chinese" if form[:1] in ("一", "壹") else "decimal" if form else "")
        place = (_said(level.getparent(), "name"), _count(level, "level", 10))
        found[place] = kind, _said(level, "num-prefix"), _said(level, "num-suffix"), _count(level, "start-value", 9999)
    return found


def _said(element: Any, name: str) -> str:
    """An attribute by its name, whatever its namespace; "" where there is none."""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _count(element: Any, name: str, most: int) -> int:
    told = _said(element, name)
    return min(max(1, int(told)), most) if told.isdecimal() and len(told) < 9 else 1


@dataclass(slots=True)
class _Body:
    """Walks the content of one file. ``left``: the sheets and slides that are hidden."""

    archive: Archive
    styles: dict[str, _Look]
    lists: dict[tuple[str, int], tuple[str, str, str, int]]
    is_text: bool = True
    left: list[str] = field(default_factory=list)
    _waiting: list[Any] = field(default_factory=list)  # notes and boxes met inside a paragraph; they follow it
    _budget: int = CELLS

    def document(self, content: Any) -> Iterator[str]:
        body = next(content.iter("{*}body"), None)
        for kind in body if body is not None else ():
            self.is_text = _local(kind) == "text"
            if _local(kind) == "spreadsheet":
                yield from self._sheets(kind)
            elif _local(kind) == "presentation":
                yield from self._slides(kind)
            else:
                yield from self.blocks(kind)

    def _sheets(self, parent: Any) -> Iterator[str]:
        sheets = [child for child in parent if _local(child) == "table"]
        for sheet in sheets:
            name = _said(sheet, "name")
            if self._gone(sheet):
                self.left.append(f"sheet {name!r}")
            elif parts := list(self._table(sheet)):
                yield from [text.heading(2, name)] if len(sheets) > 1 else []
                yield from parts

    def _slides(self, parent: Any) -> Iterator[str]:
        slides = [child for child in parent if _local(child) == "page"]
        for number, slide in enumerate(slides):
            if number:
                yield _PAGE
            if self._gone(slide):
                self.left.append(f"slide {number + 1}")
                continue
            for frame in sorted(slide, key=lambda frame: _said(frame, "class") != "title"):
                words = list(self.blocks([frame]))
                yield from [text.heading(2, " ".join(words))] if _said(frame, "class") == "title" else words
            for notes in slide.iterchildren("{*}notes"):
                yield from self.blocks(notes)

    def _gone(self, element: Any) -> bool:
        look = self.styles.get(_said(element, "style-name"))
        return (look is not None and look.gone) or _said(element, "display") == "none"

    def blocks(self, parent: Any, depth: int = 0) -> Iterator[str]:
        """The blocks below an element, each followed by the notes that it refers to."""
        for child in parent:
            name = _local(child)
            if not name or name in _UNSEEN or depth > _DEEPEST or self._gone(child) and name != "p":
                continue
            if name in ("p", "h"):
                yield from self._paragraph(child, name)
            elif name == "table":
                yield from self._table(child)
            elif name == "list":
                yield from self._list(child, depth)
            elif name == "object":
                yield from self._equation(child)
            elif name == "soft-page-break":
                yield _PAGE
            else:
                yield from self.blocks(child, depth + 1)
            waiting, self._waiting = self._waiting, []
            for element in waiting:
                yield from self.blocks(element, depth + 1)

    def _paragraph(self, element: Any, name: str) -> Iterator[str]:
        shown = self._text(element)
        lines = [_line(line) for line in shown.split("\v")]
        body = "\n".join(line for line in lines if line.strip(_PAGE))
        if name == "h" and body:
            level = _count(element, "outline-level", 6)
            yield _PAGE * body.count(_PAGE) + text.heading(level, body.replace(_PAGE, ""))
        else:
            look = self.styles.get(_said(element, "style-name"))
            yield f"    {body}" if body and look and look.indented else body or _PAGE * shown.count(_PAGE)

    def _list(self, element: Any, depth: int, named: str = "", level: int = 1) -> Iterator[str]:
        """Items with their numbers or dashes; a heading in a list takes the number."""
        named = _said(element, "style-name") or named
        form, before, after, count = self.lists.get((named, level), ("", "", "", 1))
        for item in element:
            if _local(item) not in ("list-item", "list-header"):
                continue
            label = f"{before}{written(count, form)}{after}" if form and _local(item) == "list-item" else ""
            count += _local(item) == "list-item"
            first = True
            for child in item:
                if _local(child) == "list":
                    inside = self._list(child, depth + 1, named, level + 1)
                    yield from (f"  {block}" if text.is_item(block) else block for block in inside)
                    continue
                for block in filter(None, self.blocks([child], depth + 1)):
                    yield _marked(block, label) if first else block
                    first = False

    def _text(self, element: Any, depth: int = 0) -> str:
        """What an element shows on its line; notes and boxes wait until the paragraph is over."""
        parts = [_flat(element.text)]
        for child in element:
            parts += [self._piece(child, depth), _flat(child.tail)]
        said = "".join(parts)
        look = self.styles.get(_said(element, "style-name")) if _local(element) == "span" else None
        if look is None or not said.strip():
            return said
        return "" if look.gone else f"{look.height}{said}{END}" if look.height and "\v" not in said else said

    def _piece(self, child: Any, depth: int) -> str:
        name = _local(child)
        if not name or name in _UNSEEN or depth > _DEEPEST:
            return ""
        if name in ("s", "tab", "line-break", "soft-page-break"):
            return {"s": " ", "tab": "\t", "line-break": "\v"}.get(name, _PAGE)
        if name == "note":
            self._waiting += child.iterchildren("{*}note-body")
            return ""
        if name == "frame":
            boxes = [*child.iterchildren("{*}text-box"), *child.iterchildren("{*}table")]
            self._waiting += boxes
            return (
                ""
                if boxes
                else " ".join(said for held in child.iterchildren("{*}object") for said in self._equation(held))
            )
        return self._text(child, depth + 1)

    def _equation(self, element: Any) -> Iterator[str]:
        """An equation that stands in the file or in a part of its own; other objects are pictures of what nobody typed."""
        for inner in element.iter("{*}math"):
            yield mathematics.written(inner)
            return
        name = f"{_said(element, 'href').removeprefix('./')}/content.xml"
        if name in self.archive.names:
            tree = self.archive.tree(name)
            if _local(tree) == "math":
                yield mathematics.written(tree)

    def _table(self, element: Any) -> Iterator[str]:
        """A table; of one cell, what stands in it."""
        rows = [
            row
            for row in _rows(element)
            if not self._gone(row) and _said(row, "visibility") not in ("collapse", "filter")
        ]
        cells = [cell for row in rows for cell in row if _local(cell) == "table-cell"]
        if self.is_text and len(cells) == 1:
            yield from self.blocks(cells[0])
            return
        grid: list[list[tables.Cell]] = []
        for row in rows:
            told = self._row(row)
            again = _count(row, "number-rows-repeated", tables.MOST) if any(cell.text for cell in told) else 1
            grid += [told] * again
        yield from tables.blocks(tables.placed(grid))

    def _row(self, row: Any) -> list[tables.Cell]:
        """The cells of a row but those that another one covers."""
        told: list[tables.Cell] = []
        for cell in row.iterchildren("{*}table-cell"):
            again = _count(cell, "number-columns-repeated", tables.MOST)
            wide, high = (_count(cell, f"number-{side}-spanned", tables.MOST) for side in ("columns", "rows"))
            told += [tables.Cell(self._cell(cell), wide, high) for _ in range(again)]
            self._budget -= again
            if self._budget < 0:
                raise ReadError(f"{self.archive.path} holds more than {CELLS:,} cells: split it into smaller tables")
        while told and not told[-1].text:
            told.pop()
        return told

    def _cell(self, cell: Any) -> str:
        blocks = [block for block in self.blocks(cell) if block.strip()]
        return " ".join(blocks).replace("\n", " ")


def _flat(said: str | None) -> str:
    """Blanks and line ends of the file are one blank."""
    return re.sub("[ \t\r\n]+", " ", said or "")


def _line(line: str) -> str:
    """One line of a paragraph: single blanks, tabs kept between words."""
    return re.sub(" *\t[ \t]*", "\t", re.sub(" +", " ", text.visible(line).replace("\u00a0", " "))).strip(" \t")


def _marked(block: str, label: str) -> str:
    """A block behind its number or a dash; a heading takes the number and no dash."""
    hashes = re.match("#+ ", block)
    if hashes:
        return f"{hashes[0]}{label} {block[hashes.end() :]}" if label else block
    return f"{label or '-'} {block}"


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, those of groups and headers too."""
    for child in table:
        if _local(child) == "table-row":
            yield child
        elif _local(child) in ("table-rows", "table-header-rows", "table-row-group"):
            yield from _rows(child)
