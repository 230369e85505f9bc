"""What search reads, in segments: stretches of the library's passages, each made once and kept as files, merged as they grow."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import blocks, postings
from index.blocks import Source
from index.lexical import TERMS_VERSION
from index.postings import Inverted, mapped
from index.vectors import Growing, Held, Vectors

FORMAT = 4
"""Raised when the files change, so that those of another make are replaced."""

MOST = 131_072
"""Passages of the largest segments: making one takes about 2 GiB of memory, whatever the size of the library."""

AT_ONCE = 4096
"""A reader merges up to so many passages, a second's work, and keeps so many as files; the rest is left to `yinju index`."""

SAVED = 128
"""Fewer passages are made anew at every start, in 30 ms, instead of kept as files."""

CHECKED = 64 << 20
"""Files up to this many bytes are read whole and compared with their checksum before they are used; larger ones, which are there
to be mapped, by their size alone, and by `yinju doctor`."""

STALE = 3600.0
"""Seconds after which a segment that nobody finished is taken for one that nobody will."""

ALL = (1 << 63) - 1
"""The largest row there can be."""

_NAME = re.compile(r"\d+-\d+-\d+")


class CacheError(Exception):
    """A segment's files are not what was written; it is made anew from the library."""


UNREADABLE = (CacheError, OSError, ValueError, KeyError, TypeError, RuntimeError)
"""What reading a segment that is not whole may raise."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The passages with rows above ``after``, up to ``until``, as they were in one state of the library."""

    generation: int
    after: int
    until: int
    passages: NDArray[np.int64]
    """Their rows, ascending, shape (passages,)."""
    articles: NDArray[np.int64]
    languages: NDArray[np.uint8]
    """Of each passage, a place in ``spoken``."""
    spoken: tuple[str, ...]
    inverted: Inverted
    vectors: Vectors
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows above ``after`` up to ``until``, with ``passages`` passages: what a segment is, or is to be, made of."""

    after: int
    until: int
    passages: int
    kept: Segment | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The segments of one committed state of the library; passages are numbered through them all, 0..n-1."""

    generation: int
    segments: tuple[Segment, ...]
    alive: NDArray[np.bool_] | None
    """Which passages are still in the library, shape (passages,); None where all are."""
    passages: NDArray[np.int64]
    """The row of each passage."""


class Segments:
    """The segments of a library, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: list[Segment] = []

    def follow(self, library: Source, *, merge: bool = False) -> State:
        """The library as it is now. With ``merge`` segments of any size are joined and what is out of use is deleted; else only
        what takes a moment."""
        with library.view():
            generation = library.generation
            if not all(self._usable(library, segment) for segment in self._kept):
                self._kept = []
            kept = self._kept or list(self._saved(library))
            reached = kept[-1].until if kept else 0
            left = None if _whole(library, kept) else library.rows(0, reached)
            stretches = plan(list(_stretches(library, kept, left, merge)), MOST if merge else AT_ONCE)
            made = [s.kept or self._make(library, generation, s, SAVED if merge else AT_ONCE) for s in stretches]
            rows = np.concatenate([np.empty(0, dtype=np.int64), *(segment.passages for segment in made)])
            alive = None if left is None else np.isin(rows, left, assume_unique=True) | (rows > reached)
            alive = None if alive is None or alive.all() else alive
        if merge or any(segment.folder and segment.generation == generation for segment in made):
            self._sweep(made)
        self._kept = made
        return State(generation, tuple(made), alive, rows)

    def behind(self, library: Source) -> bool:
        """True if more passages have no segment than a reader makes one of: a run of indexing was cut before it came to that."""
        with library.view():
            spans = [tuple(map(int, folder.name.split("-"))) for folder in folders(self._folder)]
            reached = [until for generation, _, until in spans if library.descends(generation)]
            return len(library.rows(max(reached, default=0), ALL)) > AT_ONCE

    def forget_damaged(self) -> bool:
        """Delete the segments of which a file is not what was written, every byte read; whether there were any. They are
        made anew when they are next needed."""
        damaged = [folder for folder in folders(self._folder) if _is_damaged(folder)]
        for folder in damaged:
            shutil.rmtree(folder, ignore_errors=True)
        if damaged:
            self._kept = []
        return bool(damaged)

    @staticmethod
    def _usable(library: Source, segment: Segment) -> bool:
        there = segment.folder is None or segment.folder.is_dir()
        return there and library.descends(segment.generation)

    def _saved(self, library: Source) -> Iterator[Segment]:
        """The segments on disk that are this library's own, whole, and do not overlap; the longer before the shorter."""
        reached = 0
        spans = [tuple(map(int, folder.name.split("-"))) for folder in folders(self._folder)]
        for generation, after, until in sorted(spans, key=lambda span: (span[1], -span[2], -span[0])):
            if after >= reached and library.descends(generation):
                folder = self._folder / f"{generation}-{after}-{until}"
                try:
                    yield load(folder, library.vectors)
                    reached = until
                except UNREADABLE:
                    shutil.rmtree(folder, ignore_errors=True)  # what is not whole is made anew

    def _make(self, library: Source, generation: int, stretch: Stretch, least: int) -> Segment:
        made = make(library, generation, stretch)
        if stretch.passages < least:
            return made
        try:
            return save(made, self._folder, library.vectors)
        except UNREADABLE:
            return made  # a cache that cannot be written (read-only or full disk) costs time at the next start, nothing else

    def _sweep(self, used: Sequence[Segment]) -> None:
        """Delete what is out of use; a reader that still has it mapped keeps it until it lets go."""
        names = {segment.folder.name for segment in used if segment.folder}
        for folder in self._folder.glob("*"):
            unfinished = folder.suffix == ".part"
            if (unfinished and time.time() - folder.stat().st_mtime > STALE) or (
                _NAME.fullmatch(folder.name) and folder.name not in names
            ):
                shutil.rmtree(folder, ignore_errors=True)


def plan(stretches: Sequence[Stretch], limit: int) -> list[Stretch]:
    """The stretches with the last ones joined, as long as one is less than twice the next and both have at most ``limit``
    passages: there are few at any time, and each passage is made anew a few times in all (Bentley & Saxe 1980)."""
    planned: list[Stretch] = []
    for stretch in stretches:
        planned.append(stretch)
        while len(planned) > 1:
            one, other = planned[-2:]
            both = one.passages + other.passages
            if one.passages >= 2 * other.passages or both > limit:
                break
            planned[-2:] = [Stretch(one.after, other.until, both)]
    return planned


def _whole(library: Source, kept: Sequence[Segment]) -> bool:
    """True if the kept segments hold, without a gap, exactly what the library has up to the end of the last."""
    ends = [0, *(segment.until for segment in kept)]
    held = sum(len(segment.passages) for segment in kept)
    return [segment.after for segment in kept] == ends[:-1] and library.held(ends[-1]) == held


def _stretches(
    library: Source, kept: Sequence[Segment], left: NDArray[np.int64] | None, merge: bool
) -> Iterator[Stretch]:
    """The kept segments, but for those of which much is gone, and what lies between and behind them; ``left`` are the rows that
    the library has up to the end of the last, None where they are those of the segments."""
    reached = 0
    for segment in kept:
        count = len(segment.passages)
        if left is not None:
            if between := _within(left, reached, segment.after):
                yield Stretch(reached, segment.after, between)
            count = _within(left, segment.after, segment.until)
        reached = segment.until
        yield Stretch(segment.after, reached, count, segment if _good(segment, count, merge) else None)
    fresh = library.rows(reached, ALL)
    for start in range(0, len(fresh), MOST):
        part = fresh[start : start + MOST]
        yield Stretch(reached, int(part[-1]), len(part))
        reached = int(part[-1])


def _within(rows: NDArray[np.int64], after: int, until: int) -> int:
    return int(np.searchsorted(rows, until, side="right") - np.searchsorted(rows, after, side="right"))


def _good(segment: Segment, left: int, merge: bool) -> bool:
    """True if a segment is worth keeping: small ones are made anew at once when anything of them is gone."""
    gone = len(segment.passages) - left
    if len(segment.passages) <= AT_ONCE:
        return not gone
    return not merge or gone <= 0.1 * len(segment.passages)


def make(library: Source, generation: int, stretch: Stretch) -> Segment:
    """A segment of what the library holds of a stretch now."""
    units = library.many(stretch.after, stretch.until)
    sample = partial(blocks.sample, library, stretch.after, stretch.until, units)
    growing = Growing(units, library.manifest.dimension, sample, library.vectors, keep=library.far)
    lists: list[postings.Sorted] = []
    passages, articles, languages = ([np.empty(0, dtype=np.int64)] for _ in range(3))
    spoken: dict[str, int] = {}
    first = 0
    for block in blocks.read(library, stretch.after, stretch.until):
        growing.add(block.vectors, block.passages, block.sizes)
        lists.append(postings.sort(block.texts, first))
        first += len(block.passages)
        passages.append(block.passages)
        articles.append(block.articles)
        languages.append(np.array([spoken.setdefault(name, len(spoken)) for name in block.languages], dtype=np.int64))
    return Segment(
        generation,
        stretch.after,
        stretch.until,
        np.concatenate(passages),
        np.concatenate(articles),
        np.concatenate(languages).astype(np.uint8),
        tuple(spoken),
        postings.join(lists),
        growing.finish(),
    )


def folders(folder: Path) -> list[Path]:
    """The folders of segments that are there."""
    return sorted(path for path in folder.glob("*") if _NAME.fullmatch(path.name))


def save(segment: Segment, folder: Path, held: Held) -> Segment:
    """Write a segment's files and put them in place at once; gives back the segment mapped from them. Raises OSError."""
    name = f"{segment.generation}-{segment.after}-{segment.until}"
    unfinished = folder / f"{name}.{os.getpid()}.part"
    try:
        unfinished.mkdir(parents=True)
        for array in ("passages", "articles", "languages"):
            np.save(unfinished / f"{array}.npy", getattr(segment, array), allow_pickle=False)
        segment.inverted.save(unfinished)
        segment.vectors.save(unfinished)
        tag: dict[str, Any] = {"format": FORMAT, "terms": TERMS_VERSION, "spoken": segment.spoken}
        tag |= {"depth": segment.vectors.depth, "recall": segment.vectors.recall, "passages": len(segment.passages)}
        tag["files"] = {path.name: [path.stat().st_size, _checksum(path)] for path in sorted(unfinished.iterdir())}
        (unfinished / "segment.json").write_text(json.dumps(tag), encoding="utf-8")
        for path in unfinished.iterdir():
            if path.stat().st_size > CHECKED:  # of the others it would be seen that they are not what was written
                _sync(path)
        if not (folder / name).is_dir():  # another process may have made the same one meanwhile
            unfinished.rename(folder / name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return load(folder / name, held, segment)


def load(folder: Path, held: Held, made: Segment | None = None) -> Segment:
    """A saved segment; ``held`` gives the vectors that only the library has. ``made`` is what was written there just now: that is
    not compared, and few vectors need not be read again. Raises one of UNREADABLE where it is not whole."""
    tag = json.loads((folder / "segment.json").read_bytes())
    if (tag["format"], tag["terms"]) != (FORMAT, TERMS_VERSION):
        raise CacheError(f"{folder} is of another format.")
    if made is None:
        check(folder, tag["files"], CHECKED)
    passages = mapped(folder / "passages.npy")
    generation, after, until = map(int, folder.name.split("-"))
    few = made.vectors if made is not None and made.vectors.flat else None
    found = Segment(
        generation,
        after,
        until,
        passages,
        mapped(folder / "articles.npy"),
        mapped(folder / "languages.npy"),
        tuple(tag["spoken"]),
        Inverted.load(folder),
        few or Vectors.load(folder, passages, held, int(tag["depth"]), float(tag["recall"])),
        folder,
    )
    if (
        not len(passages)
        == len(found.articles)
        == len(found.languages)
        == found.inverted.size
        == len(found.vectors.ends)
    ):
        raise CacheError(f"The files of {folder} do not belong together.")
    return found


def check(folder: Path, files: dict[str, list[int]], most: int | None = None) -> None:
    """Compare sizes, and the checksums of files up to ``most`` bytes, with what was written. Raises CacheError."""
    for name, (size, checksum) in files.items():
        path = folder / name
        if path.stat().st_size != size or ((most is None or size <= most) and _checksum(path) != checksum):
            raise CacheError(f"{path} is not what was written.")


def _is_damaged(folder: Path) -> bool:
    try:
        check(folder, json.loads((folder / "segment.json").read_bytes())["files"])
    except UNREADABLE:
        return folder.is_dir()  # else another process has replaced it meanwhile
    return False


def told(folder: Path) -> str:
    """How the segments on disk are, every byte read, in a line for `yinju doctor`. Damage needs no cure: the next search mends it."""
    whole, damaged = [], 0
    for one in folders(folder):
        try:
            tag = json.loads((one / "segment.json").read_bytes())
            check(one, tag["files"])
            size = sum(int(size) for size, _ in tag["files"].values())
            whole.append((int(tag["passages"]), float(tag["recall"]), size))
        except UNREADABLE:
            damaged += 1
    if damaged:
        return "damaged: made anew at the next search"
    if not whole:
        return f"none yet: made by indexing {SAVED} passages or more"
    passages, recalls, sizes = zip(*whole, strict=True)
    many = f"{len(whole)} segment" + "s" * (len(whole) > 1)
    held = f"{sum(passages)} passages in {many}, {sum(sizes) / 2**20:.0f} MiB"
    return f"{held}; of the ten nearest passages {min(recalls):.2f} are found"


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found = zlib.crc32(piece, found)
    return found


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
