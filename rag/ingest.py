"""Paths -> articles -> passages -> vectors -> library: skips what is unchanged, commits file by file, reports progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from index import digest, lexical, passages, readers
from index.library import Entry, Library, Manifest, Unit
from index.types import Article, Passage
from models import Embedder, load_embedder
from rag.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the indexing is: ``done`` of ``total``, counted in ``unit``."""

    stage: str
    done: int
    total: int
    unit: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an indexing run did; files by what became of them, and why the failed ones failed."""

    added: int
    updated: int
    unchanged: int
    articles: int
    passages: int
    seconds: float
    failed: tuple[tuple[Path, str], ...] = ()


def manifest(embedder: Embedder) -> Manifest:
    """What a library made with this embedder records."""
    return Manifest(
        embedder.name, embedder.revision, embedder.dimension, embedder.passage_prefix, embedder.query_prefix
    )


def open_library(settings: Settings, embedder: Embedder, *, create: bool = False) -> Library:
    """The library of the settings, refused when it was made with another embedder. Raises LibraryError."""
    wanted = manifest(embedder)
    library = Library.open(settings.library_folder, create=wanted if create else None)
    try:
        library.require(wanted)
    except BaseException:
        library.close()
        raise
    return library


def ingest(paths: Sequence[Path], settings: Settings, *, progress: Callable[[Progress], None] | None = None) -> Report:
    """Index files and folders into the library of the settings, one transaction a file.

    A file that cannot be read is reported in ``failed`` and the others go on; when none could be read, its ReadError is
    raised. Raises LibraryError and ModelError as well.
    """
    started = time.perf_counter()
    tell = progress or (lambda _: None)
    files = readers.find(paths)
    embedder = load_embedder(settings.embedder)
    library = open_library(settings, embedder, create=True)
    outcomes = {"added": 0, "updated": 0, "unchanged": 0}
    failed: list[tuple[Path, str]] = []
    articles = cut = 0
    try:
        known = library.hashes()
        tell(Progress("index", 0, len(files), "files"))
        for done, file in enumerate(files, 1):
            try:
                entries = _entries(file, known, embedder)
            except readers.ReadError as error:
                failed.append((file, str(error)))
            else:
                path = str(file.resolve())
                outcomes["unchanged" if entries is None else "updated" if path in known else "added"] += 1
                if entries is not None:
                    library.replace(path, entries)
                    articles += len(entries)
                    cut += sum(len(entry.passages) for entry in entries)
            tell(Progress("index", done, len(files), "files"))
    finally:
        library.close()
    if len(failed) == len(files):
        raise readers.ReadError("\n".join(reason for _, reason in failed))
    return Report(
        **outcomes, articles=articles, passages=cut, seconds=time.perf_counter() - started, failed=tuple(failed)
    )


def _entries(file: Path, known: dict[str, str], embedder: Embedder) -> list[Entry] | None:
    """What a file becomes, or None when the library has it already."""
    path = str(file.resolve())
    try:
        file_hash = sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise readers.ReadError(f"{file} cannot be read ({error.strerror}). Check its permissions.") from error
    if known.get(path) == file_hash:
        return None
    return [entry(article, embedder) for article in digest.split(readers.read(file), path=path, file_hash=file_hash)]


def entry(article: Article, embedder: Embedder) -> Entry:
    """An article cut into passages and units, with terms and vectors, ready for the library."""
    cut = passages.cut(article)
    units = [unit for passage in cut for unit in _units(article, passage)]
    texts = list(_embedded(article, cut, units))
    vectors: NDArray[np.float32] = embedder.embed_passages(texts)
    return Entry(article, cut, [lexical.pack(found_by(article, passage)) for passage in cut], units, vectors)


def found_by(article: Article, passage: Passage) -> str:
    """The text whose terms find a passage: what stands above it counts as well."""
    return f"{article.title}\n{passage.heading}\n{passage.text}"


def _units(article: Article, passage: Passage) -> Iterator[Unit]:
    """Each sentence, each two neighbours, and the whole passage."""
    spans = passages.sentences(article.text, passage.start, passage.end)
    for start, end in spans:
        yield Unit(passage.ordinal, start, end)
    for (start, _), (_, end) in zip(spans, spans[1:], strict=False):
        if len(spans) > 2:
            yield Unit(passage.ordinal, start, end)
    if len(spans) > 1:
        yield Unit(passage.ordinal, passage.start, passage.end)


def _embedded(article: Article, cut: Sequence[Passage], units: Sequence[Unit]) -> Iterator[str]:
    """The text that is embedded for each unit: the title stands in front, as sentences rarely name their subject."""
    for unit in units:
        heading = cut[unit.passage].heading
        yield "\n".join(part for part in (article.title, heading, article.text[unit.start : unit.end]) if part)
