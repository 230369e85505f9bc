"""axe-core finds nothing serious on any view of the page: light and dark, Chinese and English, on a laptop and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

QUESTIONS = {"zh-CN": "青屿海上风电场并网容量达到多少？", "en-US": "How much has the saltmarsh project cost to date?"}
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")

# Each pair of theme, language and size at least once.
LOOKS = [
    ("light", "zh-CN", LAPTOP),
    ("dark", "en-US", LAPTOP),
    ("light", "en-US", PHONE),
    ("dark", "zh-CN", PHONE),
]


@contextmanager
def opened(chromium: Any, address: str, look: tuple[str, str, dict[str, int]]) -> Iterator[Any]:
    theme, language, size = look
    with chromium.new_context(color_scheme=theme, locale=language, viewport=size, reduced_motion="reduce") as window:
        page = window.new_page()
        page.goto(address)
        page.wait_for_selector("#yj-question")
        yield page


def found(page: Any) -> list[str]:
    """What axe calls serious or critical, with the elements."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for one in violations
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS, ids=["-".join((t, ln[:2], str(s["width"]))) for t, ln, s in LOOKS])
def test_no_view_of_the_page_has_a_serious_violation(
    chromium: Any, sample_page: str, look: tuple[str, str, dict[str, int]]
) -> None:
    with opened(chromium, sample_page, look) as page:
        wrong = {"welcome": found(page)}
        page.fill("#yj-question", QUESTIONS[look[1]])
        page.press("#yj-question", "Enter")
        page.wait_for_selector("#yj-turn-1 .yj-answer")
        page.locator("#yj-turn-1 .yj-chip").first.click()
        page.wait_for_selector("#yj-reader mark.yj-here")
        wrong["answer"] = found(page)
        page.evaluate("document.querySelector('[data-do=why]').click()")
        page.wait_for_selector("#yj-reader [data-do=why][aria-pressed=true]")
        wrong["behind"] = found(page)
        for view in ("library", "settings"):
            page.evaluate(f"document.querySelector('[data-do=view][data-view={view}]').click()")
            page.wait_for_selector(f"#yj-{view} .yj-view", state="visible")
            wrong[view] = found(page)
        assert not [f"{view}: {one}" for view, ones in wrong.items() for one in ones]
