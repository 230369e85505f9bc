"""The page in a real Chromium, served by the real command: what a reader sees, and that nothing leaves the machine."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from rag.settings import Settings
from rag.types import Answer
from ui import web

if TYPE_CHECKING:
    from rag.assistant import Assistant

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

ZH, ZH_QUOTE = "青屿海上风电场并网容量达到多少？", "青屿海上风电场并网容量达到102万千瓦"
EN, EN_QUOTE = (
    "How much has the saltmarsh project cost to date?",
    "The whole project has cost 38.4 million pounds to date.",
)
OFF_TOPIC = "Who wrote the opera The Magic Flute?"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((web.ADDRESS, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """``yinju ui`` over a home, behind a proxy that does not exist; its address once it says that it is up."""
    port = str(free_port())
    command = [sys.executable, "-c", "from ui.cli import main; main()", "ui", "--home", str(home), "--port", port]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONUTF8": "1", "http_proxy": "http://127.0.0.1:9"}
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE, encoding="utf-8") as server:
        try:
            assert server.stderr
            said: list[str] = []
            for line in server.stderr:
                said.append(line)
                if found := re.search(r"http://\S+/", line):
                    break
            else:
                pytest.fail("the page did not start:\n" + "".join(said))
            yield found.group()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser found ({', '.join(BROWSERS)}): install chromium to test the page")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(sample_home: Path) -> Iterator[str]:
    with serving(sample_home) as url:
        yield url


@contextmanager
def opened(chromium: Any, address: str, **context: Any) -> Iterator[Any]:
    """The page; afterwards: no request left for elsewhere, nothing in the console, no error, no dialog."""
    wrong: list[str] = []
    with chromium.new_context(**context) as window:
        page = window.new_page()
        page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(address)
        page.wait_for_selector(".yj-header")
        yield page
    assert not wrong


def ask(page: Any, question: str, turn: int = 1) -> Any:
    page.fill("#yj-ask textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#yj-answer-{turn} .yj-answer")
    return page.locator(f"#yj-answer-{turn}")


@pytest.mark.browser
def test_answers_stand_beside_the_passages_they_quote(chromium: Any, address: str) -> None:
    with opened(chromium, address) as page:
        assert ZH_QUOTE in ask(page, ZH, 1).inner_text()
        card = page.locator("#yj-sources-1 .yj-card[data-n='1']")
        assert ZH_QUOTE in card.locator("mark").first.inner_text()
        assert "weekly-digest-2026-03.txt" in card.locator(".yj-meta").inner_text()
        assert EN_QUOTE in ask(page, EN, 2).inner_text()
        page.wait_for_selector("#yj-sources-2 mark")
        marked = " ".join(page.locator("#yj-sources-2 mark").all_inner_texts())
        assert EN_QUOTE in marked
        assert page.locator("#yj-sources-1").is_hidden()


@pytest.mark.browser
def test_a_mark_brings_the_passage_of_its_own_answer_into_view(chromium: Any, address: str) -> None:
    with opened(chromium, address, viewport={"width": 390, "height": 700}) as page:
        ask(page, ZH, 1)
        ask(page, EN, 2)
        page.wait_for_selector("#yj-sources-2 .yj-card", state="attached")
        page.locator("#yj-answer-1 .yj-chip", has_text="1").first.click()
        page.wait_for_selector("#yj-sources-1 .yj-card.yj-here[data-n='1']")
        page.wait_for_function(
            "() => { const box = document.querySelector('#yj-sources-1 .yj-here mark').getBoundingClientRect();"
            " return box.top >= 0 && box.bottom <= innerHeight; }"
        )
        assert page.locator("#yj-sources-2").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_what_the_articles_do_not_say_is_refused_calmly_and_the_page_can_be_cleared(
    chromium: Any, address: str
) -> None:
    with opened(chromium, address) as page:
        assert ask(page, OFF_TOPIC).locator(".yj-refused").count() == 1
        assert page.locator("#yj-answer-1 .yj-chip").count() == 0
        page.get_by_role("button", name="清空 Clear").click()
        page.wait_for_selector("#yj-answer-1", state="detached")
        page.wait_for_selector(".yj-welcome")


@pytest.mark.browser
def test_an_example_is_a_question_that_is_answered(chromium: Any, address: str) -> None:
    with opened(chromium, address) as page:
        page.locator("#yj-examples button").first.click()
        page.wait_for_selector("#yj-answer-1 .yj-chip")


HOSTILE = """# <img src=x onerror=alert(1)> 云杉港

2026年云杉港的货物吞吐量是320万吨<script>alert(2)</script>。

港口集团介绍<b onclick=alert(3)>见[9]</b>，![x](http://evil.example/a.png)新泊位将于明年启用。[点这里](javascript:alert(4))
"""


@pytest.mark.browser
def test_an_empty_library_takes_files_and_shows_hostile_ones_as_text(
    chromium: Any, own_home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "port.md"
    file.write_text(HOSTILE, encoding="utf-8")
    with serving(own_home) as address, opened(chromium, address) as page:
        assert "0 篇文章" in page.inner_text(".yj-count")
        assert "yinju index FOLDER" in page.inner_text("#yj-add")
        page.set_input_files("#yj-add input[type=file]", file)
        page.wait_for_selector(".yj-count:text('1 篇文章')")
        assert "320万吨<script>alert(2)</script>" in ask(page, "云杉港的吞吐量是多少？").inner_text()
        page.wait_for_selector("#yj-sources-1 mark")
        passage = page.inner_text("#yj-sources-1 .yj-passage")
        assert "<b onclick=alert(3)>见[9]</b>" in passage
        assert "[点这里](javascript:alert(4))" in passage
        assert page.locator("#yj-answer-1 .yj-chip").all_inner_texts() == ["1", "2", "3"]
        for element in ("img", "script", "b", "a"):
            assert page.locator(f"#yj-sources-1 {element}, #yj-answer-1 {element}").count() == 0


class Halting:
    """An assistant that says a word and then waits, until the reader has had enough; the second time it refuses."""

    def __init__(self) -> None:
        self.library, self.enough, self.asked = self, threading.Event(), 0

    def counts(self) -> dict[str, int]:
        return {"articles": 1}

    def articles(self) -> list[Any]:
        return []

    def ask(self, question: str, history: Sequence[Answer]) -> Halting:
        self.asked += 1
        self.answer = Answer(question, "没有答案。", (), (), (), refused=True, engine="quote")
        return self

    def __iter__(self) -> Iterator[str]:
        yield "第一个词"
        while self.asked == 1 and not self.enough.wait(0.1):
            yield ""


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Gradio's own use of pandas
def test_an_answer_can_be_stopped_and_the_next_question_asked(chromium: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "")
    assistant = Halting()
    served = web.build(cast("Assistant", assistant))
    try:
        with opened(chromium, web.start(served, free_port())) as page:
            page.fill("#yj-ask textarea", "第一问")
            page.keyboard.press("Enter")
            page.wait_for_selector("#yj-answer-1:has-text('第一个词')")
            page.fill("#yj-ask textarea", "第二问")
            page.click("#yj-ask .stop-button")
            page.wait_for_selector("#yj-ask .submit-button")
            assert page.input_value("#yj-ask textarea") == "第二问"
            page.press("#yj-ask textarea", "Enter")
            page.wait_for_selector("#yj-answer-2 .yj-refused")
            assert page.inner_text("#yj-answer-1") == "第一个词"
    finally:
        assistant.enough.set()
        served.close()


def test_a_name_that_points_here_from_elsewhere_is_refused(address: str) -> None:
    port = int(re.findall(r"\d+", address)[-1])
    connection = http.client.HTTPConnection(web.ADDRESS, port, timeout=10)
    connection.request("GET", "/", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 400
    connection.close()


def test_a_taken_port_is_said_with_the_cure(sample_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind((web.ADDRESS, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"{port}.*choose another port, yinju ui --port {port + 1}"):
            web.serve(Settings(sample_home), port=port)


def test_proxy_settings_do_not_send_the_page_to_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "GRADIO_ANALYTICS_ENABLED"):
        monkeypatch.setenv(name, "intranet.example")
    web.stay_home()
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
