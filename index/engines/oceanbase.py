"""A library on OceanBase (or seekdb): all of its SQL. Writers take turns to commit; readers see what is committed."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Event, Thread, local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import duplicates, packing, rescoring, schema
from index.blocks import Stored, found_by, name_of
from index.engines.copied import Copied
from index.engines.proposals import Among, Candidate, Found, Snapshot, State
from index.engines.sessions import Address, Sessions
from index.filters import Filters, nfc, on_path
from index.mentions import fold
from index.proposing import Proposing
from index.rescoring import Statistics
from index.store import Claims, Entry, Held, LibraryError, Manifest, Prepare, Rows, Unit, require
from index.storing import COLUMNS, article_of
from index.text.speech import spoken
from index.types import Article, Passage

DIMENSIONS = 499_979
"""A sparse index takes 500,000 dimensions: the numbers of terms are folded into so many, and exact counts mend what collides."""

COMPARED = 20
"""Articles that a new one is compared with at most, see :mod:`index.storing`."""

AT_ONCE = 2_000
"""Passages whose terms are read at once, some 10 MB."""

WAITING = 2_000
"""Units that wait to be inserted at most, 4 MB; and articles, as copies have no units."""

PLACE = 15
"""Where the file stands in a row that waits to be an article."""

PART = 4 << 20
"""Bytes of a snapshot in a row: a server takes no more than 16 MB in one statement unless it is told to."""

VERSION = "6"

CHECKED = "yinju_check_"
"""What the tables begin with that :mod:`index.engines.examining` makes and removes."""

SCANNED = 4_096
"""Up to so many units the server goes through all of them, in 15 ms, and builds no indexes of vectors."""

REBUILT = 0.2
"""So much of a library may have come or gone before its indexes of vectors are built anew."""

LATE = 1_000
"""Passages that may have come or gone at least: what came later a search goes through, 7 ms of so many."""

PULSE, SILENT = 10.0, 60
"""Seconds between two times that a run says it lives, and those after which one that has not said so is over."""

INDEXES = {
    "unit_vector": ("unit", "vector", "distance=inner_product, type=hnsw_sq, lib=vsag, m=16, ef_construction=64"),
    "passage_weights": ("passage", "weights", "distance=inner_product, type=sindi, lib=vsag"),
}
"""The indexes of vectors: of which table, of which column, and how. With 64 instead of the server's 200 a vector takes half the time,
and the nearest 600 hold .98 to .99 of the exact ones. Tables are made without them: rows that are there already are indexed for less
time than it takes to keep an index up with each of them, and a search of one that was just built takes a tenth."""

STEPS = {
    "0": """
CREATE TABLE IF NOT EXISTS article (
    number BIGINT PRIMARY KEY, id VARCHAR(190) NOT NULL, title MEDIUMTEXT NOT NULL, text LONGTEXT NOT NULL,
    date VARCHAR(10) NOT NULL, source MEDIUMTEXT NOT NULL, url MEDIUMTEXT NOT NULL, path MEDIUMTEXT NOT NULL,
    language VARCHAR(8) NOT NULL, hash VARCHAR(64) NOT NULL, part MEDIUMTEXT NOT NULL, pages MEDIUMTEXT NOT NULL,
    checksum VARCHAR(64) NOT NULL, original BIGINT, file VARCHAR(64) NOT NULL, source_folded MEDIUMTEXT NOT NULL,
    path_nfc MEDIUMTEXT NOT NULL, folded LONGTEXT NOT NULL,
    UNIQUE KEY article_id (id), KEY article_file (file), KEY article_original (original))
    DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS passage (
    number BIGINT PRIMARY KEY, article BIGINT NOT NULL, ordinal INT NOT NULL, start INT NOT NULL, stop INT NOT NULL,
    heading MEDIUMTEXT NOT NULL, language VARCHAR(8) NOT NULL, units INT NOT NULL, spans MEDIUMBLOB NOT NULL,
    vectors LONGBLOB NOT NULL, terms MEDIUMBLOB NOT NULL, weights SPARSEVECTOR,
    KEY passage_article (article, ordinal), KEY passage_language (language))
    DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS unit (
    passage BIGINT NOT NULL, place INT NOT NULL, article BIGINT NOT NULL, language VARCHAR(8) NOT NULL,
    vector VECTOR(%(dimension)d), PRIMARY KEY (passage, place), KEY unit_article (article))
    DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS band (
    hash BIGINT NOT NULL, article BIGINT NOT NULL, PRIMARY KEY (hash, article), KEY band_article (article));
CREATE TABLE IF NOT EXISTS root (file VARCHAR(64) PRIMARY KEY, path MEDIUMTEXT NOT NULL)
    DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS snapshot (churn BIGINT NOT NULL, part INT NOT NULL, data LONGBLOB NOT NULL, PRIMARY KEY (churn, part));
CREATE TABLE IF NOT EXISTS state (
    one INT PRIMARY KEY, generation BIGINT NOT NULL, churn BIGINT NOT NULL, articles BIGINT NOT NULL, passages BIGINT NOT NULL,
    units BIGINT NOT NULL, terms BIGINT NOT NULL, article BIGINT NOT NULL, passage BIGINT NOT NULL);
""",
    "1": """
CREATE TABLE IF NOT EXISTS run (number BIGINT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS lease (file VARCHAR(64) PRIMARY KEY, run BIGINT NOT NULL, KEY lease_run (run));
""",
    "2": "INSERT IGNORE INTO meta SELECT 'built', '1' FROM state WHERE passages > 0",
    "3": "CREATE TABLE IF NOT EXISTS history (generation BIGINT PRIMARY KEY)",
    "4": "CREATE TABLE IF NOT EXISTS pulse (run BIGINT PRIMARY KEY, at BIGINT NOT NULL)",
    "5": """
ALTER TABLE article ADD COLUMN issue MEDIUMTEXT NOT NULL;
UPDATE meta SET value = replace(value, '"format": "3"', '"format": "4"') WHERE name = 'manifest';
""",
}
"""What makes a library of each version one of the next, in statements that may be run again. A file, which may be longer than a
key, is known by the digest of its path. ``folded`` is the text as mentions are looked for in it; ``weights`` are the terms of a
passage as the sparse index takes them, ``terms`` the same exactly. ``state`` is one row, which writers lock before all else: it
counts what there is, and ``article`` and ``passage`` are the last numbers that were given. ``lease`` tells which run of indexing is
at a file; a run holds its row of ``run`` locked as long as it lasts, and the server lets go of the lock when it dies. A server that
was killed may not: it plays the lock back with no session to end it, so that a run also says in ``pulse`` that it lives. Up to version 2
tables were made with the indexes of vectors; since then ``built`` in ``meta`` tells how far the library was when they were built. ``history`` has
the generations that were committed: a reader's copy of another one is of another library, or of a state that a restored backup lacks. ``source_folded`` is an article's source and issue."""

_ARTICLE = ", ".join(f"a.{name}" for name in COLUMNS.split(", "))
_BARE = _ARTICLE.replace("a.text", "''")

_CONDITIONS = {
    "since": "(date <> '' AND substr(date, 1, char_length(%(since)s)) >= substr(%(since)s, 1, char_length(date)))",
    "until": "(date <> '' AND substr(date, 1, char_length(%(until)s)) <= %(until)s)",
    "source": "instr(source_folded, %(source)s) > 0",
    "language": "language = %(language)s",
    "path": "instr(path_nfc, %(path)s) > 0",
}
"""What :mod:`index.filters` asks, but for the path: of that here only its longest part without a pattern."""


@dataclass(slots=True)
class _Counters:
    """The row of ``state``, while it is changed."""

    generation: int
    churn: int
    articles: int
    passages: int
    units: int
    terms: int
    article: int
    passage: int

    @property
    def mean(self) -> float:
        """Terms of a passage, of all that were ever put in."""
        return self.terms / max(self.passage, 1) or 1.0


_WILD = re.compile(r"[*?]|\[\^?\]?[^\]]*\]?")

_COUNTERS = "generation, churn, articles, passages, units, terms, article, passage"


@dataclass(slots=True)
class _Waiting:
    """Rows of a change that are still to be inserted: many in one statement take a quarter of the time."""

    articles: list[Sequence[object]] = field(default_factory=list)
    passages: list[Sequence[object]] = field(default_factory=list)
    units: list[Sequence[object]] = field(default_factory=list)
    said: dict[int, Article] = field(default_factory=dict)
    """Those of the articles that are no copies, by their rows."""
    bands: dict[int, list[int]] = field(default_factory=dict)
    """Their rows by what copies of them are looked up by."""

    def full(self) -> bool:
        """Whether there are enough to insert them."""
        return len(self.units) > WAITING or len(self.articles) > WAITING

    def alike(self, keys: Iterable[int]) -> list[tuple[int, int]]:
        """How much each of the articles shares, and its row."""
        shared = Counter(row for key in keys for row in self.bands.get(key, ()))
        return [(many, row) for row, many in shared.items()]


class _Mine(local):
    """What this thread is changing."""

    counters: _Counters

    def __init__(self) -> None:
        self.waiting = _Waiting()


class ServerLibrary:
    """A library in a database of its own. Threads and processes may read and write it at once."""

    far = True
    """What is not in the server's memory takes it .1 ms a passage."""

    def __init__(self, sessions: Sessions, name: str) -> None:
        self.name = name
        self._sessions = sessions
        self._mine = _Mine()
        self._made: Manifest | None = None

    @classmethod
    def open(cls, address: Address, name: str = "default", *, create: Manifest | None = None) -> ServerLibrary:
        """Open the library at an address; with ``create`` make it when it is not there. Raises LibraryError."""
        library = cls(Sessions(address), name)
        try:
            library._prepare(create)
        except BaseException:
            library.close()
            raise
        return library

    def _prepare(self, create: Manifest | None) -> None:
        tables = "SELECT lower(table_name) FROM information_schema.tables WHERE table_schema = database()"
        there = {name for (name,) in self._query(tables) if not name.startswith(CHECKED)}
        if there and "meta" not in there:
            raise LibraryError(
                f"{self.place} holds tables that are no library's ({', '.join(sorted(there)[:3])}). Name an empty database."
            )
        have = self._meta("version") if there else None
        if have is None and create is None:
            raise LibraryError(f"There is no library at {self.place}. Make one: yinju index FOLDER")
        if have is not None and (not have.isdecimal() or int(have) > int(VERSION)):
            raise LibraryError(f"{self.place} was made by a newer Yinju (version {have}). Install the newest Yinju.")
        if have != VERSION:
            self.migrate(have or "0", create)

    def migrate(self, have: str, create: Manifest | None) -> None:
        """Bring the tables to this version. Two that do so at once run the same statements, which change nothing twice."""
        self._query("CREATE TABLE IF NOT EXISTS meta (name VARCHAR(64) PRIMARY KEY, value MEDIUMTEXT NOT NULL)")
        if create is not None:
            self._query("INSERT IGNORE INTO meta VALUES ('manifest', %s)", (json.dumps(asdict(create)),))
        while have != VERSION:
            for statement in (STEPS[have] % {"dimension": self.manifest.dimension}).split(";"):
                if statement.strip():
                    self._sessions.once(statement)
            have = str(int(have) + 1)
        self._made = None  # a step may have changed what it says of its format
        # From the clock on, so that no generation is that of another library that was here before.
        self._query("INSERT IGNORE INTO state VALUES (1, %s, 0, 0, 0, 0, 0, 0, 0)", (time.time_ns(),))
        self._query("REPLACE INTO meta VALUES ('version', %s)", (VERSION,))

    def _meta(self, name: str) -> str | None:
        row = self._query("SELECT value FROM meta WHERE name = %s", (name,))
        return str(row[0][0]) if row else None

    @property
    def place(self) -> str:
        """Its address, without the password."""
        return str(self._sessions.address)

    @property
    def manifest(self) -> Manifest:
        """What this library was made with."""
        if self._made is None:
            try:
                self._made = Manifest(**json.loads(self._meta("manifest") or ""))
            except (TypeError, ValueError) as error:
                raise LibraryError(
                    f"{self.place} does not say what it was made with: name an empty database"
                ) from error
        return self._made

    def require(self, wanted: Manifest) -> None:
        """Refuse a library whose vectors were made with something else."""
        require(self.manifest, wanted, self.place, self.name)

    @property
    def generation(self) -> int:
        """Another one after every change, never used twice."""
        return self.state().generation

    def state(self) -> State:
        """How far the library is."""
        built = "(SELECT value FROM meta WHERE name = 'built') > ''"
        row = self._query(f"SELECT generation, churn, articles, passages, units, coalesce({built}, 0) FROM state")[0]
        return State(*(*row[:-1], row[-1] == 1))

    def view(self) -> AbstractContextManager[None]:
        """One committed state for all that this library is asked inside. May be nested."""
        return self._sessions.view()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is changed inside is committed at the end, all or nothing; other writers wait."""
        with self._sessions.change() as outermost:
            if not outermost:
                yield
                return
            counters = _Counters(*self._query(f"SELECT {_COUNTERS} FROM state FOR UPDATE")[0])
            self._mine.counters, before = counters, counters.generation
            try:
                yield
                self._flush()
                if counters.generation != before:  # the clock: none is given again where a backup was restored
                    counters.generation = max(counters.generation, time.time_ns())
                    self._query("INSERT INTO history VALUES (%s)", (counters.generation,))
                values = [getattr(counters, name) for name in _COUNTERS.split(", ")]
                self._query(f"UPDATE state SET {_COUNTERS.replace(',', ' = %s,')} = %s", values)
            finally:
                del self._mine.counters
                self._mine.waiting = _Waiting()

    def _flush(self) -> None:
        """Insert the rows that wait."""
        held, self._mine.waiting = self._mine.waiting, _Waiting()
        insert = f"""INSERT INTO article (number, {COLUMNS}, checksum, original, file, source_folded, path_nfc, folded)
                     VALUES ({", ".join(["%s"] * 19)})"""
        many = self._sessions.many
        many(insert, held.articles)
        many("INSERT INTO band VALUES (%s, %s)", [(key, row) for key, rows in held.bands.items() for row in rows])
        many(f"INSERT INTO passage VALUES ({', '.join(['%s'] * 12)})", held.passages)
        many("INSERT INTO unit VALUES (%s, %s, %s, %s, %s)", held.units)

    def _query(self, text: str, values: Sequence[object] | dict[str, str] = ()) -> list[tuple[Any, ...]]:
        """What a statement gives back, which sees all that this thread has changed."""
        self._flush()
        return self._sessions.query(text, values)

    def _indexed(self, text: str, values: Sequence[object]) -> list[tuple[Any, ...]] | None:
        """The same of a statement that names an index; None where it was built since the view was opened."""
        self._flush()
        return self._sessions.indexed(text, values)

    def proposing(self, cache: Path) -> Proposing:
        """What finds passages in it; a copy for readers lies in ``cache``."""
        return Copied(self, cache)

    def close(self) -> None:
        """Close the sessions."""
        self._sessions.close()

    # --- what is there ------------------------------------------------------------------------------------------------

    @contextmanager
    def claims(self) -> Iterator[Claims]:
        """A run of indexing beside others, as long as it lasts."""
        number = time.time_ns() + secrets.randbelow(1 << 20)
        self._query("INSERT INTO run VALUES (%s)", (number,))
        with self._sessions.holding("SELECT number FROM run WHERE number = %s FOR UPDATE", (number,)):
            leases = _Leases(self._sessions, number)
            leases.live()
            over = Event()
            pulse = Thread(target=leases.go_on, args=(over,), daemon=True)
            pulse.start()
            try:
                yield leases
            finally:
                over.set()
                pulse.join()
                leases.release()
        for table, name in (("run", "number"), ("pulse", "run")):
            self._query(f"DELETE FROM {table} WHERE {name} = %s", (number,))

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each indexed file by its path."""
        return dict(self._query("SELECT DISTINCT path, hash FROM article"))

    def roots(self) -> list[str]:
        """The folders that were indexed, by name."""
        return sorted(path for (path,) in self._query("SELECT path FROM root"))

    def set_roots(self, add: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
        """Remember folders, or forget them."""
        with self.together():
            self._sessions.many("INSERT IGNORE INTO root VALUES (%s, %s)", [(_file(path), path) for path in add])
            for path in drop:
                self._query("DELETE FROM root WHERE file = %s", (_file(path),))

    def of_file(self, path: str) -> list[Article]:
        """A file's articles, whole, in their order."""
        select = f"SELECT {_ARTICLE} FROM article a WHERE file = %s ORDER BY number"
        return [article_of(*row) for row in self._query(select, (_file(path),))]

    def counts(self) -> dict[str, int]:
        """How many articles, passages and units there are."""
        state = self.state()
        return {"articles": state.articles, "passages": state.passages, "units": state.units}

    def passages_of(self, article_ids: Iterable[str]) -> int:
        """How many passages these articles have."""
        rows = self.rows_of(article_ids)
        return int(self._query(f"SELECT count(*) FROM passage WHERE article IN {_in(rows)}")[0][0]) if rows else 0

    def articles(self, filters: Filters | None = None) -> list[Article]:
        """The articles without their texts, newest first, copies among them."""
        with self.view():
            where = "1" if not filters or not filters.condition else ""
            rows = [] if where else [row for row, _ in self._admitted(filters or Filters())]
            if not where and not rows:
                return []
            select = f"""SELECT {_BARE}, o.id FROM article a LEFT JOIN article o ON o.number = a.original
                         WHERE {where or f"a.number IN {_in(rows)}"} ORDER BY a.date DESC, a.number"""
            return [replace(article_of(*values), copy_of=held or "") for *values, held in self._query(select)]

    def issues(self) -> list[str]:
        """The issues of bulletins that articles stand in, as their mastheads have them, in order."""
        return sorted({str(issue) for (issue,) in self._query("SELECT DISTINCT issue FROM article WHERE issue <> ''")})

    def article(self, article_id: str) -> Article:
        """One article, whole, with its copies. Raises LibraryError when it is not there."""
        with self.view():
            found = self._query(f"SELECT number, {_ARTICLE} FROM article a WHERE id = %s", (article_id,))
            if not found:
                raise LibraryError(f"There is no article {article_id} in {self.place}. See: yinju articles list")
            number, *values = found[0]
            return replace(article_of(*values), also_in=self._copies([number]).get(number, ()))

    def texts(self, rows: Sequence[int]) -> list[tuple[int, str, str]]:
        """Row, title and text of articles by row, in the order of their rows."""
        select = f"SELECT number, title, text FROM article WHERE number IN {_in(rows)} ORDER BY number"
        return [tuple(row) for row in self._query(select)] if rows else []

    def whole(self, rows: Iterable[int]) -> dict[int, Article]:
        """Articles by row, with their texts and their copies; one removed meanwhile is absent."""
        if not (wanted := [int(row) for row in rows]):
            return {}
        select = f"""SELECT a.number, {_ARTICLE}, o.id FROM article a LEFT JOIN article o ON o.number = a.original
                     WHERE a.number IN {_in(wanted)}"""
        with self.view():
            held = self._query(select)
            copies = self._copies(row[0] for row in held)
        return {
            row: replace(article_of(*values), also_in=copies.get(row, ()), copy_of=original or "")
            for row, *values, original in held
        }

    def rows_of(self, article_ids: Iterable[str]) -> list[int]:
        """The rows of articles by id, in their order in the library."""
        if not (ids := list(article_ids)):
            return []
        marks = ", ".join(["%s"] * len(ids))
        return [row for (row,) in self._query(f"SELECT number FROM article WHERE id IN ({marks}) ORDER BY number", ids)]

    def first_passages(self, rows: Sequence[int]) -> list[tuple[int, int, bytes, bytes]]:
        """Of the first passage of articles, by the article's row: where it starts, its units' spans and vectors, packed."""
        select = f"""SELECT article, start, spans, vectors FROM passage
                     WHERE ordinal = 0 AND article IN {_in(rows)} ORDER BY article"""
        return [tuple(row) for row in self._query(select)] if len(rows) else []

    def _copies(self, rows: Iterable[int]) -> dict[int, tuple[Article, ...]]:
        """The copies of articles, without their texts, by the row of the original."""
        found: dict[int, tuple[Article, ...]] = {}
        if wanted := list(rows):
            select = f"SELECT original, {_BARE} FROM article a WHERE original IN {_in(wanted)} ORDER BY number"
            for original, *values in self._query(select):
                found[original] = (*found.get(original, ()), article_of(*values))
        return found

    def _admitted(self, filters: Filters) -> list[Found]:
        """The rows of the articles that the filters admit, in order, each with that of its original or its own."""
        values = dict(filters.values)
        pattern = values.pop("path", "")
        if "source" in values:
            values["source"] = values["source"].casefold()
        told = values | ({"path": _literal(pattern)} if pattern else {})
        where = " AND ".join(_CONDITIONS[name] for name in told) or "1"
        path = "path_nfc" if pattern else "''"
        select = f"SELECT number, coalesce(original, number), {path} FROM article WHERE {where} ORDER BY number"
        found = self._query(select, told)
        kept = on_path([row[2] for row in found], pattern) if pattern else [True] * len(found)
        return [(row[0], row[1]) for row, keep in zip(found, kept, strict=True) if keep]

    def copies(self, filters: Filters) -> list[tuple[int, int]]:
        """The rows of the copies that the filters admit, each with that of its original."""
        return [(row, original) for row, original in self._admitted(filters) if row != original]

    def select(self, filters: Filters) -> Rows:
        """The rows of the articles that may answer, shape (articles,), in order; a copy admits its original."""
        return np.unique(np.array([original for _, original in self._admitted(filters)], dtype=np.int64))

    def passages(self, rows: Iterable[int]) -> Mapping[int, tuple[Passage, Article]]:
        """Passages with their articles by row number; a row removed meanwhile is absent."""
        if not (wanted := [int(row) for row in rows]):
            return {}
        select = f"SELECT number, article, ordinal, start, stop, heading FROM passage WHERE number IN {_in(wanted)}"
        with self.view():
            held = self._query(select)
            articles = self.whole({row[1] for row in held})
        found: dict[int, tuple[Passage, Article]] = {}
        for row, at, ordinal, start, stop, heading in held:
            article = articles[at]
            passage = Passage(
                f"{article.id}-{ordinal}", article.id, ordinal, start, stop, article.text[start:stop], heading
            )
            found[row] = (passage, article)
        return found

    def entry(self, article_id: str) -> Entry:
        """What is stored of an article. Raises LibraryError when it is not there."""
        select = """SELECT p.ordinal, p.start, p.stop, p.heading, p.spans, p.vectors FROM passage p
                    JOIN article a ON a.number = p.article WHERE a.id = %s ORDER BY p.ordinal"""
        with self.view():
            article = self.article(article_id)
            rows = self._query(select, (article_id,))
        held = np.frombuffer(b"".join(row[5] for row in rows), dtype=packing.layout(self.manifest.dimension))
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
        """Spans of passages' units in their articles and their vectors, float32, shape (units, dimension), by their ids."""
        parts = [(article, int(ordinal)) for article, _, ordinal in (name.rpartition("-") for name in passage_ids)]
        if not parts:
            return {}
        marks = ", ".join(["(%s, %s)"] * len(parts))
        select = f"""SELECT a.id, p.ordinal, p.start, p.spans, p.vectors FROM article a
                     JOIN passage p ON p.article = a.number WHERE (a.id, p.ordinal) IN ({marks})"""
        rows = self._query(select, [value for part in parts for value in part])
        made = packing.layout(self.manifest.dimension)
        held = {
            f"{article}-{ordinal}": (
                packing.unpack_spans(spans, start),
                packing.unpack(np.frombuffer(vectors, made)),
            )
            for article, ordinal, start, spans, vectors in rows
        }
        return {name: held[name] for name in (f"{article}-{ordinal}" for article, ordinal in parts) if name in held}

    # --- what is changed ----------------------------------------------------------------------------------------------

    def original(self, article: Article, *, besides: str = "") -> Article | None:
        """The article of which this one is a copy, if there is one, not counting those of the file ``besides``."""
        found = self._original(article, besides)
        return found[1] if found else None

    def _original(self, article: Article, besides: str = "", bands: Sequence[int] = ()) -> tuple[int, Article] | None:
        keys = sorted({*(bands or duplicates.bands(article.text))})
        if not keys:
            return None
        select = f"""SELECT b.shared, a.number, {_ARTICLE} FROM article a JOIN
                     (SELECT article, count(*) AS shared FROM band WHERE hash IN {_in(keys)}
                      GROUP BY article ORDER BY shared DESC, article LIMIT {COMPARED}) b ON b.article = a.number"""
        waiting = self._mine.waiting
        alike = [(shared, row, article_of(*values)) for shared, row, *values in self._sessions.query(select)]
        alike += [(shared, row, waiting.said[row]) for shared, row in waiting.alike(keys)]
        for _, row, candidate in sorted(alike, key=lambda one: (-one[0], one[1]))[:COMPARED]:
            if candidate.path != (besides or None) and duplicates.is_copy(article, candidate):
                return row, candidate
        return None

    def replace(
        self,
        path: str,
        entries: Sequence[Entry | Article],
        *,
        moved_from: str = "",
        kept: Mapping[str, Article] | None = None,
        prepare: Prepare | None = None,
    ) -> int:
        """Put a file's articles in the place of what the library held of it, all or nothing; see :class:`index.store.Store`."""
        with self.together():
            had = self._of_files(path, moved_from or path)
            kept = {id_: article for id_, article in (kept or {}).items() if id_ in had}
            widowed = self._delete([row for id_, row in had.items() if id_ not in kept])
            self._rename({had[id_]: article for id_, article in kept.items()})
            copies = sum(self._store(entry, prepare) for entry in entries)
            self._settle(widowed, prepare)
            self._mine.counters.generation += 1
            return copies

    def _of_files(self, *paths: str) -> dict[str, int]:
        """The rows of files' articles by their ids."""
        files = [_file(path) for path in paths]
        if any(row[PLACE] in files for row in self._mine.waiting.articles):
            self._flush()
        select = f"SELECT id, number FROM article WHERE file IN ({', '.join(['%s'] * len(files))})"
        return dict(self._sessions.query(select, files))

    def remove(self, article_ids: Iterable[str], *, prepare: Prepare | None = None) -> int:
        """Remove articles by id; how many there were. ``prepare`` is for a copy that takes the place of its original."""
        with self.together():
            found = self.rows_of(article_ids)
            if found:
                self._settle(self._delete(found), prepare)
                self._mine.counters.generation += 1
            return len(found)

    def _delete(self, rows: Sequence[int]) -> list[int]:
        """Delete articles; the rows of those that were copies of one of them and stay."""
        if not rows:
            return []
        gone, counters = _in(rows), self._mine.counters
        select = f"SELECT number FROM article WHERE original IN {gone} AND number NOT IN {gone} ORDER BY number"
        left = [row for (row,) in self._query(select)]
        ((passages, units),) = self._query(
            f"SELECT count(*), coalesce(sum(units), 0) FROM passage WHERE article IN {gone}"
        )
        for table, column in (("unit", "article"), ("passage", "article"), ("band", "article"), ("article", "number")):
            self._query(f"DELETE FROM {table} WHERE {column} IN {gone}")
        counters.articles -= len(rows)
        counters.passages -= int(passages)
        counters.units -= int(units)
        counters.churn += int(passages)
        return left

    def _rename(self, articles: Mapping[int, Article]) -> None:
        """What kept articles are called now; in two steps, as one may take the id that another gives up."""
        before = {row: article.part or article.path for row, article in self.whole(articles).items()}
        for row in articles:
            self._query("UPDATE article SET id = concat('~', number) WHERE number = %s", (row,))
        update = """UPDATE article SET id = %s, path = %s, hash = %s, part = %s, pages = %s, file = %s, path_nfc = %s
                    WHERE number = %s"""
        for row, a in articles.items():
            pages = " ".join(map(str, a.pages))
            self._query(update, (a.id, a.path, a.hash, a.part, pages, _file(a.path), nfc(a.path), row))
            if name_of(before[row]) != name_of(a.part or a.path):
                self._reword(row, a.part or a.path)

    def _reword(self, row: int, name: str) -> None:
        """Count the terms of an article's passages again: what its file is called is among them."""
        ((title, text),) = self._query("SELECT title, text FROM article WHERE number = %s", (row,))
        select = "SELECT number, start, stop, heading FROM passage WHERE article = %s"
        rows = self._query(select, (row,))
        packed = rescoring.pack_terms([found_by(title, heading, text[a:b], name) for _, a, b, heading in rows])
        counters = self._mine.counters
        for (number, *_), terms in zip(rows, packed, strict=True):
            counters.passage += 1  # another number: to a reader's copy it is another passage
            counters.terms += rescoring.unpack_terms(terms)[0]
            counters.churn += 1
            update = "UPDATE passage SET number = %s, terms = %s, weights = %s WHERE number = %s"
            self._query(update, (counters.passage, terms, self._weights(terms), number))
            self._query("UPDATE unit SET passage = %s WHERE passage = %s", (counters.passage, number))

    def _store(self, entry: Entry | Article, prepare: Prepare | None) -> bool:
        """Store an article that is new; whether it is a copy."""
        article = entry.article if isinstance(entry, Entry) else entry
        bands = entry.bands if isinstance(entry, Entry) else ()
        if article is entry and (known := self._searched(article.copy_of)):
            self._insert_article(article, known)
            return True
        found = self._original(article, bands=bands) if prepare else None
        row = self._insert_article(article, found[0] if found else None)
        if found is None:
            self._insert_passages(row, _prepared(entry, prepare))
        return found is not None

    def _searched(self, article_id: str) -> int | None:
        """The row of an article that is no copy itself."""
        found = self._query("SELECT number FROM article WHERE id = %s AND original IS NULL", (article_id,))
        return int(found[0][0]) if found else None

    def _settle(self, widowed: Sequence[int], prepare: Prepare | None) -> None:
        """Copies whose original is gone: the first takes its place, and the others are copies of that one, or articles too."""
        for row in widowed:
            (values,) = self._query(f"SELECT {_ARTICLE} FROM article a WHERE number = %s", (row,))
            article = article_of(*values)
            found = self._original(article)
            self._query("UPDATE article SET original = %s WHERE number = %s", (found[0] if found else None, row))
            if found is None:
                self._insert_passages(row, _prepared(article, prepare))

    def _insert_article(self, a: Article, copy_of: int | None) -> int:
        counters = self._mine.counters
        counters.article += 1
        counters.articles += 1
        pages = " ".join(map(str, a.pages))
        said = (a.id, a.title, a.text, a.date, a.source, a.url, a.path, a.language, a.hash, a.part, pages, a.issue)
        sought = (_file(a.path), f"{a.source}\n{a.issue}".casefold(), nfc(a.path), _folded(f"{a.title}\n{a.text}"))
        waiting = self._mine.waiting
        waiting.articles.append((counters.article, *said, schema.checksum(a.title, a.text), copy_of, *sought))
        if waiting.full():
            self._flush()
        return counters.article

    def _insert_passages(self, article: int, entry: Entry) -> None:
        """Store what an article is searched by."""
        a, counters = entry.article, self._mine.counters
        vectors = packing.pack(entry.vectors)
        owners = np.array([unit.passage for unit in entry.units], dtype=np.int64)
        passages: list[Sequence[object]] = []
        units: list[Sequence[object]] = []
        name = a.part or a.path
        packed = rescoring.pack_terms([found_by(a.title, p.heading, p.text, name) for p in entry.passages])
        for p, terms in zip(entry.passages, packed, strict=True):
            counters.passage += 1
            own = np.flatnonzero(owners == p.ordinal)
            held, said = vectors[own], spoken(p.text, a.language)
            counters.terms += rescoring.unpack_terms(terms)[0]
            spans = packing.pack_spans([(entry.units[at].start, entry.units[at].end) for at in own.tolist()], p.start)
            place = (counters.passage, article, p.ordinal, p.start, p.end, p.heading, said, len(own))
            passages.append((*place, spans, held.tobytes(), terms, self._weights(terms)))
            units += [
                (counters.passage, at, article, said, vector.astype("<f4").tobytes())
                for at, vector in enumerate(packing.unpack(held))
            ]
        waiting = self._mine.waiting
        waiting.said[article] = a
        for key in {*(entry.bands or duplicates.bands(a.text))}:
            waiting.bands.setdefault(key, []).append(article)
        waiting.passages += passages
        waiting.units += units
        if waiting.full():
            self._flush()
        counters.passages += len(passages)
        counters.churn += len(passages)
        counters.units += len(units)

    def _weights(self, terms: bytes) -> str:
        """A passage's terms as the sparse index takes them, against the mean length so far."""
        mean = self._mine.counters.mean
        return _sparse(*rescoring.weights(terms, replace(rescoring.NOTHING, mean=mean)))

    # --- what a reader's copy is made of ------------------------------------------------------------------------------

    def descends(self, generation: int) -> bool:
        """True if it was in this generation once, so that a copy made of it then is its own."""
        found = self._query("SELECT 1 FROM history WHERE generation = %s", (generation,))
        return bool(found) or generation == self.generation

    def held(self, until: int) -> int:
        """How many passages have rows up to ``until``."""
        select = "SELECT /*+ index(passage passage_article) */ count(*) FROM passage WHERE number <= %s"
        return int(self._query(select, (until,))[0][0])

    def rows(self, after: int, until: int) -> Rows:
        """The rows of passages above ``after``, up to ``until``, ascending; from an index, which is short, but for the last ones."""
        index = "primary" if after else "passage_article"
        select = f"SELECT /*+ index(passage {index}) */ number FROM passage WHERE number > %s AND number <= %s"
        return np.sort(np.array(self._query(select, (after, until)), dtype=np.int64).reshape(-1))

    def many(self, after: int, until: int) -> int:
        """How many units these passages have."""
        select = "SELECT coalesce(sum(units), 0) FROM passage WHERE number > %s AND number <= %s"
        return int(self._query(select, (after, until))[0][0])

    def block(self, after: int, until: int, size: int) -> list[Stored]:
        """The first ``size`` of them."""
        select = f"""SELECT number, article, start, stop, heading, units, vectors FROM passage
                     WHERE number > %s AND number <= %s ORDER BY number LIMIT {size}"""
        return [(*row,) for row in self._query(select, (after, until))]

    def said(self, articles: Iterable[int]) -> dict[int, tuple[str, str, str, str]]:
        """Language, title, text and name or part of their file, of articles by their rows."""
        select = f"SELECT number, language, title, text, coalesce(nullif(part, ''), path) FROM article WHERE number IN {_in(articles)}"
        return {row: (*said,) for row, *said in self._query(select)}

    def vectors(self, rows: Sequence[int]) -> tuple[Rows, Rows, packing.Packed]:
        """The passages of these rows that are there, ascending, how many units each has, and the vectors of all of them."""
        select = f"SELECT number, units, vectors FROM passage WHERE number IN {_in(rows)}"
        held = sorted(self._query(select)) if len(rows) else []
        there = np.array([row[:2] for row in held], dtype=np.int64).reshape(-1, 2)
        return there[:, 0], there[:, 1], np.frombuffer(b"".join(row[2] for row in held), dtype=self.layout())

    # --- what finds passages ------------------------------------------------------------------------------------------

    def languages(self) -> frozenset[str]:
        """The languages of passages."""
        return frozenset(name for (name,) in self._query("SELECT DISTINCT language FROM passage"))

    def near(self, vector: NDArray[np.float32], k: int, among: Among, *, exact: bool) -> list[Found]:
        """The passages of about the ``k`` nearest units with their articles, nearest first; ``exact`` goes through all of them."""
        where, values = _where(among)
        index = "unit_article" if among.articles is not None else "primary" if exact else "unit_vector"
        told = "[" + ",".join(f"{number:.7g}" for number in vector.tolist()) + "]"
        select = f"""SELECT /*+ index(unit {index}) */ passage, {"article" if among.owners else "0"} FROM unit {where}
                     ORDER BY negative_inner_product(vector, %s) {"" if exact else "APPROXIMATE"} LIMIT {k}"""
        found = self._query(select, [*values, told]) if exact else self._indexed(select, [*values, told])
        return found if found is not None else self.near(vector, k, among, exact=True)

    def worded(self, terms: Mapping[int, float], k: int, among: Among, *, exact: bool) -> list[Found]:
        """The passages of about the ``k`` largest weighted sums above 0 of their terms, with their articles."""
        where, values = _where(among)
        index = "passage_article" if among.articles is not None else "primary" if exact else "passage_weights"
        owner = "article" if among.owners else "0"
        select = f"""SELECT /*+ index(passage {index}) */ number, {owner}, negative_inner_product(weights, %s) AS sum
                     FROM passage {where} ORDER BY sum {"" if exact else "APPROXIMATE"} LIMIT {k}"""
        told = _sparse(np.array([*terms], dtype=np.int64), np.array([*terms.values()]))
        found = self._query(select, [told, *values]) if exact else self._indexed(select, [told, *values])
        if found is None:
            return self.worded(terms, k, among, exact=True)
        return [(passage, article) for passage, article, total in found if total is not None and total < 0]

    def candidates(self, passages: Sequence[int]) -> dict[int, Candidate]:
        """What is stored of passages, by their rows."""
        select = f"SELECT number, language, terms, units, vectors FROM passage WHERE number IN {_in(passages)}"
        return {row: Candidate(*stored) for row, *stored in self._query(select)} if passages else {}

    def spoken(self, passages: Sequence[int]) -> dict[int, str]:
        """The languages of passages, by their rows."""
        select = f"SELECT number, language FROM passage WHERE number IN {_in(passages)}"
        return dict(self._query(select)) if passages else {}

    def layout(self) -> np.dtype[np.void]:
        """That of a packed vector."""
        return packing.layout(self.manifest.dimension)

    def folded(self, pieces: Sequence[str]) -> Rows:
        """Rows of the articles in which each of the pieces stands, folded, in order."""
        where = " AND ".join(["instr(folded, %s) > 0"] * len(pieces)) or "1"
        rows = self._query(f"SELECT number FROM article WHERE {where} ORDER BY number", list(pieces))
        return np.array(rows, dtype=np.int64).reshape(-1)

    def terms(self, step: int) -> Iterator[Sequence[bytes]]:
        """The packed terms of every ``step``-th passage, a block at a time."""
        after = 0
        select = f"SELECT number, terms FROM passage WHERE number > %s AND number %% {step} = 0 ORDER BY number LIMIT {AT_ONCE}"
        while held := self._query(select, (after,)):
            yield [terms for _, terms in held]
            after = held[-1][0]

    def mean(self, step: int) -> NDArray[np.float32]:
        """The mean of the units of every ``step``-th passage, shape (dimension,)."""
        ((told,),) = self._query(f"SELECT avg(vector) FROM unit WHERE passage % {step} = 0")
        return np.array(json.loads(told or "[]") or np.zeros(self.manifest.dimension), dtype=np.float32)

    def kept(self) -> int | None:
        """The churn of the newest snapshot that was kept."""
        ((churn,),) = self._query("SELECT max(churn) FROM snapshot")
        return None if churn is None else int(churn)

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot that was kept."""
        parts = self._query(
            "SELECT churn, data FROM snapshot WHERE churn = (SELECT max(churn) FROM snapshot) ORDER BY part"
        )
        if not parts:
            return None
        data, head = b"".join(part for _, part in parts), 4 * self.manifest.dimension
        return Snapshot(int(parts[0][0]), Statistics.unpack(data[head:]), np.frombuffer(data[:head], dtype="<f4"))

    def keep(self, snapshot: Snapshot) -> None:
        """Keep a snapshot for all clients, in the place of older ones."""
        data = snapshot.mean.astype("<f4").tobytes() + snapshot.statistics.pack()
        parts = [data[at : at + PART] for at in range(0, len(data), PART)]
        with self.together():
            newest = self.kept()
            if newest is None or newest < snapshot.churn:
                self._query("DELETE FROM snapshot")
                rows = [(snapshot.churn, number, part) for number, part in enumerate(parts)]
                self._sessions.many("INSERT INTO snapshot VALUES (%s, %s, %s)", rows)

    # --- what the server builds ---------------------------------------------------------------------------------------

    def build(self) -> None:
        """Have the server build its indexes of vectors where there are enough, and anew where a fifth of the library has changed since.
        All read and write meanwhile; a build that is cut off leaves what was there before."""
        if not self._outgrown():
            return
        self._query("INSERT IGNORE INTO meta VALUES ('built', '')")
        lock = "SELECT value FROM meta WHERE name = 'built' FOR UPDATE"
        if self._sessions.waits(f"{lock} NOWAIT", ()):
            return  # another run has it done
        with self._sessions.holding(lock, ()):
            churn = self.state().churn
            for index in INDEXES:
                # Where the user may not, or memory is lacking, searches are slower, and as right.
                with suppress(LibraryError):
                    self.index(index)
        self._query("UPDATE meta SET value = %s WHERE name = 'built'", (str(churn),))

    def _outgrown(self) -> bool:
        state, last = self.state(), self._meta("built")
        if not last:
            return state.units > SCANNED
        return state.churn - int(last) > max(LATE, REBUILT * state.passages)

    def index(self, index: str) -> None:
        """Have one of them built, built anew where it is there, or made again where a build that was cut off has left it so that it
        cannot be. Raises LibraryError."""
        table, column, _ = INDEXES[index]
        anew = f"CALL dbms_vector.rebuild_index('{index}', '{table}', '{column}', 0)"
        for statement in (building(index), anew):
            with suppress(LibraryError):
                self._sessions.alone(statement)
                return
        self._sessions.alone(f"DROP INDEX {index} ON {table}")
        self._sessions.alone(building(index))


def building(index: str) -> str:
    """The statement that builds one of the indexes of vectors."""
    table, column, how = INDEXES[index]
    return f"CREATE /*+ parallel(2) */ VECTOR INDEX {index} ON {table} ({column}) WITH ({how})"


class _Leases:
    """The claims of one run."""

    def __init__(self, sessions: Sessions, run: int) -> None:
        self._query, self._many, self._waits, self._run = sessions.query, sessions.many, sessions.waits, run

    def take(self, paths: Sequence[str]) -> dict[str, str]:
        """Those of some files that no run is at that still lives."""
        if not paths:
            return {}
        files = {_file(path): path for path in paths}
        marks = ", ".join(["%s"] * len(files))
        select = f"SELECT file, run FROM lease WHERE file IN ({marks})"
        self._lease(files)
        held = dict(self._query(select, list(files)))
        if dead := [run for run in {*held.values()} - {self._run} if not self._lives(run)]:
            self._query(f"DELETE FROM lease WHERE run IN {_in(dead)}")
            if let_go := [run for run in dead if not self._locked(run)]:
                self._query(f"DELETE FROM run WHERE number IN {_in(let_go)}")
                self._query(f"DELETE FROM pulse WHERE run IN {_in(let_go)}")
            self._lease(files)
            held = dict(self._query(select, list(files)))
        # Behind the leases: what another run has done is committed before it lets go of them.
        known = dict(self._query(f"SELECT DISTINCT file, hash FROM article WHERE file IN ({marks})", list(files)))
        return {path: known.get(file, "") for file, path in files.items() if held.get(file) == self._run}

    def _lease(self, files: Iterable[str]) -> None:
        self._many("INSERT IGNORE INTO lease VALUES (%s, %s)", [(file, self._run) for file in sorted(files)])

    def _lives(self, run: int) -> bool:
        silent = "SELECT run FROM pulse WHERE run = %s AND at < unix_timestamp() - %s"
        return self._locked(run) and not self._query(silent, (run, SILENT))

    def _locked(self, run: int) -> bool:
        return self._waits("SELECT number FROM run WHERE number = %s FOR UPDATE NOWAIT", (run,))

    def live(self) -> None:
        """Say that this run lives."""
        self._query("REPLACE INTO pulse VALUES (%s, unix_timestamp())", (self._run,))

    def go_on(self, over: Event) -> None:
        """Say so again and again, until it is over."""
        while not over.wait(PULSE):
            with suppress(LibraryError):  # the server is away: the run itself will learn it
                self.live()

    def release(self) -> None:
        """Let go of all of them."""
        self._query("DELETE FROM lease WHERE run = %s", (self._run,))


def _file(path: str) -> str:
    """What a path is known by."""
    return schema.checksum(path, "")


def _in(numbers: Iterable[Any]) -> str:
    """Whole numbers as SQL names them among which one is."""
    return "(" + ",".join(str(int(number)) for number in numbers) + ")"


def _literal(pattern: str) -> str:
    """The longest part of a pattern that stands in whatever it matches."""
    return max(_WILD.split(pattern), key=len)


def _folded(text: str) -> str:
    """A text as mentions are looked for in it; line by line, as only lines that change in length are gone through slowly."""
    return "\n".join(fold(line)[0] for line in text.split("\n"))


def _sparse(ids: NDArray[np.int64], weights: NDArray[np.floating]) -> str:
    """Terms with their weights as a sparse vector is written."""
    folded, at = np.unique(ids % DIMENSIONS + 1, return_inverse=True)
    sums, which = np.unique(np.bincount(at, weights=weights, minlength=len(folded)), return_inverse=True)
    written = [f":{total:.5g}" for total in sums.tolist()]  # a passage's are few: by how often a term stands there
    told = [f"{at}{written[own]}" for at, own in zip(folded.tolist(), which.tolist(), strict=True)]
    return "{" + ",".join(told) + "}"


def _where(among: Among) -> tuple[str, list[str]]:
    """The condition on passages or units, and its values."""
    told = ["language = %s"] if among.language else []
    told += ["language <> %s"] if among.but else []
    told += [f"article IN {_in(among.articles.tolist())}"] if among.articles is not None else []
    return f"WHERE {' AND '.join(told)}" if told else "", [name for name in (among.language, among.but) if name]


def _prepared(entry: Entry | Article, prepare: Prepare | None) -> Entry:
    if isinstance(entry, Entry):
        return entry
    if prepare is None:
        raise ValueError(f"article {entry.id} is to be searched, and nothing is given to cut and embed it")
    return prepare(entry)
