"""A full scan of a library against itself: the file's pages, and every text, offset, vector and copy in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index import packing
from index.duplicates import bands
from index.library import Library, LibraryError
from index.schema import checksum

LENGTH_ERROR = 0.02
"""So far a vector's length may be from 1."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and with which article; without one it is the file itself."""

    told: str
    article: str = ""
    path: str = ""

    @property
    def of_text(self) -> bool:
        """True if the article's text is damaged, which only its source can make good."""
        return self.told == TEXT


TEXT = "its text is not what was stored"


def scan(library: Library) -> Iterator[Problem]:
    """Everything that is wrong with a library, in one committed state of it. Raises LibraryError when it cannot be read
    to the end."""
    with library.view():
        try:
            yield from _of_file(library)
            dimension = library.manifest.dimension
            articles = "SELECT row, id, path, title, text, checksum, original FROM article ORDER BY row"
            rows = [row for (row,) in library.fetch("SELECT row FROM article ORDER BY row")]
            for row in rows:
                (found,) = library.fetch(articles.replace("ORDER BY row", "WHERE row = ?"), (row,))
                yield from (Problem(told, found[1], found[2]) for told in _of_article(library, found, dimension))
        except sqlite3.DatabaseError as error:
            raise LibraryError(f"{library.path} is damaged: {error}. Run: yinju doctor --repair") from error


def _of_file(library: Library) -> Iterator[Problem]:
    for (told,) in library.fetch("PRAGMA integrity_check(10)"):
        if told != "ok":
            yield Problem(str(told))
    for table, row, parent, _ in library.fetch("PRAGMA foreign_key_check"):
        yield Problem(f"row {row} of {table} belongs to no {parent}")


def _of_article(library: Library, found: Sequence[Any], dimension: int) -> Iterator[str]:
    row, _, _, title, text, held_to, original = found
    if checksum(title, text) != held_to:
        yield TEXT
        return
    select = """SELECT ordinal, start, "end", units, spans, vectors FROM passage WHERE article = ? ORDER BY ordinal"""
    passages = library.fetch(select, (row,))
    keys = {key for (key,) in library.fetch("SELECT key FROM band WHERE article = ?", (row,))}
    if original is not None:
        searched = library.fetch("SELECT 1 FROM article WHERE row = ? AND original IS NULL", (original,))
        if not searched:
            yield "it is a copy of an article that is not searched"
        if passages or keys:
            yield "it is a copy, and is searched itself"
        return
    if keys != set(bands(text)):
        yield "its copies cannot be found"
    if not passages:
        yield "it cannot be found by any passage"
    if [passage[0] for passage in passages] != list(range(len(passages))):
        yield "a passage is lost"
    for passage in passages:
        yield from _of_passage(passage, text, dimension)


def _of_passage(passage: Sequence[Any], text: str, dimension: int) -> Iterator[str]:
    ordinal, start, end, units, packed, blob = passage
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        yield f"passage {ordinal} is no part of its text"
    try:
        spans = packing.unpack_spans(packed, start)
    except ValueError:
        spans = []
    if not blob:
        yield f"passage {ordinal} has no vectors"
        return
    if len(spans) != units or any(not start <= a < b <= end for a, b in spans):
        yield f"a unit of passage {ordinal} is no part of it"
    layout = packing.layout(dimension)
    if len(blob) != units * layout.itemsize:
        yield f"a vector of passage {ordinal} is not of {dimension} dimensions"
        return
    with np.errstate(all="ignore"):  # damaged numbers may be infinite
        lengths = np.linalg.norm(packing.unpack(np.frombuffer(blob, dtype=layout)), axis=1)
    # A text without a word that the model knows is the zero vector.
    if not np.all((np.abs(lengths - 1) < LENGTH_ERROR) | (lengths == 0)):
        yield f"a vector of passage {ordinal} is damaged"
