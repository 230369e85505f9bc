"""Titles in 《》: the same one shortened or whole, and other ones."""

from __future__ import annotations

import pytest

from rag.titles import names


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("港口岸电管理办法", "《港口岸电管理办法》自3月起施行。"),
        ("港口岸电办法", "《港口岸电使用管理暂行办法》自3月起施行。"),
        ("港口岸电管理办法", "《港口岸電管理辦法》自3月起施行。"),
        ("夜航船", "他在《夜航船》裏寫道"),
        ("Harbour Act", "The 《Harbour  Act》 came into force."),
    ],
)
def test_a_title_is_named_whole_shortened_or_in_the_other_script(title: str, text: str) -> None:
    assert names(title, text)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("港口岸电管理办法", "《港口管理办法》自3月起施行。"),
        ("数据安全法", "《数据出境安全评估办法》自3月起施行。"),
        ("港口法", "港口的管理办法很多。"),
        ("夜航船", "夜里航行的船"),
        ("港口岸电办法", ""),
    ],
)
def test_another_title_is_another_work(title: str, text: str) -> None:
    assert not names(title, text)


def test_an_articles_own_title_needs_no_marks() -> None:
    assert names("港口岸电办法", "自3月起施行。", ("港口岸电使用管理暂行办法",))
    assert not names("港口岸电办法", "港口岸电使用管理暂行办法自3月起施行。")
