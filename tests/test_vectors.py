"""The nearest vectors are the nearest, among those allowed, in one part or several, compared all or found by their codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import vectors
from index.packing import Packed, pack, unpack
from index.vectors import Growing, Held, Mask, Nearest, Places, Vectors, mean

Floats = NDArray[np.float32]
DIMENSION = 16
UNITS = 3
"""Of each passage."""


def unit_vectors(count: int, seed: int = 1) -> Floats:
    """As a library holds them, in bytes."""
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return unpack(pack(np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)))


def library(stored: Floats) -> Held:
    """What a library tells that holds these, passages of UNITS units in the rows from 10 on."""
    packed = pack(stored).reshape(-1, UNITS)

    def held(rows: list[int]) -> tuple[Places, Places, Packed]:
        asked = np.array(sorted(rows), dtype=np.int64)
        return asked, np.full(len(asked), UNITS), packed[asked - 10].reshape(-1)

    return held


def made(stored: Floats, block: int = 500, *, keep: bool = False) -> Vectors:
    """Passages of UNITS units each."""
    growing = Growing(len(stored), stored.shape[1], lambda: stored, library(stored), keep=keep)
    for start in range(0, len(stored), block * UNITS):
        some = stored[start : start + block * UNITS]
        count = len(some) // UNITS
        growing.add(pack(some), np.arange(count) + start // UNITS + 10, np.full(count, UNITS))
    return growing.finish()


def rows(part: Vectors) -> Places:
    return np.arange(len(part.ends)) + 10


def near(parts: Sequence[Vectors], query: Floats, k: int, allowed: Mask | None = None) -> tuple[Places, Floats]:
    return Nearest(parts, query, k, allowed).found()


def wanted(stored: Floats, query: Floats, k: int, allowed: NDArray[np.bool_] | None = None) -> list[int]:
    """The passages of the k nearest units, numpy's way."""
    cosines = stored @ query
    if allowed is not None:
        cosines[~np.repeat(allowed, UNITS)] = -9
    return [int(unit) // UNITS for unit in np.argsort(-cosines, kind="stable")[:k]]


@pytest.mark.parametrize("cuts", [(0, 1500), (0, 300, 303, 1500)])
def test_the_nearest_are_those_numpy_finds(cuts: tuple[int, ...]) -> None:
    stored = unit_vectors(1500)
    parts = [made(stored[start:end]) for start, end in zip(cuts, cuts[1:], strict=False)]
    allowed = np.random.default_rng(8).random(500) < 0.2
    for query in unit_vectors(20, seed=2):
        for mask in (None, allowed):
            passages, cosines = near(parts, query, 25, mask)
            assert passages.tolist() == wanted(stored, query, 25, mask)
            assert np.all(np.diff(cosines) <= 0)
        assert cosines[0] == pytest.approx(float((stored @ query)[np.repeat(allowed, UNITS)].max()), abs=1e-6)


def test_what_is_held_is_what_was_given() -> None:
    stored = unit_vectors(30)
    np.testing.assert_allclose(made(stored).get(np.arange(30)), stored, atol=1e-6)


def test_k_is_bounded_by_what_there_is() -> None:
    stored = unit_vectors(6)
    part = made(stored)
    assert near([part], stored[3], 99)[0].tolist() == wanted(stored, stored[3], 6)
    only = np.array([False, True])
    assert near([part], stored[0], 99, only)[0].tolist() == [1, 1, 1]
    for k, allowed in ((0, None), (-1, None), (5, np.zeros(2, dtype=bool))):
        assert [one.tolist() for one in near([part], stored[0], k, allowed)] == [[], []]


def test_nothing_is_near_where_nothing_is() -> None:
    empty = made(np.empty((0, DIMENSION), dtype=np.float32))
    assert near([empty], unit_vectors(1)[0], 5)[0].tolist() == []
    assert near([], unit_vectors(1)[0], 5)[0].tolist() == []
    assert mean([empty]).tolist() == [0.0] * DIMENSION


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> tuple[Floats, list[Vectors]]:
    """More vectors than are compared one by one, in clusters, in two parts."""
    monkeypatch.setattr(vectors, "FLAT_LIMIT", 1000)
    monkeypatch.setattr(vectors, "COMPARED_WITH_FILTER", 20)
    centres, noise = unit_vectors(40, seed=4), np.random.default_rng(5)
    scattered = centres[noise.integers(0, 40, 9000)] + noise.standard_normal((9000, DIMENSION)) * 0.15
    stored = np.asarray(scattered / np.linalg.norm(scattered, axis=1, keepdims=True), dtype=np.float32)
    return stored, [made(stored[:6000]), made(stored[6000:])]


def test_of_many_vectors_the_codes_lead_to_the_nearest(many: tuple[Floats, list[Vectors]]) -> None:
    stored, parts = many
    assert all(not part.flat and part.recall >= vectors.RECALL and part.depth in vectors.DEPTHS for part in parts)
    half, few = np.arange(3000) % 2 == 0, np.arange(3000) % 250 == 0
    for mask in (None, half, few):
        found, all_wanted = 0, 0
        for query in stored[::300]:
            passages, cosines = near(parts, query, 20, mask)
            assert mask is None or mask[passages].all()
            np.testing.assert_allclose(cosines, np.sort(cosines)[::-1])
            best = set(wanted(stored, query, 20, mask)[:10])
            found, all_wanted = found + len(best & set(passages.tolist())), all_wanted + len(best)
        assert found >= 0.95 * all_wanted


def test_saved_and_mapped_they_find_the_same(many: tuple[Floats, list[Vectors]], tmp_path: Path) -> None:
    stored, parts = many
    few = unpack(pack(stored[:300]))
    for at, part in enumerate([*parts, made(few)]):
        folder = tmp_path / f"引据 {at}"
        folder.mkdir()
        part.save(folder)
        held = library([stored[:6000], stored[6000:], few][at])
        again = Vectors.load(folder, rows(part), held, part.depth, part.recall)
        assert (again.flat, again.size, again.depth) == (part.flat, part.size, part.depth)
        for query in stored[:5]:
            assert near([again], query, 10)[0].tolist() == near([part], query, 10)[0].tolist()
        np.testing.assert_allclose(mean([again]), mean([part]))


def test_those_of_a_library_far_away_are_kept_and_it_is_not_asked(
    many: tuple[Floats, list[Vectors]], tmp_path: Path
) -> None:
    def away(_: list[int]) -> tuple[Places, Places, Packed]:
        raise AssertionError("asked")

    for stored in (many[0][:6000], unpack(pack(many[0][:300]))):
        asked, part = made(stored), made(stored, keep=True)
        folder = tmp_path / str(len(stored))
        folder.mkdir()
        part.save(folder)
        again = Vectors.load(folder, rows(part), away, part.depth, part.recall)
        for query in stored[:5]:
            passages, cosines = near([again], query, 10)
            nearest, same = near([asked], query, 10)
            assert passages.tolist() == nearest.tolist()
            np.testing.assert_allclose(cosines, same, atol=1e-6)
        np.save(folder / "vectors.npy", np.zeros(3))
        with pytest.raises(ValueError, match="belong together"):
            Vectors.load(folder, rows(part), away, part.depth, part.recall)


def test_vectors_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    part = made(unit_vectors(30))
    part.save(tmp_path)
    np.save(tmp_path / "ends.units.npy", np.array([3, 7]))
    with pytest.raises(ValueError, match="other units"):
        Vectors.load(tmp_path, rows(part)[:2], library(unit_vectors(30)), 600, 1.0)


def test_the_mean_is_of_what_is_left() -> None:
    stored = unit_vectors(30)
    parts = [made(stored[:12]), made(stored[12:])]
    np.testing.assert_allclose(mean(parts), stored.mean(axis=0), atol=1e-6)
    alive = np.array([True, False, True, True, False, True, True, True, False, True])
    np.testing.assert_allclose(mean(parts, alive), stored[np.repeat(alive, UNITS)].mean(axis=0), atol=1e-6)


def test_a_passage_that_has_gone_from_the_library_is_near_to_nothing(
    many: tuple[Floats, list[Vectors]], tmp_path: Path
) -> None:
    stored, _ = many

    def without_the_second(rows: list[int]) -> tuple[Places, Places, Packed]:
        return library(stored[:600])([row for row in rows if row != 11])

    part = made(stored[:600])
    part.save(tmp_path)
    again = Vectors.load(tmp_path, rows(part), without_the_second, part.depth, part.recall)
    assert not again.get(np.array([3, 4, 5])).any()
    np.testing.assert_allclose(again.get(np.array([0, 6])), stored[[0, 6]], atol=1e-2)
