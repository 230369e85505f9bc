"""Reading in a child process: one for many files, killed where a file hangs, bounded in memory, unable to do harm."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import mutated
from bench.known.files import zipped
from index.formats import child
from index.readers import Reader, ReadError

SLOW = b"BT /F 1 Tf 0 0 Td " + b"(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 300_000 + b"ET"
"""A page of nine million glyphs: ten seconds, or all the memory."""


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_one_process_reads_many_files_and_plain_text_needs_none(tmp_path: Path) -> None:
    with Reader() as reader:
        assert reader.read(write(tmp_path, "a.txt", "一行字。".encode())).documents[0].text == "一行字。"
        assert reader._child._process is None
        reader.read(write(tmp_path, "b.csv", b"a,b\n1,2\n"))
        process = reader._child._process
        assert process is not None
        for number in range(20):
            (document,) = reader.read(write(tmp_path, f"{number}.html", f"<p>Page {number}.</p>".encode())).documents
            assert document.text == f"Page {number}."
        assert reader._child._process is process
    assert process.poll() is not None


def test_a_document_that_hangs_is_killed_and_the_rest_of_its_archive_is_read(tmp_path: Path) -> None:
    files = {"a.txt": b"First.", "b.pdf": mutated.pdf([SLOW]), "c.txt": b"Last."}
    path = write(tmp_path, "all.zip", zipped(files))
    with Reader(seconds=1) as reader:
        reading = reader.read(path)
        assert [(document.part, document.text) for document in reading.documents] == [
            ("a.txt", "First."),
            ("c.txt", "Last."),
        ]
        assert reading.problems == (f"{path}/b.pdf takes more than 1 seconds to read: leave it out, or save it anew",)
        assert reader.read(write(tmp_path, "d.csv", b"a,b\n1,2\n")).documents  # the next file has a new process


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of memory for a process")
def test_a_file_that_needs_too_much_memory_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "big.csv", b"a,b\n" * 6_000_000)
    with (
        Reader(memory=150_000_000) as reader,
        pytest.raises(ReadError, match=r"big\.csv (needs more memory|is built so)"),
    ):
        reader.read(path)


def test_a_reader_that_was_closed_reads_again(tmp_path: Path) -> None:
    path = write(tmp_path, "b.csv", b"a,b\n1,2\n")
    reader = Reader()
    for _ in range(2):
        assert len(reader.read(path).documents) == 1
        reader.close()


@pytest.mark.parametrize(
    "harm",
    [
        "open('made', 'w')",
        "os.remove('kept')",
        "socket.create_connection(('127.0.0.1', 9))",
        "subprocess.run(['true'])",
        "os.system('true')",
        "urllib.request.urlopen('http://127.0.0.1:9')",
    ],
)
def test_the_process_refuses_what_no_reader_does(harm: str, tmp_path: Path) -> None:
    write(tmp_path, "kept", b"x")
    code = f"""
import os, socket, subprocess, sys, urllib.request
from index.formats import child
sys.addaudithook(child._refuse)
try:
    {harm}
except PermissionError as error:
    print("refused:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("refused: a file that is read must not")
    assert sorted(os.listdir(tmp_path)) == ["kept"]


def test_requests_and_answers_are_text_alone() -> None:
    source = Path(child.__file__).read_text("utf-8")
    assert "pickle" not in source.replace("unpickled", "")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(seconds=mutated.SECONDS) as opened:
        yield opened


LONG = ("glyphs.pdf", "lines.pdf", "wide.html", "pages.pdf", "deep.eml", "bomb.zip")
"""What takes seconds; `python bench/mutated.py` tries these too."""


def test_damaged_and_hostile_files_give_text_or_a_clear_error(reader: Reader, tmp_path: Path) -> None:
    tried = [
        mutated.tried(reader, write(tmp_path, name, data))
        for name, data in mutated.made(78, seed=7)
        if name not in LONG
    ]
    assert len(tried) == 72
    for outcome in tried:
        assert outcome.kind != "crash", (outcome.name, outcome.message)
        assert outcome.seconds < mutated.SECONDS
        assert outcome.kind == "text" or outcome.name in outcome.message
        if outcome.name.startswith("protected."):
            assert "protected by a password" in outcome.message
    kinds = {outcome.name: outcome.kind for outcome in tried}
    assert kinds["laughs.docx"] == kinds["outside.docx"] == kinds["outside.epub"] == kinds["bomb.docx"] == "error"
    assert kinds["report.txt"] == kinds["wrong.pdf"] == kinds["page.docx"] == "text"
    assert kinds["zip.eml"] == "text and error"


def test_a_large_parent_does_not_make_the_process_look_large(tmp_path: Path) -> None:
    held = bytearray(1_300_000_000)
    held[::4096] = b"x" * len(held[::4096])
    with Reader() as reader:
        reader.read(write(tmp_path, "b.csv", b"a,b\n1,2\n"))
        assert reader._child._process is not None
    assert len(held) == 1_300_000_000
