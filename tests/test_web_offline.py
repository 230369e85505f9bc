"""The page without a network, and how soon it shows anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.page import serving
from rag.settings import load_settings
from rag.upkeep.ingest import ingest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "articles"

IN_A_NAMESPACE = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up and running
assert socket.if_nameindex() == [(1, "lo")], socket.if_nameindex()
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-x", *sys.argv[1:]])
"""


@pytest.mark.browser
def test_the_same_path_with_nothing_but_loopback() -> None:
    """Browser and server in a network namespace of their own."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace may be made here (unshare -n)")
    path = "tests/test_web.py::test_a_new_readers_path"
    done = subprocess.run(
        [unshare, "-n", sys.executable, "-c", IN_A_NAMESPACE, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "1 passed" in done.stdout or "1 skipped" in done.stdout


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
