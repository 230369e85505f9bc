"""Embedders from local folders: token tables read with numpy alone, and transformers through sentence-transformers."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models import ModelError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MAX_CHARS = 32_768
"""Longer texts are embedded by their beginning: a bound on time and memory, far beyond any passage."""

CHUNK_TOKENS = 65_536
"""Token rows gathered at once: 64 MiB at 256 dimensions."""

TEXTS_A_BATCH = 1_024

CURE = "Install Yinju again, or name the folder of a complete sentence-transformers model."


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows at length one; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-12))
    return scaled


def _bag_sums(table: NDArray[Any], bags: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """For each bag of row numbers the sum of those rows; an empty bag sums to zero."""
    sums = np.zeros((len(bags), table.shape[1]), dtype=np.float32)
    lengths = np.array([len(bag) for bag in bags], dtype=np.int64)
    filled = np.flatnonzero(lengths)
    if not len(filled):
        return sums
    lengths = lengths[filled]
    rows = np.fromiter(itertools.chain.from_iterable(bags), dtype=np.int64, count=int(lengths.sum()))
    starts = np.cumsum(lengths) - lengths
    sums[filled] = np.add.reduceat(table[rows].astype(np.float32), starts, axis=0)
    return sums


def _chunks(bags: Sequence[Sequence[int]]) -> list[slice]:
    """Stretches of bags that hold about CHUNK_TOKENS tokens each, at least one bag."""
    slices, start, held = [], 0, 0
    for i, bag in enumerate(bags):
        if held and held + len(bag) > CHUNK_TOKENS:
            slices.append(slice(start, i))
            start, held = i, 0
        held += len(bag)
    return [*slices, slice(start, len(bags))]


class StaticEmbedder:
    """A token table: a text is the sum of its tokens' rows, brought to length one. Starts in a fraction of a second."""

    passage_prefix = ""
    query_prefix = ""

    def __init__(self, folder: Path, *, name: str) -> None:
        self.name = name
        part = folder / "0_StaticEmbedding"
        self._table, self._tokenizer, self.revision = _load(part if part.is_dir() else folder)
        self.dimension = int(self._table.shape[1])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text; an empty text has the zero vector."""
        vectors = [np.zeros((0, self.dimension), dtype=np.float32)]
        for start in range(0, len(texts), TEXTS_A_BATCH):
            bags = self._bags([text[:MAX_CHARS] for text in texts[start : start + TEXTS_A_BATCH]])
            vectors += [unit(_bag_sums(self._table, bags[chunk])) for chunk in _chunks(bags)]
        return np.concatenate(vectors)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As passages: the table knows no difference."""
        return self.embed_passages(texts)

    def _bags(self, texts: list[str]) -> list[list[int]]:
        encodings: list[Encoding] = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


def _load(part: Path) -> tuple[NDArray[Any], Tokenizer, str]:
    """Table, tokenizer and revision (short SHA-256 of both files)."""
    from safetensors import SafetensorError
    from safetensors.numpy import load
    from tokenizers import Tokenizer

    weights, words = part / "model.safetensors", part / "tokenizer.json"
    try:
        raw, vocabulary = weights.read_bytes(), words.read_bytes()
    except OSError as problem:
        raise ModelError(f"The embedder in {part} lacks {problem.filename}. {CURE}") from problem
    try:
        table = load(raw)["embedding.weight"]
    except (SafetensorError, KeyError, ValueError) as problem:
        raise ModelError(f"{weights} is damaged ({problem}). {CURE}") from problem
    try:
        tokenizer = Tokenizer.from_buffer(vocabulary)
    except Exception as problem:  # tokenizers raises nothing narrower
        raise ModelError(f"{words} is damaged ({problem}). {CURE}") from problem
    if table.ndim != 2 or tokenizer.get_vocab_size() > len(table):
        raise ModelError(f"{weights} has not one row a token of {words}. {CURE}")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    digest = hashlib.sha256(raw)
    digest.update(vocabulary)
    return table, tokenizer, digest.hexdigest()[:12]


class TransformerEmbedder:
    """Any sentence-transformers model in a local folder, with the prompts its own configuration names."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise ModelError(
                f"{folder} is not a sentence-transformers model (no modules.json, no config.json). "
                "Give the folder of a model that was downloaded whole."
            )
        self.name = folder.name
        self._model = _offline_model(folder)
        prompts = self._model.prompts
        self.query_prefix: str = prompts.get("query") or ""
        self.passage_prefix: str = prompts.get("document") or prompts.get("passage") or ""
        self.dimension = int(self._model.get_embedding_dimension())
        self.revision = _revision(folder)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text, the passage prefix before each."""
        return self._embed(texts, self.passage_prefix)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text, the query prefix before each."""
        return self._embed(texts, self.query_prefix)

    def _embed(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            [text[:MAX_CHARS] for text in texts], prompt=prefix, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def _offline_model(folder: Path) -> Any:
    """The model, read with the hub's clients told to stay offline before they are first imported."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as problem:
        raise ModelError(f"{folder} needs sentence-transformers: pip install sentence-transformers.") from problem
    try:
        return SentenceTransformer(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as problem:  # each kind of model fails in its own way
        raise ModelError(f"{folder} cannot be loaded ({problem}). Download the model again.") from problem


def _revision(folder: Path) -> str:
    """Short SHA-256 of all weight files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted((*folder.rglob("*.safetensors"), *folder.rglob("*.bin"))):
        with path.open("rb") as weights:
            digest.update(hashlib.file_digest(weights, "sha256").digest())
    return digest.hexdigest()[:12]
