"""What a library stores: an article with its passages, units and vectors, put in, renamed, taken out, or kept as a copy.

Functions on a connection, each inside a transaction of the caller.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np

from index import duplicates, packing, schema
from index.store import Entry, Prepare
from index.types import Article

COLUMNS = "id, title, text, date, source, url, path, language, hash, part, pages"
"""What an article is, as `article_of` takes it."""
_SAID = ("title", "text", "date", "source", "url", "language")
"""What an article says. One that says the same keeps its passages, wherever its file has gone."""

_CANDIDATES = 20
"""Articles that a new one is compared with at most; one that nearly all have a paragraph in common with has hundreds."""


def article_of(*values: str) -> Article:
    """An article from a row of its columns, without the copies."""
    id_, title, text, date, source, url, path, language, file_hash, part, starts = values
    pages = tuple(int(start) for start in starts.split() if start.isdecimal())
    return Article(id_, title, text, date, source, url, path, language, file_hash, part, pages)


def says_the_same(one: Article, other: Article) -> bool:
    """True if two articles differ at most in where they lie."""
    return all(getattr(one, name) == getattr(other, name) for name in _SAID)


def _prepared(entry: Entry | Article, prepare: Prepare | None) -> Entry:
    if isinstance(entry, Entry):
        return entry
    if prepare is None:
        raise ValueError(f"article {entry.id} is to be searched, and nothing is given to cut and embed it")
    return prepare(entry)


def original(
    connection: sqlite3.Connection, article: Article, besides: str = "", bands: Sequence[int] = ()
) -> tuple[int, Article] | None:
    """The article of which this one is a copy, and its row, not counting those of the file ``besides``."""
    candidates = f"""SELECT a.row, {COLUMNS} FROM article a JOIN
                     (SELECT article, count(*) AS shared FROM band WHERE key IN (SELECT value FROM json_each(?))
                      GROUP BY article ORDER BY shared DESC, article LIMIT ?) ON article = a.row ORDER BY shared DESC, a.row"""
    keys = json.dumps(bands or duplicates.bands(article.text))
    for row, *values in connection.execute(candidates, (keys, _CANDIDATES)):
        candidate = article_of(*values)
        if candidate.path != (besides or None) and duplicates.is_copy(article, candidate):
            return int(row), candidate
    return None


def delete(connection: sqlite3.Connection, rows: Sequence[int]) -> list[int]:
    """Delete articles. Returns the rows of their copies, which stay and have no original now."""
    gone = json.dumps(rows)
    widowed = """SELECT row FROM article WHERE original IN (SELECT value FROM json_each(?1))
                 AND row NOT IN (SELECT value FROM json_each(?1)) ORDER BY row"""
    left = [int(row[0]) for row in connection.execute(widowed, (gone,))]
    connection.execute("DELETE FROM article WHERE row IN (SELECT value FROM json_each(?))", (gone,))
    return left


def rename(connection: sqlite3.Connection, articles: Mapping[int, Article]) -> None:
    """What kept articles are called now; in two steps, as one may take the id that another gives up."""
    execute = connection.execute
    for row in articles:
        execute("UPDATE article SET id = '~' || row WHERE row = ?", (row,))
    for row, article in articles.items():
        pages = " ".join(map(str, article.pages))
        values = (article.id, article.path, article.hash, article.part, pages, row)
        execute("UPDATE article SET id = ?, path = ?, hash = ?, part = ?, pages = ? WHERE row = ?", values)


def store(connection: sqlite3.Connection, entry: Entry | Article, prepare: Prepare | None) -> bool:
    """Store a new article. True if it is a copy of another one."""
    article = entry.article if isinstance(entry, Entry) else entry
    bands = entry.bands if isinstance(entry, Entry) else ()
    if article is entry and (known := searched(connection, article.copy_of)):
        insert_article(connection, article, known)
        return True
    found = original(connection, article, bands=bands) if prepare else None
    if found is None:
        insert_passages(connection, insert_article(connection, article), _prepared(entry, prepare))
        return False
    insert_article(connection, article, found[0])
    return True


def searched(connection: sqlite3.Connection, article_id: str) -> int | None:
    """The row of an article that is no copy itself."""
    found = connection.execute("SELECT row FROM article WHERE id = ? AND original IS NULL", (article_id,)).fetchone()
    return int(found[0]) if found else None


def settle(connection: sqlite3.Connection, widowed: Sequence[int], prepare: Prepare | None) -> None:
    """Deal with copies whose original is gone: the first takes its place; each other becomes its copy, or an article of its own."""
    execute = connection.execute
    for row in widowed:
        article = article_of(*execute(f"SELECT {COLUMNS} FROM article WHERE row = ?", (row,)).fetchone())
        found = original(connection, article)
        execute("UPDATE article SET original = ? WHERE row = ?", (found[0] if found else None, row))
        if found is None:
            insert_passages(connection, row, _prepared(article, prepare))


def insert_article(connection: sqlite3.Connection, a: Article, copy_of: int | None = None) -> int:
    """Store an article alone, and the row of the one that it is a copy of; its row."""
    pages = " ".join(map(str, a.pages))
    values = (a.id, a.title, a.text, a.date, a.source, a.url, a.path, a.language, a.hash, a.part, pages)
    insert = f"INSERT INTO article ({COLUMNS}, checksum, original) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
    made = connection.execute(insert, (*values, schema.checksum(a.title, a.text), copy_of))
    return int(made.lastrowid or 0)


def insert_passages(connection: sqlite3.Connection, article: int, entry: Entry) -> None:
    """Store what an article is searched by."""
    schema.add_bands(connection, article, entry.article.text, entry.bands)
    if len(entry.units) != len(entry.vectors):
        raise ValueError(f"{len(entry.vectors)} vectors for {len(entry.units)} units")
    spans: list[list[packing.Span]] = [[] for _ in entry.passages]
    for unit in entry.units:
        spans[unit.passage].append((unit.start, unit.end))
    vectors = packing.pack(entry.vectors)
    ends = np.cumsum([len(own) for own in spans]).tolist()
    packed = [vectors[end - len(own) : end].tobytes() for own, end in zip(spans, ends, strict=True)]
    connection.executemany(
        """INSERT INTO passage (article, ordinal, start, "end", heading, units, spans, vectors)
           VALUES (?,?,?,?,?,?,?,?)""",
        [
            (article, p.ordinal, p.start, p.end, p.heading, len(own), packing.pack_spans(own, p.start), held)
            for p, own, held in zip(entry.passages, spans, packed, strict=True)
        ],
    )
