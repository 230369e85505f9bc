"""Takes the pictures in docs/ from the real page over samples/: ``python bench/screenshots.py`` (needs chromium).

Nothing is staged: samples/ is indexed into a temporary home, the questions are typed, the answers are what came.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.page import serving

ROOT = Path(__file__).parents[1]
YINJU = [sys.executable, "-c", "from ui.cli import main; main()"]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ZH = "云栖县2025年春茶产量是多少？", "青屿海上风电场并网容量达到多少？"
EN = ("How much has the saltmarsh project cost to date?",)
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LARGEST = 300_000
"""Bytes of a picture: it is fetched by everybody who looks at the README."""


def ask(page: Any, questions: tuple[str, ...]) -> None:
    """Ask one question after the other, to the end of the last."""
    for turn, question in enumerate(questions, 1):
        page.fill("#yj-question", question)
        page.press("#yj-question", "Enter")
        page.wait_for_selector(f"#yj-turn-{turn} .yj-chip")
        page.wait_for_selector("body:not([data-busy])")
    page.wait_for_selector("#yj-reader mark.yj-here", state="attached")
    page.wait_for_timeout(1000)  # what may be asked next comes after the answer, if at all


def answer_zh(page: Any) -> None:
    """A conversation in Chinese, the first source of its last answer beside it."""
    ask(page, ZH[1:])


def answer_en(page: Any) -> None:
    """One in English; the cited sentence stands in the middle of a long report."""
    ask(page, EN)


def behind(page: Any) -> None:
    """What an answer rests on."""
    ask(page, ZH[:1])
    page.click("#yj-turn-1 [data-do=why]")
    page.wait_for_selector(".yj-behind")


def library(page: Any) -> None:
    """The library, of one month."""
    page.click(".yj-place[data-view=library]")
    page.click(".yj-bars button[data-since='2026-03']")
    page.wait_for_selector(".yj-bars [aria-pressed=true]")


def source(page: Any) -> None:
    """On a phone, an article over the conversation that it was opened from."""
    ask(page, ZH[1:])
    page.locator("#yj-turn-1 .yj-chip").first.click()
    page.wait_for_selector("body[data-reader=open] mark.yj-here")


Shot = tuple[str, Callable[[Any], None], dict[str, Any]]
SHOTS: tuple[Shot, ...] = (
    ("page-light.png", answer_zh, {"viewport": LAPTOP, "locale": "zh-CN"}),
    ("page-dark.png", answer_en, {"viewport": LAPTOP, "locale": "en-GB", "color_scheme": "dark"}),
    ("library.png", library, {"viewport": LAPTOP, "locale": "en-GB"}),
    ("behind.png", behind, {"viewport": LAPTOP, "locale": "zh-CN", "color_scheme": "dark"}),
    ("phone.png", answer_zh, {"viewport": PHONE, "locale": "zh-CN"}),
    ("phone-source.png", source, {"viewport": PHONE, "locale": "zh-CN"}),
)


def take(browser: Any, address: str, shot: Shot) -> None:
    """Do what is to be seen, and keep what is on the screen. Raises ValueError for a picture that is too large."""
    name, show, context = shot
    file = ROOT / "docs" / name
    with browser.new_context(**context, reduced_motion="reduce") as window:
        page = window.new_page()
        page.goto(address)
        page.wait_for_selector("#yj-question")
        show(page)
        page.evaluate("document.activeElement.blur()")
        page.mouse.move(0, 0)
        page.screenshot(path=file, animations="disabled")
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}: {size // 1000} KB")
    if size > LARGEST:
        raise ValueError(f"{file} has {size} bytes, more than {LARGEST}")


def main() -> None:
    """Every picture of the documentation; each from an empty list of conversations."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for shot in SHOTS:
            with tempfile.TemporaryDirectory() as home:
                subprocess.run([*YINJU, "index", "samples", "--home", home], cwd=ROOT, check=True, capture_output=True)
                with serving(Path(home)) as address:
                    take(browser, address, shot)
        browser.close()


if __name__ == "__main__":
    main()
