"""Models that are known to work: where they come from, how big they are, their licence, prefixes and memory; tables only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Pooling = Literal["", "mean", "cls", "lasttoken"]


CONTEXT = 8_192
"""Tokens that a writer's memory is reckoned with: more than any prompt of Yinju's and its answer."""

COMPUTING = 600
"""MB that llama.cpp sets aside to compute with: 512 rows of as many numbers as the vocabulary has words, up to 510 MB, and a
little more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model as its card describes it. ``size`` is the download in MB, ``context`` counts tokens, ``dimension`` the
    numbers of a vector (0 unless an embedder); ``pooling`` is what the loader does where the folder does not say. A writer
    is one ``file``, known by its SHA-256; ``cache`` is what llama.cpp keeps of a token, in bytes."""

    name: str
    kind: Literal["embedder", "reranker", "writer"]
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
    file: str = ""
    sha256: str = ""
    cache: int = 0

    @property
    def command(self) -> str:
        """What fetches the model, on a machine with network."""
        return f"yinju models pull {self.name}"

    @property
    def memory(self) -> int:
        """MB that a writer needs while it writes: weights, what it keeps of CONTEXT tokens, and room to compute. 0: unknown."""
        return self.size + round(self.cache * CONTEXT / 1e6) + COMPUTING if self.file else 0


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
        query_prefix="query: ",
        passage_prefix="passage: ",
        pooling="mean",
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
        query_prefix="query: ",
        passage_prefix="passage: ",
        pooling="mean",
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
    # The writers: all Q4_K_M, the smallest first. Revision, size and SHA-256 are those that the hub gives for the file;
    # `cache` is layers x key-value heads x (keys + values) x 2 bytes, which the Qwen3.5 models keep in one layer of four
    # (for the 2B of them an upper bound).
    Entry(
        "Qwen2.5-0.5B-Instruct",
        "writer",
        "Qwen/Qwen2.5-0.5B-Instruct-GGUF",
        "9217f5db79a29953eb74d5343926648285ec7e67",
        "Apache-2.0",
        size=491,
        context=32_768,
        note="The smallest; of its size the quote is often the better answer.",
        file="qwen2.5-0.5b-instruct-q4_k_m.gguf",
        sha256="74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db",
        cache=24 * 2 * 128 * 2,
    ),
    Entry(
        "Qwen3-1.7B",
        "writer",
        "unsloth/Qwen3-1.7B-GGUF",
        "d7f544eead698dbd1f15126ef60b45a1e1933222",
        "Apache-2.0",
        size=1_107,
        context=32_768,
        note="Its template can think before it answers, which is switched off. Quantised by Unsloth: Qwen's own is Q8_0 only.",
        file="Qwen3-1.7B-Q4_K_M.gguf",
        sha256="b139949c5bd74937ad8ed8c8cf3d9ffb1e99c866c823204dc42c0d91fa181897",
        cache=28 * 8 * 256 * 2,
    ),
    Entry(
        "Qwen2.5-1.5B-Instruct",
        "writer",
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        "91cad51170dc346986eccefdc2dd33a9da36ead9",
        "Apache-2.0",
        size=1_117,
        context=32_768,
        file="qwen2.5-1.5b-instruct-q4_k_m.gguf",
        sha256="6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        cache=28 * 2 * 256 * 2,
    ),
    Entry(
        "Qwen3.5-2B",
        "writer",
        "unsloth/Qwen3.5-2B-GGUF",
        "f6d5376be1edb4d416d56da11e5397a961aca8ae",
        "Apache-2.0",
        size=1_281,
        context=262_144,
        note="Needs a llama.cpp of 2026. Its template can think, which is switched off. Quantised by Unsloth; the part for pictures is left out.",
        file="Qwen3.5-2B-Q4_K_M.gguf",
        sha256="aaf42c8b7c3cab2bf3d69c355048d4a0ee9973d48f16c731c0520ee914699223",
        cache=24_576,
    ),
    Entry(
        "Qwen3-4B-Instruct-2507",
        "writer",
        "unsloth/Qwen3-4B-Instruct-2507-GGUF",
        "a06e946bb6b655725eafa393f4a9745d460374c9",
        "Apache-2.0",
        size=2_497,
        context=262_144,
        note="Never thinks. Quantised by Unsloth.",
        file="Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        sha256="3605803b982cb64aead44f6c1b2ae36e3acdb41d8e46c8a94c6533bc4c67e597",
        cache=36 * 8 * 256 * 2,
    ),
    Entry(
        "Qwen3.5-4B",
        "writer",
        "unsloth/Qwen3.5-4B-GGUF",
        "e87f176479d0855a907a41277aca2f8ee7a09523",
        "Apache-2.0",
        size=2_741,
        context=262_144,
        note="Needs a llama.cpp of 2026. Its template can think, which is switched off. Quantised by Unsloth; the part for pictures is left out.",
        file="Qwen3.5-4B-Q4_K_M.gguf",
        sha256="00fe7986ff5f6b463e62455821146049db6f9313603938a70800d1fb69ef11a4",
        cache=8 * 4 * 512 * 2,
    ),
)


def find(name: str) -> Entry | None:
    """The entry of this name, if it is known."""
    return next((entry for entry in CATALOGUE if entry.name == name), None)


def recommended(memory: int) -> Entry | None:
    """The writer to take on a machine with so many MB of memory; None where quoting serves it better.

    The biggest that leaves two thirds of the memory to everything else, the page and its browser among it.
    """
    fitting = [entry for entry in CATALOGUE if entry.kind == "writer" and 3 * entry.memory <= memory]
    return max(fitting, key=lambda entry: entry.size, default=None)


def locate(name: str, folder: Path | None) -> Path:
    """Where a model lies: one of the catalogue in ``folder`` under its name, any other where its path says."""
    if folder is not None and find(name):
        return folder / name
    return Path(name).expanduser()
