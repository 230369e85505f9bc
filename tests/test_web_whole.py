"""The page on a question to the whole library: what was understood above all that was found, and the other reading a click away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.page import serving
from index.types import Article, Passage
from rag.settings import load_settings
from rag.types import Answer, Citation, Sentence
from rag.upkeep.ingest import ingest
from tests.test_web import ask, drop, opened
from ui.web import tables
from ui.web.words import say


@pytest.mark.browser
def test_all_that_mention_a_string_are_listed_and_a_click_reads_it_otherwise(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        turn = ask(page, "哪些文章提到“青屿市”")
        assert "全部提到“青屿市”的文章，共 7 篇" in turn.inner_text()
        assert turn.locator(".yj-sentence").count() == 7
        other = page.locator(".yj-following .yj-example")
        assert other.inner_text() == "关于青屿市的文章有哪些"
        other.click()
        page.wait_for_selector("#yj-turn-2 .yj-answer")
        assert "关于“青屿市”的文章" in page.inner_text("#yj-turn-2")


@pytest.mark.browser
def test_a_list_is_a_table_that_sorts_and_leaves_as_a_file(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        ask(page, "哪些文章提到“青屿市”")
        page.click(".yj-whole summary")
        table = page.locator(".yj-whole table")
        days = [row.locator("td").nth(2).inner_text() for row in table.locator("tbody tr").all()]
        assert len(days) == 7
        for order, expected in (("ascending", sorted(days)), ("descending", sorted(days, reverse=True))):
            table.locator("th button").nth(2).click()
            assert table.locator("th").nth(2).get_attribute("aria-sort") == order
            assert [row.locator("td").nth(2).inner_text() for row in table.locator("tbody tr").all()] == expected
        table.locator("tbody .yj-chip").first.click()
        page.wait_for_selector("#yj-reader mark.yj-here")
        for kind, holds in (("csv", b"\xef\xbb\xbfquestion"), ("md", b"[^1-7]: "), ("docx", b"PK")):
            with page.expect_download() as came:
                page.click(f".yj-files [data-to={kind}]")
            kept = Path(came.value.path()).read_bytes()
            assert holds in kept
            assert came.value.suggested_filename.endswith(f".{kind}")


@pytest.mark.browser
def test_what_may_be_asked_next_comes_without_the_answer_being_written_anew(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        turn = ask(page, "青屿海上风电场并网容量达到多少？")
        turn.evaluate("answer => { answer.dataset.seen = '1'; }")
        page.wait_for_selector(".yj-following .yj-example")
        assert turn.get_attribute("data-seen") == "1"
        ask(page, "青屿港1月和2月的集装箱吞吐量是多少？", 2)
        page.wait_for_selector(".yj-following .yj-example")
        assert page.locator(".yj-following").count() == 1


def quoted(number: int, quote: str, day: str) -> Citation:
    article = Article(f"a{number}", "t", quote, day)
    return Citation(number, Passage(f"p{number}", article.id, 0, 0, len(quote), quote), article, quote, 0, len(quote))


def timeline(*told: tuple[str, str]) -> Answer:
    cited = tuple(quoted(n, quote, day) for n, (day, quote) in enumerate(told, 1))
    sentences = tuple(Sentence(one.quote, (one.number,)) for one in cited)
    labels = tuple(day for day, _ in told)
    return Answer("q", "", sentences, cited, (), refused=False, engine="quote", kind="timeline", labels=labels)


def test_numbers_of_one_unit_over_time_are_a_chart_in_order() -> None:
    told = (
        ("2026-01", "2026年1月算力达到150万亿元<b>。"),
        ("2024", "2024年投资50万亿元，有3家企业。"),
        ("2025-06-01", "投资为100万亿元。"),
    )
    unit, drawn = tables.points(timeline(*told))
    assert [(day, at) for day, _, at in drawn] == [("2024", 2), ("2025-06-01", 3), ("2026-01", 1)]
    assert [value / drawn[0][1] for _, value, _ in drawn] == [1, 2, 3]
    shown = tables.table(timeline(*told), 1, say("zh"))
    assert shown.count("<circle") == 3
    assert "<b>" not in shown
    assert unit in shown
    assert tables.points(timeline(*told[:2])) == ("", [])
    assert "<svg" not in tables.table(timeline(*told[:2]), 1, say("zh")).partition("<table")[0]


@pytest.mark.browser
def test_what_newly_answers_is_listed_with_a_mark_until_it_is_read(chromium: Any, tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    (folder / "old.txt").write_text("青屿港2025年完成集装箱吞吐量512万标准箱。\n", encoding="utf-8")
    ingest([folder], settings)
    with serving(tmp_path / "home") as address, opened(chromium, address) as page:
        page.click("[data-do=view][data-view=news]")
        page.fill(".yj-watching input", "青屿港的集装箱吞吐量是多少？")
        page.click(".yj-watching button")
        page.wait_for_selector(".yj-watched")
        assert page.locator(".yj-watched li").count() == page.locator(".yj-unread").count() == 0
        new = tmp_path / "new.txt"
        new.write_text("青屿港2026年前三季度完成集装箱吞吐量430万标准箱<b>，同比增长11%。\n", encoding="utf-8")
        drop(page, new)
        page.wait_for_selector("#yj-rail .yj-unread")
        assert page.inner_text("#yj-rail .yj-unread") == "1"
        page.click("[data-do=view][data-view=news]")
        page.wait_for_selector(".yj-new-answer")
        assert "430万标准箱<b>，同比增长11%。" in page.inner_text(".yj-new-answer")
        page.wait_for_selector("#yj-rail .yj-unread", state="detached")
        page.click(".yj-new-answer [data-do=open]")
        page.wait_for_selector("#yj-reader h2, #yj-reader h1")
        page.click("[data-do=view][data-view=news]")
        page.wait_for_selector(".yj-watched li:not(.yj-new-answer)")
        page.click("[data-do=unwatch]")
        page.wait_for_selector(".yj-watched", state="detached")


@pytest.mark.browser
def test_numbers_over_time_are_drawn_and_the_later_stands_further_right(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        ask(page, "青屿市智能算力规模的时间线")
        page.click(".yj-whole summary")
        page.wait_for_selector(".yj-line circle")
        told = [text.split("P [")[0].split(": ") for text in page.locator(".yj-line circle title").all_text_contents()]
        dots = [dot.bounding_box() for dot in page.locator(".yj-line circle").all()]
        assert [day for day, _ in told] == ["2024", "2025-06", "2026-02-09", "2027"]
        assert [dot["x"] for dot in dots] == sorted({dot["x"] for dot in dots})
        heights = {float(value): round(-dot["y"], 1) for (_, value), dot in zip(told, dots, strict=True)}
        assert [heights[value] for value in sorted(heights)] == sorted(set(heights.values()))
        drawing = page.locator(".yj-line").bounding_box()
        assert drawing["width"] > 200
        assert all(drawing["x"] < dot["x"] < drawing["x"] + drawing["width"] for dot in dots)
