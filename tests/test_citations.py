"""References for other programs: each field where its format wants it, whatever the article says."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

from typer.testing import CliRunner

from index.types import Article, Passage
from rag.types import Answer, Citation
from ui import citations
from ui.cli import app
from ui.export import table

TODAY = date(2026, 4, 1)
NEWS = Article(
    "a1", "青屿港吞吐量 50% & 更多", "x", "2026-03-11", "青屿日报", "https://example.org/a_b", "/p/a.txt", language="zh"
)
BARE = Article("b2", "", "x", "2026", path="C:\\notes\\memo {1}.txt", language="en")


def test_bibtex_escapes_what_latex_reads() -> None:
    (one, other) = re.findall(r"@misc\{.*?\n\}\n", citations.bibtex([NEWS, BARE, NEWS], TODAY), re.DOTALL)
    assert r"title = {{青屿港吞吐量 50\% \& 更多}}" in one
    assert "month = mar," in one
    assert "url = {https://example.org/a_b}" in one
    assert r"title = {{memo \{1\}.txt}}" in other
    assert "notes" not in other
    for entry in (one, other):
        bare = re.sub(r"\\[{}]", "", entry)
        assert bare.count("{") == bare.count("}")


def test_ris_has_a_tag_a_line() -> None:
    records = citations.ris([NEWS, BARE], TODAY)
    assert records.count("TY  - NEWS\r\n") == records.count("ER  - \r\n") == 2
    assert "DA  - 2026/03/11/\r\n" in records
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in records.splitlines())


def test_gbt7714_tells_the_kind_of_source() -> None:
    assert citations.gbt7714([NEWS, BARE], TODAY).splitlines() == [
        "[1] 青屿港吞吐量 50% & 更多[EB/OL]. 青屿日报, (2026-03-11)[2026-04-01]. https://example.org/a_b.",
        "[2] memo {1}.txt[Z]. 2026.",
    ]


def test_an_article_can_open_no_field_of_its_own() -> None:
    hostile = Article("c3", "T}\n, note = {x\nER  - \nTY  - BOOK", "x", url="javascript:alert(1)")
    assert citations.bibtex([hostile], TODAY).count("\n") == 3
    assert citations.ris([hostile], TODAY).count("\r\n") == 4
    assert "javascript" not in citations.bibtex([hostile], TODAY) + citations.gbt7714([hostile], TODAY)


def test_what_answers_cite_is_a_table() -> None:
    passage = Passage("a1-0", "a1", 0, 0, 5, "=1+1x")
    given = Answer("q", "=1+1x[1]", (), (Citation(1, passage, NEWS, "=1+1x", 0, 5),), (), False, "quote")
    (row,) = csv.DictReader(io.StringIO(table([given])))
    assert (row["quote"], row["title"], row["n"]) == ("'=1+1x", NEWS.title, "1")


def test_the_command_cites_in_each_form(sample_home: Path) -> None:
    listed = CliRunner().invoke(app, ["--home", str(sample_home), "articles", "list", "--source", "青屿日报"])
    ids = [line.split()[0] for line in listed.stdout.splitlines()][:2]
    for form, begins in (("bibtex", "@misc{yinju-"), ("ris", "TY  - NEWS"), ("gbt7714", "[1] ")):
        done = CliRunner().invoke(app, ["--home", str(sample_home), "articles", "cite", *ids, "--as", form])
        assert done.exit_code == 0, done.output
        assert done.stdout.startswith(begins)
        assert done.stdout.count("青屿日报") == 2
