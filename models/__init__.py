"""What computes: embedders (and later language models). Speaks only str and arrays; knows nothing of articles.

Nothing heavy is imported until :func:`load_embedder` is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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


class ModelError(ValueError):
    """A model cannot be loaded; the message names the folder and the cure."""


def load_embedder(name: str = BUNDLED) -> Embedder:
    """The bundled embedder, or a sentence-transformers model from a local folder. Raises :class:`ModelError`."""
    from models import embedder

    if name == BUNDLED:
        return embedder.StaticEmbedder(Path(__file__).parent / "bundled" / "embedder", name=BUNDLED)
    return embedder.TransformerEmbedder(Path(name))
