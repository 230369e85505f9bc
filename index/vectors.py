"""Unit vectors: every one compared where they are few; above, 4-bit codes in FAISS scanned first and the best compared again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.distinct import distinct
from index.packing import Packed, dots, layout, summed, unpack
from index.postings import mapped

if TYPE_CHECKING:
    import faiss

FLAT_LIMIT = 50_000
"""Up to this many vectors every one is compared, as the library holds it (exact; 3 ms here at the limit)."""

DIMENSIONS_A_CODE = 4
DEPTHS = (300, 600, 1200, 2400)
"""So many nearest codes are found first, and the units of their passages compared as the library holds them: the first of these
that finds RECALL of the ten nearest passages, measured when the codes are made. Codes of eight dimensions instead of four need
twice the depth for as much; inverted lists, 32 of 4,888 of them probed, keep .74."""

RECALL = 0.99
PROBES = 32
"""Questions that recall is measured with: means of two units, which no unit is equal to."""

COMPARED_WITH_FILTER = 1_000
"""Up to this many passages that a filter admits are compared one by one, 10 ms; of more the codes are scanned, deeper."""

SEED = 20260101

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]
NONE: Places = np.empty(0, dtype=np.int64)
Held = Callable[[list[int]], tuple[Places, Places, Packed]]
"""What a library holds of passages, see :meth:`index.library.Library.vectors`."""
_THREADS = ThreadPoolExecutor(os.cpu_count(), "yinju-scan")


class Vectors:
    """The unit vectors of some passages, passage after passage; a unit is known by its place, 0..n-1.

    Few of them are in memory whole, of many only short codes: the library holds the vectors, and is asked for those that
    the codes lead to, unless it is far away and they are kept beside the codes.
    """

    def __init__(
        self,
        index: faiss.Index | Packed,
        rows: Places,
        ends: Places,
        total: Floats,
        held: Held,
        packed: Packed | None = None,
    ) -> None:
        """``index`` has the code of every unit or, where they are few, all of it; ``rows`` are the library's of the passages,
        ``ends`` says where each passage's units end, ``total`` is their sum, ``packed`` all of them where they are kept."""
        self._index: Any = index  # of the one make or the other, see flat
        self._rows, self._held, self._packed = rows, held, packed
        self.ends, self.total = ends, total
        self.depth, self.recall = DEPTHS[0], 1.0

    @property
    def flat(self) -> bool:
        """True if all vectors are in memory."""
        return isinstance(self._index, np.ndarray)

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return len(self._index) if isinstance(self._index, np.ndarray) else int(self._index.ntotal)

    def cosines(self, query: Floats) -> Floats | None:
        """Those of every unit where all vectors are in memory, shape (units,)."""
        return dots(self._index, query) if isinstance(self._index, np.ndarray) else None

    def nearest(self, query: Floats, k: int) -> tuple[Places, Floats]:
        """The units with the k nearest codes, nearest first, and about their cosines."""
        k = min(k, self.size)
        if k <= 0:
            return NONE, np.empty(0, dtype=np.float32)
        scores, places = self._index.search(query[None], k)
        found = places[0] >= 0  # FAISS pads with -1
        return places[0][found].astype(np.int64), scores[0][found].astype(np.float32)

    def compare(self, query: Floats, passages: Places) -> tuple[Places, Floats]:
        """The passage of every unit of these passages, which are ascending, and the unit's cosine, as the library holds it.
        One that is no longer in the library has none."""
        if self._packed is not None:
            units = self.units(passages)
            return self.owners(units), dots(self._packed[units], query)
        rows, sizes, packed = self._held(self._rows[passages].tolist())
        there = passages[np.isin(self._rows[passages], rows, assume_unique=True)]
        return np.repeat(there, sizes), dots(packed, query)

    def units(self, passages: Places) -> Places:
        """The units of these passages."""
        starts = np.where(passages > 0, self.ends[passages - 1], 0)
        sizes = self.ends[passages] - starts
        return np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))

    def get(self, units: Places) -> Floats:
        """The vectors at these places, shape (places, dimension), or what their codes tell of them."""
        if isinstance(self._index, np.ndarray):
            return unpack(self._index[units])
        return np.asarray(self._index.reconstruct_batch(units), dtype=np.float32).reshape(len(units), self._index.d)

    def owners(self, units: Places) -> Places:
        """The passage of each unit."""
        return np.searchsorted(self.ends, units, side="right")

    def save(self, folder: Path) -> None:
        """The arrays and, of many vectors, the codes in FAISS's own bytes; vectors themselves stay in the library."""
        np.save(folder / "ends.units.npy", self.ends)
        np.save(folder / "total.npy", self.total)
        if not self.flat:
            _write(self._index, folder / "codes.faiss")
        if self._packed is not None:
            np.save(folder / "vectors.npy", self._packed, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, rows: Places, held: Held, depth: int, recall: float) -> Vectors:
        """The saved vectors; few of them are read from the library. Raises OSError, ValueError and RuntimeError."""
        ends, total = mapped(folder / "ends.units.npy"), mapped(folder / "total.npy")
        packed = mapped(folder / "vectors.npy") if (folder / "vectors.npy").is_file() else None
        if (folder / "codes.faiss").is_file():
            index: Any = _read(folder / "codes.faiss")
        else:
            index = _read_from(held, rows, np.diff(ends, prepend=0), len(total)) if packed is None else packed
        found = cls(index, rows, ends, total, held, packed)
        if {found.size, found.size if packed is None else len(packed)} != {int(ends[-1]) if len(ends) else 0}:
            raise ValueError(f"The vectors of {folder} do not belong together.")
        found.depth, found.recall = depth, recall
        return found


def _read_from(held: Held, rows: Places, sizes: Places, dimension: int) -> Packed:
    """The vectors of passages of ``sizes`` units; one that has gone from the library meanwhile has zeros."""
    there, found, packed = held(rows.tolist())
    own = np.isin(rows, there, assume_unique=True)
    if not np.array_equal(sizes[own], found):
        raise ValueError("The library holds other units than it did.")
    if own.all():
        return packed
    vectors = np.zeros(int(sizes.sum()), dtype=layout(dimension))
    vectors[np.repeat(own, sizes)] = packed
    return vectors


def _write(index: faiss.Index, path: Path) -> None:
    import faiss

    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))


def _read(path: Path) -> faiss.Index:
    import faiss

    content = np.memmap(path, dtype=np.uint8, mode="r")
    index = faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(content), content.size))
    index.referenced_objects = [content]  # what FAISS points into lives as long as FAISS
    return index


class Growing:
    """Vectors to which units are added block by block."""

    def __init__(
        self, count: int, dimension: int, sample: Callable[[], Floats], held: Held, *, keep: bool = False
    ) -> None:
        """For ``count`` vectors; ``sample`` gives as many of them, shape (vectors, dimension), as are enough to learn from, and is
        not asked where they are few. With ``keep`` the vectors are kept beside their codes."""
        self._held, self._codes, self._keep = held, None, keep
        if count > FLAT_LIMIT:
            import faiss

            self._sample = sample()
            codes = next(d for d in range(max(1, dimension // DIMENSIONS_A_CODE), 0, -1) if dimension % d == 0)
            self._codes = faiss.index_factory(dimension, f"PQ{codes}x4fs", faiss.METRIC_INNER_PRODUCT)
            self._codes.train(self._sample)
        self._whole = [np.empty(0, dtype=layout(dimension))]
        self._rows, self._ends = [NONE], [NONE]
        self._count = 0
        self._total = np.zeros(dimension, dtype=np.float64)

    def add(self, packed: Packed, rows: Places, sizes: Places) -> None:
        """Add passages, by the library's rows, of ``sizes`` units each."""
        self._total += summed(packed)
        if self._codes is None or self._keep:
            self._whole.append(packed)
        if self._codes is not None and len(packed):
            self._codes.add(unpack(packed))
        self._rows.append(rows)
        self._ends.append(self._count + np.cumsum(sizes))
        self._count += len(packed)

    def finish(self) -> Vectors:
        """The finished vectors, set to scan as many codes as their recall needs."""
        rows, ends = np.concatenate(self._rows), np.concatenate(self._ends)
        whole = np.concatenate(self._whole)
        index = whole if self._codes is None else self._codes
        packed = whole if self._keep else None
        found = Vectors(index, rows, ends, self._total.astype(np.float32), self._held, packed)
        if not found.flat:
            _measure(found, self._sample)
        return found


def _measure(vectors: Vectors, sample: Floats) -> None:
    """Choose the depth that finds RECALL of the ten nearest passages of PROBES questions, held against the nearest of twice
    the greatest depth."""
    drawn = np.random.default_rng(SEED).choice(len(sample), (PROBES, 2))
    probes = sample[drawn].sum(axis=1)
    probes /= np.maximum(np.linalg.norm(probes, axis=1, keepdims=True), np.float32(1e-12))
    ranked = []
    for probe in probes:
        units, _ = vectors.nearest(probe, 2 * DEPTHS[-1])
        passages = distinct(owners := vectors.owners(units))
        compared, cosines = vectors.compare(probe, passages)
        ten = _ten(compared[np.argsort(-cosines, kind="stable")])
        ranked.append((owners, ten))
    for depth in DEPTHS:
        vectors.depth = depth
        found = [len(ten & {*owners[:depth].tolist()}) / len(ten) for owners, ten in ranked]
        vectors.recall = float(np.mean(found))
        if vectors.recall >= RECALL:
            break


def _ten(passages: Places) -> set[int]:
    return set(list(dict.fromkeys(passages.tolist()))[:10])


def mean(parts: Sequence[Vectors], alive: Mask | None = None) -> Floats:
    """The mean of all units, shape (dimension,); ``alive`` tells which passages, of all parts, they are to be of."""
    if not parts:
        return np.zeros(1, dtype=np.float32)
    total = np.sum([part.total for part in parts], axis=0, dtype=np.float64)
    count = sum(part.size for part in parts)
    start = 0
    for part in parts:
        if alive is None:
            break
        gone = np.flatnonzero(~alive[start : start + len(part.ends)])
        start += len(part.ends)
        lost = part.get(part.units(gone))
        total, count = total - lost.sum(axis=0, dtype=np.float64), count - len(lost)
    return np.asarray(total / max(count, 1), dtype=np.float32)


Scanned = tuple[Places, Floats]
"""Units of a part, nearest codes first, and about their cosines."""


@dataclass(frozen=True, slots=True)
class _Scan:
    """A part that is being scanned."""

    part: Vectors
    start: int
    """Number of the part's first passage."""
    allowed: Mask | None
    cosines: Floats | None
    """Of every unit, where all of them are in memory."""
    few: Places | None
    """The passages that are allowed, where the library is asked for all of them and nothing is scanned."""
    scanned: Future[Scanned] | None


class Nearest:
    """The units nearest to a query. Codes are scanned in threads from the start, while the caller looks up words."""

    def __init__(self, parts: Sequence[Vectors], query: Floats, k: int, allowed: Mask | None = None) -> None:
        """``k`` of them, of the allowed passages, shape (passages of all parts,)."""
        self._query = np.ascontiguousarray(query, dtype=np.float32)
        self._k = max(k, 0)
        self._scans: list[_Scan] = []
        start = 0
        for part in parts:
            end = start + len(part.ends)
            self._scans.append(self._begun(part, start, None if allowed is None else allowed[start:end]))
            start = end

    def _begun(self, part: Vectors, start: int, allowed: Mask | None) -> _Scan:
        cosines = part.cosines(self._query)
        few, scanned = None, None
        if cosines is None and allowed is not None and np.count_nonzero(allowed) <= COMPARED_WITH_FILTER:
            few = np.flatnonzero(allowed)
        elif cosines is None:
            share = 1.0 if allowed is None else float(allowed.mean())
            scanned = _THREADS.submit(part.nearest, self._query, int(part.depth / max(share, 1e-9)))
        return _Scan(part, start, allowed, cosines, few, scanned)

    def found(self, also: Places = NONE) -> tuple[Places, Floats]:
        """The passage of each, numbered through all parts, and its cosine; after them, whatever their cosines, every unit of
        the passages of ``also``. A unit may come twice."""
        least = self._least()
        near: list[tuple[Places, Floats]] = []
        asked: list[tuple[Places, Floats]] = []
        for scan in self._scans:
            here = also[(also >= scan.start) & (also < scan.start + len(scan.part.ends))] - scan.start
            if (cosines := scan.cosines) is not None:
                for units, told in ((_largest(scan, cosines, self._k), near), (scan.part.units(here), asked)):
                    told.append((scan.part.owners(units) + scan.start, cosines[units]))
            else:
                near.append(self._compared(scan, distinct(_led_to(scan, least), here)))  # the library is asked once
        passages, cosines = _joined(near)
        best = np.argsort(-cosines, kind="stable")[: self._k]
        wanted = np.isin(passages, also)
        return _joined([(passages[best], cosines[best]), (passages[wanted], cosines[wanted]), *asked])

    def _least(self) -> float:
        """How near the codes are at least that are among the nearest of all parts."""
        coarse = [scan.scanned.result()[1] for scan in self._scans if scan.scanned]
        if not coarse:
            return 0.0
        near = np.sort(np.concatenate(coarse))
        return float(near[-min(len(near), max(map(len, coarse)))]) if len(near) else 0.0

    def _compared(self, scan: _Scan, passages: Places) -> tuple[Places, Floats]:
        if not len(passages):
            return NONE, np.empty(0, dtype=np.float32)
        owners, cosines = scan.part.compare(self._query, passages)
        return owners + scan.start, cosines


def _led_to(scan: _Scan, least: float) -> Places:
    """The passages that the codes of a part lead to, or all that are allowed where those are few."""
    if scan.scanned is None:
        return NONE if scan.few is None else scan.few
    units, near = scan.scanned.result()
    passages = distinct(scan.part.owners(units[near >= least]))
    return passages if scan.allowed is None else passages[scan.allowed[passages]]


def _largest(scan: _Scan, cosines: Floats, k: int) -> Places:
    """The k units of a part that are nearest, of the allowed passages, in order."""
    units = np.arange(len(cosines)) if scan.allowed is None else scan.part.units(np.flatnonzero(scan.allowed))
    if len(units) <= k:
        return units
    return np.sort(units[np.argpartition(-cosines[units], k)[:k]])


def _joined(found: Sequence[tuple[Places, Floats]]) -> tuple[Places, Floats]:
    passages = np.concatenate([NONE, *(one for one, _ in found)])
    return passages, np.concatenate([np.empty(0, dtype=np.float32), *(one for _, one in found)])
