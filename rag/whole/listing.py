"""List and count: every article that holds a string, or that is about a topic, each with its best sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from index import issues, lexical, passages
from index.filters import Filters
from index.mentions import Mention
from index.store import Store
from index.types import Article
from models import load_lexicon
from rag.whole import about, wording
from rag.whole.types import Overview, Request, Row, Span

AT_ONCE = 2000
"""Articles that are read at a time."""

FIRST = 3
"""Articles of an issue that are read for one that is no copy of another."""

BEGINNING = 600
"""Characters within which an article has its first sentence, and names what it is of."""


class Library(about.Library, Protocol):
    """What is needed of the assistant."""

    library: Store

    def mentions(self, text: str, filters: Filters | None = None) -> list[Mention]:
        """Every article that holds a string, newest first. Raises MentionError."""


def overview(library: Library, request: Request, filters: Filters | None = None) -> Overview | None:
    """The rows of a list; a count is that of its rows; None where no bulletin has the issues that are asked for. Raises MentionError for
    a string that cannot be looked for."""
    if request.issues:
        return _of_issues(library.library, request, filters or Filters())
    if request.source or not request.subject:
        rows = _all(library.library, of_source(library.library, request, filters or Filters()))
    elif request.literal:
        rows = [row_of(mention) for mention in library.mentions(request.subject, filters)]
    else:
        rows = _about(library, request.subject, filters)
    sure = sum(not row.near for row in rows)
    return Overview(request, tuple(rows), wording.listed(request, sure), wording.other_list(request))


def _of_issues(stored: Store, request: Request, filters: Filters) -> Overview | None:
    """The issues of a bulletin, newest first, each by the first sentence of its first article."""
    named = issues.called(request.subject, stored.issues())
    rows = [row for issue in named for row in _all(stored, of_sources(stored, [issue], filters)[:FIRST])[:1]]
    rows.sort(key=lambda row: row.article.date, reverse=True)
    told = [row.article.issue for row in rows]
    return Overview(request, tuple(rows), wording.issues(request, told), wording.plain(request)) if rows else None


def of_source(stored: Store, request: Request, filters: Filters) -> list[int]:
    """The rows of all articles that the filters admit, of those of the source that a request names."""
    if not request.source:
        return [int(row) for row in stored.select(filters)]
    named = issues.named(request.subject, stored.issues())
    return of_sources(stored, named or [_as_stored(stored, request)], filters)


def _as_stored(stored: Store, request: Request) -> str:
    """A source as articles name it: in the other language, where none names it as it was asked for (Xinhua: 新华社)."""
    stems = [lexical.stem(run) for run in lexical.runs(request.subject) if len(run) > 1]
    others = load_lexicon().translations(
        "".join(stems) if request.language == "zh" else " ".join(stems), request.language
    )
    names = (request.subject, *(sense for sense, _ in others))
    return next((name for name in names if len(stored.select(Filters(source=name)))), request.subject)


def of_sources(stored: Store, sources: Sequence[str], filters: Filters) -> list[int]:
    """The rows of the articles of some sources or issues that the filters admit."""
    own = {int(row) for source in sources for row in stored.select(replace(filters, source=source))}
    return [int(row) for row in stored.select(filters) if int(row) in own]


def _all(stored: Store, chosen: Sequence[int]) -> list[Row]:
    """The articles of some rows, newest first, each by its first sentence."""
    rows: list[Row] = []
    for begin in range(0, len(chosen), AT_ONCE):
        held = stored.whole(chosen[begin : begin + AT_ONCE]).values()
        rows += [Row(one, *first(one), also=one.also_in) for one in held if not one.copy_of]
    return sorted(rows, key=lambda row: row.article.date, reverse=True)


def first(article: Article) -> Span:
    """The first sentence of an article that is no heading; its beginning where it has no other."""
    spans = passages.sentences(article.text[:BEGINNING]) or [(0, 0)]
    return next((span for span in spans if not passages.is_heading(article.text[slice(*span)])), spans[0])


def row_of(mention: Mention) -> Row:
    """An article as a row: its first sentence that holds the string; its first sentence of all where only the title holds it."""
    article = mention.article
    spans = passages.sentences(article.text)
    said = [span for span in spans if not passages.is_heading(article.text[slice(*span)])] or spans or [(0, 0)]
    holding = [span for span in said if _within(mention.spans, span)]
    start, end = holding[0] if holding else _around(mention.spans, spans) or said[0]
    return Row(article, start, end, _within(mention.spans, (start, end)), also=article.also_in)


def _within(spans: tuple[Span, ...], sentence: Span) -> tuple[Span, ...]:
    return tuple(span for span in spans if sentence[0] <= span[0] and span[1] <= sentence[1])


def _around(spans: tuple[Span, ...], sentences: list[Span]) -> Span | None:
    """The sentences over which the first mention goes; None where there is none."""
    if not spans:
        return None
    start, end = spans[0]
    touched = [one for one in sentences if one[0] < end and start < one[1]] or [spans[0]]
    return touched[0][0], touched[-1][1]


def _about(library: Library, topic: str, filters: Filters | None) -> list[Row]:
    """The articles about a topic, newest first, then those near the border."""
    judged = [one for one in about.judge(library, topic, filters) if one.log_odds > about.weights().near]
    rows = [Row(one.article, one.start, one.end, near=one.log_odds <= 0, also=one.article.also_in) for one in judged]
    return sorted(sorted(rows, key=lambda row: row.article.date, reverse=True), key=lambda row: row.near)
