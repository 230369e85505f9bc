"""The period that a request names: 2月, 上周, 2025年下半年, 今年以来, "since March 2025"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from index.text import dates
from index.text.dates import LONE_YEAR, RECENT_YEAR
from index.text.quarters import PART_OF_YEAR as PART_OF_YEAR_ZH
from index.text.quarters import PART_OF_YEAR_EN, parts_of_year
from rag.chronology import when
from rag.chronology.when import Days

_TO = re.compile(r"\s*(?:到|至|[-–—~～]|\bto\b|\bthrough\b)\s*", re.IGNORECASE)
_FUNCTION_WORDS = re.compile(r"\b(?:the|in|of|from|during)\b", re.IGNORECASE)
_PART = re.compile(rf"{PART_OF_YEAR_ZH}|{PART_OF_YEAR_EN}", re.IGNORECASE)
_SINCE = re.compile(r"以来|至今|起(?=$|的|，)|\bsince\b", re.IGNORECASE)
_AFTER = re.compile(r"以后|之后|\bafter\b", re.IGNORECASE)
_BEFORE = re.compile(r"以前|之前|\bbefore\b", re.IGNORECASE)
_DECADE = re.compile(
    rf"(?:上个?世纪|20世纪)?(?:(?P<zh>(?=\d{{3}}0){RECENT_YEAR})|(?<!\d)(?P<short>[2-9]0)|(?P<han>[二三四五六七八九])十)年代|\b(?P<en>(?=\d{{3}}0){RECENT_YEAR})s\b"
)
"""1990年代, 90年代, 九十年代, the 1990s; of the century before where none is named."""
_MONTHS = {"q": (1, 3), "h": (1, 6), "s": (3, 3)}
"""The month with which the first of a year's parts begins, and how many months each has."""


def named(text: str, today: date) -> tuple[Days | None, str]:
    """The first and the last day of the period that a text names, and the text without it; None where it names none."""
    if decade := _DECADE.search(text):
        return _decade(decade), _without(text, decade)
    moment = when.read(dates.months_in_figures(text).replace("月份", "月"), today)
    mentions = [one for one in dates.find_dates(moment.text, today.isoformat()) if one.iso]
    rest = moment.text
    for one in reversed(mentions):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    days = moment.period
    if mentions and (len(mentions) > 1 or not days):
        days = when.days_of(mentions[0].iso)[0], when.days_of(_last(moment.text, mentions))[1]
        rest = _TO.sub(" ", rest) if len(mentions) > 1 else rest
    if part := _PART.search(rest):
        year = LONE_YEAR.search(moment.text)
        days = _part(part[0], int(year[0]) if year else today.year, None if year else today)
        rest = LONE_YEAR.sub(" ", _without(rest, part))
    if not days:
        return None, rest
    if found := _SINCE.search(rest):
        return (days[0], max(today, days[1])), _without(rest, found)
    if found := _AFTER.search(rest):
        return (days[1] + timedelta(days=1), max(today, days[1])), _without(rest, found)
    if found := _BEFORE.search(rest):
        return (date.min, days[0] - timedelta(days=1)), _without(rest, found)
    return days, rest


def _decade(found: re.Match[str]) -> Days:
    """The days of a decade."""
    short = found["short"] or (found["han"] and f"{'一二三四五六七八九'.index(found['han']) + 1}0")
    first = int(found["zh"] or found["en"] or f"19{short}")
    return date(first, 1, 1), date(first + 9, 12, 31)


def names_only(text: str, today: date) -> bool:
    """True if a text names a period and nothing else."""
    days, rest = named(text, today)
    return bool(days) and not re.search(r"\w", _FUNCTION_WORDS.sub(" ", rest))


def _last(text: str, mentions: Sequence[dates.DateMention]) -> str:
    """The last of the dates that a text names; in 2025年1月到3月 of the year of the first."""
    first, last = mentions[0].iso, mentions[-1].iso
    if (
        len(mentions) > 1
        and last[:4] != first[:4]
        and not LONE_YEAR.search(text[mentions[-1].start : mentions[-1].end])
    ):
        last = first[:4] + last[4:]
    return last


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _part(said: str, year: int, today: date | None) -> Days:
    """The days of a quarter, a half or a season of a year, of the year before where it has not begun on ``today``."""
    kind, place = next(iter(parts_of_year(said)))
    first, length = _MONTHS[kind]
    start = year * 12 + first - 1 + (place - 1) * length
    if today and date(start // 12, start % 12 + 1, 1) > today:
        start -= 12
    end = start + length
    return date(start // 12, start % 12 + 1, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
