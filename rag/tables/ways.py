"""The rows that a question counts or compares: the third of a list, the most of a column, all that lie in one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from index import lexical, rows
from index.rows import Row
from index.text.degrees import FALL, IN_TIME, LEAST, MOST, RISE, SUPERLATIVE, direction
from index.text.measures import quantity
from index.text.numerals import BOUNDS, find_numbers
from index.text.units import HAN_UNITS, MEASURE_WORDS, MONEY, THINGS
from rag import question
from rag.chronology import periods
from rag.tables.asked import DIGITS, YEAR, Asked, column_of, folded, terms_of

Chosen = list[tuple[Row, int | None]]
"""Rows, each with the column of the cell that answers, None where the row does."""

FEW = 20
"""Rows of a table that is told whole."""

_PLACE = re.compile(
    r"(?:名|位)?的?\w{0,4}?(?:是|为|叫|，|？|\?|$)|\s*(?:place|in\b|on\b|\?|$)|-(?:ranked|placed)\b", re.IGNORECASE
)
"""What stands behind an ordinal that is a place in an order."""
_NTH = re.compile(rf"(?P<zh>{MOST}|{LEAST})|\s*-?(?P<en>{MOST}|{LEAST})\b", re.IGNORECASE)
"""Behind an ordinal what is ordered by: 第二高, the second largest."""

_ANY_DAY = date(2000, 6, 15)
_HOW_MANY = re.compile(r"几|多少|\bhow many\b", re.IGNORECASE)
EACH = re.compile(r"各个?|每一?个?|分别|逐一|列出|所有|全部|\b(?:each|every|all|list)\b", re.IGNORECASE)
_CHANGE = re.compile(rf"变化|变动|\bchang\w*|{RISE.pattern}|{FALL.pattern}", re.IGNORECASE)
_MAGNITUDE = re.compile(r"[千百万亿]|\b(?:thousand|million|billion|trillion)\b", re.IGNORECASE)


FIRST = re.compile(
    rf"前(?P<zh>[一二两三四五六七八九十]+|\d+)(?:[大{THINGS}]|(?=的|$))的?|\b(?:top|first) (?P<en>\w+)",
    re.IGNORECASE,
)


def first_of(text: str) -> tuple[int, str]:
    """How many of an order a question asks for from its beginning, and the words that say so: 3 and 前三名. 0 where it does not."""
    found = FIRST.search(text)
    numbers = find_numbers(f"{found['zh']}个" if found["zh"] else found["en"]) if found else []
    return (int(numbers[0].value), found[0]) if found and numbers else (0, "")


def asks_of_others(asked: Asked) -> bool:
    """True if the first of something else are asked for than what the rows are named by: 前三名的行业."""
    _, said = first_of(asked.text)
    behind = folded(asked.text).partition(folded(said))[2] if said else ""
    others = set(range(len(asked.table.header))) - {asked.name, *asked.table.numeric}
    return any(len(name) > 1 and behind.startswith(name) for name in (folded(asked.table.header[at]) for at in others))


def placed_first(asked: Asked) -> list[int]:
    """The places of the rows up to that asked for in an order that the table tells: 前三名企业, the top five firms. None where something
    else than what the rows are named by is asked for: 前三名的国家."""
    count, said = first_of(asked.text)
    behind = asked.text.partition(said)[2].split() if count else []
    names = terms_of(asked.table.header[asked.name])
    if not behind or terms_of(behind[0]).isdisjoint({term for term in names if len(term) > 1} or names):
        return []
    return [at for at, rank in enumerate(asked.table.places(asked.table.rank)) if rank <= count]


def placed(asked: Asked) -> Chosen:
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


def most(asked: Asked) -> Chosen:
    """The row with the most, or least, or second most of the column that is named, all of them where they are alike; as many as are
    asked for of the most: the three largest, 产值前三的乡镇."""
    ordered = _by_day(asked) or _order(asked.text)
    if not ordered or _verb(asked.text):
        return []
    rest = asked.without(*ordered.said)
    at = column_of(rest, [*asked.years, *asked.days] if ordered.in_time else asked.table.numeric)
    at = measured(asked, ordered.said[0]) if at is None and not ordered.in_time else at
    times = [*asked.days, *asked.years]
    if at is None and ordered.in_time and len(times) == 1:
        at = times[0]
    if at is None or not rest.is_about():
        by_place = placed_first(asked) if rest.is_about() else []
        return [(asked.table.rows[place], asked.name) for place in by_place]
    told = asked.numbers(asked.values(at))
    places = range(1, ordered.count + 1) if ordered.count > 1 else [ordered.place]
    found: Chosen = [(row, at) for place in places for row in _extreme(told, ordered.way, place)]
    return found[: ordered.count] if ordered.count > 1 else found


def changed(asked: Asked) -> Chosen:
    """The row whose number rose or fell the most, or all that did: by the column that tells the change, or by those of two years."""
    verb, found = _verb(asked.text), SUPERLATIVE.search(asked.text)
    if not verb:
        return []
    said = [verb[1], *([found[0]] if found else [])]
    changes = [at for at in asked.table.numeric if _CHANGE.search(asked.table.header[at])]
    at = column_of(asked, changes, *said)
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


def bounded(asked: Asked) -> Chosen:
    """All rows with more, or less, than the question says: 产值超过6亿元的乡镇. A column without a unit is counted in the question's."""
    limits = [number for number in find_numbers(asked.text) if number.bound in ("over", "under")]
    if len(limits) != 1 or asked.question.kind not in ("name", "number", "date", ""):
        return []
    limit, before = limits[0], asked.text[: limits[0].start].rstrip().lower()
    bound = max((word for word in BOUNDS if before.endswith(word)), key=len, default="")
    said = asked.text[len(before) - len(bound) : limit.end]
    at = column_of(asked, asked.table.numeric, said)
    by_unit = _of_kind(asked, "money") if at is None and limit.unit in MONEY else None
    at = by_unit if at is None else at
    if at is None or not asked.is_about(said, half=by_unit is not None):
        return []
    unit = rows.unit(asked.table.header[at], asked.hit.passage.heading)
    if unit and limit.unit and unit.unit != limit.unit:
        return []
    scaled = unit and (limit.unit or _MAGNITUDE.search(said))
    told = asked.numbers(asked.table.columns[at])
    over = [(row, value * (unit.value if unit and scaled else 1) - limit.value) for row, value in told]
    return [(row, at) for row, more in over if (more > 0 if limit.bound == "over" else more < 0)]


def holding(asked: Asked) -> Chosen:
    """All rows with a cell that the question names, where it names no row: 有几家在东莞."""
    if asked.question.kind not in ("name", "number", "") or SUPERLATIVE.search(asked.text):
        return []
    if asked.names_rows or not asked.held or column_of(asked, asked.table.numeric) is not None:
        return []
    words = [cell for cells in asked.held.values() for cell in cells]
    return [(asked.table.rows[at], None) for at in asked.within] if asked.is_about(*words) else []


def several(asked: Asked) -> Chosen:
    """The rows of which the question gives the names, where it gives several (雾溪镇和石屏乡哪个产值高); all with a cell that it gives where
    that names no single row (华东的金额)."""
    at = column_of(asked, asked.table.numeric)
    at = measured(asked, asked.text) if at is None else at
    if asked.names_rows:
        chosen = [row for row in asked.table.rows if row.cells[asked.name] in asked.held[asked.name]]
    else:
        chosen = [asked.table.rows[place] for place in asked.within] if asked.held and not _other_time(asked) else []
    told = len(chosen) > 1 and (asked.names_rows or at is not None) and asked.is_about()
    return [(row, at) for row in chosen] if told else []


def _other_time(asked: Asked) -> bool:
    """True if a question names a time that no cell is which it gives: then not all rows with that cell are meant."""
    given = " ".join(cell for cells in asked.held.values() for cell in cells)
    return bool(periods.named(asked.text, _ANY_DAY)[0]) and not periods.named(given, _ANY_DAY)[0]


def each(asked: Asked) -> Chosen:
    """All rows, where the question asks of each of what they are for a column: 各乡镇的产值."""
    at = column_of(asked, asked.table.numeric)
    kind = asked.table.header[asked.name] or asked.hit.article.title  # things below each other have no name above them
    of_rows = not terms_of(kind).isdisjoint(terms_of(folded(asked.text)))
    every = EACH.search(asked.text) and of_rows and not asked.held
    if at is None or not every or not asked.is_about(*EACH.findall(asked.text)):
        return []
    return [(row, at) for row in asked.table.rows]


def dated(asked: Asked) -> Chosen:
    """All rows of the period that the question names, each with the cell of the column that it names, else with its day."""
    asks = asked.question.kind in ("name", "person", "number", "") and not SUPERLATIVE.search(asked.text)
    if asked.period is None or not asks or not asked.is_about():
        return []
    at = column_of(asked, asked.table.numeric)
    return [(row, asked.period if at is None else at) for row in asked.table.rows]


def whole(asked: Asked) -> Chosen:
    """All rows of a table whose caption or columns say all that is asked for: 十大独角兽有哪些; of things told below each other, which have no
    caption, the title: 有几套房源."""
    own = asked.question.language == asked.hit.article.language
    things = own and not rows.is_row(asked.hit.passage.text)
    above = f"{asked.hit.passage.heading}\n{' '.join(asked.table.header)}"
    above = f"{asked.table.header[0]}\n{asked.hit.article.title}" if things else above
    shared, whole = asked.shared(terms_of(above))
    several = asked.question.kind in ("name", "") and asked.question.several
    asks = several or (things and asked.question.kind == "number" and bool(_HOW_MANY.search(asked.text)))
    counted = asks and not SUPERLATIVE.search(asked.text)
    every = counted and shared == whole > 0 and len(asked.table.rows) <= FEW
    return [(row, None) for row in asked.table.rows] if every else []


@dataclass(frozen=True, slots=True)
class _Order:
    """What a question orders by: from the highest number (1) or the lowest (-1), the words that say so, the place asked for, and how
    many from the first on."""

    way: int
    said: tuple[str, ...]
    place: int = 1
    in_time: bool = False
    count: int = 1


_FIRST_OR_LAST = re.compile(r"^\W*(?:who|which|what)\b.*?\b(?:(?P<first>first)|last|most recently)\W*$", re.IGNORECASE)


def _by_day(asked: Asked) -> _Order | None:
    """The order that "who started first" asks for, where the table has days."""
    found = _FIRST_OR_LAST.match(asked.text)
    if not found or not (asked.days or asked.years):
        return None
    said = (
        asked.text[found.start("first") : found.end("first")]
        if found["first"]
        else re.findall(r"(?i)last|most recently", found[0])[-1]
    )
    return _Order(-1 if found["first"] else 1, (said,), in_time=True)


def _order(text: str) -> _Order | None:
    for number in find_numbers(text):
        if number.ordinal and (nth := _NTH.match(text, number.end)):
            return _Order(direction(nth["zh"] or nth["en"]), (text[number.start : nth.end()],), int(number.value))
    if found := IN_TIME.search(text):
        return _Order(-1 if found["zh"] or found["en"] else 1, (found[0],), in_time=True)
    count, said = first_of(text)
    if found := SUPERLATIVE.search(text):
        counts = [one for one in find_numbers(text) if not one.ordinal and one.unit in ("", "people", *MEASURE_WORDS)]
        few = [one for one in counts if 1 < one.value <= FEW and not said] if len(counts) == 1 else []
        said = said or "".join(text[one.start : one.end] for one in few)
        count = count or next((int(one.value) for one in few), 1)
        return _Order(direction(found["zh"] or found["en"]), (found[0], said), count=count)
    return _Order(1, (said,), count=count) if count > 1 else None


# --- columns and numbers ----------------------------------------------------------------------------------------------


def _differences(asked: Asked, said: Sequence[str]) -> list[Decimal | None]:
    """Of each row the number of the last year less that of the first, of the years asked for or of all that the table has."""
    header, asked_of = asked.table.header, asked.question.years
    series = [(year[0], at) for at in asked.table.numeric if (year := YEAR.findall(header[at]))]
    alone = len({DIGITS.sub("", header[at]) for _, at in series}) == 1  # then nothing else can rise or fall
    columns = sorted((year, at) for year, at in series if alone or asked.shared(terms_of(header[at]), *said)[0])
    if len(asked_of) > 1:
        columns = [pair for pair in columns if pair[0] in asked_of]
    elif asked_of:
        columns = [pair for pair in columns if pair[0] <= asked_of[0]][-2:]
    if len(columns) < 2 or len({DIGITS.sub("", header[at]) for _, at in columns}) > 1:
        return []
    ends = zip(*(asked.table.columns[at] for _, at in (columns[0], columns[-1])), strict=True)
    return [b - a if a is not None and b is not None else None for a, b in ends]


def _from_year_to_year(asked: Asked, said: Sequence[str]) -> list[Decimal | None]:
    """Where each row is of a year, the number of the column that is named less that of the year before."""
    time = next(iter(asked.years), None)
    at = column_of(asked, [column for column in asked.table.numeric if column != time], *said)
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


_MEASURES = (
    (re.compile("贵|便宜|expensive|cheap|dear"), "money"),
    (re.compile("[重轻]|heav|light"), "mass"),
    (re.compile("[长短]|long|short"), "length"),
    (re.compile("[大小]|larg|small|big"), "area"),
)
"""What is measured by words for the most or least of it: 最便宜 orders by money."""


def measured(asked: Asked, said: str) -> int | None:
    """The one column of numbers in the units that a word for the most or least measures; None where there is none, or several."""
    kind = next((kind for words, kind in _MEASURES if words.search(said)), "")
    return _of_kind(asked, kind) if kind else None


def _of_kind(asked: Asked, kind: str) -> int | None:
    """The one column of numbers that are measures of a kind; None where there is none, or several."""
    found = [at for at in asked.table.numeric if _kind_of(asked, at) == kind]
    return found[0] if len(found) == 1 else None


def _kind_of(asked: Asked, at: int) -> str:
    """What the units of a column measure, "" where its cells and its name tell none, or several."""
    one = rows.unit(asked.table.header[at], asked.hit.passage.heading)
    numbers = [number for row in asked.table.rows for number in find_numbers(row.cells[at])]
    units = {number.unit for number in numbers if number.unit} or ({one.unit} if one else set())
    kinds = {"money" if unit in MONEY else quantity(unit) for unit in units} or {_named(asked.table.header[at])}
    return kinds.pop() if len(kinds) == 1 else ""


def _named(header: str) -> str:
    """What a column without units tells by its name: "money" of one that is asked for as money is."""
    unit = question.read(f"{header}是多少？" if lexical.is_han(header) else f"What is the {header.lower()}?").unit
    return "money" if HAN_UNITS.get(unit, "") in MONEY else ""


def _verb(text: str) -> tuple[int, str] | None:
    """1 and the word where a question asks for what rises, -1 where for what falls; None where for neither, or for both."""
    rises, falls = RISE.search(text), FALL.search(text)
    if bool(rises) == bool(falls):
        return None
    return (1, rises[0]) if rises else (-1, falls[0] if falls else "")
