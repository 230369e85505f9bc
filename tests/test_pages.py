"""Pages: offsets of page starts carried from a file's text to its articles, through what cleaning and digesting change."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import digest
from index.formats.document import Document
from index.pages import carried
from index.types import Article
from ui import render


def page_of(article: Article, words: str) -> int:
    return article.page(article.text.index(words))


DIGEST = """# 港口周报

## 一号码头扩建

2026-01-13 来源：临江日报

码头扩建工程于一月开工，总投资三亿元，预计两年完成。

工程分两期。第一期清淤，第二期建泊位，共新增泊位六个，可停靠五万吨级船舶。

## 渡轮恢复航行

2026-01-14 来源：青屿晚报

渡轮停航三周后恢复，每天往返四次，票价不变。船公司说，新的发动机已经通过检验。
"""


def test_articles_of_a_digest_know_the_pages_of_its_file() -> None:
    starts = (0, DIGEST.index("第二期"), DIGEST.index("## 渡轮"), DIGEST.index("船公司"))
    first, second = digest.read(Document("w.pdf", DIGEST, pages=starts), path="w.pdf", file_hash="")
    assert (first.title, second.title) == ("一号码头扩建", "渡轮恢复航行")
    assert (
        page_of(first, "码头扩建"),
        page_of(first, "第一期"),
        page_of(first, "第二期"),
        page_of(first, "五万吨"),
    ) == (1, 1, 2, 2)
    assert (page_of(second, "渡轮停航"), page_of(second, "票价"), page_of(second, "船公司")) == (3, 3, 4)
    assert second.pages[:3] == (0, 0, 0)
    assert render.pages(first, first.text.index("第一期"), len(first.text)) == "第1-2页 pp. 1-2"
    assert render.pages(second, 0, 4) == "第3页 p. 3"


def test_a_file_without_pages_has_none() -> None:
    (article,) = digest.read(Document("w.docx", "# Title\n\nA sentence."), path="w.docx", file_hash="")
    assert article.pages == ()
    assert article.page(3) == 0
    assert render.pages(article, 0, 3) == ""


def test_metadata_stands_in_for_what_the_text_does_not_say() -> None:
    known = Document(
        "/x/a.pdf",
        "A long sentence that is no title, as it ends. Another one.",
        "Tides",
        "2026-02",
        "Port Paper",
        "https://a.example",
    )
    (article,) = digest.read(known, path="/x/a.pdf", file_hash="h")
    assert (article.title, article.date, article.source, article.url, article.hash) == (
        "Tides",
        "2026-02",
        "Port Paper",
        "https://a.example",
        "h",
    )
    dated = Document("/x/a.pdf", "# High water\n\n2026-01-13\n\nIt rose.", "Tides", "2025-02")
    (article,) = digest.read(dated, path="/x/a.pdf", file_hash="h")
    assert (article.title, article.date) == ("High water", "2026-01-13")


def test_files_in_an_archive_have_ids_of_their_own() -> None:
    parts = [Document(f"/x/a.zip/{name}", "# Same\n\nText.", part=name) for name in ("b.docx", "c.docx")]
    one, other = (digest.read(part, path="/x/a.zip", file_hash="h")[0] for part in parts)
    assert one.id != other.id
    assert (one.path, one.part, one.place) == ("/x/a.zip", "b.docx", "/x/a.zip/b.docx")
    assert Article("a", "t", "x", path=str(Path("/x/a.txt"))).place == "/x/a.txt"


@pytest.mark.parametrize(
    ("text", "starts", "article", "expected"),
    [
        ("one two\n\nthree four", (0, 9), "one two\nthree four", (0, 8)),
        ("a sentence that the\npage broke", (0, 20), "a sentence that the page broke", (0, 20)),
        ("first page\n\n- 1 -\n\nsecond page", (0, 18), "first page\nsecond page", (0, 11)),
        ("only one page", (0,), "only one page", (0,)),
        ("x", (0,), "nothing of this stands there", ()),
    ],
)
def test_a_page_begins_where_its_first_letter_went(
    text: str, starts: tuple[int, ...], article: str, expected: tuple[int, ...]
) -> None:
    assert list(carried(text, starts, [("", article)])) == [expected]


@given(st.lists(st.text(alphabet="abc 港口\n", min_size=12), min_size=1, max_size=6))
def test_an_unchanged_text_keeps_its_pages(pages: list[str]) -> None:
    whole = [f"{number} page {page}" for number, page in enumerate(pages)]
    text = "\n".join(whole)
    starts = [sum(len(page) + 1 for page in whole[:number]) for number in range(len(whole))]
    (offsets,) = carried(text, starts, [("", text)])
    assert list(offsets) == starts
