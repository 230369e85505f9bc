"""Questions are read alike whoever asks: kind, unit, years, phrases, content, and nothing that hostile text can break."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question import MAX_LENGTH, for_year, read


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("青屿海上风电场并网容量达到多少？", "number"),
        ("今年有几个百分点的增长", "number"),
        ("云栖北站什么时候通车？", "date"),
        ("《数据安全法》何时发布？", "date"),
        ("展览哪年开幕？", "date"),
        ("项目位于哪里？", "place"),
        ("哪个城市承办？", "place"),
        ("可降解农用地膜是谁的团队研制的？", "person"),
        ("农业大模型“司农”是哪所大学研发的？", "name"),
        ("介绍一下青屿港", ""),
        ("How many black-faced spoonbills were recorded in the wetland?", "number"),
        ("What is the population of Calder in 2025?", "number"),
        ("What was Calder's total output of solar power at the end of 2024?", "number"),
        ("What is the name of the ship?", "name"),
        ("When does the night train to Lowmere start running?", "date"),
        ("In which year did it open?", "date"),
        ("Where is the port?", "place"),
        ("Which city hosts the fair?", "place"),
        ("Who wrote the opera The Magic Flute?", "person"),
        ("为什么停运？", "reason"),
        ("什么是虚拟电厂？", "meaning"),
        ("Is the barrier open?", ""),
    ],
)
def test_the_kind_of_thing_asked_for(text: str, kind: str) -> None:
    assert read(text).kind == kind


@pytest.mark.parametrize(
    ("text", "is_word"),
    [
        ("réunion", True),
        ("滩涂", True),
        ("the réunion", False),
        ("滩涂 面积", False),
        ("谁", False),
        ("去大理坐哪趟车？", False),
        ("為什麼延後？", False),
    ],
)
def test_one_word_asks_nothing(text: str, is_word: bool) -> None:
    assert read(text).is_word == is_word


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("全省有多少家企业？", "家"),
        ("投资多少亿元？", "亿元"),
        ("雾溪镇2025年的茶叶产值是多少万元？", "万元"),
        ("今年有几个百分点的增长", "个百分点"),
        ("收集了多少篇学术论文？", "篇"),
        ("增加到多少冊？", "册"),
        ("建了几座桥？", "座"),
        ("多少万亿元？", "万亿元"),
        ("漏损率是多少？", ""),
        ("是多少？有多少家？", "家"),
        ("How many companies?", ""),
        ("一共花了多少经费？", "元"),
        ("项目总投资是多少？", "元"),
        ("训练用了多少张显卡？", "张"),
        ("How many dollars is the fine?", "元"),
        ("How much has the saltmarsh project cost to date?", "元"),
        ("How much computing power is there?", ""),
        ("成本下降了多少？", ""),
    ],
)
def test_the_unit_asked_for(text: str, unit: str) -> None:
    assert read(text).unit == unit


@pytest.mark.parametrize(
    ("text", "years", "compares"),
    [
        ("漏损率是多少？", (), False),
        ("2024年的漏损率是多少？", ("2024",), False),
        ("2024年产值有何变化", ("2024",), True),
        ("2026年和2024年漏损率分别是多少？", ("2024", "2026"), True),
        ("从2024年到2026年产值变化", ("2024", "2025", "2026"), True),
        ("2024—2026年", ("2024", "2025", "2026"), True),
        ("2024年底至2026年末", ("2024", "2025", "2026"), True),
        ("How did output change from 2024 to 2026?", ("2024", "2025", "2026"), True),
        ("Compare 2024 with 2026", ("2024", "2026"), True),
        ("2020年至2030年", tuple(str(year) for year in range(2020, 2031)), True),
        ("2020年至2040年的规划", ("2020", "2040"), True),
        ("2026年到2024年", ("2024", "2026"), True),
        ("It cost 2,024.5, then 2024.5, in lot 12024", (), False),
        ("1850年", (), False),
    ],
)
def test_the_years_named_and_those_a_span_names(text: str, years: tuple[str, ...], compares: bool) -> None:
    asked = read(text)
    assert (asked.years, asked.compares) == (years, compares)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("农业大模型“司农”是哪所大学研发的？", ("司农",)),
        ("《数据安全法》和「绿色港口」何时发布？", ("数据安全法", "绿色港口")),
        ("『新館』在哪裡？", ("新馆",)),
        ('Which city hosts "Night Market"?', ("Night Market",)),
        ("“一”字", ()),
        ("“没有结尾", ()),
        (f"“{'长' * 61}”", ()),
    ],
)
def test_quoted_phrases(text: str, phrases: tuple[str, ...]) -> None:
    assert read(text).phrases == phrases


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("青屿海上风电场并网容量达到多少？", "青屿海上风电场并网容量 ？"),
        ("可降解农用地膜是谁的团队研制的？", "可降解农用地膜 团队研制 ？"),
        ("农业大模型“司农”是哪所大学研发的？", "农业大模型“司农” 大学研发 ？"),
        ("How many black-faced spoonbills were recorded in the wetland?", "black faced spoonbills recorded wetland"),
        ("Who wrote the opera The Magic Flute?", "wrote opera magic flute"),
        ("多少", "多少"),
        ("the of and", "the of and"),
    ],
)
def test_the_content_has_no_asking_words_unless_there_are_no_others(text: str, content: str) -> None:
    assert read(text).content == content


@pytest.mark.parametrize(
    ("text", "language"),
    [("漏损率是多少？", "zh"), ("新館的館藏", "zh"), ("xAI并入了哪家公司？", "zh"), ("Where is it?", "en"), ("", "en")],
)
def test_the_language(text: str, language: str) -> None:
    assert read(text).language == language


def test_the_terms_are_those_of_the_content_alone() -> None:
    assert set(read("How many spoonbills were recorded?").terms) == {"spoonbil", "record"}


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\n\t\r\x1b", "\ud800"])
def test_nothing_readable_is_a_question_without_content(text: str) -> None:
    asked = read(text)
    assert (asked.text, asked.content, asked.kind, asked.years, asked.terms) == ("", "", "", (), {})


def test_control_characters_become_spaces() -> None:
    assert read("a\nb\tc").text == "a b c"
    assert read("\x00\x1b[31m有多少\ud800家？").text == "[31m有多少 家？"


def test_a_pasted_book_is_read_at_its_beginning() -> None:
    asked = read("多少家企业？" * 20_000)
    assert len(asked.text) == MAX_LENGTH
    assert (asked.kind, asked.unit) == ("number", "家")


@given(st.text())
def test_any_text_is_one_bounded_printable_line(text: str) -> None:
    asked = read(text)
    assert len(asked.text) <= MAX_LENGTH
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in asked.text)
    assert read(asked.text) == asked


@pytest.mark.parametrize(
    ("text", "year", "content"),
    [
        ("青屿市的漏损率从2024年到2026年如何变化？", "2025", "青屿市 漏损率 2025年 ？"),
        ("How did output change from 2024 to 2026?", "2025", "output 2025"),
        ("2024年和2026年漏损率分别是多少？", "2026", "2026年漏损率 ？"),
        ("Compare leakage in 2024 and 2026", "2024", "leakage 2024"),
    ],
)
def test_a_question_over_years_is_asked_of_one(text: str, year: str, content: str) -> None:
    asked = for_year(read(text), year)
    assert (asked.content, asked.years, asked.compares, asked.kind) == (content, (year,), False, "number")


def test_a_question_of_a_year_alone_has_no_subject() -> None:
    assert read("那2026年呢？").subject == []
    assert read("2026年的目标").subject == ["目标"]


def test_its_characters_are_those_of_han_alone() -> None:
    assert set(read("漏损率 GPU").characters) == {"漏", "损", "率"}


@pytest.mark.parametrize(
    ("text", "compares"),
    [
        ("李某某在2022年8月至2023年4月期间伪造了多少假币？", False),
        ("How much was stolen from August 2022 to April 2023?", False),
        ("2022年和2023年的产值各是多少？", True),
        ("产值从2022年到2024年怎么变化？", True),
        ("2022年8月至2023年4月产值有什么变化？", True),
    ],
)
def test_a_stretch_of_months_compares_no_years(text: str, compares: bool) -> None:
    assert read(text).compares == compares
