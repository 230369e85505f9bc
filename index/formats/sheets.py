"""Sheets: .csv and .xlsx as pipe tables, cells as the sheet shows them, merged ones in every row; what is hidden is told."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from index.encoding import decoded, is_binary
from index.formats import shown, tables, text
from index.formats.archive import Archive
from index.formats.document import CELLS, CHARACTERS, Document, ReadError, known_date, known_title
from index.formats.raised import DOWN, END, UP

if TYPE_CHECKING:
    from openpyxl import Workbook

_DELIMITERS = ",\t;|"


def read_csv(data: bytes, path: str) -> Document:
    """The rows of a text file of values, whatever separates them. Raises ReadError where it is no text."""
    source = decoded(data)
    if source is None or is_binary(source):
        raise ReadError(f"{path} is not text but binary data, or in no known encoding: save it as UTF-8 text")
    csv.field_size_limit(CHARACTERS)
    try:
        told = re.match(r"sep=.\r?\n", source)  # a word to Excel about what separates
        source = source[told.end() :] if told else source
        rows = list(_bounded(csv.reader(StringIO(source.replace("\0", "")), delimiter=_delimiter(source)), path))
        parts = list(tables.blocks(tables.Grid(rows)))
    except csv.Error as error:
        raise ReadError(f"{path} is not a table of values ({error}): save it again as CSV") from error
    stem = PurePath(path).stem
    return Document(path, text.blocks([f"# {stem}", *parts]) if parts else "", title=stem)


def _delimiter(source: str) -> str:
    """The separator that cuts most of the first rows into the same number of cells, and into as many as can be. Rows of one
    cell, as titles and notes are, count for none."""
    rows = source[:20_000].splitlines()[:50]
    filled = max(1, sum(bool(row.strip()) for row in rows))

    def evenness(delimiter: str) -> tuple[float, int]:
        counts = [count for row in csv.reader(rows, delimiter=delimiter) if (count := len(row)) > 1]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual) / filled if usual > 1 else 0.0), usual

    return max(_DELIMITERS, key=evenness)


def _bounded(rows: Iterable[list[str]], path: str) -> Iterator[list[str]]:
    """The rows as long as there are no more cells than can be meant. Raises ReadError beyond."""
    left = CELLS
    for row in rows:
        left -= max(1, len(row))
        if left < 0:
            raise ReadError(f"{path} holds more than {CELLS:,} cells: split it into smaller tables")
        yield row


def read_xlsx(data: bytes, archive: Archive) -> Document:
    """Every visible sheet as a heading and its tables. Raises ReadError where it is damaged or holds too many cells."""
    import openpyxl

    archive.refuse_entities()
    told = Untold()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts that are left out: pictures, validation, extensions
            book = openpyxl.load_workbook(
                BytesIO(data), read_only=True, data_only=True, keep_links=False, rich_text=True
            )
            parts = list(_sheets(book, archive, told))
    except ReadError:
        raise
    except Exception as error:
        raise ReadError(f"{archive.path} is damaged ({str(error)[:200]}): save it anew or copy it again") from error
    title = known_title(book.properties.title or "") or PurePath(archive.path).stem
    said = text.blocks([f"# {title}", *parts]) if parts else ""
    return Document(
        archive.path, said, title=title, date=known_date(book.properties.created), note=told.note(archive.path)
    )


def _sheets(book: Workbook, archive: Archive, told: Untold) -> Iterator[str]:
    """Every sheet that is shown: its name where there are several, and its tables."""
    budget = [CELLS]
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            told.sheets.append(sheet.title)
            continue
        layout = _layout(archive.read(sheet._worksheet_path))
        told.rows += len(layout.rows)
        told.columns += len(layout.columns)
        sheet.reset_dimensions()  # a sheet may claim a million rows of 16,384 cells and hold three  # type: ignore
        if parts := list(tables.blocks(_grid(sheet, layout, archive.path, budget, told))):
            if len(book.worksheets) > 1:
                yield text.heading(2, sheet.title)
            yield from parts


@dataclass(slots=True)
class Untold:
    """What a workbook holds that its text does not say."""

    sheets: list[str] = field(default_factory=list)
    rows: int = 0
    columns: int = 0
    struck: int = 0
    formulas: list[str] = field(default_factory=list)

    def note(self, path: str) -> str:
        """What a reader should know, "" where there is nothing."""
        hidden = [f"sheet {name!r}" for name in self.sheets]
        hidden += [f"{count} {what}" for count, what in ((self.rows, "row(s)"), (self.columns, "column(s)")) if count]
        parts = [f"hidden and left out: {', '.join(hidden)}: show them and index it again"] if hidden else []
        if self.formulas:
            parts.append(
                f"{len(self.formulas)} formula(s) without a value ({', '.join(self.formulas[:3])}): open it in Excel or "
                "LibreOffice, save it and index it again"
            )
        parts += [f"{self.struck} cell(s) struck through and left out"] if self.struck else []
        return f"{path}: {'; '.join(parts)}" if parts else ""


@dataclass(slots=True)
class _Layout:
    """Of a sheet, rows and columns counted from 1: merged cells by their first one (how high, how wide), what is hidden, and
    formulas without a value."""

    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    rich: dict[tuple[int, int], str] = field(default_factory=dict)
    """What cells of several looks say that hold their words themselves."""


def _layout(part: bytes) -> _Layout:
    """What openpyxl does not tell of a sheet that it reads row by row."""
    from lxml import etree

    layout, row = _Layout(), 0
    events = etree.iterparse(BytesIO(part), ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False)
    for event, element in events:
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if event == "start":
            if name == "row":
                row = int(element.get("r") or row + 1)
                layout.rows |= {row} if _is_hidden(element) else set()
            continue
        if name == "c":
            _note_formula(element, row, layout)
            _note_looks(element, row, layout)
        elif name == "col" and _is_hidden(element) and int(element.get("max")) < _LAST:
            layout.columns |= set(range(int(element.get("min")), int(element.get("max")) + 1))
        elif name == "mergeCell":
            left, top, right, bottom = _bounds(element.get("ref") or "A1")
            layout.merged[top, left] = (bottom - top + 1, min(right - left + 1, tables.MOST))
        if name in ("row", "c"):
            element.clear()
    return layout


_LAST = 16_384
"""The last column of a sheet: one that is hidden up to there hides none of its table."""


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") in ("1", "true")


def _note_formula(cell: Any, row: int, layout: _Layout) -> None:
    formula = cell.find("{*}f")
    if formula is not None and formula.text and not cell.findtext("{*}v"):
        layout.formulas[row, _bounds(cell.get("r") or "A1")[0]] = f"={formula.text}"


def _note_looks(cell: Any, row: int, layout: _Layout) -> None:
    """openpyxl forgets how stretches of a cell look where it reads a sheet row by row."""
    held = cell.find("{*}is") if cell.get("t") == "inlineStr" else None
    if held is not None and held.find("{*}r") is not None:
        from openpyxl.cell.rich_text import CellRichText

        layout.rich[row, _bounds(cell.get("r") or "A1")[0]] = _said(CellRichText.from_tree(held))


def _said(words: Any) -> str:
    """The words of a cell whose stretches differ in look: raised ones marked, struck ones left out."""
    from openpyxl.cell.rich_text import TextBlock

    parts: list[str] = []
    for part in words:
        look = part.font if isinstance(part, TextBlock) else None
        said = part.text if isinstance(part, TextBlock) else str(part)
        height = {"superscript": UP, "subscript": DOWN}.get(look.vertAlign or "") if look else None
        if not (look and look.strike):
            parts.append(f"{height}{said}{END}" if height and said.strip() and "\n" not in said else said)
    return "".join(parts)


def _bounds(reference: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a range."""
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = (int(bound or 1) for bound in range_boundaries(reference))
    return left, top, right, bottom


def _grid(sheet: Any, layout: _Layout, path: str, budget: list[int], told: Untold) -> tables.Grid:
    """The cells that are shown; a merged one stands in the first column of every row that it covers."""
    grid = tables.Grid([])
    covering: dict[int, tuple[int, str]] = {}  # by column: the last row of a merged cell, and what it says
    across: dict[int, int] = {}  # by column that goes on from the left: the last row in which it does
    for number, cells in enumerate(sheet.iter_rows(), 1):
        budget[0] -= max(1, len(cells))
        if budget[0] < 0:
            raise ReadError(f"{path} holds more than {CELLS:,} cells: split it into smaller tables")
        row: list[str] = []
        hidden = number in layout.rows
        merged = (column for column, (last, _) in covering.items() if last >= number)
        for column, cell in enumerate([*cells, *[None] * (max(merged, default=0) - len(cells))], 1):
            words = _shown(cell, (number, column), layout, told, hidden=hidden or column in layout.columns)
            if first := layout.merged.get((number, column)):
                covering[column] = (number + first[0] - 1, words)
                across |= dict.fromkeys(range(column + 1, column + first[1]), number + first[0] - 1)
            if hidden or column in layout.columns:
                continue
            if across.get(column, 0) >= number:
                grid.across.add((len(grid.rows), len(row)))
                words = ""
            elif not first and covering.get(column, (0, ""))[0] >= number:
                grid.down.add((len(grid.rows), len(row)))
                words = covering[column][1]
            row.append(words)
        grid.rows += [] if hidden else [row]
    return grid


def _shown(cell: Any, place: tuple[int, int], layout: _Layout, told: Untold, *, hidden: bool) -> str:
    """A cell as the sheet shows it; a formula without a value as the formula, so that it is not taken for nothing."""
    if place in layout.formulas and getattr(cell, "value", None) in (None, ""):
        if not hidden:
            told.formulas.append(getattr(cell, "coordinate", "") or f"row {place[0]}")
        return layout.formulas[place]
    if cell is None or cell.value is None:
        return ""
    if getattr(getattr(cell, "font", None), "strike", False):
        told.struck += not hidden
        return ""
    if place in layout.rich:
        return layout.rich[place]
    if isinstance(cell.value, list):
        return _said(cell.value)
    return shown.shown(cell.value, getattr(cell, "number_format", "") or "")
