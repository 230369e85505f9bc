"""The library panel: what it holds, by month and by source, found and filtered; articles come in and go out here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.filters import Filters, is_date
from index.types import Article
from ui.web import markup
from ui.web.adding import drop_zone
from ui.web.markup import button, line, select
from ui.web.session import Data, Desk, Session, number_of, text_of
from ui.web.words import LANGUAGES

PAGE = 50
"""Rows that are shown at first, and more each time."""
MONTHS = 48
"""Bars that fit side by side; what spans more is counted by year."""
SOURCES = 8


# --- what is seen -----------------------------------------------------------------------------------------------------


def shelf(desk: Desk, session: Session) -> str:
    """The panel above the table: how to add, the charts, and the fields that narrow the table."""
    words, kept = session.words, session.filters
    articles = desk.articles()
    back = button("view", words["back"], drawn="left", looks="yj-link", view="talk")
    timeline = _timeline(desk.articles(replace(kept, since="", until="")), session)
    sources = _sources(desk.articles(replace(kept, source="")), session)
    charts = f'<div class="yj-charts">{timeline}{sources}</div>' if articles else ""
    return (
        f'<section class="yj-view" aria-label="{words["library"]}"><header>{back}<h1>{words["library"]}</h1></header>'
        f"{drop_zone(words)}{charts}</section>"
    )


def fields(desk: Desk, session: Session) -> str:
    """What narrows the table, and what a question is asked of."""
    words, kept, table = session.words, session.filters, session.table
    if not (articles := desk.articles()):
        return ""
    sources = sorted({article.source for article in articles if article.source})
    if kept.source and kept.source not in sources:
        sources.append(kept.source)
    by_source = [("", words["any_source"]), *((source, source) for source in sources)]
    by_language = [("", words["any_language"]), *((language, words[language]) for language in LANGUAGES)]
    return (
        '<form class="yj-fields" role="search">'
        f"{_input('find', words['find'], table.get('find', ''), kind='search')}"
        f"{_input('since', words['since'], kept.since, hint='2026-03')}{_input('until', words['until'], kept.until, hint='2026-03-31')}"
        f"{select('source', words['from_source'], by_source, kept.source, do='narrow')}"
        f"{select('language', words['language'], by_language, kept.language, do='narrow')}</form>"
    )


def _input(name: str, label: str, value: str, *, kind: str = "text", hint: str = "") -> str:
    return (
        f'<label class="yj-field"><span>{label}</span><input type="{kind}" name="{name}" data-do="narrow" '
        f'value="{line(value)}" placeholder="{hint}" maxlength="200" autocomplete="off"></label>'
    )


def table(desk: Desk, session: Session) -> str:
    """The articles that the fields admit, newest first."""
    words, articles = session.words, desk.articles()
    if not articles:
        return ""
    find = session.table.get("find", "").casefold()
    admitted = desk.articles(session.filters)
    found = [one for one in admitted if find in (one.title or markup.file_name(one)).casefold()]
    shows = max(PAGE, number_of(session.table, "shows"))
    rows = "".join(_row(article, session) for article in found[:shows])
    head = "".join(f'<th scope="col">{words[name]}</th>' for name in ("article", "date", "from_source", "language"))
    told = f'<p class="yj-remark" role="status">{words["matching"].format(len(found), len(articles))}</p>'
    more = (
        button("more", words["more"].format(min(PAGE, len(found) - shows)), looks="yj-outlined")
        if len(found) > shows
        else ""
    )
    empty = "" if found else f'<p class="yj-hint">{words["none_match"]}</p>'
    return (
        f'<div class="yj-list">{told}<table><thead><tr>{head}<th><span class="yj-said">{words["remove"]}</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{empty}{more}</div>"
    )


def _row(article: Article, session: Session) -> str:
    words, name = session.words, markup.name_of(article, session.words)
    if session.asking == ("remove", article.id):
        return (
            f'<tr><td colspan="5"><div class="yj-sure" role="alert"><p>{words["remove_sure"]}<br><strong>{line(name)}</strong></p>'
            f"{button('remove', words['remove'], looks='yj-small yj-strong', id=article.id)}"
            f"{button('unasked', words['cancel'], looks='yj-small')}</div></td></tr>"
        )
    opened = (
        f'<button type="button" class="yj-link" data-do="open" data-article="{line(article.id)}">{line(name)}</button>'
    )
    label = words["remove_named"].format(name)
    gone = button("ask_remove", label, drawn="delete", named=False, id=article.id)
    language = words.get(article.language, article.language) if article.language in LANGUAGES else ""
    return (
        f"<tr><td>{opened}</td><td>{line(article.date)}</td><td>{line(article.source)}</td><td>{language}</td>"
        f"<td>{gone}</td></tr>"
    )


def _timeline(articles: Sequence[Article], session: Session) -> str:
    """Articles by month or, over many years, by year; a bar filters by it when clicked."""
    words = session.words
    dates = [article.date for article in articles if article.date]
    months = _months(min(dates, default=""), max(dates, default=""))
    by_year = len(months) > MONTHS or any(len(day) < 7 for day in dates)
    spans = list(dict.fromkeys(month[:4] for month in months)) if by_year else months
    counts = Counter(day[: 4 if by_year else 7] for day in dates)
    most = max(counts.values(), default=1)
    bars = "".join(_bar(span, counts[span], most, at, session) for at, span in enumerate(spans))
    label = words["timeline_years" if by_year else "timeline"]
    return f'<figure class="yj-chart"><figcaption>{label}</figcaption><div class="yj-bars">{bars}</div></figure>'


def _bar(span: str, count: int, most: int, at: int, session: Session) -> str:
    here = session.filters.since == span == session.filters.until
    label = line(session.words["bar"].format(span, count))
    shown = span if len(span) == 4 else span[:4] if at == 0 or span.endswith("-01") else ""
    inside = f'<i style="height:{round(100 * count / most)}%"></i><b>{shown}</b>'
    return (
        f'<button type="button" data-do="filter" data-since="{span}" data-until="{span}" aria-pressed="{str(here).lower()}" '
        f'aria-label="{label}" title="{label}">{inside}</button>'
    )


def _months(first: str, last: str) -> list[str]:
    """Every month from one date's to another's, as YYYY-MM."""
    if not first:
        return []
    start, end = (int(day[:4]) * 12 + int(day[5:7] or 1) - 1 for day in (first, last))
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(start, min(end, start + 12 * 400) + 1)]


def _sources(articles: Sequence[Article], session: Session) -> str:
    """Articles by source, the most frequent first; a bar filters by it when clicked."""
    words, kept = session.words, session.filters
    counts = Counter(article.source for article in articles if article.source)
    most = max(counts.values(), default=1)
    rows = []
    for source, count in counts.most_common(SOURCES):
        label = line(words["bar"].format(source, count))
        rows.append(
            f'<button type="button" data-do="filter" data-source="{line(source)}" aria-label="{label}" title="{label}" '
            f'aria-pressed="{str(source == kept.source).lower()}"><span>{line(source)}</span>'
            f'<i style="width:{round(100 * count / most)}%"></i><b>{count}</b></button>'
        )
    return f'<figure class="yj-chart"><figcaption>{words["sources"]}</figcaption><div class="yj-rows">{"".join(rows)}</div></figure>'


# --- what is done -----------------------------------------------------------------------------------------------------


def narrow(session: Session, data: Data) -> str:
    """Set the filters from the fields. Returns what is wrong with the values, "" where nothing is."""
    words = session.words
    since, until, source = (text_of(data, name, 200).strip() for name in ("since", "until", "source"))
    language = text_of(data, "language", 2)
    for written in (since, until):
        if written and not is_date(written):
            return words["bad_date"]
    if since and until and since[: len(until)] > until:
        return words["bad_range"]
    session.filters = Filters(since, until, source, language if language in LANGUAGES else "")
    session.table = {"find": text_of(data, "find", 200)}
    return ""


def toggle(session: Session, data: Data) -> None:
    """A bar was clicked: filter by it, or no longer."""
    kept = session.filters
    since, until, source = (text_of(data, name, 200) for name in ("since", "until", "source"))
    if source:
        session.filters = replace(kept, source="" if kept.source == source else source)
    elif is_date(since) and is_date(until):
        same = (kept.since, kept.until) == (since, until)
        session.filters = replace(kept, since="" if same else since, until="" if same else until)


def unfilter(session: Session, data: Data) -> None:
    """A chip was clicked: its filter goes."""
    field = text_of(data, "field", 10)
    gone = ("since", "until") if field == "date" else (field,)
    session.filters = replace(session.filters, **{name: "" for name in gone if name in session.filters.values})


def remove(desk: Desk, session: Session, data: Data) -> str:
    """Take an article out of the library. Returns what the page says then. Raises LibraryError when it is not there."""
    from rag.upkeep.ingest import remove

    gone = desk.assistant.library.article(text_of(data, "id", 100))
    session.asking = ("", "")
    remove([gone.id], desk.assistant.settings)
    return session.words["removed"].format(markup.name_of(gone, session.words))
