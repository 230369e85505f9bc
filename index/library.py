"""The library: articles, passages, terms and vectors in one SQLite file, the only truth on disk."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.types import Article, Passage

FORMAT = "1"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS article (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL, date TEXT NOT NULL,
    source TEXT NOT NULL, url TEXT NOT NULL, path TEXT NOT NULL, language TEXT NOT NULL, hash TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS article_path ON article (path);
CREATE TABLE IF NOT EXISTS passage (
    row INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES article (row) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL, terms BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS passage_article ON passage (article);
CREATE TABLE IF NOT EXISTS unit (
    row INTEGER PRIMARY KEY, passage INTEGER NOT NULL REFERENCES passage (row) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS unit_passage ON unit (passage);
"""
_ARTICLE = "id, title, text, date, source, url, path, language, hash"


class LibraryError(ValueError):
    """The library cannot be opened, read or written; the message names the file and the cure."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the vectors and terms of a library were made with; another make is refused, never mixed."""

    embedder: str
    revision: str
    dimension: int
    passage_prefix: str = ""
    query_prefix: str = ""
    terms: str = lexical.TERMS_VERSION
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a passage that has a vector of its own: a sentence, two neighbours, or the whole passage."""

    passage: int
    """Ordinal of the passage in its article."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An article ready to be stored: its passages, the terms each is found by, its units and their vectors."""

    article: Article
    passages: Sequence[Passage]
    terms: Sequence[bytes]
    units: Sequence[Unit]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rows:
    """What search keeps in memory, row by row: passages and units in the order of their row numbers."""

    passages: NDArray[np.int64]
    articles: NDArray[np.int64]
    """Article row of each passage."""
    dates: tuple[str, ...]
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    terms: tuple[bytes, ...]
    units: NDArray[np.int64]
    unit_passages: NDArray[np.int64]
    """Position in ``passages`` of each unit's passage."""


class Library:
    """One library's file. Every change is one transaction; threads take turns, other processes read what is committed."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = RLock()

    @classmethod
    def open(cls, folder: Path, *, create: Manifest | None = None) -> Library:
        """Open the library in ``folder``; with ``create`` make it when it is not there. Raises LibraryError."""
        path = folder / "library.sqlite"
        if create is None and not path.is_file():
            raise LibraryError(f"There is no library at {path}. Make one: yinju index FOLDER")
        with _explained(path):
            if create is not None:
                folder.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
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
        if create is not None:
            execute("PRAGMA journal_mode = WAL")
            execute("PRAGMA synchronous = FULL")
            with self._transaction():
                for statement in _SCHEMA.split(";"):
                    execute(statement)
                execute("INSERT OR IGNORE INTO meta VALUES ('manifest', ?)", (json.dumps(asdict(create)),))
                execute("INSERT OR IGNORE INTO meta VALUES ('generation', '0')")
        self._connection.execute("SELECT row FROM unit LIMIT 1")

    @property
    def manifest(self) -> Manifest:
        """What this library was made with. Raises LibraryError when it is not readable."""
        with self._used():
            row = self._connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()
        try:
            return Manifest(**json.loads(row[0]))
        except (TypeError, ValueError) as error:
            raise LibraryError(
                f"{self.path} does not say in a way this version reads what it was made with. Move it away and index "
                "your articles again: yinju index FOLDER"
            ) from error

    def require(self, wanted: Manifest) -> None:
        """Refuse a library whose vectors or terms were made with something else."""
        have = self.manifest
        if have == wanted:
            return
        name = self.path.parent.name
        raise LibraryError(
            f"The library {self.path} was made with the embedder {have.embedder!r} ({have.revision}, {have.dimension} "
            f"dimensions, terms {have.terms}), but {wanted.embedder!r} ({wanted.revision}, {wanted.dimension}, terms "
            f"{wanted.terms}) is in use. Choose the same embedder (YINJU_EMBEDDER), or index again into a new library: "
            f"yinju index PATH --library {name}-new"
        )

    @property
    def generation(self) -> int:
        """Grows with every change and is never used twice, not even by a library made anew; caches carry it."""
        with self._used():
            row = self._connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
            return int(row[0])

    @contextmanager
    def _used(self) -> Iterator[None]:
        with self._lock, _explained(self.path):
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _changed(self) -> None:
        # The clock keeps a cache from matching another library, or a restored copy, that happens to count as far.
        update = "UPDATE meta SET value = max(value + 1, ?) WHERE key = 'generation'"
        self._connection.execute(update, (time.time_ns(),))

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each indexed file by its path."""
        with self._used():
            return dict(self._connection.execute("SELECT DISTINCT path, hash FROM article"))

    def replace(self, path: str, entries: Sequence[Entry]) -> None:
        """Put a file's articles in the place of what the library held of it, all or nothing."""
        with self._used(), self._transaction():
            self._connection.execute("DELETE FROM article WHERE path = ?", (path,))
            for entry in entries:
                self._insert(entry)
            self._changed()

    def _insert(self, entry: Entry) -> None:
        execute = self._connection.execute
        a = entry.article
        values = (a.id, a.title, a.text, a.date, a.source, a.url, a.path, a.language, a.hash)
        article = execute(f"INSERT INTO article ({_ARTICLE}) VALUES (?,?,?,?,?,?,?,?,?)", values).lastrowid
        rows = [
            execute(
                'INSERT INTO passage (article, ordinal, start, "end", heading, terms) VALUES (?,?,?,?,?,?)',
                (article, p.ordinal, p.start, p.end, p.heading, terms),
            ).lastrowid
            for p, terms in zip(entry.passages, entry.terms, strict=True)
        ]
        vectors = np.ascontiguousarray(entry.vectors, dtype="<f2")
        self._connection.executemany(
            'INSERT INTO unit (passage, start, "end", vector) VALUES (?,?,?,?)',
            [(rows[u.passage], u.start, u.end, v.tobytes()) for u, v in zip(entry.units, vectors, strict=True)],
        )

    def remove(self, article_ids: Iterable[str]) -> int:
        """Remove articles by id; how many there were."""
        with self._used(), self._transaction():
            count = sum(
                self._connection.execute("DELETE FROM article WHERE id = ?", (article_id,)).rowcount
                for article_id in article_ids
            )
            if count:
                self._changed()
            return count

    def counts(self) -> dict[str, int]:
        """How many articles, passages and units there are."""
        with self._used():
            return {
                f"{table}s": int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for table in ("article", "passage", "unit")
            }

    def articles(self) -> list[Article]:
        """Every article without its text, newest first."""
        with self._used():
            select = f"SELECT {_ARTICLE.replace('text', chr(39) * 2)} FROM article ORDER BY date DESC, row"
            return [Article(*row) for row in self._connection.execute(select)]

    def article(self, article_id: str) -> Article:
        """One article, whole. Raises LibraryError when it is not there."""
        with self._used():
            row = self._connection.execute(f"SELECT {_ARTICLE} FROM article WHERE id = ?", (article_id,)).fetchone()
        if row is None:
            raise LibraryError(f"There is no article {article_id} in {self.path}. See: yinju articles list")
        return Article(*row)

    def rows(self) -> tuple[int, Rows]:
        """The generation and what search needs of it, read in one consistent view."""
        with self._used(), self._view():
            return self.generation, self._rows()

    @contextmanager
    def _view(self) -> Iterator[None]:
        """One committed state for all that is read inside."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

    def _rows(self) -> Rows:
        query = """SELECT passage.row, article, date, source, language, terms
                   FROM passage JOIN article ON article.row = passage.article ORDER BY passage.row"""
        passages = self._connection.execute(query).fetchall()
        units = self._connection.execute("SELECT row, passage FROM unit ORDER BY row").fetchall()
        table = np.array(units, dtype=np.int64).reshape(-1, 2)
        columns = list(zip(*passages, strict=True)) or [()] * 6
        numbers = np.array(columns[0], dtype=np.int64)
        return Rows(
            passages=numbers,
            articles=np.array(columns[1], dtype=np.int64),
            dates=columns[2],
            sources=columns[3],
            languages=columns[4],
            terms=columns[5],
            units=table[:, 0],
            unit_passages=np.searchsorted(numbers, table[:, 1]),
        )

    def vectors(self) -> tuple[int, NDArray[np.float32]]:
        """The generation and its vectors of all units in the order of their rows, float32, shape (units, dimension)."""
        with self._used(), self._view():
            generation = self.generation
            blobs = [row[0] for row in self._connection.execute("SELECT vector FROM unit ORDER BY row")]
        flat = np.frombuffer(b"".join(blobs), dtype="<f2")
        return generation, flat.reshape(len(blobs), self.manifest.dimension).astype(np.float32)

    def units(self, passage_id: str) -> tuple[list[tuple[int, int]], NDArray[np.float32]]:
        """Spans of a passage's units in its article and their vectors, float32, shape (units, dimension)."""
        article_id, _, ordinal = passage_id.rpartition("-")
        query = """SELECT u.start, u."end", u.vector FROM unit u JOIN passage p ON p.row = u.passage
                   JOIN article a ON a.row = p.article WHERE a.id = ? AND p.ordinal = ? ORDER BY u.row"""
        with self._used():
            rows = self._connection.execute(query, (article_id, int(ordinal))).fetchall()
        vectors = np.frombuffer(b"".join(row[2] for row in rows), dtype="<f2").astype(np.float32)
        return [(row[0], row[1]) for row in rows], vectors.reshape(len(rows), -1 if rows else 0)

    def passages(self, rows: Iterable[int]) -> Mapping[int, tuple[Passage, Article]]:
        """Passages with their articles by row number; a row removed meanwhile is absent."""
        columns = ", ".join(f"a.{name}" for name in _ARTICLE.split(", "))
        query = f"""SELECT p.row, p.ordinal, p.start, p."end", p.heading, {columns}
                    FROM passage p JOIN article a ON a.row = p.article
                    WHERE p.row IN (SELECT value FROM json_each(?))"""
        wanted = json.dumps([int(row) for row in rows])  # one value: SQLite bounds how many may be bound
        found: dict[int, tuple[Passage, Article]] = {}
        articles: dict[str, Article] = {}
        with self._used():
            for row, ordinal, start, end, heading, *values in self._connection.execute(query, (wanted,)):
                article = articles.setdefault(values[0], Article(*values))
                text = article.text[start:end]
                passage = Passage(f"{article.id}-{ordinal}", article.id, ordinal, start, end, text, heading)
                found[row] = (passage, article)
        return found

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as what happened and what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LibraryError(f"{path}: {error}. {_cure(str(error))}") from error
    except OSError as error:
        raise LibraryError(f"{path}: {error.strerror}. {_cure('unable to open')}") from error
    except UnicodeEncodeError as error:
        raise LibraryError(
            f"{path} cannot hold {error.object[:80]!r}: it is not text. Rename the file it belongs to."
        ) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # a wrong use of SQLite says nothing about the file
        raise LibraryError(
            f"{path} is not a whole library ({error}). Move it away and index your articles again: yinju index FOLDER"
        ) from error


def _cure(message: str) -> str:
    if "full" in message or "disk I/O" in message:
        return "Free some space and try again; what was committed before is still there."
    if "readonly" in message or "unable to open" in message:
        return "Choose a folder that can be written: yinju --home FOLDER, or YINJU_HOME"
    if "locked" in message:
        return "Another yinju is writing; try again when it is done."
    if "no such table" in message:
        return "It is not a whole library. Move it away and index your articles again: yinju index FOLDER"
    return "Run: yinju doctor"
