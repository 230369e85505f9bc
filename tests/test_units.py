"""Units of one quantity in each other, and what a question asks for, beside a quote that gives another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.measures import asked, conversions, convert, measured, quantity
from index.text.units import WRITTEN
from rag.assistant import Assistant
from rag.settings import Settings
from rag.shapes import answer_json
from rag.upkeep.ingest import ingest
from ui import render

UNITS = [unit for unit in WRITTEN if quantity(unit)]


@pytest.mark.parametrize(
    ("value", "unit", "to", "is_"),
    [
        (15, "mu", "hectares", 1),
        (1, "km2", "mu", 1500),
        (1, "sq mi", "acres", 640),
        (1, "miles", "feet", 5280),
        (2, "li", "km", 1),
        (3, "chi", "m", 1),
        (2, "jin", "kg", 1),
        (16, "oz", "lb", 1),
        (1, "m3", "litres", 1000),
        (120 * 10**4, "kW", "MW", 1200),
        (1, "GWh", "kWh", 10**6),
        (36, "km/h", "m/s", 10),
        (100, "°C", "°F", 212),
        (-40, "°F", "°C", -40),
    ],
)
def test_factors_are_exact(value: int, unit: str, to: str, is_: int) -> None:
    assert convert(Fraction(value), unit, to) == is_


def test_a_difference_of_degrees_shifts_no_zero() -> None:
    assert convert(Fraction(5), "°C", "°F", difference=True) == 9


@given(st.fractions(-1000, 1000), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_there_and_back_is_the_same_and_quantities_do_not_mix(value: Fraction, unit: str, to: str) -> None:
    if quantity(unit) == quantity(to):
        assert convert(convert(value, unit, to), to, unit) == value
    else:
        with pytest.raises(ValueError, match="same quantity"):
            convert(value, unit, to)


@pytest.mark.parametrize(
    ("question", "text", "language", "told"),
    [
        ("占地多少亩？", "园区占地2.5公顷。", "zh", ("2.5公顷 = 37.5亩",)),
        ("占地多少公顷？", "园区占地1.2万亩。", "zh", ("1.2万亩 = 800公顷",)),
        ("面积多少平方公里？", "湖面300公顷。", "zh", ("300公顷 = 3平方公里",)),
        ("装机多少兆瓦？", "装机容量120万千瓦。", "zh", ("120万千瓦 = 1200兆瓦",)),
        ("装机多少万千瓦？", "a capacity of 1,200 MW", "zh", ("1,200 MW = 120万千瓦",)),
        ("收了多少吨？", "共收稻谷6000斤。", "zh", ("6000斤 = 3吨",)),
        ("相距多少公里？", "两村相距30里。", "zh", ("30里 = 15公里",)),
        ("最低多少华氏度？", "最低气温为零下28摄氏度。", "zh", ("零下28摄氏度 = -18.4华氏度",)),
        ("水温多少华氏度？", "水温为26℃。", "zh", ("26℃ = 78.8华氏度",)),
        ("升了多少华氏度？", "水温上升了5摄氏度。", "zh", ("5摄氏度 = 9华氏度",)),
        ("How many acres does it cover?", "It covers 2.5 hectares.", "en", ("2.5 hectares ≈ 6.178 acres",)),
        ("How big is it in square miles?", "全县面积259平方公里。", "en", ("259平方公里 ≈ 100 square miles",)),
        ("How many million tonnes?", "共4000万公斤。", "en", ("4000万公斤 = 0.04 million tonnes",)),
        ("占地多少亩？", "占地20公顷，合300亩。", "zh", ()),
        ("装机多少兆瓦？", "最后一台18兆瓦风机投运，装机达到102万千瓦。", "zh", ("102万千瓦 = 1020兆瓦",)),
        ("面積多少公頃？", "總樓地板面積4.6萬平方公尺。", "zh", ("4.6萬平方公尺 = 4.6公顷",)),
        ("面积多少平方米？", "店面30坪。", "zh", ("30坪 ≈ 99.17平方米",)),
        ("有多少棵树？", "园区占地2.5公顷。", "zh", ()),
        ("花了多少钱？", "园区占地2.5公顷。", "zh", ()),
    ],
)
def test_what_a_number_is_in_the_unit_asked_for(question: str, text: str, language: str, told: tuple[str, ...]) -> None:
    wanted = asked(question)
    assert (conversions(wanted, text, language) if wanted else ()) == told


def test_a_column_gives_its_cells_their_unit() -> None:
    wanted = asked("东村面积多少亩？")
    assert wanted
    assert conversions(wanted, "| 东村 | 20 | 7 |", "zh", "| 村 | 面积（公顷） | 户数 |") == ("20公顷 = 300亩",)
    assert measured("亩", "| 东村 | 20 | 7 |", "| 村 | 面积（公顷） | 户数 |")
    assert not measured("亩", "| 东村 | 20 | 7 |", "| 村 | 产量（吨） | 户数 |")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "a.txt").write_text("柳湾苗圃概况\n2025-05-01\n\n柳湾苗圃占地12公顷，培育树苗40万株。\n", "utf-8")
    (folder / "b.txt").write_text(
        "Fenwick reservoir\n2025-05-01\n\nThe Fenwick reservoir covers 340 acres and holds 9 million cubic metres.\n",
        "utf-8",
    )
    settings = Settings(tmp_path_factory.mktemp("home"), engine="quote")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "quote", "told"),
    [
        ("柳湾苗圃占地多少亩？", "12公顷", "12公顷 = 180亩"),
        ("How many hectares does the Fenwick reservoir cover?", "340 acres", "340 acres ≈ 137.6 hectares"),
        ("芬威克水库占地多少亩？", "340 acres", "340 acres ≈ 2064亩"),
    ],
)
def test_a_conversion_stands_beside_the_quote_in_every_shape(
    assistant: Assistant, question: str, quote: str, told: str
) -> None:
    answer = assistant.ask(question).answer
    first = next(sentence for sentence in answer.sentences if quote in sentence.text)
    assert told in first.conversions
    assert told not in first.text
    assert all(one.article.text[one.start : one.end] == one.quote for one in answer.citations)
    for shown in (answer.text, render.terminal(answer), render.markdown(answer)):
        assert told in shown
    assert told in json.dumps(answer_json(answer), ensure_ascii=False)


def test_an_answer_in_the_unit_asked_for_is_left_alone(assistant: Assistant) -> None:
    answer = assistant.ask("柳湾苗圃占地多少公顷？").answer
    assert not any(sentence.conversions for sentence in answer.sentences)
    assert "=" not in answer.text


def test_a_row_has_the_unit_of_its_column_or_else_of_its_first_cell() -> None:
    wanted = asked("多少公斤？")
    assert wanted
    head = "| 指标 | 2022年 | 2023年 |"
    assert conversions(wanted, "| 水稻（万吨） | 31.2 | 33 |", "zh", head) == (
        "31.2万吨 = 3.12亿公斤",
        "33万吨 = 3.3亿公斤",
    )
    assert conversions(wanted, "| 水稻 | 31.2 |", "zh", "| 作物 | 产量（万吨） |") == ("31.2万吨 = 3.12亿公斤",)
    assert measured("万吨", "| 水稻（万吨） | 31.2 |", head)
    assert not measured("公里", "| 王里村 | 52 | 9 |", "| 村名 | 户数 | 井数 |")
