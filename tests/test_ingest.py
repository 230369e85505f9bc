"""Indexing: what is added, updated, left alone or failed; what an interruption or another embedder does to a library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from index import blocks, packing, passages, segments
from index.folder import WAITING
from index.integrity import scan
from index.library import Library, LibraryError
from index.readers import Reader, ReadError, Reading
from index.search import Search
from index.types import Article
from models import Parted, load_embedder
from rag.assistant import Assistant
from rag.opening import manifest, open_library
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import Progress, entry, ingest, remove

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


def test_what_was_indexed_is_ready_to_be_searched(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SAVED", 1)
    passages = ingest([folder], settings).passages
    cache = settings.library_folder / "cache"
    assert segments.told(cache).startswith(f"{passages} passages in 1 segment")
    (made,) = segments.folders(cache)
    ingest([folder], settings)
    assert segments.folders(cache) == [made]


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


def test_the_next_file_is_read_while_one_is_embedded(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    second, in_time = Event(), []
    read = Reader.read

    def noted(self: Reader, path: Path) -> Reading:
        opened.append(path.name)
        if len(opened) == 2:
            second.set()
        return read(self, path)

    def progress(at: Progress) -> None:
        if at.done == 1:  # of the next one nothing has been asked yet
            in_time.append(second.wait(10))

    monkeypatch.setattr(Reader, "read", noted)
    ingest([folder], settings, progress=progress)
    assert (in_time, len(opened)) == ([True], 3)


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


def test_an_interruption_leaves_what_was_committed_searchable(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.upkeep.ingest.TOGETHER", 1)

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


def test_what_a_cut_run_left_to_prepare_is_prepared_by_the_next(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "AT_ONCE", 0)
    monkeypatch.setattr(segments, "SAVED", 1)

    def cut(search: Search) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Search, "prepare", cut)
        with pytest.raises(KeyboardInterrupt):
            ingest([folder], settings)
    cache = settings.library_folder / "cache"
    assert not segments.folders(cache)
    assert ingest([folder], settings).unchanged == 3
    (made,) = segments.folders(cache)
    assert ingest([folder], settings).unchanged == 3
    assert segments.folders(cache) == [made]


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


def test_an_entry_has_the_sentences_and_the_passage_as_units() -> None:
    text = "港口今天开放。第一艘船上午到达。渡轮明天恢复。"
    embedder = load_embedder()
    made = entry(Article("a", "港口开放", text, "2026-01-01", language="zh"), embedder)
    assert [text[passage.start : passage.end] for passage in made.passages] == [text]
    assert [text[unit.start : unit.end] for unit in made.units] == [
        "港口今天开放。",
        "第一艘船上午到达。",
        "渡轮明天恢复。",
        text,
    ]
    expected = embedder.embed_passages([f"港口开放\n{text[unit.start : unit.end]}" for unit in made.units])
    vectors = packing.unpack(made.vectors)
    assert vectors.shape == (4, embedder.dimension)
    np.testing.assert_allclose(vectors, expected, rtol=0, atol=2e-3)


def test_a_passage_is_found_by_what_stands_above_it() -> None:
    article = Article("a", "港口开放", "第一艘船到达。", language="zh")
    (passage,) = passages.cut(article)
    assert blocks.found_by(article.title, passage.heading, passage.text) == "港口开放\n\n第一艘船到达。"


# --- a file that changes, moves or goes ---


class Counting:
    """The bundled embedder, counting what it embeds."""

    def __init__(self) -> None:
        self._embedder = load_embedder()
        self.texts: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed_parts(self, texts: Sequence[Parted]) -> Any:
        self.texts += [f"{text.above}\n{text.text[text.parts[0][0] : text.parts[-1][1]]}" for text in texts]
        return self._embedder.embed_parts(texts)


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are embedded."""
    counting = Counting()
    monkeypatch.setattr("rag.upkeep.ingest.load_embedder", lambda name: counting)
    return counting.texts


def state(settings: Settings) -> dict[str, list[int]]:
    """The rows of the passages of each article, by title."""
    with closing(Library.open(settings.library_folder)) as library:
        rows: dict[str, list[int]] = {}
        for title, row in library.fetch("SELECT title, p.row FROM passage p JOIN article a ON a.row = p.article"):
            rows.setdefault(title, []).append(row)
        assert list(scan(library)) == []
        return rows


def news(number: int) -> str:
    """An article of two sentences like no other."""
    what = ("lamps", "boats", "books", "trees", "maps", "loaves")[number % 6]
    return f"# Report {number}\n\n2026-01-{number % 28 + 1:02} | Daily\n\nThey counted {number + 100} {what}. It took {number + 3} days."


def test_an_article_that_stays_keeps_its_rows_and_is_not_embedded_again(
    tmp_path: Path, settings: Settings, embedded: list[str]
) -> None:
    file = tmp_path / "digest.md"
    file.write_text("\n\n".join(map(news, range(6))), "utf-8")
    ingest([file], settings)
    before = state(settings)
    embedded.clear()
    file.write_text("\n\n".join(map(news, (0, 1, 9, 3, 4, 5))), "utf-8")
    report = ingest([file], settings)
    after = state(settings)
    assert (report.updated, report.articles) == (1, 1)
    assert {title: rows for title, rows in after.items() if title != "Report 9"} == {
        title: rows for title, rows in before.items() if title != "Report 2"
    }
    assert {text.partition("\n")[0] for text in embedded} == {"Report 9"}


def test_passages_that_stay_are_not_embedded_again(tmp_path: Path, settings: Settings, embedded: list[str]) -> None:
    file = tmp_path / "one.md"
    told = "\n\n".join(
        f"In room {number} they counted {number + 100} lamps, and all of them burned." for number in range(60)
    )
    file.write_text(f"# Lamps\n\n{told}", "utf-8")
    ingest([file], settings)
    with closing(Library.open(settings.library_folder)) as library:
        (before,) = [library.entry(article.id) for article in library.articles()]
    assert len(before.passages) > 2
    embedded.clear()
    file.write_text(f"# Lamps\n\n{told} Nobody complained.", "utf-8")
    ingest([file], settings)
    with closing(Library.open(settings.library_folder)) as library:
        (after,) = [library.entry(article.id) for article in library.articles()]
    assert [text.endswith("Nobody complained.") for text in embedded] == [True]
    fresh = entry(after.article, load_embedder())
    np.testing.assert_allclose(packing.unpack(after.vectors), packing.unpack(fresh.vectors), atol=2e-3)
    assert after.vectors[:5].tobytes() == before.vectors[:5].tobytes()


def test_a_file_that_moves_is_not_embedded_again(tmp_path: Path, settings: Settings, embedded: list[str]) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(news(number), "utf-8")
    ingest([folder], settings)
    before = state(settings)
    embedded.clear()
    (folder / "sub").mkdir()
    (folder / "1.md").rename(folder / "sub" / "one.md")
    report = ingest([folder], settings)
    assert (report.moved, report.added, report.updated, report.removed) == (1, 0, 0, ())
    assert state(settings) == before
    assert embedded == []
    with closing(Library.open(settings.library_folder)) as library:
        (moved,) = [article for article in library.articles() if article.title == "Report 1"]
        assert moved.path == str(folder / "sub" / "one.md")
        assert library.passages([before["Report 1"][0]])[before["Report 1"][0]][1].id == moved.id
    (folder / "1.md").write_text(news(1).replace("boats", "gulls"), "utf-8")  # the old name is free again
    assert ingest([folder], settings).added == 1


def test_two_files_that_change_places(tmp_path: Path, settings: Settings) -> None:
    one, two = tmp_path / "one.md", tmp_path / "two.md"
    one.write_text(news(1), "utf-8")
    two.write_text(news(2), "utf-8")
    ingest([tmp_path], settings)
    one.rename(tmp_path / "x")
    two.rename(one)
    (tmp_path / "x").rename(two)
    assert ingest([tmp_path], settings).updated == 2
    assert state(settings).keys() == {"Report 1", "Report 2"}
    with closing(Library.open(settings.library_folder)) as library:
        assert {article.title: article.path for article in library.articles()} == {
            "Report 1": str(two),
            "Report 2": str(one),
        }


def test_what_is_gone_from_a_folder_is_removed(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.md").write_text(news(number), "utf-8")
    ingest([folder], settings)
    (folder / "2.md").unlink()
    report = ingest([], settings)  # the folder is known
    assert (report.removed, report.unchanged, report.missing) == ((str(folder / "2.md"),), 3, ())
    assert state(settings).keys() == {"Report 0", "Report 1", "Report 3"}


def test_a_disk_that_is_not_there_wipes_nothing(tmp_path: Path, settings: Settings) -> None:
    folder, away = tmp_path / "disk", tmp_path / "away"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.md").write_text(news(number), "utf-8")
    ingest([folder], settings)
    whole = state(settings)
    folder.rename(away)
    with pytest.raises(ReadError, match=r"does not exist.*library has 4 of its files and keeps them.*--prune"):
        ingest([folder], settings)
    folder.mkdir()
    with pytest.raises(ReadError, match=r"holds nothing to read.*has 4 of its files and keeps them.*--prune"):
        ingest([folder], settings)
    (folder / "9.md").write_text(news(9), "utf-8")
    report = ingest([folder], settings)
    assert (report.added, report.removed) == (1, ())
    assert "4 of 5 files are gone, and were kept" in report.missing[0]
    assert state(settings).keys() == {*whole, "Report 9"}
    report = ingest([folder], settings, prune=True)
    assert len(report.removed) == 4
    assert state(settings).keys() == {"Report 9"}


def test_a_folder_that_is_really_gone_is_pruned(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "1.md").write_text(news(1), "utf-8")
    ingest([folder], settings)
    shutil.rmtree(folder)
    assert ingest([folder], settings, prune=True).removed == (str(folder / "1.md"),)
    with closing(Library.open(settings.library_folder)) as library:
        assert (library.counts()["articles"], library.roots()) == (0, [])
    with pytest.raises(LibraryError, match="No folder has been indexed into 'default' yet"):
        ingest([], settings)


def test_a_file_that_cannot_be_looked_at_is_not_taken_for_gone(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (tmp_path / f"{number}.md").write_text(news(number), "utf-8")
    ingest([tmp_path], settings)
    gone = str(tmp_path / "1.md")
    (tmp_path / "1.md").unlink()
    look = os.stat

    def refuse(path: Any, *arguments: Any, **named: Any) -> Any:
        if path == gone:
            raise PermissionError(13, "Permission denied", gone)
        return look(path, *arguments, **named)

    monkeypatch.setattr(os, "stat", refuse)
    assert ingest([tmp_path], settings).removed == ()


# --- the same news twice ---


PROGRAM = "from ui.cli import main; main()"

SAME = "# Lamps\n\n2026-01-13 | Harbour News\n\nThe harbour replaced 412 lamps this winter. The pier is next, in May."


@pytest.fixture
def digests(tmp_path: Path) -> Path:
    """Two digests that have one article in common."""
    folder = tmp_path / "digests"
    folder.mkdir()
    (folder / "a.md").write_text("\n\n".join((SAME, news(1))), "utf-8")
    (folder / "b.md").write_text("\n\n".join((news(2), SAME.replace("winter.", "winter ."))), "utf-8")
    return folder


def test_the_same_news_is_searched_once_and_shown_as_also_in(
    digests: Path, settings: Settings, embedded: list[str]
) -> None:
    report = ingest([digests], settings)
    assert (report.articles, report.copies) == (4, 1)
    assert len([text for text in embedded if text.startswith("Lamps")]) == 1
    with Assistant(settings) as assistant:
        found = [hit.article for hit in assistant.search("How many lamps did the harbour replace?")]
        (original,) = [article for article in found if article.title == "Lamps"]
        assert [(copy.path, copy.text) for copy in original.also_in] == [(str(digests / "b.md"), "")]
        listed = {article.id: article.copy_of for article in assistant.library.articles()}
        assert listed[original.also_in[0].id] == original.id


@pytest.mark.parametrize("how", ["remove", "file", "change"])
def test_a_copy_takes_the_place_of_an_original_that_goes(digests: Path, settings: Settings, how: str) -> None:
    ingest([digests], settings)
    with closing(Library.open(settings.library_folder)) as library:
        (original,) = [article for article in library.articles() if article.title == "Lamps" and not article.copy_of]
    if how == "remove":
        assert remove([original.id], settings) == 1
    elif how == "file":
        (digests / "a.md").unlink()
        ingest([digests], settings)
    else:
        (digests / "a.md").write_text("\n\n".join((SAME.replace("412", "512"), news(1))), "utf-8")
        ingest([digests], settings)
    assert ("Lamps" in state(settings)) is True
    with Assistant(settings) as assistant:
        found = [hit.article for hit in assistant.search("How many lamps did the harbour replace?")]
        lamps = [
            (article.path, "412" in article.text, article.also_in) for article in found if article.title == "Lamps"
        ]
    assert (str(digests / "b.md"), True, ()) in lamps
    assert len(lamps) == (2 if how == "change" else 1)


def test_of_several_copies_one_takes_the_place_and_has_the_others(tmp_path: Path, settings: Settings) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.md").write_text(SAME, "utf-8")
    assert ingest([tmp_path], settings).copies == 3
    (tmp_path / "a.md").unlink()
    ingest([tmp_path], settings)
    with closing(Library.open(settings.library_folder)) as library:
        held = {Path(article.path).name: article.copy_of for article in library.articles()}
        (original,) = [name for name, of in held.items() if not of]
        assert (original, len(set(held.values()))) == ("b.md", 2)
    state(settings)


def test_a_small_change_makes_an_original_no_copy_of_itself(digests: Path, settings: Settings) -> None:
    ingest([digests], settings)
    (digests / "a.md").write_text("\n\n".join((SAME + " ", news(1), news(7))), "utf-8")
    (digests / "b.md").write_text(news(2), "utf-8")
    ingest([digests], settings)
    assert state(settings).keys() == {"Lamps", "Report 1", "Report 2", "Report 7"}


def test_a_second_run_waits_and_says_so(folder: Path, settings: Settings) -> None:
    ingest([folder], settings)
    lock = FileLock(settings.library_folder / "index.lock", thread_local=False)
    told: list[str] = []

    def finish(text: str) -> None:
        told.append(text)
        lock.release()

    with lock, ThreadPoolExecutor(1) as pool:
        assert pool.submit(ingest, [folder], settings, notice=finish).result(timeout=60).unchanged == 3
    assert told == [WAITING]


def test_what_another_process_removes_is_found_no_more_at_once(digests: Path, settings: Settings) -> None:
    ingest([digests], settings)
    with Assistant(settings) as assistant:
        asked = "How many boats were counted?"
        (boats,) = {hit.article.id for hit in assistant.search(asked) if "boats" in hit.article.text}
        home = ["--home", str(settings.home)]
        subprocess.run([sys.executable, "-c", PROGRAM, *home, "articles", "remove", boats], check=True, timeout=60)
        assert all("boats" not in hit.article.text for hit in assistant.search(asked, 50))
        answer = assistant.ask(asked).answer
        assert all("boats" not in hit.passage.text for hit in answer.hits)
        assert "101" not in answer.text
