"""A library comes out and in again as one file; what was tampered with, is too large or is something else is refused whole."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from index import passages, schema
from index.integrity import scan
from index.library import Entry, Library, LibraryError, Manifest, Unit
from index.transfer import export, import_library
from index.types import Article

MADE = Manifest("words", "1", 4)


def entry(name: str, text: str) -> Entry:
    article = Article(name, name, text, "2026-01-13", "Daily", "", f"/{name}.txt", "en", "hash")
    cut = passages.cut(article)
    units = [Unit(p.ordinal, p.start, p.end) for p in cut]
    vectors = np.zeros((len(units), 4), dtype=np.float32)
    vectors[:, 0] = 1
    return Entry(article, cut, units, vectors)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(tmp_path / "default", create=MADE)
    for name, text in (("one", "It rains."), ("two", "Snow falls.")):
        opened.replace(f"/{name}.txt", [entry(name, text)])
    opened.set_roots(["/"])
    yield opened
    opened.close()


@pytest.fixture
def exported(library: Library, tmp_path: Path) -> Path:
    export(library, tmp_path / "library.zip")
    return tmp_path / "library.zip"


def test_what_goes_out_comes_in(library: Library, exported: Path, tmp_path: Path) -> None:
    assert import_library(exported, tmp_path / "copy") == {"articles": 2, "passages": 2, "units": 2}
    with closing(Library.open(tmp_path / "copy")) as copy:
        assert copy.articles() == library.articles()
        assert copy.entry("two").article == library.entry("two").article
        assert copy.entry("two").vectors.tobytes() == library.entry("two").vectors.tobytes()
        assert (copy.roots(), copy.manifest) == (["/"], MADE)
        assert copy.generation != library.generation  # no cache is taken for its own
        assert list(scan(copy)) == []
        copy.replace("/three.txt", [entry("three", "Wind blows.")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "default", "library.zip"]


def test_nothing_is_replaced_unasked(library: Library, exported: Path) -> None:
    library.remove(["one"])
    with pytest.raises(LibraryError, match=r"already. Import into another one: --library NAME, or replace it: --force"):
        import_library(exported, library.path.parent)
    with pytest.raises(LibraryError, match=r"is there already. Choose another name, or replace it: --force"):
        export(library, exported)
    assert library.counts()["articles"] == 1
    before = library.generation
    import_library(exported, library.path.parent, force=True)
    assert {article.id for article in library.articles()} == {"one", "two"}  # also for whoever has it open
    assert library.generation > before
    assert list(scan(library)) == []


def test_a_library_of_the_first_format_comes_in(tmp_path: Path) -> None:
    old = tmp_path / "library.sqlite"
    first_format(old)
    packed(old, tmp_path / "old.zip")
    import_library(tmp_path / "old.zip", tmp_path / "new")
    with closing(Library.open(tmp_path / "new")) as library:
        assert library.manifest.format == schema.FORMAT
        assert [article.title for article in library.articles()] == ["Rain"]


def first_format(path: Path) -> None:
    """A library as the first version made it."""
    connection = sqlite3.connect(path)
    connection.executescript(schema.TABLES)
    manifest = json.dumps({"embedder": "words", "revision": "1", "dimension": 4, "terms": "2", "format": "1"})
    connection.executemany("INSERT INTO meta VALUES (?,?)", [("manifest", manifest), ("generation", "7")])
    values = (1, "a", "Rain", "It rains.", "2026", "Daily", "", "/a.txt", "en", "h")
    connection.execute("INSERT INTO article VALUES (?,?,?,?,?,?,?,?,?,?)", values)
    connection.execute("INSERT INTO passage VALUES (1, 1, 0, 0, 9, '', x'00')")
    connection.execute("INSERT INTO unit VALUES (1, 1, 0, 9, ?)", (np.eye(4, dtype="<f2")[0].tobytes(),))
    connection.commit()
    connection.close()


def packed(database: Path, target: Path, **told: object) -> None:
    """A file as an export is, around any database."""
    data = database.read_bytes()
    manifest = {"kind": "yinju library", "bytes": len(data), "sha256": sha256(data).hexdigest()} | told
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("library.sqlite", data)


Change = Callable[[sqlite3.Connection], object]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.execute("CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM article; END"), "its tables are not"),
        (lambda c: c.execute("CREATE VIEW sqliteXview AS SELECT load_extension('x')"), "its tables are not"),
        (lambda c: c.execute("CREATE TABLE other (x)"), "its tables are not"),
        (lambda c: c.execute("UPDATE article SET text = x'00ff' WHERE row = 1"), "a value of article is of another type"),
        (lambda c: c.execute("UPDATE passage SET vectors = 'long'"), "a value of passage is of another type"),
        (lambda c: c.execute("UPDATE passage SET \"end\" = 99"), "passage 0 is no part of its text"),
        (lambda c: c.execute("UPDATE article SET text = 'It snows.' WHERE row = 1"), "its text is not what was stored"),
        (lambda c: c.execute("UPDATE passage SET vectors = zeroblob(800)"), "is not of 4 dimensions"),
        (lambda c: c.execute("UPDATE article SET original = 2 WHERE row = 1"), "it is a copy, and is searched itself"),
        (lambda c: c.execute("DELETE FROM meta WHERE key = 'generation'"), "is no whole exported library"),
        (lambda c: c.execute("UPDATE meta SET value = '[]' WHERE key = 'manifest'"), "is no whole exported library"),
        (lambda c: c.execute("UPDATE meta SET value = '-1' WHERE key = 'generation'"), "does not tell its generation"),
        (lambda c: c.execute("DELETE FROM article"), "belongs to no article"),
    ],
)  # fmt: skip
def test_a_database_that_was_tampered_with_is_refused(
    exported: Path, tmp_path: Path, change: Change, told: str
) -> None:
    database = tmp_path / "changed.sqlite"
    with zipfile.ZipFile(exported) as archive:
        database.write_bytes(archive.read("library.sqlite"))
    connection = sqlite3.connect(database)
    change(connection)
    connection.commit()
    connection.close()
    packed(database, tmp_path / "hostile.zip")
    with pytest.raises(LibraryError, match=told):
        import_library(tmp_path / "hostile.zip", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert not list(tmp_path.glob(".import-*"))


def test_a_file_that_lies_about_itself_is_refused(exported: Path, tmp_path: Path) -> None:
    database = tmp_path / "library.sqlite"
    with zipfile.ZipFile(exported) as archive:
        database.write_bytes(archive.read("library.sqlite"))
    size = database.stat().st_size
    lies: list[tuple[dict[str, object], str]] = [
        ({"sha256": "0" * 64}, "its SHA-256 is another than it tells"),
        ({"bytes": size - 1}, "is not of the size"),
        ({"bytes": 10**15}, "is not of the size"),
        ({"bytes": "many"}, "its manifest.json cannot be read"),
        ({"kind": "recipe"}, "its manifest.json cannot be read"),
    ]
    for told, reason in lies:
        packed(database, tmp_path / "lie.zip", **told)
        with pytest.raises(LibraryError, match=reason):
            import_library(tmp_path / "lie.zip", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("names", [["manifest.json"], ["../library.sqlite", "manifest.json"], ["library.sqlite"] * 2])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_of_other_files_is_refused(tmp_path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    with pytest.raises(LibraryError, match=r"should hold manifest.json and library.sqlite alone"):
        import_library(tmp_path / "other.zip", tmp_path / "copy")


@pytest.mark.parametrize("at", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_or_bent_is_refused(exported: Path, tmp_path: Path, at: float) -> None:
    whole = exported.read_bytes()
    place = int(at * len(whole))
    bent = bytes([*whole[:place], whole[place] ^ 0xFF, *whole[place + 1 :]])
    for data in (whole[:place], bent):
        (tmp_path / "bad.zip").write_bytes(data)
        with pytest.raises(LibraryError, match=r"bad.zip is no whole exported library"):
            import_library(tmp_path / "bad.zip", tmp_path / "copy")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", " " * 100_000)
        archive.writestr("library.sqlite", b"0" * 10_000_000)
    with pytest.raises(LibraryError, match=r"its manifest.json is too large"):
        import_library(tmp_path / "bomb.zip", tmp_path / "copy")


def test_a_library_larger_than_the_disk_is_refused(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.transfer.SPARE", 1 << 60)
    with pytest.raises(LibraryError, match=r"unpacks to .* bytes, and 0 are free. Free some space."):
        import_library(exported, tmp_path / "copy")
