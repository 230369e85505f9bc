"""The tables of a library, and what turns a library of an older format into one of this format."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256

from index import duplicates

FORMAT = "2"

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
}
"""What makes a library of each older format one of the next.

``part`` names the file in an archive, ``pages`` the offsets at which pages begin, with blanks between; ``checksum`` tells
a text that the disk has changed; ``original`` is the article of which this one is a copy that is not searched itself, and
``band`` finds such articles; ``article_path`` and ``article_facet`` say which files there are and what filters ask without
reading a text; ``root`` holds the folders that were indexed, ``history`` the states that the library has been in, so that a
cache of one of them is known to be its own.
"""


def checksum(title: str, text: str) -> str:
    """What an article's text and title are held to."""
    return sha256(f"{title}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


def migrate(connection: sqlite3.Connection, have: str) -> None:
    """Make a library of format ``have`` one of this format, inside the transaction of the caller. Raises KeyError for
    a format that is not known."""
    while have != FORMAT:
        for statement in STEPS[have].split(";"):
            connection.execute(statement)
        if have == "1":
            _fill_in(connection)
        have = str(int(have) + 1)
    manifest = json.loads(connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()[0])
    manifest["format"] = FORMAT
    connection.execute("UPDATE meta SET value = ? WHERE key = 'manifest'", (json.dumps(manifest),))


def _fill_in(connection: sqlite3.Connection) -> None:
    """Checksums and bands of the articles that are there."""
    for row, title, text in connection.execute("SELECT row, title, text FROM article").fetchall():
        connection.execute("UPDATE article SET checksum = ? WHERE row = ?", (checksum(title, text), row))
        add_bands(connection, row, text)


def add_bands(connection: sqlite3.Connection, article: int, text: str) -> None:
    """Make an article one that copies are looked up by."""
    keys = [(key, article) for key in set(duplicates.bands(text))]
    connection.executemany("INSERT INTO band VALUES (?,?)", keys)


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
