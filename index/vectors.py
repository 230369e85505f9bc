"""Unit vectors in FAISS, built from the library and saved as a cache that carries the library's generation."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import faiss

    from index.library import Library

FLAT_LIMIT = 200_000
"""Up to this many vectors every one is compared (exact; 20 ms here at the limit); above, 4-bit product codes are scanned first.

Of 1.5 million units of 106,000 passages the scan takes 14 ms and keeps all of the ten nearest passages, where inverted lists
(4,888, of which 32 are probed) take 1 ms, keep 74 % of them and are built in 140 s instead of 20.
"""

DIMENSIONS_A_CODE = 4
REFINED = 1200
"""So many rows at least, and twice what is asked for, are scanned out and compared again by their 8-bit components."""

FORMAT = 2
"""Raised when another kind of index is built for the same library, so that a cache of the old kind is replaced."""

TRAINING_VECTORS = 100_000
SEED = 20260101


class Vectors:
    """A FAISS index of unit vectors; vector i stands for row i of the library's units."""

    def __init__(self, index: faiss.Index, generation: int) -> None:
        self._index = index
        self.generation = generation

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    @property
    def kind(self) -> str:
        """The FAISS class chosen for this size."""
        return type(self._index).__name__

    @classmethod
    def build(cls, vectors: NDArray[np.float32], generation: int) -> Vectors:
        """An index of ``vectors``, shape (units, dimension), its kind chosen by their number."""
        import faiss

        count, dimension = vectors.shape
        index: faiss.Index
        if count <= FLAT_LIMIT:
            index = faiss.IndexFlatIP(dimension)
        else:
            codes = next(d for d in range(dimension // DIMENSIONS_A_CODE, 0, -1) if dimension % d == 0)
            index = faiss.index_factory(dimension, f"PQ{codes}x4fs,Refine(SQ8)", faiss.METRIC_INNER_PRODUCT)
            sample = np.random.default_rng(SEED).choice(count, min(count, TRAINING_VECTORS), replace=False)
            index.train(np.ascontiguousarray(vectors[sample]))
        index.add(np.ascontiguousarray(vectors))
        return cls(index, generation)

    @classmethod
    def cached(cls, path: Path, library: Library, generation: int) -> Vectors:
        """The saved index when it is of ``generation``, else one of the library as it is now, saved where that is possible."""
        found = cls._load(path)
        if found is not None and found.generation == generation:
            return found
        now, vectors = library.vectors()
        built = cls.build(vectors, now)
        try:
            built.save(path)
        except OSError:
            pass  # a cache that cannot be written (read-only or full disk) costs time at the next start, nothing else
        return built

    @classmethod
    def _load(cls, path: Path) -> Vectors | None:
        """The saved index, or None when there is none or it is not whole."""
        import faiss

        try:
            header, _, body = path.read_bytes().partition(b"\n")
            tag = json.loads(header)
            if (tag["format"], tag["bytes"], tag["crc"]) != (FORMAT, len(body), zlib.crc32(body)):
                return None
            return cls(faiss.deserialize_index(np.frombuffer(body, dtype=np.uint8)), int(tag["generation"]))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            return None

    def save(self, path: Path) -> None:
        """Write one line of JSON and FAISS's bytes, then put the file in place at once."""
        import faiss

        body = faiss.serialize_index(self._index).tobytes()
        tag: dict[str, object] = {"format": FORMAT, "generation": self.generation, "kind": self.kind}
        tag |= {"bytes": len(body), "crc": zlib.crc32(body)}
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            partial.write_bytes(json.dumps(tag).encode() + b"\n" + body)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k nearest rows of ``query`` (shape (dimension,)) and their cosines, among ``allowed`` rows when given."""
        import faiss

        k = min(k, self.size if allowed is None else len(allowed))
        if k <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        index, parameters = self._index, None
        if isinstance(index, faiss.IndexRefine):
            parameters = faiss.IndexRefineSearchParameters(k_factor=max(2.0, REFINED / k))
        if allowed is not None:
            mask = np.zeros(self.size, dtype=bool)
            mask[allowed] = True
            bits = np.packbits(mask, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
            # The scan of codes knows no filter, its 8-bit part does; a bitmap costs half of what a set costs.
            index = getattr(index, "refine_index", index)
        scores, rows = index.search(query[None].astype(np.float32), k, params=parameters)
        found = rows[0] >= 0  # FAISS pads with -1
        return rows[0][found].astype(np.int64), scores[0][found].astype(np.float32)

    def sample(self, count: int) -> NDArray[np.float32]:
        """Up to ``count`` of the vectors, evenly spread, shape (count, dimension)."""
        if not self.size:
            return np.empty((0, self._index.d), dtype=np.float32)
        rows = np.unique(np.linspace(0, self.size - 1, min(count, self.size)).astype(np.int64))
        return np.asarray(self._index.reconstruct_batch(rows), dtype=np.float32)
