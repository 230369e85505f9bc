"""Citation marks ([1], 【1】, (1)) read out of text as it streams, those that name nothing shown dropped and noted. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation read from text: passage ``number`` is cited after ``clean[:at]``."""

    at: int
    number: int


@dataclass(frozen=True, slots=True)
class Marked:
    """Text without its marks, the marks in order, and what looked like a mark but names nothing that was shown."""

    text: str
    marks: tuple[Mark, ...]
    invented: tuple[str, ...]


_OPEN = {"[": "]", "【": "】", "［": "］", "〔": "〕", "(": ")", "（": "）"}
_ROUND = "(（"
_INSIDE = re.compile(r"[\d０-９ ,，、;；\-–~^]*\Z")
_NUMBERS = re.compile(r"\s*\^?(\d{1,3})(?:\s*[-–~]\s*(\d{1,3}))?\s*(?:[,，、;；]|\Z)")
_LONGEST_MARK = 32
_ENDS = frozenset('。，！？；：、.,!?;:[【［〔(（\n\r”"』」')


class MarkReader:
    """Marks read while text streams in: the pieces' cut does not matter, what is read is what :func:`read_marks` reads.

    ``shown`` are the numbers of the passages that were shown (None: any number may be cited). [1], 【1】, ［１］, 〔1〕 and
    lists of them ([1,2], [1-3]) are marks; (1) is one only after a word and before punctuation or the line's end, and only
    when 1 was shown.
    """

    def __init__(self, shown: Collection[int] | None = None) -> None:
        self._shown = None if shown is None else frozenset(shown)
        self._length = 0
        self._last = "\n"
        self._held = ""
        """White space that may turn out to stand before a mark, then perhaps the beginning of one."""
        self.marks: list[Mark] = []
        self.invented: list[str] = []

    def feed(self, piece: str) -> str:
        """Take the next piece of text; return the text that is certain by now, without marks."""
        return "".join(self._step(character) for character in piece)

    def close(self) -> str:
        """The rest of the text, once no more will come."""
        return self._step("\n")[:-1]

    def _step(self, character: str) -> str:
        space, begun = self._split()
        if not begun:
            return self._begin(character, space)
        closed = begun[-1] in _OPEN.values()
        if closed:
            if character in _ENDS and self._take(begun):
                self._held = ""
                return self._step(character)
            return self._release() + self._step(character)
        if character == _OPEN[begun[0]]:
            return self._end(begun + character)
        if _INSIDE.match(character) and len(begun) < _LONGEST_MARK:
            self._held += character
            return ""
        return self._release() + self._step(character)

    def _split(self) -> tuple[str, str]:
        begun = self._held.lstrip(" \u3000\t")
        return self._held[: len(self._held) - len(begun)], begun

    def _begin(self, character: str, space: str) -> str:
        if character in _OPEN or character in " \u3000\t" and len(space) < _LONGEST_MARK:
            self._held += character
            return ""
        return self._release(character)

    def _end(self, mark: str) -> str:
        """A closed bracket: square ones are decided at once, round ones by the character that follows."""
        if mark[0] in _ROUND:
            self._held += mark[-1]
            return ""
        if self._take(mark):
            self._held = ""
            return ""
        return self._release(mark[-1])

    def _release(self, more: str = "") -> str:
        out, self._held = self._held + more, ""
        self._length += len(out)
        self._last = out[-1:] or self._last
        return out

    def _take(self, mark: str) -> bool:
        """Note a whole bracket's numbers; False when it is no mark but text."""
        numbers = _cited(mark[1:-1])
        if not numbers:
            return False
        known = [number for number in numbers if self._shown is None or number in self._shown]
        if mark[0] in _ROUND and (len(known) < len(numbers) or self._last in "\n\r" or max(numbers) > 99):
            return False
        self.marks += [Mark(self._length, number) for number in known]
        self.invented += [f"[{number}]" for number in numbers if number not in known]
        return True


def _cited(inside: str) -> list[int]:
    """Numbers of "1", "1,2", "１、３" or "1-3"; none when it is anything else."""
    text, at, numbers = unicodedata.normalize("NFKC", inside), 0, list[int]()
    while at < len(text):
        found = _NUMBERS.match(text, at)
        if not found:
            return []
        first, last = int(found[1]), int(found[2] or found[1])
        if not 0 <= last - first < 10:
            return []
        numbers += range(first, last + 1)
        at = found.end()
    return list(dict.fromkeys(numbers))


def read_marks(text: str, shown: Collection[int] | None = None) -> Marked:
    """Text without its citation marks, and the marks; see :class:`MarkReader` for what is one."""
    reader = MarkReader(shown)
    clean = reader.feed(text)
    clean += reader.close()
    return Marked(clean, tuple(reader.marks), tuple(reader.invented))
