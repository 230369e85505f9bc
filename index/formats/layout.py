"""A page's glyphs -> lines and ruled tables, in the order in which the file has them, each line with its place and size."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from index.formats import text
from index.formats.raised import DOWN, END, UP
from index.formats.ruling import Edge, Grid
from index.text.scripts import HAN

_WIDE = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
_HYPHENS = ("\x02", "\ufffe", "\u00ad")  # what PDFium makes of a hyphen at the end of a line
_GAP = 3.0  # em between two words that make them cells of a row; justified text stays below two
RAISED = 0.78  # size of a raised mark against its line
_SMALLER = 0.92  # size below which a character that stands off its line is raised or lowered
_REACH = 8.0  # points between the middle of a glyph and a line through it
_OFF = 0.12  # em that it stands off


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
    for glyph in _unbroken(glyphs):
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


def _unbroken(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """The same without the ends of line that PDFium makes before and behind what is raised or lowered."""
    last: Glyph | None = None
    waiting: list[Glyph] = []
    for glyph in glyphs:
        if glyph.char in "\r\n" or (waiting and glyph.made):
            waiting.append(glyph)
            continue
        if waiting:
            if last is None or not _goes_on(last, glyph):
                yield from waiting
            waiting = []
        yield glyph
        last = last if glyph.made or glyph.char.isspace() else glyph
    yield from waiting


def _goes_on(last: Glyph, glyph: Glyph) -> bool:
    """True if a glyph behind an end of line stands on that line all the same: one of the two is raised or lowered."""
    if not -0.5 * glyph.size < glyph.x0 - last.x1 < max(glyph.size, last.size):
        return False
    smaller, larger = sorted((last, glyph), key=lambda other: other.size)
    middle = (smaller.y0 + smaller.y1) / 2
    return (
        smaller.size < _SMALLER * larger.size and larger.y0 - 0.3 * larger.size < middle < larger.y1 + 0.3 * larger.size
    )


def unstruck(glyphs: Sequence[Glyph], edges: Iterable[Edge]) -> list[Glyph]:
    """The glyphs without those that a line is drawn through: one no longer than what it strikes, at half their height."""
    order = sorted(range(len(glyphs)), key=lambda n: glyphs[n].y0 + glyphs[n].y1)
    heights = [(glyphs[n].y0 + glyphs[n].y1) / 2 for n in order]
    struck: set[int] = set()
    for edge in edges:
        left, right = sorted((edge.x0, edge.x1))
        if abs(edge.y0 - edge.y1) > 1.5 or right - left < 2:
            continue
        near = order[bisect_left(heights, edge.y0 - _REACH) : bisect_left(heights, edge.y0 + _REACH)]
        through = [
            n
            for n in near
            if left - 1 <= (glyphs[n].x0 + glyphs[n].x1) / 2 <= right + 1 and _crossed(glyphs[n], edge.y0)
        ]
        seen = [glyphs[n] for n in through if glyphs[n].char.strip()]
        if (
            seen
            and min(g.x0 for g in seen) - left < 0.6 * seen[0].size
            and right - max(g.x1 for g in seen) < 0.6 * seen[0].size
        ):
            struck.update(through)
    return [glyph for n, glyph in enumerate(glyphs) if n not in struck]


def _crossed(glyph: Glyph, at: float) -> bool:
    """True if a line at this height goes through a glyph, neither under nor over it."""
    return 0.3 <= (at - glyph.y0) / max(glyph.y1 - glyph.y0, 0.1) <= 0.62


def _leaves(line: Sequence[Glyph], glyph: Glyph) -> bool:
    """True if a glyph stands so far above or below a line's last one that it begins another."""
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
    """The text of a line: what typesetting put between Han and Latin is no blank, a wide gap is a tab, raised stretches are marked."""
    glyphs = _in_order(glyphs)
    size = size or max((glyph.size for glyph in glyphs if not glyph.made), default=1.0)
    floor = _floor(glyphs, size)
    parts: list[str] = []
    last: Glyph | None = None
    blank = False
    height = ""
    for glyph in glyphs:
        if glyph.made or glyph.char.isspace():
            blank = blank or not glyph.made or glyph.char == " "
            if not glyph.made and last is not None and last.char != " " and not height:
                parts.append(" ")
                blank = False
            continue
        if (here := _height(glyph, size, floor)) != height:
            parts.append(f"{END if height else ''}{here}")
            height = here
        if last is not None and glyph.x0 - last.x1 > _GAP * size:
            parts.append("\t")
        elif blank and last is not None and glyph.x0 - last.x1 >= _blank(last, glyph) * size:
            parts.append(" ")
        parts.append(glyph.char)
        last, blank = glyph, False
    parts.append(END if height else "")
    cut = text.HYPHEN if last is not None and last.char in _HYPHENS else ""
    return text.visible("".join(parts).replace("\u00a0", " ")).strip() + cut


def _floor(glyphs: Sequence[Glyph], size: float) -> float:
    """Where the line's own characters stand, the middle one of them: a line may hold some that stand off it."""
    feet = sorted(g.y0 for g in glyphs if not g.made and not g.char.isspace() and g.size >= _SMALLER * size)
    return feet[len(feet) // 2] if feet else 0.0


def _height(glyph: Glyph, size: float, floor: float) -> str:
    """Whether a small character is raised or lowered against its line; a foot of a smaller one stands a little higher anyway."""
    if glyph.size >= _SMALLER * size or not floor or not glyph.char.strip():
        return ""
    off = glyph.y0 - floor - 0.25 * (size - glyph.size)
    return UP if off > _OFF * size else DOWN if off < -_OFF / 2 * size else ""


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
    """True if a mark that both scripts have is drawn as wide as a Han character."""
    return glyph.char in "“”‘’—…" and glyph.x1 - glyph.x0 > 0.8 * glyph.size
