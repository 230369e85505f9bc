"""txtai with its defaults: dense vectors in FAISS, one a text; it does not cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from txtai import Embeddings

from bench.peers import Found
from index.types import Article


class Txtai:
    """An embeddings index. A model that is no transformer must be named as one of sentence-transformers."""

    def __init__(self, model: Path) -> None:
        transformer = (model / "config.json").is_file()
        self._embeddings: Any = Embeddings(
            path=str(model), **({} if transformer else {"method": "sentence-transformers"})
        )

    def index(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        self._embeddings.index([(number, article.text, None) for number, article in enumerate(articles)])

    def search(self, question: str, k: int) -> list[Found]:
        articles = (self._articles[number] for number, _ in self._embeddings.search(question, k))
        return [(article, article.text) for article in articles]


def open_peer(model: Path | None) -> Txtai:
    assert model is not None
    return Txtai(model)
