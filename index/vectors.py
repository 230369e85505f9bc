"""Unit vectors in FAISS: every one compared where they are few; above, 4-bit codes scanned first and the best compared again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from index.postings import mapped

if TYPE_CHECKING:
    import faiss

FLAT_LIMIT = 50_000
"""Up to this many vectors every one is compared, as the library holds it (exact; 3 ms here at the limit)."""

DIMENSIONS_A_CODE = 4
DEPTHS = (300, 600, 1200, 2400)
"""So many nearest codes are found first, and the units of their passages compared by their 8-bit components: the first of these
that finds RECALL of the ten nearest passages, measured when the codes are made.

Only sentences and whole passages are scanned, not the pairs of neighbours between: of 1.96 million units of 105,508 passages that
takes 2.7 ms instead of 7.7, and the 600 nearest codes lead to all of the ten nearest passages either way (whole passages alone: to
.50). Codes of eight dimensions instead of four need twice the depth for as much; inverted lists, 32 of 4,888 of them probed, keep
.74."""

RECALL = 0.99
PROBES = 32
"""Questions that recall is measured with: means of two units, which no unit is equal to."""

SCANNED_WITH_FILTER = 100_000
"""Up to this many units that a filter admits are compared one by one, 6 ms; of more the codes are scanned, deeper."""

SEED = 20260101

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]
NONE: Places = np.empty(0, dtype=np.int64)
_THREADS = ThreadPoolExecutor(os.cpu_count(), "yinju-scan")


class Vectors:
    """The unit vectors of some passages, passage after passage; a unit is known by its place, 0..n-1."""

    def __init__(
        self, fine: faiss.Index, ends: Places, total: Floats, coarse: faiss.Index | None = None, scanned: Places = NONE
    ) -> None:
        """``fine`` has every unit, ``coarse`` the codes of those in ``scanned``; ``ends`` says where each passage's units end,
        ``total`` is their sum."""
        self._fine, self._coarse, self._scanned = fine, coarse, scanned
        self.ends, self.total = ends, total
        self.depth, self.recall = DEPTHS[0], 1.0
        self._codes: _Codes | None = None

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return int(self._fine.ntotal)

    @property
    def flat(self) -> bool:
        """Whether every vector is compared."""
        return self._coarse is None

    def scan(self, query: Floats, factor: float = 1.0) -> tuple[Places, Floats]:
        """Units whose codes are nearest, and about how near they are; of few vectors none, as all of them are compared."""
        if self._coarse is None:
            return NONE, np.empty(0, dtype=np.float32)
        k = min(int(self.depth * factor), int(self._coarse.ntotal))
        scores, codes = self._coarse.search(query[None], k)
        found = codes[0] >= 0  # FAISS pads with -1
        return np.asarray(self._scanned[codes[0][found]], dtype=np.int64), scores[0][found]

    def exact(self, query: Floats, k: int, allowed: Mask | None = None) -> tuple[Places, Floats]:
        """The k nearest of all units, or of the allowed ones, and their cosines."""
        import faiss

        k = min(k, self.size if allowed is None else int(np.count_nonzero(allowed)))
        if k <= 0:
            return NONE, np.empty(0, dtype=np.float32)
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        scores, places = self._fine.search(query[None], k, params=parameters)
        found = places[0] >= 0
        return places[0][found].astype(np.int64), scores[0][found].astype(np.float32)

    def compare(self, query: Floats, passages: Places) -> tuple[Places, Floats]:
        """Every unit of these passages and its cosine."""
        units = self.units(passages)
        if self._codes is None:
            return units, self.get(units) @ query
        starts = np.where(passages > 0, self.ends[passages - 1], 0)
        return units, self._codes.cosines(query, starts.tolist(), self.ends[passages].tolist())

    def units(self, passages: Places) -> Places:
        """The units of these passages."""
        starts = np.where(passages > 0, self.ends[passages - 1], 0)
        sizes = self.ends[passages] - starts
        return np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))

    def get(self, units: Places) -> Floats:
        """The vectors at these places, shape (places, dimension)."""
        return np.asarray(self._fine.reconstruct_batch(units), dtype=np.float32).reshape(len(units), self._fine.d)

    def owners(self, units: Places) -> Places:
        """The passage of each unit."""
        return np.searchsorted(self.ends, units, side="right")

    def save(self, folder: Path) -> None:
        """The arrays and FAISS's own bytes, a file each."""
        np.save(folder / "ends.units.npy", self.ends)
        np.save(folder / "total.npy", self.total)
        _write(self._fine, folder / "fine.faiss")
        if self._coarse is not None:
            _write(self._coarse, folder / "coarse.faiss")
            np.save(folder / "scanned.npy", self._scanned)

    @classmethod
    def load(cls, folder: Path, depth: int, recall: float) -> Vectors:
        """The saved vectors, mapped but for the codes. Raises OSError, ValueError and RuntimeError."""
        coarse, scanned = None, NONE
        if (folder / "coarse.faiss").is_file():
            coarse, scanned = _read(folder / "coarse.faiss"), mapped(folder / "scanned.npy")
        ends, total = mapped(folder / "ends.units.npy"), mapped(folder / "total.npy")
        found = cls(_read(folder / "fine.faiss"), ends, total, coarse, scanned)
        if found.size != (int(ends[-1]) if len(ends) else 0) or len(scanned) != (coarse.ntotal if coarse else 0):
            raise ValueError(f"The vectors of {folder} do not belong together.")
        found.depth, found.recall = depth, recall
        if coarse is not None:
            found._codes = _Codes(folder / "fine.faiss", found._fine)
        return found


class _Codes:
    """The 8-bit components in a file, read where they are needed: what is mapped would stay in memory, 64 KiB for each
    passage that is looked at, a gigabyte after a few hundred questions."""

    def __init__(self, path: Path, fine: faiss.IndexScalarQuantizer) -> None:
        import faiss

        self._file = path.open("rb", buffering=0)
        finalize(self, self._file.close)
        self._lock = Lock()
        self._width = int(fine.code_size)
        self._first = path.stat().st_size - self._width * int(fine.ntotal)  # FAISS writes them last
        # FAISS holds a component as the least one of its dimension plus (code + .5) / 255 of their range.
        self._least, self._range = faiss.vector_to_array(fine.sq.trained).reshape(2, -1)

    def cosines(self, query: Floats, starts: Sequence[int], ends: Sequence[int]) -> Floats:
        """The cosines of the units of some stretches."""
        pieces = []
        # Told of all at once, the disk reads them side by side: of a million passages 45 ms a question instead of 75.
        if hasattr(os, "posix_fadvise"):
            for start, end in zip(starts, ends, strict=True):
                place = self._first + start * self._width, (end - start) * self._width
                os.posix_fadvise(self._file.fileno(), *place, os.POSIX_FADV_WILLNEED)
        with self._lock:
            for start, end in zip(starts, ends, strict=True):
                self._file.seek(self._first + start * self._width)
                pieces.append(self._file.read((end - start) * self._width))
        codes = np.frombuffer(b"".join(pieces), dtype=np.uint8).reshape(-1, self._width)
        weights = query * self._range / 255
        found: Floats = codes.astype(np.float32) @ weights + (query @ self._least + weights.sum() / 2)
        return found


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

    def __init__(self, count: int, sample: NDArray[np.float16]) -> None:
        """For ``count`` vectors, of which ``sample``, shape (vectors, dimension), is enough to learn from."""
        import faiss

        dimension = sample.shape[1]
        self._coarse: faiss.Index | None = None
        kind = faiss.ScalarQuantizer.QT_fp16 if count <= FLAT_LIMIT else faiss.ScalarQuantizer.QT_8bit
        self._fine = faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)
        self._sample = sample.astype(np.float32)
        if count > FLAT_LIMIT:
            codes = next(d for d in range(max(1, dimension // DIMENSIONS_A_CODE), 0, -1) if dimension % d == 0)
            self._coarse = faiss.index_factory(dimension, f"PQ{codes}x4fs", faiss.METRIC_INNER_PRODUCT)
            self._coarse.train(self._sample)
            self._fine.train(self._sample)
        self._scanned: list[Places] = []
        self._ends: list[Places] = []
        self._total = np.zeros(dimension, dtype=np.float64)

    def add(self, vectors: NDArray[np.float16], scanned: Mask, sizes: Places) -> None:
        """Add passages of ``sizes`` units each; those ``scanned`` lead to the others."""
        first = int(self._fine.ntotal)
        full = vectors.astype(np.float32)
        self._total += full.sum(axis=0, dtype=np.float64)
        if len(full):
            self._fine.add(full)
        if self._coarse is not None:
            self._coarse.add(full[scanned])
            self._scanned.append(np.flatnonzero(scanned).astype(np.int64) + first)
        self._ends.append(first + np.cumsum(sizes))

    def finish(self) -> Vectors:
        """What was added, to be searched as deep as its recall needs."""
        ends = np.concatenate(self._ends or [NONE])
        scanned = np.concatenate(self._scanned or [NONE])
        found = Vectors(self._fine, ends, self._total.astype(np.float32), self._coarse, scanned)
        if self._coarse is not None:
            _measure(found, self._sample)
        return found


def _measure(vectors: Vectors, sample: Floats) -> None:
    """Choose the depth that finds RECALL of the ten nearest passages of PROBES questions."""
    drawn = np.random.default_rng(SEED).choice(len(sample), (PROBES, 2))
    probes = sample[drawn].sum(axis=1)
    probes /= np.maximum(np.linalg.norm(probes, axis=1, keepdims=True), np.float32(1e-12))
    exact = [_ten(vectors.owners(vectors.exact(probe, 600)[0])) for probe in probes]
    for depth in DEPTHS:
        vectors.depth = depth
        found = [set(vectors.owners(vectors.scan(probe)[0]).tolist()) for probe in probes]
        vectors.recall = float(
            np.mean([len(near & wanted) / len(wanted) for near, wanted in zip(found, exact, strict=True)])
        )
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


@dataclass(frozen=True, slots=True)
class _Reached:
    """Units of a part and how near they are: the nearest themselves, or those that its nearest codes lead to."""

    units: Places
    near: Floats
    exact: bool


@dataclass(frozen=True, slots=True)
class _Scan:
    """A part that is being scanned."""

    part: Vectors
    start: int
    """Number of the part's first passage."""
    allowed: Mask | None
    reached: Future[_Reached]


class Nearest:
    """The units nearest to a query. The parts are scanned in threads from the start, while the caller looks up words."""

    def __init__(self, parts: Sequence[Vectors], query: Floats, k: int, allowed: Mask | None = None) -> None:
        """``k`` of them, of the allowed passages, shape (passages of all parts,)."""
        self._query = np.ascontiguousarray(query, dtype=np.float32)
        self._k = max(k, 0)
        self._scans: list[_Scan] = []
        start = 0
        for part in parts:
            end = start + len(part.ends)
            mask = None if allowed is None else allowed[start:end]
            self._scans.append(_Scan(part, start, mask, _THREADS.submit(_reach, part, self._query, k, mask)))
            start = end

    def found(self, also: Places = NONE) -> tuple[Places, Floats]:
        """The passage of each, numbered through all parts, and its cosine; after them, whatever their cosines, every unit of
        the passages of ``also``. A unit may come twice."""
        asked = []
        for scan in self._scans:
            here = also[(also >= scan.start) & (also < scan.start + len(scan.part.ends))] - scan.start
            asked.append(self._compared(scan, here))
        passages, cosines = _joined(self._all_reached())
        best = np.argsort(-cosines, kind="stable")[: self._k]
        return _joined([(passages[best], cosines[best]), *asked])

    def _all_reached(self) -> list[tuple[Places, Floats]]:
        """What is nearest in each part; of codes those that are among the nearest of all parts lead to their passages' units."""
        reached = [scan.reached.result() for scan in self._scans]
        coarse = [one.near for one in reached if not one.exact]
        near = np.sort(np.concatenate([np.empty(0, dtype=np.float32), *coarse]))
        least = near[-min(len(near), max(map(len, coarse)))] if len(near) else 0
        out = []
        for scan, one in zip(self._scans, reached, strict=True):
            if one.exact:
                out.append((scan.part.owners(one.units) + scan.start, one.near))
                continue
            passages = np.unique(scan.part.owners(one.units[one.near >= least]))
            out.append(self._compared(scan, passages if scan.allowed is None else passages[scan.allowed[passages]]))
        return out

    def _compared(self, scan: _Scan, passages: Places) -> tuple[Places, Floats]:
        units, cosines = scan.part.compare(self._query, passages)
        return scan.part.owners(units) + scan.start, cosines


def _reach(part: Vectors, query: Floats, k: int, allowed: Mask | None) -> _Reached:
    if allowed is not None:
        units = np.repeat(allowed, np.diff(part.ends, prepend=0))
        if part.flat or np.count_nonzero(units) <= SCANNED_WITH_FILTER:
            return _Reached(*part.exact(query, k, units), exact=True)
    elif part.flat:
        return _Reached(*part.exact(query, k), exact=True)
    return _Reached(*part.scan(query, 1.0 if allowed is None else 1 / float(allowed.mean())), exact=False)


def _joined(found: Sequence[tuple[Places, Floats]]) -> tuple[Places, Floats]:
    passages = np.concatenate([NONE, *(one for one, _ in found)])
    return passages, np.concatenate([np.empty(0, dtype=np.float32), *(one for _, one in found)])


def worth_scanning(owners: Places, spans: NDArray[np.int64]) -> Mask:
    """Of the units of each passage, ``spans`` from start to end, shape (units, 2): the shortest that begins at each place, which
    is a sentence, and the longest, which is the whole."""
    lengths = spans[:, 1] - spans[:, 0]
    out = np.zeros(len(owners), dtype=bool)
    by_start = np.lexsort((lengths, spans[:, 0], owners))
    where = np.stack([owners[by_start], spans[by_start, 0]])
    out[by_start[_changes(where)]] = True
    by_length = np.lexsort((-lengths, owners))
    out[by_length[_changes(owners[by_length][None])]] = True
    return out


def _changes(columns: NDArray[np.int64]) -> Mask:
    """Where a column differs from the one before it, and the first."""
    changed = np.ones(columns.shape[1], dtype=bool)
    changed[1:] = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    return changed
