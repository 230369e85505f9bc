"""Decoded text -> what a reader sees: noise of word processors out, lines that page or width broke joined."""

from __future__ import annotations

import re
from itertools import pairwise

from index import lines as shape
from index.text.scripts import HAN

_BOOKMARK = re.compile(r"\[bookmark:[^\]\n]{0,200}\]", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffc]")
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_JOINS_BARE = re.compile(f"[{HAN}\u2014\u2026\u3000-\u303f\uff00-\uffef]")
_FULL_INDENT = re.compile("^[ \u3000]*\u3000[ \u3000]*", re.MULTILINE)
_WRAP_COLUMNS = range(50, 121)  # the widths at which people and mailers wrap text by hand
_SHORTEST_WRAPPED = 24
_SHORTEST_CUT = 40


def clean(text: str, *, markdown: bool = False) -> str:
    """Remove what was never part of the article; no visible character is rewritten, no table or list is touched."""
    text = _LINE_BREAK.sub("\n", _INVISIBLE.sub("", _BOOKMARK.sub("", text))).replace("\u00a0", " ")
    text = _FULL_INDENT.sub(lambda found: "".join("  " if c == "\u3000" else c for c in found[0]), text)
    rows = _strip_trailing(text).split("\n")
    keep = _verbatim(rows)
    rows, keep = _join_wrapped(rows, keep, markdown=markdown)
    return "\n".join(_join_pages(rows, keep)).strip("\n")


def _strip_trailing(text: str) -> str:
    return "\n".join(row.rstrip(" \t\u3000") for row in text.split("\n"))


def _verbatim(rows: list[str]) -> list[bool]:
    """Rows of code fences and of the front matter, which nothing may join."""
    keep, fence = [False] * len(rows), ""
    front = shape.front(rows)
    for number, row in enumerate(rows):
        mark = row.lstrip()[:3]
        keep[number] = bool(fence) or number < front
        if mark in ("```", "~~~") and (not fence or fence == mark):
            fence, keep[number] = ("" if fence else mark), True
    return keep


def _join_wrapped(rows: list[str], keep: list[bool], *, markdown: bool) -> tuple[list[str], list[bool]]:
    """Join lines that the page width broke: the unindented rest of an indented paragraph, and evenly filled blocks."""
    filled = _filled(rows, keep)
    out: list[str] = []
    kept: list[bool] = []
    parts: list[str] = []  # the open paragraph; joined once, so that a long one costs no more than its length
    indented = False

    def close() -> None:
        if parts:
            out.append(glue(parts))
            kept.append(False)
            parts.clear()

    for number, row in enumerate(rows):
        last = parts[-1] if parts else ""
        open_line = indented and last and not markdown and not keep[number]
        rest = open_line and _is_rest(last, row, rows[number + 1 : number + 3])
        if parts and (filled[number] or rest):
            parts.append(row)
            continue
        close()
        indented = 2 <= shape.indent(row) <= 8 and not keep[number] and _joinable(row.strip())
        if keep[number] or not row:
            out.append(row)
            kept.append(keep[number])
        else:
            parts.append(row)
    close()
    return out, kept


def _is_rest(last: str, row: str, after: list[str]) -> bool:
    """True if an unindented row goes on with the sentence that ``last`` leaves open."""
    if not row or row[0] in " \t" or shape.ends_sentence(last) or shape.columns(last) < _SHORTEST_WRAPPED:
        return False
    heads_article = any(found is not None and found.date for found in map(shape.meta, after)) and not shape.is_body(row)
    return _joinable(row) and not heads_article


def _joinable(row: str) -> bool:
    """Running text, as far as one line can tell."""
    if shape.is_table(row) or shape.is_list_item(row) or shape.is_heading(row) or row[:1] in ">|":
        return False
    return not shape.is_furniture(row) and shape.meta(row) is None and not re.match(r"(?:https?://|<https?:)", row)


def _filled(rows: list[str], keep: list[bool]) -> list[bool]:
    """For every row, whether it goes on from the row above because their block was wrapped at one width."""
    joined = [False] * len(rows)
    start = 0
    for number in range(len(rows) + 1):
        if number < len(rows) and rows[number] and rows[number][0] not in " \t" and not keep[number]:
            if _joinable(rows[number]):
                continue
            listed = shape.is_list_item(rows[number]) and not shape.is_table(rows[number])
            end, following = number, number if listed else number + 1
        else:
            end, following = number, number + 1
        if _is_wrapped(rows[start:end]):
            joined[start + 1 : end] = [True] * (end - start - 1)
        start = following
    return joined


def _is_wrapped(block: list[str]) -> bool:
    """Every line but the last is so full that the next word found no room, and most break off inside a sentence."""
    if len(block) < 2 or max(map(len, block)) > _WRAP_COLUMNS.stop:
        return False
    if len(block) == 2 and re.match(r"[A-Z\d]", block[1]) and not any(map(shape.ends_sentence, block)):
        return False  # a title and who wrote it
    widths = [shape.columns(row) for row in block]
    if max(widths) not in _WRAP_COLUMNS:
        return False
    broken = sum(not shape.ends_sentence(row) for row in block[:-1])
    full = all(width + _first_word(row) >= max(widths) for width, row in zip(widths, block[1:], strict=False))
    return full and 2 * broken >= len(block) - 1


def _first_word(row: str) -> int:
    """Columns the first word of a row would have needed: two for a Han character, and two for the mark behind it."""
    return 4 if re.match(f"[{HAN}\u3000-\u303f\uff00-\uffef“‘]", row) else len(row.split(" ", 1)[0]) + 1


def glue(parts: list[str]) -> str:
    """Lines of one paragraph as one: Han text joins bare, Latin words with a space, a hyphenated word as it is."""
    glued = parts[:1]
    for before, after in pairwise(parts):
        quoted = after[:1] in "“”" and not re.match("[A-Za-z0-9,.;:]", before[-1:])
        wide = _JOINS_BARE.match(before[-1:]) or _JOINS_BARE.match(after) or quoted
        hyphen = re.search(r"[a-z]-$", before) and re.match("[a-z]", after)
        glued.append(after.lstrip() if wide or hyphen else " " + after.lstrip())
    return "".join(glued)


def _join_pages(rows: list[str], keep: list[bool]) -> list[str]:
    """Join two paragraphs that a page break made of one sentence; page numbers between them go."""
    out: list[str] = []
    tail: list[str] = []
    blank = 0
    for row, kept in zip(rows, keep, strict=True):
        if not kept and (not row or (shape.is_furniture(row) and _between_pages(row))):
            blank += 1
            continue
        if tail and not kept and blank and _goes_on(tail[-1], row):
            tail.append(row.lstrip())
        else:
            if tail:
                out.append(glue(tail))
            out.extend([""] * blank)
            tail = [row]
        blank = 0
    return [*out, *([glue(tail)] if tail else [])]


def _between_pages(row: str) -> bool:
    return bool(re.search(r"\d", row)) and not re.search("[码碼]", row)


def _goes_on(before: str, after: str) -> bool:
    """True if a paragraph breaks off in mid-sentence and the next is its rest. In doubt, no."""
    if shape.ends_sentence(before) or before[-1] in "”’」』）)】》>*_" or shape.columns(before) < _SHORTEST_CUT * 2:
        return False
    head = before.lstrip()
    if not (_joinable(head[:400]) and _joinable(after.lstrip()[:400])) or not re.search("[，。；,.;]", head):
        return False
    if re.match(f"[{HAN}]", before[-1]) or before[-1] in "，、":
        return shape.ends_sentence(after) or after[-1] in ")）" or shape.columns(after) >= 2 * _SHORTEST_CUT
    return bool(re.match("[a-z]", after)) and bool(re.search("[a-z,]$", before))
