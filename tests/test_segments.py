"""Segments follow the library: they are what it holds, whatever changed, was saved, was lost or was damaged in between."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import lexical, packing, segments
from index.library import Entry, Library, Manifest, Unit
from index.segments import CacheError, Segments, State, Stretch, plan
from index.types import Article, Passage

DIMENSION = 8


def entry(name: str, passages: int, seed: int) -> Entry:
    """An article of some passages, two units each."""
    text = "".join(f"{name} {number} word{number % 3}. " for number in range(passages))
    size = len(text) // passages
    cut = [
        Passage(f"{name}-{n}", name, n, n * size, (n + 1) * size, text[n * size : (n + 1) * size])
        for n in range(passages)
    ]
    units = [Unit(n, n * size, n * size + half) for n in range(passages) for half in (size // 2, size)]
    vectors = np.random.default_rng(seed).standard_normal((len(units), DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    article = Article(name, "", text, path=f"/{name}", language=("zh", "en")[seed % 2])
    return Entry(article, cut, units, vectors.astype(np.float32))


def store(library: Library, name: str, passages: int, seed: int = 0) -> None:
    library.replace(f"/{name}", [entry(name, passages, seed)])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(tmp_path / "引据", create=Manifest("words", "1", DIMENSION))
    yield library
    library.close()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which a few passages show what millions do."""
    monkeypatch.setattr(segments, "SAVED", 4)
    monkeypatch.setattr(segments, "AT_ONCE", 12)
    monkeypatch.setattr(segments, "MOST", 40)


def fresh(library: Library, state: State) -> None:
    """Whether a state says of the library what the library says itself."""
    told = library.fetch(
        """SELECT p.row, p.article, a.language, a.title || char(10) || p.heading || char(10) ||
           substr(a.text, p.start + 1, p."end" - p.start) || char(10) || replace(a.path, '.txt', ''), p.vectors
           FROM passage p JOIN article a ON a.row = p.article ORDER BY p.row"""
    )
    layout = packing.layout(DIMENSION)
    rows = state.passages if state.alive is None else state.passages[state.alive]
    assert rows.tolist() == [row[0] for row in told]
    assert state.generation == library.generation
    by_row = {row[0]: row for row in told}
    for segment in state.segments:
        for at, row in enumerate(segment.passages.tolist()):
            if row in by_row:
                _, article, language, text, vectors = by_row[row]
                assert segment.articles[at] == article
                assert segment.spoken[segment.languages[at]] == language
                assert _terms(segment, at) == Counter(map(lexical.term_id, lexical.terms(text)))
                held = segment.vectors.get(segment.vectors.units(np.array([at])))
                wanted = packing.unpack(np.frombuffer(vectors, dtype=layout))
                np.testing.assert_allclose(held, wanted, atol=1e-3)


def _terms(segment: segments.Segment, document: int) -> dict[int, int]:
    held = segment.inverted
    places: NDArray[np.int64] = np.flatnonzero(held.low == document)
    terms = held.terms[np.searchsorted(held.ends, places, side="right")]
    return dict(zip(terms.tolist(), held.counts[places].tolist(), strict=True))


def sizes(state: State) -> list[int]:
    return [len(segment.passages) for segment in state.segments]


def test_what_changes_is_followed_in_pieces(library: Library, tmp_path: Path) -> None:
    followed = Segments(tmp_path / "cache")
    fresh(library, followed.follow(library))
    for seed, (name, count) in enumerate(
        [("a", 30), ("b", 2), ("c", 3), ("d", 9), ("a", 1), ("b", 30), ("e", 45), ("c", 2)]
    ):
        store(library, name, count, seed)
        fresh(library, followed.follow(library))
        fresh(library, Segments(tmp_path / "cache").follow(library))
    library.remove(["b", "d"])
    fresh(library, followed.follow(library))
    library.remove(["a", "c", "e"])
    state = followed.follow(library)
    fresh(library, state)
    assert not len(state.passages) or not np.any(state.alive)


def test_a_small_change_makes_a_small_segment_and_keeps_the_large(library: Library, tmp_path: Path) -> None:
    store(library, "a", 30)
    followed = Segments(tmp_path / "cache")
    (large,) = followed.follow(library).segments
    store(library, "b", 2)
    state = followed.follow(library)
    assert (sizes(state), state.segments[0]) == ([30, 2], large)
    store(library, "c", 3)
    assert sizes(followed.follow(library)) == [30, 5]
    store(library, "c", 6)
    assert sizes(followed.follow(library)) == [30, 8]
    fresh(library, followed.follow(library))


def test_no_segment_is_larger_than_the_largest_and_merging_joins_the_others(library: Library, tmp_path: Path) -> None:
    followed = Segments(tmp_path / "cache")
    store(library, "a", 100)
    assert sizes(followed.follow(library)) == [40, 40, 20]
    store(library, "b", 14)
    assert sizes(followed.follow(library)) == [40, 40, 20, 14]
    state = followed.follow(library, merge=True)
    assert sizes(state) == [40, 40, 34]
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {s.folder.name for s in state.segments if s.folder}
    fresh(library, state)


def test_much_that_is_gone_is_cleared_out_when_merging(library: Library, tmp_path: Path) -> None:
    for name in "abcd":
        store(library, name, 10)
    followed = Segments(tmp_path / "cache")
    assert sizes(followed.follow(library)) == [40]
    library.remove(["b"])
    state = followed.follow(library)
    assert (sizes(state), state.alive is not None and int(state.alive.sum())) == ([40], 30)
    state = followed.follow(library, merge=True)
    assert (sizes(state), state.alive) == ([30], None)
    fresh(library, state)


def test_what_is_saved_is_mapped_again_and_not_made_again(library: Library, tmp_path: Path) -> None:
    store(library, "a", 30)
    followed = Segments(tmp_path / "cache")
    followed.follow(library)
    store(library, "b", 2)
    saved, small_one = followed.follow(library).segments
    assert saved.folder is not None
    assert small_one.folder is None
    before = saved.folder.stat().st_mtime_ns
    again = Segments(tmp_path / "cache").follow(library)
    assert again.segments[0].folder == saved.folder
    assert saved.folder.stat().st_mtime_ns == before
    fresh(library, again)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("damage", ["cut", "emptied", "flipped", "garbage", "missing"])
def test_a_damaged_file_is_replaced(library: Library, tmp_path: Path, damage: str) -> None:
    store(library, "a", 30)
    Segments(tmp_path / "cache").follow(library)
    for number in range(len(files(tmp_path / "cache"))):
        path = files(tmp_path / "cache")[number]
        whole = path.read_bytes()
        middle = len(whole) // 2
        told = {
            "cut": whole[:-1],
            "emptied": b"",
            "flipped": whole[:middle] + bytes([whole[middle] ^ 0x55]) + whole[middle + 1 :],
            "garbage": b"\x80\x04garbage",
        }
        path.unlink()
        if damage != "missing":
            path.write_bytes(told[damage])
        fresh(library, Segments(tmp_path / "cache").follow(library))
        assert all(path.is_file() for path in files(tmp_path / "cache"))


def test_the_segments_of_a_library_thrown_away_are_not_those_of_the_next(tmp_path: Path) -> None:
    folder, cache = tmp_path / "default", tmp_path / "cache"
    for seed in (1, 2, 3):
        library = Library.open(folder, create=Manifest("words", "1", DIMENSION))
        store(library, "a", 30, seed)
        fresh(library, Segments(cache).follow(library))
        library.close()
        for file in folder.glob("library.sqlite*"):
            file.unlink()


def test_the_segments_of_a_restored_copy_are_its_own(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "one", create=Manifest("words", "1", DIMENSION))
    store(library, "a", 20, 1)
    library.close()
    shutil.copytree(tmp_path / "one", tmp_path / "kept")
    for name, seed in (("one", 2), ("kept", 3)):
        library = Library.open(tmp_path / name)
        store(library, "b", 15, seed)  # the same row numbers, other passages
        fresh(library, Segments(tmp_path / "cache").follow(library))
        library.close()


def test_another_process_may_sweep_what_is_in_use(library: Library, tmp_path: Path) -> None:
    store(library, "a", 30)
    followed = Segments(tmp_path / "cache")
    state = followed.follow(library)
    other = Segments(tmp_path / "cache")
    store(library, "b", 9)
    other.follow(library, merge=True)
    fresh(library, followed.follow(library))
    assert state.segments[0].inverted.lengths.sum() > 0
    assert other.forget_damaged() is False  # whatever asks, what is whole stays
    assert segments.folders(tmp_path / "cache")
    for folder in segments.folders(tmp_path / "cache"):
        (folder / "passages.npy").write_bytes(b"torn")
    assert other.forget_damaged() is True
    assert segments.folders(tmp_path / "cache") == []
    fresh(library, followed.follow(library))


def test_a_folder_that_cannot_be_written_is_done_without(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(library, "a", 30)
    (tmp_path / "file").write_text("in the way")
    fresh(library, Segments(tmp_path / "file" / "cache").follow(library))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "rename", refuse)
    fresh(library, Segments(tmp_path / "cache").follow(library))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_segment_that_nobody_finished_is_swept(library: Library, tmp_path: Path) -> None:
    old, young = tmp_path / "cache" / "1-0-9.77.part", tmp_path / "cache" / "2-0-9.78.part"
    for path in (old, young):
        path.mkdir(parents=True)
    os.utime(old, (1, 1))
    store(library, "a", 30)
    Segments(tmp_path / "cache").follow(library)
    assert (old.exists(), young.exists()) == (False, True)


def test_large_files_are_compared_when_everything_is(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(library, "a", 30)
    (segment,) = Segments(tmp_path / "cache").follow(library).segments
    assert segment.folder is not None
    path = segment.folder / "low.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    told = json.loads((segment.folder / "segment.json").read_bytes())["files"]
    segments.check(segment.folder, told, most=100)
    with pytest.raises(CacheError, match=r"low\.npy is not what was written"):
        segments.check(segment.folder, told)


def test_what_is_told_of_the_segments(library: Library, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert segments.told(cache) == "none yet: made by indexing 4 passages or more"
    store(library, "a", 50)
    one, _ = Segments(cache).follow(library, merge=True).segments
    assert segments.told(cache) == "50 passages in 2 segments, 0 MiB; of the ten nearest passages 1.00 are found"
    assert one.folder is not None
    (one.folder / "terms.npy").write_bytes(b"")
    assert segments.told(cache) == "damaged: made anew at the next search"


@pytest.mark.parametrize(
    ("counts", "limit", "planned"),
    [
        ([], 100, []),
        ([5], 100, [5]),
        ([5, 5], 100, [10]),
        ([100, 5], 1000, [100, 5]),
        ([100, 49, 1], 1000, [100, 49, 1]),
        ([100, 50, 30], 1000, [180]),
        ([100, 50, 30], 100, [100, 80]),
        ([8, 4, 2, 1, 1], 1000, [16]),
    ],
)
def test_which_stretches_are_joined(counts: list[int], limit: int, planned: list[int]) -> None:
    ends = np.cumsum([0, *counts]).tolist()
    stretches = [Stretch(ends[at], ends[at + 1], count) for at, count in enumerate(counts)]
    found = plan(stretches, limit)
    assert [stretch.passages for stretch in found] == planned
    assert [0, *(stretch.until for stretch in found)] == [*(stretch.after for stretch in found), ends[-1]]
