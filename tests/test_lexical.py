"""Terms as they are written down."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import lexical, radicals


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
def test_terms_are_counted(text: str) -> None:
    ids, many = lexical.counts(text)
    wanted = Counter(lexical.term_id(term) for term in lexical.terms(text))
    assert dict(zip(ids.tolist(), many.tolist(), strict=True)) == dict(wanted)
    assert np.all(np.diff(ids) > 0)


@given(
    st.lists(st.text(alphabet="ab1., s\x1eGPU数据雲かな𠀀…Σ", max_size=12)),
    st.text(alphabet="ab1. GPUs数据云かな𠀀", max_size=9),
)
def test_of_the_terms_that_are_wanted_each_text_has_those_among_its_own(texts: list[str], asked: str) -> None:
    wanted = {*lexical.terms(asked), "数据云", "数", "1", ""}
    held = [frozenset(lexical.terms(text)) & wanted for text in texts]
    assert lexical.terms_among(texts, wanted) == held


@given(st.lists(st.text(alphabet="ab1.,数据 s\x1eGPU雲…Σ", max_size=12)))
def test_terms_of_many_texts_are_counted_together_as_of_each(texts: list[str]) -> None:
    ids, places, many = lexical.counted(texts)
    wanted = {(lexical.term_id(term), at) for at, text in enumerate(texts) for term in lexical.terms(text)}
    assert list(zip(ids.tolist(), places.tolist(), strict=True)) == sorted(wanted)
    assert [int(many[places == at].sum()) for at in range(len(texts))] == [len(lexical.terms(text)) for text in texts]


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


def test_simplified_characters_one_for_one() -> None:
    assert lexical.simplified("臺灣的圖書館，abc\n龍") == "台湾的图书馆，abc\n龙"


@given(st.text())
def test_simplifying_keeps_the_length(text: str) -> None:
    assert len(lexical.simplified(text)) == len(text)


def test_numbers_of_terms_are_the_same_in_every_process() -> None:
    code = "from index.lexical import term_id; print(term_id('数据'), term_id('gpu'))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(lexical.term_id("数据")), str(lexical.term_id("gpu"))]
    assert all(0 <= lexical.term_id(term) < 1 << 63 for term in ("数据", "gpu", "", "\ud800"))


def test_a_chinese_comma_parts_two_numbers() -> None:
    assert lexical.runs("到2025，100家企业") == ["到", "2025", "100", "家企业"]


def test_no_sign_becomes_a_digit_of_the_number_before_it() -> None:
    assert lexical.runs("3½公顷，10⁶个，45②处") == ["3", "1", "2", "公顷", "10", "6", "个", "45", "2", "处"]
    assert lexical.runs("m² ½ ②") == ["m2", "1", "2", "2"]


@given(st.text())
def test_characters_are_normalised_by_table_as_by_unicode(text: str) -> None:
    assert lexical.compatible(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("text", ["か\u3099", "가\u11a8", "e\u0301", "Ａ１，", "ﬁ", "\u0344", "㎏"])
def test_what_joins_or_parts_is_normalised_as_a_whole(text: str) -> None:
    assert lexical.compatible(f"数据{text}") == unicodedata.normalize("NFKC", f"数据{text}")


def test_radicals_are_the_characters_they_look_like() -> None:
    assert lexical.terms("⻋⻔⽔⻓") == lexical.terms("车门水长")
    assert radicals.folded("⻰⻢ and ⽔") == "龙马 and 水"


@pytest.mark.parametrize(
    ("old", "new"), [("靑嶼戶籍", "青屿户籍"), ("淸水駅広場", "清水驿广场"), ("⻘屿⽔", "青屿水"), ("ｶﾞｽ", "ガス")]
)
def test_forms_of_a_character_find_each_other(old: str, new: str) -> None:
    assert lexical.terms(old) == lexical.terms(new)
