"""The library keeps what it is given, changes all or nothing, and says what is wrong and what helps."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import numpy as np
import pytest

from index import passages, schema
from index.integrity import scan
from index.library import Entry, Library, LibraryError, Manifest, Unit
from index.packing import unpack
from index.types import Article

MADE = Manifest("words", "1", 4, "passage: ", "query: ")


def entry(name: str, text: str, path: str = "/a.txt", date: str = "2026-01-13") -> Entry:
    """An article whose sentences are its units; each vector has one component."""
    article = Article(
        name, f"Title {name}", text, date, "Daily", "https://example.org/a", path, "en", f"hash of {path}"
    )
    cut = passages.cut(article)
    units = [Unit(p.ordinal, *span) for p in cut for span in passages.sentences(text, p.start, p.end)]
    vectors = np.eye(4, dtype=np.float32)[np.arange(len(units)) % 4]
    return Entry(article, cut, units, vectors)


def rows(library: Library) -> list[int]:
    return [row for (row,) in library.fetch("SELECT row FROM passage ORDER BY row")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "libraries" / "default"


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    library = Library.open(folder, create=MADE)
    yield library
    library.close()


def test_it_gives_back_what_it_was_given(library: Library) -> None:
    given = entry("one", "It rains. The sun\x00 shines.\r\n𠮷野 says so.")
    library.replace("/a.txt", [given])
    assert library.article("one") == given.article
    assert library.articles() == [replace(given.article, text="")]
    assert library.hashes() == {"/a.txt": "hash of /a.txt"}
    assert library.counts() == {"articles": 1, "passages": 1, "units": 3}
    (row,) = rows(library)
    assert library.passages([row]) == {row: (given.passages[0], given.article)}
    stored = library.entry("one")
    assert (stored.article, stored.passages) == (given.article, given.passages)
    assert stored.units == given.units
    np.testing.assert_allclose(unpack(stored.vectors), unpack(given.vectors), atol=1e-6)
    spans, vectors = library.units("one-0")
    assert [given.article.text[a:b] for a, b in spans] == ["It rains.", "The sun\x00 shines.", "𠮷野 says so."]
    np.testing.assert_allclose(vectors, unpack(given.vectors), atol=1e-6)


def test_it_is_still_there_when_opened_again(library: Library, folder: Path) -> None:
    library.replace("/a.txt", [entry("one", "It rains.")])
    generation = library.generation
    library.close()
    again = Library.open(folder)
    assert (again.manifest, again.generation, again.article("one").text) == (MADE, generation, "It rains.")
    again.close()
    once_more = Library.open(folder, create=replace(MADE, embedder="other"))
    assert once_more.manifest == MADE
    once_more.close()


def test_replacing_a_file_touches_only_what_came_from_it(library: Library) -> None:
    library.replace("/a.txt", [entry("one", "It rains. It pours."), entry("two", "Snow falls.")])
    library.replace("/b.txt", [entry("three", "Wind blows.", "/b.txt", "2026-02")])
    library.replace("/a.txt", [entry("two", "Snow melts.")])
    assert [(a.id, a.path) for a in library.articles()] == [("three", "/b.txt"), ("two", "/a.txt")]
    assert library.article("two").text == "Snow melts."
    assert library.counts() == {"articles": 2, "passages": 2, "units": 2}
    library.replace("/b.txt", [])
    assert library.hashes() == {"/a.txt": "hash of /a.txt"}


def test_removing_counts_what_was_there(library: Library) -> None:
    library.replace("/a.txt", [entry("one", "It rains."), entry("two", "Snow falls."), entry("three", "Wind blows.")])
    before = library.generation
    assert library.remove(["nobody"]) == 0
    assert library.generation == before
    assert library.remove(["one", "nobody", "three", "one"]) == 2
    assert library.generation > before
    assert library.counts() == {"articles": 1, "passages": 1, "units": 1}
    with pytest.raises(LibraryError, match=r"no article one in .*library\.sqlite\. See: yinju articles list"):
        library.article("one")


def test_a_row_number_is_never_used_twice(library: Library) -> None:
    library.replace("/a.txt", [entry("one", "It rains.")])
    before = rows(library)
    library.replace("/a.txt", [entry("two", "Snow falls.")])
    assert library.passages(before) == {}


def test_the_generation_grows_and_is_no_other_librarys(library: Library, tmp_path: Path) -> None:
    seen = [library.generation]
    for text in ("It rains.", "It rains.", "It pours."):
        library.replace("/a.txt", [entry("one", text)])
        seen.append(library.generation)
    other = Library.open(tmp_path / "other", create=MADE)
    for _ in range(3):
        other.replace("/a.txt", [entry("one", "Snow falls.")])
    assert seen == sorted(set(seen))
    assert seen[1] > 1e18  # nanoseconds: what was restored and then changed is no state that has been
    assert other.generation not in seen
    other.close()


def broken(name: str, part: str) -> Entry:
    whole = entry(name, "Snow falls. It melts.")
    if part == "vectors":
        return replace(whole, vectors=whole.vectors[:1])
    if part == "units":
        return replace(whole, units=[Unit(9, 0, 1), Unit(0, 0, 1)])
    return replace(whole, article=replace(whole.article, id="kept"))


@pytest.mark.parametrize("part", ["vectors", "units", "id"])
def test_nothing_is_half_stored(library: Library, part: str) -> None:
    library.replace("/kept.txt", [entry("kept", "It rains.", "/kept.txt")])
    library.replace("/a.txt", [entry("one", "Wind blows.")])
    before = (library.generation, library.articles(), library.counts(), library.entry("kept").vectors.tobytes())
    with pytest.raises((ValueError, IndexError, sqlite3.IntegrityError)):
        library.replace("/a.txt", [entry("new", "Sun shines."), broken("bad", part), entry("last", "Fog lifts.")])
    assert (library.generation, library.articles(), library.counts(), library.entry("kept").vectors.tobytes()) == before
    library.replace("/a.txt", [entry("new", "Sun shines.")])
    assert [a.id for a in library.articles()] == ["kept", "new"]


def test_a_name_that_is_no_text_is_refused_with_the_cure(library: Library) -> None:
    with pytest.raises(LibraryError, match=r"cannot hold '/\\udcff.txt': it is not text. Rename the file"):
        library.replace("/\udcff.txt", [entry("one", "It rains.", "/\udcff.txt")])
    assert library.counts() == {"articles": 0, "passages": 0, "units": 0}


def test_an_empty_library_is_a_library(library: Library) -> None:
    assert library.generation == 0
    assert library.articles() == []
    assert library.passages([]) == {}
    assert library.units("one-0")[0] == []


def test_any_number_of_passages_is_read_at_once(library: Library) -> None:
    library.replace("/a.txt", [entry("one", "It rains.")])
    row = rows(library)[0]
    assert list(library.passages(range(row, row + 300_000))) == [row]


def test_another_embedder_is_refused_with_the_cure(library: Library) -> None:
    library.require(MADE)
    with pytest.raises(LibraryError) as told:
        library.require(replace(MADE, embedder="bge", revision="7", dimension=512))
    assert str(told.value) == (
        f"The library {library.path} was made with the embedder 'words' (1, 4 dimensions), but 'bge' (7, 512) "
        "is in use. Choose the same embedder (YINJU_EMBEDDER), or index again into a new library: "
        "yinju index PATH --library default-new"
    )


@pytest.mark.parametrize("change", [{"format": "0"}, {"query_prefix": "q"}, {"revision": "2"}])
def test_every_part_of_the_make_counts(library: Library, change: dict[str, str]) -> None:
    with pytest.raises(LibraryError, match="index again into a new library"):
        library.require(replace(MADE, **change))  # type: ignore[arg-type]


def test_a_missing_library_says_how_to_make_one(folder: Path) -> None:
    with pytest.raises(LibraryError) as told:
        Library.open(folder)
    assert str(told.value) == f"There is no library at {folder / 'library.sqlite'}. Make one: yinju index FOLDER"
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"not a database at all " * 99, b"\x00" * 4096])
def test_a_file_that_is_no_library_is_left_alone(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    path = folder / "library.sqlite"
    path.write_bytes(content)
    for create in (None, MADE):
        with pytest.raises(LibraryError, match=r"library\.sqlite.*Move it away and index your articles again"):
            Library.open(folder, create=create)
        assert path.read_bytes() == content


def test_a_damaged_library_says_so(library: Library, folder: Path) -> None:
    library.replace("/a.txt", [entry(str(n), f"It rains {n}. " * 200) for n in range(20)])
    library.close()
    path = folder / "library.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))

    def read() -> None:
        again = Library.open(folder)
        try:
            list(scan(again))
        finally:
            again.close()

    with pytest.raises(
        LibraryError, match=r"is not a whole library \(.*\)\. Move it away and index your articles again"
    ):
        read()


@pytest.mark.parametrize("value", ["[]", "{", json.dumps({"embedder": "words", "colour": "red"}), None])
def test_a_make_that_cannot_be_read_is_refused(library: Library, value: str | None) -> None:
    with sqlite3.connect(library.path) as other:
        if value is None:
            other.execute("DELETE FROM meta WHERE key = 'manifest'")
        else:
            other.execute("UPDATE meta SET value = ? WHERE key = 'manifest'", (value,))
    other.close()
    with pytest.raises(LibraryError, match="Move it away and index your articles again: yinju index FOLDER"):
        library.require(MADE)


def test_a_folder_that_cannot_be_made_says_what_helps(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(LibraryError, match="Choose a folder that can be written: yinju --home FOLDER, or YINJU_HOME"):
        Library.open(tmp_path / "file" / "default", create=MADE)


def test_a_reader_keeps_its_view_while_another_writes(library: Library, folder: Path) -> None:
    library.replace("/a.txt", [entry("one", "It rains.")])
    writer = Library.open(folder)
    before = library.generation
    with library.view():
        assert library.generation == before
        writer.replace("/a.txt", [entry("two", "Snow falls. It melts.")])
        assert library.generation == before
        assert [a.id for a in library.articles()] == ["one"]
        assert library.counts() == {"articles": 1, "passages": 1, "units": 1}
    assert library.generation == writer.generation > before
    assert library.article("two").text == "Snow falls. It melts."
    writer.close()


def test_threads_take_turns(library: Library) -> None:
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(15):
                library.replace(f"/{name}.txt", [entry(name, f"It rains {number}.", f"/{name}.txt")])
                assert library.article(name).text == f"It rains {number}."
                with library.view():
                    counts, generation = library.counts(), library.generation
                    assert counts["passages"] == counts["articles"] == len(rows(library))
                    assert library.generation == generation
        except BaseException as error:  # noqa: BLE001 - told to the thread that judges
            failed.append(error)

    threads = [Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert library.counts() == {"articles": 4, "passages": 4, "units": 4}


def test_a_clock_that_was_set_back_stops_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.replace("/a.txt", [entry("one", "It rains.")])
    before = library.generation
    monkeypatch.setattr("time.time_ns", lambda: 10**15)
    library.replace("/a.txt", [entry("one", "It pours.")])
    assert before < library.generation < before + 2**20 + 1


def test_a_library_of_the_first_format_becomes_one_of_this(tmp_path: Path) -> None:
    folder = tmp_path / "default"
    folder.mkdir()
    connection = sqlite3.connect(folder / "library.sqlite")
    connection.executescript(schema.TABLES)
    made = {"embedder": "words", "revision": "1", "dimension": 4, "terms": "2", "format": "1"}
    connection.executemany("INSERT INTO meta VALUES (?,?)", [("manifest", json.dumps(made)), ("generation", "7")])
    values = (1, "a", "Rain", "It rains on 40 roofs.", "2026", "Daily", "", "/a.txt", "en", "h")
    connection.execute("INSERT INTO article VALUES (?,?,?,?,?,?,?,?,?,?)", values)
    connection.execute("INSERT INTO passage VALUES (5, 1, 0, 0, 21, '', x'00')")
    connection.execute("INSERT INTO unit VALUES (9, 5, 0, 21, ?)", (np.eye(4, dtype="<f2")[0].tobytes(),))
    connection.commit()
    connection.close()
    library = Library.open(folder)
    assert library.manifest == Manifest("words", "1", 4)
    assert library.generation > 7
    assert list(scan(library)) == []
    assert library.entry("a").article.text == "It rains on 40 roofs."
    again = Article("b", "Wet", "It rains, on 40 roofs!", "2026", path="/b.txt", language="en")
    assert library.replace("/b.txt", [again], prepare=lambda article: entry("b", article.text, "/b.txt")) == 1
    fresh = Library.open(tmp_path / "fresh", create=Manifest("words", "1", 4))
    assert schema.statements(library._connection) == schema.statements(fresh._connection)
    library.close()
    fresh.close()


def test_a_library_of_a_later_format_is_left_alone(library: Library, folder: Path) -> None:
    with sqlite3.connect(library.path) as other:
        other.execute("UPDATE meta SET value = replace(value, ?, ?)", (f'"{schema.FORMAT}"', '"99"'))
    other.close()
    later = Library.open(folder)
    with pytest.raises(
        LibraryError, match=rf"is of format 99, and this version of Yinju reads {schema.FORMAT}\. Install the newest"
    ):
        later.require(MADE)
    later.close()


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that everybody may look into."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def nobody(shelf: Path) -> Iterator[Callable[[], None]]:
    """Becomes a user who may write nothing of ours, until the end of the test."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become another user")
    yield lambda: os.seteuid(65534)
    os.seteuid(0)


def test_a_library_on_a_disk_that_is_only_read_can_be_read(shelf: Path, nobody: Callable[[], None]) -> None:
    library = Library.open(shelf / "default", create=MADE)
    library.replace("/a.txt", [entry("one", "It rains.")])
    library.close()
    nobody()
    again = Library.open(shelf / "default")
    assert again.article("one").text == "It rains."
    assert again.units("one-0")[0] == [(0, 9)]
    with pytest.raises(LibraryError, match="Choose a folder that can be written: yinju --home FOLDER, or YINJU_HOME"):
        again.replace("/a.txt", [])
    again.close()
    with pytest.raises(LibraryError, match="Choose a folder that can be written: yinju --home FOLDER, or YINJU_HOME"):
        Library.open(shelf / "default", create=MADE)


def test_a_library_of_somebody_else_is_read_while_it_is_written(shelf: Path, nobody: Callable[[], None]) -> None:
    library = Library.open(shelf / "default", create=MADE)
    library.replace("/a.txt", [entry("one", "It rains.")])
    nobody()
    reader = Library.open(shelf / "default")
    assert reader.article("one").text == "It rains."
    os.seteuid(0)
    library.replace("/a.txt", [entry("one", "It pours.")])
    nobody()
    assert reader.article("one").text == "It pours."
    reader.close()
    os.seteuid(0)
    library.close()


def test_a_full_disk_changes_nothing_and_says_what_helps(library: Library) -> None:
    library.replace("/a.txt", [entry("one", "It rains.")])
    before = (library.generation, library.articles(), library.counts())
    (pages,) = library._connection.execute("PRAGMA page_count").fetchone()
    library._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(
        LibraryError, match=r"full\. Free some space and try again; what was committed before is still there"
    ):
        library.replace("/b.txt", [entry("two", "Snow falls on roof after roof. " * 3000, "/b.txt")])
    assert (library.generation, library.articles(), library.counts()) == before
    # The vectors of these tests are no unit vectors; nothing else may be wrong.
    assert [problem.told for problem in scan(library) if "a vector of passage" not in problem.told] == []
    library._connection.execute("PRAGMA max_page_count = 1000000")
    library.replace("/b.txt", [entry("two", "Snow falls.", "/b.txt")])
    assert library.counts()["articles"] == 2


def second_format(path: Path, dimension: int = 4) -> None:
    """A library as the second format was: a row for each unit, pairs of neighbours among them, and terms."""
    connection = sqlite3.connect(path)
    connection.executescript(schema.TABLES)
    connection.executescript(schema.STEPS["1"])
    made = {"embedder": "words", "revision": "1", "dimension": dimension, "terms": "2", "format": "2"}
    connection.executemany("INSERT INTO meta VALUES (?,?)", [("manifest", json.dumps(made)), ("generation", "7")])
    text = "It rains. It pours.  It ends."
    held = "id, title, text, date, source, url, path, language, hash, checksum"
    values = ("a", "Rain", text, "2026", "Daily", "", "/a.txt", "en", "h", schema.checksum("Rain", text))
    connection.execute(f"INSERT INTO article ({held}) VALUES (?,?,?,?,?,?,?,?,?,?)", values)  # noqa: S608
    schema.add_bands(connection, 1, text)
    connection.execute("INSERT INTO passage VALUES (5, 1, 0, 0, 29, '', x'00')")
    connection.execute("INSERT INTO passage VALUES (9, 1, 1, 0, 9, '', x'00')")
    connection.execute("DELETE FROM passage WHERE row = 9")
    spans = [(0, 9), (10, 19), (21, 29), (0, 19), (10, 29), (0, 29)]
    drawn = np.random.default_rng(1).standard_normal((6, dimension))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    for span, vector in zip(spans, drawn, strict=True):
        unit = (5, *span, vector.astype("<f2").tobytes())
        connection.execute('INSERT INTO unit (passage, start, "end", vector) VALUES (?,?,?,?)', unit)
    connection.commit()
    connection.close()


def test_a_library_of_the_second_format_keeps_its_texts_rows_and_vectors(tmp_path: Path) -> None:
    folder = tmp_path / "default"
    folder.mkdir()
    second_format(folder / "library.sqlite")
    library = Library.open(folder)
    assert list(scan(library)) == []
    assert library.fetch("PRAGMA freelist_count") == [(0,)]  # the disk is given back
    assert library.manifest == Manifest("words", "1", 4)
    assert (rows(library), library.article("a").text) == ([5], "It rains. It pours.  It ends.")
    spans, vectors = library.units("a-0")
    assert spans == [(0, 9), (10, 19), (21, 29), (0, 29)]
    drawn = np.random.default_rng(1).standard_normal((6, 4))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, drawn[[0, 1, 2, 5]], atol=0.01)
    fresh = Library.open(tmp_path / "fresh", create=Manifest("words", "1", 4))
    assert schema.statements(library._connection) == schema.statements(fresh._connection)
    library.replace("/b.txt", [entry("b", "Snow falls.", "/b.txt")])
    assert rows(library) == [5, 10]  # a row number is never used twice, not even one of another format
    library.close()
    fresh.close()
