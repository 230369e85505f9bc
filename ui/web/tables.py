"""What the whole library says as a table that sorts, its numbers over time as a chart: pure functions of the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from index.text.dates import find_dates
from index.text.numbers import find_numbers
from rag.types import Answer, Citation
from ui.web.markup import button, line, name_of
from ui.web.words import Words

FILES = ("csv", "md", "docx")
"""What a table leaves as, of those of a conversation."""

LEAST = 3
"""Dates with a number in the same unit from which a chart is drawn."""

WIDTH, HEIGHT, EDGE = 640, 200, 34
"""Of a chart, in its own units; the page scales it."""

Point = tuple[str, Decimal, int]
"""A date, what was told for it, and the number of the row that tells it."""


def table(answer: Answer, number: int, words: Words) -> str:
    """The rows of a request to the whole library, folded away below its sentences; "" for any other answer."""
    if not answer.kind or len(answer.citations) < 2:
        return ""
    labels = answer.labels if any(answer.labels) else ()
    heads = [
        *([words[f"of_{answer.kind}"]] if labels else []),
        *(words[name] for name in ("quoted", "titled", "dated")),
    ]
    shown = "".join(
        f'<th aria-sort="none">{button("sort", head, looks="yj-sort", column=at)}</th>' for at, head in enumerate(heads)
    )
    rows = "".join(_row(one, labels[at] if labels else None, words) for at, one in enumerate(answer.citations))
    files = "".join(button("export", words[f"as_{kind}"], looks="yj-link", to=kind, turn=number) for kind in FILES)
    inside = (
        f'<div class="yj-table" tabindex="0"><table><thead><tr>{shown}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return (
        f'<details class="yj-whole"><summary>{line(words["as_table"])}</summary>{chart(answer, words)}{inside}'
        f'<p class="yj-files">{line(words["take"])} {files}</p></details>'
    )


def _row(citation: Citation, label: str | None, words: Words) -> str:
    article = citation.article
    cells = [*([] if label is None else [label]), citation.quote, name_of(article, words), article.date]
    shown = [f"<td>{line(cell)}</td>" for cell in cells]
    at = 0 if label is None else 1
    chip = button("open", str(citation.number), looks="yj-chip", n=citation.number)
    shown[at] = f"<td>{line(cells[at])} {chip}</td>"
    return f"<tr>{''.join(shown)}</tr>"


# --- a chart ----------------------------------------------------------------------------------------------------------


def points(answer: Answer) -> tuple[str, list[Point]]:
    """Of a timeline the unit that the most dates have a number in, and these in order: the first that each row tells. Fewer than
    LEAST, or all of the same date, are none."""
    found: dict[str, dict[str, Point]] = defaultdict(dict)
    for citation, day in zip(answer.citations, answer.labels, strict=True) if answer.kind == "timeline" else ():
        spans = [(one.start, one.end) for one in find_dates(citation.quote, citation.article.date)]
        told: set[str] = set()
        for number in find_numbers(citation.quote):
            outside = not any(start < number.end and number.start < end for start, end in spans)
            if number.unit and outside and number.unit not in told:
                told.add(number.unit)
                found[number.unit].setdefault(day, (day, number.value, citation.number))
    unit = max(found, key=lambda one: len(found[one]), default="")
    drawn = sorted(found[unit].values()) if unit else []
    return (unit, drawn) if len(drawn) >= LEAST else ("", [])


def chart(answer: Answer, words: Words) -> str:
    """The numbers of a timeline over time as a drawing, every point with what it says; "" where too few are told."""
    unit, drawn = points(answer)
    if not drawn:
        return ""
    days = [_day(day) for day, _, _ in drawn]
    values = [float(value) for _, value, _ in drawn]
    places = [
        (_place(day, days, EDGE, WIDTH - EDGE), HEIGHT - _place(value, [0.0, *values], EDGE, HEIGHT - EDGE))
        for day, value in zip(days, values, strict=True)
    ]
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4"><title>{line(f"{day}: {value:f}{unit} [{at}]")}</title></circle>'
        f'<text x="{x:.0f}" y="{y - 9:.0f}">{line(f"{value:f}")}</text>'
        f'<text x="{x:.0f}" y="{HEIGHT - 10}">{line(day)}</text>'
        for (x, y), (day, value, at) in zip(places, drawn, strict=True)
    )
    said = line(words["chart"].format(unit, len(drawn)))
    return (
        f'<figure class="yj-line"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
        f'<polyline points="{path}"/>{dots}</svg><figcaption>{said}</figcaption></figure>'
    )


def _day(iso: str) -> float:
    """A date of any precision in years."""
    year, month, day = (int(part) for part in f"{iso}-01-01".split("-")[:3])
    return year + (month - 1) / 12 + (day - 1) / 366


def _place(value: float, among: Sequence[float], first: float, last: float) -> float:
    low, high = min(among), max(among)
    return first + (last - first) * ((value - low) / (high - low) if high > low else 0.5)
