"""Ruled tables: the straight lines drawn on a page -> grids that tell in which row and column a point lies. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

_SNAP = 3.0  # points within which two lines are one: a border is drawn as a thin box, or once for each of its cells
_SHORTEST = 3.0
_MOST = 400  # level or upright lines on a page of which grids are made; a drawing has thousands


class Edge(NamedTuple):
    """A straight line from (x0, y0) to (x1, y1), in points from the lower left corner of the page."""

    x0: float
    y0: float
    x1: float
    y1: float


class _Rule(NamedTuple):
    """A level line at height ``at`` from ``start`` to ``end``, or an upright one."""

    at: float
    start: float
    end: float

    def covers(self, value: float) -> bool:
        return self.start - _SNAP <= value <= self.end + _SNAP


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: ``xs`` and ``ys`` are the positions of its lines, ascending; rows are counted from the top."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    level: tuple[_Rule, ...]
    upright: tuple[_Rule, ...]

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of a point; of a merged cell its first ones. None outside the table."""
        if not (self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]):
            return None
        column = min(bisect_right(self.xs, x), len(self.xs) - 1) - 1
        band = min(bisect_right(self.ys, y), len(self.ys) - 1) - 1
        middle = (self.ys[band] + self.ys[band + 1]) / 2
        while column > 0 and not _ruled(self.upright, self.xs[column], middle):
            column -= 1
        centre = (self.xs[column] + self.xs[column + 1]) / 2
        while band < len(self.ys) - 2 and not _ruled(self.level, self.ys[band + 1], centre):
            band += 1
        return len(self.ys) - 2 - band, column


def _ruled(rules: Sequence[_Rule], at: float, through: float) -> bool:
    return any(abs(rule.at - at) <= _SNAP and rule.covers(through) for rule in rules)


def grids(edges: Iterable[Edge], width: float, height: float) -> list[Grid]:
    """The ruled tables of a page of this size, at least two columns each."""
    level, upright = [], []
    for edge in edges:
        across, along = abs(edge.y1 - edge.y0), abs(edge.x1 - edge.x0)
        if across <= 1.5 and _SHORTEST <= along <= width:
            level.append(_Rule((edge.y0 + edge.y1) / 2, min(edge.x0, edge.x1), max(edge.x0, edge.x1)))
        elif along <= 1.5 and _SHORTEST <= across <= height:
            upright.append(_Rule((edge.x0 + edge.x1) / 2, min(edge.y0, edge.y1), max(edge.y0, edge.y1)))
    level, upright = _merged(level), _merged(upright)
    if not level or not upright or len(level) + len(upright) > _MOST:
        return []
    return [grid for parts in _components(level, upright) if (grid := _grid(*parts))]


def _merged(rules: list[_Rule]) -> list[_Rule]:
    """Rules at one position that touch each other as one."""
    lines: list[list[_Rule]] = []
    for rule in sorted(rules):
        if lines and rule.at - lines[-1][-1].at <= _SNAP / 2:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    merged = []
    for line in lines:
        at = sum(rule.at for rule in line) / len(line)
        spans: list[list[float]] = []
        for rule in sorted(line, key=lambda rule: rule.start):
            if spans and rule.start <= spans[-1][1] + _SNAP:
                spans[-1][1] = max(spans[-1][1], rule.end)
            else:
                spans.append([rule.start, rule.end])
        merged += [_Rule(at, start, end) for start, end in spans]
    return merged


def _components(level: list[_Rule], upright: list[_Rule]) -> list[tuple[list[_Rule], list[_Rule]]]:
    """Level and upright rules that cross or touch, directly or through others."""
    waiting = set(range(len(upright)))
    free = set(range(len(level)))
    found = []
    while free:
        here, across, queue = {free.pop()}, set[int](), [True]
        while queue:
            queue.clear()
            new = {u for u in waiting - across if any(_cross(level[h], upright[u]) for h in here)}
            more = {h for h in free - here if any(_cross(level[h], upright[u]) for u in across | new)}
            across |= new
            if new or more:
                here |= more
                queue.append(True)
        free -= here
        waiting -= across
        found.append(([level[h] for h in sorted(here)], [upright[u] for u in sorted(across)]))
    return found


def _cross(level: _Rule, upright: _Rule) -> bool:
    return level.covers(upright.at) and upright.covers(level.at)


def _grid(level: list[_Rule], upright: list[_Rule]) -> Grid | None:
    if len(level) < 2 or not upright:
        return None
    left, right = min(rule.start for rule in level), max(rule.end for rule in level)
    sides = [_Rule(at, level[0].at, level[-1].at) for at in (left, right) if not _near(at, upright)]
    upright = sorted([*upright, *sides])
    xs, ys = _positions(upright), _positions(level)
    if len(xs) < 3 or len(ys) < 2:
        return None
    return Grid(xs, ys, tuple(level), tuple(upright))


def _near(at: float, rules: Sequence[_Rule]) -> bool:
    return any(abs(rule.at - at) <= 2 * _SNAP for rule in rules)


def _positions(rules: Sequence[_Rule]) -> tuple[float, ...]:
    positions = sorted(rule.at for rule in rules)
    return (positions[0], *(after for before, after in pairwise(positions) if after - before > _SNAP))
