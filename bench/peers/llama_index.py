"""LlamaIndex with its defaults: VectorStoreIndex over what SentenceSplitter cuts, held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from pydantic import PrivateAttr
from sentence_transformers import SentenceTransformer

from bench.peers import Found
from index.types import Article


class LocalEmbedding(BaseEmbedding):  # type: ignore[misc]
    """A sentence-transformers model from a folder: the library's own class for them wants a model with a longest length."""

    _model: SentenceTransformer = PrivateAttr()

    def __init__(self, model: Path) -> None:
        super().__init__(model_name=model.name)
        self._model = SentenceTransformer(str(model), local_files_only=True)

    def _embed(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._model.encode(
            texts, normalize_embeddings=True, show_progress_bar=False
        ).tolist()
        return vectors

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts)


class LlamaIndex:
    """A vector store index of nodes."""

    def __init__(self, model: Path) -> None:
        self._embedding = LocalEmbedding(model)

    def index(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        documents = [Document(text=article.text, doc_id=str(number)) for number, article in enumerate(articles)]
        self._index: Any = VectorStoreIndex.from_documents(documents, embed_model=self._embedding)

    def search(self, question: str, k: int) -> list[Found]:
        nodes = self._index.as_retriever(similarity_top_k=k).retrieve(question)
        return [(self._articles[int(found.node.ref_doc_id)], found.node.get_content()) for found in nodes]


def open_peer(model: Path | None) -> LlamaIndex:
    assert model is not None
    return LlamaIndex(model)
