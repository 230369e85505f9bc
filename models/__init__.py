"""What computes: embedders, rerankers and language models. Speaks only str and arrays; knows nothing of articles.

Nothing heavy is imported until one of the functions that load is called.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from yinju import YinjuError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.lexicon import Lexicon

BUNDLED = "bundled"
"""Name of the embedder that comes with the installation."""


@dataclass(frozen=True, slots=True)
class Parted:
    """A text that is embedded in parts: ``text[start:end]`` each, in order. What stands above it counts for every part."""

    above: str
    text: str
    parts: tuple[tuple[int, int], ...]


class Embedder(Protocol):
    """Turns text into unit vectors: float32, shape (number of texts, dimension)."""

    name: str
    revision: str
    dimension: int
    passage_prefix: str
    query_prefix: str

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def embed_parts(self, texts: Sequence[Parted]) -> list[NDArray[np.float32]]:
        """Of each text its parts and, where it has several, the whole behind them: shape (vectors, dimension)."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of text to read, and the title it stands under, which may name what the text is about."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """Where an answer may stand in a window's text, and how much likelier that is than that nothing answers, in nats."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader says of a window: the log-odds that it answers, and the places of the answer, best first, none overlapping."""

    log_odds: float
    spans: tuple[Span, ...]


class Reader(Protocol):
    """Reads a question and windows of text together."""

    name: str

    def read(self, question: str, windows: Sequence[Window]) -> list[Read]: ...


class Reranker(Protocol):
    """Says how well each text answers a question, reading the two together: float32, shape (number of texts,), 0 to 1."""

    name: str

    @property
    def revision(self) -> str: ...

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]: ...


Message = Mapping[str, str]
"""{"role": "system" | "user" | "assistant", "content": ...}"""


class LanguageModel(Protocol):
    """A writer. May be called from any thread; generations wait for each other in the order asked.

    It writes the most probable token each time, so that the same messages give the same answer.
    """

    name: str

    context: int
    """Tokens it holds: the conversation and the answer together."""

    def count(self, text: str) -> int:
        """How many tokens a text has."""

    def count_chat(self, messages: Sequence[Message]) -> int:
        """How many tokens the conversation has as the model reads it, with the opening of the answer."""

    def chat(
        self, messages: Sequence[Message], *, most: int, grammar: str = "", cancel: threading.Event | None = None
    ) -> Iterator[str]:
        """The answer in pieces, at most ``most`` tokens, held to a GBNF ``grammar`` where one is given and the model
        can; ends within a token of ``cancel``. Raises :class:`ModelError`, before the first piece where it can be known."""

    def log_odds(self, messages: Sequence[Message], yes: str, no: str) -> float:
        """log P(``yes``) - log P(``no``), in nats, of the first token of the answer. Raises :class:`ModelError`."""

    def warm(self, messages: Sequence[Message] = ()) -> None:
        """Reads the weights and the messages now, so that a chat which begins with them starts sooner."""

    def close(self) -> None:
        """Ends what is running and gives the memory back."""


class ModelError(YinjuError):
    """A model cannot be loaded; the message names the folder and the cure."""


def bundled_folder() -> Path:
    """Where the embedder lies that comes with the installation."""
    return Path(__file__).parent / "bundled" / "embedder"


def load_embedder(name: str = BUNDLED, folder: Path | None = None) -> Embedder:
    """The bundled embedder, one of the catalogue by its name, or any sentence-transformers model by its folder.

    ``folder`` holds the catalogue's models, each in a folder of its name. Raises :class:`ModelError`.
    """
    if name == BUNDLED:
        return _bundled(bundled_folder())
    from models import catalogue, embedder

    return embedder.TransformerEmbedder(catalogue.locate(name, folder))


@cache
def _bundled(folder: Path) -> Embedder:
    """Loaded once, in 0.4 s of a core: it may be used in threads, and whoever opens a library needs the same."""
    from models.embedder import StaticEmbedder

    return StaticEmbedder(folder, name=BUNDLED)


def load_reranker(name: str, folder: Path | None = None) -> Reranker:
    """A reranker of the catalogue by its name, or any cross-encoder by its folder. Raises :class:`ModelError`."""
    from models import catalogue, reranker

    return reranker.CrossEncoderReranker(catalogue.locate(name, folder))


def load_llm(
    name: str,
    folder: Path | None = None,
    *,
    context: int = 0,
    threads: int = 0,
    elsewhere: bool = False,
    at_once: int = 1,
    seconds: float = 600.0,
    key: str = "",
) -> LanguageModel:
    """A writer: one of the catalogue by its name, a GGUF file by its path, or a server as ``http://127.0.0.1:PORT/v1``,
    with ``#MODEL`` where it has several.

    ``folder`` holds the catalogue's models. ``context`` is the room to make in tokens and ``threads`` how many compute; 0
    leaves both to the model and the machine. ``elsewhere`` allows a server on another machine, which is for the person to
    decide and nobody else; ``at_once``, ``seconds`` and ``key`` are for servers, see :class:`models.server.ServedModel`. Raises
    :class:`ModelError` naming the file or the address, and the cure.
    """
    if name.startswith(("http://", "https://")):
        from models.server import ServedModel

        return ServedModel(name, context=context, elsewhere=elsewhere, at_once=at_once, seconds=seconds, key=key)
    from models import files
    from models.llm.local import LocalModel

    return LocalModel(files.gguf(name, folder), context=context, threads=threads, folder=folder)


@cache
def load_reader() -> Reader:
    """The bundled reader, loaded once. Raises :class:`ModelError`."""
    from models.reader import BundledReader

    return BundledReader()


@cache
def load_lexicon() -> Lexicon:
    """The bundled lexicon, opened once. Raises :class:`ModelError`."""
    from models.lexicon import Lexicon

    return Lexicon()
