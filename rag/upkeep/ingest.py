"""Paths -> articles -> passages -> vectors -> library: what has not changed is skipped, some files at a time are one transaction."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from index import readers
from index.folder import LibraryFolder
from index.search import Search
from index.store import Claims, Entry, LibraryError, Store
from index.storing import says_the_same
from index.types import Article
from models import BUNDLED, Embedder, load_embedder
from rag.opening import is_made, manifest, open_library, open_store
from rag.settings import Settings, load_settings
from rag.upkeep import estimate
from rag.upkeep.entries import Vectors, entries, vectors_of
from rag.upkeep.entries import entry as entry
from rag.upkeep.looking import Looked
from rag.upkeep.workers import Workers, count

SECONDS = 1.0
"""What is dealt with together, embedded at once and committed at once, takes about so long: it is what a cut run loses."""

LONG = 60.0
"""Seconds of a run that are told before it begins."""

GOES_ON = "Ctrl-C stops it, and the next run goes on from there"

CLAIMED = 64
"""Files that a run claims at once: on a server others are at work on the next ones meanwhile."""

PAUSE = 1.0
"""Seconds between two looks whether another run has let go of its files."""

ELSEWHERE = "another yinju is at {:,} of these files; waiting until it is done with them"

TOGETHER = 256
"""Files of it at most."""

CHARACTERS = 500_000
"""Characters of it at most, but for one file: a bound on memory."""


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
    if not is_made(settings):
        if not places:
            raise LibraryError(
                f"No folder has been indexed into {settings.library!r} yet. Name one: yinju index FOLDER"
            )
        readers.find(places)  # a path that is wrong makes no library
    embedder = load_embedder(settings.embedder)
    with (
        closing(open_library(settings, embedder, create=True)) as library,
        # On a server others may index meanwhile, each the files that it has claimed.
        nullcontext() if settings.store else folder.alone(notice or (lambda _: None)),
        library.claims() as claims,
    ):
        run = _Run(library, embedder, claims)
        places = places or run.roots()
        files = run.find(places, prune=prune)
        if notice and settings.embedder != BUNDLED and (told := run.estimate(files)):
            notice(told)
        with Workers(embedder, count(embedder.name)) as workers:
            run.read(files, workers, progress or (lambda _: None), notice or (lambda _: None))
        if run.failed and run.nothing_read:
            raise readers.ReadError("\n".join(reason for _, reason in run.failed))
        run.sweep(places, {str(file.resolve()) for file in files}, prune=prune)
        search = Search(library, folder.cache)
        if run.changed or search.behind():  # also what a run that was cut left to do
            search.prepare()  # else the next question would wait for it
    return run.report(time.perf_counter() - started)


def remove(article_ids: Sequence[str], settings: Settings) -> int:
    """Take articles out of the library; how many. Raises LibraryError when one is not there: then none is removed."""
    with closing(open_store(settings)) as library:

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
    made: Mapping[str, Entry]
    """The entries of new articles, by their ids, that are made already."""
    originals: Sequence[Article]
    """Of the others those that are no copies of what the library has."""
    known: Vectors


class _Run:
    """One run of indexing: what the library knew at its start, and what became of each file."""

    def __init__(self, library: Store, embedder: Embedder, claims: Claims) -> None:
        self._library = library
        self._claims = claims
        self._embedder = embedder
        self._known = library.hashes()
        self._paths: dict[str, list[str]] = {}
        for path, file_hash in self._known.items():
            self._paths.setdefault(file_hash, []).append(path)
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
        """True if no file could be read, not even in part."""
        return not any(self._outcomes.values())

    @property
    def changed(self) -> bool:
        """True if anything was added or taken away."""
        return bool(self._articles or self._removed or self._outcomes["updated"])

    def roots(self) -> list[Path]:
        """The folders that were indexed before. Raises LibraryError when there are none."""
        if roots := self._library.roots():
            return [Path(root) for root in roots]
        name = self._library.name
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

    def estimate(self, files: Sequence[Path]) -> str:
        """How long it will take, where that is worth telling: measured on files that the library does not know."""
        new = [file for file in files if str(file.resolve()) not in self._known]
        found = estimate.of_files(new, self._embedder) if len(new) >= estimate.SAMPLED else None
        return f"{found.told(self._embedder.name)}; {GOES_ON}" if found and found.seconds > LONG else ""

    def read(
        self,
        files: Sequence[Path],
        workers: Workers,
        tell: Callable[[Progress], None],
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Bring the library up to date with these files. Those that another run is at are waited for, and looked at when it has
        let go of them."""
        tell(Progress("index", 0, len(files), "files"))
        done, waiting = self._pass(files, workers, tell, 0, len(files))
        if waiting:
            notice(ELSEWHERE.format(len(waiting)))
        while waiting:
            time.sleep(PAUSE)
            done, waiting = self._pass(waiting, workers, tell, done, len(files))

    def _pass(
        self, files: Sequence[Path], workers: Workers, tell: Callable[[Progress], None], done: int, total: int
    ) -> tuple[int, list[Path]]:
        """Go through the files that no other run is at; how many of all are done then, and the others."""
        others: list[Path] = []
        most = 1
        coming = workers.look(self._claimed(files, others), self._known, beside=workers.worth(len(files)))
        while some := self._some(coming, most):
            started = time.perf_counter()
            self._store([change for _, change in some if change], workers)
            for outcome, _ in some:
                self._outcomes.update([outcome] if outcome else [])
                done += 1
                tell(Progress("index", done, total, "files"))
            took = max(time.perf_counter() - started, 1e-3)
            most = max(1, min(TOGETHER, 2 * len(some), int(len(some) * SECONDS / took)))
        self._claims.release()
        return done, others

    def _claimed(self, files: Sequence[Path], others: list[Path]) -> Iterator[Path]:
        """The files that are this run's, claimed some at a time, the others put aside."""
        for at in range(0, len(files), CLAIMED):
            some = {str(file.resolve()): file for file in files[at : at + CLAIMED]}
            taken = self._claims.take(list(some))
            others += [file for path, file in some.items() if path not in taken]
            for path, file_hash in taken.items():
                if file_hash:
                    self._known[path] = file_hash
                else:
                    self._known.pop(path, None)
                yield some[path]

    def _some(self, coming: Iterator[tuple[Path, Looked]], most: int) -> list[tuple[str, _Change | None]]:
        """What becomes of the next files, "" of one that cannot be read, and what it takes."""
        some: list[tuple[str, _Change | None]] = []
        characters = 0
        while len(some) < most and characters < CHARACTERS and (next_one := next(coming, None)):
            outcome, change = self._planned(*next_one)
            some.append((outcome, change))
            characters += sum(len(article.text) for article in change.new) if change else 0
        return some

    def _planned(self, file: Path, looked: Looked) -> tuple[str, _Change | None]:
        """What becomes of a file, and how."""
        if looked.error:
            self.failed.append((file, looked.error))
            return "", None
        if looked.articles is None:
            return "unchanged", None
        self._kinds[file.suffix.lower()] += 1
        path = str(file.resolve())
        before = self._known.get(path)
        moved_from = "" if before else self._moved_from(looked.hash)
        change = self._change(path, moved_from, looked.articles, looked.entries)
        self.failed += [(file, problem) for problem in looked.problems]
        self._notes += [(file, note) for note in looked.notes]
        self._known.pop(moved_from, None)
        self._known[path] = looked.hash
        return "moved" if moved_from else "updated" if before else "added", change

    def _moved_from(self, file_hash: str) -> str:
        """Where a file of this hash was that is no longer there."""
        gone = (old for old in self._paths.get(file_hash, ()) if old in self._known and _is_gone(old))
        return next((old for old in gone if self._claims.take([old]).get(old) == file_hash), "")

    def _change(self, path: str, moved_from: str, articles: Sequence[Article], made: Sequence[Entry] = ()) -> _Change:
        """What a file's articles change: those that say what they said keep their passages, copies get none."""
        stored = self._library.of_file(moved_from or path)
        kept, new = _matched(stored, articles)
        left = [article.id for article in stored if article.id not in kept] if new else []
        known = vectors_of(map(self._library.entry, left))
        ready = {one.article.id: one for one in made}
        originals = [
            article for article in new if article.id not in ready and not self._library.original(article, besides=path)
        ]
        return _Change(path, moved_from, kept, new, ready, originals, known)

    def _store(self, changes: Sequence[_Change], workers: Workers) -> None:
        """Embed what is new in all of them at once, and commit them at once."""
        if not changes:
            return
        known = {said: vectors for change in changes for said, vectors in change.known.items()}
        originals = [article for change in changes for article in change.originals]
        beside = not known and workers.worth(len(originals))  # one file may hold thousands of articles
        coming = workers.entries(originals) if beside else entries(originals, self._embedder, known)
        made = {one.article.id: one for one in coming}
        prepare = partial(entry, embedder=self._embedder)
        with self._library.together():
            for change in changes:
                made |= change.made
                ready = [made.get(article.id, article) for article in change.new]
                self._copies += self._library.replace(
                    change.path, ready, moved_from=change.moved_from, kept=change.kept, prepare=prepare
                )
            new = [article.id for change in changes for article in change.new]
            self._passages += self._library.passages_of(new)
        self._articles += len(new)

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


def _is_gone(path: str) -> bool:
    """True if the system says that there is no such file; where it says something else, nobody knows."""
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
