"""Stretches of an article that nobody reads as its text: code, addresses, lists of references. Pure functions."""

from __future__ import annotations

import re

from index.text.scripts import CJK, WIDE_SIGNS

_FENCE = re.compile(r"(?m)^[ \t>]*(```|~~~)[^\n]*\n(?s:.*?)(?:^[ \t>]*\1[ \t]*$|\Z)")
_ADDRESS = re.compile(
    rf"(?:https?|ftp|file|mailto|data)://?[^\s{CJK}{WIDE_SIGNS}]+|www\.[\w./%?=&#-]+",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(rf"(?m)^[ \t>*-]*(?:(?:{_ADDRESS.pattern})[ \t]*)+$\n?", re.IGNORECASE)
_NUMBERED = re.compile(r"[ \t>*-]*(?:[\[［【(（]?\d{1,3}[\]］】)）.．、]|[①-⑳])[ \t]*\S")
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_PRINTED = re.compile(
    r"\[[A-Z]{1,2}(?:/[A-Z]{2})?\]|\bdoi\b|\d\s*\(\d+\)\s*[:：,，]\s*\d|(?<=[:：,， ])pp?\.\s*\d|\bet al\b|\bvol\.|[:：]\s*\d+\s*[-–—]\s*\d+\s*\.?$",
    re.IGNORECASE,
)
"""What only a reference says of a print: the kind of a document, volume, number and pages."""
_FEWEST = 3  # rows of a list of references


def spans(text: str) -> list[tuple[int, int]]:
    """Code blocks, rows of addresses and lists of references, in order; none where the text holds nothing else."""
    found = sorted([*(match.span() for match in _FENCE.finditer(text)), *_addresses(text), *_references(text)])
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    read = "".join(text[a:b] for a, b in _between(apart, len(text)))
    return apart if re.search(r"\w", read) else []


def read_aloud(text: str) -> str:
    """What a reader of the text reads: neither those nor addresses."""
    kept = "\n".join(text[start:end] for start, end in _between(spans(text), len(text)))
    return _ADDRESS.sub(" ", kept)


def _between(apart: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    ends = [0, *(end for _, end in apart)]
    return list(zip(ends, [*(start for start, _ in apart), length], strict=True))


def _addresses(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _ADDRESSES.finditer(text)] if "://" in text or "www." in text else []


def _references(text: str) -> list[tuple[int, int]]:
    """Runs of numbered rows of which nearly all name a year and what only a reference names."""
    found: list[tuple[int, int]] = []
    run: list[tuple[int, int, bool]] = []
    at = 0
    for row in [*text.splitlines(keepends=True), "."]:
        if _NUMBERED.match(row):
            run.append((at, at + len(row), bool(_YEAR.search(row) and _PRINTED.search(row.rstrip()))))
        elif row.strip():
            if len(run) >= _FEWEST and 5 * sum(proven for *_, proven in run) >= 4 * len(run):
                found.append((run[0][0], run[-1][1]))
            run = []
        at += len(row)
    return found
