"""Document: the text of one file with what the file says about itself; the limits every file is held to, and the error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from index.text.dates import YEAR, parse_date
from yinju import YinjuError

LARGEST = 300_000_000
"""Bytes of a file, packed or not: a scanned book of a few hundred pages is a third of it."""
CHARACTERS = 20_000_000
"""Characters out of one file: thirty long novels."""
PAGES = 5_000
ENTRIES = 10_000
UNPACKED = 1_000_000_000
"""Bytes that all entries of one archive may unpack to, those of archives inside it included."""
RATIO = 250
"""Unpacked bytes for a packed one. XML of a spreadsheet reaches 30, a table of one repeated row about 100, a bomb 1,000."""
NESTING = 3
"""An archive in an archive in an archive; what lies deeper is refused."""
CELLS = 2_000_000


class ReadError(YinjuError):
    """A path that cannot be read as an article; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says. ``title``, ``date`` and the rest stand in its metadata: they count where its text has none.

    ``path`` names a file in an archive by both: "digests.zip/2026/week 3.docx". ``pages[n]`` is the offset in ``text`` at
    which page n + 1 begins, as a viewer counts pages; empty where the format has none. ``note`` says what could not be
    read of it. ``part`` is the latter half of the path. ``plain``: lines as somebody typed them, which may be wrapped; else a paragraph a line, with pipe tables.
    """

    path: str
    text: str
    title: str = ""
    date: str = ""
    source: str = ""
    url: str = ""
    pages: tuple[int, ...] = ()
    note: str = ""
    plain: bool = False
    part: str = ""


_UNTITLED = re.compile(
    r"(?i)(untitled|no title|title|document|presentation|book|workbook|sheet|slide|无标题|無標題|未命名|文档|文件|工作簿|新建.{0,20})"
    r"[\s\-_()（）\d]*|.*\.(docx?|wps|pdf|xlsx?|pptx?|indd|qxd|html?|tex|dvi)|microsoft (word|excel).*|about:blank"
)


def known_title(text: str) -> str:
    """A title as metadata has it, on one line; nothing where a program put its own words there."""
    title = " ".join(text.split())[:300]
    return "" if _UNTITLED.fullmatch(title) else title


def known_date(value: str | datetime | None) -> str:
    """A date of metadata as ISO: "D:20260113080000Z", "2026-01-13T08:00:00+08:00", a datetime; "" where it is none."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    text = (value or "").strip()
    if found := re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)(?!\d{1,5}\b)", text) or re.match(r"(\d{4})-(\d\d)-(\d\d)", text):
        return parse_date("-".join(found.groups()))
    return text if re.fullmatch(rf"{YEAR}(?:-(?:0[1-9]|1[0-2]))?", text) else parse_date(text)
