"""How a passage's units lie in the library: spans as differences, vectors as whole numbers of one byte."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

LARGEST = 127

BLOCK = 256
"""Vectors that are packed or multiplied at once: as many as stay in the processor's cache, four times as fast as tens of thousands."""

Span = tuple[int, int]
Packed = NDArray[np.void]
"""Vectors, shape (units,), with the fields ``scale``, float32, and ``codes``, int8 of the dimension: a component is a code
times the scale."""


@lru_cache(maxsize=8)
def layout(dimension: int) -> np.dtype[np.void]:
    """The dtype of one vector in a blob. Blobs may be joined: each vector is whole in itself."""
    return np.dtype([("scale", "<f4"), ("codes", "i1", (dimension,))])


def pack(vectors: NDArray[np.float32] | Packed) -> Packed:
    """The vectors, shape (units, dimension), each with its largest component as LARGEST; those that are packed as they are. The
    length stays what it was, and what was packed before is packed as before: XQuAD's first hits are those of 16-bit components."""
    if vectors.dtype.names:
        return cast("Packed", vectors)
    numbers = np.asarray(vectors, dtype=np.float32).reshape(len(vectors), -1 if len(vectors) else vectors.shape[-1])
    packed = np.empty(len(numbers), dtype=layout(numbers.shape[1]))
    for at in range(0, len(numbers), BLOCK):
        some = numbers[at : at + BLOCK]
        largest = np.maximum(some.max(axis=1, initial=0), -some.min(axis=1, initial=0))
        codes = some * (LARGEST / np.maximum(largest, np.float32(1e-30)))[:, None]
        np.rint(codes, out=codes)
        packed["codes"][at : at + BLOCK] = codes
        packed["scale"][at : at + BLOCK] = _lengths(some) / np.maximum(_lengths(codes), 1)
    return packed


def _lengths(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)), dtype=np.float32)


def unpack(packed: Packed | NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors, shape (units, dimension); those that are not packed as they are."""
    if not packed.dtype.names:
        return cast("NDArray[np.float32]", packed)
    held = cast("Packed", packed)
    vectors: NDArray[np.float32] = held["codes"].astype(np.float32)
    vectors *= held["scale"][:, None]
    return vectors


def dots(packed: Packed, query: NDArray[np.float32]) -> NDArray[np.float32]:
    """The product of each vector with the query, shape (units,)."""
    found = np.empty(len(packed), dtype=np.float32)
    numbers = np.empty((min(len(packed), BLOCK), len(query)), dtype=np.float32)
    for at in range(0, len(packed), BLOCK):
        codes = packed["codes"][at : at + BLOCK]
        numbers[: len(codes)] = codes
        np.dot(numbers[: len(codes)], query, out=found[at : at + BLOCK])
    found *= packed["scale"]
    return found


def summed(packed: Packed) -> NDArray[np.float64]:
    """The sum of the vectors, shape (dimension,); a third of the time of unpacking them first."""
    found = np.zeros(packed.dtype["codes"].shape, dtype=np.float64)
    numbers = np.empty((min(len(packed), BLOCK), len(found)), dtype=np.float32)
    for at in range(0, len(packed), BLOCK):
        some = packed[at : at + BLOCK]
        numbers[: len(some)] = some["codes"]
        found += some["scale"] @ numbers[: len(some)]
    return found


def pack_spans(spans: Sequence[Span], start: int) -> bytes:
    """Spans in an article: how far each begins behind the end of the one before (the first: behind ``start``), and its
    length; seven bits a byte, the lowest first, as in LEB128, and the sign of a distance in its lowest bit."""
    out = bytearray()
    at = start
    for begin, end in spans:
        distance = begin - at
        for number in (distance << 1 if distance >= 0 else (-distance << 1) - 1, end - begin):
            left = number
            while left > 0x7F:
                out.append(left & 0x7F | 0x80)
                left >>= 7
            out.append(left)
        at = end
    return bytes(out)


def unpack_spans(packed: bytes, start: int) -> list[Span]:
    """The spans that :func:`pack_spans` packed. Raises ValueError where the last number is cut."""
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    if shift or len(numbers) % 2:
        raise ValueError("The spans are cut.")
    spans: list[Span] = []
    at = start
    for distance, length in zip(numbers[::2], numbers[1::2], strict=True):
        begin = at + (distance >> 1 if not distance & 1 else -((distance + 1) >> 1))
        at = begin + length
        spans.append((begin, at))
    return spans
