"""Takes the pictures in docs/ from the real page over samples/: ``python bench/screenshots.py`` (needs chromium).

Nothing is staged: samples/ is indexed into a temporary home, the questions are typed, the answers are what came.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
YINJU = [sys.executable, "-c", "from ui.cli import main; main()"]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
QUESTIONS = ("青屿海上风电场并网容量达到多少？", "How much has the saltmarsh project cost to date?")
SHOTS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("page-light.png", {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}, 2),
    ("page-dark.png", {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}, 2),
    ("phone.png", {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"}, 1),
)


@contextmanager
def served(home: str) -> Iterator[str]:
    """The page over samples/ on a free port."""
    subprocess.run([*YINJU, "index", "samples", "--home", home], cwd=ROOT, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [*YINJU, "ui", "--home", home, "--port", port]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8") as server:
        try:
            assert server.stderr
            yield next(found.group() for line in server.stderr if (found := re.search(r"http://\S+/", line)))
        finally:
            server.terminate()


def take(browser: Any, address: str, file: Path, context: dict[str, Any], turns: int) -> None:
    """Ask, open the first source, and keep what is on the screen."""
    with browser.new_context(**context, reduced_motion="reduce") as window:
        page = window.new_page()
        page.goto(address)
        page.wait_for_selector(".yj-header")
        for turn, question in enumerate(QUESTIONS[:turns], 1):
            page.fill("#yj-ask textarea", question)
            page.keyboard.press("Enter")
            page.wait_for_selector(f"#yj-sources-{turn} mark", state="attached")
        page.locator(f"#yj-answer-{turns} .yj-chip").first.click()
        page.wait_for_selector(".yj-here")
        page.mouse.move(0, 0)
        page.screenshot(path=file, animations="disabled")
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} KB")


def main() -> None:
    """Every picture of the documentation."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, served(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, context, turns in SHOTS:
            take(browser, address, ROOT / "docs" / name, context, turns)
        browser.close()


if __name__ == "__main__":
    main()
