"""Rows of a table in an article, their cells and the header above them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from index.text.clauses import STOPS
from index.text.numerals import Number, find_numbers
from index.text.scripts import HAN
from index.types import Passage

Span = tuple[int, int]

_NUMBER = re.compile(r"[-+−]?[\d.,]+\s?%?")
_RULE = re.compile(r"[\s|:=-]+")
_HAN = re.compile(f"[{HAN}]")
_BRACKETS = re.compile(r"\s?[(（]([^)）]{1,20})[)）]")
_UNIT = re.compile(r"(?:单位|單位|[Uu]nits?)\s*[:：]\s*([^\s，,;；）)|]{1,12})")
LONGEST = 10**6
"""Characters of a table that is counted: some 20,000 rows, which take a second or two."""

_CELL = 40
"""Characters of a cell that may be a number; a longer one tells something."""
_MEASURED = re.compile(r"([\d.,]*\d)\s?([A-Za-z]{2,4}\.?)")
_FREE = re.compile(r"\W*(?:free(?: of charge)?|gratis|免费)\W*", re.IGNORECASE)
_DIGIT = re.compile(r"[\d一二两三四五六七八九十百千]")
_RANK = re.compile(r"\D{0,3}(\d{1,4})\D{0,3}")
"""A place in an order: 3, No. 3, 第3名, 8↑."""


def is_row(text: str) -> bool:
    """True if a sentence is a row of a table."""
    return "|" in text or "\t" in text


def cells(row: str) -> list[str]:
    """The cells of a row, without what parts them."""
    return [row[start:end] for start, end in spans(row)]


def spans(row: str) -> list[Span]:
    """Where the cells of a row stand in it."""
    start, end = len(row) - len(row.lstrip()), len(row.rstrip())
    mark = "\t" if "\t" in row else "|"
    if mark == "|":
        start, end = start + row.startswith("|", start), end - row.endswith("|", start + 1, end)
    edges = [start - 1, *(start + at for at, each in enumerate(row[start:end]) if each == mark), end]
    return [_trimmed(row, left + 1, right) for left, right in pairwise(edges)]


def _trimmed(text: str, start: int, end: int) -> Span:
    kept = text[start:end].strip()
    start = text.find(kept, start) if kept else start
    return start, start + len(kept)


def header(passage: Passage) -> str:
    """The row that names the columns: the last line above the passage, or its own first row where that has no number in a cell
    and a later one has; "" where no row names them."""
    above = passage.heading.rpartition("\n")[2]
    if is_row(above) and not _tells(above):
        return above
    rows = [line for line in passage.text.splitlines() if is_row(line) and not _RULE.fullmatch(line)]
    first = rows[0].strip() if rows else ""
    return first if first and not _measures(first) and not _tells(first) and any(map(_measures, rows[1:])) else ""


def heads(passage: Passage) -> str:
    """The header, and above it the line that tells the unit of all columns (单位：亿元), where one does; "" without a header."""
    named = header(passage)
    above = next((line for line in passage.heading.splitlines() if line != named and _UNIT.search(line)), "")
    return f"{above}\n{named}" if named and above else named


def labelled(text: str, passage: Passage) -> str:
    """A row as it is read aloud, each cell behind the name of its column and with its unit: 乡镇：雾溪镇；2025年产值：112400万元. Any other
    text, and a row under no header or one of another width, as it stands."""
    names, held = (cells(header(passage)), cells(text)) if is_row(text) else ([], [])
    names = ["", *names] if len(held) == len(names) + 1 else names
    if len(names) != len(held) or not any(names):
        return text
    han = bool(_HAN.search("".join(names)))
    told = [
        _named(name, cell, "：" if han else ": ", passage.heading)
        for name, cell in zip(names, held, strict=True)
        if cell
    ]
    return ("；" if han else "; ").join(told) or text


def unit(name: str, above: str) -> Number | None:
    """One of what a column counts, by the unit in brackets in its name, else that which stands above the table (单位：亿元), where
    the name is not of a share: 万元 is 10,000 of money. None where neither tells."""
    own = _BRACKETS.search(name)
    said = own[1] if own else "" if "率" in name or "%" in name else next(iter(_UNIT.findall(above)), "")
    one = find_numbers(_one_of(said)) if said else []
    return one[0] if len(one) == 1 and (one[0].unit or one[0].value != 1) else None


def written_unit(name: str, above: str) -> str:
    """The unit of a column as it is written, in the brackets in its name or above the table; "" where none is."""
    if not unit(name, above):
        return ""
    own = _BRACKETS.search(name)
    return own[1] if own else _UNIT.findall(above)[0]


def _one_of(said: str) -> str:
    return (
        f"{said[0]}1{said[1:]}" if said[:1] in "$€£¥" else f"1{' ' * (said[:1].isascii() and said[:1].isalpha())}{said}"
    )


def _named(name: str, cell: str, mark: str, above: str) -> str:
    """A cell behind its name, its number with its unit."""
    said = written_unit(name, above)
    if number(cell) is None or not said:
        return f"{name}{mark}{cell}" if name else cell
    return f"{_BRACKETS.sub('', name).strip()}{mark}{_one_of(said).replace('1', cell, 1)}"


def _measures(row: str) -> bool:
    """True if some cell is a number and nothing else."""
    return any(map(_NUMBER.fullmatch, cells(row)))


def _tells(row: str) -> bool:
    """True if some cell is a sentence, which names no column: bars stand in running text as well."""
    return any(re.search(rf"[{STOPS}]|[a-z]{{2}}[.!?](?:\s|$)", cell) for cell in cells(row))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its place in the article, the places of its cells, and what these say."""

    start: int
    end: int
    spans: tuple[Span, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns, and the rows under them, each with as many cells."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    columns: tuple[tuple[Decimal | None, ...], ...]
    """The numbers of each column, None where a cell is none."""

    numeric: tuple[int, ...]
    """The columns of which most cells are numbers."""

    @property
    def rank(self) -> int | None:
        """The first column that counts the rows from 1 on, where one does: equal places skip, or do not skip, those behind them."""
        return next((at for at in range(len(self.header)) if _counts(self.places(at))), None)

    def places(self, at: int | None) -> list[int]:
        """The places in an order that a column tells; empty where a cell tells none."""
        found = [_RANK.fullmatch(row.cells[at]) for row in self.rows] if at is not None else []
        told = [int(one[1]) for one in found if one]
        return told if len(told) == len(found) else []


def _counts(places: Sequence[int]) -> bool:
    steps = all(b in (a, a + 1, at) for at, (a, b) in enumerate(pairwise(places), 2))
    return bool(places) and places[0] == 1 < places[-1] and steps


@lru_cache(maxsize=2)  # each row that was found asks for its table
def table(text: str, span: Span, named: str) -> Table | None:
    """The table of an article in a span, under the row that names its columns (:func:`header`); None where its rows have not as
    many cells as that has, and of more than LONGEST characters. A row may have one cell more, before all that are named: the rank in
    a list."""
    if span[1] - span[0] > LONGEST:
        return None
    names = cells(named)
    found = [row for row in _rows(text, *span) if row.cells != tuple(names)]
    width = max((len(row.cells) for row in found), default=0)
    names = ["", *names] if width == len(names) + 1 else names
    if not found or any(len(row.cells) != len(names) for row in found):
        return None
    columns = tuple(_numbers([row.cells[at] for row in found]) for at in range(len(names)))
    most = (sum(one is not None for one in column) * 2 > len(found) for column in columns)
    return Table(tuple(names), tuple(found), columns, tuple(at for at, numeric in enumerate(most) if numeric))


def _numbers(cells: Sequence[str]) -> tuple[Decimal | None, ...]:
    """The numbers that the cells of a column are. What all of them say behind one is its unit, and what is free among them costs nothing."""
    told = [number(cell) for cell in cells]
    measured = [_MEASURED.fullmatch(cell) for cell in cells]
    if len({one[2] for one in measured if one}) == 1:
        told = [number(one[1]) if one else known for one, known in zip(measured, told, strict=True)]
    free = Decimal(0) if any(one is not None for one in told) else None
    return tuple(free if one is None and is_free(cell) else one for one, cell in zip(told, cells, strict=True))


def is_free(cell: str) -> bool:
    """True if a cell says that something costs nothing."""
    return bool(_FREE.fullmatch(cell))


def _rows(text: str, start: int, end: int) -> Iterator[Row]:
    for line in re.finditer(r"[^\n]+", text[start:end]):
        if is_row(line[0]) and not _RULE.fullmatch(line[0]):
            at = start + line.start()
            places = [(at + a, at + b) for a, b in spans(line[0])]
            yield Row(*_trimmed(text, at, at + len(line[0])), tuple(places), tuple(text[a:b] for a, b in places))


def number(cell: str) -> Decimal | None:
    """The number that a cell is, perhaps with its unit and about how much (约1.2亿元); None of a name with a number (Unit 731)."""
    plain = cell.replace("−", "-").rstrip("% ")
    if re.fullmatch(r"[-+]?(?!0\d)(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", plain):
        return Decimal(plain.replace(",", ""))
    if re.fullmatch(r"[-+]?\d+,\d{1,2}", plain):  # a comma before tenths
        return Decimal(plain.replace(",", "."))
    found = find_numbers(cell) if len(cell) <= _CELL and _DIGIT.search(cell) else []
    if len(found) != 1 or found[0].ordinal:
        return None
    beside = cell[: found[0].start] + cell[found[0].end :]
    letters = sum(map(str.isalpha, beside))
    return found[0].value if letters < 2 or found[0].bound else None
