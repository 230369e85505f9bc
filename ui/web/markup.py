"""Texts, answers and articles as HTML: pure functions; nothing reaches the page but through :func:`escape`."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import PurePath
from urllib.parse import urlsplit

from index import rows
from index.types import Article
from rag.types import Answer, Sentence
from ui import render
from ui.render import one_line, safe_url, visible
from ui.web.words import Words

Span = tuple[int, int]

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")
_HEADING = re.compile(r"#{1,6}[ \t]+(?=\S)")
_ITEM = re.compile(r"[-*•·][ \t]+(?=\S)")

_BREAK = '<span class="yj-break"></span>'

_LAST = re.compile(r"(?:[A-Za-z0-9.,%’”)]{1,16}|[^\s*])$")
"""The last word before a mark, which stays on its line."""

_ICONS = {
    "send": "M12 19V5M5 12l7-7 7 7",
    "stop": "M7 7h10v10H7z",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "retry": "M20 11A8 8 0 1 0 18 17M20 5v6h-6",
    "edit": "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
    "why": "M12 17v-6M12 7.5v.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    "left": "M15 5l-7 7 7 7",
    "right": "M9 5l7 7-7 7",
    "close": "M6 6l12 12M18 6L6 18",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "plus": "M12 5v14M5 12h14",
    "library": "M5 4v16M9 4v16M13 4.5l5 15",
    "settings": "M4 8h10M18 8h2M4 16h2M10 16h10M16 6v4M8 14v4",
    "delete": "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
    "export": "M12 4v11M7 10l5 5 5-5M5 20h14",
    "news": "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
    "files": "M14 3H6v18h12V7zM14 3v4h4",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """``text[start:end]`` is highlighted; ``number`` is its citation's, 0 for a passage; ``here`` is what the reader came for."""

    start: int
    end: int
    number: int = 0
    here: bool = False


def escape(text: str) -> str:
    """Text for between tags and for attributes in double quotes; controls and turns of reading direction made harmless."""
    return entities.escape(visible(text), quote=True)


def line(text: str) -> str:
    """The same on one line."""
    return entities.escape(one_line(text), quote=True)


def plain(words: str) -> str:
    """A question, or an answer whose words are still arriving."""
    return f'<div class="yj-text">{_breaks(escape(words.strip()))}</div>'


def icon(name: str) -> str:
    """A drawing of ours, hidden from screen readers: what it stands on has a label."""
    return f'<svg class="yj-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{_ICONS[name]}"/></svg>'


def select(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str, *, do: str) -> str:
    """A labelled list to choose from."""
    inside = "".join(
        f'<option value="{line(value)}"{" selected" if value == chosen else ""}>{line(says)}</option>'
        for value, says in options
    )
    return f'<label class="yj-field"><span>{label}</span><select name="{name}" data-do="{do}">{inside}</select></label>'


def button(
    do: str, label: str, *, drawn: str = "", looks: str = "yj-quiet", named: bool = True, **data: str | int
) -> str:
    """A button that does what ``do`` says, with its data; ``named``: its label is seen, else only said."""
    told = "".join(f' data-{name}="{line(str(value))}"' for name, value in data.items())
    inside = (icon(drawn) if drawn else "") + (f"<span>{line(label)}</span>" if named else "")
    said = "" if named else f' aria-label="{line(label)}" title="{line(label)}"'
    return f'<button type="button" class="yj-button {looks}" data-do="{do}"{told}{said}>{inside}</button>'


# --- an answer --------------------------------------------------------------------------------------------------------


def answer(given: Answer, words: Words) -> str:
    """The answer, each [n] a button that opens its source; on one line."""
    read = line(words["understood"].format(given.understood)) if given.understood else ""
    read = f'<div class="yj-note">{read}</div>' if read else ""
    if given.refused:
        return f'<div class="yj-answer yj-refused">{read}{_breaks(escape(given.text))}</div>'
    titles = {citation.number: name_of(citation.article, words) for citation in given.citations}
    said = []
    pieces = [piece for sentence in given.sentences for piece in render.pieces(sentence)]
    for tabled, several in groupby(pieces, key=render.is_row):
        with_chips = [(one, [_chip(number, titles[number], words) for number in one.citations]) for one in several]
        said.append(_rows(with_chips) if tabled else _BREAK.join(_sentence(*one, words) for one in with_chips))
    body = "".join(said)
    removed = line(words["invented"].format(" ".join(given.invented))) if given.invented else ""
    note = f'<div class="yj-note">{removed}</div>' if removed else ""
    return f'<div class="yj-answer">{read}{body}{note}</div>'


def _rows(sentences: Sequence[tuple[Sentence, Sequence[str]]]) -> str:
    """Rows as a table, under what is said of them and under the names of their columns, the cell that answers strong, the marks last."""
    told, notices = "", ""
    for sentence, chips in sentences:
        cells, (start, end) = rows.spans(sentence.text), sentence.span or (0, 0)
        if sentence.lead:
            notice, names = render.columns(sentence)
            notices += _breaks(escape(notice))
            told += f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in names)}</tr>"
        said = [_words(sentence.text[a:b], start <= a < b <= end) for a, b in cells]
        told += f"<tr>{''.join(f'<td>{one}</td>' for one in said[:-1])}<td>{said[-1]}{''.join(chips)}</td></tr>"
    return f'{notices}<div class="yj-table" tabindex="0"><table>{told}</table></div>'


def _sentence(sentence: Sentence, chips: Sequence[str], words: Words) -> str:
    """A sentence behind its lead, its last word on one line with the first mark."""
    *before, (text, answers) = render.words(sentence)
    said = "".join(_words(*piece) for piece in before)
    last = _LAST.search(text) if chips else None
    if last:
        said += f'{_words(text[: last.start()], answers)}<span class="yj-keep">{_words(last.group(), answers)}{chips[0]}</span>'
    else:
        said += _words(text, answers) + "".join(chips[:1])
    said += "".join(chips[1:])
    lead, beside = _breaks(escape(sentence.lead)), escape(sentence.beside)
    if sentence.supported:
        return f'{lead}<span class="yj-sentence">{said}</span>{beside}'
    reason = line(why(sentence, words))
    label = line(words["unsupported"])
    return (
        f'{lead}<span class="yj-sentence yj-unsupported">{said}</span>'
        f'<span class="yj-doubt" tabindex="0" title="{reason}">{label}<span class="yj-reason">{reason}</span></span>{beside}'
    )


def why(sentence: Sentence, words: Words) -> str:
    """What the cited passages do not say of a sentence."""
    return words["not_in_source"].format(", ".join(sentence.problems)) if sentence.problems else words["no_source"]


def _words(text: str, answers: bool) -> str:
    if heading := render.heading(text):
        return f"<strong>{escape(heading)}</strong>"
    shown = _breaks(_BOLD.sub(r"<strong>\1</strong>", escape(text)))
    return f"<strong>{shown}</strong>" if answers and text else shown


def _chip(number: int, title: str, words: Words) -> str:
    label = line(words["chip"].format(number, title))
    return f'<button type="button" class="yj-chip" data-do="open" data-n="{number}" aria-label="{label}" title="{label}">{number}</button>'


def _breaks(escaped: str) -> str:
    return re.sub(r"\s*\n\s*", _BREAK, escaped)


# --- an article -------------------------------------------------------------------------------------------------------


def name_of(article: Article, words: Words) -> str:
    """What an article is called: its title, else its file's name."""
    return one_line(article.title) or file_name(article) or words["untitled"]


def file_name(article: Article) -> str:
    """The file's name alone, however its path is written."""
    return one_line(PurePath(article.place.replace("\\", "/")).name)


def byline(article: Article, words: Words, *, linked: bool = True, page: int = 0) -> str:
    """Date, source, file, page (0: not known) and, if it is a plain web address, a link to where the article came from."""
    told = []
    if article.date:
        told.append(f'<time datetime="{line(article.date)}">{line(article.date)}</time>')
    if article.origin:
        told.append(f"<span>{line(article.origin)}</span>")
    if article.path:
        told.append(f'<span class="yj-path" title="{line(article.place)}">{line(file_name(article))}</span>')
    if page:
        told.append(f"<span>{line(words['page'].format(page))}</span>")
    if linked and (url := safe_url(article.url)):
        label = line(words["link"].format(urlsplit(url).hostname or ""))
        told.append(f'<a href="{line(url)}" target="_blank" rel="noopener noreferrer">{label} ↗</a>')
    return '<span class="yj-dot">·</span>'.join(told)


def body(text: str, marks: Sequence[Mark], title: str = "") -> str:
    """An article's text: paragraphs, headings, list items and tables, the marks in it highlighted. A first line that only
    says the title again is left out."""
    blocks = list(_blocks(text, marks))
    if blocks and title and blocks[0][1] == title and not any(mark.start < len(title) + 4 for mark in marks):
        blocks = blocks[1:]
    return "".join(block for block, _ in blocks)


def _blocks(text: str, marks: Sequence[Mark]) -> Iterator[tuple[str, str]]:
    """The blocks of a text, each with what it says when that may be a title."""
    table: list[list[Span]] = []
    for start, end in [*_lines(text), (len(text), len(text))]:
        cells = _cells(text, start, end)
        if len(cells) > 1:
            table.append(cells)
            continue
        if table:
            yield _table(text, table, marks), ""
            table = []
        if start < end:
            yield _paragraph(text, (start, end), marks)


def _paragraph(text: str, span: Span, marks: Sequence[Mark]) -> tuple[str, str]:
    start, end = span
    if heading := _HEADING.match(text, start, end):
        return f"<h3>{_inline(text, (heading.end(), end), marks)}</h3>", one_line(text[heading.end() : end])
    if item := _ITEM.match(text, start, end):
        return f'<p class="yj-item">{_inline(text, (item.end(), end), marks)}</p>', ""
    return f"<p>{_inline(text, span, marks)}</p>", one_line(text[start:end])


def _lines(text: str) -> Iterator[Span]:
    for match in re.finditer(r"[^\n]+", text):
        span = _trim(text, *match.span())
        if span[0] < span[1]:
            yield span


def _trim(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    kept = part.strip()
    start += len(part) - len(part.lstrip()) if kept else 0
    return start, start + len(kept)


def _cells(text: str, start: int, end: int) -> list[Span]:
    """The cells of a table row (tabs, or pipes at both ends), else nothing."""
    row = text[start:end]
    piped = len(row) > 1 and row[0] == row[-1] == "|"
    if not piped and "\t" not in row:
        return []
    edges = [start - 1, *(start + m.start() for m in re.finditer(r"[|]" if piped else r"\t", row)), end]
    if piped:
        edges = edges[1:-1]
    return [_trim(text, left + 1, right) for left, right in pairwise(edges)]


def _table(text: str, rows: Sequence[list[Span]], marks: Sequence[Mark]) -> str:
    rows = [row for row in rows if not _RULE.fullmatch(text[row[0][0] : row[-1][1]].strip())]
    shown = []
    width = max(map(len, rows), default=0)
    for row in rows:
        tag = "th" if row is rows[0] and len(rows) > 1 else "td"
        unnamed = f"<{tag}></{tag}>" * (tag == "th" and len(row) == width - 1)  # the first column, of places
        shown.append(unnamed + "".join(f"<{tag}>{_inline(text, cell, marks)}</{tag}>" for cell in row))
    inside = "".join(f"<tr>{row}</tr>" for row in shown)
    return f'<div class="yj-table" tabindex="0"><table>{inside}</table></div>'


def _inline(text: str, span: Span, marks: Sequence[Mark]) -> str:
    """A line or a cell, escaped; it is cut at every edge of a mark or of bold text, so the tags always nest."""
    start, end = span
    marks = [mark for mark in marks if mark.start < end and start < mark.end]
    bold = [(start + m.start(), start + m.end()) for m in _BOLD.finditer(text[start:end])]
    stars = [(a, a + 2) for a, _ in bold] + [(b - 2, b) for _, b in bold]
    spans = [*((mark.start, mark.end) for mark in marks), *bold, *stars]
    cuts = sorted({start, end, *(edge for pair in spans for edge in pair if start < edge < end)})
    pieces = []
    for left, right in pairwise(cuts):
        if _within(left, stars):
            continue
        piece = escape(text[left:right])
        piece = f"<strong>{piece}</strong>" if _within(left, bold) else piece
        over = [mark for mark in marks if mark.start <= left < mark.end]
        pieces.append(_marked(piece, max(over, key=lambda mark: (mark.here, mark.number))) if over else piece)
    return "".join(pieces)


def _marked(piece: str, mark: Mark) -> str:
    if not mark.number and not mark.here:
        return f'<span class="yj-passage">{piece}</span>'
    here = ' class="yj-here"' if mark.here else ""
    return f'<mark{here} data-n="{mark.number}">{piece}</mark>'


def _within(position: int, spans: Sequence[Span]) -> bool:
    return any(start <= position < end for start, end in spans)
