"""Of which years a text tells, by the dates in it and the date of its article."""

from __future__ import annotations

import pytest

from index.types import Article
from rag.chronology.years import dated, year_match, years_of


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


@pytest.mark.parametrize(
    ("text", "date", "told"),
    [
        ("Mill founded in 2005. In 2019 sales rose. In June it grew. In 2019 as a whole it won.", "", "2019"),
        ("成立于2005年。2019年营业收入增长。2019年度共建两座工厂。", "", "2019"),
        ("Founded in 2005, moved in 2012, sold in 2019, bought in 2019.", "", ""),
        ("In 2018 and in 2019 sales rose.", "", ""),
        ("In 2019 sales rose.", "2020-03-01", "2020-03-01"),
        ("Sales rose.", "", ""),
    ],
)
def test_an_article_without_a_date_is_of_the_year_that_it_names_more_often_than_all_others(
    text: str, date: str, told: str
) -> None:
    assert dated(Article("a", "", text, date)) == told
