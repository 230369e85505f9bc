"""The names in a request, of what is compared or summarised: where each ends is told by the library, of which it is the longest
string that the articles hold word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Protocol

from index import lexical
from index.filters import Filters
from index.mentions import Mention, MentionError
from index.text.dates import RECENT_YEAR
from index.text.scripts import HAN
from models import load_lexicon
from rag.question import FUNCTION_WORDS_EN

LONGEST = {"zh": 24, "en": 8}
"""Characters, or words, of a name."""

SENSES = 3
"""Translations of a name that are looked for, the likeliest."""

STARTS = 6
"""Places of a text at which a name is looked for."""

PARTICLES_ZH = frozenset("的在于是和与及或了")
"""Characters that join what is said to a name, and end none."""

_AND = re.compile(
    rf"(?<=[{HAN}A-Za-z0-9》”）)])\s*(?:和|与|跟|同|及|以及|、)\s*(?=[{HAN}A-Za-z0-9《“])|,?\s+(?:and|with|to|versus|vs\.?|or)\s+|,\s+(?=[A-Z])",
    re.I,
)
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
_LEAD = re.compile(
    r"^(?:请)?(?:根据|结合|基于|按照|依据|总结|概括|归纳|概述|对比|比较)?(?:一下)?(?:关于|有关)?\s*", re.I
)
_YEAR = re.compile(rf"^\d|{RECENT_YEAR}年?$")


class Library(Protocol):
    """What is needed of the assistant."""

    def mentions(self, text: str, filters: Filters | None = None) -> list[Mention]:
        """Every article that holds a string, newest first. Raises MentionError."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name: ``start`` and ``end`` in the question take in the time beside it ("Hangzhou in 2019")."""

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


@dataclass(frozen=True, slots=True)
class Times:
    """Times side by side in a question, and where they stand."""

    labels: tuple[str, ...]
    start: int
    end: int


def times(text: str) -> Times | None:
    """The first times that stand side by side; None where none do."""
    found = _TIMES.search(text)
    return Times(tuple(dict.fromkeys(_ONE_TIME.findall(found[0]))), found.start(), found.end()) if found else None


def sides(library: Library, text: str, filters: Filters) -> list[list[Name]]:
    """The things that a question puts side by side; then what else stands side by side and goes with them one by one: of "A's X and
    B's Y respectively" X is told by the articles of A and not by those of B, while those of both tell of ethics and integrity.

    The first are those that the fewest articles hold of all that no two are told of by one article. Empty where nothing stands side
    by side of which the articles differ."""
    series = list(_series(library, text, filters))
    apart = min((one for one in series if all(_apart(one))), key=_held_by, default=None)
    first = apart or next((one for one in series if not _together(one)), None)
    if first is None:
        return []
    return [first, *(one for one in series if one is not first and _goes_with(one, first))]


def are_apart(series: Sequence[Sequence[Name]]) -> bool:
    """True if two of the things have articles, and none in common."""
    return bool(series) and any(_apart(series[0]))


def named(library: Library, text: str, filters: Filters) -> Name | None:
    """The name in a text that the fewest articles hold, of those that begin where a name may; None where none stands."""
    source = _LEAD.match(text)
    lead = source.end() if source else 0
    first = next((at for at in _edges(text) if at >= lead), lead)
    begins = [*(found.start() for found in re.finditer(r"(?<![A-Z])\b[A-Z]", text)), first]  # of two a proper name
    found = [
        _longest(library, text, list(_after(text, at)), filters) for at in dict.fromkeys([*begins[: STARTS - 1], first])
    ]
    kept = (name for name in found if name and len(name.text) > 2 and not _YEAR.search(name.text))
    return min(kept, key=lambda name: len(name.paths), default=None)


def _apart(names: Sequence[Name]) -> list[bool]:
    """Of each two things whether both have articles, and none in common."""
    return [
        bool(one.articles and other.articles) and not one.articles & other.articles
        for one, other in combinations(names, 2)
    ]


def _held_by(names: Sequence[Name]) -> int:
    return sum(len(one.articles) for one in names)


def _together(names: Sequence[Name]) -> bool:
    """True if the same articles hold all of some things."""
    return all(one.articles == names[0].articles for one in names)


def _goes_with(series: Sequence[Name], first: Sequence[Name]) -> bool:
    if len(series) != len(first):
        return False
    pairs = [
        (one.articles, other.articles, at == place)
        for at, one in enumerate(series)
        for place, other in enumerate(first)
    ]
    return all(bool(own & other) == same for own, other, same in pairs)


def _series(library: Library, text: str, filters: Filters) -> Iterator[list[Name]]:
    """What stands side by side, joined by "and" or by commas, where the articles hold it; times side by side are none of it."""
    series: list[list[Name]] = []
    spans = [found.span() for found in _TIMES.finditer(text)]
    lead = found.end() if (found := _LEAD.match(text)) else 0
    for found in _AND.finditer(text):
        last = series[-1][-1] if series else None
        if (last and found.start() < last.end) or any(a <= found.start() < b for a, b in spans):
            continue
        if found[0].strip() == "," and not _parts(library, text, found, filters):
            continue
        start = (beginning := _TIME_AFTER_AND.match(text, found.end())) and beginning.end() or found.end()
        if last and not text[last.end : found.start()].strip():
            if name := _beside(library, text, start, last, filters):
                series[-1].append(_timed(text, name, name.end, found.end()))
            continue
        ending = _TIME_BEFORE_AND.search(text, last.end if last else 0, found.start())
        end = ending.start() if ending else found.start()
        left = _left(library, text, last.end if last else lead, end, filters)
        right = _beside(library, text, start, left, filters)
        if left and right and len(left.text) > 1:
            series.append([_timed(text, left, found.start()), _timed(text, right, right.end, found.end())])
    yield from series


def _parts(library: Library, text: str, comma: re.Match[str], filters: Filters) -> bool:
    """True if a comma parts two things: words of one kind, both proper or neither, of which each stands in some article without the
    other, and which no article repeats with it, as it does "Elm Foods, Inc."."""
    start, end = comma.span()
    starts, ends = [at for at in _edges(text) if at < start], [at for at in _ends(text) if at > end]
    if not starts or not ends or _is_proper(text[starts[-1] : start]) != _is_proper(text[end : ends[0]]):
        return False
    left = _longest(library, text, [(at, start) for at in starts[-LONGEST["en"] :]], filters)
    right = _held(library, text, (end, ends[0]), filters)
    if left and right and not (left.articles - right.articles and right.articles - left.articles):
        return False
    whole = _longest(library, text, [(at, ends[0]) for at in starts[-LONGEST["en"] :]], filters)
    return not whole or whole.start > starts[-1] or max(whole.often.values()) == 1


def _left(library: Library, text: str, floor: int, end: int, filters: Filters) -> Name | None:
    """The name that ends here; of "Greenfield, Fairview, Court" the part that fewer articles hold, where none holds it all."""
    name = _longest(library, text, list(_before(text, floor, end)), filters)
    comma = re.search(r",\s+$", text[floor : name.start]) if name and text[end - 1].isascii() else None
    if name and comma and (at := floor + comma.start()) > floor:
        before = _longest(library, text, list(_before(text, floor, at)), filters)
        if before and before.articles < name.articles:
            return replace(before, end=name.end)
    return name


def _beside(library: Library, text: str, start: int, other: Name | None, filters: Filters) -> Name | None:
    """The name that begins here, beside another one."""
    name = _longest(library, text, list(_after(text, start)), filters) or (
        _alike(text, start, other) if other else None
    )
    return name if name and len(name.text) > 1 else None


def _timed(text: str, name: Name, end: int, start: int = -1) -> Name:
    """A name with the time that stands right before or behind it, up to the "and" on its side."""
    before = _TIME_BEFORE.search(text, max(start, name.start - 12, 0), name.start)
    after = None if _TIMES.match(text, name.end) else _TIME_AFTER.match(text, name.end)
    told = " ".join(found[0].strip(" 的") for found in (before, after) if found)
    left = before.start() if before else name.start if start < 0 else start
    right = max(end, after.end()) if after else end
    return replace(name, start=left, end=right, when=told)


def _before(text: str, floor: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans that end here, the longest first."""
    starts = [at for at in _edges(text) if floor <= at < end]
    if starts and _is_proper(text[starts[-1] : end]):
        starts = [at for at in starts if _is_proper(text[at:end])]
    limit = LONGEST["en" if text[end - 1].isascii() else "zh"]
    yield from ((start, end) for start in starts[-limit:])


def _after(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Spans that begin here and go no further than the next time, the longest first."""
    time = _ONE_TIME.search(text, start + 1)
    ends = [at for at in _ends(text) if start < at <= (time.start() if time else len(text))]
    if ends and _is_proper(text[start : ends[0]]):
        ends = [at for at in ends if _is_proper(text[start:at].split()[-1])]
    limit = LONGEST["en" if text[start : start + 1].isascii() else "zh"]
    yield from ((start, end) for end in reversed(ends[:limit]))


def _is_proper(text: str) -> bool:
    """True if a text begins with a word of Latin letters of which one is a capital, or with a figure: in a proper name so do the
    first and the last word."""
    word = text.split(maxsplit=1)[0]
    return word.isascii() and any(character.isupper() or character.isdigit() for character in word)


def _edges(text: str) -> list[int]:
    """Where a word may begin: at each Han character, and where another word does."""
    words = re.finditer(rf"[{HAN}《“]|[^\W{HAN}][^\s{HAN}]*", text)
    return [found.start() for found in words if found[0] != "的" and found[0].lower() not in FUNCTION_WORDS_EN]


def _ends(text: str) -> list[int]:
    """Where a word may end; one with a full stop ends before it as well, which may be that of the sentence."""
    ends: list[int] = []
    for found in re.finditer(rf"[{HAN}》”]|[^\W{HAN}][^\s{HAN},?]*", text):
        if found[0] not in PARTICLES_ZH and found[0].lower() not in FUNCTION_WORDS_EN:
            ends += [found.end() - 1] * found[0].endswith(".") + [found.end()]
    return ends


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
    """The name in a span where some article holds it, as it is or as the lexicon has it in the other language (Samsung: 三星)."""
    said = text[slice(*span)]
    try:
        found = library.mentions(said, filters) or _translated(library, said, filters)
    except MentionError:
        return None
    often = {one.article.id: len(one.spans) + 3 * len(one.titled) for one in found}
    return Name(said, *span, {one.article.id: one.article.path for one in found}, often) if found else None


def _translated(library: Library, said: str, filters: Filters) -> list[Mention]:
    """The articles that hold a word of the lexicon as the likeliest of its translations that any holds."""
    language = lexical.language(said)
    entry = said if language == "zh" else " ".join(map(lexical.stem, lexical.runs(said)))
    senses = load_lexicon().translations(entry, language, SENSES) if len(said) > 1 else ()
    return next((found for sense, _ in senses if len(sense) > 1 and (found := library.mentions(sense, filters))), [])


def _alike(text: str, start: int, other: Name) -> Name | None:
    """A name that no article holds, up to the ending that it shares with the other: 甲公司 -> 乙公司."""
    ending = other.text.split()[-1] if other.text.isascii() else other.text[-2:]
    at = text.find(ending, start, start + 60)
    return Name(text[start : at + len(ending)], start, at + len(ending), {}) if at >= start else None
