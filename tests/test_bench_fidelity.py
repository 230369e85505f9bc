"""The fidelity bench on two documents: each format gives back 99 % of the characters, the headings, the tables, the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import fidelity
from bench.known import files, texts
from index.formats.document import Document

KNOWN = (texts.documents()[4], texts.documents()[5])


def held(scores: dict[str, list[fidelity.Score]]) -> None:
    for kind, group in scores.items():
        for one in group:
            assert one.characters >= 0.99, kind
            assert one.extra <= 0.13, kind  # names of files and sheets stand over tables
            assert one.headings in (1.0, None), kind
            assert one.tables == 1.0, kind
            assert one.pages in (1.0, None), kind
            assert one.title, kind
            assert one.date, kind


def test_what_python_writes_comes_back(tmp_path: Path) -> None:
    by_name = {known.name: known for known in KNOWN}
    pairs = [(by_name[path.name.partition(".")[0]], path) for path in files.written(KNOWN, tmp_path)]
    scores = fidelity.measured(pairs)
    assert set(scores) == {"txt", "md", "html", "epub", "eml", "csv", "docx", "xlsx"}
    held(scores)


def test_what_chromium_prints_and_saves_comes_back(tmp_path: Path) -> None:
    if lacks := files.lacking():
        pytest.skip(lacks)
    by_name = {known.name: known for known in texts.documents()}
    known = (by_name["zh-2"], by_name["zh-6"])  # two columns; indented paragraphs
    pairs = [(by_name[path.name.partition(".")[0]], path) for path in files.printed(known, tmp_path)]
    scores = fidelity.measured(pairs)
    assert set(scores) == {"chromium.pdf", "mhtml"}
    held({"mhtml": scores["mhtml"]})
    if not files.draws_chinese():
        pytest.skip(
            "no Chinese font found (fc-list :lang=zh): install fonts-noto-cjk to hold printed PDFs to their text"
        )
    held(scores)


def test_what_is_missing_or_foreign_lowers_the_score() -> None:
    known = KNOWN[0]
    whole = Document("x.md", "\n\n".join(["# " + known.title, *known.text.split("\n")[1:]]))
    half = Document("x.md", whole.text[: len(whole.text) // 2] + "Something else. " * 40)
    best, worse = fidelity.score(known, Path("x.md"), whole), fidelity.score(known, Path("x.md"), half)
    assert best.characters > 0.99
    assert worse.characters < 0.65
    assert worse.extra > 0.2
    assert best.headings is not None
    assert best.headings < 0.5  # they came back as text
    assert best.tables == 0.0


def test_the_table_tells_the_worst_file_of_each_kind() -> None:
    good = fidelity.Score(1.0, 0.0, 1.0, 1.0, None, True, True)
    bad = fidelity.Score(0.5, 0.25, 0.5, 1.0, 1.0, True, False)
    rows = fidelity.table({"chromium.pdf": [good, bad], "txt": [good]}).split("\n")
    assert rows[2] == "| .pdf | Chromium | 2 | 0.5000 | 0.2500 | 0.500 | 1.000 | 1.000 | 1/2 |"
    assert rows[-1].startswith("| all, worst file |  | 3 | 0.5000 |")


def test_every_hard_kind_comes_back_from_every_format() -> None:
    rows = [row.split(" | ") for row in fidelity.hard().splitlines()[2:]]
    assert len(rows) > 15
    for kind, suffix, right in rows:
        held, whole = right.rstrip(" |").split("/")
        assert held == whole, (kind, suffix)
