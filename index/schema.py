"""The tables of a library, and what turns a library of an older format into one of this format."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from hashlib import sha256

import numpy as np

from index import duplicates, packing

FORMAT = "4"

TABLES = """
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
"""Format 1. What later formats add stands in STEPS alone: a new library takes the same way as an old one."""

STEPS = {
    "1": """
ALTER TABLE article ADD COLUMN part TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN pages TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN checksum TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN original INTEGER REFERENCES article (row) DEFERRABLE INITIALLY DEFERRED;
DROP INDEX article_path;
CREATE INDEX article_path ON article (path, hash);
CREATE INDEX article_original ON article (original) WHERE original IS NOT NULL;
CREATE INDEX article_facet ON article (date, source, language, path, original);
CREATE TABLE band (key INTEGER NOT NULL, article INTEGER NOT NULL REFERENCES article (row) ON DELETE CASCADE,
    PRIMARY KEY (key, article)) WITHOUT ROWID;
CREATE INDEX band_article ON band (article);
CREATE TABLE root (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE history (generation INTEGER PRIMARY KEY);
""",
    "2": """
ALTER TABLE passage ADD COLUMN units INTEGER NOT NULL DEFAULT 0;
ALTER TABLE passage ADD COLUMN spans BLOB NOT NULL DEFAULT x'';
ALTER TABLE passage ADD COLUMN vectors BLOB NOT NULL DEFAULT x'';
-- filled in here
DROP INDEX passage_article;
CREATE INDEX passage_article ON passage (article, units);
ALTER TABLE passage DROP COLUMN terms;
DROP TABLE unit;
""",
    "3": """
ALTER TABLE article ADD COLUMN issue TEXT NOT NULL DEFAULT '';
DROP INDEX article_facet;
CREATE INDEX article_facet ON article (date, source, language, path, original, issue);
""",
}
"""What makes a library of each older format one of the next; at FILLED_IN what the new columns hold is worked out.

``part`` names the file in an archive, ``pages`` the offsets at which pages begin, with blanks between; ``checksum`` tells
a text that the disk has changed; ``original`` is the article of which this one is a copy that is not searched itself, and
``band`` finds such articles; ``article_path`` and ``article_facet`` say which files there are and what filters ask without
reading a text; ``root`` holds the folders that were indexed, ``history`` the states that the library has been in, so that a
cache of one of them is known to be its own. ``units``, ``spans`` and ``vectors`` are how many units a passage has, where they
stand and their vectors (:mod:`index.packing`); a passage's terms are those of its text, which is there. ``issue`` is the issue
of a bulletin that an article stands in: of files that were read before, once they are read again.
"""

FILLED_IN = "-- filled in here"


def checksum(title: str, text: str) -> str:
    """What an article's text and title are held to."""
    return sha256(f"{title}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


def migrate(connection: sqlite3.Connection, have: str) -> None:
    """Make a library of format ``have`` one of this format, inside the transaction of the caller. Raises KeyError for
    a format that is not known."""
    manifest = json.loads(connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()[0])
    while have != FORMAT:
        before, _, after = STEPS[have].partition(FILLED_IN)
        for statement in before.split(";"):
            connection.execute(statement)
        if have == "1":
            _fill_in(connection)
        if have == "2":
            _pack_units(connection, int(manifest["dimension"]))
        for statement in after.split(";"):
            connection.execute(statement)
        have = str(int(have) + 1)
    manifest["format"] = FORMAT
    manifest.pop("terms", None)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'manifest'", (json.dumps(manifest),))


def _fill_in(connection: sqlite3.Connection) -> None:
    """Checksums and bands of the articles that are there."""
    for row, title, text in connection.execute("SELECT row, title, text FROM article").fetchall():
        connection.execute("UPDATE article SET checksum = ? WHERE row = ?", (checksum(title, text), row))
        add_bands(connection, row, text)


def _pack_units(connection: sqlite3.Connection, dimension: int) -> None:
    """The units of each passage in its own row: the sentences, then the whole. Pairs of neighbours are left out, as they
    find nothing that these do not."""
    select = 'SELECT start, "end", vector FROM unit WHERE passage = ? ORDER BY row'
    update = "UPDATE passage SET units = ?, spans = ?, vectors = ? WHERE row = ?"
    for row, start in connection.execute("SELECT row, start FROM passage").fetchall():
        # One that is damaged is left out, and missed when the library is scanned.
        held = [one for one in connection.execute(select, (row,)) if len(one[2]) == 2 * dimension]
        shortest: dict[int, int] = {}
        for begin, end, _ in held:
            shortest[begin] = min(end, shortest.get(begin, end))
        longest = max((end - begin for begin, end, _ in held), default=0)
        kept = [one for one in held if one[1] == shortest[one[0]] or one[1] - one[0] == longest]
        vectors = np.frombuffer(b"".join(one[2] for one in kept), dtype="<f2").reshape(len(kept), dimension)
        spans = packing.pack_spans([one[:2] for one in kept], start)
        blob = packing.pack(vectors.astype(np.float32)).tobytes()
        connection.execute(update, (len(kept), spans, blob, row))


def add_bands(connection: sqlite3.Connection, article: int, text: str) -> None:
    """Make an article one that copies are looked up by."""
    keys = [(key, article) for key in {*duplicates.bands(text)}]
    connection.executemany("INSERT INTO band VALUES (?,?)", keys)


def renew(connection: sqlite3.Connection) -> None:
    """Give a library a generation that no cache was made for.

    The clock keeps a cache from matching another library, or a restored copy, that happens to count as far; chance does where
    the clock was set back. (The value is text, and SQLite takes any text for more than a number.)
    """
    update = "UPDATE meta SET value = max(value + 0, ?) + ? WHERE key = 'generation'"
    connection.execute(update, (time.time_ns(), 1 + secrets.randbelow(1 << 20)))
    connection.execute("INSERT INTO history SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'generation'")


def statements(connection: sqlite3.Connection) -> set[str]:
    """What a database is made of, without its spaces."""
    found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {"".join(str(sql).split()) for (sql,) in found}


def expected(have: str) -> set[str]:
    """The same of a library of format ``have``. Raises KeyError for a format that is not known."""
    made = sqlite3.connect(":memory:")
    try:
        for script in (TABLES, *(STEPS[step] for step in STEPS if int(step) < int(have))):
            made.executescript(script)
        if have not in (*STEPS, FORMAT):
            raise KeyError(f"format {have}")
        return statements(made)
    finally:
        made.close()
