"""A comparison: what is asked, asked of each of the things that are named side by side; every cell a quote, or empty.

Where the names end is told by the library: each is the longest string beside "and" that the articles hold word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Protocol

from index.filters import Filters
from index.mentions import Mention, MentionError
from index.text.dates import RECENT_YEAR
from index.text.scripts import HAN
from rag import refusal
from rag.evidence import Evidence
from rag.question import FUNCTION_WORDS_EN
from rag.whole import about, wording
from rag.whole.types import Overview, Request, Row

QUOTED = 10
"""Sentences of a comparison in all."""

REACH = 60
"""Passages that are read for one cell."""

FEW = 8
"""Files that are searched one by one for what they say of a thing; of more the library is searched."""

LONGEST = {"zh": 24, "en": 8}
"""Characters, or words, of a name."""

_AND = re.compile(
    rf"(?<=[{HAN}A-Za-z0-9》”）)])\s*(?:和|与|跟|同|及|以及|、)\s*(?=[{HAN}A-Za-z0-9《“])|,?\s+(?:and|with|to|versus|vs\.?|or)\s+|,\s+(?=[A-Z])",
    re.I,
)
_ASKS = re.compile(
    r"^(?:请|帮我)?(?:对比|比较)(?:一下)?|^(?:please )?compare\b|[，,。.][^，,。.]{0,6}(?:哪|谁|which|who)[^，,。.]*[？?]?$"
    r"|有(?:什么|何|哪些)(?:区别|差异|不同|差别|异同)|(?:的|之间的)(?:区别|差异|不同|差别|异同)(?:是什么)?"
    r"|^what (?:is|are) the differences? between\b|^how (?:do|does|did)\b|\b(?:differ|compare)\s*\??$|谁更\w{1,2}|分别|各自|respectively|\brespective\b",
    re.I,
)
"""What asks to compare, and is no part of what is asked of each."""


_SOURCE = re.compile(
    r"^(?:根据|结合|基于|按照|依据)[^，,]*[，,]\s*|^(?:according to|based on)\b.*?(?:,\s*)+(?=wh|how|what|(?:please )?summari)",
    re.I,
)
"""The articles that an answer is to be taken from; they are known by the names."""


class Library(about.Library, Protocol):
    """What is needed of the assistant."""

    def mentions(self, text: str, filters: Filters | None = None) -> list[Mention]:
        """Every article that holds a string, newest first. Raises MentionError."""


@dataclass(frozen=True, slots=True)
class Name:
    """One of the things compared: ``start`` and ``end`` in the question take in the time beside it ("Hangzhou in 2019")."""

    text: str
    start: int
    end: int
    paths: Mapping[str, str]
    """Where each article that holds it was read from, by the article's id."""
    often: Mapping[str, int] = field(default_factory=dict)
    """How often each holds it; in its title three times as much."""
    when: str = ""
    """A time that stands beside it: 2021年, in 2019."""

    @property
    def articles(self) -> frozenset[str]:
        """The ids of the articles that hold it."""
        return frozenset(self.paths)


def overview(library: Library, request: Request, filters: Filters) -> Overview | None:
    """A row for each thing compared; None where the question names no two things of which each has articles without the other."""
    text = request.text
    if not request.loose and (times := _TIMES.search(text)):
        return _by_time(library, request, times, filters)
    series = list(_series(library, text, filters))
    if not any(_apart(names) for names in series):
        if not series or request.loose or all(_together(names) for names in series):
            return None
    rows: list[Row] = []
    labels: list[str] = []
    for names in zip(*series, strict=True):
        labels.append(" · ".join(name.text for name in names))
        cell = _cell(library, _asked_of(text, series, names), names, filters, QUOTED // len(series[0]))
        rows += [Row(one.hit.article, one.start, one.end, label=labels[-1]) for one in cell]
    return None if request.loose and not rows else _told(request, rows, labels)


def _told(request: Request, rows: Sequence[Row], labels: Sequence[str]) -> Overview:
    empty = [label for label in labels if not any(row.label == label for row in rows)]
    understood = wording.compared(request, labels, empty)
    return Overview(request, tuple(rows), understood, wording.plain(request), tuple(labels))


def _by_time(library: Library, request: Request, times: re.Match[str], filters: Filters) -> Overview | None:
    """One thing at several times: a row for each; None where the articles tell it of none."""
    text = request.text
    labels = list(dict.fromkeys(_ONE_TIME.findall(times[0])))
    rows: list[Row] = []
    for label in labels:
        asked = aspect(f"{text[: times.start()]}{label}{text[times.end() :]}")
        cell = _answers(library, asked, filters)[: max(1, QUOTED // len(labels))]
        rows += [Row(one.hit.article, one.start, one.end, label=label) for one in cell]
    return _told(request, rows, labels) if rows else None


def _answers(library: Library, asked: str, filters: Filters, allowed: frozenset[str] | None = None) -> list[Evidence]:
    """The sentences that answer a question, best first, of the articles ``allowed`` (None: of all); none if they do not."""
    read, ranked = library.ranked(asked, REACH, filters)
    own = [one for one in ranked if allowed is None or one.hit.article.id in allowed]
    own = refusal.keeps_to_the_question(read, own)
    return own if own and refusal.answerable(read, own) else []


def _apart(names: Sequence[Name]) -> bool:
    """True if two of some things have articles, and none in common."""
    return any(
        one.articles and other.articles and not one.articles & other.articles for one, other in combinations(names, 2)
    )


def _together(names: Sequence[Name]) -> bool:
    """True if the same articles hold all of some things."""
    return all(one.articles == names[0].articles for one in names)


def _asked_of(text: str, series: Sequence[Sequence[Name]], names: Sequence[Name]) -> str:
    """What is asked of one side: without the names, by which its articles are known, and without what asks to compare."""
    at, parts = 0, []
    for all_, name in zip(series, names, strict=True):
        parts += [text[at : all_[0].start], name.when, " "]
        at = all_[-1].end
    return aspect("".join([*parts, text[at:]]))


def aspect(text: str) -> str:
    """What the things are compared on: the question without "compare" and without the names of its sources."""
    return " ".join(_ASKS.sub(" ", _SOURCE.sub("", " ".join(text.split()))).split()).strip("，,。. 的")


def _cell(library: Library, asked: str, names: Sequence[Name], filters: Filters, most: int) -> list[Evidence]:
    """The sentences that answer a question of one thing: from the articles that hold its names, if they answer it."""
    holding = [name.articles for name in names if name.articles]
    allowed = _about(names, (frozenset.intersection(*holding) or holding[0]) if holding else frozenset())
    paths = {name.paths[id_] for name in names for id_ in allowed if id_ in name.paths}
    within = [replace(filters, path=path) for path in paths] if len(paths) <= FEW and not filters.path else [filters]
    found: list[Evidence] = []
    for narrowed in within if allowed else []:
        found += _answers(library, asked, narrowed, allowed)
    return sorted(found, key=lambda one: -one.score)[: max(1, most)]


def _about(names: Sequence[Name], articles: frozenset[str]) -> frozenset[str]:
    """Of articles that hold names those that hold them most: what is only mentioned in passing is not what they tell of."""
    often = {id_: sum(name.often.get(id_, 0) for name in names) for id_ in articles}
    most = max(often.values(), default=0)
    return frozenset(id_ for id_, count in often.items() if 2 * count >= most)


# --- the names --------------------------------------------------------------------------------------------------------


def _series(library: Library, text: str, filters: Filters) -> Iterator[list[Name]]:
    """What stands side by side, joined by "and" or by commas, where the articles hold it. All have as many sides as the first."""
    series: list[list[Name]] = []
    for found in _AND.finditer(text):
        last = series[-1][-1] if series else None
        if last and found.start() < last.end:
            continue
        start = (beginning := _TIME_AFTER_AND.match(text, found.end())) and beginning.end() or found.end()
        if last and not text[last.end : found.start()].strip():
            if name := _beside(library, text, start, last, filters):
                series[-1].append(_timed(text, name, name.end, found.end()))
            continue
        ending = _TIME_BEFORE_AND.search(text, last.end if last else 0, found.start())
        end = ending.start() if ending else found.start()
        left = _longest(library, text, list(_before(text, last.end if last else 0, end)), filters)
        right = _beside(library, text, start, left, filters)
        if left and right and len(left.text) > 1:
            series.append([_timed(text, left, found.start()), _timed(text, right, right.end, found.end())])
    yield from (names for names in series if len(names) == len(series[0]))


def _beside(library: Library, text: str, start: int, other: Name | None, filters: Filters) -> Name | None:
    """The name that begins here, beside another one."""
    name = _longest(library, text, list(_after(text, start)), filters) or (
        _alike(text, start, other) if other else None
    )
    return name if name and len(name.text) > 1 else None


_TIME = rf"(?:{RECENT_YEAR}年?度?(?:\d{{1,2}}月)?)"
_ONE_TIME = re.compile(_TIME)
_TIMES = re.compile(
    rf"{_TIME}(?:(?:\s*(?:和|与|跟|同|及|以及|、|,)\s*|,?\s+(?:and|with|to|versus|vs\.?|or)\s+){_TIME})+"
)
"""Times side by side, with nothing between them but what joins them."""
_TIME_BEFORE_AND = re.compile(rf"\s*(?:\b(?:in|for|of)\s+(?:[A-Z][a-z]+ )?)?{_TIME}\s*$", re.I)
_TIME_AFTER_AND = re.compile(rf"\s*(?:in\s+)?{_TIME}\s*(?:的)?")
_TIME_BEFORE = re.compile(rf"{_TIME}\s*的?$")
_TIME_AFTER = re.compile(rf"\s*\b(?:in|for)\s+(?:[A-Z][a-z]+ )?{_TIME}|{_TIME}", re.I)


def _timed(text: str, name: Name, end: int, start: int = -1) -> Name:
    """A name with the time that stands right before or behind it, up to the "and" on its side."""
    before = _TIME_BEFORE.search(text, max(start, name.start - 12, 0), name.start)
    after = _TIME_AFTER.match(text, name.end)
    told = " ".join(found[0].strip(" 的") for found in (before, after) if found)
    left = before.start() if before else name.start if start < 0 else start
    right = max(end, after.end()) if after else end
    return replace(name, start=left, end=right, when=told)


def named(library: Library, text: str, filters: Filters) -> Name | None:
    """The name in a text that the fewest articles hold, of those that begin where a name may; None where none stands."""
    source = _LEAD.match(text)
    begins = [source.end() if source else 0, *(found.start() for found in re.finditer(r"(?<![A-Z])\b[A-Z]", text))]
    found = [_longest(library, text, list(_after(text, at)), filters) for at in dict.fromkeys(begins[:STARTS])]
    kept = (name for name in found if name and len(name.text) > 2 and not _YEAR.search(name.text))
    return min(kept, key=lambda name: len(name.paths), default=None)


_LEAD = re.compile(r"^(?:请)?(?:根据|结合|基于|按照|依据|总结|概括|归纳|概述)?(?:一下)?\s*", re.I)
_YEAR = re.compile(rf"^\d|{RECENT_YEAR}年?$")
STARTS = 6
"""Places of a text at which a name is looked for."""


def _before(text: str, floor: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans that end here, the longest first."""
    starts = [at for at in _edges(text) if floor <= at < end]
    limit = LONGEST["en" if text[end - 1].isascii() else "zh"]
    yield from ((start, end) for start in starts[-limit:])


def _after(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Spans that begin here, the longest first."""
    ends = [at for at in _ends(text) if at > start]
    limit = LONGEST["en" if text[start : start + 1].isascii() else "zh"]
    yield from ((start, end) for end in reversed(ends[:limit]))


def _edges(text: str) -> list[int]:
    """Where a word may begin: at each Han character, and where another word does."""
    words = re.finditer(rf"[{HAN}《“]|[^\W{HAN}][^\s{HAN}]*", text)
    return [found.start() for found in words if found[0] != "的" and found[0].lower() not in FUNCTION_WORDS_EN]


def _ends(text: str) -> list[int]:
    words = re.finditer(rf"[{HAN}》”]|[^\W{HAN}][^\s{HAN},?]*", text)
    return [found.end() for found in words if found[0] != "的" and found[0].lower() not in FUNCTION_WORDS_EN]


def _longest(library: Library, text: str, spans: Sequence[tuple[int, int]], filters: Filters) -> Name | None:
    """The longest of the spans that some article holds; spans are nested, so that the first that stands is found by halving."""
    low, high, best = 0, len(spans), None
    while low < high:
        middle = (low + high) // 2
        name = _held(library, text, spans[middle], filters)
        if name:
            best, high = name, middle
        else:
            low = middle + 1
    return best


def _held(library: Library, text: str, span: tuple[int, int], filters: Filters) -> Name | None:
    try:
        found = library.mentions(text[slice(*span)], filters)
    except MentionError:
        return None
    often = {one.article.id: len(one.spans) + 3 * len(one.titled) for one in found}
    return (
        Name(text[slice(*span)], *span, {one.article.id: one.article.path for one in found}, often) if found else None
    )


def _alike(text: str, start: int, other: Name) -> Name | None:
    """A name that no article holds, up to the ending that it shares with the other: 甲公司 -> 乙公司."""
    ending = other.text.split()[-1] if other.text.isascii() else other.text[-2:]
    at = text.find(ending, start, start + 60)
    return Name(text[start : at + len(ending)], start, at + len(ending), {}) if at >= start else None
