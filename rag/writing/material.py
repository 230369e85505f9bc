"""Ranked evidence -> the numbered lines that a model reads, and as much of everything as its context holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from index import passages, rows
from index.text.numbers import in_language
from models import LanguageModel, Message
from rag.evidence import Evidence
from rag.question import Question
from rag.writing import prompt

MOST = 8
"""Sentences that a model reads; with a context below :data:`SMALL` two less. Six hold the answer to .88-.95 of the Chinese
questions and eight to .95 of the English ones on Chinese articles; each costs a small model attention and 40-100 tokens."""

LEAST, BEHIND = 2, 1.5
"""How many are read in any case, and how much less than the best another may score. 2.8 sentences are read of Chinese articles and
2.1 of encyclopedias; the answer is among them for .97 and 1.00 of the questions, as among all eight (across languages .98, of 56,
where all eight hold it for each). What is read in vain costs time, and small models copy its numbers."""

SMALL = 2048
"""Tokens of a context that is small."""

PER_YEAR = 2
"""Sentences for each year of a comparison."""

LONGEST = 400
"""Characters of a sentence that are read, the neighbour included: a long list or a table's row is cut."""

TURNS = 3
"""Earlier questions and answers that are read; what a follow-up leaves out has been put into it already."""

_SHORTEST = 40

_DAY = re.compile(r"月\s*\d{1,2}\s*日")
"""A day of its own: beside it the day of publication is taken for the answer."""

_LEANS = re.compile(
    r"\s*(?:这|该|此|其|它|他|她|上述|前者|后者|同时|此外|另外|今年|当年|去年|同比"
    r"|(?:It|Its|They|Their|This|That|These|Those|He|She|His|Her|Such|The (?:former|latter))\b)"
)
"""How a sentence begins that is understood only with the one before it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Evidence that a model reads as line ``number``, from ``start`` on: with the neighbour that it needs. ``year``: the
    year that it was found for in a comparison, else ""."""

    number: int
    evidence: Evidence
    start: int
    year: str = ""

    @property
    def text(self) -> str:
        """What is read, verbatim."""
        return self.evidence.hit.article.text[self.start : self.evidence.end]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked: ``judging`` whether the lines answer, ``writing`` the answer. ``left_out`` counts what found no
    room: evidence (sentences), history (turns), question (characters)."""

    judging: tuple[Message, ...]
    writing: tuple[Message, ...]
    shown: tuple[Shown, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[str, ...]:
        """The numbered lines as they are read: translated numbers, cut sentences and all."""
        return tuple(line for line in self.judging[-1]["content"].splitlines() if line.startswith("["))


def choose(ranked: Sequence[Evidence], context: int) -> list[Shown]:
    """The best of the ranked evidence, no text twice. The best stands last, next to the question: standing first it was passed over
    by Qwen2.5-Coder-1.5B for a later line of another year."""
    best = _unlike(ranked)[: MOST if context > SMALL else MOST - 2]
    near = [one for at, one in enumerate(best) if at < LEAST or one.score >= best[0].score - BEHIND]
    return _numbered([("", one) for one in reversed(near)])


def choose_by_year(by_year: Mapping[str, Sequence[Evidence]]) -> list[Shown]:
    """The best of each year's evidence, year by year."""
    return _numbered([(year, one) for year in sorted(by_year) for one in _unlike(by_year[year])[:PER_YEAR]])


def fit(
    model: LanguageModel, question: Question, shown: Sequence[Shown], history: Sequence[tuple[str, str]], most: int
) -> Prompt | None:
    """The prompt that leaves ``most`` tokens of the model's context for the answer; None when not even one shortened
    sentence has room. History goes first, then the evidence from the worst on, then the ends of question and sentence."""
    turns, lines, asked, longest = list(history[-TURNS:]), list(shown), question.text, LONGEST
    left_out = Counter({"history": len(history) - len(turns)})
    while lines:
        judging, writing = _turns(question, lines, turns, asked, longest)
        if model.count_chat(writing) + most <= model.context:
            left_out["question"] = len(question.text) - len(asked)
            return Prompt(tuple(judging), tuple(writing), tuple(lines), {name: n for name, n in left_out.items() if n})
        if turns:
            turns.pop(0)
            left_out["history"] += 1
        elif len(asked) > 10 * _SHORTEST:
            asked = asked[: len(asked) // 2]
        elif len(lines) > 1:
            lines.remove(min(lines, key=lambda one: one.evidence.score))
            left_out["evidence"] += 1
        elif len(asked) > _SHORTEST:
            asked = asked[: len(asked) // 2]
        elif longest > _SHORTEST:
            longest //= 2
        else:
            break
    return None


def _turns(
    question: Question, shown: Sequence[Shown], history: Sequence[tuple[str, str]], asked: str, longest: int
) -> tuple[list[Message], list[Message]]:
    lines = [_line(one, question.language, longest) for one in shown]
    years = list(dict.fromkeys(one.year for one in shown if one.year))
    judging = prompt.judging(question.language, lines, asked, history)
    return judging, prompt.writing(judging, question.language, asked, years)


def _line(shown: Shown, language: str, longest: int) -> str:
    article = shown.evidence.hit.article
    text = rows.labelled(shown.text, shown.evidence.hit.passage)
    text = text if len(text) <= longest else rows.labelled(shown.evidence.text, shown.evidence.hit.passage)[:longest]
    date = "" if _DAY.search(text) else article.date
    return prompt.line(shown.number, article.title, date, in_language(text, language), language)


def _unlike(ranked: Sequence[Evidence]) -> list[Evidence]:
    kept: dict[str, Evidence] = {}
    for one in ranked:
        kept.setdefault(one.text, one)
    return list(kept.values())


def _numbered(chosen: Sequence[tuple[str, Evidence]]) -> list[Shown]:
    return [Shown(number, one, _begin(one), year) for number, (year, one) in enumerate(chosen, 1)]


def _begin(one: Evidence) -> int:
    """Where the sentence begins, or the one before it where it leans on that."""
    if not _LEANS.match(one.text):
        return one.start
    passage = one.hit.passage
    before = [
        start for start, end in passages.sentences(one.hit.article.text, passage.start, passage.end) if end <= one.start
    ]
    return before[-1] if before else one.start
