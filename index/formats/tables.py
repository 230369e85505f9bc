"""Cells as people lay them out -> pipe tables that each row can be read from: captions, joined headers, merged and nested cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from index.formats import text

MOST = 100
"""Columns or rows that one cell may cover outside a sheet; more is a mistake or an attack."""
_SPREAD = 200_000  # cells into which those of one table may be spread
_WIDEST = 1_000  # columns from which no cell is spread downwards
_DEEPEST = 3  # rows of a header
_VALUE = re.compile(r"[(（]?[-−+]?[$€£¥￥]?\d[\d,.，]*\s?(?:%|％|[^\W\d_]{0,4})[)）]?|[-–—/]")


@dataclass(slots=True)
class Cell:
    """What a cell says, how many columns and rows it covers, and the table inside it if it holds one."""

    text: str
    wide: int = 1
    high: int = 1
    inner: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """Every row with all its cells; a merged cell stands in each row it covers. ``across``: those that go on from the left;
    ``down``: from above."""

    rows: list[list[str]]
    across: set[tuple[int, int]] = field(default_factory=set)
    down: set[tuple[int, int]] = field(default_factory=set)

    def part(self, rows: range, columns: range) -> Grid:
        """The cells of these rows and columns."""
        shown = [[_at(self.rows[r], c) for c in columns] for r in rows]
        moved = [
            {(r - rows.start, c - columns.start) for r, c in marks if r in rows and c in columns}
            for marks in (self.across, self.down)
        ]
        return Grid(shown, *moved)


def placed(rows: Iterable[Sequence[Cell]]) -> Grid:
    """Cells in the order of their rows -> the grid they make; inner tables as rows of it where that says the same."""
    held = [list(row) for row in rows]
    grid = Grid([])
    covered: dict[tuple[int, int], tuple[str, bool]] = {}
    spread = 0
    for r, row in enumerate(_unnested(held)):
        shown: list[str] = []
        for cell in row:
            _fill(grid, covered, r, shown)
            column = len(shown)
            shown += [cell.text, *[""] * (min(cell.wide, MOST) - 1)]
            grid.across |= {(r, c) for c in range(column + 1, len(shown))}
            high = min(cell.high, MOST) if spread < _SPREAD and len(shown) < _WIDEST else 1
            spread += (high - 1) * min(cell.wide, MOST)
            for below in range(r + 1, r + high):
                covered |= {
                    (below, c): (cell.text if c == column else "", c > column) for c in range(column, len(shown))
                }
        _fill(grid, covered, r, shown)
        grid.rows.append(shown)
    return grid


def _fill(grid: Grid, covered: dict[tuple[int, int], tuple[str, bool]], row: int, shown: list[str]) -> None:
    """Put the cells that come from above at the end of a row."""
    while (row, len(shown)) in covered:
        words, goes_on = covered.pop((row, len(shown)))
        (grid.across if goes_on else grid.down).add((row, len(shown)))
        shown.append(words)


def _unnested(rows: list[list[Cell]]) -> list[list[Cell]]:
    """A table whose cells hold tables of one header: a row for each of their rows; else they are told in their cells."""
    nested = {c for row in rows for c, cell in enumerate(row) if cell.inner}
    heads = {tuple(cell.inner[0]) for row in rows for cell in row if cell.inner}
    if len(nested) == 1 and len(heads) == 1 and rows and not any(cell.inner for cell in rows[0]):
        (column,), (head,) = nested, heads
        out = [[*rows[0], *map(Cell, head)]]
        for row in rows[1:]:
            inner = row[column].inner[1:] if column < len(row) else []
            out += [[*row, *map(Cell, told)] for told in inner[:1]] or [row]
            again = [Cell(cell.text.replace("\x0c", ""), cell.wide) for cell in row]
            out += [[*again, *map(Cell, told)] for told in inner[1:]]
        return out
    for cell in (cell for row in rows for cell in row if cell.inner):
        cell.text = " ".join(part for part in (cell.text, _told(cell.inner)) if part)
    return rows


def _told(rows: Sequence[Sequence[str]]) -> str:
    """A table in words: "Berth: North, Depth: 9 m; Berth: South, Depth: 12 m"."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return "; ".join(" ".join(filter(None, row)) for row in rows)
    named = (", ".join(f"{n}: {v}" if n else v for n, v in zip(rows[0], row, strict=False) if v) for row in rows[1:])
    return "; ".join(filter(None, named))


def blocks(grid: Grid) -> Iterator[str]:
    """The tables of a grid with what stands above and below each; empty rows and columns part them."""
    for part in _apart(grid):
        first, last = _body(part.rows)
        yield from (_line(row) for row in part.rows[:first])
        if first < last:
            table = part.part(range(first, last), range(max(map(len, part.rows))))
            depth = _header(table)
            yield text.table([_joined(table, depth), *table.rows[depth:]])
        yield from (_line(row) for row in part.rows[last:])


def _apart(grid: Grid) -> Iterator[Grid]:
    """Stretches between empty rows, and in them stretches of two columns and more between empty columns."""
    empty = [-1, *(r for r, row in enumerate(grid.rows) if not any(cell.strip() for cell in row)), len(grid.rows)]
    for before, after in pairwise(empty):
        rows = range(before + 1, after)
        if rows:
            width = max(len(grid.rows[r]) for r in rows)
            used = [any(_at(grid.rows[r], c).strip() or (r, c) in grid.across for r in rows) for c in range(width)]
            yield from (grid.part(rows, columns) for columns in _stretches(used))


def _stretches(used: Sequence[bool]) -> list[range]:
    """Columns in use, in one stretch unless each stretch between empty ones could be a table."""
    edges = [-1, *(c for c, is_used in enumerate(used) if not is_used), len(used)]
    found = [range(a + 1, b) for a, b in pairwise(edges) if b - a > 1]
    if len(found) > 1 and all(len(stretch) > 1 for stretch in found):
        return found
    return [range(found[0].start, found[-1].stop)] if found else []


def _body(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Where the table itself begins and ends: rows of one cell above are its captions, those below are notes."""
    wide = [sum(bool(cell.strip()) for cell in row) > 1 for row in rows]
    if True not in wide:
        return 0, len(rows)
    return wide.index(True), len(wide) - wide[::-1].index(True)


def _header(table: Grid) -> int:
    """How many rows name the columns: more than one where a cell of the first covers several columns or rows below names some."""
    depth = 1
    while depth < min(_DEEPEST, len(table.rows) - 1):
        above, row, below = (table.rows[depth + step] for step in (-1, 0, 1))
        names = [cell for c, cell in enumerate(row) if cell and (depth, c) not in table.down]
        parts = any((depth - 1, c) in table.across or not _at(above, c) for c, cell in enumerate(row) if cell)
        counted = any(_VALUE.fullmatch(cell) for cell in below)
        if not names or not parts or any(map(_VALUE.fullmatch, names)) or not counted:
            break
        depth += 1
    return depth


def _joined(table: Grid, depth: int) -> list[str]:
    """The rows of a header as one: each column with all that stands above it."""
    names: list[list[str]] = [[] for _ in table.rows[0]]
    for r in range(depth):
        last = ""
        for c, cell in enumerate(table.rows[r]):
            goes_on = (r, c) in table.across or (not cell and r < depth - 1 and depth > 1)
            last = cell or (last if goes_on else "")
            if last and last not in names[c]:
                names[c].append(last)
    return [" ".join(parts) for parts in names] if depth > 1 else list(table.rows[0])


def _line(row: Sequence[str]) -> str:
    return text.one_line(" ".join(cell for cell in row if cell.strip()))


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
