"""What the articles tell of a period that none of them is of: the sentences that name a day, a month or a year of it."""

from __future__ import annotations

from collections.abc import Iterator

from index import passages
from index.filters import Filters
from index.mentions import Mention, MentionError
from index.text.dates import LONE_YEAR, MONTHS, find_dates
from index.types import Article
from rag.chronology.when import Days, days_of
from rag.chronology.years import dated
from rag.whole import wording
from rag.whole.comparing import Library
from rag.whole.types import Overview, Request, Row, Span

LINES = 20
"""Sentences that are told at most: those that begin with the time, where there are more."""

YEARS = 10
"""Years of a period at most."""


def overview(library: Library, request: Request, days: Days, said: str, filters: Filters) -> Overview | None:
    """The sentences that name a time within a period, by article and in their order; None where none does."""
    found: dict[tuple[str, int], Row] = {}
    for mention in _mentions(library, days, filters):
        for span in mention.spans:
            start, end = _sentence(mention.article, span)
            if _within(mention.article, (start, end), days):
                found.setdefault(
                    (mention.article.id, start), Row(mention.article, start, end, label=mention.article.title)
                )
    rows = sorted(found.values(), key=lambda row: (row.article.date, row.article.id, row.start))
    if len(rows) > LINES:
        rows = [row for row in rows if _begins(row, days)][:LINES] or rows[:LINES]
    if not rows:
        return None
    articles = len({row.article.id for row in rows})
    return Overview(request, tuple(rows), wording.briefed(request, said, articles, len(rows)), wording.plain(request))


def _mentions(library: Library, days: Days, filters: Filters) -> Iterator[Mention]:
    for name in _names(days):
        try:
            yield from library.mentions(name, filters)
        except MentionError:
            continue


def _names(days: Days) -> list[str]:
    """How the times of a period are written: its years, or the month or the day that it is."""
    first, last = days
    if first.year != last.year or (first, last) == days_of(f"{first.year:04}"):
        return [str(year) for year in range(first.year, last.year + 1)] if last.year - first.year < YEARS else []
    month = MONTHS[first.month - 1]
    if first == last:
        return [f"{first.month}月{first.day}日", f"{first.day} {month}", f"{month} {first.day}"]
    return [f"{first.month}月", month] if first.month == last.month else []


def _sentence(article: Article, span: Span) -> Span:
    """The sentence in which something stands, within its line."""
    begin = article.text.rfind("\n", 0, span[0]) + 1
    end = article.text.find("\n", span[0])
    spans = passages.sentences(article.text, begin, end if end >= 0 else len(article.text))
    return next((one for one in spans if one[0] <= span[0] < one[1]), span)


def _within(article: Article, span: Span, days: Days) -> bool:
    """True if a sentence names a time that lies within a period."""
    text = article.text[slice(*span)]
    told = [one.iso for one in find_dates(text, dated(article))] + LONE_YEAR.findall(text)
    return any(days[0] <= first and last <= days[1] for first, last in map(days_of, told))


def _begins(row: Row, days: Days) -> bool:
    """True if a sentence begins with the time."""
    return any(row.quote.startswith(name) for name in _names(days))
