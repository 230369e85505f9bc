"""What is told as one: a label or a heading with what stands under it, the short lines of a list, and in a summary the sentences of a paragraph."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from index import passages, rows
from index.text.clauses import STOPS
from rag.evidence import Evidence

LINE = 200
"""Characters of the lines of a list that are told as one."""

_LABEL = re.compile(r"[:：]\W*$|^\*\*.*\*\*$|^#")
"""What only names that which stands under it."""

_ENDED = re.compile(rf"[{STOPS}；….!?][^\w\s]*$")


def joined(told: Sequence[Evidence], paragraph: int = 0) -> list[Evidence]:
    """The sentences with a label and what stands under it as one, and with lines of a list that end without a mark joined up to LINE
    characters: "Temperature: 37" says by itself as little as "Physical examination:" does. Those of one paragraph are joined up to
    ``paragraph`` characters. The headings between them are told with what stands under them."""
    found: list[Evidence] = []
    for one in told:
        if found:
            found[-1], one = _with_headings(found[-1], one)
        if found and _goes_on(found[-1], one, paragraph):
            last = found[-1]
            features = {**last.features, "dense": max(last.features["dense"], one.features["dense"])}
            found[-1] = replace(last, end=one.end, score=max(last.score, one.score), features=features)
        else:
            found.append(one)
    return found


def _with_headings(last: Evidence, one: Evidence) -> tuple[Evidence, Evidence]:
    """The two with the headings between them, which are no sentences: under a label they are its list, else they head the second."""
    between = one.hit.article.text[last.end : one.start]
    lines = [line for line in between.splitlines() if line.strip()]
    if last.hit.article.id != one.hit.article.id or not lines or not all(map(passages.is_heading, lines)):
        return last, one
    if _LABEL.search(last.text.splitlines()[-1]):
        return replace(last, end=last.end + len(between.rstrip())), one
    return last, replace(one, start=one.start - len(between.lstrip()))


def as_told(ranked: Sequence[Evidence]) -> list[Evidence]:
    """The items that the sentences are of, each once, in the order of the first of its sentences."""
    own = {_place(one): one for one in ranked}
    told = joined([own[place] for place in sorted(own)])
    starts = [_place(one) for one in told]
    return [told[at] for at in dict.fromkeys(bisect_right(starts, _place(one)) - 1 for one in ranked)]


def _place(one: Evidence) -> tuple[str, int]:
    return one.hit.article.id, one.start


def _goes_on(one: Evidence, behind: Evidence, paragraph: int) -> bool:
    """True if an item is not whole without the sentence behind it."""
    text = one.hit.article.text
    between = text[one.end : behind.start]
    if one.hit.article.id != behind.hit.article.id or between.strip():
        return False
    if "\n" not in between and behind.end - one.start <= paragraph:
        return True
    last = one.text.splitlines()[-1]
    if rows.is_row(last) and not rows.is_row(behind.text):
        return False
    if _LABEL.search(last):
        return True
    return not (_ENDED.search(last) or _LABEL.search(behind.text)) and behind.end - one.start <= LINE
