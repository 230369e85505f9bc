"""Models that are known to work: where they come from, how big they are, their licence and prefixes; nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Pooling = Literal["", "mean", "cls", "lasttoken"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One model as its card describes it. ``size`` is the download in MB, ``context`` counts tokens, ``dimension`` the
    numbers of a vector (0 for a reranker); ``pooling`` is what the loader does where the folder does not say."""

    name: str
    kind: Literal["embedder", "reranker"]
    hub_id: str
    revision: str
    licence: str
    size: int
    context: int
    dimension: int = 0
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Pooling = ""
    note: str = ""

    @property
    def command(self) -> str:
        """What fetches the model, on a machine with network, into a folder of its name: no pickle, no program code."""
        wanted = '--include "*.json" --include "*.safetensors" --exclude "onnx/*"'
        return f"hf download {self.hub_id} --revision {self.revision} {wanted} --local-dir {self.name}"


_E5 = {"query_prefix": "query: ", "passage_prefix": "passage: "}

CATALOGUE = (
    Entry(
        "multilingual-e5-small",
        "embedder",
        "intfloat/multilingual-e5-small",
        "fd1525a9fd15316a2d503bf26ab031a61d056e98",
        "MIT",
        size=493,
        context=512,
        dimension=384,
        pooling="mean",
        **_E5,
    ),
    Entry(
        "multilingual-e5-base",
        "embedder",
        "intfloat/multilingual-e5-base",
        "d13f1b27baf31030b7fd040960d60d909913633f",
        "MIT",
        size=1_130,
        context=512,
        dimension=768,
        pooling="mean",
        **_E5,
    ),
    Entry(
        "bge-m3",
        "embedder",
        "BAAI/bge-m3",
        "80087bf0b7876bc948d3b5677706633f6c795fa2",
        "MIT",
        size=2_290,
        context=8_192,
        dimension=1_024,
        pooling="cls",
        note="This revision still has its weights as safetensors; later ones have them only as pickle.",
    ),
    Entry(
        "gte-multilingual-base",
        "embedder",
        "alibaba-nlp-community/gte-multilingual-base",
        "main",
        "Apache-2.0",
        size=630,
        context=8_192,
        dimension=768,
        pooling="cls",
        note="Alibaba-NLP/gte-multilingual-base itself brings program code (model type 'new'), which is never run here; this "
        "copy is the same model for the GTE classes that transformers has of its own from version 5.19 on. No fixed revision "
        "is known: a branch can change. The size is the original's.",
    ),
    Entry(
        "Qwen3-Embedding-0.6B",
        "embedder",
        "Qwen/Qwen3-Embedding-0.6B",
        "c54f2e6e80b2d7b7de06f51cec4959f6b3e03418",
        "Apache-2.0",
        size=1_210,
        context=32_768,
        dimension=1_024,
        query_prefix="Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:",
        pooling="lasttoken",
    ),
    Entry(
        "bge-reranker-base",
        "reranker",
        "BAAI/bge-reranker-base",
        "2cfc18c9415c912f9d8155881c133215df768a70",
        "MIT",
        size=1_130,
        context=512,
        note="Chinese and English.",
    ),
    Entry(
        "bge-reranker-v2-m3",
        "reranker",
        "BAAI/bge-reranker-v2-m3",
        "953dc6f6f85a1b2dbfca4c34a2796e7dde08d41e",
        "Apache-2.0",
        size=2_290,
        context=8_192,
    ),
    Entry(
        "mmarco-mMiniLMv2-L12-H384-v1",
        "reranker",
        "cross-encoder/mmarco-mMiniLMv2-L12-H384-v1",
        "1427fd652930e4ba29e8149678df786c240d8825",
        "Apache-2.0",
        size=493,
        context=512,
        note="The smallest.",
    ),
)


def find(name: str) -> Entry | None:
    """The entry of this name, if it is known."""
    return next((entry for entry in CATALOGUE if entry.name == name), None)


def locate(name: str, folder: Path | None) -> Path:
    """Where a model lies: one of the catalogue in ``folder`` under its name, any other where its path says."""
    if folder is not None and find(name):
        return folder / name
    return Path(name).expanduser()
