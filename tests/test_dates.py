"""Dates: whole ones, and mentions that only their article can date."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.dates import date_of_name, find_dates, parse_date

WHOLE = [
    ("2026-01-13", "2026-01-13"),
    ("2026年1月13日", "2026-01-13"),
    ("2026 年 1 月 13 日", "2026-01-13"),
    ("二〇二六年一月十三日", "2026-01-13"),
    ("二〇二六年十二月二十日", "2026-12-20"),
    ("2026.1.3", "2026-01-03"),
    ("2026年1月", "2026-01"),
    ("January 13, 2026", "2026-01-13"),
    ("13 January 2026", "2026-01-13"),
    ("Tuesday, January 13, 2026", "2026-01-13"),
    ("Sept. 3, 2026", "2026-09-03"),
    ("2026-01-13 10:30", "2026-01-13"),
    ("January 13, 2026 at 10:30 PM", "2026-01-13"),
    ("2026年1月13日 下午3:20", "2026-01-13"),
    ("2026年1月13日 星期二", "2026-01-13"),
    ("2026/02/31", ""),
    ("2026", ""),
    ("2026-01-13 and later", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "iso"), WHOLE)
def test_a_whole_date_is_read(text: str, iso: str) -> None:
    assert parse_date(text) == iso


MENTIONS = [
    ("In June, it grew; by mid-Sept. it may march on", "2019", [("June", "2019-06"), ("Sept.", "2019-09")]),
    ("In June, it grew", "", []),
    ("In June 2018, and in June 5", "2019", [("June 2018", "2018-06"), ("June 5", "2019-06-05")]),
    ("1月13日，会议召开", "2026-01-15", [("1月13日", "2026-01-13")]),
    ("新华社1月13日电 记者13日获悉", "2026-01-14", [("1月13日", "2026-01-13"), ("13日", "2026-01-13")]),
    ("记者31日获悉", "2026-02-01", [("31日", "2026-01-31")]),
    ("记者31日获悉", "2026-01-02", [("31日", "2025-12-31")]),
    ("去年10月25日挂牌", "2024-04-12", [("去年10月25日", "2023-10-25")]),
    ("到2024年底达到", "2026-01-13", [("2024年底", "2024")]),
    ("截至2024年3月底，共有1926家", "2024-04-12", [("2024年3月底", "2024-03")]),
    ("今年将增长，明年放缓", "2026-01-13", [("今年", "2026"), ("明年", "2027")]),
    ("将于12月1日施行", "2026-01-13", [("12月1日", "2026-12-01")]),
    ("开放时间为11个月，售价30日元", "2026-01-13", []),
    ("On January 13, 2026 and on Jan 14", "2026-02-01", [("January 13, 2026", "2026-01-13"), ("Jan 14", "2026-01-14")]),
    ("13 May 2025 was last year", "2026-02-01", [("13 May 2025", "2025-05-13"), ("last year", "2025")]),
    ("sold in 2024 for 2024 pounds", "2026-02-01", [("2024", "2024")]),
    ("见2026-01-13的公告", "", [("2026-01-13", "2026-01-13")]),
    ("昨日发布，本月起施行", "2026-03-01", [("昨日", "2026-02-28"), ("本月", "2026-03")]),
    ("1月13日，不知哪一年", "", []),
]


@pytest.mark.parametrize(("text", "published", "expected"), MENTIONS)
def test_a_mention_is_dated_by_its_article(text: str, published: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[found.start : found.end], found.iso) for found in find_dates(text, published)] == expected


@given(
    st.text(alphabet="年月日去今13209-/. JanuarylstMay\n"),
    st.sampled_from(["", "2026", "2026-01", "2026-01-31", "9999-12-31"]),
)
def test_any_text_gives_ordered_spans_and_valid_dates(text: str, published: str) -> None:
    found = find_dates(text, published)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert all(0 <= one.start < one.end <= len(text) and len(one.iso) in (4, 7, 10) for one in found)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("２０２５年１２月３１日", "2025-12-31"),
        ("民國114年11月3日", "2025-11-03"),
        ("中華民國一百一十四年十一月三日", "2025-11-03"),
        ("民国一一四年十一月", "2025-11"),
        ("令和7年11月3日", "2025-11-03"),
        ("平成元年5月", "1989-05"),
        ("2025-W10", "2025-03-03"),
        ("2025-W10-3", "2025-03-05"),
        ("2025年第10周", "2025-03-03"),
        ("2025-W60", ""),
        ("2025年11月03日08:12", "2025-11-03"),
    ],
)
def test_dates_of_other_calendars_and_wide_digits(text: str, iso: str) -> None:
    assert parse_date(text) == iso


def test_a_year_of_an_era_dates_a_mention() -> None:
    (mention,) = find_dates("这座桥建于民国二十六年，至今仍在。", "2025-01-01")
    assert (mention.iso, mention.start, mention.end) == ("1937", 5, 11)


@pytest.mark.parametrize(
    ("name", "iso"),
    [
        ("2025-03-04.md", "2025-03-04"),
        ("a/2025_03_05 走访.md", "2025-03-05"),
        ("20250304.txt", "2025-03-04"),
        ("IMG_20250304_081200.txt", "2025-03-04"),
        ("会议纪要2025年3月.docx", "2025-03"),
        ("202503.md", "2025-03"),
        ("2025-W10.md", "2025-03-03"),
        ("notes/2025/03/04.md", "2025-03-04"),
        ("Mar 4, 2025.txt", "2025-03-04"),
        ("2025年度报告.txt", ""),
        ("13800138000.txt", ""),
        ("2024-2025.md", ""),
        ("2025-03-04至2025-03-09.md", ""),
    ],
)
def test_a_file_name_tells_one_date_or_none(name: str, iso: str) -> None:
    assert date_of_name(name) == iso
