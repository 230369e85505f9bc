"""What a damaged library needs: each article made anew from its source or its own text, or the whole of it from what is left."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index import digest, readers, schema
from index.folder import LibraryFolder
from index.integrity import Problem, scan
from index.library import Library, LibraryError
from index.storing import COLUMNS, article_of
from index.types import Article
from models import Embedder, load_embedder
from rag.opening import folder_of, manifest
from rag.settings import Settings
from rag.upkeep.ingest import entry


def repair(settings: Settings, notice: Callable[[str], None]) -> bool:
    """Scan the library whole, repair what can be repaired, and tell ``notice`` each thing that was done; whether the
    library is whole at the end. Raises LibraryError where there is none, and ModelError."""
    folder = folder_of(settings, "restore the database from its backup, or index again")
    if not folder.database.exists():
        raise LibraryError(f"There is no library at {folder.database}. Make one: yinju index FOLDER")
    embedder = load_embedder(settings.embedder)
    with folder.alone(notice):
        problems = _problems(folder.path)
        if not problems:
            notice(f"{settings.library}: whole, every text, offset and vector of it")
            return True
        for problem in problems:
            notice(f"{problem.path or settings.library}: {problem.told}")
        folder.clear_cache()
        if all(problem.path for problem in problems):
            with closing(Library.open(folder.path)) as library:
                library.require(manifest(embedder))
                _mend(library, problems, embedder, notice)
        else:
            _rebuild(folder, embedder, notice)
        left = _problems(folder.path)
    notice(f"{settings.library}: {'whole again' if not left else 'still damaged: ' + left[0].told}")
    return not left


def _problems(folder: Path) -> list[Problem]:
    """What is wrong; a file that cannot be read to its end is a problem of the file."""
    try:
        with closing(Library.open(folder)) as library:
            return list(scan(library))
    except LibraryError as error:
        return [Problem(str(error))]


def _mend(library: Library, problems: Sequence[Problem], embedder: Embedder, notice: Callable[[str], None]) -> None:
    """Make every file anew that has a damaged article."""
    lost = {problem.article for problem in problems if problem.of_text}
    for path in dict.fromkeys(problem.path for problem in problems):
        stored = library.of_file(path)
        whole = [article for article in stored if article.id not in lost]
        _put(library, path, whole, embedder, notice, needs_source=len(whole) < len(stored))


def _put(
    library: Library,
    path: str,
    whole: Sequence[Article],
    embedder: Embedder,
    notice: Callable[[str], None],
    *,
    needs_source: bool,
) -> None:
    """Store a file's articles anew: from the file where a text of them is lost, as they were read where it is gone."""
    articles = _read_again(path) if needs_source else list(whole)
    if not articles:
        notice(
            f"{path}: its source cannot be read; {len(whole)} articles of it are kept, and the damaged ones are lost"
        )
        articles = list(whole)
    else:
        notice(f"{path}: made anew {'from its source' if needs_source else 'from its text'}")
    prepare = partial(entry, embedder=embedder)
    library.replace(path, [], prepare=prepare)  # first: a damaged article is nobody's original
    if articles:
        library.replace(path, [prepare(article) for article in articles], prepare=prepare)


def _read_again(path: str) -> list[Article]:
    """What a file says now; nothing when it cannot be read."""
    try:
        file_hash = sha256(Path(path).read_bytes()).hexdigest()
        with readers.Reader() as reader:
            reading = reader.read(Path(path))
    except (OSError, readers.ReadError):
        return []
    return [article for found in reading.documents for article in digest.read(found, path=path, file_hash=file_hash)]


def _rebuild(folder: LibraryFolder, embedder: Embedder, notice: Callable[[str], None]) -> None:
    """Make the library anew from the sources and texts that can still be read, and keep the damaged file beside it."""
    with TemporaryDirectory(prefix=".repair-", dir=folder.path.parent) as name:
        with closing(Library.open(Path(name), create=manifest(embedder))) as library:
            articles, roots = _salvaged(folder.database)
            by_path: dict[str, list[Article]] = {}
            for article, held_to in articles:
                known = by_path.setdefault(article.path, [])
                if schema.checksum(article.title, article.text) == held_to:
                    known.append(article)
            for path, whole in by_path.items():
                _put(library, path, whole, embedder, notice, needs_source=True)
            library.set_roots(roots)
        aside = folder.set_aside()
        LibraryFolder(Path(name)).database.rename(folder.database)
    notice(f"made anew of {len(by_path)} files; the damaged library is kept as {aside}")
    dropped = folder.added.is_dir() and {str(file.resolve()) for file in folder.added.rglob("*") if file.is_file()}
    again = "yinju index" if roots else "yinju index FOLDER"
    again += (
        f"; of those dropped on the page: yinju index {folder.added}" if dropped and dropped - by_path.keys() else ""
    )
    notice(f"files of which nothing could be read are missing until they are indexed again: {again}")


def _salvaged(damaged: Path) -> tuple[list[tuple[Article, str]], list[str]]:
    """The articles of a damaged file that can be read, each with its checksum, and the folders that were indexed."""
    connection = sqlite3.connect(damaged)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        there = {row[1] for row in _readable(connection, "PRAGMA table_info (article)")}
        columns = ", ".join(
            name if name in there else "''" for name in COLUMNS.split(", ")
        )  # it may be of an older format
        rows = f"SELECT row, {columns}, checksum FROM article ORDER BY row"
        found: dict[int, tuple[Article, str]] = {}
        for query in (rows, rows + " DESC"):  # from both ends up to what cannot be read
            for row, *values, held_to in _readable(connection, query):
                if all(isinstance(value, str) for value in (*values, held_to)):
                    found[row] = (article_of(*values), held_to)
        roots = [str(row[0]) for row in _readable(connection, "SELECT path FROM root")]
        return [found[row] for row in sorted(found)], roots
    finally:
        connection.close()


def _readable(connection: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Rows up to the first that cannot be read."""
    try:
        yield from connection.execute(query)
    except sqlite3.DatabaseError:
        return
