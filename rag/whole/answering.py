"""A request to the whole library answered as any question is: its rows as sentences, each cited, what was understood above."""

from __future__ import annotations

from index.types import Hit, Passage
from rag.types import Answer, Citation, Sentence
from rag.whole.types import Overview, Row

MOST = 100
"""Rows of an answer; of more it says so. The commands and the table of the page show all."""


def answer(overview: Overview) -> Answer:
    """The overview as an answer; refused where the library has nothing of it."""
    request, rows = overview.request, overview.rows[:MOST]
    passages = [_passage(row) for row in rows]
    citations = tuple(
        Citation(number, passage, row.article, row.quote, row.start, row.end)
        for number, (row, passage) in enumerate(zip(rows, passages, strict=True), 1)
    )
    hits = tuple(Hit(passage, row.article, 0.0) for row, passage in zip(rows, passages, strict=True))
    return Answer(
        request.text,
        "\n".join(_lines(overview, rows)) or overview.understood,
        tuple(Sentence(citation.quote, (citation.number,)) for citation in citations)
        or (Sentence(overview.understood),),
        citations,
        hits,
        refused=not rows,
        engine="quote",
        confidence=1.0 if rows and request.literal else 0.0,
        understood=_head(overview) if rows else "",
        kind=request.kind,
        other=overview.other,
    )


def _head(overview: Overview) -> str:
    """What was understood, and how much of it is not shown here."""
    left = len(overview.rows) - MOST
    if left <= 0:
        return overview.understood
    zh = overview.request.language == "zh"
    return f"{overview.understood}{f'，这里是前 {MOST} 条' if zh else f', of which these are the first {MOST}'}"


def _lines(overview: Overview, rows: tuple[Row, ...]) -> list[str]:
    """A line a row, under the label that it shares with others."""
    zh = overview.request.language == "zh"
    lines: list[str] = []
    label = ""
    border = False
    for number, row in enumerate(rows, 1):
        if row.near and not border:
            border = True
            lines.append("可能相关：" if zh else "Perhaps as well:")
        if row.label and row.label != label:
            label = row.label
            lines.append(f"{_unmarked(label)}{'：' if zh else ':'}")
        lines.append(f"{row.quote}[{number}]")
    return lines


def _unmarked(label: str) -> str:
    """A label may be of an article's words, in which [1] is no mark."""
    return label.replace("[", "［").replace("]", "］")


def _passage(row: Row) -> Passage:
    """The sentence as a passage of its own: a row may stand outside of those that are searched."""
    return Passage(f"{row.article.id}-{row.start}", row.article.id, 0, row.start, row.end, row.quote)
