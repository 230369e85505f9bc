"""Mentions of a string: exact whatever the script, width and case, whole words, and wherever a passage ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import passages
from index.filters import Filters
from index.library import Library
from index.mentions import MentionError, Pattern, fold
from index.search import Search
from index.types import Article
from rag.opening import manifest
from rag.upkeep.ingest import entry
from tests.test_search import WORDS


@pytest.mark.parametrize(
    ("string", "text", "found"),
    [
        ("量子", "光量子计算", ["量子"]),
        ("數據", "数据要素", ["数据"]),
        ("数据", "數據要素", ["數據"]),
        ("ai", "ＡＩ手机", ["ＡＩ"]),
        ("AI", "he said AIDS, OpenAI", []),
        ("AI手机", "一款 AI 手机", ["AI 手机"]),
        ("AI 手机", "一款AI手机", ["AI手机"]),
        ("LLM", "many LLMs and LLMSs", ["LLM"]),
        ("15", "2015年15人，1.15亿，15.5%，15%", ["15", "15"]),
        ("12000", "12,000人，１２０００元，112,000", ["12,000", "１２０００"]),
        ("12,000", "共12000人", ["12000"]),
        ("《数据安全法》", "依据《数据安全法》和数据安全法", ["《数据安全法》"]),
        ("量子计算", "**量子**计算", ["量子**计算"]),
        ("莱昂纳多·迪卡普里奥", "莱昂纳多•迪卡普里奥", ["莱昂纳多•迪卡普里奥"]),
        ("\"AI\"", "所谓“AI”", ["“AI”"]),
        ("the white house", "The White\nHouse", ["The White\nHouse"]),
        ("café", "cafe\u0301 in Paris", ["cafe\u0301"]),
        ("㎡", "120 m2", ["m2"]),
        ("m2", "120㎡", ["㎡"]),
        ("106", "10⁶ and 106", ["106"]),
        ("10⁶", "10⁶ and 106", ["10⁶"]),
        ("？", "真的？是。", ["？"]),
    ],
)  # fmt: skip
def test_a_string_is_found_however_it_is_written(string: str, text: str, found: list[str]) -> None:
    spans = Pattern.of(string).find(text)
    assert [text[start:end] for start, end in spans] == found


@pytest.mark.parametrize("string", ["", "  ", "*", "量" * 201])
def test_what_cannot_be_looked_for_is_refused(string: str) -> None:
    with pytest.raises(MentionError, match=r"give"):
        Pattern.of(string)


@given(st.text(alphabet="aA1,.*é\u0301量量數数㎡ﬁß“ 한\u1100", max_size=40))
def test_every_character_knows_where_it_came_from(text: str) -> None:
    plain, places = fold(text)
    assert len(plain) == len(places)
    assert all(0 <= one < len(text) for one in places)
    assert list(places) == sorted(places)


Listed = Callable[..., list[str]]


@pytest.fixture
def listed(tmp_path: Path) -> Listed:
    """Titles of the articles of a library of these texts that hold a string."""

    def titles(string: str, articles: list[Article], filters: Filters | None = None) -> list[str]:
        with closing(Library.open(tmp_path / "library", create=manifest(WORDS))) as library:
            for article in articles:
                library.replace(article.path, [article], prepare=lambda one: entry(one, WORDS))
            search = Search(library, tmp_path / "cache")
            return [one.article.title for one in search.mentions(string, filters)]

    return titles


def article(number: int, text: str, **more: Any) -> Article:
    made = Article(
        f"{number:016d}", f"t{number}", text, f"2026-01-{number:02d}", "s", path=f"/p/{number}.txt", language="zh"
    )
    return replace(made, **more)


def test_a_library_lists_every_article_newest_first_and_counts_a_copy_once(listed: Listed) -> None:
    said = "青屿市发布量子计算行动方案，提出三年内建成两个实验室，培养人才四百名，并设立专项资金。" * 3
    held = [
        article(1, "量子通信。"),
        article(2, "无关的一篇。"),
        article(3, said),
        article(4, said, date="2026-01-03"),
        article(5, "量 子。", title="量子"),
        article(6, "Quantum of 量。子"),
    ]
    assert listed("量子", held) == ["量子", "t3", "t1"]
    assert listed("量子", held, Filters(until="2026-01-02")) == ["t1"]


def test_a_string_is_found_where_a_passage_ends_within_it(listed: Listed) -> None:
    """A long stretch without any sign is cut anywhere; a plain scan does not care."""
    unbroken = "".join(chr(0x4E00 + at) for at in range(3000))
    (one, two, *_) = passages.cut(article(1, unbroken))
    assert one.end == two.start, "the test is of a cut within a word"
    held = [article(1, unbroken), article(2, "别的。")]
    for width in (1, 2, 6):
        assert listed(unbroken[one.end - width : one.end + width], held) == ["t1"]
    sentences = "甲乙丙丁。" * 200
    (one, *_) = passages.cut(article(3, sentences))
    assert listed(sentences[one.end - 4 : one.end + 3], [article(3, sentences)]) == ["t3"]


def test_what_nobody_reads_mentions_nothing(listed: Listed) -> None:
    code = "正文说的是天气。\n```\nprint('量子')\n```\n"
    assert listed("量子", [article(1, code), article(2, code + "量子。")]) == ["t2"]
