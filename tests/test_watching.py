"""A folder that is watched: what comes, changes and goes is in the library once the folder has come to rest."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from index.library import Library, LibraryError
from index.readers import ReadError
from rag.settings import load_settings
from rag.upkeep.ingest import Report
from rag.upkeep.watching import watch

ONE = "# Rain\n\n2026-01-13 | Daily\n\nIt rained on 40 roofs."
TWO = "# Snow\n\n2026-01-14 | Daily\n\nSnow fell on 70 roofs."


def test_what_changes_in_a_folder_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.upkeep.watching.QUIET", 50)
    folder, settings, stop = tmp_path / "articles", load_settings(tmp_path / "home"), Event()
    folder.mkdir()
    (folder / "one.md").write_text(ONE, "utf-8")
    told = watch([folder], settings, stop=stop)

    def report() -> tuple[int, int, int, tuple[str, ...]]:
        found = next(told)
        assert isinstance(found, Report)
        return found.added, found.updated, found.moved, found.removed

    assert report() == (1, 0, 0, ())
    (folder / "two.md").write_text(TWO, "utf-8")
    assert report() == (1, 0, 0, ())
    (folder / "one.md").write_text(ONE.replace("40", "50"), "utf-8")
    assert report() == (0, 1, 0, ())
    (folder / "two.md").rename(folder / "three.md")
    assert report() == (0, 0, 1, ())
    (folder / "one.md").unlink()
    assert report() == (0, 0, 0, (str(folder / "one.md"),))
    (folder / "three.md").unlink()
    empty = next(told)
    assert isinstance(empty, ReadError)
    assert "has 1 of its files and keeps them" in str(empty)
    with closing(Library.open(settings.library_folder)) as library:
        assert [article.path for article in library.articles()] == [str(folder / "three.md")]
    stop.set()
    assert next(told, None) is None


def test_nothing_known_is_nothing_to_watch(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="There is no library"):
        next(watch([], load_settings(tmp_path / "home")))
