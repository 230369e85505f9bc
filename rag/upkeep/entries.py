"""Articles -> entries of the library: cut into passages, their sentences and wholes embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from index import packing, passages
from index.store import Entry, Unit
from index.types import Article, Passage
from models import Embedder, Parted

Said = tuple[str, ...]
"""What stands above a passage and its sentences."""

Vectors = Mapping[Said, packing.Packed]
"""The vectors of each passage that was embedded before, as they were stored: they are not to change from edit to edit."""


def entry(article: Article, embedder: Embedder, known: Vectors | None = None) -> Entry:
    """An article cut into passages, their sentences and wholes embedded, ready for the library.

    ``known`` holds the vectors of passages that need not be embedded again.
    """
    return next(entries([article], embedder, known))


def entries(articles: Sequence[Article], embedder: Embedder, known: Vectors | None = None) -> Iterator[Entry]:
    """An entry for each article; all that is new in them is embedded together."""
    cut = [passages.cut(article) for article in articles]
    texts = [[parted(article, passage) for passage in own] for article, own in zip(articles, cut, strict=True)]
    vectors = _packed([text for own in texts for text in own], embedder, known or {})
    at = 0
    for article, own, said in zip(articles, cut, texts, strict=True):
        units = [unit for passage, text in zip(own, said, strict=True) for unit in _units(passage, text)]
        yield Entry(article, own, units, vectors[at : at + len(units)])
        at += len(units)


def _packed(texts: Sequence[Parted], embedder: Embedder, known: Vectors) -> packing.Packed:
    """The vectors of all texts, text after text, those that are known from there."""
    said = [_said(text) for text in texts] if known else [()] * len(texts)
    made = embedder.embed_parts([text for text, one in zip(texts, said, strict=True) if one not in known])
    new = packing.pack(np.concatenate([np.empty((0, embedder.dimension), dtype=np.float32), *made]))
    if not known:
        return new
    fresh = iter(np.split(new, np.cumsum([len(own) for own in made])))
    return np.concatenate([new[:0], *(known[one] if one in known else next(fresh) for one in said)])


def parted(article: Article, passage: Passage) -> Parted:
    """What is embedded of a passage: its sentences, with the article's title above them, as sentences rarely name their subject."""
    above = "\n".join(part for part in (article.title, passage.heading) if part)
    return Parted(above, article.text, tuple(passages.sentences(article.text, passage.start, passage.end)))


def _said(text: Parted) -> Said:
    """What a passage's vectors depend on."""
    return text.above, *(text.text[start:end] for start, end in text.parts)


def _units(passage: Passage, text: Parted) -> Iterator[Unit]:
    """Each sentence and, where there are several, the whole passage."""
    for start, end in text.parts:
        yield Unit(passage.ordinal, start, end)
    if len(text.parts) > 1:
        yield Unit(passage.ordinal, passage.start, passage.end)


def vectors_of(entries: Iterable[Entry]) -> dict[Said, packing.Packed]:
    """The vectors of passages that were embedded before, to be used again. A passage whose sentences would now be cut elsewhere
    is left out."""
    found = {}
    for made in entries:
        at = 0
        for passage in made.passages:
            text = parted(made.article, passage)
            units = [*_units(passage, text)]
            if made.units[at : at + len(units)] == units:
                found[_said(text)] = packing.pack(made.vectors)[at : at + len(units)]
            at += sum(unit.passage == passage.ordinal for unit in made.units)
    return found
