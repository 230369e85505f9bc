"""Examples drawn beforehand and kept in files: a machine with a graphics card and nothing else can learn from them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.training.reader.examples import Example


class Groups(Protocol):
    """Gives questions, each with its windows as examples; their ``group`` counts from 0."""

    def groups(self, count: int) -> list[list[Example]]:
        """So many questions."""
        ...


def write(groups: Sequence[Sequence[Example]], file: Path) -> None:
    """Keep the examples of questions: tokens and places in 16 bits, one behind the other, with what each example and question has."""
    flat = [example for group in groups for example in group]
    np.savez_compressed(
        file,
        ids=_row([example.ids for example in flat]),
        starts=_row([example.starts for example in flat]),
        ends=_row([example.ends for example in flat]),
        lengths=np.array([len(example.ids) for example in flat], dtype=np.uint16),
        places=np.array([len(example.starts) for example in flat], dtype=np.uint16),
        answers=np.array([example.answers for example in flat], dtype=np.bool_),
        windows=np.array([len(group) for group in groups], dtype=np.uint8),
    )


def _row(parts: Sequence[Sequence[int]]) -> NDArray[np.uint16]:
    return np.concatenate([np.array(part, dtype=np.uint16) for part in parts])


class Drawn:
    """The questions of files that :func:`write` wrote, in another order on each pass."""

    def __init__(self, files: Sequence[Path], seed: int) -> None:
        self._random = random.Random(seed)
        self._files = [_File(file) for file in files]
        self._all = [(file, at) for file in self._files for at in range(len(file))]
        self._left: list[tuple[_File, int]] = []

    def groups(self, count: int) -> list[list[Example]]:
        """So many questions; when all were given, they begin anew."""
        found: list[list[Example]] = []
        while len(found) < count:
            if not self._left:
                self._left = self._all.copy()
                self._random.shuffle(self._left)
            file, at = self._left.pop()
            found.append(file.group(at, len(found)))
        return found


class _File:
    """The arrays of one file, and where in them each example and question begins."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as kept:
            self._ids, self._starts, self._ends = kept["ids"], kept["starts"], kept["ends"]
            self._answers = kept["answers"]
            self._tokens, self._places, self._windows = (_begins(kept[n]) for n in ("lengths", "places", "windows"))

    def __len__(self) -> int:
        return len(self._windows) - 1

    def group(self, at: int, number: int) -> list[Example]:
        """The windows of a question."""
        rows = range(self._windows[at], self._windows[at + 1])
        return [self._example(row, number) for row in rows]

    def _example(self, row: int, number: int) -> Example:
        tokens = slice(self._tokens[row], self._tokens[row + 1])
        places = slice(self._places[row], self._places[row + 1])
        starts, ends = self._starts[places].tolist(), self._ends[places].tolist()
        return Example(self._ids[tokens].tolist(), starts, ends, bool(self._answers[row]), number)


def _begins(counts: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
