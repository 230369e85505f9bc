"""Stretches of an article that nobody reads as its text: code, addresses, lists of references. Pure functions."""

from __future__ import annotations

import re

from index.text.dates import YEAR
from index.text.scripts import CJK, WIDE_SIGNS

_FENCE = re.compile(r"(?m)^[ \t>]*(```|~~~)[^\n]*\n(?s:.*?)(?:^[ \t>]*\1[ \t]*$|\Z)")
_ADDRESS = re.compile(
    rf"(?:https?|ftp|file|mailto|data)://?[^\s{CJK}{WIDE_SIGNS}]+|www\.[\w./%?=&#-]+",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(rf"(?m)^[ \t>*-]*(?:(?:{_ADDRESS.pattern})[ \t]*)+$\n?", re.IGNORECASE)
_NUMBERED = re.compile(r"[ \t>*-]*(?:[\[［【(（]?\d{1,3}[\]］】)）.．、]|[①-⑳])[ \t]*\S")
_YEAR = re.compile(rf"(?<!\d){YEAR}(?!\d)")
_PRINTED = re.compile(
    r"\[[A-Z]{1,2}(?:/[A-Z]{2})?\]|\bdoi\b|\d\s*\(\d+\)\s*[:：,，]\s*\d|(?<=[:：,， ])pp?\.\s*\d|\bet al\b|\bvol\.|[:：]\s*\d+\s*[-–—]\s*\d+\s*\.?$",
    re.IGNORECASE,
)
"""What only a reference says of a print: the kind of a document, volume, number and pages."""
_FEWEST = 3  # rows of a list of references
_HEADED = re.compile(
    r"(?mi)^[ \t]*(?:#{1,6}[ \t]+|\*\*)?(?:[一二三四五六七八九十\d]{1,2}[、.．][ \t]*)?(?:主要|本文)?"
    r"(?:(?:参考|參考|引用)(?:文献|文獻|资料|資料|书目|書目|来源|來源)|外部(?:链接|連結)|延伸(?:阅读|閱讀)"
    r"|references(?: cited)?|bibliography|works cited|literature cited|external links|further reading)(?:\*\*)?[ \t]*[:：]?[ \t]*$"
)
"""What stands above a list of references or links."""
_ITEM = re.compile(r"[ \t>]*(?:[-*•]|\d{1,3}[.)、．]|[\[［【(（]\d{1,3}[\]］】)）]|[↑^])")
_TAGS = re.compile(r"(?m)^[ \t]*(?:#[^\s#]+[ \t]*)+$\n?")
"""A row of tags alone; a heading has a blank behind its sign."""


def spans(text: str) -> list[tuple[int, int]]:
    """Code blocks, rows of addresses or tags and lists of references, in order; none where the text holds nothing else."""
    found = sorted(
        [
            *_fenced(text),
            *_addresses(text),
            *_references(text),
            *_listed(text),
            *_tags(text),
        ]
    )
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    read = "".join(text[a:b] for a, b in _between(apart, len(text))) if apart else ""
    return apart if re.search(r"\w", read) else []


def read_aloud(text: str) -> str:
    """What a reader of the text reads: neither those nor addresses."""
    kept = "\n".join(text[start:end] for start, end in _between(spans(text), len(text)))
    return _ADDRESS.sub(" ", kept)


def _between(apart: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    ends = [0, *(end for _, end in apart)]
    return list(zip(ends, [*(start for start, _ in apart), length], strict=True))


def _fenced(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _FENCE.finditer(text)] if "```" in text or "~~~" in text else []


def _addresses(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _ADDRESSES.finditer(text)] if "://" in text or "www." in text else []


def _tags(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _TAGS.finditer(text)] if "#" in text else []


def _listed(text: str) -> list[tuple[int, int]]:
    """The rows under a heading of references, as long as they are items of a list."""
    found: list[tuple[int, int]] = []
    for head in _HEADED.finditer(text):
        at = head.end() + 1
        for row in text[at:].splitlines(keepends=True):
            if row.strip() and not _ITEM.match(row):
                break
            at += len(row)
        if text[head.end() : at].strip():
            found.append((head.start(), at))
    return found


def _references(text: str) -> list[tuple[int, int]]:
    """Runs of numbered rows of which nearly all name a year and what only a reference names, or an address beside such rows."""
    found: list[tuple[int, int]] = []
    run: list[tuple[int, int, int]] = []  # begin, end, and 2 for a reference, 1 for an address
    at = 0
    for row in [*text.splitlines(keepends=True), "."]:
        if _NUMBERED.match(row):
            printed = _YEAR.search(row) and _PRINTED.search(row.rstrip())
            run.append((at, at + len(row), 2 if printed else 1 if _ADDRESS.search(row) else 0))
        elif row.strip():
            proofs = [proof for *_, proof in run if proof]
            if len(run) >= _FEWEST and 2 in proofs and 5 * len(proofs) >= 4 * len(run):
                found.append((run[0][0], run[-1][1]))
            run = []
        at += len(row)
    return found
