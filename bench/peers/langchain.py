"""LangChain as its tutorials have it: RecursiveCharacterTextSplitter, 1000 characters with 200 shared, and the FAISS store."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from bench.peers import Found
from index.types import Article

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it says that the package is no longer maintained
    from langchain_community.vectorstores import FAISS


class LangChain:
    """A FAISS vector store of chunks."""

    def __init__(self, model: Path) -> None:
        self._embeddings: Any = HuggingFaceEmbeddings(model_name=str(model))
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)

    def index(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        metadata = [{"article": number} for number in range(len(articles))]
        documents = self._splitter.create_documents([article.text for article in articles], metadata)
        self._store: Any = FAISS.from_documents(documents, self._embeddings)

    def search(self, question: str, k: int) -> list[Found]:
        found = self._store.similarity_search(question, k=k)
        return [(self._articles[document.metadata["article"]], document.page_content) for document in found]


def open_peer(model: Path | None) -> LangChain:
    assert model is not None
    return LangChain(model)
