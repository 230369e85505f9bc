"""The page on a question to the whole library: what was understood above all that was found, and the other reading a click away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_web import ask, opened


@pytest.mark.browser
def test_all_that_mention_a_string_are_listed_and_a_click_reads_it_otherwise(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        turn = ask(page, "哪些文章提到“青屿市”")
        assert "全部提到“青屿市”的文章，共 7 篇" in turn.inner_text()
        assert turn.locator(".yj-sentence").count() == 7
        other = page.locator(".yj-next .yj-example")
        assert other.inner_text() == "关于青屿市的文章有哪些"
        other.click()
        page.wait_for_selector("#yj-turn-2 .yj-answer")
        assert "关于“青屿市”的文章" in page.inner_text("#yj-turn-2")
