"""Which language a stretch of text speaks, where it is long enough to tell. Pure."""

from __future__ import annotations

import re

from index.text.scripts import CJK_CHARACTER

_WORD = re.compile("[A-Za-z]{2,}")
_ENOUGH = 20
"""Han characters, or words, from which a stretch may speak another language than what it is of."""


def spoken(text: str, otherwise: str) -> str:
    """ "zh" or "en": the one with twice as many words as the other, a Han character being one; ``otherwise`` where neither has."""
    han = len(CJK_CHARACTER.findall(text))
    words = 0 if han > len(text) / 2 else len(_WORD.findall(text))
    if max(han, words) < _ENOUGH or max(han, words) < 2 * min(han, words):
        return otherwise
    return "zh" if han > words else "en"
