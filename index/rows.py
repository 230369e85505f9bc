"""Rows of a table in a passage, their cells and the header above them. Pure."""

from __future__ import annotations

import re

from index.text.clauses import STOPS
from index.types import Passage

_NUMBER = re.compile(r"[-+]?[\d.,]+\s?%?")
_RULE = re.compile(r"[\s|:=-]+")


def is_row(text: str) -> bool:
    """True if a sentence is a row of a table."""
    return "|" in text or "\t" in text


def cells(row: str) -> list[str]:
    """The cells of a row, without what parts them."""
    return [cell.strip() for cell in row.strip().strip("|").split("\t" if "\t" in row else "|")]


def header(passage: Passage) -> str:
    """The row that names the columns: the last line above the passage, or its own first row where that has no number in a cell
    and a later one has; "" where no row names them."""
    above = passage.heading.rpartition("\n")[2]
    if is_row(above) and not _tells(above):
        return above
    rows = [line for line in passage.text.splitlines() if is_row(line) and not _RULE.fullmatch(line)]
    first = rows[0].strip() if rows else ""
    return first if first and not _measures(first) and not _tells(first) and any(map(_measures, rows[1:])) else ""


def _measures(row: str) -> bool:
    """True if some cell is a number and nothing else."""
    return any(map(_NUMBER.fullmatch, cells(row)))


def _tells(row: str) -> bool:
    """True if some cell is a sentence, which names no column: bars stand in running text as well."""
    return any(re.search(rf"[{STOPS}]|[a-z]{{2}}[.!?](?:\s|$)", cell) for cell in cells(row))
