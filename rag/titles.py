"""Works and laws by their titles: news and ministries shorten them, and a shortened one is the same."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from index.lexical import simplified

KEPT = 2 / 3
"""Share of a title's neighbouring characters that must be neighbours in the longer one: 人工智能扩散规则 has 6 of its 7 pairs in
人工智能扩散暂行最终规则; 数据安全法 has 2 of 4 in 数据出境安全评估办法, which is another law."""

_TITLE = re.compile(r"《([^》\n]{2,80})》")


def names(title: str, text: str, heads: tuple[str, ...] = ()) -> bool:
    """Whether a text names a title: word for word, or one that it shortens in 《》 or as one of ``heads``, titles without marks."""
    asked = _plain(title)
    return asked in _plain(text) or any(_shortens(asked, _plain(held)) for held in (*_TITLE.findall(text), *heads))


def _shortens(short: str, long: str) -> bool:
    """Whether a title is another one with words left out: its characters stand there in order, and most neighbours still are."""
    rest = iter(long)
    if not short or not all(character in rest for character in short):
        return False
    pairs, held = set(pairwise(short)), set(pairwise(long))
    return len(pairs & held) >= KEPT * len(pairs)


def _plain(text: str) -> str:
    return "".join(simplified(unicodedata.normalize("NFKC", text)).casefold().split())
