"""An overview of the library as terminal text, Markdown, CSV: pure functions that the commands and the page share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from rag.whole.types import Overview, Row
from ui import render

NEAR = "可能相关 perhaps as well"
HEADER = ("label", "column", "title", "date", "source", "quote", "mark", "also_in", "path", "url")


def terminal(overview: Overview) -> str:
    """What was understood, then each row: its number, title, date, source and quote."""
    return "\n\n".join([render.one_line(overview.understood), *_blocks(overview)])


def _blocks(overview: Overview) -> Iterator[str]:
    label, near = "", False
    for number, row in enumerate(overview.rows, 1):
        if row.near and not near:
            near = True
            yield f"{NEAR}:"
        if row.label and row.label != label:
            label = row.label
            yield f"== {render.one_line(label)} =="
        origin = " · ".join(render.one_line(part) for part in _origin(row) if part)
        yield f"{number}. {origin}\n   {render.one_line(_marked(row, '【', '】'))}"


def _origin(row: Row) -> tuple[str, ...]:
    article = row.article
    page = render.pages(article, row.start, row.end)
    also = render.places_of(row.also)
    return (row.column, article.title, article.date, article.origin, article.place, page, also)


def _marked(row: Row, opening: str, closing: str) -> str:
    """The quote with what was looked for between two signs."""
    parts, at = [], row.start
    for start, end in row.marks:
        parts += [row.article.text[at:start], opening, row.article.text[start:end], closing]
        at = end
    return "".join([*parts, row.article.text[at : row.end]])


def markdown(overview: Overview) -> str:
    """What was understood as a heading, then a table: what the row is of, the quote and its footnote."""
    labelled = any(row.label for row in overview.rows)
    head = ["", "quote"] if labelled else ["quote"]
    lines = [f"# {_plain(overview.understood)}"]
    if overview.rows:
        lines += ["", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for number, row in enumerate(overview.rows, 1):
        quote = f"{_plain(row.quote)} [^{number}]"
        of = " ".join(filter(None, (row.label, row.column, f"({NEAR})" if row.near else "")))
        cells = [_plain(of), quote] if labelled else [quote]
        lines.append(f"| {' | '.join(cells)} |")
    notes = [f"[^{number}]: {_note(row)}" for number, row in enumerate(overview.rows, 1)]
    return "\n".join([*lines, "", *notes]) + "\n"


def _note(row: Row) -> str:
    url = render.safe_url(row.article.url)
    title = _plain(row.article.title)
    told = (row.article.date, row.article.origin, render.pages(row.article, row.start, row.end))
    return " · ".join(filter(None, (f"[{title}](<{url}>)" if url else title, *map(_plain, told))))


def _plain(text: str) -> str:
    return render.plain_markdown(render.one_line(text))


def table(overview: Overview) -> str:
    """The rows as CSV with a header, for a spreadsheet; the quotes verbatim but for what would be a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADER)
    for row in overview.rows:
        article = row.article
        mark = "; ".join(dict.fromkeys(article.text[start:end] for start, end in row.marks))
        also = "; ".join(copy.place for copy in row.also)
        cells = (row.label, row.column, article.title, article.date, article.source, row.quote, mark, also)
        writer.writerow([render.cell(cell) for cell in (*cells, article.place, article.url)])
    return file.getvalue()
