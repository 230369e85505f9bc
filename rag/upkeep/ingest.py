"""Paths -> articles -> passages -> vectors -> library: what has not changed is skipped, some files at a time are one transaction."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from hashlib import file_digest
from pathlib import Path

from index import digest, readers
from index.folder import LibraryFolder
from index.library import Library, LibraryError, Manifest
from index.search import Search
from index.storing import Entry, says_the_same
from index.types import Article
from models import Embedder, load_embedder
from rag.settings import Settings, load_settings
from rag.upkeep.entries import Vectors, entries, vectors_of
from rag.upkeep.entries import entry as entry

Looked = tuple[str, readers.Reading | None]

SECONDS = 1.0
"""What is dealt with together, embedded at once and committed at once, takes about so long: it is what a cut run loses."""

TOGETHER = 256
"""Files of it at most, and so many are read ahead."""

CHARACTERS = 500_000
"""Characters of it at most, and bytes of the files that are read ahead, but for one file: a bound on memory."""


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
    moved: int = 0
    copies: int = 0
    """Articles that say what another one says: they are kept, and not searched themselves."""
    removed: tuple[str, ...] = ()
    """Files that are no longer in their folder."""
    missing: tuple[str, ...] = ()
    """For each folder of which most files are gone, what to do: nothing of it was removed."""
    notes: tuple[tuple[Path, str], ...] = ()
    """Files that were read, and what of them was left out."""
    kinds: tuple[tuple[str, int], ...] = ()
    """How many files of each ending were read anew."""
    left: tuple[str, ...] = ()
    """Files that are of no kind that can be read, counted by kind, with the cure."""


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


def ingest(
    paths: str | Path | Iterable[str | Path] = (),
    settings: Settings | None = None,
    *,
    prune: bool = False,
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Report:
    """Index files and folders (without any, those indexed before) into the library of the settings, about a second's work a
    transaction: what is cut off goes on from there. Without settings those in force count: settings.toml and YINJU_*.

    Files that have gone from a folder are removed; where that is most of them, as when a disk is not there, only with
    ``prune``. A file that cannot be read is reported in ``failed`` and the others go on; when none could be read, its
    ReadError is raised. A second run waits, and says so to ``notice``. Raises LibraryError and ModelError as well.
    """
    started = time.perf_counter()
    settings = settings or load_settings()
    places = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    folder = LibraryFolder(settings.library_folder)
    if not folder.database.exists():
        if not places:
            raise LibraryError(
                f"No folder has been indexed into {settings.library!r} yet. Name one: yinju index FOLDER"
            )
        readers.find(places)  # a path that is wrong makes no library
    embedder = load_embedder(settings.embedder)
    with (
        closing(open_library(settings, embedder, create=True)) as library,
        folder.alone(notice or (lambda _: None)),
        readers.Reader() as reader,
    ):
        run = _Run(library, embedder, reader)
        places = places or run.roots()
        files = run.find(places, prune=prune)
        run.read(files, progress or (lambda _: None))
        if run.failed and run.nothing_read:
            raise readers.ReadError("\n".join(reason for _, reason in run.failed))
        run.sweep(places, {str(file.resolve()) for file in files}, prune=prune)
        if run.changed:
            Search(library, folder.cache).prepare()  # else the next question would wait for it
    return run.report(time.perf_counter() - started)


def remove(article_ids: Sequence[str], settings: Settings) -> int:
    """Take articles out of the library; how many. Raises LibraryError when one is not there: then none is removed."""
    with closing(Library.open(settings.library_folder)) as library:

        def prepare(article: Article) -> Entry:
            embedder = load_embedder(settings.embedder)  # only here: nearly no article has a copy
            library.require(manifest(embedder))
            return entry(article, embedder)

        for article_id in article_ids:
            library.article(article_id)
        return library.remove(article_ids, prepare=prepare)


@dataclass(frozen=True, slots=True)
class _Change:
    """What a file changes in the library."""

    path: str
    moved_from: str
    kept: Mapping[str, Article]
    new: Sequence[Article]
    originals: Sequence[Article]
    """Of the new articles those that are no copies of what the library has."""
    known: Vectors = field(default_factory=dict)


class _Run:
    """One run of indexing: what the library knew at its start, and what became of each file."""

    def __init__(self, library: Library, embedder: Embedder, reader: readers.Reader) -> None:
        self._library = library
        self._embedder = embedder
        self._known = library.hashes()
        self._paths: dict[str, list[str]] = {}
        for path, file_hash in self._known.items():
            self._paths.setdefault(file_hash, []).append(path)
        self._reader = reader
        self.failed: list[tuple[Path, str]] = []
        self._notes: list[tuple[Path, str]] = []
        self._left: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._outcomes = Counter({"added": 0, "updated": 0, "moved": 0, "unchanged": 0})
        self._articles = self._passages = self._copies = 0
        self._removed: list[str] = []
        self._missing: list[str] = []

    @property
    def nothing_read(self) -> bool:
        """Whether no file could be read, not even in part."""
        return not any(self._outcomes.values())

    @property
    def changed(self) -> bool:
        """Whether anything was added or taken away."""
        return bool(self._articles or self._removed or self._outcomes["updated"])

    def roots(self) -> list[Path]:
        """The folders that were indexed before. Raises LibraryError when there are none."""
        if roots := self._library.roots():
            return [Path(root) for root in roots]
        name = self._library.path.parent.name
        raise LibraryError(f"No folder has been indexed into {name!r} yet. Name one: yinju index FOLDER")

    def find(self, places: Sequence[Path], *, prune: bool) -> list[Path]:
        """The files of the places, each once. With ``prune`` a place that has gone is one without files."""
        found: dict[Path, Path] = {}
        for place in places:
            try:
                seen = readers.survey([place])
                self.failed += seen.closed
                self._left += seen.left
                files = seen.files
            except readers.ReadError as error:
                known = len(self._beneath(place))
                if not known:
                    raise
                if not prune:
                    raise readers.ReadError(
                        f"{error}. The library has {known} of its files and keeps them; if they are really gone: "
                        f"yinju index {place} --prune"
                    ) from error
                files = []
            for file in files:
                found.setdefault(file.resolve(), file)
        return list(found.values())

    def read(self, files: Sequence[Path], tell: Callable[[Progress], None]) -> None:
        """Bring the library up to date with these files."""
        tell(Progress("index", 0, len(files), "files"))
        done, most = 0, 1
        with closing(_ahead(self._look, files)) as coming:
            while some := self._some(coming, most):
                started = time.perf_counter()
                self._store([change for _, change in some if change])
                for outcome, _ in some:
                    self._outcomes.update([outcome] if outcome else [])
                    done += 1
                    tell(Progress("index", done, len(files), "files"))
                took = max(time.perf_counter() - started, 1e-3)
                most = max(1, min(TOGETHER, 2 * len(some), int(len(some) * SECONDS / took)))

    def _some(self, coming: Iterator[tuple[Path, Future[Looked]]], most: int) -> list[tuple[str, _Change | None]]:
        """What becomes of the next files, "" of one that cannot be read, and what it takes."""
        some: list[tuple[str, _Change | None]] = []
        characters = 0
        while len(some) < most and characters < CHARACTERS and (next_one := next(coming, None)):
            file, looked = next_one
            try:
                outcome, change = self._planned(file, *looked.result())
            except readers.ReadError as error:
                self.failed.append((file, str(error)))
                outcome, change = "", None
            some.append((outcome, change))
            characters += sum(len(article.text) for article in change.new) if change else 0
        return some

    def _look(self, file: Path) -> Looked:
        """A file's hash, and what it says unless the library knows: it is held to its hash, as a clock that was set back makes
        times of no use."""
        try:
            with file.open("rb") as opened:
                file_hash = file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise readers.ReadError(f"{file} cannot be read ({error.strerror}). Check its permissions.") from error
        return file_hash, None if self._known.get(str(file.resolve())) == file_hash else self._reader.read(file)

    def _planned(self, file: Path, file_hash: str, reading: readers.Reading | None) -> tuple[str, _Change | None]:
        """What becomes of a file, and how."""
        if reading is None:
            return "unchanged", None
        path = str(file.resolve())
        before = self._known.get(path)
        moved_from = "" if before else self._moved_from(file_hash)
        articles = [a for d in reading.documents for a in digest.read(d, path=path, file_hash=file_hash)]
        change = self._change(path, articles, moved_from)
        self.failed += [(file, problem) for problem in reading.problems if problem not in reading.notes]
        self._notes += [(file, note) for note in reading.notes]
        self._known.pop(moved_from, None)
        self._known[path] = file_hash
        return "moved" if moved_from else "updated" if before else "added", change

    def _moved_from(self, file_hash: str) -> str:
        """Where a file of this hash was that is no longer there."""
        return next((old for old in self._paths.get(file_hash, ()) if old in self._known and _is_gone(old)), "")

    def _change(self, path: str, articles: Sequence[Article], moved_from: str) -> _Change:
        """What a file's articles change: those that say what they said keep their passages, copies get none."""
        stored = self._library.of_file(moved_from or path)
        kept, new = _matched(stored, articles)
        left = [article.id for article in stored if article.id not in kept] if new else []
        known = vectors_of(map(self._library.entry, left))
        originals = [article for article in new if not self._library.original(article, besides=path)]
        return _Change(path, moved_from, kept, new, originals, known)

    def _store(self, changes: Sequence[_Change]) -> None:
        """Embed what is new in all of them at once, and commit them at once."""
        if not changes:
            return
        known = {said: vectors for change in changes for said, vectors in change.known.items()}
        originals = [article for change in changes for article in change.originals]
        made = {one.article.id: one for one in entries(originals, self._embedder, known)}
        prepare = partial(entry, embedder=self._embedder)
        with self._library.together():
            for change in changes:
                ready = [made.get(article.id, article) for article in change.new]
                self._copies += self._library.replace(
                    change.path, ready, moved_from=change.moved_from, kept=change.kept, prepare=prepare
                )
        self._articles += sum(len(change.new) for change in changes)
        self._passages += sum(len(one.passages) for one in made.values())

    def sweep(self, places: Sequence[Path], found: set[str], *, prune: bool) -> None:
        """Remove what has gone from the folders, and remember the folders."""
        for place in places:
            beneath = self._beneath(place)
            gone = [path for path in beneath if path not in found and _is_gone(path)]
            if 2 * len(gone) > len(beneath) and not prune:
                self._missing.append(
                    f"{place}: {len(gone)} of {len(beneath)} files are gone, and were kept. Is a disk not there? "
                    f"If they are really gone: yinju index {place} --prune"
                )
                continue
            for path in gone:
                self._library.replace(path, [], prepare=partial(entry, embedder=self._embedder))
                del self._known[path]
                self._removed.append(path)
        folders = {str(place.resolve()) for place in places if place.is_dir()}
        self._library.set_roots(folders, drop={str(place.resolve()) for place in places} - folders if prune else ())

    def _beneath(self, place: Path) -> list[str]:
        """The known files that lie in a folder, or the file itself."""
        top = str(place.resolve())
        return [path for path in self._known if path == top or path.startswith(os.path.join(top, ""))]

    def report(self, seconds: float) -> Report:
        return Report(
            **self._outcomes,
            articles=self._articles,
            passages=self._passages,
            seconds=seconds,
            failed=tuple(self.failed),
            copies=self._copies,
            removed=tuple(self._removed),
            missing=tuple(self._missing),
            notes=tuple(self._notes),
            kinds=tuple(sorted(self._kinds.items())),
            left=readers.Survey(left=self._left).told(),
        )


def _ahead(look: Callable[[Path], Looked], files: Sequence[Path]) -> Generator[tuple[Path, Future[Looked]], None, None]:
    """Each file with what was seen of it, in order; while some are dealt with, the next ones are read."""
    pool = ThreadPoolExecutor(1)
    waiting: deque[tuple[Path, Future[Looked], int]] = deque()
    held = 0
    try:
        for file in files:
            size = _size(file)
            while len(waiting) > 1 and (held + size > CHARACTERS or len(waiting) > TOGETHER):
                first, looked, own = waiting.popleft()
                held -= own
                yield first, looked
            waiting.append((file, pool.submit(look, file), size))
            held += size
        while waiting:
            yield waiting.popleft()[:2]
    finally:
        pool.shutdown(cancel_futures=True)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # that it cannot be read is told by who reads it


def _is_gone(path: str) -> bool:
    """Whether the system says that there is no such file; where it says something else, nobody knows."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _matched(stored: Sequence[Article], articles: Sequence[Article]) -> tuple[dict[str, Article], list[Article]]:
    """Which stored articles (by id) say what one of these says, and those of these that are new."""
    kept: dict[str, Article] = {}
    new = []
    for article in articles:
        same = [old for old in stored if old.id not in kept and says_the_same(old, article)]
        if same:
            kept[next((old.id for old in same if old.id == article.id), same[0].id)] = article
        else:
            new.append(article)
    return kept, new
