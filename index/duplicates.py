"""Articles that say the same: candidates by MinHash over character shingles, each then compared exactly."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

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


def _shingled(text: str) -> list[str]:
    return [text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))]


def _shingles(text: str) -> frozenset[str]:
    return frozenset(_shingled(text))


@lru_cache(maxsize=1024)  # of what is stored together: asked for before it is embedded, and again when it is stored
def bands(text: str) -> tuple[int, ...]:
    """A 63-bit key for each band of a text's MinHash; texts that share one are worth a comparison.

    The keys carry the version of the algorithm, so that keys of another one are never taken for the same.
    """
    from rensa import RMinHash

    signature = RMinHash(num_perm=BANDS * ROWS, seed=SEED)
    signature.update(_shingled(plain(text[:LONGEST])))  # a shingle that comes again changes nothing
    values = signature.digest()
    keys = []
    for band in range(BANDS):
        said = (RMinHash.ALGORITHM_VERSION, band, *values[band * ROWS : (band + 1) * ROWS])
        digest = blake2b(repr(said).encode(), digest_size=8).digest()
        keys.append(int.from_bytes(digest, "little") >> 1)  # SQLite's integers are signed
    return tuple(keys)


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
