"""A brief of a period, a source, a file or a topic: the telling sentence of each article, grouped, the most reported first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index import issues, packing, passages
from index.filters import Filters
from index.store import Store as Stored
from index.text import dates
from index.text.units import TEXTS
from index.types import Article
from rag import question
from rag.chronology import periods, when
from rag.evidence import Evidence
from rag.whole import about, comparing, grouping, happening, items, listing, names, parts, runs, speakers, wording
from rag.whole.names import Name
from rag.whole.types import Overview, Request, Row

LEAD = 0.2
"""Added to the cosine of an article's first sentence with its passage: news tells the most important first."""

FEW, LINES, CLOSE = 3, 10, 400
"""Where only so many articles are named, so many paragraphs of them are told, or parts of the length of a passage, from so many
passages. Of 206 English and 251 Chinese requests all evidence stood in ten for .64 and .64, in ten sentences for .38 and .33: many ask for
more than ten. On average they hold .78 and .81 of the evidence, sentences .59 and .50; of what they quote .25 and .22 is evidence, of sentences .35
and .29."""

_SUMMARISE = re.compile(r"(?:请)?(?:总结|概括|归纳|概述)(?:一下)?|\b(?:please )?summari[sz]e\b", re.I)

_EMPTY = re.compile(
    r"^(?:的|里|中|内|所有|全部|一下|关于|有关|文章|报道|新闻|消息|内容|资料|情况|文库|整个|我|\s|[，,、：:])+|(?:的|里|中|内|所有|全部|文章|报道|新闻|消息|内容|资料|情况|\s|[，,、：:])+$"
    r"|^(?:(?:the|all|of|in|from|my|on|about|for|this|these|what|happened|news|articles?|library|say|tell|report)\b\s*)+|\b(?:(?:of|in|from|for|the|news|articles?|stories)\b\s*)+$",
    re.I,
)
"""What around a subject only says that articles are meant."""


_DOCUMENT = re.compile(
    r"(?:每)?(?:周|日|月|季|年)报$|简报$|快报$|文摘$|报告$|\b(?:weekly|daily|monthly|annual)?\s*(?:digests?|newsletters?|bulletins?|reports?|papers?|weekly|weeklies)$",
    re.I,
)
"""A kind of document, which is no topic: where no source and no file is called so, the period counts."""


_LATEST = re.compile(
    r"(?:最新|最近)的?一?(?:[期份]|(?P<one>篇|文章|报道))(?:.{0,6}报|文章|动态|简报|新闻)?|(?:the )?(?:latest|newest|most recent) (?:issue|number|edition|(?P<article>article|story)|digest|report)",
    re.I,
)
"""The newest article, or the file that holds it."""

NAME = 20
"""Characters of what may be the name of a speaker."""

_NUMBERED = re.compile(rf"第?[\d零〇一二三四五六七八九十百]+[{TEXTS}号]|(?:issue|number|no\.?) ?\d+", re.I)
"""The number of an issue, which is no topic."""


class Library(comparing.Library, Protocol):
    """What is needed of the assistant."""

    library: Stored


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The articles of a brief by their row, the sentence that each is told by where a topic chose it, and what they are of."""

    rows: Sequence[int]
    told: Mapping[str, tuple[int, int]]
    of: str
    topic: str = ""
    """What is told of them where they are few; "" where each is told by one sentence, however few they are."""


def overview(library: Library, request: Request, filters: Filters, today: date) -> Overview | None:
    """One sentence of each article that the brief is of, grouped; None where no article is meant, an empty one where there is no such issue."""
    if parts.PART.fullmatch(request.subject):
        return parts.overview(library, request, filters)
    if 0 < len(request.subject) <= NAME and (spoken := speakers.overview(library, request, filters)):
        return spoken
    if request.said:
        return None
    stored = library.library.issues() if issues.is_numbered(request.subject) else []
    plain = request.subject and not request.source and not issues.named(request.subject, stored)
    if plain and (closely := _closely(library, request, filters, today)):
        return closely
    chosen = _chosen(library, request, filters, today)
    if not chosen.rows:
        if issues.called(request.subject, stored):
            return Overview(request, (), wording.no_issue(request), wording.plain(request))
        newest = next(iter(library.library.articles(filters)), None)
        if not newest or not periods.names_only(_bare(request.subject), today):
            return None
        days = periods.named(request.subject, today)[0]
        if days and (told := happening.overview(library, request, days, chosen.of, filters)):
            return told
        return Overview(request, (), wording.none_of(request, chosen.of, newest.date), wording.plain(request))
    few = _few(library, chosen, filters) if chosen.topic and len(chosen.rows) <= FEW else []
    if request.loose and request.subject and not few:
        return None
    rows = few or _told(library.library, chosen, request.language)
    articles = {row.article.id: 1 + len(row.also) for row in rows}
    understood = wording.briefed(request, chosen.of, sum(articles.values()), len(rows))
    return Overview(request, tuple(rows), understood, wording.plain(request))


def _closely(library: Library, request: Request, filters: Filters, today: date) -> Overview | None:
    """What the few articles that a request names say of the rest of it, by several sentences each; None where it names none."""
    name = _pointed(request) if request.of else names.named(library, request.subject, filters)
    if not name or len(name.paths) > FEW or filters.path or not _period(name.text, filters, today)[1]:
        return None
    subject = asked_of(library, request.subject, name, filters) or name.text
    articles = _of_years(library, request.subject, name, filters)
    rows = _paragraphs(library, subject, {id_: name.paths[id_] for id_ in articles}, filters)
    if not rows:
        return None
    of = name.text if request.of else request.subject
    understood = wording.briefed(request, of, len({row.article.id for row in rows}), len(rows))
    return Overview(request, tuple(rows), understood, wording.plain(request))


def _few(library: Library, chosen: _Chosen, filters: Filters) -> list[Row]:
    """What the few articles of a topic say of it."""
    held = library.library.whole(list(chosen.rows)).values()
    return _paragraphs(library, chosen.topic, {one.id: one.path for one in held if not one.copy_of}, filters)


def _paragraphs(library: Library, subject: str, paths: Mapping[str, str], filters: Filters) -> list[Row]:
    """The paragraphs of some articles, by id and file, that tell most of a subject, in their order."""
    told: list[Evidence] = []
    for path in dict.fromkeys(paths.values()):
        ranked = library.ranked(subject, CLOSE, replace(filters, path=_literal(path)))[1]
        told += [one for one in ranked if one.hit.article.id in paths]
    if not told:
        return []
    told.sort(key=lambda one: (one.hit.article.date, one.hit.article.id, one.start))
    told = items.joined(told, passages.LENGTH[told[0].hit.article.language])
    begins = [at == 0 or one.hit.article.id != told[at - 1].hit.article.id for at, one in enumerate(told)]
    best = [told[at] for at in runs.chosen(_worth(told), begins, LINES)]
    return [
        Row(one.hit.article, one.start, one.end, label=one.hit.article.title, also=one.hit.article.also_in)
        for one in best
    ]


def _pointed(request: Request) -> Name | None:
    """The article that a request points at as a name that it holds."""
    article, length = request.of, len(request.subject)
    return Name(article.title, 0, length, {article.id: article.path}) if article and article.title else None


def asked_of(library: Library, text: str, name: Name, filters: Filters) -> str:
    """What is asked of the articles that hold a name: without it, and without another name that few articles hold and these begin
    with. "The history of H. Kim" is told by the history, and the line "Name: H. Kim" tells nothing of it."""
    rest = f"{text[: name.start]} {text[name.end :]}"
    lead = found.end() if (found := _SUMMARISE.search(rest)) else 0
    other = names.named(library, rest[lead:], filters)
    if other and len(other.paths) <= FEW and other.articles & name.articles and _is_of(library, other):
        rest = f"{rest[: lead + other.start]} {rest[lead + other.end :]}"
    return _SUMMARISE.sub(" ", comparing.aspect(rest)).strip("的 ，,")


def _is_of(library: Library, name: Name) -> bool:
    """True if an article that holds a name has it at its beginning."""
    found = library.mentions(name.text)
    return any(start < listing.BEGINNING for one in found for start, _ in one.spans[:1])


def _of_years(library: Library, text: str, name: Name, filters: Filters) -> frozenset[str]:
    """The ids of the articles that hold a name, of those only that name the years of a text most: each year has its report."""
    often: Counter[str] = Counter()
    for year in question.read(text).years:
        for one in library.mentions(year, filters):
            if one.article.id in name.articles:
                often[one.article.id] += len(one.spans)
    return frozenset(id_ for id_, count in often.items() if 2 * count >= max(often.values())) or name.articles


def _worth(told: Sequence[Evidence]) -> list[float]:
    """How much each tells of what is asked: what its best sentence scores, and how near one comes, in standard deviations."""
    values = np.array([(one.score, one.features["dense"]) for one in told])
    worth: list[float] = ((values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)).sum(axis=1).tolist()
    return worth


def shortened(overview: Overview, lines: int) -> Overview:
    """The overview cut to so many ``lines``, taken from the groups in turn."""
    seen: dict[str, int] = {}
    ranks = []
    for row in overview.rows:
        seen[row.label] = seen.get(row.label, 0) + 1
        ranks.append(seen[row.label])
    kept = sorted(sorted(range(len(ranks)), key=lambda at: (ranks[at], at))[:lines])
    return replace(overview, rows=tuple(overview.rows[at] for at in kept))


# --- which articles ---------------------------------------------------------------------------------------------------


def _chosen(library: Library, request: Request, filters: Filters, today: date) -> _Chosen:
    """What the words name is a period first; then a source, a file or a topic; where they are none, only the period counts."""
    named, rest, said = _period(request.subject, filters, today)
    stored = library.library
    latest = _LATEST.fullmatch(request.subject.strip()) or _LATEST.fullmatch(_bare(request.subject))
    if latest and (newest := next(iter(stored.articles(named)), None)):
        if latest["one"] or latest["article"]:
            return _Chosen(stored.rows_of([newest.copy_of or newest.id]), {}, newest.title, newest.title)
        of = newest.issue or f"{newest.date} {Path(newest.path).name}".strip()
        return _Chosen(_rows(stored, replace(named, path=_literal(newest.path))), {}, of)
    if not rest:
        return _Chosen(_rows(stored, named), {}, said)
    if meant := _issues(stored, rest, named):
        return _Chosen(listing.of_sources(stored, meant, filters), {}, ", ".join(meant[:FEW]))
    if request.source:
        return _Chosen(listing.of_source(stored, request, named), {}, f"{said} {rest}".strip())
    for narrowed in ({"source": rest}, {"path": f"*{_literal(rest)}*"}):
        if not getattr(named, next(iter(narrowed))):
            rows = _rows(stored, replace(named, **narrowed))
            if rows:
                return _Chosen(rows, {}, f"{said} {rest}".strip(), rest if "path" in narrowed else "")
    if _NUMBERED.fullmatch(rest) or (issues.is_numbered(rest) and issues.called(rest, stored.issues())):
        return _Chosen(
            stored.rows_of(one.article.id for one in library.mentions(rest, named)), {}, f"{said} {rest}".strip()
        )
    rest = _DOCUMENT.sub("", rest).strip()
    if not rest and said:
        return _Chosen(_rows(stored, named), {}, said)
    judged = [one for one in about.judge(library, rest, named) if one.log_odds > 0]
    if judged or not said:
        told = {one.article.id: (one.start, one.end) for one in judged}
        return _Chosen(stored.rows_of(told), told, f"{said} {rest}".strip(), rest)
    return _Chosen(_rows(stored, named), {}, said)


def _issues(stored: Stored, rest: str, named: Filters) -> list[str]:
    """The issues that a text names by their numbers, of the period that was named: an article may be older than its issue."""
    return [one for one in issues.named(rest, stored.issues()) if _in_period(one, named)]


def _in_period(said: str, named: Filters) -> bool:
    days = [one.iso for one in dates.find_dates(said, "")]
    return not days or any(
        named.since[: len(day)] <= day and (not named.until or day[: len(named.until)] <= named.until) for day in days
    )


def _rows(stored: Stored, filters: Filters) -> list[int]:
    return [int(row) for row in stored.select(filters)]


def _literal(text: str) -> str:
    """A text in which a pattern's signs stand for themselves."""
    return re.sub(r"([*?\[])", r"[\1]", text)


def _period(subject: str, filters: Filters, today: date) -> tuple[Filters, str, str]:
    """The filters with the period that a subject names, the subject without it, and the period as it is said."""
    days, rest = periods.named(subject, today)
    rest = _bare(rest)
    if not days or days[0] > days[1]:
        return filters, rest, ""
    since, until = (day.isoformat() for day in days)
    narrowed = replace(filters, since=filters.since or since, until=filters.until or until)
    return narrowed, rest, _said(days)


def _bare(text: str) -> str:
    return _EMPTY.sub("", _EMPTY.sub("", text.strip()).strip()).strip()


def _said(days: when.Days) -> str:
    first, last = (day.isoformat() for day in days)
    for length in (4, 7, 10):
        if when.days_of(first[:length]) == days:
            return first[:length]
    if first[4:] == "-01-01" and last[4:] == "-12-31":
        return f"{first[:4]}–{last[:4]}"
    return f"{first}..{last}"


# --- what is told of them ---------------------------------------------------------------------------------------------


def _told(stored: Stored, chosen: _Chosen, language: str) -> list[Row]:
    """A row an article, those that tell the same news under one of them."""
    articles: list[Article] = []
    spans: list[tuple[int, int]] = []
    vectors: list[NDArray[np.float32]] = []
    for begin in range(0, len(chosen.rows), listing.AT_ONCE):
        rows = chosen.rows[begin : begin + listing.AT_ONCE]
        held, read = stored.whole(rows), _leads(stored, rows)
        for row in rows:
            if row in held and not held[row].copy_of:
                span, vector = read.get(row, ((0, 0), np.zeros(stored.manifest.dimension, dtype=np.float32)))
                articles.append(held[row])
                spans.append(chosen.told.get(held[row].id) or (span if span[1] else listing.first(held[row])))
                vectors.append(vector)
    matrix = np.array(vectors, dtype=np.float32).reshape(len(articles), -1)
    found: list[list[Row]] = []
    for own in grouping.groups(matrix):
        order = grouping.central(matrix, own)
        places = {articles[at].id: spans[at] for at in order}
        label = articles[order[0]].title if len(own) > 1 else wording.alone(language)
        found.append([
            Row(article, *places[article.id], label=label, also=(*also, *article.also_in, *(c for one in also for c in one.also_in)))
            for article, also in grouping.told_once([articles[at] for at in order], matrix[order])
        ])  # fmt: skip
    single = [row for rows in found if rows[0].label == wording.alone(language) for row in rows]
    several = [rows for rows in found if rows[0].label != wording.alone(language)]
    several.sort(key=lambda rows: -sum(1 + len(row.also) for row in rows))
    single.sort(key=lambda row: (len(row.also), row.article.date), reverse=True)
    return [row for rows in [*several, single] for row in rows]


def _leads(stored: Stored, rows: Sequence[int]) -> dict[int, tuple[tuple[int, int], NDArray[np.float32]]]:
    """Of each article's first passage the sentence that is most like the whole, and the vector of the whole."""
    dimension = stored.manifest.dimension
    found = {}
    for row, start, packed_spans, packed in stored.first_passages(rows):
        spans = packing.unpack_spans(packed_spans, start)
        vectors = packing.unpack(np.frombuffer(packed, packing.layout(dimension)))
        if not spans:
            continue
        whole = vectors[-1]
        sentences = spans[:-1] if len(spans) > 1 else spans
        scores = vectors[: len(sentences)] @ whole
        scores[0] += LEAD
        found[row] = sentences[int(np.argmax(scores))], whole
    return found
