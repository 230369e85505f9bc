"""What a model wrote -> an answer: each sentence with the mark of the evidence that supports it, or the quote in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from index import lexical
from index.types import Hit
from models.lexicon import Lexicon
from rag import question, quoting
from rag.citations import problems
from rag.coverage import Sought, coverage
from rag.evidence import Evidence, holds
from rag.material import Shown
from rag.prompt import REPLACED, year_label
from rag.question import Question
from rag.translation import translate
from rag.types import Answer, Citation, Sentence
from rag.writing import Draft, Line

MODES = ("auto", "strict", "write")
"""What becomes of a sentence that nothing supports: a quote takes its place, it is left out, or it is shown as it is."""

LIKE = {"same": 0.5, "other": 0.25}
"""The share of a sentence's words that evidence in its language, or in another one, must say to support it."""

NEAREST = 4
"""Pieces of evidence, the nearest to the sentence, of which two together may support it."""

QUOTED = 3
"""A written sentence may stand in for the quotes when it rests on one of the so many best sentences. In another language than
the evidence it may rest on any that was shown: there the ranking is less sure (.61 right against .94)."""

Span = tuple[Evidence, int]
"""Evidence and where its quote starts: at the sentence or at the one before."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A written sentence, the evidence that supports it (none: nothing does), and what no evidence says."""

    line: Line
    support: tuple[Span, ...]
    problems: tuple[str, ...] = ()


def check(asked: Question, draft: Draft, shown: Sequence[Shown], lexicon: Lexicon) -> list[Checked]:
    """Each sentence of a draft held against all evidence that was shown for it, whatever mark the model gave it."""
    return [
        _check(_for(asked, line), line, [one for one in shown if one.year == line.year], lexicon)
        for line in draft.lines
    ]


def _for(asked: Question, line: Line) -> Question:
    return question.for_year(asked, line.year) if line.year else asked


def _check(asked: Question, line: Line, shown: Sequence[Shown], lexicon: Lexicon) -> Checked:
    said = likeness(line.text, shown, lexicon)
    near = sorted((one for one in shown if said[one.number] >= _least(line, one)), key=lambda one: -said[one.number])
    found: tuple[str, ...] | None = None
    for spans in _supports(near):
        quotes = [_quote(span) for span in spans]
        wrong = problems(line.text, quotes, asked.text)
        if not wrong:
            return Checked(line, spans)
        found = tuple(wrong) if found is None else found
    return Checked(line, (), found or ())


def _least(line: Line, one: Shown) -> float:
    return LIKE["same" if one.evidence.hit.article.language == lexical.language(line.text) else "other"]


def _supports(near: Sequence[Shown]) -> Iterator[tuple[Span, ...]]:
    """What may be cited, the nearest first: a sentence, a sentence with the one before it, two sentences."""
    yield from (((one.evidence, one.evidence.start),) for one in near)
    yield from (((one.evidence, one.start),) for one in near if one.start < one.evidence.start)
    yield from (
        ((one.evidence, one.evidence.start), (other.evidence, other.evidence.start))
        for one, other in combinations(near[:NEAREST], 2)
    )


def _quote(span: Span) -> str:
    evidence, start = span
    return evidence.hit.article.text[start : evidence.end]


def likeness(text: str, shown: Sequence[Shown], lexicon: Lexicon) -> dict[int, float]:
    """By line number, the share of a sentence's words that the evidence says, 0 to 1, its own title among it; a word that few
    lines say counts most."""
    read = question.read(text)
    terms = [frozenset(lexical.terms(f"{one.evidence.hit.article.title}\n{one.text}")) for one in shown]
    held = lexical.once(lexical.query_terms(text))
    telling = {term: float(np.log1p(len(terms) / (sum(term in own for own in terms) + 0.5))) for term in held}
    foreign = [(word, 1.0) for word in translate(read, lexicon)]
    sought = Sought(np.zeros(1, np.float32), telling, {}, foreign)
    out = {}
    for one, own in zip(shown, terms, strict=True):
        other = one.evidence.hit.article.language != read.language
        out[one.number] = coverage(sought, frozenset(), [own], other=other)[0]["within"]
    return out


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
) -> Answer:
    """The answer that a reader is given, its mode one of :data:`MODES`.

    ``quotes`` are the sentences to quote, by year in a comparison, else under "".
    """
    if mode == "auto":
        return _auto(asked, checked, quotes, hits)
    kept = [one for one in checked if one.support or mode == "write"]
    return _assembled(asked, [_written(one) for one in kept], hits) if kept else quoting.refuse(asked, hits)


def _auto(
    asked: Question, checked: Sequence[Checked], quotes: Mapping[str, Sequence[Evidence]], hits: Sequence[Hit]
) -> Answer:
    rows: list[_Row] = []
    replaced, written = False, False
    for year, quoted in quotes.items():
        own = [one for one in checked if one.line.year == year]
        good = [one for one in own if agrees(_for(asked, one.line), one, quoted)]
        cited = {evidence.text for one in good for evidence, _ in one.support}
        rows += [_written(one) for one in good]
        written = written or bool(good)
        if len(good) < len(own) or not own:
            replaced = True
            rows += [_Row(one.text, ((one, one.start),), year) for one in quoted if one.text not in cited]
    made = _assembled(asked, rows, hits, REPLACED[asked.language] if replaced else "")
    return made if written else replace(made, engine="quote")


def agrees(asked: Question, one: Checked, quoted: Sequence[Evidence]) -> bool:
    """Whether a written sentence may take the place of the quotes: supported, holding what is asked for, and resting on one
    of them where they are in its language."""
    if not one.support or (asked.kind in ("number", "date") and not holds(asked, one.line.text)):
        return False
    best = {evidence.text for evidence in quoted[:QUOTED]}
    same = lexical.language(one.line.text) == one.support[0][0].hit.article.language
    return not same or any(evidence.text in best for evidence, _ in one.support)


def _written(one: Checked) -> _Row:
    return _Row(one.line.text, one.support, one.line.year, one.problems)


def _assembled(asked: Question, rows: Sequence[_Row], hits: Sequence[Hit], notice: str = "") -> Answer:
    """Rows as an answer, their quotes numbered in the order in which they are cited."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    sentences: list[Sentence] = []
    lines = [notice] if notice else []
    for row in rows:
        cited = []
        for evidence, start in row.support:
            article = evidence.hit.article
            place = (article.id, start, evidence.end)
            if place not in numbers:
                numbers[place] = len(numbers) + 1
                quote = article.text[start : evidence.end]
                citations.append(Citation(numbers[place], evidence.hit.passage, article, quote, start, evidence.end))
            cited.append(numbers[place])
        sentences.append(Sentence(row.text, tuple(cited), bool(cited), row.problems))
        lines.append(year_label(row.year, asked.language) + row.text + "".join(f"[{number}]" for number in cited))
    text = "\n".join(lines)
    return Answer(asked.text, text, tuple(sentences), tuple(citations), tuple(hits), refused=False, engine="write")
