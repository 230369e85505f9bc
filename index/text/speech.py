"""Which language a stretch of text speaks, where it is long enough to tell. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from index.text.scripts import CJK_CHARACTER, cjk_codes

_WORD = re.compile("[A-Za-z]{2,}")
_ENOUGH = 20
"""Han characters, or words, from which a stretch may speak another language than what it is of."""


def spoken(text: str, otherwise: str) -> str:
    """ "zh" or "en": the one with twice as many words as the other, a Han character being one; ``otherwise`` where neither has."""
    return _spoken(text, len(CJK_CHARACTER.findall(text)), otherwise)


def spoken_of(texts: Sequence[str], otherwise: Sequence[str]) -> list[str]:
    """The same of each text; of many in a fifth of the time."""
    codes = np.frombuffer("".join(f"{text}\n" for text in texts).encode("utf-32-le", "surrogatepass"), dtype="<i4")
    ends = np.cumsum([len(text) + 1 for text in texts])
    counts = np.diff(np.cumsum(cjk_codes()[codes])[ends - 1], prepend=0) if texts else ends
    return [_spoken(text, han, other) for text, han, other in zip(texts, counts.tolist(), otherwise, strict=True)]


def _spoken(text: str, han: int, otherwise: str) -> str:
    words = 0 if han > len(text) / 2 else len(_WORD.findall(text))
    if max(han, words) < _ENOUGH or max(han, words) < 2 * min(han, words):
        return otherwise
    return "zh" if han > words else "en"
