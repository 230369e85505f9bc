"""What computes: embedders, rerankers (and later language models). Speaks only str and arrays; knows nothing of articles.

Nothing heavy is imported until :func:`load_embedder` or :func:`load_reranker` is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.lexicon import Lexicon

BUNDLED = "bundled"
"""Name of the embedder that comes with the installation."""


class Embedder(Protocol):
    """Turns text into unit vectors: float32, shape (number of texts, dimension)."""

    name: str
    revision: str
    dimension: int
    passage_prefix: str
    query_prefix: str

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class Reranker(Protocol):
    """Says how well each text answers a question, reading the two together: float32, shape (number of texts,), 0 to 1."""

    name: str

    @property
    def revision(self) -> str: ...

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]: ...


class ModelError(ValueError):
    """A model cannot be loaded; the message names the folder and the cure."""


def bundled_folder() -> Path:
    """Where the embedder lies that comes with the installation."""
    return Path(__file__).parent / "bundled" / "embedder"


def load_embedder(name: str = BUNDLED, folder: Path | None = None) -> Embedder:
    """The bundled embedder, one of the catalogue by its name, or any sentence-transformers model by its folder.

    ``folder`` holds the catalogue's models, each in a folder of its name. Raises :class:`ModelError`.
    """
    from models import catalogue, embedder

    if name == BUNDLED:
        return embedder.StaticEmbedder(bundled_folder(), name=BUNDLED)
    return embedder.TransformerEmbedder(catalogue.locate(name, folder))


def load_reranker(name: str, folder: Path | None = None) -> Reranker:
    """A reranker of the catalogue by its name, or any cross-encoder by its folder. Raises :class:`ModelError`."""
    from models import catalogue, reranker

    return reranker.CrossEncoderReranker(catalogue.locate(name, folder))


@cache
def load_lexicon() -> Lexicon:
    """The bundled lexicon, opened once. Raises :class:`ModelError`."""
    from models.lexicon import Lexicon

    return Lexicon()
