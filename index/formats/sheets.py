"""Tables: .csv and .xlsx as pipe tables, numbers and dates as the sheet shows them, sheet names as headings."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from io import BytesIO, StringIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from index.encoding import decoded, is_binary
from index.formats import text
from index.formats.archive import Archive
from index.formats.document import CELLS, CHARACTERS, Document, ReadError, known_date, known_title

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
        rows = _bounded(csv.reader(StringIO(source.replace("\0", "")), delimiter=_delimiter(source)), path)
        shown = text.table(rows)
    except csv.Error as error:
        raise ReadError(f"{path} is not a table of values ({error}): save it again as CSV") from error
    return Document(path, f"# {PurePath(path).stem}\n\n{shown}" if shown else "", title=PurePath(path).stem)


def _delimiter(source: str) -> str:
    """The separator that cuts the first rows most evenly: into the same number of cells, and as many as can be."""
    rows = source[:20_000].splitlines()[:50]

    def evenness(delimiter: str) -> tuple[float, int]:
        counts = [len(row) for row in csv.reader(rows, delimiter=delimiter)]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual) / max(1, len(counts)) if usual > 1 else 0.0), usual

    return max(_DELIMITERS, key=evenness)


def read_xlsx(data: bytes, archive: Archive) -> Document:
    """Every visible sheet as a heading and a table. Raises ReadError where it is damaged or holds too many cells."""
    import openpyxl

    archive.refuse_entities()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts that are left out: pictures, validation, extensions
            book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
            parts = list(_sheets(book, archive.path))
    except ReadError:
        raise
    except Exception as error:
        raise ReadError(f"{archive.path} is damaged ({str(error)[:200]}): save it anew or copy it again") from error
    stem = PurePath(archive.path).stem
    title = known_title(book.properties.title or "") or stem
    shown = text.blocks([f"# {title}", *parts]) if parts else ""
    return Document(archive.path, shown, title=title, date=known_date(book.properties.created))


def _sheets(book: Workbook, path: str) -> Iterator[str]:
    budget = [CELLS]
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()  # a sheet may claim a million rows of 16,384 cells and hold three  # type: ignore
        rows = _bounded(([_shown(cell) for cell in row] for row in sheet.iter_rows()), path, budget)
        if shown := text.table(rows):
            if len(book.worksheets) > 1:
                yield text.heading(2, sheet.title)
            yield shown


def _bounded(rows: Iterable[list[str]], path: str, budget: list[int] | None = None) -> Iterator[list[str]]:
    """The rows that hold anything, as long as there are no more cells than can be meant. Raises ReadError beyond."""
    left = budget if budget is not None else [CELLS]
    for row in rows:
        left[0] -= max(1, len(row))
        if left[0] < 0:
            raise ReadError(f"{path} holds more than {CELLS:,} cells: split it into smaller tables")
        if any(row):
            yield row


def _shown(cell: Any) -> str:
    """A cell as the sheet shows it, as far as its number format is one of the usual: dates, percents, decimals."""
    value, form = cell.value, getattr(cell, "number_format", "") or ""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return _number(value, form) if isinstance(value, (int, float)) else str(value)


def _number(value: float, form: str) -> str:
    form = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form.split(";")[0])
    places = len(found[1]) if (found := re.search(r"\.(0+)", form)) else 0
    fixed = re.search(r"[0#]", form) and form != "General"
    if "%" in form:
        return f"{value * 100:.{places}f}%"
    if fixed and "E" not in form.upper() and "/" not in form:
        return f"{value:{',' if ',' in form else ''}.{places}f}"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.15g}"
