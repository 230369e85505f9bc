"""The line of questions at a page: some are answered at once, the others wait in the order of asking and know how many are before them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import cached_property
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from yinju import YinjuError

if TYPE_CHECKING:
    from anyio import CapacityLimiter

SPARE = 8
"""Threads beside those of the answers, for telling those who wait how many are before them."""
Worked = TypeVar("Worked")
FULL = "Too many questions are waiting here ({}): ask again in a minute"


class FullError(YinjuError):
    """A question may not wait, as too many do already."""


class Line:
    """``at_once`` are answered at the same time, up to ``most`` wait."""

    def __init__(self, at_once: int = 2, most: int = 200) -> None:
        self.at_once, self.most = at_once, most
        self._lock = Lock()
        self._waiting: deque[Place] = deque()
        self._answered: set[Place] = set()

    @cached_property
    def threads(self) -> CapacityLimiter:
        """Those that work for the line: whatever else a page does needs none of them."""
        from anyio import CapacityLimiter

        return CapacityLimiter(self.at_once + SPARE)

    async def answered(self, work: Callable[[], Worked]) -> Worked:
        """What ``work`` gives, worked at by a thread when its turn has come. Raises FullError and whatever it raises."""
        from anyio.to_thread import run_sync

        with self.join() as place:
            await place.wait()
            return await run_sync(work, limiter=self.threads)

    def join(self) -> Place:
        """A place at the end. Raises FullError."""
        with self._lock:
            if len(self._waiting) >= self.most and len(self._answered) >= self.at_once:
                raise FullError(FULL.format(len(self._waiting)))
            place = Place(self)
            self._waiting.append(place)
            self._call()
        return place

    def before(self, place: Place) -> int:
        """How many wait before a place; 0 for the next, and for one whose turn has come."""
        with self._lock:
            return self._waiting.index(place) if place in self._waiting else 0

    def counts(self) -> tuple[int, int]:
        """How many are being answered, and how many wait."""
        with self._lock:
            return len(self._answered), len(self._waiting)

    def leave(self, place: Place) -> None:
        """Give a place up, whether its turn had come or not."""
        with self._lock:
            self._answered.discard(place)
            if place in self._waiting:
                self._waiting.remove(place)
            self._call()

    def _call(self) -> None:
        while self._waiting and len(self._answered) < self.at_once:
            place = self._waiting.popleft()
            self._answered.add(place)
            place.call()


class Place:
    """A place in a line, until it is left."""

    def __init__(self, line: Line) -> None:
        self._line, self._called = line, Future[None]()

    def call(self) -> None:
        """Tell whoever waits that its turn has come."""
        self._called.set_result(None)

    @property
    def come(self) -> bool:
        """True if its turn has come."""
        return self._called.done()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until its turn has come, or for so many seconds; no thread waits."""
        if not self.come:
            await asyncio.wait([asyncio.wrap_future(self._called)], timeout=seconds)

    @property
    def before(self) -> int:
        """How many wait before it."""
        return self._line.before(self)

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.leave(self)
