"""Pieces of text from a worker thread to whoever reads them: one at a time in the order asked, ended at once by a cancel."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from queue import Empty, SimpleQueue

Emit = Callable[[str], bool]
"""Takes a piece ("" where there is only progress) and says whether to stop."""

POLL_SECONDS = 0.02
"""How long a reader may go on waiting after a cancel; a token takes longer."""


def stream(worker: Executor, produce: Callable[[Emit], None], cancel: threading.Event | None = None) -> Iterator[str]:
    """What ``produce`` emits, as it comes. The worker is told to stop by ``cancel``, or by the reader's going away.

    Raises what ``produce`` raises.
    """
    pieces: SimpleQueue[str | None] = SimpleQueue()
    gone = threading.Event()
    cancelled = cancel.is_set if cancel else bool

    def emit(piece: str) -> bool:
        if piece:
            pieces.put(piece)
        return gone.is_set() or cancelled()

    def work() -> None:
        try:
            if not emit(""):
                produce(emit)
        finally:
            pieces.put(None)

    done = worker.submit(work)
    try:
        while not cancelled():
            try:
                piece = pieces.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if piece is None:
                done.result()
                return
            yield piece
    finally:
        gone.set()
        done.cancel()
