"""The library: articles, passages and vectors in one SQLite file, the only truth on disk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import lru_cache, partial
from pathlib import Path
from threading import RLock
from typing import Any
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from index import duplicates, packing, schema, storing
from index.blocks import Stored
from index.distinct import distinct
from index.explaining import explained
from index.filters import Filters
from index.folder import LibraryFolder
from index.proposing import Proposing
from index.store import Claims, Held, Prepare, require
from index.store import Entry as Entry
from index.store import LibraryError as LibraryError
from index.store import Manifest as Manifest
from index.store import Unit as Unit
from index.storing import COLUMNS, article_of
from index.types import Article, Passage


class Library:
    """One library's file. Every change is one transaction; threads take turns, other processes read what is committed."""

    far = False
    """Its passages lie on this machine's disk: what caches need not hold of them is read from there."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._change = storing.Change(connection)
        self._lock = RLock()
        self._closed = self._joined = False

    @classmethod
    def open(cls, folder: Path, *, create: Manifest | None = None) -> Library:
        """Open the library in ``folder``; with ``create`` make it when it is not there. Raises LibraryError."""
        path = LibraryFolder(folder).database
        if create is None and not path.is_file():
            raise LibraryError(f"There is no library at {path}. Make one: yinju index FOLDER")
        with _explained(path):
            if create is not None:
                folder.mkdir(parents=True, exist_ok=True)
                return cls._connected(path, str(path), create)
            try:
                return cls._connected(path, str(path), None)
            except sqlite3.OperationalError as error:
                log = path.with_name(f"{path.name}-wal")
                unwritable = "readonly" in str(error) or "unable to open" in str(error)
                if not unwritable or (log.exists() and log.stat().st_size):
                    raise
                # A disk that is only read, on which SQLite cannot make its log: nobody else can write there either.
                return cls._connected(path, f"{path.resolve().as_uri()}?mode=ro&immutable=1", None)

    @classmethod
    def _connected(cls, path: Path, name: str, create: Manifest | None) -> Library:
        connection = sqlite3.connect(
            name, timeout=30, isolation_level=None, check_same_thread=False, uri=name.startswith("file:")
        )
        library = cls(path, connection)
        try:
            library._prepare(create)
        except BaseException:
            connection.close()
            raise
        return library

    def _prepare(self, create: Manifest | None) -> None:
        execute = self._connection.execute
        execute("PRAGMA foreign_keys = ON")
        self._connection.create_function("casefold", 1, str.casefold, deterministic=True)
        self._connection.create_function("nfc", 1, partial(normalize, "NFC"), deterministic=True)
        if create is not None:
            execute("PRAGMA journal_mode = WAL")
            execute("PRAGMA synchronous = FULL")
            execute("PRAGMA cache_size = -16000")  # KB: what is stored together is not written twice
            if self._format() is None:
                with self._transaction():
                    if self._format() is None:  # nobody else has made it meanwhile
                        self._make(create)
        have = self._format()
        if have is not None and have.isdecimal() and 0 < int(have) < int(schema.FORMAT):
            with self._transaction():
                if (now := self._format()) not in (None, schema.FORMAT):
                    schema.migrate(self._connection, str(now))
                    self._change.touch()
            self._shrink()
        execute("SELECT row FROM passage LIMIT 1")

    @property
    def place(self) -> str:
        """The path of the file."""
        return str(self.path)

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.parent.name

    def proposing(self, cache: Path) -> Proposing:
        """What finds passages in it; ``cache`` is the folder for what is made to search it."""
        from index.embedded import Embedded  # which reads libraries itself

        return Embedded(self, cache)

    def _shrink(self) -> None:
        """Give the disk what is free in the file back. Where others use it, or there is no room for a copy, it is for what is
        indexed next."""
        with suppress(sqlite3.OperationalError):
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _make(self, manifest: Manifest) -> None:
        execute = self._connection.execute
        for statement in schema.TABLES.split(";"):
            execute(statement)
        execute("INSERT OR IGNORE INTO meta VALUES ('manifest', ?)", (json.dumps(asdict(manifest)),))
        execute("INSERT OR IGNORE INTO meta VALUES ('generation', '0')")
        schema.migrate(self._connection, "1")

    def _format(self) -> str | None:
        """The format that the manifest tells, "" when it is not readable, None when there is no library yet."""
        execute = self._connection.execute
        if execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
            return None
        row = execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()
        try:
            return str(json.loads(row[0])["format"])
        except (TypeError, ValueError, LookupError):
            return ""

    @property
    def manifest(self) -> Manifest:
        """What this library was made with. Raises LibraryError when it is not readable."""
        with self._used():
            row = self._connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()
        try:
            return _manifest(row[0])
        except (TypeError, ValueError) as error:
            raise LibraryError(
                f"{self.path} does not say in a way this version reads what it was made with. Move it away and index "
                "your articles again: yinju index FOLDER"
            ) from error

    def require(self, wanted: Manifest) -> None:
        """Refuse a library whose vectors were made with something else."""
        require(self.manifest, wanted, self.place, self.name)

    @property
    def generation(self) -> int:
        """Grows with every change and is never used twice, not even by a library made anew; caches carry it."""
        with self._used():
            row = self._connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
            return int(row[0])

    @contextmanager
    def _used(self, *, whole: bool = True) -> Iterator[None]:
        """With ``whole`` what this thread has changed so far is in the tables."""
        with self._lock, _explained(self.path):
            if self._closed:
                raise LibraryError(f"The library {self.path} has been closed: open it again to ask it")
            if whole:
                self._change.flush()
            yield

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is changed inside is committed at the end, all or nothing."""
        with self._used(), self._transaction():
            self._joined = True
            try:
                yield
            finally:
                self._joined = False

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._joined:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._change.flush()
        except BaseException:
            self._change.forget()
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def claims(self) -> Iterator[Claims]:
        """A run of indexing: nobody else has one, see :meth:`index.folder.LibraryFolder.alone`."""
        yield _All(self)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each indexed file by its path."""
        with self._used():
            return dict(self._connection.execute("SELECT DISTINCT path, hash FROM article"))

    def roots(self) -> list[str]:
        """The folders that were indexed, by name."""
        with self._used():
            return [row[0] for row in self._connection.execute("SELECT path FROM root ORDER BY path")]

    def set_roots(self, add: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
        """Remember folders, or forget them."""
        with self._used(), self._transaction():
            self._connection.executemany("INSERT OR IGNORE INTO root VALUES (?)", [(path,) for path in add])
            self._connection.executemany("DELETE FROM root WHERE path = ?", [(path,) for path in drop])

    def of_file(self, path: str) -> list[Article]:
        """A file's articles, whole, in their order."""
        with self._used():
            select = f"SELECT {COLUMNS} FROM article WHERE path = ? ORDER BY row"
            return [article_of(*row) for row in self._connection.execute(select, (path,))]

    def original(self, article: Article, *, besides: str = "") -> Article | None:
        """The article of which this one is a copy, if there is one, not counting those of the file ``besides``."""
        with self._used():
            found = self._change.original(article, besides)
        return found[1] if found else None

    def replace(
        self,
        path: str,
        entries: Sequence[Entry | Article],
        *,
        moved_from: str = "",
        kept: Mapping[str, Article] | None = None,
        prepare: Prepare | None = None,
    ) -> int:
        """Put a file's articles in the place of what the library held of it, all or nothing; how many are copies.

        ``kept`` names, by their ids, those that stay with their passages, and what they are called now; ``moved_from`` is
        where the file was. With ``prepare`` an article that says what another one says is kept as a copy, which is not
        searched; an article without an entry is taken for one (of the article that its ``copy_of`` names, where that is searched), and
        prepared when it is none after all.
        """
        said = [one.article.text for one in entries if isinstance(one, Entry) and not one.bands]
        duplicates.bands_of(said)  # of all at once, and remembered
        with self._used(whole=False), self._transaction():
            change = self._change
            had = change.of_files(path, moved_from or path)
            kept = {id_: article for id_, article in (kept or {}).items() if id_ in had}
            widowed = change.delete([row for id_, row in had.items() if id_ not in kept])
            change.rename({had[id_]: article for id_, article in kept.items()})
            copies = sum(change.store(entry, prepare) for entry in entries)
            change.settle(widowed, prepare)
            change.touch()
            return copies

    def remove(self, article_ids: Iterable[str], *, prepare: Prepare | None = None) -> int:
        """Remove articles by id; how many there were. ``prepare`` is for a copy that takes the place of its original."""
        with self._used(), self._transaction():
            rows = "SELECT row FROM article WHERE id IN (SELECT value FROM json_each(?))"
            wanted = json.dumps(list(article_ids))
            found = [int(row[0]) for row in self._connection.execute(rows, (wanted,))]
            if found:
                self._change.settle(self._change.delete(found), prepare)
                self._change.touch()
            return len(found)

    def counts(self) -> dict[str, int]:
        """How many articles, passages and units there are."""
        with self._used():
            (articles,) = self._connection.execute("SELECT count(*) FROM article").fetchone()
            # Of the index alone: a passage's row has its vectors in it.
            select = "SELECT count(*), coalesce(sum(units), 0) FROM passage INDEXED BY passage_article"
            passages, units = self._connection.execute(select).fetchone()
            return {"articles": int(articles), "passages": int(passages), "units": int(units)}

    def passages_of(self, article_ids: Iterable[str]) -> int:
        """How many passages these articles have."""
        select = """SELECT count(*) FROM passage WHERE article IN
                    (SELECT row FROM article WHERE id IN (SELECT value FROM json_each(?)))"""
        with self._used():
            return int(self._connection.execute(select, (json.dumps(list(article_ids)),)).fetchone()[0])

    def articles(self, filters: Filters | None = None) -> list[Article]:
        """The articles without their texts, newest first, copies among them."""
        where, values = (filters.condition, filters.values) if filters else ("", {})
        with self._used():
            columns = ", ".join("''" if name == "text" else f"a.{name}" for name in COLUMNS.split(", "))
            select = f"""SELECT {columns}, o.id FROM article a LEFT JOIN article o ON o.row = a.original
                         WHERE a.row IN (SELECT row FROM article INDEXED BY article_facet WHERE {where or 1})
                         ORDER BY a.date DESC, a.row"""
            return [
                replace(article_of(*values), copy_of=original or "")
                for *values, original in self._connection.execute(select, values)
            ]

    def issues(self) -> list[str]:
        """The issues of bulletins that articles stand in, as their mastheads have them, in order."""
        select = "SELECT DISTINCT issue FROM article INDEXED BY article_facet WHERE issue <> '' ORDER BY issue"
        return [str(issue) for (issue,) in self.fetch(select)]

    def article(self, article_id: str) -> Article:
        """One article, whole, with its copies. Raises LibraryError when it is not there."""
        with self._used(), self.view():
            row = self._connection.execute(f"SELECT row, {COLUMNS} FROM article WHERE id = ?", (article_id,)).fetchone()
            if row is None:
                raise LibraryError(f"There is no article {article_id} in {self.path}. See: yinju articles list")
            return replace(article_of(*row[1:]), also_in=self._copies([row[0]]).get(row[0], ()))

    def texts(self, rows: Sequence[int]) -> list[tuple[int, str, str]]:
        """Row, title and text of articles by row, in the order of their rows."""
        select = "SELECT row, title, text FROM article WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row"
        return [(int(row), str(title), str(text)) for row, title, text in self.fetch(select, (json.dumps(list(rows)),))]

    def whole(self, rows: Iterable[int]) -> dict[int, Article]:
        """Articles by row, with their texts and their copies; one removed meanwhile is absent."""
        wanted = json.dumps([int(row) for row in rows])
        select = f"""SELECT a.row, {", ".join(f"a.{name}" for name in COLUMNS.split(", "))}, o.id FROM article a
                     LEFT JOIN article o ON o.row = a.original WHERE a.row IN (SELECT value FROM json_each(?))"""
        with self._used(), self.view():
            held = self._connection.execute(select, (wanted,)).fetchall()
            copies = self._copies(row[0] for row in held)
        return {
            row: replace(article_of(*values), also_in=copies.get(row, ()), copy_of=original or "")
            for row, *values, original in held
        }

    def rows_of(self, article_ids: Iterable[str]) -> list[int]:
        """The rows of articles by id, in their order in the library."""
        select = "SELECT row FROM article WHERE id IN (SELECT value FROM json_each(?)) ORDER BY row"
        return [int(row) for (row,) in self.fetch(select, (json.dumps(list(article_ids)),))]

    def first_passages(self, rows: Sequence[int]) -> list[tuple[int, int, bytes, bytes]]:
        """Of the first passage of articles, by the article's row: where it starts, its units' spans and vectors, packed."""
        select = """SELECT article, start, spans, vectors FROM passage
                    WHERE ordinal = 0 AND article IN (SELECT value FROM json_each(?)) ORDER BY article"""
        return [tuple(row) for row in self.fetch(select, (json.dumps(list(rows)),))]

    def copies(self, filters: Filters) -> list[tuple[int, int]]:
        """The rows of the copies that the filters admit, each with that of its original."""
        where = filters.condition or "1"
        select = f"SELECT row, original FROM article INDEXED BY article_facet WHERE original IS NOT NULL AND {where} ORDER BY row"
        with self._used():
            return [(int(row), int(original)) for row, original in self._connection.execute(select, filters.values)]

    def _copies(self, rows: Iterable[int]) -> dict[int, tuple[Article, ...]]:
        """The copies of articles, without their texts, by the row of the original."""
        columns = COLUMNS.replace("text", "''")
        select = f"""SELECT original, {columns} FROM article
                     WHERE original IN (SELECT value FROM json_each(?)) ORDER BY row"""
        found: dict[int, tuple[Article, ...]] = {}
        for original, *values in self._connection.execute(select, (json.dumps(list(rows)),)):
            found[original] = (*found.get(original, ()), article_of(*values))
        return found

    def select(self, filters: Filters) -> NDArray[np.int64]:
        """The rows of the articles that may answer, shape (articles,), in order; a copy admits its original."""
        where = filters.condition or "1"
        with self._used():
            # Of an index alone: in the table these columns stand behind the text.
            select = f"SELECT coalesce(original, row) FROM article INDEXED BY article_facet WHERE {where}"
            rows = self._connection.execute(select, filters.values).fetchall()
        return distinct(np.array(rows, dtype=np.int64).reshape(-1))

    def fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query of the caller's own reads: for the caches that are built from the library."""
        with self._used():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def view(self) -> Iterator[None]:
        """One committed state for all that this library is asked inside; other threads wait. May be nested."""
        with self._used():
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("COMMIT")

    def entry(self, article_id: str) -> Entry:
        """What is stored of an article. Raises LibraryError when it is not there."""
        with self._used(), self.view():
            article = self.article(article_id)
            select = """SELECT p.ordinal, p.start, p."end", p.heading, p.spans, p.vectors FROM passage p
                        JOIN article a ON a.row = p.article WHERE a.id = ? ORDER BY p.ordinal"""
            rows = self._connection.execute(select, (article_id,)).fetchall()
            dimension = self.manifest.dimension
        held = np.frombuffer(b"".join(row[5] for row in rows), dtype=packing.layout(dimension))
        return Entry(
            article,
            [Passage(f"{article_id}-{n}", article_id, n, a, b, article.text[a:b], h) for n, a, b, h, *_ in rows],
            [Unit(row[0], *span) for row in rows for span in packing.unpack_spans(row[4], row[1])],
            held,
        )

    def units(self, passage_id: str) -> Held:
        """What is held of a passage, see :meth:`units_of`; nothing where it is not there."""
        return self.units_of([passage_id]).get(passage_id, ([], np.empty((0, 0), dtype=np.float32)))

    def units_of(self, passage_ids: Iterable[str]) -> dict[str, Held]:
        """Spans of passages' units in their articles and their vectors, float32, shape (units, dimension): the sentences in
        order and, where there are several, the whole. By the passages' ids; one that is not there is left out."""
        parts = [(name, *name.rpartition("-")[::2]) for name in passage_ids]
        wanted = json.dumps([(name, article_id, int(ordinal)) for name, article_id, ordinal in parts])
        query = """SELECT json_extract(j.value, '$[0]'), p.start, p.spans, p.vectors FROM json_each(?) j
                   CROSS JOIN article a ON a.id = json_extract(j.value, '$[1]')
                   CROSS JOIN passage p ON p.article = a.row AND p.ordinal = json_extract(j.value, '$[2]')"""
        with self._used():
            rows = self._connection.execute(query, (wanted,)).fetchall()
            made = packing.layout(self.manifest.dimension)
        return {
            name: (packing.unpack_spans(spans, start), packing.unpack(np.frombuffer(vectors, made)))
            for name, start, spans, vectors in rows
        }

    def vectors(self, rows: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64], packing.Packed]:
        """The vectors of passages by row number: the rows that are there, ascending, how many units each has, and the vectors
        of all of them, passage after passage."""
        select = "SELECT row, units, vectors FROM passage WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row"
        with self._used():
            held = self._connection.execute(select, (json.dumps(list(rows)),)).fetchall()
            dimension = self.manifest.dimension
        there = np.array([row[:2] for row in held], dtype=np.int64).reshape(-1, 2)
        packed = np.frombuffer(b"".join(row[2] for row in held), dtype=packing.layout(dimension))
        return there[:, 0], there[:, 1], packed

    def descends(self, generation: int) -> bool:
        """True if it was in this generation once, so that a cache made of it then is its own."""
        return (
            bool(self.fetch("SELECT 1 FROM history WHERE generation = ?", (generation,)))
            or generation == self.generation
        )

    def held(self, until: int) -> int:
        """How many passages have rows up to ``until``; from the index, as a table with vectors in it is a hundred times as long."""
        select = "SELECT count(*) FROM passage INDEXED BY passage_article WHERE row <= ?"
        return int(self.fetch(select, (until,))[0][0])

    def rows(self, after: int, until: int) -> NDArray[np.int64]:
        """The rows of passages above ``after``, up to ``until``, ascending."""
        select = "SELECT row FROM passage INDEXED BY passage_article WHERE row > ? AND row <= ?"
        return np.sort(np.array(self.fetch(select, (after, until)), dtype=np.int64).reshape(-1))

    def many(self, after: int, until: int) -> int:
        """How many units these passages have."""
        select = "SELECT coalesce(sum(units), 0) FROM passage INDEXED BY passage_article WHERE row > ? AND row <= ?"
        return int(self.fetch(select, (after, until))[0][0])

    def block(self, after: int, until: int, size: int) -> list[Stored]:
        """The first ``size`` of them."""
        select = """SELECT row, article, start, "end", heading, units, vectors FROM passage
                    WHERE row > ? AND row <= ? ORDER BY row LIMIT ?"""
        return [(*row,) for row in self.fetch(select, (after, until, size))]

    def said(self, articles: Iterable[int]) -> dict[int, tuple[str, str, str, str]]:
        """Language, title, text and name or part of their file, of articles by their rows."""
        select = """SELECT row, language, title, text, coalesce(nullif(part, ''), path) FROM article
                    WHERE row IN (SELECT value FROM json_each(?))"""
        return {row: (*said,) for row, *said in self.fetch(select, (json.dumps([*articles]),))}

    def passages(self, rows: Iterable[int]) -> Mapping[int, tuple[Passage, Article]]:
        """Passages with their articles by row number; a row removed meanwhile is absent."""
        columns = ", ".join(f"a.{name}" for name in COLUMNS.split(", "))
        query = f"""SELECT p.row, a.row, p.ordinal, p.start, p."end", p.heading, {columns}
                    FROM passage p JOIN article a ON a.row = p.article
                    WHERE p.row IN (SELECT value FROM json_each(?))"""
        wanted = json.dumps([int(row) for row in rows])  # one value: SQLite bounds how many may be bound
        found: dict[int, tuple[Passage, Article]] = {}
        articles: dict[int, Article] = {}
        with self._used(), self.view():
            rows_found = self._connection.execute(query, (wanted,)).fetchall()
            copies = self._copies({row[1] for row in rows_found})
            for row, held, ordinal, start, end, heading, *values in rows_found:
                if held not in articles:
                    article = article_of(*values)
                    articles[held] = replace(article, also_in=copies[held]) if held in copies else article
                article = articles[held]
                text = article.text[start:end]
                passage = Passage(f"{article.id}-{ordinal}", article.id, ordinal, start, end, text, heading)
                found[row] = (passage, article)
        return found

    def save_to(self, path: Path) -> None:
        """Copy what is committed into a new database of one file."""
        with self._used(), _explained(path):
            copy = sqlite3.connect(path)
            try:
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()

    def save_over(self, other: Library) -> None:
        """Put what is committed in the place of all that another library holds, in one transaction of the other."""
        with self._used(), other._used():
            self._connection.backup(other._connection)

    def renew(self) -> None:
        """Give the library a generation that no cache was made for."""
        with self._used(), self._transaction():
            self._change.touch()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            self._connection.close()


class _All:
    """The claims of the only run: every file is free."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def take(self, paths: Sequence[str]) -> dict[str, str]:
        """All of them."""
        select = "SELECT DISTINCT path, hash FROM article WHERE path IN (SELECT value FROM json_each(?))"
        return dict.fromkeys(paths, "") | dict(self._library.fetch(select, (json.dumps(list(paths)),)))

    def release(self) -> None:
        """Nobody waits for them."""


@lru_cache(maxsize=8)
def _manifest(told: str) -> Manifest:
    return Manifest(**json.loads(told))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Errors of the file as LibraryError, and a text that is none, such as the name of a file with broken characters."""
    damaged = "not a whole library ({}). Move it away and index your articles again: yinju index FOLDER"
    with explained(path, LibraryError, damaged=damaged, otherwise="Run: yinju doctor"):
        try:
            yield
        except UnicodeEncodeError as error:
            raise LibraryError(
                f"{path} cannot hold {error.object[:80]!r}: it is not text. Rename the file it belongs to."
            ) from error
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            raise LibraryError(f"{path} is {damaged.format(error)}") from error
