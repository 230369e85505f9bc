"""Quarters, halves and seasons of a year in Chinese and English: the words for them, and which of them a text names. Pure."""

from __future__ import annotations

import re

NTH = "first|second|third|fourth"
QUARTER = r"第?[一二三四1-4]季度"
HALF = r"[上下]半年"
SEASON = r"[春夏秋冬][季天]"
SEASONS = "spring|summer|autumn|winter"
"""Parts of patterns."""

PART_OF_YEAR = f"(?:{QUARTER}|{HALF}|{SEASON})"
"""Any of them as Chinese writes it, as a part of a pattern."""

PART_OF_YEAR_EN = rf"\b(?:Q[1-4]|(?:{NTH}) quarter|(?:first|second) half|{SEASONS})\b(?: of\b)?"
"""The same as English writes it."""

_NAMED = re.compile(
    rf"第?(?P<q>[一二三四1-4])季度|\bQ(?P<qe>[1-4])\b|\b(?P<qw>{NTH}) quarter\b|(?P<h>[上下])半年|\b(?P<hw>first|second) half\b"
    rf"|(?P<s>[春夏秋冬])(?=[季天茶收]|[，,。]|期间)|\b(?P<sw>{SEASONS})\b",
    re.IGNORECASE,
)
_PLACE = {word: at for words in ("一 二 三 四", "上 下", "春 夏 秋 冬") for at, word in enumerate(words.split(), 1)}
_PLACE |= {word: at for words in (NTH, SEASONS) for at, word in enumerate(words.split("|"), 1)}


def parts_of_year(text: str) -> frozenset[tuple[str, int]]:
    """The quarters, halves and seasons that a text names: ("q", 3), ("h", 1), ("s", 4)."""
    found = [(match.lastgroup or "", match[match.lastgroup or 0].lower()) for match in _NAMED.finditer(text)]
    return frozenset((kind[0], int(word) if word.isdecimal() else _PLACE[word]) for kind, word in found)
