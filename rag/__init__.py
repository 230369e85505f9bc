"""Answers questions from your own articles, each sentence with the passage behind it: `from rag import Assistant, ingest`.

Joins the two packages below: question -> passages -> checked, cited answer.

question -> search (index) -> Hits -> evidence: ranked sentences -> reading -> refusal? -> quoting -> Answer
with a writer, instead of quoting: material: numbered lines -> prompt -> model -> drafting: sentences -> checking -> Answer
paths -> ingest: readers, digest, passages (index) + embedder (models) -> library (index)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.filters import Filters as Filters
    from index.types import Article as Article
    from index.types import Hit as Hit
    from index.types import Passage as Passage
    from rag.assistant import Assistant as Assistant
    from rag.reply import Reply as Reply
    from rag.settings import Settings as Settings
    from rag.settings import load_settings as load_settings
    from rag.types import Answer as Answer
    from rag.types import Citation as Citation
    from rag.types import Sentence as Sentence
    from rag.upkeep.ingest import Report as Report
    from rag.upkeep.ingest import ingest as ingest
    from yinju import YinjuError as YinjuError

# Imported when it is first asked for: numpy and what else a name needs is nothing for `yinju --help` to wait for.
_PLACES = {
    "Answer": "rag.types",
    "Article": "index.types",
    "Assistant": "rag.assistant",
    "Citation": "rag.types",
    "Filters": "index.filters",
    "Hit": "index.types",
    "Passage": "index.types",
    "Reply": "rag.reply",
    "Report": "rag.upkeep.ingest",
    "Sentence": "rag.types",
    "Settings": "rag.settings",
    "YinjuError": "yinju",
    "ingest": "rag.upkeep.ingest",
    "load_settings": "rag.settings",
}

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "Filters",
    "Hit",
    "Passage",
    "Reply",
    "Report",
    "Sentence",
    "Settings",
    "YinjuError",
    "ingest",
    "load_settings",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
