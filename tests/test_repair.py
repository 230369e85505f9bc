"""A damaged library is found damaged, whatever the damage, and made whole from its sources or its own texts."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.folder import LibraryFolder
from index.integrity import Problem, scan
from index.library import Library, LibraryError
from rag.assistant import Assistant
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from rag.upkeep.repair import _salvaged, repair

RAIN = "# Rain\n\n2026-01-13 | Daily\n\nIt rained on 40 roofs. The gutters held for 3 days."
SNOW = "# Snow\n\n2026-01-14 | Daily\n\nSnow fell on 70 roofs. The ploughs came after 5 hours."
FOG = "# Fog\n\n2026-01-15 | Daily\n\nFog hid 90 roofs. Ferries waited for 7 hours in the harbour."


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles and a home that holds them."""
    top = tmp_path_factory.mktemp("indexed")
    (top / "articles").mkdir()
    (top / "articles" / "digest.md").write_text(f"{RAIN}\n\n{SNOW}", "utf-8")
    (top / "articles" / "fog.md").write_text(FOG, "utf-8")
    ingest([top / "articles"], load_settings(top / "home"))
    return top


@pytest.fixture
def folder(indexed: Path) -> Iterator[Path]:
    """The articles; what a test takes away comes back."""
    yield indexed / "articles"
    (indexed / "articles" / "digest.md").write_text(f"{RAIN}\n\n{SNOW}", "utf-8")


@pytest.fixture
def settings(indexed: Path, tmp_path: Path) -> Settings:
    shutil.copytree(indexed / "home", tmp_path / "home")
    return load_settings(tmp_path / "home")


@pytest.fixture
def database(settings: Settings) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(settings.library_folder / "library.sqlite", isolation_level=None)
    yield connection
    connection.close()


def problems(settings: Settings) -> list[Problem]:
    with closing(Library.open(settings.library_folder)) as library:
        return list(scan(library))


def texts(settings: Settings) -> dict[str, str]:
    with closing(Library.open(settings.library_folder)) as library:
        return {article.title: library.article(article.id).text for article in library.articles()}


DAMAGE = [
    ("UPDATE article SET text = 'x' || text WHERE title = 'Rain'", "its text is not what was stored"),
    ("UPDATE article SET title = 'Hail' WHERE title = 'Rain'", "its text is not what was stored"),
    ('UPDATE passage SET "end" = 9999 WHERE row = 1', "passage 0 is no part of its text"),
    ("UPDATE passage SET ordinal = 4 WHERE row = 1", "a passage is lost"),
    ("UPDATE passage SET spans = substr(spans, 1, 1) WHERE row = 1", "a unit of passage 0 is no part of it"),
    ("UPDATE passage SET spans = x'00ff7f' WHERE row = 1", "a unit of passage 0 is no part of it"),
    ("UPDATE passage SET units = 7 WHERE row = 1", "a unit of passage 0 is no part of it"),
    ("UPDATE passage SET vectors = CAST(substr(vectors, 3) AS BLOB) WHERE row = 1", "a vector of passage 0 is not of 512 dimensions"),
    ("UPDATE passage SET vectors = CAST(replace(hex(zeroblob(length(vectors))), '00', 'C') AS BLOB) WHERE row = 1", "a vector of passage 0 is damaged"),
    ("UPDATE passage SET vectors = x'' WHERE row = 1", "passage 0 has no vectors"),
    ("DELETE FROM passage WHERE row = 1", "it cannot be found by any passage"),
    ("DELETE FROM band WHERE article = 1", "its copies cannot be found"),
    ("UPDATE article SET original = 2 WHERE row = 1", "it is a copy, and is searched itself"),
    ("UPDATE article SET original = 99 WHERE row = 1", "row 1 of article belongs to no article"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "told"), DAMAGE)
def test_each_kind_of_damage_is_found_and_repaired(
    settings: Settings, database: sqlite3.Connection, damage: str, told: str
) -> None:
    before = texts(settings)
    assert problems(settings) == []
    database.execute("PRAGMA foreign_keys = ON" if damage.startswith("DELETE FROM passage") else "SELECT 1")
    database.execute(damage)
    assert told in [problem.told for problem in problems(settings)]
    notices: list[str] = []
    assert repair(settings, notices.append) is True
    assert notices[-1] == "default: whole again"
    assert problems(settings) == []
    assert texts(settings) == before


def drop(settings: Settings, name: str, text: str) -> Path:
    """A file as the page keeps one that was dropped on it, indexed."""
    path = LibraryFolder(settings.library_folder).added / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    ingest([path], settings)
    return path


@pytest.mark.parametrize("damage", ["an article", "the file"])
def test_a_repair_deletes_the_cache_and_nothing_else(
    settings: Settings, database: sqlite3.Connection, damage: str
) -> None:
    dropped = drop(settings, "letters/hail.md", "# Hail\n\nHail broke 12 windows.")
    folder = LibraryFolder(settings.library_folder)
    (folder.path / "notes of the reader.txt").write_text("mine", "utf-8")
    (folder.cache / "1-0-9").mkdir(parents=True)
    before = texts(settings)
    assert "Hail" in before
    if damage == "an article":
        database.execute("UPDATE article SET text = 'x' || text WHERE title = 'Hail'")
    else:
        database.execute("PRAGMA journal_mode = DELETE")
        database.close()
        folder.database.write_bytes(b"not a database " * 999)
    notices: list[str] = []
    assert repair(settings, notices.append) is True
    assert dropped.read_text("utf-8") == "# Hail\n\nHail broke 12 windows."
    assert (folder.path / "notes of the reader.txt").read_text("utf-8") == "mine"
    assert not (folder.cache / "1-0-9").exists()
    if damage == "an article":
        assert texts(settings) == before  # the text comes from the file that was dropped
    else:
        assert f"yinju index {folder.added}" in notices[-2]
        ingest([folder.added], settings)
        assert texts(settings)["Hail"] == before["Hail"]


def test_orphans_are_found_and_go(settings: Settings, database: sqlite3.Connection) -> None:
    database.execute(
        "DELETE FROM article WHERE title = 'Fog'"
    )  # without its passages: this connection enforces nothing
    assert any("belongs to no article" in problem.told for problem in problems(settings))
    assert repair(settings, lambda _: None) is True
    assert problems(settings) == []
    assert {"Rain", "Snow"} <= texts(settings).keys()


def test_a_whole_library_is_left_as_it_is(settings: Settings) -> None:
    with closing(Library.open(settings.library_folder)) as library:
        before = library.generation
        notices: list[str] = []
        assert repair(settings, notices.append) is True
        assert library.generation == before
    assert notices == ["default: whole, every text, offset and vector of it"]


def test_without_its_source_a_text_that_was_changed_is_lost_and_told(
    settings: Settings, folder: Path, database: sqlite3.Connection
) -> None:
    (folder / "digest.md").unlink()
    database.execute("UPDATE article SET text = 'x' || text WHERE title = 'Rain'")
    notices: list[str] = []
    assert repair(settings, notices.append) is True
    path = folder / "digest.md"
    assert f"{path}: its source cannot be read; 1 articles of it are kept, and the damaged ones are lost" in notices
    assert texts(settings).keys() == {"Snow", "Fog"}


def test_a_file_with_torn_pages_is_made_anew(settings: Settings, folder: Path) -> None:
    before = texts(settings)
    path = settings.library_folder / "library.sqlite"
    data = bytearray(path.read_bytes())
    pages = len(data) // 4096
    for page in range(pages // 2, pages):
        data[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    notices: list[str] = []
    assert repair(settings, notices.append) is True
    assert any("made anew of" in notice and "library.sqlite.damaged" in notice for notice in notices)
    ingest([folder], settings)
    assert problems(settings) == []
    assert texts(settings) == before
    with Assistant(settings) as assistant:
        assert assistant.search("How many roofs did it rain on?")[0].article.title == "Rain"


def test_a_torn_file_of_the_format_before_is_made_anew(
    settings: Settings, database: sqlite3.Connection, folder: Path
) -> None:
    database.execute("DROP INDEX article_facet")
    database.execute("ALTER TABLE article DROP COLUMN issue")
    assert {article.title for article, _ in _salvaged(settings.library_folder / "library.sqlite")[0]} == {
        "Rain",
        "Snow",
        "Fog",
    }


def test_what_is_no_library_at_all_is_kept_and_replaced(settings: Settings, folder: Path) -> None:
    path = settings.library_folder / "library.sqlite"
    path.write_bytes(b"not a database " * 999)
    notices: list[str] = []
    assert repair(settings, notices.append) is True
    assert path.with_name("library.sqlite.damaged").read_bytes() == b"not a database " * 999
    assert notices[-2].endswith("missing until they are indexed again: yinju index FOLDER")
    assert ingest([folder], settings).added == 2


def test_there_must_be_a_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="There is no library at"):
        repair(load_settings(tmp_path / "nowhere"), lambda _: None)
