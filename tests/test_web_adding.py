"""What is dropped on the page: names that lead elsewhere, files that were not sent, twice the same, a second version."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from index.folder import LibraryFolder
from rag.settings import Settings
from ui.web import adding
from ui.web.session import Desk, Session


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("周报.txt", "周报.txt"),
        ("folder/sub/a b.md", "folder/sub/a b.md"),
        ("C:\\Users\\me\\x.txt", "C_/Users/me/x.txt"),
        ("..\\..\\x.txt", None),
        ("../../etc/cron.d/x.txt", None),
        ("a/../../x.txt", None),
        ("/etc/x.txt", "etc/x.txt"),
        ("a/./b//c.txt", "a/b/c.txt"),
        (".ssh/authorized_keys.txt", None),
        ("x.txt\x00.md", "x.txt_.md"),
        ("\u202etxt.exe.txt", "_txt.exe.txt"),
        ("CON.txt", "_CON.txt"),
        ("nul", "_nul"),
        ("what is it?.txt", "what is it_.txt"),
        ("x.txt ", "x.txt"),
        ("...", None),
        (" ", None),
        ("", None),
        ("/".join("a" * 9) + "/x.txt", None),
        ("长" * 121 + ".txt", None),
    ],
)
def test_a_name_stays_below_its_folder_or_is_refused(name: str, safe: str | None) -> None:
    assert adding.safe_name(name) == (Path(safe) if safe else None)


class Place:
    """A desk whose library lies in a home, and a folder of uploads."""

    def __init__(self, home: Path, uploads: Path) -> None:
        self.settings, self.uploads = Settings(home), uploads
        self.library = self
        self.generation = 0

    def articles(self) -> list[Any]:
        return []

    def send(self, name: str, text: str, batch: str) -> dict[str, object]:
        """As Gradio keeps it, and as the browser tells of it."""
        folder = self.uploads / batch
        folder.mkdir(parents=True)
        file = folder / "sent.txt"
        file.write_text(text, encoding="utf-8")
        return {"name": name, "path": str(file), "size": len(text)}

    def take(self, *files: object) -> str:
        """What the page tells at the end."""
        desk = Desk(cast("Any", self), cast("Any", None))
        desk.listed.examples = (0, ())
        return list(adding.take(desk, Session(language="en"), {"files": list(files)}))[-1]["adding"]

    def kept(self) -> dict[str, str]:
        folder = LibraryFolder(self.settings.library_folder).added
        return {
            file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return Place(tmp_path / "home", tmp_path / "uploads")


FIRST, SECOND = "港口全年吞吐量达到320万吨。", "港口全年吞吐量达到410万吨。"


def test_what_is_dropped_is_kept_indexed_and_told(place: Place) -> None:
    told = place.take(
        place.send("港口/年报.txt", FIRST, "a"), {"name": "x.exe", "size": 3}, {"name": "big.txt", "size": 4 * 10**8}
    )
    assert place.kept() == {"港口/年报.txt": FIRST}
    assert "1 added · 2 skipped" in told
    assert "x.exe: .exe files cannot be read" in told
    assert "big.txt: 400 MB, more than 300 MB" in told
    assert "1 unchanged" in place.take(place.send("港口/年报.txt", FIRST, "b"))
    assert "1 changed" in place.take(place.send("港口/年报.txt", SECOND, "c"))
    assert place.kept() == {"港口/年报.txt": SECOND}


def test_two_files_of_one_name_in_one_drop_do_not_take_each_others_place(place: Place) -> None:
    told = place.take(place.send("a.txt", FIRST, "a"), place.send("A.txt", SECOND, "b"))
    assert place.kept() == {"a.txt": FIRST}
    assert "A.txt: a file of this name came with the same drop" in told


def test_only_what_the_browser_sent_is_taken(place: Place, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(FIRST, encoding="utf-8")
    place.uploads.mkdir()
    (place.uploads / "link.txt").symlink_to(secret)
    paths = [secret, place.uploads / "link.txt", place.uploads / ".." / "secret.txt", place.uploads, "\x00", 7, ""]
    told = place.take(*({"name": f"{n}.txt", "path": str(path) if path != 7 else path} for n, path in enumerate(paths)))
    assert told.count("did not arrive whole") == len(paths)
    assert "There was no file to index." in told
    assert place.kept() == {}
    assert secret.exists()


def test_what_is_no_file_at_all_is_passed_over(place: Place) -> None:
    desk = Desk(cast("Any", place), cast("Any", None))
    for files in (None, 3, "x", [None, 3, "x"], {"name": "x"}):
        assert "no file to index" in list(adding.take(desk, Session(language="en"), {"files": files}))[-1]["adding"]
