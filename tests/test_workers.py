"""Processes that look at files say what is said without them, and what they leave undone is done all the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index import packing
from index.library import Library
from index.store import Entry
from index.types import Article
from models import load_embedder
from rag.settings import Settings, load_settings
from rag.upkeep import workers
from rag.upkeep.entries import entries
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
    with Workers(load_embedder(), 2) as side_by_side:
        looked = list(side_by_side.look(files, {}, beside=True))
    assert [file for file, _ in looked] == files
    assert all(one.articles and not one.entries for file, one in looked if file.name != "empty.txt")


def test_few_files_and_transformers_need_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert (count("bundled"), count("e5-small")) == (workers.MOST, 0)
    with Workers(load_embedder(), workers.MOST) as many, Workers(load_embedder(), 0) as none:
        assert (many.worth(399), many.worth(400), none.worth(10**6)) == (False, True, False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert count("bundled") == 0


def test_articles_of_one_file_are_embedded_side_by_side(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [
        Article(f"a{number}", f"港口 {number}", text, path="all.json", language="zh")
        for number, text in enumerate(TEXTS)
    ]
    alone = list(entries(articles, load_embedder()))
    with Workers(load_embedder(), 2) as side_by_side:
        together = list(side_by_side.entries(articles))
    assert [(one.article, one.passages, one.units) for one in together] == [
        (one.article, one.passages, one.units) for one in alone
    ]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(packing.unpack(one.vectors), packing.unpack(other.vectors), atol=2e-3)
    monkeypatch.setattr(sys, "executable", "/bin/false" if os.path.exists("/bin/false") else sys.executable)
    with Workers(load_embedder(), 2) as side_by_side:
        assert [one.units for one in side_by_side.entries(articles)] == [one.units for one in alone]


def test_many_articles_of_one_file_make_the_same_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "all.md"
    file.write_text(
        "\n\n".join(f"## 港口 {number}\n2026-01-0{number % 9 + 1}\n\n{text}" for number, text in enumerate(TEXTS)),
        "utf-8",
    )
    alone, together = (load_settings(tmp_path / name) for name in ("alone", "together"))
    first = ingest([file], alone)
    assert first.articles > 1
    monkeypatch.setattr(workers, "MANY", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    asked: list[int] = []
    made = Workers.entries

    def counted(self: Workers, articles: Sequence[Article]) -> Iterator[Entry]:
        asked.append(len(articles))
        return made(self, articles)

    monkeypatch.setattr(Workers, "entries", counted)
    ingest([file], together)
    assert held(together) == held(alone)
    assert asked == [first.articles]


def test_vectors_of_a_process_are_those_of_the_embedder(folder: Path) -> None:
    with Workers(load_embedder(), 1) as side_by_side:
        (_, looked), *_ = side_by_side.look([folder / "05.txt"], {}, beside=True)
    (made,) = looked.entries
    embedder = load_embedder()
    expected = embedder.embed_passages(
        [f"{made.article.title}\n{made.article.text[unit.start : unit.end]}" for unit in made.units]
    )
    np.testing.assert_allclose(packing.unpack(made.vectors), expected, atol=2e-3)
