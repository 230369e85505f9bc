"""A library's folder: the database, the lock, the cache and the files dropped on the page. Nothing else deletes in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DATABASE = "library.sqlite"
LOGS = ("-wal", "-shm")
"""What SQLite puts beside a database that is open: part of it until it is closed."""

WAITING = "another yinju is indexing into this library; waiting until it is done"


@dataclass(frozen=True, slots=True)
class LibraryFolder:
    """Where each thing of one library lies. The cache alone can be made again, so the cache alone is ever deleted."""

    path: Path

    @property
    def database(self) -> Path:
        """The articles, their passages and vectors: the truth."""
        return self.path / DATABASE

    @property
    def cache(self) -> Path:
        """The folder of what is made of the database to search it."""
        return self.path / "cache"

    @property
    def added(self) -> Path:
        """The folder of the files that readers dropped on the page, which may be the only copies there are."""
        return self.path / "added"

    def clear_cache(self) -> None:
        """Delete the cache; the next search makes it again. Raises OSError where it cannot be deleted."""
        if self.cache.exists():
            shutil.rmtree(self.cache)

    def set_aside(self) -> Path:
        """Rename the database and its logs out of the way of a new one. Returns the database's new path."""
        names = (self.path / f"{DATABASE}.damaged{number or ''}" for number in range(10_000))
        aside = next(name for name in names if not name.exists())
        for suffix in ("", *LOGS):
            part = self.path / f"{DATABASE}{suffix}"
            if part.exists():
                part.rename(f"{aside}{suffix}")
        return aside

    @contextmanager
    def alone(self, notice: Callable[[str], None] = lambda _: None) -> Iterator[None]:
        """Wait until no other run indexes into this library, told to ``notice``, and keep others waiting meanwhile.

        The system frees the lock of a run that was killed."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / "index.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            notice(WAITING)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
