"""Processes that look at files say what is said without them, and what they leave undone is done all the same."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index import packing
from index.library import Library
from rag.settings import Settings, load_settings
from rag.upkeep import workers
from rag.upkeep.ingest import ingest
from rag.upkeep.workers import Workers, count

TEXTS = [
    f"第{number}号港口今天开放，{'第一艘船上午到达。' * (number % 4 + 1)}\n\n渡轮{number}分钟一班。"
    for number in range(70)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = tmp_path / "articles"
    articles.mkdir()
    for number, text in enumerate(TEXTS):
        (articles / f"{number:02}.txt").write_text(f"港口 {number}\n2026-01-0{number % 9 + 1}\n{text}", "utf-8")
    (articles / "copy.txt").write_bytes((articles / "07.txt").read_bytes())
    (articles / "empty.txt").write_bytes(b"")
    return articles


def held(settings: Settings) -> dict[str, tuple[object, ...]]:
    """All that a library holds, by the articles' ids."""
    with closing(Library.open(settings.library_folder)) as library:
        found = [library.entry(article.id) for article in library.articles()]
    return {
        one.article.id: (one.article, one.passages, one.units, packing.unpack(one.vectors).round(4).tolist())
        for one in found
    }


def test_side_by_side_the_library_is_the_same(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, together = (load_settings(tmp_path / name) for name in ("alone", "together"))
    first = ingest([folder], alone)
    monkeypatch.setattr(workers, "MANY", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    again = ingest([folder], together)
    assert held(together) == held(alone)
    assert (again.articles, again.passages, again.copies, again.added) == (71, first.passages, 1, 71)
    assert [(path.name, reason) for path, reason in again.failed] == [
        (path.name, reason) for path, reason in first.failed
    ]
    (folder / "03.txt").write_text("港口\n2026-02-01\n港口关闭。", "utf-8")
    (folder / "04.txt").rename(folder / "moved.txt")
    changed = ingest([folder], together)
    assert (changed.added, changed.updated, changed.moved, changed.unchanged) == (0, 1, 1, 69)


def test_what_a_process_that_ends_was_at_is_done_without_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(folder.glob("*.txt"))
    monkeypatch.setattr(sys, "executable", "/bin/false" if os.path.exists("/bin/false") else sys.executable)
    with Workers("bundled", 2) as side_by_side:
        looked = list(side_by_side.look(files, {}))
    assert [file for file, _ in looked] == files
    assert all(one.articles and not one.entries for file, one in looked if file.name != "empty.txt")


def test_few_files_and_transformers_need_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert (count("bundled", 399), count("bundled", 400), count("e5-small", 10**6)) == (0, workers.MOST, 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert count("bundled", 400) == 0


def test_vectors_of_a_process_are_those_of_the_embedder(folder: Path) -> None:
    from models import load_embedder

    with Workers("bundled", 1) as side_by_side:
        (_, looked), *_ = side_by_side.look([folder / "05.txt"], {})
    (made,) = looked.entries
    embedder = load_embedder()
    expected = embedder.embed_passages(
        [f"{made.article.title}\n{made.article.text[unit.start : unit.end]}" for unit in made.units]
    )
    np.testing.assert_allclose(packing.unpack(made.vectors), expected, atol=2e-3)
