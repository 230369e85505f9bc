"""Indexing: what is added, updated, left alone or failed; what an interruption or another embedder does to a library."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import passages
from index.library import Library, LibraryError
from index.readers import ReadError
from index.types import Article
from models import load_embedder
from rag.assistant import Assistant
from rag.ingest import Progress, entry, found_by, ingest, manifest, open_library
from rag.settings import Settings, load_settings

SAMPLES = Path(__file__).parents[1] / "samples"
WATER_2024, WATER_2026, HOSPITAL = "qingyu-water-2024.txt", "qingyu-water-2026.txt", "linjiang-hospital.txt"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles, a file each."""
    made = tmp_path / "articles"
    made.mkdir()
    for name in (WATER_2024, WATER_2026, HOSPITAL):
        shutil.copy(SAMPLES / name, made)
    return made


def titles(settings: Settings) -> set[str]:
    library = open_library(settings, load_embedder())
    try:
        return {article.title for article in library.articles()}
    finally:
        library.close()


def test_files_are_added_once_and_then_left_alone(folder: Path, settings: Settings) -> None:
    first, again = ingest([folder], settings), ingest([folder], settings)
    assert (first.added, first.updated, first.unchanged, first.articles, first.failed) == (3, 0, 0, 3, ())
    assert first.passages >= 3
    assert first.seconds > 0
    assert (again.added, again.updated, again.unchanged, again.articles, again.passages) == (0, 0, 3, 0, 0)


def test_a_changed_file_takes_the_place_of_what_it_was(folder: Path, settings: Settings) -> None:
    ingest([folder], settings)
    (folder / HOSPITAL).write_text(
        "临江植物园迎来第一百万名游客\n（2026-01-05）\n临江植物园1月4日迎来第一百万名游客。\n", "utf-8"
    )
    report = ingest([folder], settings)
    assert (report.added, report.updated, report.unchanged, report.articles) == (0, 1, 2, 1)
    now = titles(settings)
    assert len(now) == 3
    assert "临江植物园迎来第一百万名游客" in now
    assert not any("医院" in title for title in now)
    with Assistant(settings) as assistant:
        assert assistant.ask("夜间门诊共接诊多少人次？").answer.refused
        assert all("门诊" not in hit.passage.text for hit in assistant.search("夜间门诊共接诊多少人次？"))


def test_progress_counts_every_file(folder: Path, settings: Settings) -> None:
    told: list[Progress] = []
    ingest([folder], settings, progress=told.append)
    assert told == [Progress("index", done, 3, "files") for done in range(4)]


def test_a_file_that_fails_is_reported_with_its_reason_and_the_others_go_on(folder: Path, settings: Settings) -> None:
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 64)
    (folder / "empty.txt").write_bytes(b"")
    report = ingest([folder], settings)
    assert (report.added, report.articles) == (3, 3)
    reasons = {path.name: reason for path, reason in report.failed}
    assert set(reasons) == {"binary.txt", "empty.txt"}
    assert f"{folder / 'empty.txt'} is empty" in reasons["empty.txt"]
    assert str(folder / "binary.txt") in reasons["binary.txt"]


def test_a_file_that_fails_later_keeps_what_was_indexed_of_it(folder: Path, settings: Settings) -> None:
    ingest([folder], settings)
    (folder / HOSPITAL).write_bytes(b"")
    report = ingest([folder], settings)
    assert [path.name for path, _ in report.failed] == [HOSPITAL]
    assert report.unchanged == 2
    assert "临江市第三人民医院启用夜间专科门诊" in titles(settings)


def test_when_every_file_fails_the_reasons_are_raised(tmp_path: Path, settings: Settings) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ReadError, match=r"one\.txt is empty[^\n]*\n.*two\.txt is empty"):
        ingest([tmp_path / "one.txt", tmp_path / "two.txt"], settings)


def test_a_missing_path_is_named(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(ReadError, match=r"nowhere does not exist"):
        ingest([tmp_path / "nowhere"], settings)


def test_an_interruption_leaves_what_was_committed_searchable(folder: Path, settings: Settings) -> None:
    def stop_after_two(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([folder], settings, progress=stop_after_two)
    with Assistant(settings) as assistant:
        assert assistant.library.counts()["articles"] == 2
        assert "1870人次" in assistant.ask("夜间门诊共接诊多少人次？").answer.text
    rest = ingest([folder], settings)
    assert (rest.added, rest.unchanged) == (1, 2)


def test_a_library_made_with_another_embedder_is_refused_and_left_as_it_is(folder: Path, settings: Settings) -> None:
    other = replace(manifest(load_embedder()), embedder="another", dimension=8)
    Library.open(settings.library_folder, create=other).close()
    for attempt in (lambda: ingest([folder], settings), lambda: Assistant(settings)):
        with pytest.raises(LibraryError, match=r"'another' .*8 dimensions.* index again into a new library"):
            attempt()
    library = Library.open(settings.library_folder)
    assert library.manifest == other
    assert library.counts() == {"articles": 0, "passages": 0, "units": 0}
    library.close()


def test_an_entry_has_the_sentences_their_neighbours_and_the_passage_as_units() -> None:
    text = "港口今天开放。第一艘船上午到达。渡轮明天恢复。"
    embedder = load_embedder()
    made = entry(Article("a", "港口开放", text, "2026-01-01", language="zh"), embedder)
    assert [text[passage.start : passage.end] for passage in made.passages] == [text]
    assert [text[unit.start : unit.end] for unit in made.units] == [
        "港口今天开放。",
        "第一艘船上午到达。",
        "渡轮明天恢复。",
        "港口今天开放。第一艘船上午到达。",
        "第一艘船上午到达。渡轮明天恢复。",
        text,
    ]
    expected = embedder.embed_passages([f"港口开放\n{text[unit.start : unit.end]}" for unit in made.units])
    assert made.vectors.shape == (6, embedder.dimension)
    np.testing.assert_allclose(made.vectors, expected, rtol=0, atol=1e-6)


def test_a_passage_is_found_by_what_stands_above_it() -> None:
    article = Article("a", "港口开放", "第一艘船到达。", language="zh")
    assert [found_by(article, passage) for passage in passages.cut(article)] == ["港口开放\n\n第一艘船到达。"]
