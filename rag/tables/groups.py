"""What the rows come to by what they are of: 各区域的金额, 哪个部门的人最多, "total sales by region"."""

from __future__ import annotations

import re
from decimal import Decimal

from index.text.degrees import SUPERLATIVE, direction
from rag.tables.asked import Asked, column_of, folded, terms_of
from rag.tables.reckoning import MEAN, SUM, Cell, Reckoned, as_written, cells_of, measures, unit_of
from rag.tables.ways import EACH

MOST = 20
"""Groups that are told."""

_ADDED = re.compile(r"最[多少]|\b(?:most|fewest|least)\b", re.IGNORECASE)
"""What is ordered by how much there is in all: 最高 may be of one row."""
_BY = re.compile(r"按照?|统计|汇总|\bby\b|\bper\b|\bfor each\b", re.IGNORECASE)
_COUNTS = re.compile(r"[多少几]|\bhow many\b|\bnumber of\b", re.IGNORECASE)


def grouped(asked: Asked) -> Reckoned | None:
    """The sum, or the mean, of the column that is named for each value of another one, the most or the least first where that is asked;
    how many rows there are of each where no column is named. None where the question names no column with values that repeat."""
    by = group_of(asked)
    order = SUPERLATIVE.search(asked.text)
    asks = EACH.search(asked.text) or _BY.search(asked.text) or SUM.search(asked.text) or _ADDED.search(asked.text)
    if by is None or not asks or asked.names_rows:
        return None
    said = [found[0] for pattern in (SUM, MEAN, EACH, SUPERLATIVE, _BY) for found in pattern.finditer(asked.text)]
    rest = asked.without(*said, asked.table.header[by])
    at = column_of(rest, measures(asked))
    told = cells_of(asked, asked.within or range(len(asked.table.rows)), at) if at is not None else []
    unit = unit_of(asked, told) if told else ""
    shared, whole = rest.shared(terms_of(asked.above))
    counts = at is None and shared == whole and bool(_COUNTS.search(asked.text))
    if unit is None or unit == "%" or not (told or counts) or not (rest.is_about(half=True) or counts):
        return None
    values = _values(asked, by, told)
    means = bool(told and MEAN.search(asked.text))
    if means:
        values = {name: (value / count, count) for name, (value, count) in values.items()}
    if not 1 < len(values) <= MOST:
        return None
    way = direction(order["zh"] or order["en"]) if order else 0
    names = sorted(values, key=lambda name: -way * values[name][0]) if way else list(values)
    lines = [_line(asked, name, values[name], told, unit, means=means) for name in names]
    first = {names[0]} if way else set(names)
    rows = [cell.row for cell in told] or [asked.table.rows[place] for place in asked.within]
    return Reckoned([(row, at) for row in rows if row.cells[by] in first], "\n".join(lines))


def group_of(asked: Asked) -> int | None:
    """The column that is named and whose values repeat."""
    header, text = asked.table.header, folded(asked.text)
    others = [at for at in range(len(header)) if at not in asked.table.numeric and at not in asked.held]
    for at in (at for at in others if len(header[at]) > 1 and folded(header[at]) in text and at not in asked.days):
        values = [row.cells[at] for row in asked.table.rows]
        if 1 < len(set(values)) < len(values) + (asked.period is not None):  # of a period there may be one row of each
            return at
    return None


def _values(asked: Asked, by: int, told: list[Cell]) -> dict[str, tuple[Decimal, int]]:
    """Of each group what its cells come to and how many they are; of no cells its rows."""
    found: dict[str, tuple[Decimal, int]] = {}
    rows = [asked.table.rows[place] for place in asked.within]
    pairs = [(cell.row.cells[by], cell.value) for cell in told] or [(row.cells[by], Decimal(1)) for row in rows]
    for name, value in pairs:
        whole, count = found.get(name, (Decimal(0), 0))
        found[name] = whole + value, count + 1
    return found


def _line(asked: Asked, name: str, value: tuple[Decimal, int], told: list[Cell], unit: str, *, means: bool) -> str:
    """A group with what it comes to, if anything was added up, and how many rows it has."""
    zh = asked.question.language == "zh"
    rows = f"{value[1]} 行" if zh else f"{value[1]} row{'s' * (value[1] > 1)}"
    if not told:
        return f"{name}{'：' if zh else ': '}{rows}"
    whole = as_written(asked, value[0], told, unit, means)
    return f"{name}{'：' if zh else ': '}{whole}{f'（{rows}）' if zh else f' ({rows})'}"
