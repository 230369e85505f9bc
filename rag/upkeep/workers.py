"""Files looked at side by side: one after the other in a thread or, where there are many, by a process for each core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from types import TracebackType

import numpy as np

from index import packing, readers
from models import BUNDLED
from rag.upkeep.looking import Looked, look
from rag.upkeep.worker import unpacked

MANY = 400
"""So many files are worth the start of processes: a second of a core each."""

MOST = 4
"""Processes at most, of about 200 MB each: by then storing, which is one at a time, takes as long as they do."""

AHEAD = 256
"""So many files are looked at ahead."""

BYTES = 500_000
"""And so many bytes of them, but for one file: a bound on memory."""

AT_ONCE = 32
"""Files that a process is asked for at a time, of an eighth of the bytes."""

Chunk = Sequence[tuple[Path, str]]
"""Files and the hashes that are known of them, "" of those that are new."""


def count(embedder: str, files: int) -> int:
    """How many processes to start for so many files; one for a transformer, which uses all cores itself."""
    cores = os.cpu_count() or 1
    worth = embedder == BUNDLED and files >= MANY and cores > 1 and sys.executable
    return min(cores, MOST) if worth else 0


class Workers:
    """Looks at files; a context that ends its processes."""

    def __init__(self, embedder: str, processes: int) -> None:
        """Without ``processes`` files are looked at here, and none is embedded."""
        self._embedder, self._processes = embedder, processes
        self._free: SimpleQueue[_Process | None] = SimpleQueue()
        for _ in range(processes):
            self._free.put(_Process(embedder))
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

    def look(self, files: Iterable[Path], known: Mapping[str, str]) -> Iterator[tuple[Path, Looked]]:
        """Yields each file with its articles, in order, and looks at the next ones meanwhile. ``known``: path -> SHA-256 of what
        was indexed before."""
        waiting: deque[tuple[Chunk, Future[list[Looked]], int]] = deque()
        held = files_held = 0
        for chunk, size in self._chunks(files, known):
            while len(waiting) > max(1, self._processes) and (held + size > BYTES or files_held > AHEAD):
                first, looked, own = waiting.popleft()
                held, files_held = held - own, files_held - len(first)
                yield from zip((file for file, _ in first), looked.result(), strict=True)
            waiting.append((chunk, self._pool.submit(self._looked, chunk), size))
            held, files_held = held + size, files_held + len(chunk)
        while waiting:
            first, looked, _ = waiting.popleft()
            yield from zip((file for file, _ in first), looked.result(), strict=True)

    def _chunks(self, files: Iterable[Path], known: Mapping[str, str]) -> Iterator[tuple[Chunk, int]]:
        """The files, some at a time, and their bytes."""
        chunk: list[tuple[Path, str]] = []
        held = 0
        for file in files:
            size = _size(file)
            if chunk and (not self._processes or len(chunk) >= AT_ONCE or held + size > BYTES // 8):
                yield chunk, held
                chunk, held = [], 0
            chunk.append((file, known.get(str(file.resolve()), "")))
            held += size
        if chunk:
            yield chunk, held

    def _looked(self, chunk: Chunk) -> list[Looked]:
        if self._processes:
            process = self._free.get()
            try:
                if process:
                    return process.look(chunk)
            except (OSError, ValueError):  # it was killed, as for memory: what it was at is done here
                if process:
                    process.close()
                process = None
            finally:
                self._free.put(process)
        with self._alone:
            return [look(file, known, self._reader) for file, known in chunk]


class _Process:
    """A worker's process, started when it is first asked."""

    def __init__(self, embedder: str) -> None:
        self._embedder = embedder
        self._process: subprocess.Popen[bytes] | None = None

    def look(self, chunk: Chunk) -> list[Looked]:
        """What the files say. Raises OSError and ValueError where the process has ended."""
        process = self._process or self._started()
        if process.stdin is None or process.stdout is None:
            raise OSError("a process without pipes")
        process.stdin.write(json.dumps([(str(file), known) for file, known in chunk]).encode() + b"\n")
        process.stdin.flush()
        head, count, dimension = json.loads(process.stdout.readline())
        layout = packing.layout(dimension)
        wanted = count * layout.itemsize
        found = process.stdout.read(wanted)
        if len(found) != wanted:
            raise OSError("a process ended")
        return unpacked(head, np.frombuffer(found, dtype=layout))

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


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # that it cannot be read is told by who reads it
