"""A question of a table: which column it names, which rows, and whether the table is about what it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from index import lexical, passages, records, rows
from index.lexical import Translated
from index.rows import Row, Table
from index.text import pinyin
from index.text.dates import ANY_YEAR, parse_date
from index.types import Hit
from rag import question
from rag.chronology.years import dated
from rag.coverage import seen
from rag.question import Question

DIGITS = re.compile(r"\d+")
YEAR = re.compile(rf"(?<!\d){ANY_YEAR}(?!\d)")

_PART = 3
FEW = 200
"""Rows of a table at most whose names are looked for by their parts."""
_NAME = 5
"""Characters of a name at most that may be asked for as it sounds."""
_WHICH_PLACE = re.compile(r"第几|\brank|\bwhat place\b|\bwhich place\b", re.IGNORECASE)
_BRACKETS = re.compile(r"[(（][^)）]*[)）]")
_HOW_MANY = re.compile(r"(?:一共|总共|共)?有?几[年月天]")
_PEOPLE = re.compile(r"(?<!\S)[个位名]?人(?![^\s？?])")
"""What is left of 有几个人."""
_TIME = re.compile(rf"{ANY_YEAR}年?")

Translate = Callable[[str], Sequence[Translated]]
"""A text -> its words in the library's other language."""


@dataclass(frozen=True)
class Asked:
    """A question of a table that a hit holds."""

    question: Question
    hit: Hit
    table: Table
    translate: Translate
    period: int | None = None
    """The column of days of which the rows are those of the period that the question names, and no others."""

    @property
    def text(self) -> str:
        return self.question.text

    @property
    def above(self) -> str:
        """What stands over the rows."""
        return f"{self.hit.article.title}\n{self.hit.passage.heading}\n{' '.join(self.table.header)}"

    @cached_property
    def said(self) -> frozenset[str]:
        """The terms of all that stands over and in the table."""
        return frozenset(lexical.terms("\n".join([self.above, *("\n".join(row.cells) for row in self.table.rows)])))

    @property
    def years(self) -> list[int]:
        """The columns of years."""
        return [at for at in self.table.numeric if all(YEAR.search(row.cells[at]) for row in self.table.rows)]

    @cached_property
    def days(self) -> dict[int, tuple[str, ...]]:
        """The days of each column that is of nothing else, as ISO dates, of a month its first."""
        rows = self.table.rows
        may_be = [at for at in range(len(self.table.header)) if len(rows) > 1 and parse_date(rows[0].cells[at])]
        told = {at: tuple(parse_date(row.cells[at])[:10] for row in rows) for at in may_be}
        return {at: tuple(f"{day}-01"[:10] for day in days) for at, days in told.items() if all(days)}

    def values(self, at: int) -> Sequence[Decimal | None]:
        """The numbers of a column, of one of days their place in time."""
        if at in self.days:
            return [Decimal(date.fromisoformat(day).toordinal()) for day in self.days[at]]
        return self.table.columns[at]

    @cached_property
    def begins(self) -> dict[int, Row]:
        """The rows, by where they begin."""
        return {row.start: row for row in self.table.rows}

    @cached_property
    def cell(self) -> int | None:
        """The column of the cell that is asked for of a row."""
        place = self.table.rank if _WHICH_PLACE.search(self.text) else None
        return (
            place
            if place is not None
            else column_of(self, [*range(self.name), *range(self.name + 1, len(self.table.header))])
        )

    @cached_property
    def name(self) -> int:
        """The column that names the rows: the first that is not of numbers or of places in an order."""
        others = (*self.table.numeric, self.table.rank)
        return next((at for at in range(len(self.table.header)) if at not in others), 0)

    @cached_property
    def held(self) -> dict[int, set[str]]:
        """By column, of those that are not numbers, the cells that the question gives; of prices what is free."""
        said = folded(self.text)
        columns = ({row.cells[at] for row in self.table.rows} for at in range(len(self.table.header)))
        found = {
            at: {cell for cell in cells if (at not in self.table.numeric or rows.is_free(cell)) and _stands(cell, said)}
            for at, cells in enumerate(columns)
        }
        return {at: cells for at, cells in found.items() if cells} or {
            at: cells for at, cells in [(self.name, self._shortened)] if cells
        }

    @property
    def _shortened(self) -> set[str]:
        """The names of rows that the question gives a part of, three characters of Han at least, which no other name has: 茶产业园."""
        said = folded(self.text)
        names = {folded(row.cells[self.name]): row.cells[self.name] for row in self.table.rows[:FEW]}
        if len(self.table.rows) > FEW or not lexical.is_han(said):
            return set()
        parts = {name: _common(name, said) for name in names}
        return {
            names[name]
            for name, part in parts.items()
            if len(part) >= _PART and not any(part in other for other in names if other != name)
        }

    @cached_property
    def within(self) -> list[int]:
        """The places of the rows that the question may be about: those with a cell that it gives in each column of which it gives any."""
        rows = enumerate(self.table.rows)
        return [place for place, row in rows if all(row.cells[at] in cells for at, cells in self.held.items())]

    @cached_property
    def meant(self) -> frozenset[int]:
        """Where the rows begin with the most cells that the question gives."""
        counts = {row.start: sum(row.cells[at] in cells for at, cells in self.held.items()) for row in self.table.rows}
        most = max(counts.values())
        return frozenset(start for start, count in counts.items() if count == most)

    @property
    def names_rows(self) -> bool:
        """True if the question gives a cell of the column that names the rows, each of which has a name of its own."""
        names = {row.cells[self.name] for row in self.table.rows}
        return self.name in self.held and len(names) == len(self.table.rows)

    def numbers(self, column: Sequence[Decimal | None]) -> list[tuple[Row, Decimal]]:
        """The rows that the question may be about and have a number, with it; of all rows without the first or the last, where that is
        the sum of the others."""
        places = self.within or range(len(self.table.rows))
        told = [(self.table.rows[at], value) for at in places if at < len(column) and (value := column[at]) is not None]
        whole = sum(value for _, value in told)
        ends = (0, len(told) - 1) if len(told) > 2 else ()
        return [pair for at, pair in enumerate(told) if at not in ends or 2 * pair[1] != whole]

    @cached_property
    def has_a_column(self) -> bool:
        """True if of what a Chinese question says beside the names of rows a character, at least, stands over the rows or in a cell."""
        rest = _TIME.sub(" ", self.question.content)
        for name in (cell for cells in self.held.values() for cell in cells):
            rest = rest.replace(name, " ")
        sought = {term for term in lexical.terms(rest) if lexical.is_han(term)}
        units = terms_of(" ".join(unit for name in self.table.header for unit in _BRACKETS.findall(name)))
        return self.question.language != "zh" or not sought or not sought.isdisjoint(self.said - units)

    def is_about(self, *without: str, half: bool = False) -> bool:
        """True if of the question's words, but for some, more stand in the table and over it than do not, or with ``half`` as many, and
        its years do."""
        shared, whole = self.shared(self.said, *without)
        published = dated(self.hit.article)
        ends = self.question.years[:1] + self.question.years[1:][-1:]  # what lies between two years may not be told
        here = all(year in self.above or published.startswith(year) for year in ends)
        return here and (2 * shared > whole or (half and 2 * shared == whole > 0))

    def without(self, *phrases: str) -> Asked:
        """The same as if the question did not say some phrases."""
        rest = self.question.text
        for phrase in filter(None, phrases):
            rest = rest.replace(phrase, " ")
        return replace(self, question=replace(self.question, content=question.read(rest).content))

    def shared(self, told: frozenset[str], *without: str) -> tuple[float, float]:
        """How many of the question's words, but for some and for numbers, are among terms, and how many there are; in another language
        than the article's as they are translated."""
        content, unit = self.question.content, self.question.unit
        content = re.sub(rf"(?<!\S){re.escape(unit)}", " ", content) if unit else content  # 个乡镇, of 几个乡镇
        content = _PEOPLE.sub(" ", _HOW_MANY.sub(" ", content))
        for word in without:
            content = content.replace(word, " ")
        if self.question.language == self.hit.article.language:
            sought = {term for term in lexical.query_terms(content) if not term.isdigit()}
            missing = [term for term in sought - told if not lexical.is_han(term) or not told.issuperset(term)]
            return len(sought & told), len(sought & told) + len(missing)  # 区增, of 哪个区增速, only joins two words
        words = [word for word in self.translate(content) if not word.renderings[0][0][0].isdigit()]
        return sum(word.weight for word in words if seen(word, told)), sum(word.weight for word in words)


def column_of(asked: Asked, columns: Sequence[int], *without: str) -> int | None:
    """The column whose name shares most words with the question, and has the fewest others; of those that differ in their year that of
    the year asked for, else the newest. None where none shares a word, or two do alike."""
    header = asked.table.header
    shared = {
        at: (asked.shared(terms_of(header[at]), *without)[0], -len(lexical.terms(_BRACKETS.sub("", header[at]))))
        for at in columns
    }
    best = [at for at in shared if shared[at] == max(shared.values()) and shared[at][0]]
    names = {DIGITS.sub("", asked.table.header[at]) for at in best}
    if len(names) != 1:
        return None
    years = {at: YEAR.findall(asked.table.header[at])[:1] for at in best}
    if not any(years.values()):
        return best[0] if len(best) == 1 else None
    wanted = [at for at in best if years[at] and years[at][0] in asked.question.years]
    if asked.question.years:
        return wanted[0] if len(wanted) == 1 else None
    return max(best, key=lambda at: years[at])


def terms_of(text: str) -> frozenset[str]:
    """The terms of a text, each once."""
    return frozenset(lexical.terms(text))


def folded(text: str) -> str:
    """A text in simplified characters and small letters."""
    return lexical.simplified(text).casefold()


def _stands(cell: str, said: str) -> bool:
    """True if a cell stands in a question: two characters of Han, or a word, at least; or in letters, as it sounds, with or without
    its last character (Wuxi Town for 雾溪镇)."""
    own = folded(cell)
    if lexical.language(own) == "zh" and lexical.language(said) == "en" and len(own) <= _NAME:
        spelled = {*pinyin.spellings(own), *pinyin.spellings(own[:-1])}
        return any(re.search(rf"\b{one}\b", said) for one in spelled)
    if len(own) < 2 or own not in said:
        return False
    return lexical.language(own) == "zh" or bool(re.search(rf"(?<![a-z0-9]){re.escape(own)}(?:e?s)?(?![a-z0-9])", said))


def _common(name: str, said: str) -> str:
    """The longest stretch of Han of a name that a question says; "" where it says none."""
    match = SequenceMatcher(None, name, said, autojunk=False).find_longest_match()
    part = name[match.a : match.a + match.size]
    return part if part and all(map(lexical.is_han, part)) else ""


@lru_cache(maxsize=4)  # each of its passages that was found asks
def _tables(text: str) -> list[tuple[int, int]]:
    return passages.tables(text)


def table_of(hit: Hit) -> Table | None:
    """The whole table that a passage is of, or a part of; the things that it tells one below the other."""
    if not rows.is_row(hit.passage.text):
        return records.table(hit.article.text, (hit.passage.start, hit.passage.end))
    span = next(
        (one for one in _tables(hit.article.text) if one[0] < hit.passage.end and hit.passage.start < one[1]),
        None,
    )
    named = rows.header(hit.passage)
    return rows.table(hit.article.text, span, named) if span and named else None
