"""Terms as they are written down, and BM25 against its formula."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import lexical
from index.lexical import BM25, Translated

TEXTS = (
    "算力规模达到150EFLOPS，数据中心建设加快。",
    "数据中心用电增长，绿色电力占比提高。",
    "The data centre uses 50,000 servers and saves power.",
    "Servers, servers, servers: the power of a data centre.",
    "",
)


def reference(query: list[str], texts: tuple[str, ...], k1: float = 1.2, b: float = 0.75) -> list[float]:
    """BM25 straight from the formula, with Lucene's idf that is never negative."""
    counts = [Counter(lexical.terms(text)) for text in texts]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths)
    out = []
    for count, length in zip(counts, lengths, strict=True):
        score = 0.0
        for term in query:
            frequency = sum(term in other for other in counts)
            idf = math.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
            score += idf * count[term] * (k1 + 1) / (count[term] + k1 * (1 - b + b * length / mean))
        out.append(score)
    return out


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("150EFLOPS", ["150eflops", "150", "eflop"]),
        ("50,000", ["50000"]),
        ("1,234,567.5", ["1234567.5"]),
        ("1,23", ["1,23", "1", "23"]),
        ("3.5%", ["3.5"]),
        ("GPT-4o", ["gpt", "4o", "4", "o"]),
        ("ＧＰＵ１２", ["gpu12", "gpu", "12"]),
        ("云", ["云"]),
        ("云计算", ["云", "计", "算", "云计", "计算"]),
        ("AI芯片2026年", ["ai", "芯", "片", "芯片", "2026", "年"]),
        ("**重**点", ["重", "点", "重点"]),
        ("雲計算", ["云", "计", "算", "云计", "计算"]),
        ("policies", ["polici"]),
        ("policy", ["polici"]),
        ("GPUs and a bus", ["gpu", "and", "a", "bus"]),
        ("naïve cafés", ["naïve", "cafés"]),
        ("snake_case", ["snake", "case"]),
        ("カナ", ["カ", "ナ", "カナ"]),
        ("𠮷野", ["𠮷", "野", "𠮷野"]),
        ("Cafe\u0301", ["café"]),
        ("，。!? \n\t", []),
        ("", []),
    ],
)
def test_terms_of_a_text(text: str, terms: list[str]) -> None:
    assert lexical.terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("云计算", ["云计", "计算"]),
        ("云", ["云"]),
        ("水 power 电", ["水", "power", "电"]),
        ("150EFLOPS算力", ["150eflops", "150", "eflop", "算力"]),
    ],
)
def test_a_question_asks_for_pairs_of_characters(text: str, terms: list[str]) -> None:
    assert lexical.query_terms(text) == terms


@given(st.text())
def test_what_a_question_asks_for_is_found_in_the_same_text(text: str) -> None:
    assert set(lexical.query_terms(text)) <= set(lexical.terms(text))


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_packed_terms_count_what_was_there(text: str) -> None:
    table = np.frombuffer(lexical.pack(text), dtype="<i8").reshape(-1, 2)
    wanted = Counter(lexical.term_id(term) for term in lexical.terms(text))
    assert dict(table.tolist()) == dict(wanted)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("数据中心", "zh"),
        ("data centre", "en"),
        ("OpenAI 发布 GPT 模型", "zh"),
        ("the word 云 means cloud", "en"),
        ("", "en"),
        ("2026", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert lexical.language(text) == language


@pytest.mark.parametrize(
    "question", ["数据中心", "150EFLOPS", "servers power", "电力 servers 无此词", "the", "nowhere"]
)
def test_bm25_is_the_formula(question: str) -> None:
    query = lexical.query_terms(question)
    index = BM25([lexical.pack(text) for text in TEXTS])
    np.testing.assert_allclose(index.scores(lexical.once(query)), reference(query, TEXTS), rtol=1e-5, atol=1e-6)


def test_bm25_of_numbers_worked_out_by_hand() -> None:
    index = BM25([lexical.pack("a b"), lexical.pack("a a c"), lexical.pack("d")])
    idf = math.log(1 + 1.5 / 2.5)  # "a" stands in two of three documents, whose mean length is 2
    assert index.idf("a") == pytest.approx(idf)
    once, twice = 2.2 / (1 + 1.2), 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5))
    np.testing.assert_allclose(index.scores({"a": 1.0}), [idf * once, idf * twice, 0], rtol=1e-6)


def test_weights_scale_and_the_ceiling_adds_up() -> None:
    index = BM25([lexical.pack(text) for text in TEXTS])
    np.testing.assert_allclose(index.scores({"power": 0.5}), index.scores({"power": 1.0}) / 2, rtol=1e-6)
    assert index.ceiling({"power": 2.0, "nowhere": 1.0}) == pytest.approx(
        2 * math.log(1 + 3.5 / 2.5) + math.log(1 + 5.5 / 0.5)
    )


def test_a_translated_word_counts_by_its_renderings_worked_out_by_hand() -> None:
    index = BM25([lexical.pack("a b"), lexical.pack("a a c"), lexical.pack("d")])
    word = Translated(((("a",), 0.75), (("d", "b"), 0.25)), weight=2.0)
    frequency = 0.75 * 2 + 0.125 * 1 + 0.125 * 1
    told = 2.0 * math.log(1 + (3 - frequency + 0.5) / (frequency + 0.5))
    assert index.told(word) == pytest.approx(told)
    counts = [0.75 + 0.125, 2 * 0.75, 0.125]
    norms = [1.2, 1.2 * (0.25 + 0.75 * 1.5), 1.2 * (0.25 + 0.75 * 0.5)]
    expected = [count * 2.2 / (count + norm) for count, norm in zip(counts, norms, strict=True)]
    np.testing.assert_allclose(index.translated([word]), expected, rtol=1e-6)  # one word: its idf is its ceiling
    both = index.translated([word, Translated(((("nowhere",), 1.0),))])
    unknown = math.log(1 + 3.5 / 0.5)
    np.testing.assert_allclose(both, np.array(expected) * told / (told + unknown), rtol=1e-6)
    assert index.translated([]).tolist() == [0.0, 0.0, 0.0]


def test_simplified_characters_one_for_one() -> None:
    assert lexical.simplified("臺灣的圖書館，abc\n龍") == "台湾的图书馆，abc\n龙"


@given(st.text())
def test_simplifying_keeps_the_length(text: str) -> None:
    assert len(lexical.simplified(text)) == len(text)


def test_nothing_to_search_in() -> None:
    empty = BM25([])
    assert empty.scores({"a": 1.0}).tolist() == []
    assert empty.ceiling({}) == 0
    blank = BM25([lexical.pack(""), lexical.pack("…")])
    assert blank.scores({"a": 1.0}).tolist() == [0.0, 0.0]


def test_numbers_of_terms_are_the_same_in_every_process() -> None:
    code = "from index.lexical import term_id; print(term_id('数据'), term_id('gpu'))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(lexical.term_id("数据")), str(lexical.term_id("gpu"))]
    assert all(0 <= lexical.term_id(term) < 1 << 63 for term in ("数据", "gpu", "", "\ud800"))


def test_a_chinese_comma_parts_two_numbers() -> None:
    assert lexical.runs("到2025，100家企业") == ["到", "2025", "100", "家企业"]
