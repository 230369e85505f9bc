"""What a library stores: an article with its passages, units and vectors, put in, renamed, taken out, or kept as a copy."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

from index import duplicates, packing, schema
from index.store import Entry, Prepare
from index.types import Article

COLUMNS = "id, title, text, date, source, url, path, language, hash, part, pages, issue"
"""What an article is, as `article_of` takes it."""
_SAID = ("title", "text", "date", "source", "url", "language", "issue")
"""What an article says. One that says the same keeps its passages, wherever its file has gone."""

WAITING = 512
"""Articles that wait to be inserted at most, with their passages."""

_CANDIDATES = 20
"""Articles that a new one is compared with at most; one that nearly all have a paragraph in common with has hundreds."""


def article_of(*values: str) -> Article:
    """An article from a row of its columns, without the copies."""
    id_, title, text, date, source, url, path, language, file_hash, part, starts, issue = values
    pages = tuple(int(start) for start in starts.split() if start.isdecimal())
    return Article(id_, title, text, date, source, url, path, language, file_hash, part, pages, issue=issue)


def says_the_same(one: Article, other: Article) -> bool:
    """True if two articles differ at most in where they lie."""
    return all(getattr(one, name) == getattr(other, name) for name in _SAID)


def _prepared(entry: Entry | Article, prepare: Prepare | None) -> Entry:
    if isinstance(entry, Entry):
        return entry
    if prepare is None:
        raise ValueError(f"article {entry.id} is to be searched, and nothing is given to cut and embed it")
    return prepare(entry)


class Change:
    """What a transaction of the caller changes. New rows wait until the library is asked something, or for the end: many are
    inserted with one statement, in the order in which they lie in the file."""

    _articles: list[Sequence[object]]
    _passages: list[Sequence[object]]
    _paths: set[str]
    _said: dict[int, Article]
    _bands: dict[int, list[int]]

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Let go of what waits. ``_said`` has the articles that are no copies by their rows, ``_bands`` these rows by what copies are
        looked up by."""
        self._articles, self._passages = [], []
        self._paths, self._said, self._bands = set(), {}, {}
        self._last = 0
        self._touched = False

    def flush(self) -> None:
        """Insert what waits."""
        articles, passages, bands = self._articles, self._passages, self._bands
        touched = self._touched
        self.forget()
        if articles or passages:
            many = self._connection.executemany
            many(
                f"INSERT INTO article (row, {COLUMNS}, checksum, original) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                articles,
            )
            many("INSERT INTO band VALUES (?,?)", sorted((key, row) for key, rows in bands.items() for row in rows))
            many(
                """INSERT INTO passage (article, ordinal, start, "end", heading, units, spans, vectors)
                   VALUES (?,?,?,?,?,?,?,?)""",
                passages,
            )
        if touched:
            schema.renew(self._connection)

    def touch(self) -> None:
        """Give the library a generation of its own, once for all that is changed."""
        self._touched = True

    def of_files(self, one: str, other: str) -> dict[str, int]:
        """The rows of two files' articles by their ids."""
        if not self._paths.isdisjoint((one, other)):
            self.flush()
        found = self._connection.execute("SELECT row, id FROM article WHERE path IN (?, ?)", (one, other))
        return {id_: int(row) for row, id_ in found}

    def original(self, article: Article, besides: str = "", bands: Sequence[int] = ()) -> tuple[int, Article] | None:
        """The article of which this one is a copy, and its row, not counting those of the file ``besides``."""
        select = f"""SELECT shared, a.row, {COLUMNS} FROM article a JOIN
                     (SELECT article, count(*) AS shared FROM band WHERE key IN (SELECT value FROM json_each(?))
                      GROUP BY article ORDER BY shared DESC, article LIMIT ?) ON article = a.row"""
        keys = {*(bands or duplicates.bands(article.text))}
        found = self._connection.execute(select, (json.dumps([*keys]), _CANDIDATES))
        alike = [(int(shared), int(row), article_of(*values)) for shared, row, *values in found]
        waiting = Counter(row for key in keys for row in self._bands.get(key, ()))
        alike += [(shared, row, self._said[row]) for row, shared in waiting.items()]
        for _, row, candidate in sorted(alike, key=lambda one: (-one[0], one[1]))[:_CANDIDATES]:
            if candidate.path != (besides or None) and duplicates.is_copy(article, candidate):
                return row, candidate
        return None

    def delete(self, rows: Sequence[int]) -> list[int]:
        """Delete articles. Returns the rows of their copies, which stay and have no original now."""
        if not rows:
            return []
        self.flush()
        gone = json.dumps(rows)
        widowed = """SELECT row FROM article WHERE original IN (SELECT value FROM json_each(?1))
                     AND row NOT IN (SELECT value FROM json_each(?1)) ORDER BY row"""
        left = [int(row[0]) for row in self._connection.execute(widowed, (gone,))]
        self._connection.execute("DELETE FROM article WHERE row IN (SELECT value FROM json_each(?))", (gone,))
        return left

    def rename(self, articles: Mapping[int, Article]) -> None:
        """What kept articles are called now; in two steps, as one may take the id that another gives up."""
        if articles:
            self.flush()
        execute = self._connection.execute
        for row in articles:
            execute("UPDATE article SET id = '~' || row WHERE row = ?", (row,))
        for row, article in articles.items():
            pages = " ".join(map(str, article.pages))
            values = (article.id, article.path, article.hash, article.part, pages, row)
            execute("UPDATE article SET id = ?, path = ?, hash = ?, part = ?, pages = ? WHERE row = ?", values)

    def store(self, entry: Entry | Article, prepare: Prepare | None) -> bool:
        """Store a new article. True if it is a copy of another one."""
        article = entry.article if isinstance(entry, Entry) else entry
        bands = entry.bands if isinstance(entry, Entry) else ()
        if article is entry and (known := self._searched(article.copy_of)):
            self._add_article(article, known)
            return True
        found = self.original(article, bands=bands) if prepare else None
        if found is None:
            made = _prepared(entry, prepare)
            self._add_passages(self._add_article(article), made)
            return False
        self._add_article(article, found[0])
        return True

    def _searched(self, article_id: str) -> int | None:
        """The row of an article that is no copy itself."""
        self.flush()
        select = "SELECT row FROM article WHERE id = ? AND original IS NULL"
        found = self._connection.execute(select, (article_id,)).fetchone()
        return int(found[0]) if found else None

    def settle(self, widowed: Sequence[int], prepare: Prepare | None) -> None:
        """Deal with copies whose original is gone: the first takes its place; each other becomes its copy, or an article of its own."""
        if widowed:
            self.flush()
        execute = self._connection.execute
        for row in widowed:
            article = article_of(*execute(f"SELECT {COLUMNS} FROM article WHERE row = ?", (row,)).fetchone())
            found = self.original(article)
            execute("UPDATE article SET original = ? WHERE row = ?", (found[0] if found else None, row))
            if found is None:
                self._add_passages(row, _prepared(article, prepare))

    def _add_article(self, a: Article, copy_of: int | None = None) -> int:
        """Store an article alone, and the row of the one that it is a copy of; its row."""
        if len(self._articles) >= WAITING:
            self.flush()
        if not self._articles:
            (self._last,) = self._connection.execute("SELECT coalesce(max(row), 0) FROM article").fetchone()
        self._last += 1
        pages = " ".join(map(str, a.pages))
        said = (a.id, a.title, a.text, a.date, a.source, a.url, a.path, a.language, a.hash, a.part, pages, a.issue)
        self._articles.append((self._last, *said, schema.checksum(a.title, a.text), copy_of))
        self._paths.add(a.path)
        return self._last

    def _add_passages(self, article: int, entry: Entry) -> None:
        """Store what an article is searched by."""
        if len(entry.units) != len(entry.vectors):
            raise ValueError(f"{len(entry.vectors)} vectors for {len(entry.units)} units")
        self.look_up(article, entry)
        spans: list[list[packing.Span]] = [[] for _ in entry.passages]
        for unit in entry.units:
            spans[unit.passage].append((unit.start, unit.end))
        vectors = packing.pack(entry.vectors)
        end = 0
        for p, own in zip(entry.passages, spans, strict=True):
            start, end = end, end + len(own)
            place = (article, p.ordinal, p.start, p.end, p.heading, len(own))
            self._passages.append((*place, packing.pack_spans(own, p.start), vectors[start:end].tobytes()))

    def look_up(self, row: int, entry: Entry) -> None:
        """Make an article one that copies are looked up by."""
        self._said[row] = entry.article
        for key in {*(entry.bands or duplicates.bands(entry.article.text))}:
            self._bands.setdefault(key, []).append(row)
