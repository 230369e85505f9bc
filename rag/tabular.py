"""What a table says where its rows are counted or compared: the third of a list, the most of a column, all that lie in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from index import lexical, passages, rows
from index.lexical import Translated
from index.rows import Row, Table
from index.text.dates import ANY_YEAR
from index.text.degrees import FALL, IN_TIME, LEAST, MOST, RISE, SUPERLATIVE, direction
from index.text.numerals import BOUNDS, find_numbers
from index.types import Hit, Passage
from rag import quoting
from rag.coverage import seen
from rag.evidence import Evidence
from rag.question import Question
from rag.types import Answer, written
from rag.years import dated

QUOTED = 20
"""Rows that are quoted at most: whoever asks for more reads the table."""

REACH = 5
"""Passages, best first, among which a table of the article that was found first is looked for: for each of 34 questions over seven
tables it is among the first five."""

_PLACE = re.compile(
    r"(?:名|位)?的?\w{0,4}?(?:是|为|叫|，|？|\?|$)|\s*(?:place|in\b|on\b|\?|$)|-(?:ranked|placed)\b", re.IGNORECASE
)
"""What stands behind an ordinal that is a place in an order."""
_NTH = re.compile(rf"(?P<zh>{MOST}|{LEAST})|\s*-?(?P<en>{MOST}|{LEAST})\b", re.IGNORECASE)
"""Behind an ordinal what is ordered by: 第二高, the second largest."""

_EACH = re.compile(r"各个?|每一?个?|分别|逐一|列出|所有|全部|\b(?:each|every|all|list)\b", re.IGNORECASE)
_WHICH_PLACE = re.compile(r"第几|\brank|\bwhat place\b|\bwhich place\b", re.IGNORECASE)
_CHANGE = re.compile(rf"变化|变动|\bchang\w*|{RISE.pattern}|{FALL.pattern}", re.IGNORECASE)
_BRACKETS = re.compile(r"[(（][^)）]*[)）]")
_MAGNITUDE = re.compile(r"[千百万亿]|\b(?:thousand|million|billion|trillion)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"(?:一共|总共|共)?有?几[年月天]")
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(rf"(?<!\d){ANY_YEAR}(?!\d)")

_TIME = re.compile(rf"{ANY_YEAR}年?")

Translate = Callable[[str], Sequence[Translated]]
"""A text -> its words in the library's other language."""

Chosen = list[tuple[Row, int | None]]
"""Rows, each with the column of the cell that answers, None where the row does."""


@dataclass(frozen=True)
class _Asked:
    """A question of a table that a hit holds."""

    question: Question
    hit: Hit
    table: Table
    translate: Translate

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
        return [at for at in self.table.numeric if all(_YEAR.search(row.cells[at]) for row in self.table.rows)]

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
            else _column(self, [*range(self.name), *range(self.name + 1, len(self.table.header))])
        )

    @cached_property
    def name(self) -> int:
        """The column that names the rows: the first that is not numbers."""
        numeric = self.table.numeric
        return next((at for at in range(len(self.table.header)) if at not in numeric), 0)

    @cached_property
    def held(self) -> dict[int, set[str]]:
        """By column, of those that are not numbers, the cells that the question gives."""
        folded = _folded(self.text)
        columns = (at for at in range(len(self.table.header)) if at not in self.table.numeric)
        found = (
            (at, {cell for cell in {row.cells[at] for row in self.table.rows} if _stands(cell, folded)})
            for at in columns
        )
        return {at: cells for at, cells in found if cells}

    @cached_property
    def within(self) -> list[int]:
        """The places of the rows that the question may be about: those with a cell that it gives in each column of which it gives any."""
        rows = enumerate(self.table.rows)
        return [place for place, row in rows if all(row.cells[at] in cells for at, cells in self.held.items())]

    @cached_property
    def meant(self) -> frozenset[int]:
        """Where the rows begin with the most cells that the question gives."""
        counts = {row.start: sum(row.cells[at] in cells for at, cells in self.held.items()) for row in self.table.rows}
        return frozenset(start for start, count in counts.items() if count == max(counts.values()))

    @property
    def names_rows(self) -> bool:
        """True if the question gives a cell of the column that names the rows, each of which has a name of its own."""
        names = {row.cells[self.name] for row in self.table.rows}
        return self.name in self.held and len(names) == len(self.table.rows)

    def numbers(self, column: Sequence[Decimal | None]) -> list[tuple[Row, Decimal]]:
        """The rows that the question may be about and have a number, with it; of all rows without one that is the sum of the others."""
        places = self.within or range(len(self.table.rows))
        told = [(self.table.rows[at], value) for at in places if at < len(column) and (value := column[at]) is not None]
        whole = sum(value for _, value in told)
        return [(row, value) for row, value in told if len(told) < 3 or 2 * value != whole]

    @cached_property
    def has_a_column(self) -> bool:
        """True if of what a Chinese question says beside the names of rows a character, at least, stands over the rows or in a cell."""
        rest = _TIME.sub(" ", self.question.content)
        for name in (cell for cells in self.held.values() for cell in cells):
            rest = rest.replace(name, " ")
        sought = {term for term in lexical.terms(rest) if lexical.is_han(term)}
        units = _words(" ".join(unit for name in self.table.header for unit in _BRACKETS.findall(name)))
        return self.question.language != "zh" or not sought or not sought.isdisjoint(self.said - units)

    def is_about(self, *without: str) -> bool:
        """True if of the question's words, but for some, more stand in the table and over it than do not, and its years do."""
        shared, whole = self.shared(self.said, *without)
        published = dated(self.hit.article)
        ends = self.question.years[:1] + self.question.years[1:][-1:]  # what lies between two years may not be told
        here = all(year in self.above or published.startswith(year) for year in ends)
        return here and 2 * shared > whole

    def shared(self, told: frozenset[str], *without: str) -> tuple[float, float]:
        """How many of the question's words, but for some and for numbers, are among terms, and how many there are; in another language
        than the article's as they are translated."""
        content, unit = self.question.content, self.question.unit
        content = re.sub(rf"(?<!\S){re.escape(unit)}", " ", content) if unit else content  # 个乡镇, of 几个乡镇
        content = _HOW_MANY.sub(" ", content)
        for word in without:
            content = content.replace(word, " ")
        if self.question.language == self.hit.article.language:
            sought = {term for term in lexical.query_terms(content) if not term.isdigit()}
            missing = [term for term in sought - told if not lexical.is_han(term) or not told.issuperset(term)]
            return len(sought & told), len(sought & told) + len(missing)  # 区增, of 哪个区增速, only joins two words
        words = [word for word in self.translate(content) if not word.renderings[0][0][0].isdigit()]
        return sum(word.weight for word in words if seen(word, told)), sum(word.weight for word in words)


def told(question: Question, hits: Sequence[Hit], ranked: Sequence[Evidence], translate: Translate) -> Answer | None:
    """The rows that answer a question, in the order asked for, each with the cell that does; None where no table found is about what
    is asked, or where it asks for no place in an order, no most or least of a column, and not for all rows that hold something."""
    tables: dict[int, _Asked] = {}
    for hit in hits:
        if rows.is_row(hit.passage.text) and (table := _table(hit)):
            tables.setdefault(id(table), _Asked(question, hit, table, translate))
    for asked in sorted(tables.values(), key=lambda asked: -asked.shared(_words(asked.hit.passage.heading))[0]):
        for way in (_placed, _changed, _most, _bounded, _several, _each, _holding, _whole):
            if chosen := way(asked):
                quoted = [_evidence(asked.hit, row, at, ranked) for row, at in chosen[:QUOTED]]
                answer = quoting.answer(question, quoted, hits)
                counts = question.kind == "number" and way in (_holding, _bounded)
                return _counted(answer, len(chosen), question.language) if counts or len(chosen) > QUOTED else answer
    return None


def _counted(answer: Answer, count: int, language: str) -> Answer:
    """The answer with how many rows there are in front."""
    if language == "zh":
        notice = f"共 {count} 行" + (f"，这里是前 {QUOTED} 行" if count > QUOTED else "")
    else:
        notice = f"{count} row{'s' * (count > 1)}" + (
            f", of which these are the first {QUOTED}" if count > QUOTED else ""
        )
    first, *rest = answer.sentences
    sentences = (replace(first, lead=f"{notice}\n{first.lead}"), *rest)
    return replace(answer, sentences=sentences, text=written(sentences))


def narrowed(question: Question, ranked: Sequence[Evidence], translate: Translate) -> list[Evidence]:
    """The same sentences without the rows of a table that the question does not ask about: where it gives the names of rows all others,
    else those of which no word stands in it. Each row that is left has the cell as its span whose column the question names."""
    kept: list[Evidence] = []
    tables: dict[int, _Asked] = {}
    of: dict[str, Table | None] = {}
    for one in ranked:
        id_ = one.hit.passage.id
        if rows.is_row(one.text) and id_ not in of:
            of[id_] = _table(one.hit)
        table = of.get(id_)
        asked = tables.setdefault(id(table), _Asked(question, one.hit, table, translate)) if table else None
        row = asked.begins.get(one.start) if asked else None
        if not asked or not row:
            kept.append(one)
            continue
        if asked.has_a_column and (one.start in asked.meant if asked.held else _is_asked(asked, row)):
            kept.append(_marked(asked, row, one))
    named = {id_ for id_, table in of.items() if table and tables[id(table)].cell is not None}
    return [one for one in kept if not named or not of.get(one.hit.passage.id) or one.hit.passage.id in named]


def _is_asked(asked: _Asked, row: Row) -> bool:
    """True if a word of a row stands in a question of its language."""
    words = _words("\n".join(row.cells[at] for at in range(len(row.cells)) if at not in asked.table.numeric))
    return asked.question.language != asked.hit.article.language or not words or bool(asked.shared(words)[0])


def _marked(asked: _Asked, row: Row, one: Evidence) -> Evidence:
    """A row with the cell as its span that the question asks for; else with what the reader took for the answer, within a cell."""
    at = asked.cell
    if at is not None and row.cells[at] and _folded(row.cells[at]) not in _folded(asked.text):
        return replace(one, span=row.spans[at])
    inside = one.span and any(start <= one.span[0] and one.span[1] <= end for start, end in row.spans)
    return one if inside else replace(one, span=None)


# --- ways to ask ------------------------------------------------------------------------------------------------------


def _placed(asked: _Asked) -> Chosen:
    """The rows in the place that is asked for: 第三名, ranks second."""
    for number in find_numbers(asked.text):
        behind = asked.text[number.end :]
        if not number.ordinal or number.unit or _NTH.match(behind) or not _PLACE.match(behind):
            continue
        said = asked.text[number.start : number.end]
        chosen = [
            row
            for row, rank in zip(asked.table.rows, asked.table.places(asked.table.rank), strict=False)
            if rank == number.value
        ]
        if chosen and asked.is_about(said):
            return [(row, asked.name) for row in chosen]
    return []


def _most(asked: _Asked) -> Chosen:
    """The row with the most, or least, or second most of the column that is named; all of them where they are alike."""
    ordered = _order(asked.text)
    if not ordered or _verb(asked.text):
        return []
    at = _column(asked, asked.years if ordered.in_time else asked.table.numeric, ordered.said)
    if at is None or not asked.is_about(ordered.said):
        return []
    told = asked.numbers(asked.table.columns[at])
    return [(row, at) for row in _extreme(told, ordered.way, ordered.place)]


def _changed(asked: _Asked) -> Chosen:
    """The row whose number rose or fell the most, or all that did: by the column that tells the change, or by those of two years."""
    verb, found = _verb(asked.text), SUPERLATIVE.search(asked.text)
    if not verb:
        return []
    said = [verb[1], *([found[0]] if found else [])]
    changes = [at for at in asked.table.numeric if _CHANGE.search(asked.table.header[at])]
    at = _column(asked, changes, *said)
    values: Sequence[Decimal | None]
    if at is not None:
        values = asked.table.columns[at]
        if FALL.search(asked.table.header[at]) and not RISE.search(asked.table.header[at]):
            values = [-value if value is not None else None for value in values]
    else:
        values = _differences(asked, said) or _from_year_to_year(asked, said)
    moved = [(row, value) for row, value in asked.numbers(values) if value * verb[0] > 0]
    if not moved or not asked.is_about(*said):
        return []
    if found:
        way = direction(found["zh"] or found["en"])
        return [(row, at) for row in _extreme([(row, abs(value)) for row, value in moved], way, 1)]
    return [(row, at) for row, _ in moved] if asked.question.kind in ("name", "date") else []


def _bounded(asked: _Asked) -> Chosen:
    """All rows with more, or less, than the question says: 产值超过6亿元的乡镇. A column without a unit is counted in the question's."""
    limits = [number for number in find_numbers(asked.text) if number.bound in ("over", "under")]
    if len(limits) != 1 or asked.question.kind not in ("name", "number", "date", ""):
        return []
    limit, before = limits[0], asked.text[: limits[0].start].rstrip().lower()
    bound = max((word for word in BOUNDS if before.endswith(word)), key=len, default="")
    said = asked.text[len(before) - len(bound) : limit.end]
    at = _column(asked, asked.table.numeric, said)
    if at is None or not asked.is_about(said):
        return []
    unit = rows.unit(asked.table.header[at], asked.hit.passage.heading)
    if unit and limit.unit and unit.unit != limit.unit:
        return []
    scaled = unit and (limit.unit or _MAGNITUDE.search(said))
    told = asked.numbers(asked.table.columns[at])
    over = [(row, value * (unit.value if unit and scaled else 1) - limit.value) for row, value in told]
    return [(row, at) for row, more in over if (more > 0 if limit.bound == "over" else more < 0)]


def _holding(asked: _Asked) -> Chosen:
    """All rows with a cell that the question names, where it names no row: 有几家在东莞."""
    if asked.question.kind not in ("name", "number", "") or SUPERLATIVE.search(asked.text):
        return []
    if asked.names_rows or not asked.held or _column(asked, asked.table.numeric) is not None:
        return []
    words = [cell for cells in asked.held.values() for cell in cells]
    return [(asked.table.rows[at], None) for at in asked.within] if asked.is_about(*words) else []


def _several(asked: _Asked) -> Chosen:
    """The rows of which the question gives the names, where it gives several: 雾溪镇和石屏乡哪个产值高."""
    chosen = [row for row in asked.table.rows if row.cells[asked.name] in asked.held.get(asked.name, ())]
    at = _column(asked, asked.table.numeric)
    return [(row, at) for row in chosen] if asked.names_rows and len(chosen) > 1 and asked.is_about() else []


def _each(asked: _Asked) -> Chosen:
    """All rows, where the question asks of each of what they are for a column: 各乡镇的产值."""
    at = _column(asked, asked.table.numeric)
    of_rows = not _words(asked.table.header[asked.name]).isdisjoint(_words(_folded(asked.text)))
    every = _EACH.search(asked.text) and of_rows and not asked.held
    if at is None or not every or not asked.is_about(*_EACH.findall(asked.text)):
        return []
    return [(row, at) for row in asked.table.rows]


def _whole(asked: _Asked) -> Chosen:
    """All rows of a table whose caption or columns say all that is asked for: 十大独角兽有哪些."""
    shared, whole = asked.shared(_words(f"{asked.hit.passage.heading}\n{' '.join(asked.table.header)}"))
    counted = asked.question.kind in ("name", "") and asked.question.several and not SUPERLATIVE.search(asked.text)
    every = counted and shared == whole > 0 and len(asked.table.rows) <= QUOTED
    return [(row, None) for row in asked.table.rows] if every else []


@dataclass(frozen=True, slots=True)
class _Order:
    """What a question orders by: from the highest number (1) or the lowest (-1), the place asked for, and the words that say so."""

    way: int
    said: str
    place: int = 1
    in_time: bool = False


def _order(text: str) -> _Order | None:
    for number in find_numbers(text):
        if number.ordinal and (nth := _NTH.match(text, number.end)):
            return _Order(direction(nth["zh"] or nth["en"]), text[number.start : nth.end()], int(number.value))
    if found := IN_TIME.search(text):
        return _Order(-1 if found["zh"] or found["en"] else 1, found[0], in_time=True)
    found = SUPERLATIVE.search(text)
    return _Order(direction(found["zh"] or found["en"]), found[0]) if found else None


# --- columns and numbers ----------------------------------------------------------------------------------------------


def _column(asked: _Asked, columns: Sequence[int], *without: str) -> int | None:
    """The column whose name shares most words with the question, and has the fewest others; of those that differ in their year that of
    the year asked for, else the newest. None where none shares a word, or two do alike."""
    header = asked.table.header
    shared = {
        at: (asked.shared(_words(header[at]), *without)[0], -len(lexical.terms(_BRACKETS.sub("", header[at]))))
        for at in columns
    }
    best = [at for at in shared if shared[at] == max(shared.values()) and shared[at][0]]
    names = {_DIGITS.sub("", asked.table.header[at]) for at in best}
    if len(names) != 1:
        return None
    years = {at: _YEAR.findall(asked.table.header[at])[:1] for at in best}
    if not any(years.values()):
        return best[0] if len(best) == 1 else None
    wanted = [at for at in best if years[at] and years[at][0] in asked.question.years]
    if asked.question.years:
        return wanted[0] if len(wanted) == 1 else None
    return max(best, key=lambda at: years[at])


def _differences(asked: _Asked, said: Sequence[str]) -> list[Decimal | None]:
    """Of each row the number of the last year less that of the first, of the years asked for or of all that the table has."""
    header, asked_of = asked.table.header, asked.question.years
    series = [(year[0], at) for at in asked.table.numeric if (year := _YEAR.findall(header[at]))]
    alone = len({_DIGITS.sub("", header[at]) for _, at in series}) == 1  # then nothing else can rise or fall
    columns = sorted((year, at) for year, at in series if alone or asked.shared(_words(header[at]), *said)[0])
    if len(asked_of) > 1:
        columns = [pair for pair in columns if pair[0] in asked_of]
    elif asked_of:
        columns = [pair for pair in columns if pair[0] <= asked_of[0]][-2:]
    if len(columns) < 2 or len({_DIGITS.sub("", header[at]) for _, at in columns}) > 1:
        return []
    ends = zip(*(asked.table.columns[at] for _, at in (columns[0], columns[-1])), strict=True)
    return [b - a if a is not None and b is not None else None for a, b in ends]


def _from_year_to_year(asked: _Asked, said: Sequence[str]) -> list[Decimal | None]:
    """Where each row is of a year, the number of the column that is named less that of the year before."""
    time = next(iter(asked.years), None)
    at = _column(asked, [column for column in asked.table.numeric if column != time], *said)
    if time is None or at is None:
        return []
    column, found = asked.table.columns[at], dict[int, Decimal | None]()
    for before, row in pairwise(sorted(range(len(column)), key=lambda row: asked.table.rows[row].cells[time])):
        last, own = column[before], column[row]
        found[row] = own - last if own is not None and last is not None else None
    return [found.get(row) for row in range(len(column))]


def _extreme(told: Sequence[tuple[Row, Decimal]], way: int, place: int) -> list[Row]:
    """The rows in a place, counted from the highest or the lowest number."""
    values = sorted({value for _, value in told}, reverse=way > 0)
    return [row for row, value in told if place <= len(values) and value == values[place - 1]]


def _verb(text: str) -> tuple[int, str] | None:
    """1 and the word where a question asks for what rises, -1 where for what falls; None where for neither, or for both."""
    rises, falls = RISE.search(text), FALL.search(text)
    if bool(rises) == bool(falls):
        return None
    return (1, rises[0]) if rises else (-1, falls[0] if falls else "")


# --- words ------------------------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(lexical.terms(text))


def _folded(text: str) -> str:
    return lexical.simplified(text).casefold()


def _stands(cell: str, folded: str) -> bool:
    """True if a cell stands in a question: two characters of Han, or a word, at least."""
    own = _folded(cell)
    if len(own) < 2 or own not in folded:
        return False
    return lexical.language(own) == "zh" or bool(re.search(rf"\b{re.escape(own)}\b", folded))


def _table(hit: Hit) -> Table | None:
    """The whole table that a passage is of, or a part of."""
    span = next(
        (one for one in passages.tables(hit.article.text) if one[0] < hit.passage.end and hit.passage.start < one[1]),
        None,
    )
    named = rows.header(hit.passage)
    return rows.table(hit.article.text, span, named) if span and named else None


def _evidence(hit: Hit, row: Row, at: int | None, ranked: Sequence[Evidence]) -> Evidence:
    """A row as a sentence of what was found, with the cell that answers as its span."""
    passage = Passage(
        f"{hit.article.id}-{row.start}",
        hit.article.id,
        0,
        row.start,
        row.end,
        hit.article.text[row.start : row.end],
        hit.passage.heading,
    )
    span = row.spans[at] if at is not None else None
    known = next((one for one in ranked if one.hit.passage.id == hit.passage.id), None)
    one = known or Evidence(hit, row.start, row.end, 0.0, {})
    return replace(one, hit=replace(hit, passage=passage), start=row.start, end=row.end, span=span)
