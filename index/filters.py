"""Filters: which articles may answer, as a condition that the library's SQL decides exactly."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

from yinju import YinjuError

LANGUAGES = ("zh", "en")
"""What an article's language may be."""

_SINCE = "(date <> '' AND substr(date, 1, length(:since)) >= substr(:since, 1, length(date)))"
_UNTIL = "(date <> '' AND substr(date, 1, length(:until)) <= :until)"
_SOURCE = "(instr(casefold(source), casefold(:source)) > 0 OR instr(casefold(issue), casefold(:source)) > 0)"
_LANGUAGE = "language = :language"
_PATH = """(nfc(path) = :path OR substr(nfc(path), 1, length(:path) + 1) = :path || '/' OR nfc(path) GLOB :path
            OR nfc(path) GLOB '*/' || :path OR nfc(path) GLOB '*/' || :path || '/*')"""
"""``nfc``: some systems store a letter and its accent apart, and people type them as one."""


def nfc(path: str) -> str:
    """A path as people type it: some systems store a letter and its accent apart."""
    return normalize("NFC", path)


def on_path(paths: Sequence[str], pattern: str) -> list[bool]:
    """Which paths a filter's ``path`` admits, decided by SQLite as for the library that lies in it."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.create_function("nfc", 1, nfc, deterministic=True)
        select = f"SELECT {_PATH} FROM (SELECT key, value AS path FROM json_each(:paths)) ORDER BY key"
        found = connection.execute(select, {"paths": json.dumps(paths), "path": pattern})
        return [bool(admitted) for (admitted,) in found]
    finally:
        connection.close()


class FilterError(YinjuError):
    """A filter has a value that no article could meet; the message names it and says how it is written."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer; one that is given must hold.

    ``since`` and ``until`` are ISO dates as precise as is wanted ("2025", "2025-06", "2025-06-30"), both included: an
    article is admitted when what is known of its date meets the range, and not at all when nothing is known. ``source`` is
    a part of the source's name, or of what the masthead of its bulletin says, ``language`` "zh" or "en". ``path`` is a file or folder, or a pattern with ``*``, ``?`` and
    ``[...]``, whole or the end of one: "/home/me/digests", "digests", "2025-*.txt". Raises FilterError for another value.
    """

    since: str = ""
    until: str = ""
    source: str = ""
    language: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        for name in ("since", "until", "source", "language", "path"):
            if not isinstance(value := getattr(self, name), str):
                raise FilterError(f"{name} = {value!r} is no text: a filter is text, and empty where it is not wanted")
        for name, value in (("since", self.since), ("until", self.until)):
            if value and not is_date(value):
                raise FilterError(f"{name} = {value!r} is no date: write YYYY, YYYY-MM or YYYY-MM-DD")
        # Compared as far as both are precise: since 2025-06 until 2025 asks for the second half of 2025.
        if self.since and self.until and self.since[: len(self.until)] > self.until:
            raise FilterError(f"since = {self.since!r} comes after until = {self.until!r}: give the earlier one first")
        if self.language not in ("", *LANGUAGES):
            raise FilterError(f"language = {self.language!r} is none of {', '.join(LANGUAGES)}")

    @property
    def values(self) -> dict[str, str]:
        """The filters that are set, by name, as parameters of :attr:`condition`."""
        named = {"since": self.since, "until": self.until, "source": self.source}
        named |= {"language": self.language, "path": nfc(self.path.rstrip("/") or self.path)}
        return {name: value for name, value in named.items() if value}

    @property
    def condition(self) -> str:
        """The SQL condition on an article's columns, for :attr:`values`; "" admits every article."""
        conditions = {"since": _SINCE, "until": _UNTIL, "source": _SOURCE, "language": _LANGUAGE, "path": _PATH}
        return " AND ".join(conditions[name] for name in self.values)


def is_date(text: str) -> bool:
    """True if a text is a date as precise as a filter takes it: YYYY, YYYY-MM or YYYY-MM-DD."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text, re.ASCII):
        return False
    try:
        date.fromisoformat(text + "-01" * (2 - text.count("-")))
    except ValueError:
        return False
    return True
