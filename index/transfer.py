"""A library as one file: a zip of the database and a manifest with its SHA-256, checked to the last row when it comes in."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from contextlib import closing
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from index import schema
from index.folder import DATABASE
from index.integrity import scan
from index.library import Library, LibraryError

KIND = "yinju library"
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 65_536
SPARE = 100 * 1024**2
"""Bytes that an import leaves free."""
_CHUNK = 1 << 20

_TYPES = {
    "meta": {"key": "text", "value": "text"},
    "article": dict.fromkeys(
        ("id", "title", "text", "date", "source", "url", "path", "language", "hash", "part", "pages"), "text"
    ),
    "passage": dict.fromkeys(("article", "ordinal", "start", '"end"'), "integer")
    | {"heading": "text", "terms": "blob", "units": "integer", "spans": "blob", "vectors": "blob"},
    "unit": dict.fromkeys(("passage", "start", '"end"'), "integer") | {"vector": "blob"},
}
"""SQLite keeps any type in any column; what reads a library relies on these."""


def export(library: Library, target: Path, *, force: bool = False) -> None:
    """Write a library, as it is committed now, into one file. Raises LibraryError and OSError."""
    if target.exists() and not force:
        raise LibraryError(f"{target} is there already. Choose another name, or replace it: --force")
    with TemporaryDirectory(prefix=".yinju-", dir=target.resolve().parent) as folder:
        database, packed = Path(folder, DATABASE), Path(folder, "packed.zip")
        library.save_to(database)
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
        came = Path(name, DATABASE)
        _unpack(file, came)
        _check_schema(file, came)
        with closing(_opened(file, came.parent)) as library:
            for problem in scan(library):
                raise _refused(file, f"{problem.path} {problem.told}".strip())
            counts = library.counts()
            library.renew()
            if (folder / DATABASE).exists():
                # Into the one that is there, in one transaction of it: a page that is open sees the new one at once.
                with closing(Library.open(folder)) as old:
                    library.save_over(old)
                return counts
        folder.mkdir(exist_ok=True)
        os.replace(came, folder / DATABASE)
    return counts


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
