"""Lines of a paged document -> headings, paragraphs, list items, tables and notes, with a form feed where a page begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from index import lines as shape
from index.formats import text
from index.formats.layout import RAISED, Line, Page, Table
from index.formats.raised import END, UP
from index.text.scripts import HAN

_MARGIN = 0.12  # of the page's height: where running headers and footers stand
_FURTHEST = 1000  # pages that a volume may have before this file's first; a year is no page number
_HEADING = 1.1  # size of a heading against the body
_SMALL = 0.93  # size of a note
_APART = 1.35  # of the usual distance of lines, between paragraphs
_BULLET = re.compile("[•·●○■◆▪◦‣∙\uf0b7\uf0a7\uf06c\uf0d8\ue00c–][ \t]*(?=\\S)")
_NUMBERED = re.compile(r"\d{1,3}[.)、）][ \t]*(?=\S)|[（(]\d{1,3}[)）]|[a-z][.)] ")
_ROMAN = "[ivxlc]{1,7}(?![A-Za-z])"
_PAGE_NUMBER = re.compile(
    rf"^\W*(?:第\s*)?(?:(\d{{1,5}})(?!\d)|{_ROMAN})\s*[页頁]?"
    rf"|(?:第\s*|page )?(?:(?<!\d)(\d{{1,5}})|(?<![A-Za-z]){_ROMAN})\s*[页頁]?(?:\s*(?:/|of|共)\s*\d+\s*[页頁]?)?\W*$",
    re.IGNORECASE,
)
_NOTE = re.compile(rf"{UP}?(?:\d{{1,3}}|[*†‡①-⑳]){END}?[.]?[ \t]*(?=\D)")


_PRINTED = re.compile(
    r"\d{1,4}[/.年-]\d{1,2}[/.月-]\d{1,4}日?,? \d{1,2}:\d\d(?: ?[AP]M)?(?:\s.*)?|(?:https?|file)://\S+(?:\s+\d+/\d+)?",
    re.IGNORECASE,
)
"""What a browser prints above and below a page: when, what, from where."""


@dataclass(slots=True)
class _Block:
    """``rows`` of a table, else text, ``indent`` columns in; ``apart`` from what stands above it. ``open``: its last line is
    full and ends no sentence, so the next page may go on."""

    text: str = ""
    level: int = 0
    open: bool = False
    item: bool = False
    indent: int = 0
    apart: bool = False
    rows: list[list[str]] | None = None


def marked(pages: Sequence[Page]) -> str:
    """The blocks of all pages as Markdown, with a form feed at the beginning of every page but the first."""
    body = body_size(pages)
    running = _furniture(pages, body)
    levels = _levels(pages, body)
    laid = [
        _blocks(
            [item for item in page.items if not (isinstance(item, Line) and _dropped(item, page, body, running))],
            body,
            levels,
        )
        for page in pages
    ]
    blocks: list[_Block] = []
    feeds = ""
    for (found, notes), (following, _) in zip(laid, [*laid[1:], ([], [])], strict=True):
        goes_on = bool(found and following) and _continues(found[-1], following[0])
        for number, block in enumerate(found):
            if number == 0 and blocks and _continues(blocks[-1], block):
                _append(blocks[-1], block, feeds)
            else:
                _prefix(block, feeds)
                blocks.append(block)
            feeds = ""
        if notes:  # before what goes on overleaf, so that the notes are on their page and the sentence stays whole
            _prefix(notes[0], feeds)
            feeds = ""
            blocks[len(blocks) - goes_on : len(blocks) - goes_on] = notes
        feeds += "\x0c"
    return _unhyphenated(text.rows(part for block in blocks for part in _shown(block)) + feeds[:-1])


def _shown(block: _Block) -> Iterator[str]:
    """The row of a block or its table, with a blank row before it where there was room."""
    if block.apart:
        yield ""
    if block.rows is not None:
        yield text.table(block.rows)
        return
    words = block.text.lstrip("\x0c")
    feeds = block.text[: len(block.text) - len(words)]
    yield f"{feeds}{'#' * block.level} {words}" if block.level else f"{feeds}{' ' * block.indent}{words}"


def _unhyphenated(marked_text: str) -> str:
    """Words that a line end cut whole again: a hyphen there stays only between two words that the document has apart."""
    cut = f"([A-Za-z]*){text.HYPHEN}(\x0c*)([A-Za-z]*)"
    words = set(re.findall(r"[A-Za-z]+", re.sub(cut, " ", marked_text)))  # its halves would make every word one of two

    def whole(found: re.Match[str]) -> str:
        before, feed, after = found.groups()
        apart = before + after not in words and {before, after} <= words
        return f"{before}{'-' if apart else ''}{feed}{after}"

    return re.sub(cut, whole, marked_text)


def _prefix(block: _Block, feeds: str) -> None:
    if block.rows is not None:
        block.rows[0][0] = feeds + block.rows[0][0]
    else:
        block.text = feeds + block.text


# Running headers and footers


def _key(line: Line, page: Page, body: float) -> str:
    """Where a line of the page's margin stands and what it says but for its page number; "" for a line of the body."""
    middle = (line.y0 + line.y1) / 2 / max(page.height, 1)
    if _MARGIN < middle < 1 - _MARGIN or line.size >= _HEADING * body:
        return ""
    number = _PAGE_NUMBER.search(line.text)
    counted = number and next((int(digits) - page.number for digits in number.groups() if digits), "#")
    if isinstance(counted, int) and counted > _FURTHEST:
        return f"{round(line.y0 / 3)} {line.text}"
    shown = line.text if number is None else f"{line.text[: number.start()]}<{counted}>{line.text[number.end() :]}"
    return f"{round(line.y0 / 3)} {shown}"


def _furniture(pages: Sequence[Page], body: float) -> set[str]:
    """Lines that stand at the same place in the margin of several pages, and page numbers."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({key for line in page.lines if (key := _key(line, page, body))})
    often = 2 if len(pages) < 8 else 3
    return {key for key, count in seen.items() if count >= often or re.fullmatch(r"\d+ \W*<[-\d#]+>\W*", key)}


def _dropped(line: Line, page: Page, body: float, running: set[str]) -> bool:
    """Running headers and footers, and the raised number of a note where it became a line of its own."""
    raised = line.size < RAISED * body and re.fullmatch(r"\d{1,3}", line.text)
    key = _key(line, page, body)
    return bool(raised) or key in running or bool(key and _PRINTED.fullmatch(line.text))


# Sizes


def body_size(pages: Sequence[Page]) -> float:
    """The size, in points, in which most of the text is set."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 11.0


def _levels(pages: Sequence[Page], body: float) -> dict[float, int]:
    """Level of each size that headings have, the largest first."""
    sizes = {round(line.size * 2) / 2 for page in pages for line in page.lines if line.size >= _HEADING * body}
    return {size: min(level, 6) for level, size in enumerate(sorted(sizes, reverse=True), 1)}


# Paragraphs


def _blocks(items: Sequence[Line | Table], body: float, levels: dict[float, int]) -> tuple[list[_Block], list[_Block]]:
    """The blocks of a page, and its notes."""
    lines = [item for item in items if isinstance(item, Line)]
    notes = _note_lines(lines, body)
    blocks: list[_Block] = []
    run: list[Line] = []
    columns = _columns(lines, body)

    def close() -> None:
        blocks.extend(_paragraphs(run, levels, columns))
        run.clear()

    for item in items:
        if isinstance(item, Table):
            close()
            blocks.append(_Block(rows=item.rows, apart=True))
        elif item not in notes:
            run.append(item)
    close()
    return blocks, _notes([line for line in lines if line in notes])


def _note_lines(lines: Sequence[Line], body: float) -> set[Line]:
    """Small lines below all others on the page, the first of them numbered."""
    floor = min((line.y0 for line in lines if line.size > _SMALL * body), default=0.0)
    small = [line for line in lines if line.size <= _SMALL * body and line.y1 <= floor + 1]
    return set(small) if small and _NOTE.match(max(small, key=lambda line: line.y0).text) else set()


def _notes(lines: Sequence[Line]) -> list[_Block]:
    notes: list[list[str]] = []
    for line in lines:
        numbered = _NOTE.match(line.text)
        if numbered or not notes:
            notes.append([line.text[numbered.end() :] if numbered else line.text])
        else:
            notes[-1].append(line.text)
    return [_Block(text.join(note), apart=number == 0) for number, note in enumerate(notes)]


def _columns(lines: Sequence[Line], body: float) -> list[tuple[float, float]]:
    """Left and right edges of the columns: where several lines of the body begin, and where the longest of them ends."""
    ordinary = [line for line in lines if line.size < _HEADING * body]
    starts = Counter(round(line.x0 / 4) for line in ordinary)
    lefts = sorted(at * 4 for at, count in starts.items() if count >= 3)
    apart = [at for number, at in enumerate(lefts) if number == 0 or at - lefts[number - 1] > 12 * body]
    columns: list[tuple[float, float]] = []
    for left, following in zip(apart, [*apart[1:], float("inf")], strict=False):
        ends = [line.x1 for line in ordinary if left - 6 <= line.x0 < following - 6 and line.x1 <= following]
        columns.append((left, max(ends, default=left)))
    return columns


def _right(line: Line, columns: Sequence[tuple[float, float]]) -> float:
    """Where the column of a line ends; a line that reaches over its column ends where it does."""
    edges = [right for left, right in columns if line.x0 >= left - 6]
    return max(edges[-1], line.x1) if edges else line.x1


def _paragraphs(
    lines: Sequence[Line], levels: dict[float, int], columns: Sequence[tuple[float, float]]
) -> Iterator[_Block]:
    """Lines -> paragraphs, list items and headings."""
    steps = [a.y0 - b.y0 for a, b in pairwise(lines) if 0 < a.y0 - b.y0 < 4 * a.size and abs(a.size - b.size) < 0.6]
    usual = median(steps) if steps else 0.0
    runs: list[list[Line]] = []
    for line in lines:
        if runs and (_same_heading(runs[-1][-1], line, levels) or not _begins(runs[-1], line, usual, columns)):
            runs[-1].append(line)
        else:
            runs.append([line])
    gaps = [before[-1].y0 - after[0].y0 for before, after in pairwise(runs)]
    between = median([gap for gap in gaps if gap > 0] or [0.0])  # paragraphs that all stand apart have no blank rows
    for run, gap in zip(runs, [0.0, *gaps], strict=False):
        yield replace(_block(run, levels, columns), apart=gap > _APART * max(between, usual) > 0)


def _same_heading(last: Line, line: Line, levels: dict[float, int]) -> bool:
    """True if two lines are one heading: of one size above the body's, close below each other."""
    size = round(line.size * 2) / 2
    return size in levels and round(last.size * 2) / 2 == size and 0 < last.y0 - line.y0 <= 1.75 * line.size


def _begins(run: Sequence[Line], line: Line, usual: float, columns: Sequence[tuple[float, float]]) -> bool:
    """True if a line begins another paragraph than that of ``run``."""
    last, em = run[-1], line.size
    if abs(last.size - line.size) > 0.06 * last.size or _BULLET.match(line.text) or "\t" in last.text + line.text:
        return True
    step = last.y0 - line.y0
    if step < -em:  # up: the next column, where a sentence may go on
        return not _is_open(last, line, columns)
    if usual and step > _APART * usual:
        return True
    listed = _BULLET.match(run[0].text) or _NUMBERED.match(run[0].text)
    if _NUMBERED.match(line.text) and (listed or not _is_open(last, line, columns)):
        return True
    indented = line.x0 - last.x0 > 0.8 * em and not (listed and len(run) == 1)
    dedented = last.x0 - line.x0 > 0.8 * em and (len(run) > 1 or bool(listed))
    return indented or dedented or not _is_open(last, line, columns, sentence=False)


def _is_open(last: Line, line: Line, columns: Sequence[tuple[float, float]], *, sentence: bool = True) -> bool:
    """True if the line after ``last`` is of the same paragraph: it had no room for one more word, nor ended a sentence."""
    room = _width(line.text) * last.size
    full = last.x1 + room >= _right(last, columns)
    return full and not (sentence and shape.ends_sentence(last.text))


def _width(text_of_line: str) -> float:
    """About the width, in em, of what a line's first word and the marks around it would have needed on the line before."""
    word = re.match(rf"[^\w\s]*(?:[^\W{HAN}][^\s{HAN}]*|.)[，。；：、！？）》”’」』】〕]*", text_of_line)
    shown = word[0] if word else ""
    wide = shape.columns(shown) - len(shown)
    return wide + 0.6 * (len(shown) - wide) + 1.0


def _block(run: Sequence[Line], levels: dict[float, int], columns: Sequence[tuple[float, float]]) -> _Block:
    joined = text.join([line.text for line in run])
    level = levels.get(round(run[0].size * 2) / 2, 0)
    if level and len(run) <= 3 and len(joined) <= 200:
        return _Block(joined, level=level)
    marked_item = _BULLET.match(joined)
    joined = (
        f"- {joined[marked_item.end() :]}"
        if marked_item
        else re.sub(r"^(\d{1,3}[.)])[ \t]*(?=[^\d\s])", r"\1 ", joined)
    )
    last = run[-1]
    full = last.x1 + 2 * last.size >= _right(last, columns)
    wanting = not shape.ends_sentence(joined) and "\t" not in joined
    item = bool(marked_item or _NUMBERED.match(joined))
    indent = 0 if item or "\t" in joined else _indent(run[0], columns)
    return _Block(joined, open=full and wanting, item=item, indent=indent)


def _indent(line: Line, columns: Sequence[tuple[float, float]]) -> int:
    """How far in a line begins, in columns of half an em."""
    lefts = [left for left, _ in columns if line.x0 >= left - 6]
    return round(2 * (line.x0 - lefts[-1]) / line.size) if lefts and line.x0 - lefts[-1] > 0.8 * line.size else 0


def _continues(before: _Block, after: _Block) -> bool:
    """True if the first block of a page goes on with the last of the page before."""
    if before.rows is not None and after.rows is not None:
        return len(before.rows[0]) == len(after.rows[0])
    return before.open and after.rows is None and not after.level and not after.item


def _append(before: _Block, after: _Block, feeds: str) -> None:
    if before.rows is not None and after.rows is not None:
        head = [cell.strip("\x0c") for cell in before.rows[0]]
        rows = after.rows[1:] if after.rows[0] == head and len(after.rows) > 1 else after.rows
        rows[0][0] = feeds + rows[0][0]
        before.rows += rows
        return
    whole = text.join([before.text, after.text])
    seam = len(whole) - len(after.text.lstrip())
    before.text, before.open = whole[:seam] + feeds + whole[seam:], after.open
