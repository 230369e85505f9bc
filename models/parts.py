"""How much each token counts in each part of a text and in the whole, worked out for many texts at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """Of some texts in parts, text after text."""

    tokens: Numbers
    """The distinct tokens of each text, ascending."""
    ends: Numbers
    """Where those of each text end, shape (texts,)."""
    lines: Numbers
    """How many vectors each text has, shape (texts,): its parts and, where it has several, the whole."""
    times: Numbers
    """How often each distinct token stands in each of them, what stands above counted everywhere: for each text a matrix of shape
    (lines, tokens), end to end."""


def count(tokens: Numbers, texts: Numbers, places: Numbers, parts: Numbers) -> Counted:
    """Of tokens in any order the text of each, 0..n-1, and its part of the text, -1 where it stands above; ``parts`` says how many
    each text has, shape (texts,)."""
    span, bits = int(tokens.max(initial=0)) + 1, len(tokens).bit_length()
    # Of plain numbers, which processors sort several at once: above the text and its token, below where it stands.
    ordered = np.sort((texts * span + tokens) << bits | np.arange(len(tokens)))
    keys, order = ordered >> bits, ordered & ((1 << bits) - 1)
    new = np.diff(keys, prepend=-1) > 0
    distinct = keys[new]
    sizes = np.bincount(distinct // span, minlength=len(parts))
    ends = np.cumsum(sizes)
    at = np.cumsum(new) - 1
    lines = parts + (parts > 1)
    cells = lines * sizes
    first = np.cumsum(cells) - cells
    owners, line = texts[order], places[order]
    below = line >= 0
    own = owners[below]
    column = at[below] - (ends - sizes)[own]
    times = np.bincount(first[own] + line[below] * sizes[own] + column, minlength=int(cells.sum()))
    above = np.bincount(at[~below], minlength=len(distinct))
    everywhere = np.append(above, np.bincount(at, minlength=len(distinct)))
    times += everywhere[_spread(parts, lines, sizes, ends - sizes, len(distinct))]
    return Counted(distinct % span, ends, lines, times)


def _spread(parts: Numbers, lines: Numbers, sizes: Numbers, starts: Numbers, whole: int) -> Numbers:
    """For each cell of the matrices which distinct token it is of; of those of wholes that and ``whole``."""
    texts = np.repeat(np.arange(len(parts)), lines)
    begins = starts[texts]
    begins[np.cumsum(lines)[parts > 1] - 1] += whole
    lengths = sizes[texts]
    return np.repeat(begins - np.cumsum(lengths) + lengths, lengths) + np.arange(int(lengths.sum()))
