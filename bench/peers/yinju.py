"""Yinju itself: its own reading, cutting and embedding, and the search that its answers start from."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from bench.peers import Found
from index import digest
from index.types import Article
from models import Parted, load_embedder
from rag.assistant import Assistant
from rag.opening import open_library
from rag.settings import load_settings
from rag.upkeep.workers import AT_ONCE, MOST, Workers, count


class Yinju:
    """A library in a folder of its own, which goes when the process ends."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="yinju-bench-"))
        atexit.register(self.close)
        settings = load_settings(self._folder, library="bench")
        open_library(settings, load_embedder(settings.embedder), create=True).close()
        self._assistant = Assistant(settings)
        # A model is loaded before the clock runs, as every peer's is: all of it, with what its tokenizer is made of; so are the
        # processes that `yinju index` starts for many files.
        self._assistant.embedder.embed_parts([Parted("", "A word.", ((0, 7),))])
        self._workers = Workers(self._assistant.embedder, count(self._assistant.embedder.name))
        long = "A word. " * 500  # so that it is cut: the splitter is imported then
        warm = [Article(f"warm-{number}", "", long, path="warm.txt") for number in range(MOST * AT_ONCE)]
        assert len(list(self._workers.entries(warm))) == len(warm)
        self._made = 0

    def close(self) -> None:
        self._workers.__exit__(None, None, None)
        self._assistant.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def index(self, articles: Sequence[Article]) -> None:
        self._made += 1
        self._assistant.library.close()
        self._assistant = self._assistant.beside(f"bench-{self._made}")  # as every peer makes its index anew
        library = self._assistant.library
        parts = [part for article in articles for part in _parts(article)]
        made = self._workers.entries(parts)
        with library.together():
            for at in range(0, len(parts), AT_ONCE):
                library.replace(f"bench-{at}", list(islice(made, AT_ONCE)))
        self._assistant.retrieval.search.prepare()  # as `yinju index` does at its end

    def search(self, question: str, k: int) -> list[Found]:
        return [(hit.article, hit.passage.text) for hit in self._assistant.search(question, k)]


def _parts(article: Article) -> Iterator[Article]:
    """A file's articles, or a context as it is."""
    if Path(article.path).suffix == ".json":
        yield article
    else:
        yield from digest.split(article.text, path=article.path, file_hash=article.hash)


def open_peer(_: Path | None) -> Yinju:
    return Yinju()
