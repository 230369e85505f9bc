"""Enumerations: which stretches of a text are the items of one list (一是…二是…, 1. … 2. …, First, … Second, …, lines behind a dash)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from index import passages, rows
from index.text.clauses import STOPS

Span = tuple[int, int]

MOST = 30
"""Items of a list that is told whole."""

NEAR = 1000
"""Characters within which the sentence that leads to a list stands before it, and an item has its first sentence."""

_ENDED = re.compile(rf"[{STOPS}；;.!?][^\w\s]*$")

_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()

_MARK = re.compile(
    rf"(?:^|(?<=[\s。！？!?；;：:，,、.*）)]))(?P<lead>[*_]{{0,3}})"
    rf"(?:(?P<before>第|其|[（(\[【]?)(?P<number>[一二三四五六七八九十]{{1,3}}|\d{{1,2}})(?P<after>[^\w\s]{{1,3}}|[^\W\d])(?!\d)"
    rf"|(?P<word>{'|'.join(_ORDINALS)})(?P<adverb>ly)?(?=[,:])"
    r"|^[ \t]{0,40}(?P<bullet>[-*+•·▪◆●])[ \t]+)|(?P<circled>[①-⑳])",
    re.IGNORECASE | re.MULTILINE,
)
"""A number with what stands before and behind it, where a clause begins."""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A list in a text: the sentence that leads to it, (0, 0) where none stands before it, and its items in order."""

    lead: Span
    items: tuple[Span, ...]
    whole: tuple[Span, ...]
    """Each item with all that is told of it, up to the next one; the last up to the end of its paragraph."""


def find(text: str) -> list[Enumeration]:
    """The lists of a text, of two items or more, in the order of their beginnings. The numbers of one count on from one in one form; an item
    is told by its first sentence."""
    found = [Enumeration(_lead(text, starts[0]), _items(text, starts), _whole(text, starts)) for starts in _runs(text)]
    lists = [one for one in found if not any(rows.is_row(text[start:end]) for start, end in one.items)]
    return sorted(lists, key=lambda one: one.items[0])


def _runs(text: str) -> Iterator[list[int]]:
    """Where the items of each list begin."""
    open_: dict[str, list[int]] = {}
    for start, form, number in _marks(text):
        held = open_.setdefault(form, [])
        if number == len(held) + 1 or (not number and held and _follows(text, held[-1], start)):
            held.append(start)
        elif number <= 1:
            yield from [held] if len(held) > 1 else []
            open_[form] = [start]
    yield from (held for held in open_.values() if len(held) > 1)


def _marks(text: str) -> Iterator[tuple[int, str, int]]:
    """Where an item may begin, the form of its number, and the number; 0 of a line behind a dash."""
    for mark in _MARK.finditer(text):
        start = mark.start() + len(mark[0]) - len(mark[0].lstrip())
        if mark["bullet"]:
            yield start, mark["bullet"], 0
        elif mark["circled"]:
            yield start, "①", int(unicodedata.numeric(mark["circled"]))
        elif mark["word"]:
            yield start, f"first{mark['adverb'] or ''}".lower(), _ORDINALS.index(mark["word"].lower()) + 1
        elif mark["lead"] or mark["after"].strip("*_"):  # else emphasis ends with a number: **Ridge 1**
            kind = "1" if mark["number"].isdecimal() else "一"
            yield start, f"{mark['before']}{kind}{mark['after'].strip('*_')}", _value(mark["number"])


def _value(number: str) -> int:
    """十二 -> 12."""
    if number.isdecimal():
        return int(number)
    tens, ten, ones = number.rpartition("十")
    return (int(unicodedata.numeric(tens[-1:] or "一")) * 10 if ten else 0) + int(
        unicodedata.numeric(ones[-1:] or "〇")
    )


def _follows(text: str, one: int, other: int) -> bool:
    """True if nothing but a line stands between two dashes."""
    return len([row for row in text[one:other].splitlines() if row.strip()]) == 1


def _lead(text: str, start: int) -> Span:
    """The sentence before an item, or the part before it of its own."""
    spans = passages.sentences(text, max(0, start - NEAR), start)
    return spans[-1] if spans else (0, 0)


def _items(text: str, starts: list[int]) -> tuple[Span, ...]:
    """The first sentence of each item; where they are headings (一、管网改造), all but perhaps the last with something under it, the
    heading with the first sentence under it."""
    ends = [*starts[1:], len(text)]
    told = [passages.sentences(text, start, min(end, start + NEAR)) for start, end in zip(starts, ends, strict=True)]
    if not all(map(partial(_heads, text), told[:-1])):
        return tuple(spans[0] for spans in told)
    return tuple((spans[0][0], spans[:2][-1][1]) for spans in told)


def _heads(text: str, spans: Sequence[Span]) -> bool:
    """True if the first sentence of an item is the heading of the second, which is no list of its own."""
    return len(spans) > 1 and not _ENDED.search(text[slice(*spans[0])]) and not _MARK.match(text, spans[1][0])


def _whole(text: str, starts: list[int]) -> tuple[Span, ...]:
    ends = [*starts[1:], _end(text, starts[-1])]
    told = (text[start:end].rstrip().rstrip("#").rstrip() for start, end in zip(starts, ends, strict=True))
    return tuple((start, start + len(item)) for start, item in zip(starts, told, strict=True))


def _end(text: str, start: int) -> int:
    """Where the last item ends: with its line, or where that is a heading before the next one."""
    spans = passages.sentences(text, start, min(len(text), start + NEAR))
    if not _heads(text, spans) or "\n" not in text[spans[0][1] : spans[1][0]]:
        line = text.find("\n", start)
        return line if line >= 0 else len(text)
    heading = next((span for span in spans[1:] if passages.is_heading(text[slice(*span)])), None)
    return heading[0] if heading else spans[-1][1]
