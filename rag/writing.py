"""The answerer that uses a language model: judges whether the evidence answers, then writes, its marks held to what was shown."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index import passages
from models import LanguageModel
from rag import material, prompt
from rag.evidence import Evidence
from rag.marks import MarkReader, read_marks
from rag.material import Prompt, Shown
from rag.question import Question

LENGTH = 160
"""Tokens of an answer, and of each line of a comparison half as many."""

THRESHOLD = 0.0
"""The model's log-odds that the material answers, below which the question is refused."""

_STOP = {"zh": "。", "en": "."}
_INNER = {"zh": r"[^\[\]【】［］〔〕。！？\n\r\t]", "en": r"[^\[\]【】［］〔〕\n\r\t]"}
"""What a sentence is made of before its mark, as a GBNF character class: an English one has points in its numbers."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that a model wrote, without marks, and the year that it is about in a comparison, else ""."""

    year: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote, in sentences, and the marks in it that name nothing that was shown."""

    lines: tuple[Line, ...]
    invented: tuple[str, ...] = ()


def read(
    model: LanguageModel,
    question: Question,
    ranked: Sequence[Evidence],
    by_year: Mapping[str, Sequence[Evidence]],
    history: Sequence[tuple[str, str]] = (),
) -> Prompt | None:
    """What the model is asked; ``by_year`` is the evidence for each year of a comparison. None when nothing fits."""
    years = {year: found for year, found in by_year.items() if found}
    shown = material.choose_by_year(years) if years else material.choose(ranked, model.context)
    return material.fit(model, question, shown, history, _most(len(years)))


def log_odds(model: LanguageModel, asked: Prompt, language: str) -> float:
    """Log-odds that the material answers, by the model."""
    return model.log_odds(asked.judging, prompt.YES[language], prompt.NO[language])


def write(model: LanguageModel, asked: Prompt, language: str, cancel: threading.Event | None = None) -> Iterator[str]:
    """The model's words as they come, its marks among them, every one of them of a line that was shown."""
    years = _years(asked.shown)
    return model.chat(asked.writing, most=_most(len(years)), grammar=grammar(asked.shown, language), cancel=cancel)


def words(pieces: Iterator[str], shown: Sequence[Shown], written: list[str]) -> Iterator[str]:
    """The pieces without marks, for a reader who watches; ``written`` gathers them as they came."""
    reader = MarkReader({one.number for one in shown})
    for piece in pieces:
        written.append(piece)
        if clean := reader.feed(piece):
            yield clean
    if clean := reader.close():
        yield clean


def grammar(shown: Sequence[Shown], language: str) -> str:
    """GBNF of an answer: one sentence, or a dated one for each year, each with one mark of a line that was shown for it."""
    stop = f'"{_STOP[language]}"'
    rules = [f"inner ::= {_INNER[language]}"]
    parts = []
    for at, year in enumerate(_years(shown) or [""]):
        marks = " | ".join(f'"{one.number}"' for one in shown if one.year == year)
        rules.append(f"mark{at} ::= {marks}")
        label = f'"{prompt.year_label(year, language)}" ' if year else ""
        parts.append(f'{label}inner+ "[" mark{at} "]" {stop}')
    return "\n".join(["root ::= " + ' "\\n" '.join(parts), *rules])


def draft(text: str, shown: Sequence[Shown], language: str) -> Draft:
    """What was written, cut into sentences; any text at all is read, so a server without a grammar may write what it likes."""
    marked = read_marks(text, {one.number for one in shown})
    years = _years(shown)
    lines = []
    for row in marked.text.splitlines():
        year = next((year for year in years if row.startswith(prompt.year_label(year, language).strip())), "")
        if years and not year:
            continue
        body = row[len(prompt.year_label(year, language).strip()) :]
        spans = passages.sentences(body)
        pieces = [body[start:end] for start, end in spans]
        lines += [Line(year, " ".join(pieces))] if year and pieces else [Line("", piece) for piece in pieces]
    return Draft(tuple(line for line in lines if re.search(r"\w", line.text)), marked.invented)


def _years(shown: Sequence[Shown]) -> list[str]:
    return list(dict.fromkeys(one.year for one in shown if one.year))


def _most(years: int) -> int:
    return LENGTH * max(1, (years + 1) // 2)
