"""Hits -> the ranked sentences that bear on the question; both answerers start from these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import lexical, lines, passages, rows
from index.blocks import name_of
from index.text import measures
from index.text.dates import ANY_YEAR, MONTHS, RECENT_YEAR
from index.text.numbers import find_numbers
from index.text.units import COUNTED_ALIKE, HAN_UNITS, MEASURE_WORDS, MONEY
from index.types import Hit
from rag.chronology.years import claimed_years, dated, spanned, year_match
from rag.coverage import Sought, Terms, coverage
from rag.question import Question
from rag.weights import weights

Held = tuple[Sequence[tuple[int, int]], NDArray[np.float32]]
"""Spans of a passage's units in the article, and their vectors."""

Units = Callable[[Sequence[str]], Mapping[str, Held]]
"""Ids of passages -> what is held of each; one that has gone is left out."""

NUMERAL = r"[\d０-９]+(?:[.,．，][\d０-９]+)*|[〇零一二三四五六七八九十百千万亿两]+"
_NUMBER = re.compile(
    rf"[\d０-９]|(?:{NUMERAL})(?:余|多|几)?(?:[万亿千百人名位年月日岁{''.join(sorted(MEASURE_WORDS))}]|部门|方面)"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|trillion|half|quarter)\b",
    re.I,
)
_DATE = re.compile(
    rf"\d[万亿\s]*年|\d{{1,2}}\s*[月日]|\b{ANY_YEAR}(?:['’]?s)?\b|[一二三四五六七八九十〇]+[年月日]|世纪|\b\d{{1,2}}(?:st|nd|rd|th)\b"
    rf"|\b(?:{'|'.join(MONTHS)}|century|centuries|years ago)\b"
)
_HOLDS = {"number": _NUMBER, "date": _DATE}

_CREDITED = re.compile(r"来源|來源|出处|出處|\bsources?\b", re.IGNORECASE)
_DATED = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}日(?=电|讯|从|在|获悉|，|,|\)|）)")
_DAY = re.compile(rf"(?<!\d){RECENT_YEAR}(?:\s*年|(?!\d|[.,]\d))|\d{{1,2}}\s*[月日]")
_MONEY = re.compile(r"[元镑]$")

BEGINNING = {"zh": 300, "en": 700}
"""Characters at the beginning of an article that count as said above each of its sentences: a report names there what it is
about and of which year it tells, and says "the company" and "in June" from then on."""

SPANNED = 0.5
"""How much a year counts for that lies within a stretch of time which the sentence names: as one that stands above it."""

LEAD = 0.04
"""Added to the first passage of an article: news and reports tell the most important first, which decides between near ties."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a hit: its span in the article, its features and the score they add up to, in nats between two sentences.

    Of one that was read (:mod:`rag.reading`) ``log_odds`` is that it answers, and ``span`` where in the article
    the answer stands: it begins in the sentence, and may run on into the next. ``above`` is the heading right above the
    sentence where the answer stands there: a day, or what the lines under it tell of."""

    hit: Hit
    start: int
    end: int
    score: float
    features: Mapping[str, float]
    log_odds: float | None = None
    span: tuple[int, int] | None = None
    above: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.hit.article.text[self.start : self.end]


def rank(question: Question, sought: Sought, hits: Sequence[Hit], units: Units) -> list[Evidence]:
    """All sentences of the hits, best first."""
    found: dict[tuple[str, int, int], Evidence] = {}
    told = [*weights().sentences.items()]
    held = units([hit.passage.id for hit in hits])
    for hit, read in zip(hits, _read(question, sought, hits), strict=True):
        for start, end, features in _features(question, sought, hit, held.get(hit.passage.id), read):
            score = sum([weight * features[name] for name, weight in told])
            found.setdefault((hit.article.id, start, end), Evidence(hit, start, end, score, features))
    return sorted(found.values(), key=lambda evidence: -evidence.score)


def order(hits: Sequence[Hit], ranked: Sequence[Evidence]) -> list[Hit]:
    """The hits again, best first, by the search and their best sentence together: the search sees a passage as a bag of words, the
    sentences see where in it the words stand together. Those without a sentence keep their score."""
    best: dict[str, float] = {}
    for one in reversed(ranked):
        best[one.hit.passage.id] = one.score
    scored = [replace(hit, score=hit.score + _raised(hit, best.get(hit.passage.id, 0.0))) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)


def _raised(hit: Hit, best: float) -> float:
    return weights().order["found"] * best + LEAD * (hit.passage.ordinal == 0)


class _Read(NamedTuple):
    """A hit's sentences: their spans in the article, the numbers of those that lead others, what stands above them, what terms of the
    question stand in any, and how much of the question each covers."""

    spans: list[tuple[int, int]]
    leading: frozenset[int]
    top: str
    terms: frozenset[str]
    covered: list[dict[str, float]]


def _read(question: Question, sought: Sought, hits: Sequence[Hit]) -> list[_Read]:
    """What the hits say, all looked through at once."""
    spans = [passages.sentences(hit.article.text, hit.passage.start, hit.passage.end) for hit in hits]
    tops = [
        f"{hit.article.title}\n{hit.passage.heading}\n{name_of(hit.article.part or hit.article.path)}" for hit in hits
    ]
    texts = [
        [f"{top}\n{_beginning(question, hit)}", *(hit.article.text[start:end] for start, end in own)]
        for hit, top, own in zip(hits, tops, spans, strict=True)
    ]
    wanted = chain(sought.wanted, *_subject(question))
    terms = iter(lexical.terms_among([text for own in texts for text in own], wanted))
    leading = [passages.leading(hit.article.text, own) for hit, own in zip(hits, spans, strict=True)]
    held = [(next(terms), _led([next(terms) for _ in own], leads)) for own, leads in zip(spans, leading, strict=True)]
    covered: list[list[dict[str, float]]] = [[] for _ in hits]
    for other in (False, True):
        here = [at for at, hit in enumerate(hits) if (hit.article.language != question.language) == other]
        for at, shares in zip(here, coverage(sought, [held[at] for at in here], other=other), strict=True):
            covered[at] = shares
    return [
        _Read(own, leads, top, above.union(*owned), shares)
        for own, leads, top, (above, owned), shares in zip(spans, leading, tops, held, covered, strict=True)
    ]


def _led(terms: list[Terms], leading: frozenset[int]) -> list[Terms]:
    """The terms of each sentence, with those of the heading or the question that it stands under."""
    above: Terms = frozenset()
    led = []
    for i, own in enumerate(terms):
        above = own if i in leading else above
        led.append(own | above)
    return led


def _beginning(question: Question, hit: Hit) -> str:
    """What an article of several passages begins with, in the question's language: in another one so much text holds a rendering of
    nearly any word."""
    text, passage = hit.article.text, hit.passage
    alone = not passage.start and not text[passage.end :].strip()
    if alone or hit.article.language != question.language:
        return ""
    return text[: BEGINNING.get(hit.article.language, BEGINNING["en"])]


def _features(
    question: Question, sought: Sought, hit: Hit, held: Held | None, read: _Read
) -> Iterator[tuple[int, int, dict[str, float]]]:
    """Span and features of each sentence of a hit."""
    text = hit.article.text
    spans, top, terms, covered = read.spans, read.top, read.terms, read.covered
    cosines = _cosines(sought.vector, *held) if held else {}
    runs = _runs(question, terms)
    header = rows.header(hit.passage)
    headed = _headed(hit, read) if question.years else []
    for i, (start, end) in enumerate(spans):
        sentence = text[start:end]
        leads = i in read.leading or sentence.strip() == header
        if leads and (len(spans) > 1 or hit.passage.text.strip() != text.strip()):
            continue  # it names what the sentences under it say
        if lines.CREDIT.match(sentence) and not _CREDITED.search(question.text):
            continue
        years = within = 0.0
        if question.years:
            before = [] if rows.is_row(sentence) else spans[max(0, i - 2) : i]  # a row's year is not that of the next
            near = [headed[i] or top, *(text[a:b] for a, b in before)]
            years = max(year_match(year, sentence, near, dated(hit.article)) for year in question.years)
            years *= not headed[i] or years >= SPANNED  # that of the heading, and not that of the article
            if years < SPANNED and question.kind not in ("number", "date"):
                within = float(any(spanned(year, sentence) for year in question.years))
        has = bool(question.unit) and has_unit(question.unit, sentence, f"{hit.passage.heading}\n{header}")
        yield (
            start,
            end,
            {
                **covered[i],
                "runs": runs if hit.article.language == question.language else covered[i]["words"],
                "lead": float(i == 0),
                "dense": cosines.get((start, end), 0.0),
                "passage": hit.score,
                "holds": float(holds(question, sentence)),
                "unit": float(has),
                "lacks": float(bool(question.unit) and not has),
                "years": max(years, SPANNED * within),
                "spanned": within,
            },
        )


def _headed(hit: Hit, read: _Read) -> list[str]:
    """For each sentence the heading with a year that it stands under, up to one of the same level: 三、2026年重点工作; "" where there is none."""
    heading = hit.passage.heading if claimed_years(hit.passage.heading, "") else ""
    headed = []
    for i, (start, end) in enumerate(read.spans):
        line = hit.article.text[start:end]
        if i in read.leading and passages.is_heading(line):
            if claimed_years(line, ""):
                heading = line
            elif passages.level(line) == passages.level(heading):
                heading = ""
        headed.append(heading)
    return headed


def _runs(question: Question, terms: frozenset[str]) -> float:
    """The share of the question's words and unbroken stretches of Han of which anything stands among ``terms``."""
    runs = _subject(question)
    return sum(not terms.isdisjoint(run) for run in runs) / len(runs) if runs else 1.0


@lru_cache(maxsize=16)
def _subject(question: Question) -> tuple[tuple[str, ...], ...]:
    """The terms of each of the question's words and stretches."""
    return tuple(tuple(lexical.query_terms(run)) for run in question.subject)


def _cosines(
    vector: NDArray[np.float32], spans: Sequence[tuple[int, int]], vectors: NDArray[np.float32]
) -> dict[tuple[int, int], float]:
    if not spans:
        return {}
    return {span: float(cosine) for span, cosine in zip(spans, vectors @ vector, strict=True)}


def holds(question: Question, sentence: str) -> bool:
    """Whether the sentence holds a number or a date where one is asked for; True where neither is."""
    pattern = _HOLDS.get(question.kind)
    if question.kind == "number":
        sentence = _DAY.sub(" ", sentence)
    return pattern is None or bool(pattern.search(sentence))


def has_unit(unit: str, text: str, heading: str = "") -> bool:
    """Whether a number with the unit asked for stands in the text, in either language (600余家 for 家, 1.5万亿美元 for 亿元, 41 minutes
    for 分钟, 八部门 for 个).

    In a table row the unit stands in the header, which is the passage's ``heading``.
    """
    if measures.measured(unit, text, heading):
        return True
    magnitude = re.match(r"万亿|千万|百万|[亿万千百]", unit)
    base = unit[magnitude.end() :] if magnitude else unit
    big = bool(magnitude and set(magnitude.group()) & set("万亿"))
    text = lexical.simplified(unicodedata.normalize("NFKC", text))
    if "\t" in text or "|" in text:
        return unit in heading and bool(re.search(r"\d", text))
    if base == "天":
        text = _DATED.sub(" ", text)  # 19日 is no span of time
    alike = MONEY if _MONEY.search(unit) else {HAN_UNITS.get(base, "")} - {""}
    if any(number.unit in alike and number.value >= (10**4 if big else 0) for number in find_numbers(text)):
        return True
    return alike != MONEY and bool(_counted(base, big).search(text))


@lru_cache(maxsize=256)
def _counted(base: str, big: bool) -> re.Pattern[str]:
    """A number before a measure word, or another that counts alike."""
    numeral = rf"(?<![第\d一二三四五六七八九十])(?:{NUMERAL})\s*(?:余|多|几)?\s*(?:[百千万亿]*{'[万亿]' if big else ''})\s*(?:余|多)?"
    return re.compile(rf"{numeral}\s*{COUNTED_ALIKE.get(base, re.escape(base))}")
