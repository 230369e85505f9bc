"""A request to the whole library answered as any question is: its rows as sentences, each cited, what was understood above."""

from __future__ import annotations

from collections.abc import Iterator

from index import passages, rows
from index.types import Hit, Passage
from rag.types import Answer, Citation, Sentence, written
from rag.whole.types import Overview, Row

MOST = 100
"""Rows of an answer; of more it says so. The commands and the table of the page show all."""


def answer(overview: Overview) -> Answer:
    """The overview as an answer; refused where the library has nothing of it."""
    request, told = overview.request, overview.rows[:MOST]
    quoted = [_passage(row) for row in told]
    citations = tuple(
        Citation(number, passage, row.article, row.quote, row.start, row.end)
        for number, (row, passage) in enumerate(zip(told, quoted, strict=True), 1)
    )
    hits = tuple(Hit(passage, row.article, 0.0) for row, passage in zip(told, quoted, strict=True))
    sentences = tuple(_sentences(overview, told)) or (Sentence(overview.understood),)
    return Answer(
        request.text,
        written(sentences),
        sentences,
        citations,
        hits,
        refused=not told,
        engine="quote",
        confidence=1.0 if told and request.literal else 0.0,
        understood=_head(overview) if told else "",
        kind=request.kind,
        other=overview.other,
        labels=tuple(row.label for row in told),
    )


def _head(overview: Overview) -> str:
    """What was understood, and how much of it is not shown here."""
    left = len(overview.rows) - MOST
    if left <= 0:
        return overview.understood
    zh = overview.request.language == "zh"
    return f"{overview.understood}{f'，这里是前 {MOST} 条' if zh else f', of which these are the first {MOST}'}"


def _sentences(overview: Overview, told: tuple[Row, ...]) -> Iterator[Sentence]:
    """A sentence a row, the first of those that share a label led by it, and rows of a table by what names its columns."""
    zh = overview.request.language == "zh"
    label = head = ""
    border = False
    for number, row in enumerate(told, 1):
        lead = ""
        if row.near and not border:
            border = True
            lead = "可能相关：\n" if zh else "Perhaps as well:\n"
        if row.label and row.label != label:
            label = row.label
            lead += f"{_unmarked(label)}{'：' if zh else ':'}\n"
        before, head = head, _columns(row)
        if head and (lead or head != before):
            lead += f"{head}\n"
        yield Sentence(row.quote, (number,), lead=lead)


def _columns(row: Row) -> str:
    """The names of the columns of a row of a table; "" of any other, and where they stand in what is quoted."""
    text = row.article.text
    if not rows.is_row(row.quote.partition("\n")[0]):
        return ""
    start, end = next((span for span in passages.tables(text) if span[0] < row.start < span[1]), (row.start, row.end))
    return (
        rows.header(Passage(row.article.id, row.article.id, 0, start, end, text[start:end]))
        if start < row.start
        else ""
    )


def _unmarked(label: str) -> str:
    """A label may be of an article's words, in which [1] is no mark."""
    return label.replace("[", "［").replace("]", "］")


def _passage(row: Row) -> Passage:
    """The sentence as a passage of its own: a row may stand outside of those that are searched."""
    return Passage(f"{row.article.id}-{row.start}", row.article.id, 0, row.start, row.end, row.quote)
