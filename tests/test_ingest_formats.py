"""Files of every format in a library: found by their words, cited with their page, skipped and reported where they are bad."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.known import files, texts
from bench.mutated import pdf
from index.readers import SUFFIXES, ReadError, find
from models import load_embedder
from rag import shapes
from rag.assistant import Assistant
from rag.opening import open_library
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from ui import render

PAGES = [
    "The harbour of Quill Bay was dredged in May.",
    "The lighthouse keeper counted 412 herring gulls.",
    "Tolls were raised.",
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four files that can be read, one of them only in part, and one that cannot."""
    made = tmp_path / "articles"
    made.mkdir()
    known = texts.documents()[5]
    (made / "birds.pdf").write_bytes(pdf(PAGES))
    (made / "report.docx").write_bytes(files.docx(known))
    (made / "table.csv").write_bytes(b"Ferry,Trips\nNorth,14\nSouth,9\n")
    inside = {"2026/note.txt": "渡轮每天往返四次。".encode(), "2026/bad.docx": b"nothing", "photo.png": b"x"}
    (made / "all.zip").write_bytes(files.zipped(inside))
    (made / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    return made


def test_a_folder_of_all_formats_is_indexed_and_what_is_bad_is_reported(folder: Path, settings: Settings) -> None:
    report = ingest([folder], settings)
    assert (report.added, report.articles) == (4, 4)
    failed = {path.name: reason for path, reason in report.failed}
    assert set(failed) == {"all.zip", "broken.pdf"}
    assert "all.zip/2026/bad.docx is not a Word document" in failed["all.zip"]
    again = ingest([folder], settings)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 4)
    library = open_library(settings, load_embedder())
    try:
        places = {Path(article.path).name: article.part for article in library.articles()}
    finally:
        library.close()
    assert places == {"birds.pdf": "", "report.docx": "", "table.csv": "", "all.zip": "2026/note.txt"}


def test_an_answer_says_on_which_page_it_stands(folder: Path, settings: Settings) -> None:
    ingest([folder / "birds.pdf"], settings)
    with Assistant(settings) as assistant:
        answer = assistant.ask("How many herring gulls did the lighthouse keeper count?").answer
    (citation,) = answer.citations
    assert citation.quote == PAGES[1]
    assert citation.article.page(citation.start) == 2
    assert "birds.pdf · 第2页 p. 2\n" in render.terminal(answer)
    assert "第2页 p\\. 2" in render.markdown(answer) or "第2页 p. 2" in render.markdown(answer)
    assert shapes.answer_json(answer)["citations"][0]["page"] == 2


def test_only_bad_files_are_an_error_with_every_reason(folder: Path, settings: Settings) -> None:
    with pytest.raises(ReadError, match=r"broken\.pdf is damaged"):
        ingest([folder / "broken.pdf"], settings)


def test_every_ending_is_found(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        (tmp_path / f"a{suffix.upper()}").write_bytes(b"x")
    assert len(find([tmp_path])) == len(SUFFIXES)
    assert {".docx", ".pdf", ".html", ".md", ".txt", ".epub", ".csv", ".xlsx", ".eml", ".zip"} <= set(SUFFIXES)


def test_the_libraries_of_formats_are_not_loaded_by_what_finds_and_asks() -> None:
    code = "import sys, rag.upkeep.ingest, rag.assistant, index.readers; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"lxml", "docx", "openpyxl", "pypdfium2"} & set(names(done.stdout))


def names(printed: str) -> list[str]:
    return [name.strip(" '[]\n") for name in printed.split(",")]
