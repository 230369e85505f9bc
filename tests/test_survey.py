"""Folders: what is passed over silently, what is left out and told with its cure, and a folder that may not be opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from index.formats.document import ReadError
from index.survey import find, survey
from rag.settings import load_settings
from rag.upkeep.ingest import ingest


def test_what_is_left_out_is_counted_by_kind_with_its_cure(tmp_path: Path) -> None:
    for name in (
        "a.txt",
        "b.DOC",
        "c.doc",
        "d.wps",
        "e.org",
        "f.jpg",
        "README",
        "~$a.docx",
        "Thumbs.db",
        "desktop.ini",
        ".DS_Store",
        "x.tmp",
    ):
        (tmp_path / name).write_bytes(b"x")
    found = survey([tmp_path])
    assert [file.name for file in found.files] == ["a.txt"]
    assert found.told() == (
        "left out: 2 .doc, 1 .wps: save as .docx, .xlsx or .pdf",
        "left out: 1 .org: save as .md or .txt",
        "left out: 1 without an ending, 1 .jpg",
    )


def test_a_folder_of_other_kinds_alone_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"x")
    with pytest.raises(ReadError, match=r"(?s)holds nothing to read.*1 \.doc: save as \.docx"):
        find([tmp_path])
    with pytest.raises(ReadError, match=r"a\.doc is not a kind of file that can be read .*: save as \.docx"):
        find([tmp_path / "a.doc"])


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
