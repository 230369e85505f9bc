"""A comparison: what is asked, asked of each of the things that are named side by side; every cell a quote, or empty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.filters import Filters
from index.text import dates
from index.text.units import THINGS
from rag import question, reading, refusal
from rag.chronology import years
from rag.evidence import Evidence, holds
from rag.weights import weights
from rag.whole import about, items, names, wording
from rag.whole.names import Name, Times
from rag.whole.types import Overview, Request, Row

QUOTED = 10
"""Sentences of a comparison in all."""

READ = 8
"""Windows that are read for one cell. Of 60 questions each over two documents and of 60 comparisons, all evidence stood among ten
sentences for .40 and .63 (English), .73 and .68 (Chinese) as the search ranks them, .47, .67, .73 and .72 read so; with 5 windows .43
and .68 in English, with 12 .48 and .63. Of others, with labels told with what stands under them, .61 and .80, .73 and .82; the search
and the reader in turn .68 and .78, .75 and .77: each where it is better."""

REACH = 60
"""Passages that are searched for one cell."""

FEW = 8
"""Files that are searched one by one for what they say of a thing; of more the library is searched."""

_ASKS = re.compile(
    rf"^(?:请|帮我)?(?:对比|比较)(?:一下)?|^(?:please )?compare\b|哪一?[{THINGS}]?|谁|\b(?:which|who)\b"
    r"|有(?:什么|何|哪些)(?:区别|差异|不同|差别|异同)|(?:的|之间的)(?:区别|差异|不同|差别|异同)(?:是什么)?"
    r"|^what (?:is|are) the differences? between\b|^how (?:do|does|did)\b|\b(?:differ|compare)\s*\??$|分别|各自|respectively|\brespective\b"
    r"|更\w|\b(?:more|less|fewer)\b|\b\w+er(?=[.?]*$)",
    re.I,
)
"""What asks to compare, and is no part of what is asked of each."""

_AT = re.compile(r"(?:\b(?:in|for|of|during)|在|于)?\s*$", re.I)
"""What stands before a time."""

_MOMENT = re.compile(r"\bthe times? (?:of|when|at which)\b", re.I)
"""What asks when."""

_SOURCE = re.compile(
    r"^(?:根据|结合|基于|按照|依据)[^，,]*[，,]\s*|^(?:according to|based on)\b.*?(?:,\s*)+(?=wh|how|what|(?:please )?summari)",
    re.I,
)
"""The articles that an answer is to be taken from; they are known by the names."""


_ORDER = re.compile(
    r"[更最][早晚]|[早晚]于|谁[先早晚]|先后|何时|什么时候|日期|\b(?:when|earlier|later|sooner|earliest|latest|dates?)\b|\bthe times? of\b",
    re.I,
)
"""What asks for a time, or which comes first."""

_WHEN = question.read("when?")
"""A question that a date answers."""

DATED = 5.0
"""What a date adds to the score of a sentence where times are compared: a diagnosis on admission does not tell when that was."""

CARRIED = 2.0
"""The same of the sentences that carry the best one on. Where amounts are compared it costs 3 of 40 Chinese questions."""


class Library(about.Library, names.Library, Protocol):
    """What is needed of the assistant."""

    def read(self, text: str, ranked: Sequence[Evidence], windows: int) -> list[Evidence]:
        """The sentences anew, best first, once the reader has read the best ``windows`` of them with a question."""


def overview(library: Library, request: Request, filters: Filters) -> Overview | None:
    """A row for each thing compared; None where the question names no two things of which each has articles without the other."""
    text = request.text
    times = names.times(text)
    series = names.sides(library, text, filters)
    if not series and times and not request.loose:
        return _by_time(library, request, times, filters)
    if not series or (request.loose and not names.are_apart(series)):
        return None
    rows: list[Row] = []
    labels: list[str] = []
    for at, side in enumerate(zip(*series, strict=True)):
        labels.append(" · ".join(name.text for name in side))
        asked = replace(_asked_of(text, series, at, times), apart=request.loose)
        cell = _cell(library, asked, side, filters, QUOTED // len(series[0]))
        rows += [Row(one.hit.article, one.start, one.end, label=labels[-1]) for one in cell]
    return None if request.loose and not rows else _told(request, rows, labels)


def _told(request: Request, rows: Sequence[Row], labels: Sequence[str]) -> Overview:
    empty = [label for label in labels if not any(row.label == label for row in rows)]
    understood = wording.compared(request, labels, empty)
    return Overview(request, tuple(rows), understood, wording.plain(request), tuple(labels))


def _by_time(library: Library, request: Request, times: Times, filters: Filters) -> Overview | None:
    """One thing at several times: for each the rows that tell it nearly as well as the best, else the one in which the reader sees
    it; None where the articles tell it of no time."""
    text = request.text
    cells: dict[str, list[Evidence]] = {}
    for label in times.labels:
        asked = aspect(f"{text[: times.start]}{label}{text[times.end :]}")
        cells[label] = _of_time(library, asked, filters)[: max(1, QUOTED // len(times.labels))]
    least = max((one.score for cell in cells.values() for one in cell), default=0.0) - weights().margin
    rows = [
        Row(one.hit.article, one.start, one.end, label=label)
        for label, cell in cells.items()
        for at, one in enumerate(cell)
        if one.score >= least or (at == 0 and one.features.get("place", reading.ABSENT) > 0)
    ]
    return _told(request, rows, times.labels) if rows else None


def _of_time(library: Library, asked: str, filters: Filters) -> list[Evidence]:
    """What answers one side of a comparison over time, best first. Where it does not say what is asked for it may be an amount or
    something else: 采茶机数量 alone is read as a name, so that it is read as both."""
    read = question.read(asked)
    ways = [asked] if read.kind or read.language != "zh" else [asked, f"{asked}是多少？"]
    best: dict[tuple[str, int], Evidence] = {}
    for way in ways:
        for one in _answers(library, _Asked(asked, read.years, named=way), [filters], None):
            place = (one.hit.article.id, one.start)
            best[place] = max(one, best.get(place, one), key=lambda each: each.score)
    return sorted(best.values(), key=lambda one: -one.score)


def _answers(
    library: Library, asked: _Asked, within: Sequence[Filters], allowed: frozenset[str] | None
) -> list[Evidence]:
    """The sentences that answer what is asked, best first, of the articles ``allowed`` (None: of all); none if they do not."""
    own: list[Evidence] = []
    for narrowed in within:
        read, ranked = library.ranked(asked.sought, REACH, narrowed)
        told = [one for one in ranked if allowed is None or one.hit.article.id in allowed]
        told = [one for one in told if _may_be_of(asked.years, one)]
        if refusal.answerable(read, told):
            own += [replace(one, score=one.score + DATED) if asked.times and _dates(one) else one for one in told]
    own.sort(key=lambda one: -one.score)
    if asked.times:
        return _carried_on(own)
    if not (asked.named and own):
        return items.as_told(own)
    best = library.read(asked.named, own, READ)
    return items.as_told([one for pair in zip(best, own, strict=True) for one in pair] if asked.apart else best)


def _dates(one: Evidence) -> bool:
    """True if a sentence names a date, a time of the year or a year."""
    return holds(_WHEN, one.text)


def _carried_on(ranked: Sequence[Evidence]) -> list[Evidence]:
    """The sentences anew, best first, those raised that carry the best one on: what stands behind it in its paragraph, up to
    another one with a date."""
    if not ranked:
        return []
    best = ranked[0]
    behind = [one for one in ranked if one.hit.article.id == best.hit.article.id and one.start >= best.end]
    paragraph = best.hit.article.text[best.end :].partition("\n")[0]
    end = min([one.start for one in behind if _dates(one)] + [best.end + len(paragraph)])
    carry = {id(one) for one in behind if one.start < end}
    raised = [replace(one, score=min(one.score + CARRIED, best.score)) if id(one) in carry else one for one in ranked]
    return sorted(raised, key=lambda one: -one.score)


def _may_be_of(asked: Sequence[str], one: Evidence) -> bool:
    """True if a sentence names a year that is asked for, or none: then it may be of any that its article tells of."""
    named = years.claimed_years(one.text, years.dated(one.hit.article)) if asked else ()
    return not named or not set(named).isdisjoint(asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one side, as its articles are searched for it, of which years they must tell, whether it is a time, and
    how it is asked with the names, for the reader."""

    sought: str
    years: tuple[str, ...]
    times: bool = False
    named: str = ""
    apart: bool = False
    """A fact is asked for of each, and nothing of both: it may stand in a line that names nobody ("Age: 52"), so that what the search
    without the names ranks first is told in turn with what the reader does."""


def _asked(text: str) -> _Asked:
    """What a text asks. Years that stand alone tell which sentences may answer; as words they would only raise those that name the
    year, however little else of what is asked."""
    asked = aspect(text)
    years_asked = question.read(asked).years
    for told in reversed(dates.find_dates(asked, "")):
        if len(told.iso) == 4 and (before := _AT.search(asked, 0, told.start)):
            asked = f"{asked[: before.start()]} {asked[told.end :]}"
    return _Asked(" ".join(asked.split()), years_asked, bool(_ORDER.search(text)))


def _asked_of(text: str, series: Sequence[Sequence[Name]], side: int, times: Times | None) -> _Asked:
    """What is asked of one side: without the names, by which its articles are known, without the times of the others, and without
    what asks to compare."""
    told = [(all_[0].start, all_[-1].end, all_[side].when, f"{all_[side].text} {all_[side].when}") for all_ in series]
    if times and len(times.labels) == len(series[0]):
        told.append((times.start, times.end, times.labels[side], times.labels[side]))
    named = text
    for start, end, own, name in sorted(told, reverse=True):
        text = f"{text[:start]} {own} {text[end:]}"
        named = f"{named[:start]} {name} {named[end:]}"
    asked = replace(_asked(text), named=aspect(named))
    return (
        asked if asked.sought else replace(asked, sought=asked.named)
    )  # of nothing said: what the articles tell of it


def aspect(text: str) -> str:
    """What the things are compared on: the question without "compare" and without the names of its sources."""
    asked = _MOMENT.sub("when", _ASKS.sub(" ", _SOURCE.sub("", " ".join(text.split()))))
    return " ".join(asked.split()).strip("，,。. 的")


def _cell(library: Library, asked: _Asked, side: Sequence[Name], filters: Filters, most: int) -> list[Evidence]:
    """The sentences that answer a question of one thing: from the articles that hold its names, if they answer it."""
    holding = [name.articles for name in side if name.articles]
    allowed = _about(side, (frozenset.intersection(*holding) or holding[0]) if holding else frozenset())
    paths = {name.paths[id_] for name in side for id_ in allowed if id_ in name.paths}
    within = [replace(filters, path=path) for path in paths] if len(paths) <= FEW and not filters.path else [filters]
    return _answers(library, asked, within, allowed)[: max(1, most)] if allowed else []


def _about(side: Sequence[Name], articles: frozenset[str]) -> frozenset[str]:
    """Of articles that hold names those that hold them most: what is only mentioned in passing is not what they tell of."""
    often: Mapping[str, int] = {id_: sum(name.often.get(id_, 0) for name in side) for id_ in articles}
    most = max(often.values(), default=0)
    return frozenset(id_ for id_, count in often.items() if 2 * count >= most)
