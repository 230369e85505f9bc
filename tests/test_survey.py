"""Folders: what is passed over silently, what is left out and told with its cure, and a folder that may not be opened."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from bench.known.files import zipped
from index.formats import office
from index.formats.document import ReadError
from index.readers import Reader
from index.survey import find, survey
from rag.settings import load_settings
from rag.upkeep.ingest import ingest
from tests.formats import word

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.fixture(autouse=True)
def without_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "program", lambda: "")


def test_what_is_left_out_is_counted_by_kind_with_its_cure(tmp_path: Path) -> None:
    for name in (
        "a.txt",
        "b.DOC",
        "c.doc",
        "d.wps",
        "e.textile",
        "f.jpg",
        "README",
        "~$a.docx",
        "Thumbs.db",
        "desktop.ini",
        ".DS_Store",
        "x.tmp",
    ):
        (tmp_path / name).write_bytes(OLD)
    found = survey([tmp_path])
    assert [file.name for file in found.files] == ["a.txt"]
    assert found.told() == (
        "left out: 2 .doc, 1 .wps: save as .docx, .xlsx or .pdf, or install LibreOffice (libreoffice.org)",
        "left out: 1 .textile: save as .md or .txt",
        "left out: 1 without an ending, 1 .jpg",
    )


def test_what_was_read_is_counted_by_kind(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles/a.rtf").write_bytes(rb"{\rtf1 Twelve berths.}")
    (tmp_path / "articles/b.txt").write_text("北港有泊位12个。", encoding="utf-8")
    (tmp_path / "articles/c.pptx").write_bytes(b"PK\x03\x04 cut off")
    report = ingest([tmp_path / "articles"], load_settings(tmp_path / "home"))
    assert report.kinds == ((".rtf", 1), (".txt", 1))
    assert [path.name for path, _ in report.failed] == ["c.pptx"]


def test_folders_of_the_system_are_passed_over(tmp_path: Path) -> None:
    for name in ("__MACOSX", "$RECYCLE.BIN", "@eaDir", "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("北港有泊位12个。", encoding="utf-8")
    assert [file.parent.name for file in find([tmp_path])] == ["notes"]


def test_a_folder_of_other_kinds_alone_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(OLD)
    with pytest.raises(ReadError, match=r"(?s)holds nothing to read.*1 \.doc: save as \.docx"):
        find([tmp_path])
    with pytest.raises(ReadError, match=r"a\.doc is not a kind of file that can be read .*: save as \.docx"):
        find([tmp_path / "a.doc"])


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.doc", rb"{\rtf1 Twelve berths.}", "Twelve berths."),
        ("b.wps", b"<html><body><p>Twelve berths.</p></body></html>", "Twelve berths."),
        ("c.xls", "港\t泊位\n北港\t12\n".encode("gb18030"), "# c\n\n| 港 | 泊位 |\n| 北港 | 12 |"),
        ("d.doc", "北港有泊位12个。".encode(), "北港有泊位12个。"),
    ],
)
def test_an_old_ending_hides_no_kind_that_is_read(tmp_path: Path, name: str, data: bytes, text: str) -> None:
    (tmp_path / name).write_bytes(data)
    (file,) = find([tmp_path])
    with Reader() as reader:
        (document,) = reader.read(file).documents
    assert document.text == text


def test_what_an_archive_holds_besides_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(
        zipped(
            {"a.txt": "北港有泊位12个。".encode(), "b.doc": OLD, "c.png": b"x", "~$a.docx": b"x", "x/Thumbs.db": b"x"}
        )
    )
    with Reader() as reader:
        read = reader.read(tmp_path / "a.zip")
    assert [document.text for document in read.documents] == ["北港有泊位12个。"]
    (told,) = read.problems
    assert "a.zip: left out: 1 .doc: save as .docx" in told


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
def test_an_old_file_is_opened_by_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made.docx"
    made.write_bytes(word(lambda file: file.add_paragraph("北港有泊位12个。")))
    monkeypatch.setattr(office, "program", lambda: str(stand_in(tmp_path, f'cp "{made}" "$out/source.docx"')))
    (tmp_path / "-会议 纪要.doc").write_bytes(OLD)
    (file,) = find([tmp_path / "-会议 纪要.doc"])
    with Reader() as reader:
        (document,) = reader.read(file).documents
    assert (document.text, document.path) == ("北港有泊位12个。", str(file))
    assert not list(Path(tempfile.gettempdir()).glob("yinju-office-*/source.doc"))


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
@pytest.mark.parametrize(
    ("does", "told"), [("true", "nothing that LibreOffice can open"), ("sleep 60", "more than 1 seconds")]
)
def test_what_libreoffice_cannot_open_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, told: str
) -> None:
    monkeypatch.setattr(office, "program", lambda: str(stand_in(tmp_path, does)))
    (tmp_path / "a.xls").write_bytes(OLD)
    with pytest.raises(ReadError, match=rf"a\.xls .*{told}"), office.renewed(tmp_path / "a.xls", seconds=1.0):
        pass


def stand_in(folder: Path, does: str) -> Path:
    """A program that is called as LibreOffice is, and does what it is told with its --outdir."""
    program = folder / "soffice"
    program.write_text(f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\nout="$2"\n{does}\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def test_a_folder_that_may_not_be_opened_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/one.txt", "locked/two.txt", "z.txt"):
        (tmp_path / "articles" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "articles" / name).write_text(f"{name} 港口有泊位12个。", encoding="utf-8")
    scan = os.scandir

    def denied(path: Any) -> Any:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    report = ingest([tmp_path / "articles"], load_settings(tmp_path / "home"))
    assert report.added == 2
    ((path, reason),) = report.failed
    assert path.name == "locked"
    assert "locked cannot be opened (Permission denied): check that you may read it" in reason
