"""The rows of a table that are of the period which a question names: 1月份的金额合计, "who joined after 2022"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from index.rows import Table
from rag import question
from rag.chronology import periods
from rag.tables.asked import Asked, column_of

_ANY_DAY = date(2000, 6, 15)


def narrowed(asked: Asked) -> Asked:
    """The question without its period, of the rows of that period alone; as it is where it names none, or the table has no column of
    days in it. A month without a year is the last one that the table has."""
    if not periods.named(asked.text, _ANY_DAY)[0] or not asked.days:
        return asked
    newest = date.fromisoformat(max(max(days) for days in asked.days.values()))
    days, rest = periods.named(asked.text, newest)
    if not days:
        return asked
    other = replace(asked, question=question.read(" ".join(rest.split())))
    at = column_of(other, [*asked.days]) if len(asked.days) > 1 else next(iter(asked.days))
    at = next(iter(asked.days)) if at is None else at
    first, last = (day.isoformat() for day in days)
    places = [place for place, day in enumerate(asked.days[at]) if first <= day <= last]
    if not places:
        return asked
    return replace(other, table=_of(asked.table, places), period=at)


def _of(table: Table, places: list[int]) -> Table:
    """Some rows of a table."""
    columns = tuple(tuple(column[place] for place in places) for column in table.columns)
    return replace(table, rows=tuple(table.rows[place] for place in places), columns=columns)
