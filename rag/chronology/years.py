"""Of which years a text tells: exact, by the dates that stand in it and the date of its article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from index.text import dates
from index.text.dates import LONE_YEAR, RECENT_YEAR
from index.types import Article

_BASE = re.compile(
    rf"(?:(?:相?较|(?<![占对正反])比|相比)于?|(?:与|同|和)(?=[^，。；,;]{{0,12}}相比))\s*(?:{RECENT_YEAR}\s*年?|去年|上年|前年|上一年)(?!年|\s*的\s*[\d约近])"
    rf"|\b(?:than|compared (?:with|to)|versus)\s+(?:in |of |those (?:in|of) )?(?:{RECENT_YEAR}\b|last year)",
    re.I,
)
"""The year that something is compared with: 较2024年增长近两倍 tells of another, 比2024年的318只增加109只 of that year too."""


_SPAN = re.compile(
    rf"(?<!\d)({RECENT_YEAR})(?:年|[./-]\d{{1,2}}(?!\d))?(?:\d{{1,2}}月)?(?:\d{{1,2}}[日号])?\s*(?:到|至|—+|–|-|~|～|to|until|through)\s*"
    rf"(?:[A-Z][a-z]{{2,8}}\.? )?({RECENT_YEAR}|今|现在|[Nn]ow|(?:the )?[Pp]resent|[Tt]oday)(?!\d)"
)
"""From one year to another, or to the present: 2019年4月—2023年8月, 2023年9月至今, "2019 to present"."""


def spanned(year: str, sentence: str) -> bool:
    """True if a year lies within a stretch of time that a sentence names, which tells who or what was there then, but no figure of it."""
    return any(first <= year <= (last if last.isdecimal() else "9999") for first, last in _SPAN.findall(sentence))


def goes_on(sentence: str) -> bool:
    """True if a sentence names a stretch of time up to the present."""
    return any(not last.isdecimal() for _, last in _SPAN.findall(sentence))


def year_match(year: str, sentence: str, near: Sequence[str], published: str) -> float:
    """1 when the year stands in the sentence (去年 counts, dated by the article), .5 when just before or above it, .25 when
    no year stands there and the article is of that year, or nothing at all tells of which year it is; else 0."""
    named = claimed_years(sentence, published)
    if year in named:
        return 1.0
    before = [other for text in near for other in claimed_years(text, published)]
    if year in before:
        return 0.5
    undated = not published and not before
    return 0.25 if not named and (published.startswith(year) or undated) else 0.0


def dated(article: Article) -> str:
    """The ISO date of an article; of one without the year that it names more often than all others together, as the report on a year
    does, which says "in June" of June of that year; "" where there is none."""
    return article.date or _year_of(article.text)


@lru_cache(maxsize=256)
def _year_of(text: str) -> str:
    named = Counter(LONE_YEAR.findall(text))
    often = named.most_common(1)
    return often[0][0] if often and often[0][1] * 2 > named.total() else ""


def claimed_years(text: str, published: str) -> tuple[str, ...]:
    """The years that a text tells of: those of :func:`years_of` without one that it compares them with."""
    return years_of(without_bases(text), published)


def without_bases(text: str) -> str:
    """A text without the years that it compares with."""
    return _BASE.sub(" ", text)


@lru_cache(maxsize=4096)
def years_of(text: str, published: str) -> tuple[str, ...]:
    """Years named in the text, in order; those that only the article's date can give are dated by it."""
    return tuple([mention.iso[:4] for mention in dates.find_dates(text, published)] + LONE_YEAR.findall(text))
