"""A page's glyphs -> lines and ruled tables, in the order in which the file has them, each line with its place and size."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from index.formats import text
from index.formats.ruling import Grid
from index.lines import HAN

_WIDE = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
_HYPHENS = ("\x02", "\ufffe", "\u00ad")  # what PDFium makes of a hyphen at the end of a line
_GAP = 3.0  # em between two words that make them cells of a row; justified text stays below two
RAISED = 0.78  # size of a raised mark against its line


class Glyph(NamedTuple):
    """A character and its box in points from the lower left corner; ``made`` by PDFium: a blank or line end between words."""

    char: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    made: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; ``size`` is that of most of its characters, in points."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float


@dataclass(slots=True)
class Table:
    """A ruled table; ``cells`` are the lines of each by row and column."""

    grid: Grid
    cells: dict[tuple[int, int], list[list[Glyph]]] = field(default_factory=dict)

    def add(self, cell: tuple[int, int], glyph: Glyph) -> None:
        """Put a glyph into its cell, on a line of its own when it stands lower than the last."""
        lines = self.cells.setdefault(cell, [[]])
        if lines[-1] and lines[-1][-1].y0 - glyph.y0 > 0.6 * glyph.size:
            lines.append([])
        lines[-1].append(glyph)

    @property
    def rows(self) -> list[list[str]]:
        """The text of every cell."""
        shown = [[""] * (len(self.grid.xs) - 1) for _ in range(len(self.grid.ys) - 1)]
        for (row, column), lines in self.cells.items():
            shown[row][column] = text.join([written(line) for line in lines])
        return shown


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines and tables in order; ``pictured``: it shows a picture, perhaps of text."""

    number: int
    height: float
    items: list[Line | Table]
    pictured: bool = False

    @property
    def lines(self) -> list[Line]:
        """The lines that stand in no table."""
        return [item for item in self.items if isinstance(item, Line)]


def items_of(glyphs: Iterable[Glyph], grids: Sequence[Grid]) -> list[Line | Table]:
    """Lines and tables in the order of the file; a table stands where its first glyph does."""
    items: list[Line | Table] = []
    tables = [Table(grid) for grid in grids]
    open_line: list[Glyph] = []

    def close() -> None:
        if line := _line(open_line):
            items.append(line)
        open_line.clear()

    inside: tuple[Table, tuple[int, int]] | None = None
    for glyph in glyphs:
        if glyph.char in "\r\n":
            close()
            continue
        if glyph.made:
            if inside is None:
                open_line.append(glyph)
            elif last := inside[0].cells.get(inside[1]):
                last[-1].append(glyph)
            continue
        inside = _placed(glyph, tables)
        if inside is not None:
            close()
            if not inside[0].cells:
                items.append(inside[0])
            inside[0].add(inside[1], glyph)
            continue
        if open_line and _leaves(open_line, glyph):
            close()
        open_line.append(glyph)
    close()
    return [piece for item in items for piece in _proven(item)]


def _placed(glyph: Glyph, tables: Sequence[Table]) -> tuple[Table, tuple[int, int]] | None:
    x, y = (glyph.x0 + glyph.x1) / 2, (glyph.y0 + glyph.y1) / 2
    for table in tables:
        if (cell := table.grid.cell(x, y)) is not None:
            return table, cell
    return None


def _proven(item: Line | Table) -> Iterator[Line | Table]:
    """A table with one filled cell is a frame: its lines are text."""
    if isinstance(item, Table) and sum(any(lines) for lines in item.cells.values()) < 2:
        for lines in item.cells.values():
            yield from (line for glyphs in lines if (line := _line(glyphs)))
    else:
        yield item


def _leaves(line: Sequence[Glyph], glyph: Glyph) -> bool:
    """Whether a glyph stands so far above or below a line's last one that it begins another."""
    for last in reversed(line):
        if not last.made:
            return abs(last.y0 + last.y1 - glyph.y0 - glyph.y1) > 2 * max(glyph.size, last.size)
    return False


def _line(glyphs: Sequence[Glyph]) -> Line | None:
    seen = [glyph for glyph in glyphs if not glyph.made and not glyph.char.isspace()]
    if not seen:
        return None
    size = Counter(round(glyph.size, 1) for glyph in seen).most_common(1)[0][0]
    main = [glyph for glyph in seen if glyph.size >= RAISED * size] or seen
    shown = written(glyphs, size)
    if not shown:
        return None
    return Line(
        shown, min(g.x0 for g in seen), min(g.y0 for g in main), max(g.x1 for g in seen), max(g.y1 for g in main), size
    )


def written(glyphs: Sequence[Glyph], size: float = 0.0) -> str:
    """The text of a line: what typesetting put between Han and Latin is no blank, a wide gap is a tab, note marks go."""
    glyphs = _in_order(glyphs)
    size = size or max((glyph.size for glyph in glyphs if not glyph.made), default=1.0)
    floor = min((glyph.y0 for glyph in glyphs if not glyph.made and glyph.size >= RAISED * size), default=0.0)
    parts: list[str] = []
    last: Glyph | None = None
    blank = False
    for glyph in glyphs:
        if glyph.made or glyph.char.isspace():
            blank = blank or not glyph.made or glyph.char == " "
            if not glyph.made and last is not None and last.char != " ":
                parts.append(" ")
                blank = False
            continue
        if parts and _is_note_mark(glyph, parts, size, floor):
            continue
        if last is not None and glyph.x0 - last.x1 > _GAP * size:
            parts.append("\t")
        elif blank and last is not None and glyph.x0 - last.x1 >= _blank(last, glyph) * size:
            parts.append(" ")
        parts.append(glyph.char)
        last, blank = glyph, False
    cut = text.HYPHEN if parts and parts[-1] in _HYPHENS else ""
    return text.visible("".join(parts).replace("\u00a0", " ")).strip() + cut


def _in_order(glyphs: Sequence[Glyph]) -> Sequence[Glyph]:
    """From left to right: LibreOffice draws the quotation marks of a Chinese line behind all else, in their own font."""
    seen = [glyph for glyph in glyphs if not glyph.made]
    if any(after.x0 < before.x0 - 0.5 * after.size for before, after in pairwise(seen)):
        return sorted(glyphs, key=lambda glyph: glyph.x0)
    return glyphs


def _blank(before: Glyph, after: Glyph) -> float:
    """The width, in em, from which room that the file leaves between two characters is a blank.

    Between Han and Latin typesetting puts a fifth of an em; between two Han characters nothing but a blank makes room.
    """
    wide = sum(bool(_WIDE.match(glyph.char)) or _is_wide_quote(glyph) for glyph in (before, after))
    return (-1.0, 0.3, 0.2)[wide]


def _is_wide_quote(glyph: Glyph) -> bool:
    """Whether a mark that both scripts have is drawn as wide as a Han character."""
    return glyph.char in "“”‘’—…" and glyph.x1 - glyph.x0 > 0.8 * glyph.size


def _is_note_mark(glyph: Glyph, before: Sequence[str], size: float, floor: float) -> bool:
    """A small raised digit behind a sentence, a bracket or a word: the number of a note. Behind a unit it is a power."""
    if not (glyph.char.isdigit() and glyph.size < RAISED * size and glyph.y0 > floor + 0.15 * size):
        return False
    shown = "".join(before[-12:]).rstrip()
    return bool(re.search(rf"(?:[。！？；：，、.!?;:,”’\"')）》」\]]|[{HAN}]|[a-z]{{4}})$", shown))
