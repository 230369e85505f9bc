"""The nearest vectors are the nearest, among those allowed; the cache is used when it matches and replaced when not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import vectors
from index.library import Entry, Library, Manifest, Unit
from index.types import Article, Passage
from index.vectors import Vectors

Floats = NDArray[np.float32]
DIMENSION = 16


def unit_vectors(count: int, seed: int = 1) -> Floats:
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def nearest(stored: Floats, query: Floats, k: int) -> list[int]:
    return [int(row) for row in np.argsort(-(stored @ query), kind="stable")[:k]]


def fill(library: Library, stored: Floats) -> None:
    text = "a" * len(stored)
    passage = Passage("one-0", "one", 0, 0, len(text), text)
    units = [Unit(0, at, at + 1) for at in range(len(stored))]
    library.replace("/a.txt", [Entry(Article("one", "", text, path="/a.txt"), [passage], [b""], units, stored)])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(tmp_path / "引据", create=Manifest("words", "1", DIMENSION))
    fill(library, unit_vectors(50))
    yield library
    library.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "引据" / "vectors 向量é.faiss"


def test_the_nearest_are_those_numpy_finds() -> None:
    stored = unit_vectors(2000)
    built = Vectors.build(stored, 7)
    assert (built.kind, built.size, built.generation) == ("IndexFlatIP", 2000, 7)
    for query in unit_vectors(20, seed=2):
        rows, cosines = built.search(query, 25)
        assert rows.tolist() == nearest(stored, query, 25)
        np.testing.assert_allclose(cosines, stored[rows] @ query, atol=1e-6)


def test_only_what_is_allowed_is_found_and_all_of_it() -> None:
    stored = unit_vectors(500)
    built = Vectors.build(stored, 1)
    for query in unit_vectors(10, seed=3):
        for allowed in (np.arange(0, 500, 7), np.array([499]), np.array([3, 1, 2])):
            rows, cosines = built.search(query, 10, allowed)
            wanted = sorted(allowed, key=lambda row: -float(stored[row] @ query))[:10]
            assert rows.tolist() == [int(row) for row in wanted]
            np.testing.assert_allclose(cosines, stored[rows] @ query, atol=1e-6)


def test_k_is_bounded_by_what_there_is() -> None:
    stored = unit_vectors(5)
    built = Vectors.build(stored, 1)
    query = stored[3]
    assert built.search(query, 99)[0].tolist() == nearest(stored, query, 5)
    assert built.search(query, 99, np.array([1, 4]))[0].tolist() == [
        r for r in nearest(stored, query, 5) if r in (1, 4)
    ]
    for k, allowed in ((0, None), (-1, None), (5, np.empty(0, dtype=np.int64))):
        rows, cosines = built.search(query, k, allowed)
        assert (rows.tolist(), cosines.tolist()) == ([], [])


def test_nothing_is_near_in_an_empty_index() -> None:
    empty = Vectors.build(np.empty((0, DIMENSION), dtype=np.float32), 1)
    assert empty.search(unit_vectors(1)[0], 5)[0].tolist() == []
    assert empty.sample(8).shape == (0, DIMENSION)


def test_the_sample_is_spread_evenly() -> None:
    stored = unit_vectors(9)
    assert np.array_equal(Vectors.build(stored, 1).sample(3), stored[[0, 4, 8]])
    assert np.array_equal(Vectors.build(stored, 1).sample(99), stored)


def test_many_vectors_are_kept_in_inverted_lists(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(vectors, "FLAT_LIMIT", 1000)
    centres, noise = unit_vectors(40, seed=4), np.random.default_rng(5)
    near = centres[noise.integers(0, 40, 6000)] + noise.standard_normal((6000, DIMENSION)) * 0.15
    stored = np.asarray(near / np.linalg.norm(near, axis=1, keepdims=True), dtype=np.float32)
    built = Vectors.build(stored, 3)
    assert (built.kind, built.size) == ("IndexRefine", 6000)
    queries = stored[::200]
    recall = [len({*built.search(query, 10)[0].tolist()} & {*nearest(stored, query, 10)}) / 10 for query in queries]
    assert float(np.mean(recall)) > 0.9
    allowed = np.arange(0, 6000, 50)
    for query in queries:
        rows, _ = built.search(query, 10, allowed)
        wanted = nearest(stored[allowed], query, 10)
        assert {*rows.tolist()} <= {*allowed.tolist()}
        assert len({*rows.tolist()} & {int(allowed[at]) for at in wanted}) >= 8
    np.testing.assert_allclose(built.sample(100), stored[np.linspace(0, 5999, 100).astype(int)], atol=0.02)
    cache.parent.mkdir()
    built.save(cache)
    again = Vectors._load(cache)
    assert again is not None
    assert again.search(queries[0], 10)[0].tolist() == built.search(queries[0], 10)[0].tolist()


def test_the_cache_is_saved_and_used_again(library: Library, cache: Path) -> None:
    built = Vectors.cached(cache, library, library.generation)
    header = json.loads(cache.read_bytes().partition(b"\n")[0])
    assert (header["generation"], header["kind"]) == (library.generation, "IndexFlatIP")
    assert sorted(path.name for path in cache.parent.glob("*vectors*")) == [cache.name]
    written = cache.stat().st_mtime_ns
    again = Vectors.cached(cache, library, library.generation)
    assert cache.stat().st_mtime_ns == written
    assert np.array_equal(again.sample(50), built.sample(50))
    assert np.array_equal(again.sample(50), library.vectors()[1])


@pytest.mark.parametrize("keep", [0, 1, 20, 200, -1])
def test_a_cut_off_cache_is_replaced(library: Library, cache: Path, keep: int) -> None:
    Vectors.cached(cache, library, library.generation)
    whole = cache.read_bytes()
    cache.write_bytes(whole[:keep])
    assert np.array_equal(Vectors.cached(cache, library, library.generation).sample(50), library.vectors()[1])
    assert cache.read_bytes() == whole


@pytest.mark.parametrize(
    "garbage", [b"\x80\x04garbage", b"[]\nabc", b"null\n", b"\n", b'{"bytes": "x"}\n', b'{"bytes": 3}\nabc']
)
def test_garbage_in_place_of_the_cache_is_replaced(library: Library, cache: Path, garbage: bytes) -> None:
    cache.write_bytes(garbage)
    assert Vectors.cached(cache, library, library.generation).size == 50
    assert json.loads(cache.read_bytes().partition(b"\n")[0])["generation"] == library.generation


def test_a_cache_with_a_flipped_byte_is_replaced(library: Library, cache: Path) -> None:
    Vectors.cached(cache, library, library.generation)
    whole = cache.read_bytes()
    start = whole.index(b"\n") + 1
    for at in (start, start + 4, start + 30, len(whole) - 1):
        cache.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert np.array_equal(Vectors.cached(cache, library, library.generation).sample(50), library.vectors()[1])
        assert cache.read_bytes() == whole


def test_a_cache_of_another_state_is_replaced(library: Library, cache: Path) -> None:
    old = library.generation
    Vectors.cached(cache, library, old)
    fill(library, unit_vectors(20, seed=9))
    built = Vectors.cached(cache, library, library.generation)
    assert (built.size, built.generation) == (20, library.generation)
    assert np.array_equal(Vectors.cached(cache, library, library.generation).sample(20), library.vectors()[1])


def test_vectors_say_which_state_they_are_of(library: Library, cache: Path) -> None:
    asked = library.generation
    fill(library, unit_vectors(20, seed=9))
    assert Vectors.cached(cache, library, asked).generation == library.generation


def test_the_cache_of_a_library_thrown_away_is_not_that_of_the_next(tmp_path: Path) -> None:
    folder, cache = tmp_path / "default", tmp_path / "default" / "vectors.faiss"
    for seed in (1, 2):
        library = Library.open(folder, create=Manifest("words", "1", DIMENSION))
        fill(library, unit_vectors(30, seed))
        found = Vectors.cached(cache, library, library.generation)
        np.testing.assert_allclose(found.sample(30), unit_vectors(30, seed), atol=1e-3)
        library.close()
        for file in folder.glob("library.sqlite*"):
            file.unlink()


def test_a_cache_that_cannot_be_written_is_done_without(library: Library, tmp_path: Path) -> None:
    nowhere = tmp_path / "no such folder" / "vectors.faiss"
    assert Vectors.cached(nowhere, library, library.generation).size == 50
    assert not nowhere.exists()


def test_a_failed_save_leaves_the_old_cache(library: Library, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Vectors.cached(cache, library, library.generation)
    before = cache.read_bytes()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "replace", refuse)
    fill(library, unit_vectors(20, seed=9))
    assert Vectors.cached(cache, library, library.generation).size == 20
    assert cache.read_bytes() == before
    assert sorted(path.name for path in cache.parent.glob("*vectors*")) == [cache.name]
