"""The network unplugged: indexing, asking and serving reach nothing but this machine, and need nothing else."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
QUESTION = "青屿海上风电场并网容量达到多少？"
ANSWER = "102万千瓦"

REACHED = 77

# Python tells audit hooks of every look-up and connection, of every library, and nothing can take a hook away again.
# Ending the process at once means that no `except` in between can hide the attempt.
WATCHED = f"""
import os, sys

EVENTS = {{"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0,
          "socket.gethostbyname": 0, "socket.gethostbyaddr": 0, "socket.bind": 1}}
HOME = ("127.", "::1", "localhost", "::ffff:127.")

def hook(event, arguments):
    if event not in EVENTS:
        return
    target = arguments[EVENTS[event]]
    host = target[0] if isinstance(target, tuple) else target
    if isinstance(host, bytes):
        host = host.decode("utf-8", "replace")
    if host is None or (isinstance(target, str) and "/" in target) or str(host).startswith(HOME):
        return
    os.write(2, f"{{event}} {{target!r}}\\n".encode())
    os._exit({REACHED})

sys.addaudithook(hook)
sys.argv[0] = "yinju"
from ui.cli import main
main()
"""


def environment() -> dict[str, str]:
    """Nothing that would keep a library quiet from outside: Yinju itself must see to that. No proxy either."""
    noisy = ("HF_", "TRANSFORMERS_", "GRADIO_", "YINJU_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(noisy) and not name.lower().endswith("_proxy")
    }


def watched(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-c", WATCHED, *arguments]


def run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, env=environment(), timeout=180, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_the_watch_sees_an_attempt() -> None:
    """The hook itself: a look-up and a connection beyond this machine end the process; this machine is allowed."""
    outside = "import socket; socket.create_connection(('{}', 9), timeout=0.1)"
    for host, code in (("192.0.2.1", REACHED), ("example.invalid", REACHED), ("127.0.0.1", 1)):
        program = WATCHED.replace("from ui.cli import main\nmain()", outside.format(host))
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr


def test_index_search_and_ask_reach_nothing(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path / "home"))
    run(watched("index", str(SAMPLES), *home))
    assert json.loads(run(watched("search", QUESTION, "--json", *home)))["hits"]
    assert ANSWER in run(watched("ask", QUESTION, *home))
    assert '"healthy": true' in run(watched("doctor", "--json", *home))
    assert "whole" in run(watched("models", "verify", *home))


@pytest.fixture
def page(sample_home: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a page served by the watched program."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    command = watched("ui", "--port", str(port), "--home", str(sample_home))
    address = f"http://127.0.0.1:{port}"
    log = tmp_path / "page.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment(), stdout=output, stderr=output) as process,
    ):
        try:
            _wait(address, process)
            yield address
            assert process.poll() is None
        except AssertionError as error:
            error.add_note(log.read_text(encoding="utf-8"))
            raise
        finally:
            process.kill()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the program ended"
        try:
            fetch(address)
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the page did not open within a minute")


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - always loopback
        text: str = answer.read().decode("utf-8")
        return text


@pytest.mark.slow
def test_serving_reaches_nothing(page: str) -> None:
    assert "gradio" in fetch(page)
    assert json.loads(fetch(f"{page}/config"))["dependencies"]
    time.sleep(2)  # Whatever a library sends in a thread after its start would have been sent by now.
    assert "gradio" in fetch(page)


def test_without_any_network_it_works(tmp_path: Path) -> None:
    """In a network namespace of its own there is no network at all, not even a look-up could be answered."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare here (Linux only)")
    allowed = subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode == 0
    alone = [unshare, "-n"] if allowed else [unshare, "-rn"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets no one make a network namespace")
    program = [*alone, str(Path(sys.executable).with_name("yinju")), "--home", str(tmp_path / "home")]
    run([*program, "index", str(SAMPLES)])
    shape = json.loads(run([*program, "ask", QUESTION, "--json"]))
    assert ANSWER in shape["answer"]
    assert ANSWER in shape["citations"][0]["quote"]
