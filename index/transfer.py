"""A library as one file: a zip of the database and a manifest with its SHA-256, checked to the last row when it comes in."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import file_digest, sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from index import schema
from index.folder import DATABASE, LibraryFolder
from index.integrity import scan
from index.library import Library
from index.store import Entry, LibraryError, Manifest, Store
from index.types import Article

KIND = "yinju library"
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 65_536
SPARE = 100 * 1024**2
"""Bytes that an import leaves free."""
_CHUNK = 1 << 20

AT_ONCE = 500
"""Articles that are read at a time."""

_TYPES = {
    "meta": {"key": "text", "value": "text"},
    "article": dict.fromkeys(
        ("id", "title", "text", "date", "source", "url", "path", "language", "hash", "part", "pages", "issue"), "text"
    ),
    "passage": dict.fromkeys(("article", "ordinal", "start", '"end"'), "integer")
    | {"heading": "text", "terms": "blob", "units": "integer", "spans": "blob", "vectors": "blob"},
    "unit": dict.fromkeys(("passage", "start", '"end"'), "integer") | {"vector": "blob"},
}
"""SQLite keeps any type in any column; what reads a library relies on these."""


def export(library: Store, target: Path, *, force: bool = False) -> None:
    """Write a library, as it is committed now, into one file. Raises LibraryError and OSError."""
    if target.exists() and not force:
        raise LibraryError(f"{target} is there already. Choose another name, or replace it: --force")
    with TemporaryDirectory(prefix=".yinju-", dir=target.resolve().parent) as folder:
        database, packed = Path(folder, DATABASE), Path(folder, "packed.zip")
        if isinstance(library, Library):
            library.save_to(database)
        else:
            with closing(Library.open(Path(folder, "carried"), create=library.manifest)) as carried:
                carry(library, carried)
                carried.save_to(database)
        with database.open("rb") as opened:
            digest = file_digest(opened, "sha256").hexdigest()
        told = {"kind": KIND, "format": schema.FORMAT, "bytes": database.stat().st_size, "sha256": digest}
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # vectors do not shrink
            archive.writestr(MANIFEST, json.dumps(told | {"holds": library.counts()}, indent=1))
            archive.write(database, DATABASE)
        os.replace(packed, target)


def import_library(file: Path, folder: Path, *, force: bool = False) -> dict[str, int]:
    """Put the library of an exported file into ``folder``; what it holds. The file may be hostile: it is unpacked within
    the size that it tells, held to its SHA-256, its schema and the type of every value, and scanned whole, before
    anything is replaced. Raises LibraryError and OSError."""
    if (folder / DATABASE).exists() and not force:
        raise LibraryError(
            f"There is a library in {folder} already. Import into another one: --library NAME, or replace it: --force"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".import-", dir=folder.parent) as name:
        with closing(_scanned(file, Path(name))) as library:
            counts = library.counts()
            library.renew()
            if (folder / DATABASE).exists():
                # Into the one that is there, in one transaction of it: a page that is open sees the new one at once.
                with closing(Library.open(folder)) as old:
                    library.save_over(old)
                return counts
        folder.mkdir(exist_ok=True)
        os.replace(Path(name, DATABASE), folder / DATABASE)
    return counts


def import_into(
    file: Path, opened: Callable[[Manifest], Store], folder: Path, *, force: bool = False
) -> dict[str, int]:
    """Put the library of an exported file, which is checked as by :func:`import_library` and unpacked in ``folder``, into a store
    that ``opened`` gives for what the library was made with, file by file: what was cut goes on from there. With ``force`` what the
    store holds besides is removed first. Raises LibraryError and OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix=".import-", dir=folder) as name,
        closing(_scanned(file, Path(name))) as library,
        closing(opened(library.manifest)) as store,
    ):
        store.require(library.manifest)
        wanted, there = ({article.id for article in one.articles()} for one in (library, store))
        if there - wanted and not force:
            raise LibraryError(
                f"{store.place} holds other articles. Import into another one: --library NAME, or replace it: --force"
            )
        if there - wanted:
            store.remove(there)
        carry(library, store)
        store.proposing(LibraryFolder(folder).cache).prepare()
        return store.counts()


def carry(source: Store, target: Store) -> None:
    """Put all that a library holds into another one, which holds nothing else, with vectors, copies and order. Articles of a file that
    follow each other are committed together, and passed over where they are there already. Raises LibraryError."""
    with source.view():
        there = {article.id for article in target.articles()}
        late: list[tuple[str, str, str]] = []
        for path, run in _runs(source):
            own = {name for name, _ in run}
            ready = [(name, original) for name, original in run if not original or original in there | own]
            late += [(path, name, original) for name, original in run if (name, original) not in ready]
            if not {name for name, _ in ready} <= there:
                _add(target, path, [_copy(source, *one) if one[1] else source.entry(one[0]) for one in ready])
            there |= {name for name, _ in ready}
        for path, name, original in late:
            if name not in there:
                _add(target, path, [_copy(source, name, original)])
        target.set_roots(source.roots())


def _add(target: Store, path: str, entries: Sequence[Entry | Article]) -> None:
    """Put articles beside those that a file has."""
    target.replace(path, entries, kept={article.id: article for article in target.of_file(path)})


def _runs(source: Store) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The articles in their order, those of one file that follow each other together; each with its original's id, "" where it is
    none's copy."""
    rows = source.rows_of(article.id for article in source.articles())
    articles = (
        article
        for at in range(0, len(rows), AT_ONCE)
        for _, article in sorted(source.whole(rows[at : at + AT_ONCE]).items())
    )
    for path, run in groupby(articles, key=lambda article: article.path):
        yield path, [(article.id, article.copy_of) for article in run]


def _copy(source: Store, name: str, original: str) -> Article:
    return replace(source.article(name), also_in=(), copy_of=original)


def _scanned(file: Path, folder: Path) -> Library:
    """The library of a file, unpacked into a folder and found whole. Raises LibraryError."""
    came = folder / DATABASE
    _unpack(file, came)
    _check_schema(file, came)
    library = _opened(file, folder)
    try:
        for problem in scan(library):
            raise _refused(file, f"{problem.path} {problem.told}".strip())
    except BaseException:
        library.close()
        raise
    return library


def _refused(file: Path, reason: str) -> LibraryError:
    return LibraryError(f"{file} is no whole exported library: {reason}. Export it again: yinju export FILE")


def _unpack(file: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            told = _manifest(file, archive)
            free = shutil.disk_usage(target.parent).free - SPARE
            if told["bytes"] > free:
                raise LibraryError(
                    f"{file} unpacks to {told['bytes']:,} bytes, and {max(0, free):,} are free. Free some space."
                )
            with archive.open(DATABASE) as source, target.open("wb") as out:
                digest = _copied(source, out, told["bytes"])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
        raise _refused(file, str(error) or type(error).__name__) from error
    if digest != told["sha256"]:
        raise _refused(file, "its SHA-256 is another than it tells")


def _manifest(file: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    """What the file tells of itself, held to what the zip tells."""
    members = {info.filename: info for info in archive.infolist()}
    if sorted(info.filename for info in archive.infolist()) != [DATABASE, MANIFEST]:
        raise _refused(file, f"it should hold {MANIFEST} and {DATABASE} alone")
    if members[MANIFEST].file_size > LARGEST_MANIFEST:
        raise _refused(file, f"its {MANIFEST} is too large")
    try:
        told = json.loads(archive.read(MANIFEST))
        right = told["kind"] == KIND and isinstance(told["bytes"], int) and isinstance(told["sha256"], str)
    except (ValueError, TypeError, KeyError, RecursionError):
        right = False
    if not right:
        raise _refused(file, f"its {MANIFEST} cannot be read")
    if members[DATABASE].file_size != told["bytes"]:
        raise _refused(file, f"{DATABASE} is not of the size that {MANIFEST} tells")
    return dict(told)


def _copied(source: IO[bytes], out: IO[bytes], size: int) -> str:
    """The SHA-256 of what was copied, which is never more than ``size``."""
    digest, left = sha256(), size
    while chunk := source.read(min(_CHUNK, left + 1)):
        left -= len(chunk)
        if left < 0:
            break
        digest.update(chunk)
        out.write(chunk)
    out.flush()
    os.fsync(out.fileno())
    return digest.hexdigest()


def _check_schema(file: Path, database: Path) -> None:
    """Nothing but a library's own tables and indexes, so that reading it runs nothing; and every value of its type."""
    connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        have = connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()
        if schema.statements(connection) != schema.expected(str(json.loads(have[0])["format"])):
            raise _refused(file, "its tables are not those of a library")
        (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        if not str(generation).isdecimal():
            raise _refused(file, "it does not tell its generation")
        for table, types in _TYPES.items():
            there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}  # fewer in an older format
            columns = {name: kind for name, kind in types.items() if name.strip('"') in there}
            wrong = " OR ".join(f"typeof({column}) <> '{kind}'" for column, kind in columns.items())
            if wrong and connection.execute(f"SELECT 1 FROM {table} WHERE {wrong} LIMIT 1").fetchone():
                raise _refused(file, f"a value of {table} is of another type")
    except (sqlite3.DatabaseError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise _refused(file, str(error)) from error
    finally:
        connection.close()


def _opened(file: Path, folder: Path) -> Library:
    """The library, brought to this format, with the journal that libraries have."""
    try:
        with closing(Library.open(folder)) as library:
            made = library.manifest
        return Library.open(folder, create=made)
    except LibraryError as error:
        raise _refused(file, str(error)) from error
