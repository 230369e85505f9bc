"""What a model wrote -> an answer: each sentence with the mark of the evidence that supports it, or the quote in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from index import lexical, passages
from index.rows import cells, heads, is_row, labelled, number
from index.text.numbers import find_numbers
from index.types import Hit
from models.lexicon import Lexicon
from rag import question, quoting
from rag.chronology.years import claimed_years
from rag.coverage import Sought, seen
from rag.evidence import Evidence
from rag.question import Question
from rag.translation import translate
from rag.types import Answer, Citation, Sentence, written
from rag.writing.claims import read_claims
from rag.writing.drafting import Draft, Line
from rag.writing.material import Shown
from rag.writing.prompt import REPLACED, TRANSLATED
from rag.writing.support import problems, without_years

_VAGUE = re.compile("[余多几来]")

MODES = ("auto", "strict", "write")
"""What becomes of a sentence that nothing supports: a quote takes its place, it is left out, or it is shown as it is."""

LIKE = {"same": 0.3, "other": 0.15}
"""The share of a sentence's words that evidence in its language, or in another one, must say to support it."""

NUMBERED = 0.3
"""The part of that share which is enough where the sentence has a number that the question has not: 中国以340家位居第二 and
"China has 340 unicorns" share little else."""

MARKED = 0.1
"""What the model's own mark adds to that share: of real small ones it is right for .35-.69 of the sentences."""

ADDED = 0.5
"""The share of the words that a sentence adds to the question's which its evidence must say, where both are of one language."""

RESTATED = 0.5
"""The share of the question's content words that a sentence must repeat to take a quote's place: a whole sentence can be checked,
"2029年" alone stands in the evidence whatever it is the year of."""

ASKED = 0.5
"""The weight of a word that stands in the question already: what the sentence adds to it is the answer."""

NEAREST = 4
"""Pieces of evidence, the nearest to the sentence, to which another sentence may be added."""

QUOTED = 3
"""A written sentence may stand in for the quotes when it rests on one of the so many best sentences."""

TRANSLATIONS = 2
"""Quotes that are put into the reader's language."""

RIVAL = 1.0
"""How near in score another quote is as good: 18家 were listed, 340家 there are, and only the reader can tell which is meant."""

NEAR = 2.5
"""In another language than its evidence it may also rest on what scores that much less than the best: there the ranking is less
sure (.83 right against 1.00). What was rightly found so scored 1.1-2.2 less, the one wrong number so found 3.5."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a hit's article that may be cited."""

    hit: Hit
    start: int
    end: int
    score: float = -inf
    """How well it answers, of evidence that was ranked."""

    @property
    def text(self) -> str:
        """The words, verbatim."""
        return self.hit.article.text[self.start : self.end]

    @property
    def said(self) -> str:
        """What a sentence is held against: the words, of a row with the names of its columns."""
        return labelled(self.text, self.hit.passage)


@dataclass(frozen=True, slots=True)
class Checked:
    """A written sentence, what supports it (none: nothing does), and what the nearest evidence does not say."""

    line: Line
    support: tuple[Span, ...]
    problems: tuple[str, ...] = ()


def check(asked: Question, draft: Draft, shown: Sequence[Shown], lexicon: Lexicon) -> list[Checked]:
    """Each sentence of a draft held against all evidence that was shown for it, whatever mark the model gave it."""
    return [
        _checked(_for(asked, line), line, [one for one in shown if one.year == line.year], lexicon)
        for line in draft.lines
    ]


def _checked(asked: Question, line: Line, shown: Sequence[Shown], lexicon: Lexicon) -> Checked:
    """The sentence as it is written, or failing that without the years which its dates have in no evidence."""
    checked = _check(asked, line, shown, lexicon)
    plain = replace(line, text=without_years(line.text, ""))
    if checked.support or plain == line:
        return checked
    mended = _check(asked, plain, shown, lexicon)
    return mended if mended.support else checked


def _for(asked: Question, line: Line) -> Question:
    return question.for_year(asked, line.year) if line.year else asked


def _check(asked: Question, line: Line, shown: Sequence[Shown], lexicon: Lexicon) -> Checked:
    """The nearest evidence that says all of the sentence, alone or with a sentence beside it or another line."""
    if not any(len(term) > 1 or term.isdigit() for term in _added(asked, line)):
        return Checked(line, ())  # 能。 or the question again is no answer, whatever evidence says the same
    like = likeness(line.text, asked, shown, lexicon)
    found: list[tuple[int, float, Span, list[str]]] = []
    for one in shown:
        span = _span(one)
        if like[one.number] >= _least(asked, line, one) and _names(asked, line, span):
            unsaid = problems(line.text, [span.said], asked.text)
            found.append((len(unsaid), -like[one.number] - MARKED * (one.number in line.marks), span, unsaid))
    best = sorted(found, key=lambda each: each[:2])
    for unsaid_of, _, span, _ in best:
        if not unsaid_of and _says(asked, line, [span], lexicon):
            return Checked(line, (span,))
    for _, _, span, _ in best[:NEAREST]:
        for other in (*_beside(span), *(each[2] for each in best if each[2] != span)):
            if not _names(asked, line, other):
                continue
            if not problems(line.text, [span.said, other.said], asked.text) and _says(
                asked, line, [span, other], lexicon
            ):
                return Checked(line, (span, other))
    return Checked(line, (), tuple(best[0][3]) if best else ())


def _names(asked: Question, line: Line, span: Span) -> bool:
    """False of a row of another name than the sentence, or the question, gives: 118 pairs are the redshank's."""
    name = next((cell for cell in cells(span.text) if cell and number(cell) is None), "") if is_row(span.text) else ""
    if not name or span.hit.article.language != lexical.language(line.text):
        return True
    return not set(lexical.query_terms(name)).isdisjoint(lexical.terms(f"{line.text}\n{asked.text}"))


def _says(asked: Question, line: Line, spans: Sequence[Span], lexicon: Lexicon) -> bool:
    """Whether what the sentence adds to the question's words stands in the evidence: 浙江大学 is not 南京农业大学. Numbers were
    compared already. Of evidence in another language one word is enough, as names are spelled in more ways than lexicons know."""
    said = frozenset(term for span in spans for term in lexical.terms(f"{span.hit.article.title}\n{span.said}"))
    if any(span.hit.article.language != lexical.language(line.text) for span in spans):
        known = translate(asked, lexicon)
        foreign = [word for word in translate(question.read(line.text), lexicon) if word not in known]
        return not foreign or any(seen(word, said) for word in foreign)
    added = [term for term in _added(asked, line) if not any(map(str.isdigit, term))]
    return sum(term in said for term in added) >= ADDED * len(added)


def _added(asked: Question, line: Line) -> list[str]:
    """What a sentence says beside the question's words."""
    known = frozenset(lexical.terms(asked.text))
    return [term for term in lexical.query_terms(line.text) if term not in known]


def _least(asked: Question, line: Line, one: Shown) -> float:
    """How like the sentence its evidence must be: less where a number of its own, held against the evidence, tells as well."""
    same = one.evidence.hit.article.language == lexical.language(line.text)
    named = {number.value for number in find_numbers(asked.text)}
    numbered = any(number.value not in named for number in find_numbers(line.text))
    return LIKE["same" if same else "other"] * (NUMBERED if numbered else 1)


def _span(one: Shown) -> Span:
    return Span(one.evidence.hit, one.evidence.start, one.evidence.end, one.evidence.score)


def _beside(span: Span) -> Iterator[Span]:
    """The other sentences of its passage, those before it first, the nearest first."""
    passage = span.hit.passage
    spans = passages.sentences(span.hit.article.text, passage.start, passage.end)
    before = [place for place in spans if place[1] <= span.start]
    after = [place for place in spans if place[0] >= span.end]
    yield from (Span(span.hit, start, end) for start, end in (*before[::-1], *after))


def likeness(text: str, asked: Question, shown: Sequence[Shown], lexicon: Lexicon) -> dict[int, float]:
    """By line number, the share of a sentence's words that the evidence says, 0 to 1; a word that few lines say, and one that
    the question has not said already, counts most."""
    read = question.read(text)
    own = [frozenset(lexical.terms(labelled(one.text, one.evidence.hit.passage))) for one in shown]
    held = lexical.once(lexical.query_terms(text))
    foreign = translate(read, lexicon)
    said: Mapping[bool, Collection[object]] = {True: set(translate(asked, lexicon)), False: set(asked.terms)}
    sought = Sought(np.zeros(1, np.float32), held, {}, [(word, 1.0) for word in foreign])
    likenesses = dict.fromkeys((one.number for one in shown), 0.0)
    for other in (False, True):
        found = sought.found(own, other=other)
        words: Sequence[object] = foreign if other else list(held)
        known = np.array([ASKED if word in said[other] else 1.0 for word in words])
        if not found.size:
            continue
        weight = known * np.log1p(len(own) / (found.sum(axis=0) + 0.5))
        for one, share in zip(shown, found @ (weight / weight.sum()), strict=True):
            if (one.evidence.hit.article.language != read.language) == other:
                likenesses[one.number] = float(share)
    return likenesses


# --- the answer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of an answer: written or quoted, with what it rests on."""

    text: str
    support: tuple[Span, ...]
    year: str = ""
    problems: tuple[str, ...] = ()


def answer(
    asked: Question,
    checked: Sequence[Checked],
    quotes: Mapping[str, Sequence[Evidence]],
    hits: Sequence[Hit],
    mode: str,
    say: Callable[[Evidence], str] | None = None,
) -> Answer:
    """The answer that a reader is given, its mode one of :data:`MODES`.

    ``quotes`` are the sentences to quote, by year in a comparison, else under "". ``say`` puts one into the question's language;
    without it they stay as they are, and a sentence that disagrees with the best of them gives way to it: for a weak model.
    """
    if mode == "auto":
        return _auto(asked, checked, quotes, hits, say)
    kept = [one for one in checked if one.support or mode == "write"]
    return _assembled(asked, [_written(one) for one in kept], hits) if kept else quoting.refuse(asked, hits)


def _auto(
    asked: Question,
    checked: Sequence[Checked],
    quotes: Mapping[str, Sequence[Evidence]],
    hits: Sequence[Hit],
    say: Callable[[Evidence], str] | None,
) -> Answer:
    rows: list[_Row] = []
    notice, written = "", False
    for year, quoted in quotes.items():
        own = [one for one in checked if one.line.year == year]
        good = [one for one in own if agrees(_for(asked, one.line), one, quoted, weak=say is None)]
        if say is None and len(good) < len(own):
            good = []  # what a weak model wrote beside a wrong sentence is no better
        cited = {span.text for one in good for span in one.support}
        rows += [_written(one) for one in good]
        if len(good) < len(own) or not own:
            left = [one for one in quoted if one.text not in cited]
            to_say = _worth_saying(asked, left) if say else []
            left.sort(key=lambda one: one not in to_say)  # what the reader can read comes first
            said = [
                _Row(say(one) if say and one in to_say else one.text, (Span(one.hit, one.start, one.end),), year)
                for one in left
            ]
            translated = any(row.text != one.text for row, one in zip(said, left, strict=True))
            notice = (TRANSLATED if translated else REPLACED)[asked.language]
            rows += said
            written = written or translated
        written = written or bool(good)
    made = _assembled(asked, rows, hits, notice)
    return made if written else replace(made, engine="quote")


def _worth_saying(asked: Question, quoted: Sequence[Evidence]) -> Sequence[Evidence]:
    """The quotes to put into the reader's language, which takes seconds each: the best of those that hold what is asked for, where
    any does. The others stay as they are: without them an answer by three quotes was lost of 18."""
    foreign = [one for one in quoted if one.hit.article.language != asked.language]
    holding = [one for one in foreign if one.features["holds"]] or foreign
    return sorted(holding, key=lambda one: -one.score)[:TRANSLATIONS]


def agrees(asked: Question, one: Checked, quoted: Sequence[Evidence], *, weak: bool = False) -> bool:
    """Whether a written sentence may take the place of the quotes: supported, holding what is asked for, and resting on one
    of them, or in another language on evidence that is nearly as good. A ``weak`` model's may not in another language: of
    Qwen2.5-0.5B-Instruct's answers .72 were right where .83 of the quotes were, most of the others a number of something else."""
    if not one.support or (asked.kind in ("number", "date") and not _told(asked, one.line.text)):
        return False
    said = frozenset(lexical.terms(one.line.text))
    if sum(term in said for term in asked.terms) < RESTATED * len(asked.terms):
        return False
    if _of_another_year(asked, one) or any(_rounded(one.line.text, span.said) for span in one.support):
        return False
    in_unit = {number.value for at in one.support for number in find_numbers(at.said) if number.unit == asked.unit}
    if asked.unit and in_unit and not in_unit & _told(asked, one.line.text):
        return False  # 近2万份学术论文, of 24万余篇学术论文和近2万份政策, where 篇 are asked for
    same = lexical.language(one.line.text) == one.support[0].hit.article.language
    if weak and not same:
        return False
    if (same or asked.unit) and any(_rivals(asked, one, evidence) for evidence in quoted):
        return False
    best = {evidence.text for evidence in quoted[:QUOTED]}
    least = inf if same else max((evidence.score for evidence in quoted), default=inf) - NEAR
    return any(span.text in best or span.score >= least for span in one.support)


def _of_another_year(asked: Question, one: Checked) -> bool:
    """Whether its evidence tells of years (今年 is that of the article) of which neither the question nor the sentence names one:
    "20,000 people as of 2025" for 今年力争突破两万名, said in 2026."""
    named = {year for span in one.support for year in claimed_years(span.said, span.hit.article.date)}
    said = {*asked.years, *read_claims(one.line.text).years}
    return bool(asked.years and named) and not named & said


def _rivals(asked: Question, one: Checked, other: Evidence) -> bool:
    """Whether other evidence has another number or date of what is asked for: as good as the sentence's where it is in the unit
    asked for, better where no unit is. In another language than the sentence's the ranking is less sure than the writer: held
    against it, right answers gave way to wrong quotes three times of 46, and a wrong one once."""
    if not other.features["unit" if asked.unit else "holds"] or any(span.text == other.text for span in one.support):
        return False
    if other.score <= max(span.score for span in one.support) - (RIVAL if asked.unit else 0.0):
        return False
    written = _told(asked, one.line.text)
    there = _told(asked, labelled(other.text, other.hit.passage), () if asked.unit else _units(written, one))
    return bool(there) and not there & written


def _told(asked: Question, text: str, units: Collection[str] = ()) -> frozenset[object]:
    """The numbers of a text (in one of the units, where some are given), or its dates where they are asked for, that the
    question has not."""
    if asked.kind == "date":
        return _days(text) - _days(asked.text)
    if asked.kind == "number":
        found = (number for number in find_numbers(text) if not units or number.unit in units)
        return frozenset(number.value for number in found) - {number.value for number in find_numbers(asked.text)}
    return frozenset()


def _units(values: Collection[object], one: Checked) -> set[str]:
    """The units that the evidence gives the written numbers: 54% has no rival in 2110家."""
    return {number.unit for span in one.support for number in find_numbers(span.said) if number.value in values}


def _days(text: str) -> frozenset[object]:
    """Month and day of each date, of one without them the year."""
    return frozenset((when.month, when.day) if when.month else when.year for when in read_claims(text).dates)


def _rounded(text: str, evidence: str) -> bool:
    """Whether a sentence gives as exact a number that its evidence does not: 600家 for 600余家."""
    vague = {number.value for number in find_numbers(evidence) if _VAGUE.search(evidence[number.start : number.end])}
    exact = {number.value for number in find_numbers(text) if not _VAGUE.search(text[number.start : number.end])}
    said = {number.value for number in find_numbers(evidence)} - vague
    return lexical.language(text) == "zh" and bool(exact & vague - said)


def _written(one: Checked) -> _Row:
    return _Row(one.line.text, one.support, one.line.year, one.problems)


def _assembled(asked: Question, rows: Sequence[_Row], hits: Sequence[Hit], notice: str = "") -> Answer:
    """Rows as an answer, their quotes numbered in the order in which they are cited."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    sentences: list[Sentence] = []
    lead, above = f"{notice}\n" if notice else "", ""
    for row in rows:
        cited = []
        for span in row.support:
            article = span.hit.article
            place = (article.id, span.start, span.end)
            if place not in numbers:
                numbers[place] = len(numbers) + 1
                citations.append(Citation(numbers[place], span.hit.passage, article, span.text, span.start, span.end))
            cited.append(numbers[place])
        names = heads(row.support[0].hit.passage) if row.support and is_row(row.text) else ""
        lead += f"{names}\n" if names and names != above else ""
        above = names
        lead += quoting.year_label(row.year, asked.language)
        sentences.append(Sentence(row.text, tuple(cited), bool(cited), row.problems, lead=lead))
        lead = ""
    return Answer(
        asked.text, written(sentences), tuple(sentences), tuple(citations), tuple(hits), refused=False, engine="write"
    )
