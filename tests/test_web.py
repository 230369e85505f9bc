"""The page in a real Chromium, served by the real command: a new reader's path, and that nothing leaves the machine."""

from __future__ import annotations

import http.client
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from rag.conversations import Conversations
from rag.settings import Settings
from rag.types import Answer
from ui import web
from ui.hall import Hall
from ui.waiting import Line
from ui.web.seats import Seats

if TYPE_CHECKING:
    from rag.assistant import Assistant

LEFT = re.compile("AbortError: signal is aborted|Unexpected error Connection errored out")
"""What Gradio says to the console when a page is left while it still listens."""
ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "articles"
DIGEST = ROOT / "samples" / "weekly-digest-2026-03.txt"
REPORT = ROOT / "samples" / "saltmarsh-report.md"

ZH, ZH_QUOTE = "青屿海上风电场并网容量达到多少？", "青屿海上风电场并网容量达到102万千瓦"
EN, EN_QUOTE = "How many black-faced spoonbills were recorded?", "黑脸琵鹭427只"
OFF_TOPIC = "Who wrote the opera The Magic Flute?"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((web.ADDRESS, 0))
        return int(probe.getsockname()[1])


GUARD = """
import sys
def guard(event, told):
    host = told[1][0] if event == "socket.connect" and isinstance(told[1], tuple) else told[0] if event == "socket.getaddrinfo" else None
    if host not in (None, "", b"", "localhost") and not str(host).startswith(("127.", "0.0.0.0", "::1")):
        print("REACHED", event, host, file=sys.stderr, flush=True)
sys.addaudithook(guard)
from ui.cli import main; main()
"""
"""The real command, in a process that says whom it reaches for beyond this machine."""


@contextmanager
def guarded(home: Path, *before: str) -> Iterator[str]:
    """``yinju ui`` over a home, behind a proxy that does not exist; afterwards: nobody was reached, standard output is
    empty, and Ctrl-C ended it well. Its address."""
    command = [*before, sys.executable, "-c", GUARD, "ui", "--home", str(home), "--port", str(free_port())]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONUTF8": "1", "http_proxy": "http://127.0.0.1:9"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, encoding="utf-8") as server:
        said: list[str] = []
        try:
            assert server.stderr
            for line in server.stderr:
                said.append(line)
                if found := re.search(r"http://\S+/", line):
                    break
            else:
                pytest.fail("the page did not start:\n" + "".join(said))
            yield found.group()
            sockets_are_ours(server.pid)
        finally:
            server.send_signal(signal.SIGINT)
            out, rest = server.communicate(timeout=30)
    assert out == ""
    assert "REACHED" not in rest
    assert server.returncode == 0, rest


def sockets_are_ours(pid: int) -> None:
    """Every IP socket of a process is on loopback, at both of its ends."""
    held = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    for kind in ("tcp", "udp", "tcp6", "udp6"):
        for row in Path(f"/proc/{pid}/net/{kind}").read_text("ascii").splitlines()[1:]:
            _, local, remote, *_, inode = row.split()[:10]
            if f"socket:[{inode}]" in held:
                assert local.startswith("0100007F:")
                assert remote.startswith(("0100007F:", "00000000:0000"))


@contextmanager
def opened(chromium: Any, address: str, **context: Any) -> Iterator[Any]:
    """The page; afterwards: no request left for elsewhere, nothing in the console, no error, no dialog."""
    wrong: list[str] = []
    with chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"} | context) as window:
        page = window.new_page()
        page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and not LEFT.match(m.text) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(address)
        page.wait_for_selector("#yj-question")
        yield page
    assert not wrong


def ask(page: Any, question: str, turn: int = 1) -> Any:
    page.fill("#yj-question", question)
    page.press("#yj-question", "Enter")
    page.wait_for_selector(f"#yj-turn-{turn} .yj-answer")
    page.wait_for_selector("body:not([data-busy])")
    return page.locator(f"#yj-turn-{turn} .yj-answer")


def drop(page: Any, *files: Path) -> None:
    """Files dragged from the desktop onto the page."""
    dropped = page.evaluate_handle(
        "files => { const held = new DataTransfer();"
        " for (const [name, text] of files) held.items.add(new File([text], name)); return held; }",
        [[file.name, file.read_text(encoding="utf-8")] for file in files],
    )
    page.dispatch_event("#yj-app", "drop", {"dataTransfer": dropped})


def in_view(page: Any, selector: str) -> None:
    """Wait until an element stands within its scrolled pane and the window."""
    page.wait_for_function(
        "selector => { const box = document.querySelector(selector)?.getBoundingClientRect();"
        " return box && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth; }",
        arg=selector,
    )


IN_A_NAMESPACE = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up and running
assert socket.if_nameindex() == [(1, "lo")], socket.if_nameindex()
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", *sys.argv[1:]])
"""


@pytest.mark.browser
def test_a_new_readers_path(request: pytest.FixtureRequest) -> None:
    """Browser and server see nothing but loopback, where a network namespace of their own may be made; else as they are."""
    unshare = shutil.which("unshare")
    inside = sys.platform == "linux" and len(socket.if_nameindex()) == 1
    if (
        inside
        or unshare is None
        or subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode
    ):
        new_readers_path(request.getfixturevalue("chromium"), request.getfixturevalue("own_home"))
        return
    done = subprocess.run(
        [unshare, "-n", sys.executable, "-c", IN_A_NAMESPACE, f"{__file__}::test_a_new_readers_path"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "1 passed" in done.stdout or "1 skipped" in done.stdout


def new_readers_path(chromium: Any, own_home: Path) -> None:
    with guarded(own_home) as address, opened(chromium, address, accept_downloads=True) as page:
        assert "把文章放进来" in page.inner_text(".yj-first h1")
        drop(page, DIGEST)
        page.wait_for_selector(".yj-adding[data-done]")
        assert "新增 1" in page.inner_text(".yj-adding")
        page.wait_for_selector(".yj-welcome .yj-example")
        assert ZH_QUOTE in ask(page, ZH).inner_text()
        assert EN_QUOTE in ask(page, EN, 2).inner_text()
        page.click(".yj-adding [data-do=dismiss]")
        page.wait_for_selector(".yj-adding", state="detached")
        drop(page, REPORT)  # beside the conversation, before the library was ever looked at
        page.wait_for_selector(".yj-adding[data-done]")
        assert "新增 1" in page.inner_text(".yj-adding")

        page.locator("#yj-turn-1 .yj-chip", has_text="1").click()
        page.wait_for_selector(f"mark.yj-here:has-text('{ZH_QUOTE}')")
        in_view(page, "mark.yj-here")
        assert page.inner_text(".yj-article h2") == "青屿市海上风电并网容量突破一百万千瓦"
        assert "weekly-digest-2026-03.txt" in page.inner_text(".yj-article .yj-byline")

        page.click(".yj-place[data-view=library]")
        page.click(".yj-bars button[data-since='2026-03']")
        page.wait_for_selector(".yj-filter:has-text('2026-03')", state="attached")
        page.click("#yj-shelf [data-view=talk]")
        page.locator(".yj-filter").click()
        page.wait_for_selector(".yj-filter", state="detached")

        saved = {}
        for kind in ("md", "docx"):
            page.click(".yj-menu summary")
            with page.expect_download() as download:
                page.click(f".yj-item[data-to={kind}]")
            assert download.value.suggested_filename.startswith("青屿海上风电场并网容量达到多少")
            saved[kind] = Path(download.value.path()).read_bytes()
        assert ZH_QUOTE in saved["md"].decode()
        document = zipfile.ZipFile(io.BytesIO(saved["docx"])).read("word/document.xml").decode()
        assert ZH_QUOTE in re.sub("<[^>]+>", "", document)  # the answer in it stands in a run of its own

        page.click("[data-do=new]")
        page.wait_for_selector("#yj-turns .yj-turn", state="detached")
        page.reload()
        page.click(".yj-talk")
        page.wait_for_selector("#yj-turn-2")
        page.locator("#yj-turn-1 .yj-chip", has_text="1").click()
        page.wait_for_selector(f"mark.yj-here:has-text('{ZH_QUOTE}')")
        in_view(page, "mark.yj-here")


@pytest.mark.browser
def test_the_page_speaks_the_browsers_language_and_the_readers(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page, locale="en-GB") as page:
        assert page.get_attribute("#yj-question", "placeholder") == "Ask a question of your articles…"
        assert page.get_attribute("html", "lang") == "en"
        page.click(".yj-banner [data-section=writers]")
        in_view(page, "#yj-writers")
        page.click("[data-do=language][data-value=zh]")
        page.wait_for_selector("h1:text-is('设置')")
        page.click("[data-do=theme][data-value=dark]")
        page.reload()
        page.wait_for_selector("#yj-question[placeholder^='就你的文章']")
        assert page.evaluate("document.body.classList.contains('dark')")
        assert page.get_attribute("html", "lang") == "zh-CN"


@pytest.mark.browser
def test_citations_are_opened_by_keys_and_stepped_through(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        ask(page, "青屿市的用水量是多少？")
        page.wait_for_selector(
            "mark.yj-here:has-text('全市总用水量为9.64亿立方米')"
        )  # the first source opens by itself
        page.press("#yj-question", "Escape")
        page.keyboard.press("1")
        page.wait_for_selector(".yj-steps :text('引文 1 / 2')")
        in_view(page, "mark.yj-here")
        page.click("[aria-label='下一处引文']")
        page.wait_for_selector(".yj-steps :text('引文 2 / 2')")
        assert page.is_disabled("[aria-label='下一处引文']")
        page.press("#yj-question", "1")
        assert page.input_value("#yj-question") == "1"
        assert "引文 2 / 2" in page.inner_text(".yj-steps")


@pytest.mark.browser
def test_two_readers_use_the_page_at_once_each_in_a_way_of_their_own(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as one, opened(chromium, sample_page, locale="en-GB") as other:
        one.click(".yj-place[data-view=library]")
        one.fill("#yj-fields input[name=until]", "2025")
        one.press("#yj-fields input[name=until]", "Tab")
        one.wait_for_selector(".yj-filter:has-text('到 2025')", state="attached")
        one.click("#yj-shelf [data-view=talk]")
        for page in (one, other):
            page.fill("#yj-question", ZH)
        for page in (one, other):
            page.press("#yj-question", "Enter")
        other.wait_for_selector(f"#yj-turn-1 .yj-answer:has-text('{ZH_QUOTE}')")
        one.wait_for_selector("#yj-turn-1 .yj-refused")
        assert "只在筛选出的文章里找" in one.inner_text("#yj-turn-1 .yj-remark")
        assert other.locator(".yj-filter").count() == 0


@pytest.mark.browser
def test_a_phone_shows_the_source_over_the_conversation(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page, viewport={"width": 390, "height": 700}, has_touch=True) as page:
        ask(page, ZH)
        page.locator("#yj-turn-1 .yj-chip", has_text="1").tap()
        page.wait_for_selector("body[data-reader=open] mark.yj-here")
        in_view(page, "mark.yj-here")
        page.tap(".yj-top [data-do=close]")
        page.wait_for_selector("#yj-reader", state="hidden")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_what_the_articles_do_not_say_is_refused_calmly(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        answer = ask(page, OFF_TOPIC)
        assert "yj-refused" in answer.get_attribute("class")
        assert page.locator("#yj-turn-1 .yj-chip").count() == 0


@pytest.mark.browser
def test_an_answer_is_asked_again_edited_and_explained(chromium: Any, sample_page: str) -> None:
    with opened(chromium, sample_page) as page:
        page.locator(".yj-welcome .yj-example").first.click()
        page.wait_for_selector("#yj-turn-1 .yj-chip")
        ask(page, ZH, 2)
        page.click("#yj-turn-2 [data-do=why]")
        page.wait_for_selector(".yj-behind")
        assert page.locator(".yj-behind tr").count() == 9
        assert "检索" in page.inner_text(".yj-timings")
        page.click("#yj-turn-2 [data-do=edit]")
        assert page.input_value("#yj-question") == ZH
        page.fill("#yj-question", OFF_TOPIC)
        page.press("#yj-question", "Enter")
        page.wait_for_selector("#yj-turn-2 .yj-refused")
        page.click("#yj-turn-2 [data-do=retry]")
        page.wait_for_selector("body:not([data-busy])")
        page.reload()
        page.wait_for_selector("#yj-turn-2 .yj-refused")
        assert page.locator(".yj-turn").count() == 2


class Halting:
    """An assistant that says a word and then waits, until the reader has had enough; the second time it refuses."""

    writer = "/models/slow"

    def __init__(self, settings: Settings) -> None:
        self.library, self.settings, self.enough, self.asked = self, settings, threading.Event(), 0
        self.generation = 1

    def counts(self) -> dict[str, int]:
        return {"articles": 1}

    def articles(self, *_: Any) -> list[Any]:
        return []

    def answering(self, settings: Settings) -> Halting:
        return self

    def warm(self, language: str) -> None:
        pass

    def ask(self, question: str, *_: Any) -> Halting:
        self.asked += 1
        self.answer = Answer(question, "没有答案。", (), (), (), refused=True, engine="write")
        return self

    def cancel(self) -> None:
        self.enough.set()

    def __iter__(self) -> Iterator[str]:
        yield "第一个词"
        while self.asked == 1 and not self.enough.wait(0.1):
            yield ""


@contextmanager
def in_process(seats: Seats, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("NO_PROXY", "no_proxy", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "")
    page = web.build(seats)
    try:
        yield web.start(page, free_port())
    finally:
        page.close(verbose=False)


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Gradio's own use of pandas
def test_an_answer_is_stopped_by_escape_and_the_next_question_asked(
    chromium: Any, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = Halting(Settings(own_home))
    with Conversations(own_home / "c.sqlite") as kept:
        seats = Seats(Hall(cast("Assistant", assistant)), kept)
        with in_process(seats, monkeypatch) as address, opened(chromium, address) as page:
            assert "slow" in page.inner_text(".yj-banner")
            page.fill("#yj-question", "第一问")
            page.keyboard.press("Enter")
            page.wait_for_selector("#yj-live :text('第一个词')")
            page.fill("#yj-question", "第二问")
            page.keyboard.press("Escape")
            page.wait_for_selector("body:not([data-busy]) #yj-turn-1")
            assert page.input_value("#yj-question") == "第二问"
            page.press("#yj-question", "Enter")
            page.wait_for_selector("#yj-turn-2 .yj-refused")


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Gradio's own use of pandas
def test_who_waits_reads_how_many_are_before_and_a_page_that_is_closed_leaves_the_line(
    chromium: Any, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant, line = Halting(Settings(own_home)), Line(at_once=1)
    before = [line.join() for _ in range(3)]
    with Conversations(own_home / "c.sqlite") as kept:
        seats = Seats(Hall(cast("Assistant", assistant), line=line), kept)
        with in_process(seats, monkeypatch) as address:
            with opened(chromium, address) as page:
                page.fill("#yj-question", "第一问")
                page.keyboard.press("Enter")
                page.wait_for_selector(".yj-waiting:has-text('前面还有 2 个问题')")
                for place in before[:2]:
                    line.leave(place)
                page.wait_for_selector(".yj-waiting:has-text('下一个就是你')")
                line.leave(before[2])
                page.wait_for_selector("#yj-live :text('第一个词')")
                page.keyboard.press("Escape")
                page.wait_for_selector("body:not([data-busy]) #yj-turn-1")
                held = line.join()
                page.fill("#yj-question", "第二问")
                page.keyboard.press("Enter")
                page.wait_for_selector(".yj-waiting:has-text('下一个就是你')")
            while line.counts() != (1, 0):  # else the test is ended by its time limit
                time.sleep(0.05)
            line.leave(held)
    assert assistant.asked == 1


# --- what the page must not do ----------------------------------------------------------------------------------------


def asked_of(address: str, path: str, host: str = "") -> tuple[int, bytes]:
    port = int(re.findall(r"\d+", address)[-1])
    connection = http.client.HTTPConnection(web.ADDRESS, port, timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_a_name_that_points_here_from_elsewhere_is_refused(sample_page: str) -> None:
    assert asked_of(sample_page, "/", host="evil.example")[0] == 400


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../../etc/passwd", str(DIGEST), str(ROOT / "pyproject.toml")])
def test_the_file_route_gives_no_file_of_the_machine(sample_page: str, path: str) -> None:
    status, body = asked_of(sample_page, f"/gradio_api/file={path}")
    assert status in (403, 404)
    assert b"root:" not in body
    assert len(body) < 500


def test_a_taken_port_is_said_with_the_cure(sample_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind((web.ADDRESS, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(web.PortTakenError, match=f"{port}.*choose another port, yinju ui --port {port + 1}"):
            web.serve(Settings(sample_home), port=port)


def test_proxy_settings_do_not_send_the_page_to_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "GRADIO_ANALYTICS_ENABLED"):
        monkeypatch.setenv(name, "intranet.example")
    web.stay_home()
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
