"""Dates: whole ones, and mentions that only their article can date."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import find_dates, parse_date

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
