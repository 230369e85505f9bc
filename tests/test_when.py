"""What a question says of time, counted from Saturday, 28 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from rag.chronology.when import days_of, read

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("去年产量是多少？", "2025年产量是多少？"),
        ("前年3月产量是多少？", "2024年3月产量是多少？"),
        ("大前年的产量", "2023年的产量"),
        ("今年上半年的产量", "2026年上半年的产量"),
        ("上一年度的产量", "2025年的产量"),
        ("两年前的产量", "2024年的产量"),
        ("近三年的产量", "2024年到2026年的产量"),
        ("上季度的产量", "2026年第三季度的产量"),
        ("去冬的雪", "2025年冬季的雪"),
        ("民國113年的產值", "2024年的產值"),
        ("中华民国一百一十三年的产值", "2024年的产值"),
        ("令和６年の生産量", "2024年の生産量"),
        ("二〇二四年的产量", "2024年的产量"),
        ("二〇二四年三月的产量", "2024年3月的产量"),
        ("output twenty years ago", "output in 2006"),
        ("２０２４年的产量", "2024年的产量"),
        ("What was the output last year?", "What was the output in 2025?"),
        ("What was last year's output?", "What was 2025's output?"),
        ("the output of the year before last", "the output of 2024"),
        ("the output three years ago", "the output in 2023"),
        ("output over the past three years", "output 2024 to 2026"),
        ("output last quarter", "output third quarter of 2026"),
        ("rain last autumn", "rain autumn of 2025"),
        ("rain this spring", "rain spring of 2026"),
    ],
)
def test_years_quarters_and_seasons_are_written_out(text: str, shown: str) -> None:
    moment = read(text, TODAY)
    assert (moment.shown, moment.text) == (shown, shown)
    assert not moment.dated


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("上个月的产量", "2026-10-01", "2026-10-31"),
        ("上上个月的产量", "2026-09-01", "2026-09-30"),
        ("三个月前的产量", "2026-08-01", "2026-08-31"),
        ("本周开了什么会？", "2026-11-23", "2026-11-29"),
        ("上周三开了什么会？", "2026-11-18", "2026-11-18"),
        ("上个星期天开了什么会？", "2026-11-22", "2026-11-22"),
        ("下周末有什么活动？", "2026-12-05", "2026-12-06"),
        ("昨天开了什么会？", "2026-11-27", "2026-11-27"),
        ("最近一周有什么消息？", "2026-11-21", "2026-11-28"),
        ("2025年第10周的产量", "2025-03-03", "2025-03-09"),
        ("2025年2月的产量", "2025-02-01", "2025-02-28"),
        ("2025年2月3日的产量", "2025-02-03", "2025-02-03"),
        ("What happened last week?", "2026-11-16", "2026-11-22"),
        ("What happened last weekend?", "2026-11-21", "2026-11-22"),
        ("What happened two weeks ago?", "2026-11-09", "2026-11-15"),
        ("What happened last Monday?", "2026-11-23", "2026-11-23"),
        ("What happened yesterday?", "2026-11-27", "2026-11-27"),
        ("output last month", "2026-10-01", "2026-10-31"),
        ("output last December", "2025-12-01", "2025-12-31"),
        ("output in 2025-W10", "2025-03-03", "2025-03-09"),
    ],
)
def test_what_is_less_than_a_year_is_a_period(text: str, first: str, last: str) -> None:
    moment = read(text, TODAY)
    assert moment.period == (date.fromisoformat(first), date.fromisoformat(last))
    assert not moment.floats


@pytest.mark.parametrize(
    ("text", "year"),
    [("3月的产量", 2026), ("12月份的产量", 2025), ("output in March", 2026), ("output in December", 2025)],
)
def test_a_month_without_a_year_is_the_latest_one(text: str, year: int) -> None:
    moment = read(text, TODAY)
    assert moment.floats
    assert moment.period
    assert moment.period[0].year == year


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("桥的最新通行费是多少？", "桥的 通行费是多少？"),
        ("桥目前的通行费是多少？", "桥 的通行费是多少？"),
        ("截至目前，收了多少？", "，收了多少？"),
        ("What is the bridge's current toll?", "What is the bridge's toll?"),
        ("What is the toll now?", "What is the toll ?"),
        ("What is the latest toll?", "What is the toll?"),
    ],
)
def test_the_newest_is_asked_for_and_no_article_repeats_the_word(text: str, sought: str) -> None:
    moment = read(text, TODAY)
    assert moment.newest
    assert moment.text == sought
    assert moment.shown == text


def test_most_of_a_number_of_things_is_no_highest_figure() -> None:
    assert not read("When were most of the chapels of Warsaw destroyed?", TODAY).dated


@pytest.mark.parametrize(
    ("text", "extreme"),
    [
        ("When were the most chapels counted?", 1),
        ("哪一年客流最多？", 1),
        ("客流最少的是哪一年？", -1),
        ("历年最高的客流是多少？", 1),
        ("哪个月客流创新高？", 1),
        ("迄今日均客流最低是多少？", -1),
        ("Which year had the fewest visitors?", -1),
        ("What is the highest output so far?", 1),
        ("When was the output lowest?", -1),
    ],
)
def test_every_time_is_looked_at_for_the_highest_and_the_lowest(text: str, extreme: int) -> None:
    moment = read(text, TODAY)
    assert moment.extreme == extreme
    assert not moment.period
    assert not set("最年月") & set(moment.text)
    assert "多少" in moment.text or "how much" in moment.text


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("截至2023年底，产量是多少？", "2023-12-31"),
        ("截至2023年6月，产量是多少？", "2023-06-30"),
        ("output by the end of 2023", "2023-12-31"),
        ("As of 30 June 2023, what was the output?", "2023-06-30"),
    ],
)
def test_as_of_a_day_nothing_later_counts(text: str, last: str) -> None:
    moment = read(text, TODAY)
    assert moment.as_of == date.fromisoformat(last)
    assert "2023" not in moment.text


@pytest.mark.parametrize(
    "text",
    [
        "桥的通行费是多少？",
        "日本年产量是多少？",
        "60岁以上年龄的人有多少？",
        "过去年代的歌",
        "说明年度计划的文件",
        "6月3日前要交的表有哪些",
        "What is the current in the circuit?",
        "1至2月的产量是多少？",
        "What was the output in January and February?",
        "Who was the last king?",
        "What will be ready by 2030?",
    ],
)
def test_other_words_say_nothing_of_time(text: str) -> None:
    moment = read(text, TODAY)
    assert (moment.shown, moment.text) == (text, text)
    assert not moment.dated


@pytest.mark.parametrize(
    ("text", "shown"),
    [("货箱为什么比去年多？", "货箱为什么比2025年多？"), ("Is it more than last year?", "Is it more than 2025?")],
)
def test_what_is_compared_with_is_not_the_time_asked_of(text: str, shown: str) -> None:
    moment = read(text, TODAY)
    assert (moment.text, moment.shown) == (text, shown)


def test_a_day_that_no_calendar_holds_is_no_time() -> None:
    assert read("99年前的产量", date(50, 1, 1)).shown == "99年前的产量"
    assert days_of("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
