"""The sentences that the search ranks first are read, each in its window: where in them the answer stands, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import log

import numpy as np

from index import lines, passages
from index.types import Hit
from models import Read, Reader, Window
from rag.evidence import Evidence
from rag.question import Question, without_years
from rag.weights import weights

WINDOWS = 5
"""Windows that are read; each costs a pass of some 200 tokens through the reader. Of 180 questions the sentence that answers stood
in the first for .978, among three for all, and more than two changed no figure."""

WINDOW = {"zh": 300, "en": 700}
"""Characters that are read at once, as the reader was taught; a longer sentence is cut there."""

TITLE = 80
"""Characters of title and heading that are read above a window."""

ABSENT = -12.0
"""What is taken for the score of a place in a sentence in which the reader sees none: below that of any in which it does."""

SURER = 1.0
"""Log-odds by which another language must answer more surely than the question's own to come first, or to be told beside it. Of 400
XQuAD questions asked of a library that has half of the articles in either language none has another first sentence for it: those are
mostly surer by far."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window of a hit, from the first to the last of its sentences, spans in the article; ``led`` is where the heading or the question
    right above a sentence stands, by where it begins."""

    hit: Hit
    sentences: tuple[tuple[int, int], ...]
    led: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """Where it begins in the article."""
        return self.sentences[0][0]

    def __contains__(self, place: int) -> bool:
        return self.start <= place < self.sentences[-1][1]

    @property
    def window(self) -> Window:
        """What is read. Above a later part of an article without title and heading stands the article's beginning, which names
        what it is about: without it the reader does not know whose "Florescence: May" is asked for."""
        article, heading = self.hit.article, self.hit.passage.heading
        text = article.text[self.start : self.sentences[-1][1]]
        title = " ".join(part for part in (article.title, heading if heading != article.title else "") if part)
        if not title and self.start >= TITLE:
            title = article.text[:TITLE]
        return Window(title[:TITLE], text)


def read(reader: Reader, question: Question, ranked: Sequence[Evidence], windows: int = WINDOWS) -> list[Evidence]:
    """The same sentences in the same order; those in the first ``windows`` windows now with what the reader says of them: the
    features ``answers`` (log-odds, of the window), ``place`` (of the best span, against none) and ``articles`` (the logarithm of
    how many they are of), the span, and the log-odds that they answer."""
    windows_of = {
        hit.passage.id: list(stretches(hit)) for hit in {one.hit.passage.id: one.hit for one in ranked}.values()
    }
    stands = [next((each for each in windows_of[one.hit.passage.id] if one.start in each), None) for one in ranked]
    chosen = list(islice({id(each): each for each in stands if each}.values(), windows))
    asked: dict[str, list[Stretch]] = {}
    for stretch in chosen:
        asked.setdefault(_asked(question, ranked, stretch.window), []).append(stretch)
    told = {
        id(stretch): one
        for text, some in asked.items()
        for stretch, one in zip(some, reader.read(text, [each.window for each in some]), strict=True)
    }
    many = log(len({stretch.hit.article.id for stretch in chosen}) or 1)
    return [
        _read(question, one, each, told[id(each)], many) if each and id(each) in told else one
        for one, each in zip(ranked, stands, strict=True)
    ]


def _asked(question: Question, ranked: Sequence[Evidence], window: Window) -> str:
    """What the reader is asked of a window: without the years where it shows none of them, for then the article's date tells, which it is
    not shown; where there are several, which no window need tell of at once; and where no sentence names the year and one names a
    stretch of time that it lies in, which it does not reckon. Which year a sentence is of is told exactly elsewhere."""
    if not question.years:
        return question.text
    spanned = any(one.features.get("spanned") for one in ranked) and all(
        one.features.get("years", 0.0) < 1 for one in ranked
    )
    shown = any(year in text for year in question.years for text in (window.title, window.text))
    return without_years(question.text) if spanned or not shown or len(question.years) > 1 else question.text


def _read(question: Question, one: Evidence, stretch: Stretch, said: Read, many: float) -> Evidence:
    head = stretch.led.get(one.start)
    span, place = _place(said, (head or (one.start, 0))[0] - stretch.start, one.end - stretch.start)
    features = {**one.features, "score": one.score, "answers": said.log_odds, "place": place, "articles": many}
    where = (max(span[0] + stretch.start, one.start), span[1] + stretch.start) if span else None
    above = head if head and span and span[1] + stretch.start <= head[1] else None
    if above and passages.asks(one.hit.article.text[slice(*above)]):
        above = None
    by = kind(question.language, one.hit.article.language)
    log_odds = among(weights().answering[by], weights().crowd[by], features)
    within = where if where and where[0] < where[1] else None
    return replace(one, features=features, log_odds=log_odds, span=within, above=above)


def kind(asked: str, spoken: str) -> str:
    """By which weights a sentence counts: those of its article's language where the question is asked in it, else "other"."""
    return spoken if asked == spoken else "other"


def unread(asked: str, spoken: str) -> str:
    """The same for a sentence that was not read: what it covers of the question means the same in every language, but across two."""
    return "unread" if asked == spoken else "unread other"


def weighed(weight: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The bias and the weighed features."""
    return weight.get("bias", 0.0) + sum(w * features[name] for name, w in weight.items() if name != "bias")


def either(ways: Sequence[Mapping[str, float]], features: Mapping[str, float]) -> float:
    """The odds of all ways to know something added up, as log-odds."""
    return float(np.logaddexp.reduce([weighed(way, features) for way in ways]))


def among(ways: Sequence[Mapping[str, float]], crowd: float, features: Mapping[str, float]) -> float:
    """Log-odds that an article answers, of those that were read: the likeliest of many is likelier by chance, so that each counts for
    less, by ``crowd`` for each e-fold of them. NoMIRACL's Chinese questions, of ten articles, and DuReader's, of one, have a common
    threshold so."""
    return either(ways, features) - crowd * features["articles"]


def best_first(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """What was read by the search and the reader together, then the rest as it was, with scores below."""
    ranking = weights().ranking
    read = [
        replace(one, score=weighed(ranking[kind(question.language, one.hit.article.language)], one.features))
        for one in ranked
        if one.log_odds is not None
    ]
    rest = [one for one in ranked if one.log_odds is None]
    read = sorted(_signed_last(_own_first(question, read)), key=lambda one: -one.score)
    if read and rest:
        lower = min(one.score for one in read) - rest[0].score
        rest = [replace(one, score=one.score + lower) for one in rest]
    return [*read, *rest]


def _own_first(question: Question, read: Sequence[Evidence]) -> Sequence[Evidence]:
    """The sentences with those of another language lowered behind the best of the question's own, so far that none of them is told
    beside it, where that answers, and about as surely as the best of them."""
    best: dict[bool, Evidence] = {}
    for one in sorted(read, key=lambda one: -one.score):
        best.setdefault(one.hit.article.language == question.language, one)
    if len(best) < 2:
        return read
    own, other = best[True].log_odds or 0.0, best[False].log_odds or 0.0
    answers = own > weights().threshold[question.language]
    lower = best[False].score - best[True].score + answers * weights().margin
    if other - own > SURER or lower < 0:
        return read
    return [
        one if one.hit.article.language == question.language else replace(one, score=one.score - lower - 1e-6)
        for one in read
    ]


def _signed_last(read: Sequence[Evidence]) -> Sequence[Evidence]:
    """The sentences with the day that an article ends with, as a notice does, lowered so far that it is not told beside one that answers:
    it tells when all of it was written, and no other time."""
    signed = {(one.hit.article.id, one.start) for one in read if _is_signed(one)}
    best = max((one for one in read if (one.hit.article.id, one.start) not in signed), key=_score, default=None)
    if not signed or not best or (best.log_odds or 0.0) <= weights().threshold[best.hit.article.language]:
        return read
    lower = best.score - weights().margin - 1e-6
    return [
        replace(one, score=min(one.score, lower)) if (one.hit.article.id, one.start) in signed else one for one in read
    ]


def _is_signed(one: Evidence) -> bool:
    """True if a sentence is a day by itself and the last of its article."""
    return not one.hit.article.text[one.end :].strip() and bool(lines.day_of(one.text))


def _score(one: Evidence) -> float:
    return one.score


def order(hits: Sequence[Hit], ranked: Sequence[Evidence]) -> list[Hit]:
    """The hits, best first, by the search and their best sentence together; those of which nothing was read stay behind, as they were."""
    best: dict[str, float] = {}
    for one in ranked:
        if one.log_odds is not None:
            best.setdefault(one.hit.passage.id, one.score)
    share = weights().order["read"]
    scored = [replace(hit, score=hit.score + share * best[hit.passage.id]) for hit in hits if hit.passage.id in best]
    return [*sorted(scored, key=lambda hit: -hit.score), *(hit for hit in hits if hit.passage.id not in best)]


def stretches(hit: Hit) -> Iterator[Stretch]:
    """The hit cut at sentence ends into windows as long as the reader was taught."""
    most = WINDOW.get(hit.article.language, WINDOW["en"])
    held: list[tuple[int, int]] = []
    spans = passages.sentences(hit.article.text, hit.passage.start, hit.passage.end)
    leading = passages.leading(hit.article.text, spans)
    led = {spans[number + 1][0]: spans[number] for number in leading if number + 1 < len(spans)}
    for number, (start, end) in enumerate(spans):
        if held and end - held[0][0] > most:
            leads = len(held) > 1 and number - 1 in leading  # it is read with what stands under it
            yield Stretch(hit, tuple(held[: len(held) - leads]), led)
            held = held[-1:] if leads else []
        held.append((start, end))
    if held:
        yield Stretch(hit, tuple(held), led)


def _place(said: Read, start: int, end: int) -> tuple[tuple[int, int] | None, float]:
    """The best span that begins in a stretch of the window, and its score; ABSENT where there is none."""
    inside = ((one.start, one.end, one.score) for one in said.spans if start <= one.start < end)
    best = max(inside, key=lambda one: one[2], default=None)
    return ((best[0], best[1]), max(best[2], ABSENT)) if best else (None, ABSENT)
