"""Articles that say the same: candidates by MinHash over character shingles, each then compared exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from itertools import chain

import numpy as np

from index import lexical
from index.lexical import runs
from index.text.numerals import find_numbers
from index.types import Article

SHINGLE = 5
"""Characters a shingle, after spaces, punctuation, case, width and script are made the same."""

BANDS, ROWS = 16, 5
"""Two articles are candidates when any band of their MinHash agrees (Broder 1997; Leskovec et al., Mining of Massive
Datasets, 3.4): 99.8 % of those that share 80 % of their shingles, 4 % of those that share 30 %."""

SEED = 20260101

CONTAINED = 0.95
"""So much of a copy must stand in the original, and every number of it: what is kept once must lose no fact."""

LONGEST = 200_000
"""Characters that are compared by their shingles, of which each takes some 60 bytes; a longer text is a copy only of its like."""

_DIGITS = re.compile(r"\d+")


def plain(text: str) -> str:
    """The text without spaces, punctuation, case, width and script."""
    return "".join(runs(text))


def _shingled(texts: Sequence[str]) -> list[list[str]]:
    """The shingles of each text in order; one that is shorter is its own."""
    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<i4")
    every: list[str] = []
    if len(codes) >= SHINGLE:
        cut = np.lib.stride_tricks.sliding_window_view(codes, SHINGLE)
        every = np.ascontiguousarray(cut).view(f"<U{SHINGLE}").ravel().tolist()
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64).tolist()
    return [
        every[end - len(text) : end - SHINGLE + 1] if len(text) > SHINGLE else [text]
        for text, end in zip(texts, ends, strict=True)
    ]


def _shingles(text: str) -> frozenset[str]:
    return frozenset(_shingled([text])[0])


def bands(text: str) -> tuple[int, ...]:
    """A 63-bit key for each band of a text's MinHash; texts that share one are worth a comparison.

    The keys carry the version of the algorithm, so that keys of another one are never taken for the same.
    """
    return bands_of([text])[0]


def bands_of(texts: Sequence[str]) -> list[tuple[int, ...]]:
    """The keys of each text; of many at once in three quarters of the time. They are kept for a while: they are asked for before
    a text is embedded, and again when it is stored."""
    known = {text: keys for text in texts if (keys := _KNOWN.get(text))}
    if len(known) == len(texts):
        return [known[text] for text in texts]
    new = list(dict.fromkeys(text for text in texts if text not in known))
    known |= zip(new, _keys(new), strict=True)
    if len(_KNOWN) + len(new) > REMEMBERED:
        _KNOWN.clear()
    _KNOWN.update((text, known[text]) for text in new[:REMEMBERED])
    return [known[text] for text in texts]


REMEMBERED = 1024
_KNOWN: dict[str, tuple[int, ...]] = {}


def _some(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts, up to LONGEST characters at a time."""
    start = held = 0
    for at, text in enumerate(texts):
        if held and held + len(text) > LONGEST:
            yield texts[start:at]
            start, held = at, 0
        held += len(text)
    if texts:
        yield texts[start:]


def _signatures(texts: Sequence[str]) -> list[list[int]]:
    """The MinHash of each text; a shingle that comes again changes nothing."""
    from rensa import RMinHash

    said = _shingled(lexical.plain_of(texts))
    rows: list[list[int]] = RMinHash.digest_matrix_from_token_sets(said, BANDS * ROWS, SEED).to_rows()
    return rows


def _keys(texts: Sequence[str]) -> Iterator[tuple[int, ...]]:
    spelled = _spelled()
    for values in chain.from_iterable(map(_signatures, _some([text[:LONGEST] for text in texts]))):
        rows = (spelled % (*values,)).encode().split(b"\n")
        digests = b"".join([blake2b(row, digest_size=8).digest() for row in rows])
        yield tuple((np.frombuffer(digests, dtype="<u8") >> np.uint64(1)).tolist())  # SQLite's integers are signed


@cache
def _spelled() -> str:
    """How the rows of a text's bands are written to be hashed, one a line."""
    from rensa import RMinHash

    row = ", ".join(["%d"] * ROWS)
    return "\n".join(f"({RMinHash.ALGORITHM_VERSION!r}, {band}, {row})" for band in range(BANDS))


def shingles(text: str) -> frozenset[str]:
    """The set of character shingles of a text's beginning, by which the share that two texts have in common is told."""
    return _shingles(plain(text[:LONGEST]))


def is_copy(copy: Article, original: Article) -> bool:
    """True if nearly all of one article's text stands in the other's, all its numbers among it, and their dates do not differ."""
    if copy.language != original.language or not original.date.startswith(copy.date):
        return False
    ours, theirs = plain(copy.text), plain(original.text)
    if ours == theirs or max(len(ours), len(theirs)) > LONGEST:
        return ours == theirs
    wanted = _shingles(ours)
    if len(wanted & _shingles(theirs)) < CONTAINED * len(wanted):
        return False
    return _numbers(copy.text) <= _numbers(original.text)


def _numbers(text: str) -> AbstractSet[str | Decimal]:
    """Digits as they stand, dates among them, and the values of numbers in words."""
    return {*_DIGITS.findall(text), *(number.value for number in find_numbers(text))}
