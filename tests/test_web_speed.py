"""How soon the page shows anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.page import serving
from rag.settings import load_settings
from rag.upkeep.ingest import ingest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "articles"


@pytest.fixture(scope="module")
def shared_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not SHARED.is_dir():
        pytest.skip("no shared/articles beside the project")
    home = tmp_path_factory.mktemp("shared") / "home"
    ingest([SHARED], load_settings(home))
    with serving(home) as address:
        yield address


FIRST_WORDS = """
question => new Promise(done => {
  const box = document.querySelector("#yj-question"), began = performance.now();
  const seen = () => {
    const said = document.querySelector("#yj-live .yj-answer, #yj-turns .yj-turn:last-child .yj-answer");
    if (said?.innerText.trim()) { watch.disconnect(); done(performance.now() - began); }
  };
  const watch = new MutationObserver(seen);
  watch.observe(document.querySelector("#yj-app"), { childList: true, subtree: true });
  box.value = question;
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
})
"""


@pytest.mark.timed
@pytest.mark.browser
def test_the_page_and_its_first_words_come_soon(chromium: Any, shared_page: str) -> None:
    """The best of three: what another process takes from this one says nothing of the page.

    The question is asked when the page has told the server of itself, the last thing that loading does: a reader types for
    longer than that takes.
    """
    paint, words = [], []
    for _ in range(3):
        with chromium.new_context(locale="zh-CN") as window:
            page = window.new_page()
            page.goto(shared_page)
            page.wait_for_selector("#yj-question")
            entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            paint.append(page.evaluate(entry))
            words.append(page.evaluate(FIRST_WORDS, "算力规模达到多少？"))
            page.wait_for_selector("body:not([data-busy])")
    assert min(paint) < 1500
    assert min(words) < 800
