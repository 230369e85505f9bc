"""Files looked at and articles embedded: one after the other in a thread or, where there are many, by a process for each core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from index import packing, readers
from index.store import Entry
from index.types import Article
from models import BUNDLED, Embedder
from rag.upkeep.entries import entries
from rag.upkeep.looking import Looked, look
from rag.upkeep.worker import entries_of, unpacked, values_of

MANY = 400
"""So many files, or articles of one file, are worth the start of processes: a second of a core each."""

MOST = 4
"""Processes at most, of about 200 MB each: by then storing, which is one at a time, takes as long as they do."""

AHEAD = 256
"""So many files are looked at ahead."""

BYTES = 500_000
"""And so many bytes of them, but for one file: a bound on memory."""

AT_ONCE = 32
"""Files or articles that a process is asked for at a time, of an eighth of the bytes."""

Chunk = Sequence[tuple[Path, str]]
"""Files and the hashes that are known of them, "" of those that are new."""

Item = TypeVar("Item")
Made = TypeVar("Made")


def count(embedder: str) -> int:
    """How many processes may be started; none for a transformer, which uses all cores itself."""
    cores = os.cpu_count() or 1
    return min(cores, MOST) if embedder == BUNDLED and cores > 1 and sys.executable else 0


class Workers:
    """Looks at files and embeds articles; a context that ends its processes."""

    def __init__(self, embedder: Embedder, processes: int) -> None:
        """Without ``processes`` all is done here. They are started when they are first asked."""
        self._embedder, self._processes = embedder, processes
        self._free: SimpleQueue[_Process | None] = SimpleQueue()
        for _ in range(processes):
            self._free.put(_Process(embedder.name))
        self._pool = ThreadPoolExecutor(max(1, processes))
        self._reader, self._alone = readers.Reader(), Lock()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        while not self._free.empty():
            if process := self._free.get():
                process.close()
        self._reader.close()

    def worth(self, number: int) -> bool:
        """True if so many files or articles are worth the start of the processes there may be."""
        return self._processes > 0 and number >= MANY

    def look(self, files: Iterable[Path], known: Mapping[str, str], *, beside: bool) -> Iterator[tuple[Path, Looked]]:
        """Yields each file with its articles, in order, and looks at the next ones meanwhile. ``known``: path -> SHA-256 of what
        was indexed before. With ``beside`` the processes do it, and embed the articles of new files as well."""
        wanted = ((file, known.get(str(file.resolve()), "")) for file in files)
        looked = self._ahead(wanted, lambda one: _size(one[0]), self._looked if beside else self._looked_here, beside)
        for (file, _), one in looked:
            yield file, one

    def entries(self, articles: Sequence[Article]) -> Iterator[Entry]:
        """Yields an entry for each article, in order; the processes make the next ones meanwhile."""
        for _, made in self._ahead(articles, lambda article: len(article.text), self._made, beside=True):
            yield made

    def _ahead(
        self, items: Iterable[Item], size: Callable[[Item], int], do: Callable[[list[Item]], list[Made]], beside: bool
    ) -> Iterator[tuple[Item, Made]]:
        """Each item with what ``do`` makes of it, in order; as much is done ahead as memory is given to."""
        waiting: deque[tuple[list[Item], Future[list[Made]], int]] = deque()
        held = number = 0
        for chunk, own in _chunks(items, size, AT_ONCE if beside else 1):
            while len(waiting) > max(1, self._processes) and (held + own > BYTES or number > AHEAD):
                first, made, less = waiting.popleft()
                held, number = held - less, number - len(first)
                yield from zip(first, made.result(), strict=True)
            waiting.append((chunk, self._pool.submit(do, chunk), own))
            held, number = held + own, number + len(chunk)
        while waiting:
            first, made, _ = waiting.popleft()
            yield from zip(first, made.result(), strict=True)

    def _looked(self, chunk: Chunk) -> list[Looked]:
        answer = self._answered(lambda process: process.look(chunk))
        return self._looked_here(chunk) if answer is None else answer

    def _looked_here(self, chunk: Chunk) -> list[Looked]:
        with self._alone:
            return [look(file, known, self._reader) for file, known in chunk]

    def _made(self, articles: Sequence[Article]) -> list[Entry]:
        answer = self._answered(lambda process: process.entries(articles))
        return list(entries(articles, self._embedder)) if answer is None else answer

    def _answered(self, ask: Callable[[_Process], Made]) -> Made | None:
        """What a process says; None where there is none: it was killed, as for memory, and what it was at is done here."""
        if not self._processes:
            return None
        process = self._free.get()
        try:
            return ask(process) if process else None
        except (OSError, ValueError):
            if process:
                process.close()
            process = None
            return None
        finally:
            self._free.put(process)


class _Process:
    """A worker's process, started when it is first asked."""

    def __init__(self, embedder: str) -> None:
        self._embedder = embedder
        self._process: subprocess.Popen[bytes] | None = None

    def look(self, chunk: Chunk) -> list[Looked]:
        """What the files say. Raises OSError and ValueError where the process has ended."""
        return unpacked(*self._asked({"files": [(str(file), known) for file, known in chunk]}))

    def entries(self, articles: Sequence[Article]) -> list[Entry]:
        """The articles' entries. Raises as :meth:`look` does."""
        head, vectors = self._asked({"articles": [values_of(article) for article in articles]})
        return entries_of(articles, head, vectors)

    def _asked(self, wanted: dict[str, Any]) -> tuple[list[dict[str, Any]], packing.Packed]:
        """The process' answer."""
        process = self._process or self._started()
        if process.stdin is None or process.stdout is None:
            raise OSError("a process without pipes")
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        process.stdin.flush()
        head, count, dimension = json.loads(process.stdout.readline())
        layout = packing.layout(dimension)
        size = count * layout.itemsize
        found = process.stdout.read(size)
        if len(found) != size:
            raise OSError("a process ended")
        return head, np.frombuffer(found, dtype=layout)

    def _started(self) -> subprocess.Popen[bytes]:
        one_core = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "rag.upkeep.worker", self._embedder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | one_core,
        )
        return self._process

    def close(self) -> None:
        """End the process, whatever it is at."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass  # what was still to be written to it has no reader any more


def _chunks(items: Iterable[Item], size: Callable[[Item], int], most: int) -> Iterator[tuple[list[Item], int]]:
    """The items, at most ``most`` at a time, and their sizes' sum."""
    chunk: list[Item] = []
    held = 0
    for item in items:
        own = size(item)
        if chunk and (len(chunk) >= most or held + own > BYTES // 8):
            yield chunk, held
            chunk, held = [], 0
        chunk.append(item)
        held += own
    if chunk:
        yield chunk, held


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # that it cannot be read is told by who reads it
