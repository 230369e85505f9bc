"""What the rows of a table come to: their sum, their mean, how far two of them are apart, what share one is of all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from index import lexical, rows
from index.rows import Row
from index.text.degrees import FALL, LEAST, MOST, RISE, SUPERLATIVE, direction
from index.text.numerals import find_numbers
from rag.tables.asked import DIGITS, YEAR, Asked, column_of, terms_of
from rag.tables.ways import EACH, Chosen, asks_of_others, first_of, measured, placed_first

SUM = re.compile(
    r"(?:全年|全部|所有)?的?(?:一共|总共|共计|合计|总计|总和|总数|加起来|加在一起|共(?=有|多少|达)|总(?=[^的是]{1,8}(?:是|为|有|达|多少|几|最)))"
    r"|\b(?:in total|in all|(?:total|sum|combined)(?: (?:number|amount) of| of)?|altogether|together)\b",
    re.IGNORECASE,
)
MEAN = re.compile(
    r"平均(?:值|数|每[^\d，,？?]{1,6}?)?|均值|\b(?:on average|(?:average|mean)(?: (?:number|amount) of| of)?)\b",
    re.IGNORECASE,
)
APART = re.compile(
    rf"相差|差距|差额|之差|差多少|[{LEAST.partition('|')[0][1:-1]}{MOST.partition('|')[0][1:-1]}贵长](?:了|出|出了)?(?:多少|几)"
    r"|(?:增长|增加|减少|下降|提高|上升|上涨|降低)了?(?:多少|几)"
    r"|\bdifference\b|\bhow (?:much|many) (?:more|less|fewer|higher|lower|larger|smaller|bigger|longer|shorter)\b|\bby how (?:much|many)\b",
    re.IGNORECASE,
)
CHANGE = re.compile(
    r"百分之[几多]|百分比|(?:增长|下降|变化)(?:率|幅度)|[增涨降]幅|\b(?:by )?(?:what|how many) per ?cent(?:age)?\b|\bpercentage (?:change|increase|decrease)\b|\bgrowth rate\b",
    re.IGNORECASE,
)
SHARE = re.compile(
    r"占[^，,？?]*?(?:比例|比重|份额|几成|百分之[几多]|百分比|多少)|占比|\b(?:share|proportion)\b|\bper ?cent(?:age)? of\b",
    re.IGNORECASE,
)

SHOWN = 8
"""Numbers that a sum is written out with."""

_NAMES = {
    "zh": {"sum": "合计", "mean": "平均", "apart": "相差", "change": "变化", "share": "占比"},
    "en": {"sum": "Total", "mean": "Average", "apart": "Difference", "change": "Change", "share": "Share"},
}
_WHICH = re.compile(r"哪(?!怕)|谁|\b(?:which|who)\b", re.IGNORECASE)
"""Asks for rows, not for what they come to."""
SET_AGAINST = re.compile(r"比|\bthan\b|\bcompared (?:with|to)\b", re.IGNORECASE)
_PLAIN = re.compile(r"([$€£¥￥]?) ?([-+−]?[\d.,]*\d)\s*(\D*)")


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The rows reckoned with, each with its cell, and what they come to, as it is said above them: 合计：3 + 4 = 7 万元."""

    rows: Chosen
    said: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in a table, as it is written there without its unit."""

    row: Row
    at: int
    value: Decimal
    written: str


def reckoned(asked: Asked) -> Reckoned | None:
    """What the rows asked for come to; None where the question asks for no such thing or the table does not tell it."""
    if _WHICH.search(asked.text) or not asked.table.numeric:
        return None
    for way in (_share, _change, _apart, _mean, _sum):
        if found := way(asked):
            return found
    return None


def asks_apart(text: str) -> bool:
    """True if a question asks how two things differ or what share one is: the rows that it names answer that, and no count of them."""
    return not _WHICH.search(text) and any(word.search(text) for word in (APART, CHANGE, SHARE))


# --- ways to reckon ---------------------------------------------------------------------------------------------------


_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)


def _sum(asked: Asked) -> Reckoned | None:
    some = (asked.held and not asked.names_rows) or asked.period is not None
    words = [*SUM.finditer(asked.text), *(_HOW_MANY.finditer(asked.text) if some else ())]
    word = next((one for one in words if not _is_a_column(asked, one[0])), None)
    told = _column(asked, word[0]) if word else None
    if not word or not told or not _is_of_all(asked, word[0]):
        return None
    cells, unit = told
    if total := _total(asked, cells):
        return Reckoned([(total, cells[0].at)], "")
    return _said(asked, "sum", cells, unit, sum((cell.value for cell in cells), Decimal(0)), _added(asked, cells))


def _mean(asked: Asked) -> Reckoned | None:
    word = MEAN.search(asked.text)
    told = _column(asked, word[0]) if word else None
    if not word or not told or not _is_of_all(asked, word[0]):
        return None
    cells, unit = told
    mean = sum((cell.value for cell in cells), Decimal(0)) / len(cells)
    return _said(asked, "mean", cells, unit, mean, f"({_added(asked, cells)}) ÷ {len(cells)}")


def _apart(asked: Asked) -> Reckoned | None:
    word = APART.search(asked.text)
    pair = _pair(asked, word[0]) if word and not _rate(asked) else None
    if not pair:
        return None
    (one, other), unit = pair
    more, less = (one, other) if one.value >= other.value else (other, one)
    unit = ("个百分点" if asked.question.language == "zh" else " percentage points") if unit == "%" else unit
    return _said(asked, "apart", [one, other], unit, more.value - less.value, f"{more.written} − {less.written}")


def _change(asked: Asked) -> Reckoned | None:
    word = _rate(asked)
    pair = _pair(asked, word[0]) if word else None
    if not pair or not pair[0][1].value or pair[1] == "%":
        return None
    (one, other), _ = pair
    rate = 100 * (one.value - other.value) / other.value
    return _said(asked, "change", [one, other], "%", rate, f"({one.written} − {other.written}) ÷ {other.written}")


def _rate(asked: Asked) -> re.Match[str] | None:
    """What asks by what share something changed, where no column tells that."""
    word = CHANGE.search(asked.text)
    return word if word and not any(word[0] in name for name in asked.table.header) else None


def _share(asked: Asked) -> Reckoned | None:
    word = SHARE.search(asked.text)
    if not word or not asked.names_rows:
        return None
    rest = asked.without(word[0], *SUM.findall(asked.text))
    at = column_of(rest, measures(asked))
    cells = cells_of(asked, range(len(asked.table.rows)), at) if at is not None else []
    own = [cell for cell in cells if cell.row.cells[asked.name] in asked.held[asked.name]]
    whole = sum(cell.value for cell in cells)
    if len(own) != 1 or len(cells) < 2 or not whole or not rest.is_about():
        return None
    return _said(
        asked, "share", [*own, *cells], "%", 100 * own[0].value / whole, f"{own[0].written} ÷ ({_added(asked, cells)})"
    )


# --- the cells --------------------------------------------------------------------------------------------------------


def _column(asked: Asked, word: str) -> tuple[list[Cell], str] | None:
    """The numbers of the column that is named, of the rows that the question may be about, and their unit; None of fewer than two,
    and where a column is of sums or means itself."""
    if _is_a_column(asked, word):
        return None
    between = _between(asked)
    words = [found[0] for found in _TO.finditer(asked.text)] if between else []
    rest = asked.without(word, first_of(asked.text)[1], *words, *EACH.findall(asked.text))
    at = column_of(rest, measures(asked))
    places = placed_first(asked) or between or asked.within or range(len(asked.table.rows))
    cells = cells_of(asked, places, at) if at is not None else []
    if asks_of_others(asked):
        return None
    if (count := first_of(asked.text)[0]) and not placed_first(asked):
        cells = sorted(cells, key=lambda cell: -cell.value)[:count]
    unit = unit_of(asked, cells)
    return (cells, unit) if len(cells) > 1 and unit is not None and unit != "%" and rest.is_about(half=True) else None


def _is_a_column(asked: Asked, word: str) -> bool:
    """True if a column is named by a word that asks for a sum or a mean: 总价, of 各房源的总价."""
    return any(word.lstrip("的") in name for name in asked.table.header)


_TO = re.compile(r"\s*(?:到|至|[-–—~～]|\b(?:to|through|until)\b)\s*", re.IGNORECASE)


def _between(asked: Asked) -> range | None:
    """The rows from one that is named up to another: 1月到4月."""
    names = [row.cells[asked.name] for row in asked.table.rows]
    for first in asked.within if asked.names_rows else []:
        start = asked.text.find(names[first])
        behind = _TO.match(asked.text, start + len(names[first])) if start >= 0 else None
        for last in asked.within if behind else []:
            if behind and asked.text.startswith(names[last], behind.end()):
                return range(first, last + 1)
    return None


def _pair(asked: Asked, word: str) -> tuple[tuple[Cell, Cell], str] | None:
    """The two numbers that a question sets against each other, the one that it asks of first, and their unit."""
    moves = {found[0] for moved in (RISE, FALL, SET_AGAINST) for found in moved.finditer(asked.text)}
    rest = asked.without(word, *(move for move in moves if not any(move in name for name in asked.table.header)))
    for pair in (_of_rows(rest), _of_ends(rest), _of_years(rest)):
        if pair and (unit := unit_of(asked, pair)) is not None:
            return pair, unit
    return None


def _of_rows(asked: Asked) -> tuple[Cell, Cell] | None:
    """Of two rows that are named, or two years that have a row each."""
    by = next(iter(asked.years), None)
    own: Sequence[int]
    if asked.names_rows:
        own = sorted(asked.within, key=lambda at: asked.text.find(asked.table.rows[at].cells[asked.name]))
    elif by is not None and len(asked.question.years) == 2:
        newest = sorted(asked.question.years, reverse=True)
        years = [YEAR.findall(row.cells[by])[:1] for row in asked.table.rows]
        own = [years.index([year]) for year in newest if [year] in years]
    else:
        return None
    at = column_of(asked, [at for at in measures(asked) if at != by])
    at = measured(asked, asked.text) if at is None else at
    cells = cells_of(asked, own, at) if at is not None and asked.is_about() else []
    return (cells[0], cells[1]) if len(cells) == len(own) == 2 else None


def _of_ends(asked: Asked) -> tuple[Cell, Cell] | None:
    """Of the most and the least of a column."""
    ends = list(SUPERLATIVE.finditer(asked.text))
    ways = {direction(found["zh"] or found["en"]) for found in ends}
    rest = asked.without(*(found[0] for found in ends))
    if ways != {1, -1} or asked.held:
        return None
    at = column_of(rest, measures(asked))
    cells = cells_of(asked, range(len(asked.table.rows)), at) if at is not None and rest.is_about() else []
    values = [cell.value for cell in cells]
    if len(set(values)) < 2 or values.count(max(values)) > 1 or values.count(min(values)) > 1:
        return None
    return max(cells, key=lambda cell: cell.value), min(cells, key=lambda cell: cell.value)


def _of_years(asked: Asked) -> tuple[Cell, Cell] | None:
    """Of one row in two years that have a column each, or in one, or the last, and the one before it."""
    header, years = asked.table.header, asked.question.years
    told = sorted((year, at) for at in measures(asked) for year in YEAR.findall(header[at])[:1])
    if not told or not asked.names_rows or len(asked.within) != 1 or not asked.is_about():
        return None
    last = years[-1] if years else told[-1][0]
    first = years[0] if years else last
    told = [(year, at) for year, at in told if year <= last]
    at = column_of(asked, [at for year, at in told if year == last])
    alike = [
        (year, own)
        for year, own in told
        if at is not None and DIGITS.sub("", header[own]) == DIGITS.sub("", header[at])
    ]
    before = [own for year, own in alike if (year == first if first != last else year < last)]
    if at is None or not before:
        return None
    cells = [cell for own in (at, before[-1]) for cell in cells_of(asked, asked.within, own)]
    return (cells[0], cells[1]) if len(cells) == 2 else None


def cells_of(asked: Asked, places: Sequence[int], at: int) -> list[Cell]:
    """The numbers of a column in rows, without those of rows that are the sum of others by name or number."""
    table = asked.table
    known = {row.start for row, _ in asked.numbers(table.columns[at])} if not asked.held else None
    found: list[Cell] = []
    for place in places:
        row, value = table.rows[place], table.columns[at][place]
        written = _PLAIN.fullmatch(row.cells[at].strip())
        if value is None or not written or _is_total(row.cells[asked.name]) or (known and row.start not in known):
            continue
        found.append(Cell(row, at, value, written[2]))
    return found


def measures(asked: Asked) -> list[int]:
    """The columns of numbers that are no years and no places in an order."""
    return [at for at in asked.table.numeric if at not in asked.years and at != asked.table.rank]


def _total(asked: Asked, cells: Sequence[Cell]) -> Row | None:
    """The row of the table that is the sum of all."""
    if asked.held or first_of(asked.text)[0]:
        return None
    whole, at = sum(cell.value for cell in cells), cells[0].at
    own = {cell.row.start for cell in cells}
    others = [place for place, row in enumerate(asked.table.rows) if row.start not in own]
    named = [place for place in others if _is_total(asked.table.rows[place].cells[asked.name])]
    return next(
        (asked.table.rows[place] for place in named or others if named or asked.table.columns[at][place] == whole), None
    )


def _is_total(name: str) -> bool:
    return bool(SUM.fullmatch(name.strip(" *：:")))


def _is_of_all(asked: Asked, word: str) -> bool:
    """True if a question asks of several rows together: it names some, what they are, how many, or the column and nothing else."""
    if asked.held or EACH.search(asked.text) or _names_kind(asked) or first_of(asked.text)[0]:
        return True
    if any(number.value == len(asked.table.rows) for number in find_numbers(asked.text)):
        return True
    rest = asked.without(word)
    shared, whole = rest.shared(terms_of(asked.above))
    verbs = [term for term in terms_of(rest.question.content) - terms_of(asked.above) if lexical.is_han(term)]
    return 0 < shared == whole or (shared > 0 and bool(verbs) and all(len(term) == 1 for term in verbs))  # 卖了多少金额


def _names_kind(asked: Asked) -> bool:
    """True if a question says what the rows are."""
    return bool(asked.shared(terms_of(asked.table.header[asked.name]))[0])


# --- what is said -----------------------------------------------------------------------------------------------------


def unit_of(asked: Asked, cells: Sequence[Cell]) -> str | None:
    """The unit that all cells are written in, or their column is; None where they are not of one."""
    behind = {_PLAIN.sub(r"\1\3", cell.row.cells[cell.at].strip()).strip() for cell in cells}
    if len(behind) != 1:
        return None
    (own,) = behind
    return own or rows.written_unit(asked.table.header[cells[0].at], asked.hit.passage.heading)


def _added(asked: Asked, cells: Sequence[Cell]) -> str:
    if len(cells) <= SHOWN:
        return " + ".join(cell.written for cell in cells)
    return f"{len(cells)} 行之和" if asked.question.language == "zh" else f"sum of {len(cells)} rows"


def _said(asked: Asked, kind: str, cells: Sequence[Cell], unit: str, value: Decimal, how: str) -> Reckoned:
    """The rows of the cells, and what they come to, in the unit that they are written in."""
    zh = asked.question.language == "zh"
    text = (
        f"{round(value, 1)}%" if kind in ("change", "share") else as_written(asked, value, cells, unit, kind == "mean")
    )
    chosen = {cell.row.start: (cell.row, cell.at) for cell in reversed(cells)}  # of two in a row the one asked of
    return Reckoned(
        [*reversed(chosen.values())], f"{_NAMES['zh' if zh else 'en'][kind]}{'：' if zh else ': '}{how} = {text}"
    )


def as_written(asked: Asked, value: Decimal, cells: Sequence[Cell], unit: str, mean: bool = False) -> str:
    """What cells come to, as they are written: in their unit, with as many places behind the point, two more of a mean, and thousands
    parted where any of them does."""
    parted = any(re.search(r"\d,\d{3}", cell.written) for cell in cells)
    places = max(len(found[1]) if (found := re.search(r"\.(\d+)$", cell.written)) else 0 for cell in cells)
    number = round(value / _scale(cells), places + 2 * mean)
    number = number if places and not mean else number.normalize()
    shown = f"{number:,f}" if parted else f"{number:f}"
    if unit and unit in "$€£¥￥":
        return f"{unit}{shown}"
    space = "" if not unit or unit == "%" or asked.question.language == "zh" else " "
    return f"{shown}{space}{unit.strip()}"


def _scale(cells: Sequence[Cell]) -> Decimal:
    """How much the number of a cell is more than what is written: 10,000 of 1.2万."""
    plain = rows.number(cells[0].written)
    return cells[0].value / plain if plain else Decimal(1)
