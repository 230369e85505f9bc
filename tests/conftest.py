"""Every test: nothing but loopback can be reached, and state lies in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"

# The tests start hundreds of programs, which else compile our modules anew each: a quarter of what such a program takes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A suite that a script starts in the background ignores Ctrl-C, and so would every program that it starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, and no failure for a slow machine: what is drawn anew finds its bug on somebody else's day.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that open a browser or take long go first, so that no process is left alone with one of them at the end."""
    long = {item.path for item in items if item.get_closest_marker("browser") or item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test marked `timed` run while no other does, where the tests are shared out to several processes.

    Each test holds the same lock, with others or alone. Windows has no such lock: there the tests run as they come.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ or sys.platform == "win32":
        return (yield)
    import fcntl

    alone = item.get_closest_marker("timed") is not None
    held = ROOT / ".pytest_cache" / "timed.lock"
    held.parent.mkdir(exist_ok=True)
    with held.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        return (yield)


LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")  # noqa: S104 - compared with, never bound


class ReachedOutError(OSError):
    """Something under test tried to reach outside."""


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse connections and look-ups beyond this machine, and fail the test even if the code lives with that."""
    attempts: list[object] = []
    resolve = socket.getaddrinfo

    def check(host: object) -> None:
        name = host.decode() if isinstance(host, bytes) else host
        if name is None or (isinstance(name, str) and (name == "" or name.startswith(LOOPBACK))):
            return
        attempts.append(name)
        raise ReachedOutError(f"an attempt to reach {name!r}")

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            self._check(address)
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            self._check(address)
            return super().connect_ex(address)

        def sendto(self, *arguments: Any) -> int:
            self._check(arguments[-1])
            return super().sendto(*arguments)

        def _check(self, address: Any) -> None:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])

    def look_up(host: Any, *arguments: Any, **named: Any) -> Any:
        check(host)
        return resolve(host, *arguments, **named)

    monkeypatch.setattr(socket, "socket", Socket)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    assert not attempts, f"attempts to reach {attempts}: Yinju must work with the network unplugged"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is empty at the start of each test; settings of the person who runs the tests do not count."""
    for name in [name for name in os.environ if name.startswith("YINJU_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("YINJU_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose default library holds samples/, indexed once by the real thing. Read it, never change it."""
    from rag.settings import load_settings
    from rag.upkeep.ingest import ingest

    home = tmp_path_factory.mktemp("samples") / "home"
    report = ingest([ROOT / "samples"], load_settings(home))
    assert not report.failed
    return home


@pytest.fixture(scope="session")
def page_home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of that page."""
    home = tmp_path_factory.mktemp("page") / "home"
    shutil.copytree(sample_home, home)
    return home


@pytest.fixture(scope="session")
def sample_page(page_home: Path) -> Iterator[str]:
    """The address of a page over samples/, served by the real command; what is asked there is kept until the end."""
    from bench.page import serving

    with serving(page_home) as address:
        yield address


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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's Chromium, driven by Playwright; without it the test is skipped."""
    from bench.known import files

    if lacks := files.lacking():
        pytest.skip(lacks)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=files.browser(), args=FLAGS)
        yield browser
        browser.close()


WriteTokenizer = Callable[[Path, Sequence[str]], "PreTrainedTokenizerFast"]


@pytest.fixture(scope="session")
def write_tokenizer() -> WriteTokenizer:
    """Saves a word-level tokenizer over these words in a folder, for the small models that tests make; [PAD] is 0."""

    def write(folder: Path, words: Sequence[str]) -> PreTrainedTokenizerFast:
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer
        from tokenizers.processors import TemplateProcessing
        from transformers import PreTrainedTokenizerFast

        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        vocabulary = {word: at for at, word in enumerate([*special, *words])}
        tokenizer = Tokenizer(WordLevel(vocabulary, unk_token=special[1]))
        tokenizer.normalizer = BertNormalizer()
        tokenizer.pre_tokenizer = BertPreTokenizer()
        marks = [(mark, vocabulary[mark]) for mark in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=marks
        )
        names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), special, strict=True))
        make: Any = PreTrainedTokenizerFast
        saved: PreTrainedTokenizerFast = make(tokenizer_object=tokenizer, model_max_length=64, **names)
        saved.save_pretrained(folder)
        return saved

    return write


WriteGguf = Callable[..., Path]


@pytest.fixture(scope="session")
def write_gguf() -> WriteGguf:
    """Writes a real GGUF file with random weights."""
    pytest.importorskip("gguf", reason="needs the gguf package, which the dev extra brings")
    from bench.random_weights import write

    return write


@pytest.fixture(scope="session")
def tiny(write_gguf: WriteGguf, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a file as it is by default."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")
