"""Things that an article tells one below the other, each in lines of what and how much (面积：96平方米), as the rows of a table. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile

from index import lines, rows
from index.rows import Row, Span, Table
from index.text.dates import RECENT_YEAR
from index.text.numerals import find_numbers

_NAME = 60
"""Columns of the line that names the thing which the lines below it tell of."""
_NUMBERED = re.compile(r"^(?:\d{1,3}[.)、]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）])\s*")
_ITEM = re.compile(r"[ \t\u3000]*[-*+•·●○■◆▪]\s")
_LISTED = 3
"""Items of a list that is counted at least."""
_YEAR = re.compile(rf"({RECENT_YEAR})(?:年(?!\d)|$)")
_COUNTED = re.compile(r"[\d一二三四五六七八九十第（(#:：.、\s-]+$")
"""What counts things of a kind, behind what they are."""
_SHARED = 2
"""What two things must both be told of to be of one kind."""


@dataclass(frozen=True, slots=True)
class Record:
    """A thing: where it is told, where it is named, and by what it is told of where that stands."""

    start: int
    end: int
    name: Span
    fields: tuple[tuple[str, Span], ...]

    @property
    def labels(self) -> frozenset[str]:
        """All that it is told of."""
        return frozenset(label for label, _ in self.fields)

    @property
    def named_by(self) -> str:
        """The first of what it is told of where that names it (书名), "" where a line above does."""
        label, told = self.fields[0]
        return label if told == self.name else ""


@lru_cache(maxsize=8)  # each passage of an article that was found asks
def records(text: str) -> tuple[Record, ...]:
    """All things that a text tells so, each from the line that names it to its last line. A new one begins where a name stands above
    what follows, or what was told of already is told of again."""
    found: list[Record] = []
    named: Span | None = None
    held: Record | None = None
    for line in re.finditer(r"[^\n]+", text):
        told = lines.field(line[0])
        if told is None:
            if held and _ITEM.match(line[0]):
                held = Record(held.start, line.end(), held.name, held.fields)
                continue
            found.extend([held] if held else [])
            held = None
            short = lines.columns(line[0]) <= _NAME and not rows.is_row(line[0])
            named = line.span() if short and not lines.ends_sentence(line[0]) else None
            continue
        label, (start, end) = told[0], (line.start() + told[1][0], line.start() + told[1][1])
        if held and label in held.labels:
            found.append(held)
            held = None
        if held is None:
            begin = named[0] if named else line.start()
            held = Record(begin, line.end(), _plain(text, named) if named else (start, end), ())
            named = None
        held = Record(held.start, line.end(), held.name, (*held.fields, (label, (start, end))))
    return (*found, *([held] if held else ()))


@lru_cache(maxsize=8)
def paragraphs(text: str) -> tuple[Record, ...]:
    """The things that paragraphs below each other tell of, each behind its name and a colon (18路：由火车站开往大学城。…); none of what several
    say by turns."""
    found: list[list[Record]] = [[]]
    for line in re.finditer(r"[^\n]+", text):
        name = lines.opening(line[0])
        if not name:
            found.append([])
        else:
            start, end = line.start() + name[0], line.start() + name[1]
            found[-1].append(Record(line.start(), line.end(), (start, end), ()))
    runs = [run for run in found if len({text[slice(*one.name)] for one in run}) == len(run) > 1]
    return tuple(one for run in runs for one in run)


@lru_cache(maxsize=8)
def sections(text: str) -> tuple[Record, ...]:
    """The sections of a text under headings of a level that it has several of, without their fields, those within others behind them."""
    heads = [(found.end() - found.start(), found.start()) for found in re.finditer(r"(?m)^#{1,6}(?= )", text)]
    levels = [level for level, _ in heads]
    found: list[Record] = []
    for at, (level, start) in enumerate(heads):
        end = next((other for deep, other in heads[at + 1 :] if deep <= level), len(text))
        line = text.find("\n", start)
        if levels.count(level) > 1 and line > 0:
            found.append(Record(start, end, _plain(text, (start, line)), ()))
    return tuple(sorted(found, key=lambda one: one.start - one.end))


def section_of(text: str, place: int) -> Span | None:
    """The heading of the smallest section that a place stands in; None where it stands in none of several."""
    return next((one.name for one in reversed(sections(text)) if one.start <= place < one.end), None)


def name_of(text: str, place: int) -> Span | None:
    """The name of the thing, one of several of a kind, that a place in a text tells of; None where it tells of none."""
    told = record(text, place)
    if told and len(alike(text, (told.start, told.end))) > 1:
        return told.name
    return next((one.name for one in paragraphs(text) if one.start <= place < one.end), None)


def _plain(text: str, name: Span) -> Span:
    """Where the words of a heading stand, without its marks and its number."""
    words = _NUMBERED.sub("", lines.plain(text[slice(*name)]))
    start = text.find(words, *name)
    return (start, start + len(words)) if words and start >= 0 else name


def record(text: str, place: int) -> Record | None:
    """The thing that a place in a text tells of."""
    return next((one for one in records(text) if one.start <= place < one.end), None)


def table(text: str, span: Span) -> Table | None:
    """The things of one kind that a stretch of a text tells any of, a row of each with its name first; None where there is one at most."""
    told = alike(text, span)
    return _table(text, told) if len(told) > 1 else _listed(text, span)


def _listed(text: str, span: Span) -> Table | None:
    """The items of a list that end in a number (龙井虾仁 128元), under whatever headings; None of fewer than three of one unit."""
    found = [one for one in _items(text) if span[0] <= one[0].start < span[1]]
    units = [unit for _, unit in found]
    if not found or len(_items(text)) < _LISTED or len({*units}) > 1:
        return None
    made = tuple(row for row, _ in _items(text))
    columns = tuple(tuple(_value(row.cells[at]) if at else None for row in made) for at in (0, 1))
    return Table(("", ""), made, columns, (1,))


@lru_cache(maxsize=8)
def _items(text: str) -> tuple[tuple[Row, str], ...]:
    """The items of lists that are a name and a number, with its unit."""
    found: list[tuple[Row, str]] = []
    for line in re.finditer(r"[^\n]+", text):
        item, numbers = lines.priced(line[0]), find_numbers(line[0])
        first = next((one for one in numbers if item and one.start == item.start("number")), None)
        if not item or not first or not first.unit:
            continue
        at = line.start()
        spans = ((at + item.start("name"), at + item.end("name")), (at + first.start, at + first.end))
        cells = tuple(text[a:b] for a, b in spans)
        found.append((Row(at + item.start("name"), at + len(line[0].rstrip()), spans, cells), first.unit))
    return tuple(found)


def alike(text: str, span: Span) -> tuple[Record, ...]:
    """The things of one kind that a stretch of a text tells any of, all of the text; none where it tells of none."""
    told = records(text)
    first = next((one for one in told if one.start < span[1] and span[0] < one.end), None)
    found = [one for one in told if first and _alike(one, first)]
    names = {text[slice(*one.name)] for one in found}
    if len(names) < len(found):  # told of one thing in several places
        return tuple(found[:1])
    return (*found[:-1], _ended(found)) if len(found) > 1 else tuple(found)


def _alike(one: Record, other: Record) -> bool:
    """True if two things are told of the same, half of it at least, and named in the same way."""
    shared = len(one.labels & other.labels)
    least = max(_SHARED, (min(len(one.labels), len(other.labels)) + 1) // 2)
    return shared >= least and one.named_by == other.named_by


def _ended(alike: Sequence[Record]) -> Record:
    """The last thing, without the lines behind what all the others end with: those are of the whole."""
    *others, last = alike
    ends = {one.fields[-1][0] for one in others}
    at = next((at for at, (label, _) in enumerate(last.fields, 1) if {label} == ends), len(last.fields))
    if at == len(last.fields):
        return last
    end = last.fields[at - 1][1][1]
    return Record(last.start, end, last.name, last.fields[:at])


@lru_cache(maxsize=2)
def _table(text: str, alike: tuple[Record, ...]) -> Table:
    labels = [*dict.fromkeys(label for one in alike for label, _ in one.fields)]
    named = [one.name for one in alike]
    if alike[0].named_by:
        kind = alike[0].named_by
    else:
        kind = _kind([text[slice(*name)] for name in named])
        labels = [kind, *labels]
    told = [{**dict(reversed(one.fields)), kind: name} for one, name in zip(alike, named, strict=True)]
    spans = [
        tuple(each.get(label, (one.end, one.end)) for label in labels) for one, each in zip(alike, told, strict=True)
    ]
    numbers = [[_number(text, span) for span in row] for row in spans]
    numeric = tuple(
        at for at, column in enumerate(zip(*numbers, strict=True)) if at and 2 * sum(map(bool, column)) > len(alike)
    )
    made = []
    for one, row, number in zip(alike, spans, numbers, strict=True):
        row = tuple(number[at] or span if at in numeric else span for at, span in enumerate(row))
        made.append(Row(one.start, one.end, row, tuple(text[a:b] for a, b in row)))
    columns = tuple(tuple(_value(row.cells[at]) for row in made) for at in range(len(labels)))
    return Table(tuple(labels), tuple(made), columns, numeric)


def _kind(names: Sequence[str]) -> str:
    """What the names of things begin with alike, which tells what they are: 房源, of 房源一 and 房源二."""
    alike = takewhile(lambda letters: len({*letters}) == 1, zip(*names, strict=False))
    return _COUNTED.sub("", "".join(letters[0] for letters in alike)).strip()


def _number(text: str, cell: Span) -> Span | None:
    """Where the year or the number stands that a cell is, begins with, or alone holds: 2015年，40年产权; 每月3.2元; None of two beside each
    other (5/6层)."""
    said = text[slice(*cell)]
    if year := _YEAR.match(said):
        return cell[0], cell[0] + year.end()
    found = find_numbers(said)
    if not found or found[0].ordinal or said[found[0].end : found[0].end + 1] in ("/", ":", "："):
        return None
    first = found[0]
    return (cell[0] + first.start, cell[0] + first.end) if len(found) == 1 or not first.start else None


def _value(cell: str) -> Decimal | None:
    year = _YEAR.fullmatch(cell)
    return Decimal(year[1]) if year else rows.number(cell)
