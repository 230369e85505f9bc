"""Reply: an answer to be read word by word while it is written, or as the checked whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from threading import Event, RLock

from rag.types import Answer

_PIECE = re.compile(r"\[\d+\]|[A-Za-z0-9]+\s?|\s+|[^\[A-Za-z0-9\s]{1,4}|.", re.DOTALL)


class Reply:
    """An answer that reads word by word; ``answer`` is the whole, whether or not it was read."""

    def __init__(self, answer: Answer | Iterator[str | Answer], cancel: Event | None = None) -> None:
        """``answer`` is whole, or is written while it is read: words, then the whole. ``cancel`` stops the writing."""
        self._whole = answer if isinstance(answer, Answer) else None
        self._coming = iter(()) if isinstance(answer, Answer) else answer
        self._words: list[str] = []
        self._cancel = cancel or Event()
        self._lock = RLock()

    def __repr__(self) -> str:
        return f"Reply({self._whole!r})" if self._whole else f"Reply({len(self._words)} pieces so far)"

    def __iter__(self) -> Iterator[str]:
        """The answer's text in small pieces, together ``answer.text``; of one that is being written the words as they come,
        before they are checked. A reader who stops before the end stops the writing."""
        at = 0
        try:
            while self._more(at):
                yield self._words[at]
                at += 1
        except GeneratorExit:
            self._cancel.set()
            raise
        if not self._words:
            yield from _PIECE.findall(self.answer.text)

    @property
    def answer(self) -> Answer:
        """The checked answer; waits until it is written."""
        while self._more(len(self._words)):
            pass
        assert self._whole is not None  # noqa: S101 - what is written ends with its answer
        return self._whole

    def changed(self, change: Callable[[Answer], Answer]) -> Reply:
        """This reply, which nobody has read yet, with its answer changed."""
        if self._whole:
            return Reply(change(self._whole), self._cancel)
        coming = self._coming
        return Reply((change(one) if isinstance(one, Answer) else one for one in coming), self._cancel)

    def cancel(self) -> None:
        """Stop the writing, from any thread: what is written by then is checked and is the answer."""
        self._cancel.set()

    def _more(self, at: int) -> bool:
        """True if there is a word at this place, which may have to be waited for."""
        with self._lock:
            while at >= len(self._words):
                told = next(self._coming, None)
                if told is None:
                    return False
                if isinstance(told, Answer):
                    self._whole = told
                else:
                    self._words.append(told)
            return True
