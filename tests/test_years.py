"""Of which years a text tells, by the dates in it and the date of its article."""

from __future__ import annotations

import pytest

from rag.years import year_match, years_of


@pytest.mark.parametrize(
    ("year", "sentence", "near", "published", "match"),
    [
        ("2025", "去年产量增长", "", "2026-03-05", 1.0),
        ("2024", "去年产量增长", "", "2026-03-05", 0.0),
        ("2026", "今年6月18日通车", "", "2026-03-05", 1.0),
        ("2027", "明年开工", "", "2026-03-05", 1.0),
        ("2025", "Last year it rose.", "", "2026-03-05", 1.0),
        ("2024", "2024年至2026年", "", "", 1.0),
        ("2024", "产量增长", "2024年概况", "2026-03-05", 0.5),
        ("2026", "产量增长", "", "2026-03-05", 0.25),
        ("2026", "2024年产量增长", "", "2026-03-05", 0.0),
        ("2025", "产量增长", "", "", 0.25),
        ("2024", "2025年产量突破150吨，较2024年增长近两倍", "", "2026-03-05", 0.0),
        ("2025", "2025年产量突破150吨，较2024年增长近两倍", "", "2026-03-05", 1.0),
        ("2025", "产量比去年增长一成", "", "2026-03-05", 0.0),
        ("2024", "产量与2024年相比增长一成", "", "2026-03-05", 0.0),
        ("2024", "数字产业占比2024年达到9%", "", "2026-03-05", 1.0),
        ("2024", "Output in 2025 was higher than in 2024.", "", "2026-03-05", 0.0),
        ("2024", "In 2024 output was lower than in 2023.", "", "2026-03-05", 1.0),
    ],
)
def test_a_year_is_matched_by_how_near_it_stands(
    year: str, sentence: str, near: str, published: str, match: float
) -> None:
    assert year_match(year, sentence, [near], published) == match


def test_numbers_that_only_look_like_years_are_none() -> None:
    assert years_of("售出2024.5吨、12024件", "2026-01-01") == ()
