"""bm25s with its defaults: its own tokenizer (words of two or more letters, English stop words left out), Lucene's BM25."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s

from bench.peers import Found
from index.types import Article


class Bm25s:
    """Sparse scores of whole texts."""

    def index(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        self._bm25: Any = bm25s.BM25()
        self._bm25.index(
            bm25s.tokenize([article.text for article in articles], show_progress=False), show_progress=False
        )

    def search(self, question: str, k: int) -> list[Found]:
        words = bm25s.tokenize(question, show_progress=False)
        numbers, scores = self._bm25.retrieve(words, k=min(k, len(self._articles)), show_progress=False)
        # What shares no word with the question fills the places that are left; it was not found.
        found = [self._articles[number] for number, score in zip(numbers[0], scores[0], strict=True) if score > 0]
        return [(article, article.text) for article in found]


def open_peer(_: Path | None) -> Bm25s:
    return Bm25s()
