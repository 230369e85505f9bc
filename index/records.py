"""Things that an article tells one below the other, each in lines of what and how much (面积：96平方米), as the rows of a table. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise, takewhile

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
_MOST = 5000
"""Things of a text that are told apart; what has more is read as it stands, as each question would compare them all."""
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
    told: dict[str, Span] = {}
    named: Span | None = None
    begins = ends = 0

    def close() -> None:
        if told:
            found.append(Record(begins, ends, named or next(iter(told.values())), tuple(told.items())))
        told.clear()

    for line in re.finditer(r"[^\n]+", text):
        one = lines.field(line[0])
        if one is None and told and _ITEM.match(line[0]):
            ends = line.end()
        elif one is None:
            close()
            short = lines.columns(line[0]) <= _NAME and not rows.is_row(line[0])
            named = _plain(text, line.span()) if short and not lines.ends_sentence(line[0]) else None
            begins = line.start()
        else:
            if one[0] in told:
                close()
                named = None
            begins = begins if told or named else line.start()
            told[one[0]] = (line.start() + one[1][0], line.start() + one[1][1])
            ends = line.end()
    close()
    return tuple(found)


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
    """The stretches of a text under its headings up to the next, each with the heading of its level that the text has several of, or the
    nearest above that it has."""
    heads = [(found.end() - found.start(), found.start()) for found in re.finditer(r"(?m)^#{1,6}(?= )", text)]
    counts = Counter(level for level, _ in heads)
    above: dict[int, Span] = {}
    found: list[Record] = []
    for (level, start), (_, end) in pairwise([*heads, (0, len(text))]):
        line = text.find("\n", start)
        above = {deep: span for deep, span in above.items() if deep < level}
        if counts[level] > 1 and line > 0:
            above[level] = _plain(text, (start, line))
        if above:
            found.append(Record(start, end, above[max(above)], ()))
    return tuple(found)


def section_of(text: str, place: int) -> Span | None:
    """The heading of the smallest section that a place stands in; None where it stands in none of several."""
    told = _at(sections(text), place)
    return told.name if told else None


def name_of(text: str, place: int) -> Span | None:
    """The name of the thing, one of several of a kind, that a place in a text tells of; None where it tells of none."""
    told = record(text, place)
    if told and len(alike(text, (told.start, told.end))) > 1:
        return told.name
    opened = _at(paragraphs(text), place)
    return opened.name if opened else None


def named_alike(text: str, place: int) -> tuple[Record, tuple[Record, ...]] | None:
    """The thing, one of several of a kind, that a place in a text tells of, with all of that kind: things told in lines, paragraphs behind
    their names, items with a number, sections. None where it tells of none."""
    told = record(text, place)
    if told and len(kind := alike(text, (told.start, told.end))) > 1:
        return next((one for one in kind if one.start == told.start), told), kind
    items = tuple(Record(row.start, row.end, row.spans[0], ()) for row, _ in _items(text))
    for kind in (paragraphs(text), items, sections(text)):
        if (one := _at(kind, place)) and len(kind) > 1:
            return one, kind
    return None


def _plain(text: str, name: Span) -> Span:
    """Where the words of a heading stand, without its marks and its number."""
    words = _NUMBERED.sub("", lines.plain(text[slice(*name)]))
    start = text.find(words, *name)
    return (start, start + len(words)) if words and start >= 0 else name


def record(text: str, place: int) -> Record | None:
    """The thing that a place in a text tells of."""
    return _at(records(text), place)


def _at(told: Sequence[Record], place: int) -> Record | None:
    """The one of some that follow each other that a place stands in."""
    at = bisect_right(told, place, key=lambda one: one.start) - 1
    return told[at] if at >= 0 and place < told[at].end else None


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
        if len(found) > _MOST:
            return ()
        item = lines.priced(line[0])
        numbers = find_numbers(line[0]) if item else []
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
    at = bisect_right(told, span[0], key=lambda one: one.end) if len(told) <= _MOST else len(told)
    return _of_kind(text, told[at]) if at < len(told) and told[at].start < span[1] else ()


@lru_cache(maxsize=64)
def _of_kind(text: str, first: Record) -> tuple[Record, ...]:
    """All things of a text that are told of as one is; that alone where several have one name, as one is told of in several places."""
    found = [one for one in records(text) if _alike(one, first)]
    if len({text[slice(*one.name)] for one in found}) < len(found):
        return (first,)
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
