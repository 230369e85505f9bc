"""Pieces of text -> blocks of Markdown: lines joined, headings, list items, pipe tables, blank lines between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index.cleaning import glue
from index.formats.raised import settled
from index.text.scripts import HAN

_WIDE = f"{HAN}\u3000-\u303f\uff00-\uffef"
_BROKEN_HAN = re.compile(f"(?<=[{_WIDE}])[ \t\r]*\n[ \t\r\n]*(?=[{_WIDE}])")
_SPACE = re.compile("[ \t\r\n\v\u00a0\u2028\u2029\x85]+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff]"
)


HYPHEN = "\u00ad"
"""Stands where a word was cut at the end of a line, until the word is put together."""


def visible(text: str) -> str:
    """Without what nobody sees: controls, zero-width marks, soft hyphens, halves of a character."""
    return _INVISIBLE.sub("", text)


def one_line(text: str) -> str:
    """Text on one line, spaces as single blanks; a line break between Han characters is none. Form feeds stay: page breaks."""
    return _SPACE.sub(" ", _BROKEN_HAN.sub("", visible(text))).strip(" ")


def join(lines: Sequence[str]) -> str:
    """Lines of one paragraph as one."""
    whole: list[str] = []
    for line in (line.strip() for line in lines if line.strip()):
        if whole and whole[-1].endswith(HYPHEN):
            whole[-1] += line
        else:
            whole.append(line)
    return glue(whole) if whole else ""


def heading(level: int, text: str) -> str:
    """A heading row, or nothing where there is no text."""
    line = one_line(text)
    return f"{'#' * max(1, min(level, 6))} {line}" if line else ""


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells -> a pipe table; empty rows and columns at the end are left out, a table of one column is lines.

    There is no row of dashes under the first: nobody reads it. A bar inside a cell is written full width, as nothing that reads pipe tables line by line knows an escaped one.
    """
    cells = [[one_line(cell).replace("|", "｜") for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    width = max((max(n + 1 for n, cell in enumerate(row) if cell) for row in cells), default=0)
    if width < 2:
        return "\n".join(row[0].replace("｜", "|") for row in cells)
    cells = [[*row, *[""] * width][:width] for row in cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def blocks(parts: Iterable[str]) -> str:
    """Blocks with a blank line between them; the items of a list follow each other."""
    text: list[str] = []
    feeds = ""
    for part in parts:
        if not part.strip():
            feeds += "\x0c" * part.count("\x0c")
            continue
        listed = bool(text) and is_item(part) and is_item(text[-1])
        text += [*([] if listed or not text else [""]), feeds + part.strip("\n")]
        feeds = ""
    return settled("\n".join(text) + feeds)


def rows(parts: Iterable[str]) -> str:
    """Blocks a row each, as somebody who types text leaves them: an empty one is a blank row, several are one."""
    text: list[str] = []
    feeds = ""
    for part in parts:
        if part.strip():
            text.append(feeds + part.strip("\n"))
            feeds = ""
        else:
            feeds += "\x0c" * part.count("\x0c")
            text += [""] if text and text[-1] else []
    return settled("\n".join(text).rstrip("\n") + feeds)


def is_item(text: str) -> bool:
    """True if a block is an item of a list, as the formats write one."""
    return bool(re.match(r" *(?:[-*•] |\d{1,4}[.)] )", text))


def paged(marked: str) -> tuple[str, tuple[int, ...]]:
    """Text without the form feeds that mark page breaks, and the offsets at which its pages begin; none without any mark."""
    pieces = marked.split("\x0c")
    offsets = [0]
    for piece in pieces[:-1]:
        offsets.append(offsets[-1] + len(piece))
    return "".join(pieces), tuple(offsets) if len(pieces) > 1 else ()
