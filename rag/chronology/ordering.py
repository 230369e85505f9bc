"""Ranked evidence as a question's time wants it: of a period, the newest first, or the highest of all times first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from index import lexical, passages, rows
from index.text import dates
from index.text.clauses import STATEMENT_END
from index.text.dates import LONE_YEAR, RECENT_YEAR
from index.text.numbers import Number, find_numbers
from index.text.quarters import parts_of_year
from index.text.scripts import HAN
from index.types import Hit
from rag import evidence
from rag.chronology import years
from rag.chronology.when import NOW, Days, When, days_of
from rag.evidence import Evidence
from rag.question import Question

BEFORE = 200
"""Characters before a sentence, of its passage, in which the day is looked for that it tells of."""

REACH = 60
"""Passages whose sentences are read where time decides: yearly reports say the same in nearly the same words."""

NEAR = 2.5
"""How much less than the best of its language a sentence may score and still count as an answer of another time."""

MEASURED = 7.0
"""The same for a sentence that gives its number in the same unit: another year's report may use other words."""

MOST = {"newest": 3, "extreme": 6}
"""Sentences shown: of the newest those before it, of the highest those next to it."""

READ = 12
"""Sentences of these times that the reader chooses from."""

Answers = Callable[[Evidence], bool]
"""Whether one sentence answers by itself."""


def arrange(moment: When, asked: Question, ranked: Sequence[Evidence], answers: Answers) -> list[Evidence]:
    """The evidence that fits the time that a question names, what it asks for first: for "the newest" the newest. All of it,
    in the order given, where the question names no time."""
    kept = list(ranked)
    if moment.period:
        kept = _within(moment, asked, kept)
    if parts := parts_of_year(asked.text):
        kept = _of_part(parts, kept)
    if moment.as_of:
        kept = _until(moment.as_of, kept)
    if not (moment.newest or moment.as_of or moment.extreme):
        return kept
    alike = _alike(asked, kept, answers)
    if moment.extreme:
        return _extreme(moment.extreme, asked, alike) or kept
    # The month decides, then the article: two days that one article names are no two states of the thing it tells of.
    now = NOW.search(moment.shown)
    newest = sorted(
        alike,
        key=lambda one: (
            _present(now[0], one) if now else 0,
            _told(one)[:7],
            one.hit.article.date,
            not (now and _to_come(one)),
        ),
        reverse=True,
    )
    if moment.as_of:
        newest.sort(key=lambda one: not _ends(moment, one))
    times = [*dict.fromkeys(_time(moment, one) for one in newest)][: MOST["newest"]]
    return [one for one in newest if _time(moment, one) in times][:READ] or kept


def of_each_time(moment: When, told: Sequence[Evidence], best_first: Sequence[Evidence]) -> list[Evidence]:
    """Of the newest the sentence of each time that answers best; all that is told where no newest is asked for."""
    if moment.extreme:
        return list(told)
    best = {_time(moment, one): _place(one) for one in reversed(best_first)}
    kept = [one for one in told if not _told(one) or best.get(_time(moment, one)) == _place(one)]
    return kept[: MOST["newest"]]


def _place(one: Evidence) -> tuple[str, int]:
    return one.hit.article.id, one.start


def _time(moment: When, one: Evidence) -> tuple[str, str, int, bool]:
    """The time that a sentence of an article tells of, and whether it is the present or to come."""
    now = NOW.search(moment.shown)
    return one.hit.article.id, _told(one), _present(now[0], one) if now else 0, bool(now) and _to_come(one)


def _present(said: str, one: Evidence) -> int:
    """How surely a sentence tells of the present by its words: 2 by those of the question (现任) in an article without a date, 1 by others
    there, or by a stretch of time that goes on (至今)."""
    undated = not one.hit.article.date
    return 2 * (undated and said in one.text) or int(
        years.goes_on(one.text) or (undated and bool(NOW.search(one.text)))
    )


_WILL = re.compile(r"(?<![即必])将(?![军领士帅来])|\b(?:will|shall)\b", re.IGNORECASE)


def _to_come(one: Evidence) -> bool:
    """True if a sentence names a year after its article's and none before, or tells of that year what will be."""
    published = years.dated(one.hit.article)[:4]
    named = LONE_YEAR.findall(one.text)
    return bool(published and named) and (
        min(named) > published or (min(named) == published and bool(_WILL.search(one.text)))
    )


def first(hits: Sequence[Hit], ranked: Sequence[Evidence]) -> list[Hit]:
    """The hits in the order of the evidence: the one that holds the first sentence first, those without any last."""
    places = {one.hit.passage.id: at for at, one in reversed(list(enumerate(ranked)))}
    return sorted(hits, key=lambda hit: places.get(hit.passage.id, len(places)))


def labelled(ranked: Sequence[Evidence]) -> Mapping[str, Sequence[Evidence]]:
    """Date -> sentences. The date is the article's; the year that a sentence tells of, where that is another year."""
    found: dict[str, list[Evidence]] = {}
    for one in ranked[: MOST["extreme"]]:
        found.setdefault(_label(one), []).append(one)
    return found


def _label(one: Evidence) -> str:
    told, published = _told(one), one.hit.article.date
    return published if published.startswith(told[:4]) or not told else told[:4]


# --- of a period ------------------------------------------------------------------------------------------------------


def _within(moment: When, asked: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """What tells of the period; of a month without a year that of other years, where the latest has none."""
    assert moment.period  # noqa: S101 - arrange asks for it
    first, last = moment.period
    coarse = last - first > timedelta(days=7)
    other = asked.kind == "date"  # what happened in July may be over in September: that date is what is asked for
    found = [
        one
        for one in ranked
        if _tells(one, lambda days: days[0] <= last and first <= days[1], months=coarse, other=other)
    ]
    if found or not moment.floats:
        return found
    return [
        one for one in ranked if _tells(one, lambda days: days[0].month == days[1].month == first.month, other=other)
    ]


def _tells(one: Evidence, fits: Callable[[Days], bool], *, months: bool = True, other: bool = False) -> bool:
    """True if a sentence tells of days that fit: by itself, else by the last that stand before it, else by those above, else by its
    article's date. Of a week no mention of a month tells. With ``other`` one that names other days may tell of those before it."""
    article, passage = one.hit.article, one.hit.passage
    published = years.dated(article)
    before = article.text[passage.start : one.start][-BEFORE:]
    sentences = [before[a:b] for a, b in passages.sentences(before)]
    for at, text in enumerate((one.text, *reversed(sentences), f"{article.title}\n{passage.heading}")):
        isos = _days_in(text, published or "2000")
        if at and article.date:  # what will be is no day that the next sentence tells of
            isos = [iso for iso in isos if iso <= article.date[: len(iso)]]
        if found := [days_of(iso) for iso in isos if months or len(iso) > 7]:
            if any(map(fits, found)):
                return True
            if at or not other:
                return False
    named = [iso for iso in _days_in(one.text, published) if months or len(iso) > 7]
    return not named and len(article.date) > 4 and fits(days_of(article.date))


_MONTH_CELL = re.compile(
    rf"(?m)(?:^|[|\t])[ ]*((?:{'|'.join(month[:3] for month in dates.MONTHS)})[a-z]*)\.?[ ]*(?=[|\t]|$)", re.IGNORECASE
)
"""An English month that fills a cell: a month without a year as 7月 is."""


def _days_in(text: str, published: str) -> list[str]:
    """Months and days that a text tells of, as ISO dates, without those that it compares with."""
    told = [told.iso for told in dates.find_dates(years.without_bases(text), published) if len(told.iso) > 4]
    cells = (found[1] for found in _MONTH_CELL.finditer(text) if published)
    return told + [f"{published[:4]}-{dates.month_of(name):02}" for name in cells if _is_month(name)]


def _is_month(name: str) -> bool:
    return any(month[: len(name)].casefold() == name.casefold() for month in dates.MONTHS)


def _of_part(parts: frozenset[tuple[str, int]], ranked: Sequence[Evidence]) -> list[Evidence]:
    """What tells of a quarter, half or season, by itself or by what stands before it and above, and what names none: the fourth
    quarter of a game is told as "with 4:51 left"."""
    kinds = {kind for kind, _ in parts}
    named = [(one, {part for part in _parts_told(one) if part[0] in kinds}) for one in ranked]
    return [one for one, told in named if told & parts or not told]


def _parts_told(one: Evidence) -> frozenset[tuple[str, int]]:
    article, passage = one.hit.article, one.hit.passage
    before = article.text[passage.start : one.start][-200:]
    return parts_of_year(one.text) or parts_of_year(f"{article.title}\n{passage.heading}\n{before}")


# --- the newest -------------------------------------------------------------------------------------------------------

_SINCE = re.compile(
    rf"自?[从自]?{RECENT_YEAR}年(?:\d{{1,2}}月)?(?:以来|起|开始|至今)|自{RECENT_YEAR}年|\bsince (?:\w+ )?{RECENT_YEAR}\b",
    re.IGNORECASE,
)


def _until(last: date, ranked: Sequence[Evidence]) -> list[Evidence]:
    return [one for one in ranked if (told := _told(one)) and days_of(told)[0] <= last]


def _ends(moment: When, one: Evidence) -> bool:
    """True if a sentence tells of the very time up to which is asked."""
    told = _told(one)
    return bool(told) and days_of(told)[1] == moment.as_of


def _told(one: Evidence) -> str:
    """The last date that a sentence tells of and that is not after its article's, else its title's year, else the article's date."""
    published = years.dated(one.hit.article)
    for text in (one.text, f"{one.hit.article.title} {one.hit.passage.heading}"):
        plain = _SINCE.sub(" ", unicodedata.normalize("NFKC", years.without_bases(text)))
        isos = [told.iso for told in dates.find_dates(plain, published)] + LONE_YEAR.findall(plain)
        if past := [iso for iso in isos if not published or iso[: len(published)] <= published[: len(iso)]]:
            latest = max(past)
            return published if published.startswith(latest) else latest
    return published


def _alike(asked: Question, ranked: Sequence[Evidence], answers: Answers) -> list[Evidence]:
    """The sentences that answer as the best one of their language does: with the kind of thing asked for, a number in its unit."""
    found: list[Evidence] = []
    for language in dict.fromkeys(one.hit.article.language for one in ranked):
        own = [one for one in ranked if one.hit.article.language == language]
        best = next((one for one in own if answers(one)), None)
        if best is None:
            continue
        unit, held = _unit(asked, best), evidence.holds(asked, best.text)
        for one in own:
            if held and not evidence.holds(asked, one.text):
                continue
            near = MEASURED if unit and unit == _unit(asked, one) else NEAR
            if one.score >= best.score - near and answers(one) and (not unit or unit == _unit(asked, one)):
                found.append(one)
    return found or [one for one in ranked if one.score >= ranked[0].score - NEAR and answers(one)]


def _unit(asked: Question, one: Evidence) -> str:
    number = figure(asked, one) if asked.kind == "number" else None
    return (number.unit or "-") if number else ""


# --- the highest of all times -----------------------------------------------------------------------------------------


def _extreme(direction: int, asked: Question, alike: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each time, the highest (1) or lowest (-1) number first."""
    found: dict[tuple[str, frozenset[tuple[str, int]]], tuple[Decimal, Evidence]] = {}
    for one in sorted(alike, key=lambda one: -one.score):
        if number := figure(asked, one):
            found.setdefault((_told(one), _parts_told(one)), (number.value, one))
    ordered = sorted(found.values(), key=lambda pair: -direction * pair[0])
    return [one for _, one in ordered[: MOST["extreme"]]]


_MEASURED_ZH = re.compile(rf"([{HAN}]{{2}})\s*(?:是|为|达|有|约|共|到|了)*(?:多[少大高长重]|几)")
"""What a Chinese question wants the measure of: the noun before 多少."""
_CHANGES = {"%", "times", "percentage points"}


def figure(asked: Question, one: Evidence) -> Number | None:
    """The number that answers a question in a sentence: that of the clause, or in a table of the column, which says what is measured
    (规模多大) and shares most words with the question; of two such clauses the one in which they stand nearer to it. None where there is
    no number."""
    if rows.is_row(one.text):
        return _cell(asked, one)
    sought = set(lexical.terms(asked.content))
    measured = _MEASURED_ZH.search(asked.text)
    best: tuple[tuple[bool, int, int], Number] | None = None
    for clause in STATEMENT_END.split(one.text):
        numbers = [number for number in find_numbers(clause) if not number.ordinal]
        plain = [number for number in numbers if number.unit not in _CHANGES] or numbers
        shared = len(sought & set(lexical.terms(clause)))
        if not plain:
            continue
        nearest = min(plain, key=lambda number: _distance(sought, clause, number))
        fit = bool(measured and measured[1] in clause), shared, -_distance(sought, clause, nearest)
        if best is None or fit > best[0]:
            best = fit, nearest
    return best[1] if best else None


def _distance(sought: set[str], clause: str, number: Number) -> int:
    """Characters between a number and the nearest word before or after it that the question has too."""
    shared = [word.span() for word in _WORD.finditer(clause) if not sought.isdisjoint(lexical.terms(word[0]))]
    apart = [max(number.start - end, start - number.end, 0) for start, end in shared]  # 0: what it counts stands in it
    return min([*apart, len(clause)])


_WORD = re.compile(rf"[{HAN}]|[^\W{HAN}]+")


def _cell(asked: Question, one: Evidence) -> Number | None:
    """The cell of a row whose column's name shares most with the question."""
    header, cells = rows.cells(rows.header(one.hit.passage)), rows.cells(one.text)
    sought = set(lexical.terms(asked.content))
    columns = range(1, min(len(header), len(cells)))
    for at in sorted(columns, key=lambda at: -len(sought & set(lexical.terms(header[at])))):
        if found := find_numbers(cells[at]):
            return found[0]
    return None
