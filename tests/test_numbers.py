"""Numbers: read with magnitude and unit in both languages, and written again as the other language would."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.numbers import MOST, Number, find_numbers, in_language, spellings

# text | value and unit of every number, as they stand
READ = """
1.4亿 | 140000000
14000万 | 140000000
1,400,000 | 1400000
140 million | 140000000
3 trillion | 3000000000000
3万亿 | 3000000000000
三点五亿元 | 350000000 CNY
1亿2000万元 | 120000000 CNY
1万2千 | 12000
50,000 | 50000
5万 | 50000
五万 | 50000
两万五 | 25000
三百六十二 | 362
一千零五十 | 1050
二十 | 20
两千家 | 2000 家
百分之三十五 | 35 %
百分之3.5 | 3.5 %
千分之三 | 0.3 %
35% | 35 %
３５％ | 35 %
35 percent | 35 %
35 per cent | 35 %
35个百分点 | 35 percentage points
35 percentage points | 35 percentage points
三成 | 30 %
七成半 | 75 %
half a million | 500000
twenty-five | 25
3,000 in the 2024/25 season | 3000
2024-25年度3000家 | 3000 家
two hundred and fifty | 250
one and a half billion | 1500000000
a hundred people | 100 people
forty-eight hours | 48 hours
¥500 | 500 CNY
￥1.4亿 | 140000000 CNY
$3 trillion | 3000000000000 USD
US$5bn | 5000000000 USD
$1.2M | 1200000 USD
50 billion US dollars | 50000000000 USD
500亿美元 | 50000000000 USD
500亿元 | 50000000000 CNY
RMB 500 million | 500000000 CNY
30日元 | 30 JPY
150EFLOPS | 150 EFLOPS
150 EFLOPS | 150 EFLOPS
10-15万 | 100000 150000
10万～15万 | 100000 150000
3%至5% | 3 % 5 %
10 to 15 percent | 10 % 15 %
between 3 and 5 percent | 3 % 5 %
45-50岁 | 45 years old 50 years old
1990s | 1990 decade
20世纪90年代 | 1990 decade
20th century | 20 century
二十世纪 | 20 century
三季度 | 3 quarter
Q3 | 3 quarter
the third quarter | 3 quarter
600余家 | 600 家
24万余篇 | 240000 篇
3000多万元 | 30000000 CNY
八部门 | 8
三大任务 | 3
三个 | 3 个
5-year plan | 5 years
1亿千瓦 | 100000000 kW
30 °C | 30 °C
1.5 million square kilometres | 1500000 km2
1,160,000 square miles | 1160000 sq mi
96.98倍 | 96.98 times
1.22亿亩 | 122000000 mu
(7.8%) | 7.8 %
-5% | -5 %
5G网络 | 5 G
5½ sacks | 5.5
150 of 1500 | 150 1500
12,344 in 9 starts | 12344 9
在2025年1万人的基础上 | 10000 people
2000 people | 2000 people
1,200 people in 2024 | 1200 people
2025年 |
２０２５年 |
二〇二六年 |
2026年1月13日 |
January 13, 2026 |
in 2000 |
2024—2029年 |
at 10:30 |
version 1.2.3 |
GPT-4 and L3 |
0851 |
进一步统一 |
一个企业 |
one company |
十分重要 |
千万不要 |
百姓百万富翁 |
数百万人 |
单位：亿元 |
千瓦时代 |
hundreds of thousands |
"""


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split(" |")] for line in text.strip().splitlines()]


def shown(number: Number) -> str:
    return f"{number.value:f} {number.unit}".strip()


@pytest.mark.parametrize(("text", "expected"), table(READ))
def test_numbers_are_read_with_magnitude_and_unit(text: str, expected: str) -> None:
    assert " ".join(shown(number) for number in find_numbers(text)) == expected


def test_a_share_is_the_same_in_both_languages() -> None:
    values = {number.value for text in ("三分之一", "1/3", "one third", "one-third") for number in find_numbers(text)}
    assert values == {Decimal(1) / 3}
    assert [number.value for number in find_numbers("一半") + find_numbers("half of them")] == [Decimal("0.5")] * 2


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("超过70,000", "over"),
        ("突破了1亿", "over"),
        ("600余家", "over"),
        ("5个以上", "over"),
        ("more than 30", "over"),
        ("不低于30", "over"),
        ("不足3万", "under"),
        ("不超过300万", "under"),
        ("no more than 30", "under"),
        ("up to 30", "under"),
        ("近9000册", "near"),
        ("nearly 9,000", "near"),
        ("约150亿美元", "about"),
        ("about 15", "about"),
        ("10年左右", "about"),
        ("awesome 5", ""),
        ("340家", ""),
    ],
)
def test_the_words_around_tell_how_exact_it_is(text: str, bound: str) -> None:
    (number,) = find_numbers(text)
    assert number.bound == bound


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("第三", 3),
        ("第12届", 12),
        ("3rd", 3),
        ("the 21st", 21),
        ("twenty-first", 21),
        ("“十五五”规划", 15),
        ("the second place", 2),
    ],
)
def test_an_ordinal_is_no_count(text: str, value: int) -> None:
    (number,) = find_numbers(text)
    assert number.ordinal
    assert number.value == value


def test_a_span_is_where_the_number_stands() -> None:
    text = "产业规模突破800亿元，企业600余家"
    assert [text[number.start : number.end] for number in find_numbers(text)] == ["800亿元", "600余家"]


# text | as Chinese writes it | as English writes it
WRITTEN = """
3 trillion | 3万亿 三万亿 30000亿 | 3 trillion; 3,000 billion
50,000 | 5万 50000 50,000 五万 | 50,000; 50000; fifty thousand
1.4亿 | 1.4亿 | 140 million; 140,000,000; 140000000
百分之三十五 | 35% 百分之三十五 35％ | 35%; 35 percent
12 | 12 十二 | 12; twelve
362 | 362 三百六十二 | 362
三分之一 | 三分之一 1/3 | one third; one-third; 1/3
2/3 | 三分之二 2/3 | two thirds; two-thirds; 2/3
第三 | 第三 第3 | third; 3rd
20世纪 | 20世纪 二十世纪 | 20th century
1990s | 20世纪90年代 1990年代 | 1990s
35个百分点 | 35个百分点 | 35 percentage points
三季度 | 第三季度 三季度 | third quarter; Q3
17,786,419 | 17786419 17,786,419 | 17,786,419; 17786419
"""


@pytest.mark.parametrize(("text", "chinese", "english"), table(WRITTEN))
def test_the_usual_spelling_comes_first(text: str, chinese: str, english: str) -> None:
    (number,) = find_numbers(text)
    in_chinese, in_english = chinese.split(), english.split("; ")
    assert spellings(number, "zh")[: len(in_chinese)] == in_chinese
    assert spellings(number, "en")[: len(in_english)] == in_english


@given(st.decimals(min_value=0, max_value=10**13, places=2), st.sampled_from(["", "%", "percentage points"]))
def test_every_spelling_reads_as_the_same_number(value: Decimal, unit: str) -> None:
    for language in ("zh", "en"):
        forms = spellings(Number(value, unit), language)
        assert 1 <= len(forms) <= MOST
        assert len(set(forms)) == len(forms)
        for form in forms:
            read = [
                (number.value, number.unit)
                for number in find_numbers(f"共{form}," if language == "zh" else f"of {form},")
            ]
            year = form.isdigit() and 1500 <= value < 2200
            word = len(form) == 1 or form in ("zero", "one")
            assert read == [(value, unit)] or year or word, form


# text | language | the text in it
REWRITTEN = """
投资500亿美元用于建设 | en | 投资 50 billion US dollars 用于建设
出货量超过178万副 | en | 出货量超过 1.78 million副
收录24万余篇论文 | en | 收录 more than 240,000篇论文
新增三百六十二家 | en | 新增 362家
占GDP约百分之三十五 | en | 占GDP约 35%
提高3.5个百分点 | en | 提高 3.5 percentage points
耗时3年 | en | 耗时 3 years
3万名学生 | en | 30,000名学生
2026年1月13日，会议召开 | en | January 13, 2026，会议召开
自9月10日起 | en | 自 September 10 起
《行动方案（2026版）》共12条 | en | 《行动方案（2026版）》共12条
八部门印发 | en | 八部门印发
到2026年底，1-2亿元 | en | 到 the end of 2026，100 million-200 million yuan
年龄45-50岁，占10-15% | en | 年龄 45-50 years old，占10-15%
2025年度与3月初 | en | 2025 与 early March
On January 13, 2026, it invested 50 billion US dollars | zh | On 2026年1月13日, it invested 500亿美元
about 1.78 million units | zh | about 178万 units
$3.2 million in March 2024 | zh | 320万美元 in 2024年3月
35 percent of the 50,000 homes | zh | 35% of the 5万 homes
two hundred and fifty houses | zh | 250 houses
one of three people | zh | one of three people
"""


@pytest.mark.parametrize(("text", "language", "expected"), table(REWRITTEN))
def test_numbers_and_dates_cross_by_code(text: str, language: str, expected: str) -> None:
    assert in_language(text, language) == expected


@given(
    st.text(
        alphabet="0123456789.,，%年月日万亿百十三五第分之点余 约-/$¥ab millionhalf twentydozen个家元千瓦", max_size=60
    )
)
def test_any_text_gives_ordered_spans(text: str) -> None:
    found = find_numbers(text)
    assert all(0 <= number.start < number.end <= len(text) for number in found)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert isinstance(in_language(text, "zh") + in_language(text, "en"), str)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1,111",
        "一",
        "a",
        "one ",
        "1.",
        " ",
        "A-",
        "《",
        "half a ",
        "2025年投资500亿美元，共有企业若干，另有学校等单位参加了这一次会议。",
    ],
)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    """Eight times the text may take twenty times as long on a busy machine, and not the sixty-four of a quadratic pattern."""

    def seconds(characters: int) -> float:
        text = piece * (characters // len(piece))
        times = []
        for _ in range(2):  # the better of two: a collection of all that earlier tests left falls into one
            started = time.thread_time()
            find_numbers(text)
            times.append(time.thread_time() - started)
        return min(times)

    assert seconds(80_000) < 20 * max(seconds(10_000), 0.005)
