"""Which sentences of a text tell most of what is asked in few runs of neighbours: what is told of one thing stands together."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

COST = 4.0
"""What a run must be worth more than its sentences one by one, in standard deviations of a sentence."""

_Path = tuple[float, tuple[int, ...]]
_NONE: _Path = (-inf, ())


def chosen(worth: Sequence[float], begins: Sequence[bool], most: int) -> list[int]:
    """The numbers of at most ``most`` sentences, in order, of which the worth is greatest when each run costs :data:`COST`.

    ``begins`` tells which begin an article: no run goes over from one into the next."""
    apart: list[_Path] = [(0.0, ()), *[_NONE] * most]
    within = [_NONE] * (most + 1)
    for at, own in enumerate(worth):
        best = [max(pair) for pair in zip(apart, within, strict=True)]
        begun = [(value + own - COST, (*path, at)) for value, path in best[:-1]]
        carried = [_NONE if begins[at] else (value + own, (*path, at)) for value, path in within[:-1]]
        apart, within = best, [_NONE, *(max(pair) for pair in zip(begun, carried, strict=True))]
    return list(max(apart[min(most, len(worth))], within[min(most, len(worth))])[1])
