"""What a model may write, as a grammar, and what it wrote, as sentences: marks only to lines that were shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index import passages
from index.text.clauses import STOPS
from rag import quoting
from rag.writing.marks import MarkReader, read_marks
from rag.writing.material import Shown

_STOP = {"zh": "。", "en": "."}
_ENDED = re.compile(rf"[{STOPS}.!?]\W*\Z")
_VERDICT = {"zh": "能", "en": ""}
"""No answer begins so: a model of half a billion parameters else says once more that it can."""
_SILENT = re.compile(
    r"(?:资料|材料|文章|原文|文中|上文).{0,12}(?:未|没有?|不)(?:有|曾|明确)?(?:提及|提到|提供|说明|给出|写明|指明|包含|涉及)"
    r"|\b(?:not|never|n['’]t|no|nor)\b[^.]{0,60}\b(?:material|articles?|text|passages?|documents?)\b"
    r"|\b(?:material|articles?|text|passages?|documents?)\b[^.]{0,30}(?:\b(?:not|never|no)\b|n['’]t)",
    re.IGNORECASE,
)
"""How a model says that it was given no answer."""
_DOUBLED = re.compile(r"([.。])\s*[.。]+\Z")
"""A stop before the mark and, by the grammar, one after it."""
_INNER = {"zh": r"[^\[\]【】［］〔〕。！？\n\r\t]", "en": r"[^\[\]〔〕\n\r\t\u3000-\u9fff\uff00-\uffef]"}
"""What a sentence is made of before its mark, as a GBNF character class: an English one has points in its
numbers, and none of the Han that a small model would copy."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that a model wrote, the year that it is about in a comparison, else "", and the marks that stood in it."""

    year: str
    text: str
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote, in sentences, and the marks in it that name nothing that was shown."""

    lines: tuple[Line, ...]
    invented: tuple[str, ...] = ()

    @property
    def declines(self) -> bool:
        """True if all that was written is that the material does not answer."""
        return bool(self.lines) and all(_SILENT.search(line.text) for line in self.lines)


def words(pieces: Iterator[str], shown: Sequence[Shown], written: list[str]) -> Iterator[str]:
    """The pieces without their marks, to be shown while they come; ``written`` gathers them with marks."""
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
    inner = _INNER[language]
    rules = [f"inner ::= {inner}", f"first ::= {inner[:-1]}{_VERDICT[language]}]"]
    parts = []
    for at, year in enumerate(years_of(shown) or [""]):
        marks = " | ".join(f'"{one.number}"' for one in shown if one.year == year)
        rules.append(f"mark{at} ::= {marks}")
        label = f'"{quoting.year_label(year, language)}" ' if year else ""
        parts.append(f'{label}first inner+ "[" mark{at} "]" {stop}')
    return "\n".join(["root ::= " + ' "\\n" '.join(parts), *rules])


def read(text: str, shown: Sequence[Shown], language: str, *, whole: bool = True) -> Draft:
    """What was written, cut into sentences; any text at all is read, so a server without a grammar may write what it likes.

    Of a text that is not ``whole``, stopped or cut off for its length, the sentence that has no end is left out."""
    numbers = {one.number for one in shown}
    years = years_of(shown)
    marked = read_marks(text, numbers)
    lines: list[Line] = []
    at = 0
    for row in marked.text.splitlines(keepends=True):
        year = next((year for year in years if row.startswith(quoting.year_label(year, language).strip())), "")
        skipped = len(quoting.year_label(year, language).strip())
        spans = passages.sentences(row, skipped)
        if years:
            spans = [(spans[0][0], spans[-1][1])] if year and spans else []
        for start, end in spans:
            own = tuple(mark.number for mark in marked.marks if at + start < mark.at <= at + end)
            lines.append(Line(year, _DOUBLED.sub(r"\1", row[start:end]), own))
        at += len(row)
    if lines and not whole and not _ENDED.search(lines[-1].text):
        lines.pop()
    return Draft(tuple(line for line in lines if re.search(r"\w", line.text)), marked.invented)


def years_of(shown: Sequence[Shown]) -> list[str]:
    """The years of a comparison, in the order of their lines."""
    return list(dict.fromkeys(one.year for one in shown if one.year))
