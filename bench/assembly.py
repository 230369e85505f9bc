"""Articles put together from sentences whose vectors and terms are known: a million passages without embedding a million."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.library import Entry, Unit
from index.types import Article, Passage
from models import Embedder

PASSAGES_AN_ARTICLE = 10
LENGTH = {"zh": 460, "en": 690}
"""Characters that a passage has at least."""

SHORTEST = {"zh": 15, "en": 30}
"""Characters of a sentence: with these a passage has about 15 units, as one of the news has."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pool:
    """Sentences of one language with what the library would hold of each."""

    language: str
    texts: tuple[str, ...]
    vectors: Floats
    """Of each sentence alone, the longer ones longer: a text's vector is nearly the sum of its sentences'."""
    terms: tuple[NDArray[np.int64], ...]


def pool(sentences: Sequence[str], language: str, embedder: Embedder, most: int) -> Pool:
    """Embed and pack up to ``most`` sentences, each with its full stop."""
    end = {"zh": "。", "en": "."}[language]
    fitting = [text if text[-1] in ".!?。！？" else text + end for text in sentences if len(text) >= SHORTEST[language]]
    texts = fitting[:: max(1, len(fitting) // most)][:most]
    lengths = np.sqrt([len(text) for text in texts]).astype(np.float32)
    packed = tuple(np.frombuffer(lexical.pack(text), dtype="<i8").reshape(-1, 2) for text in texts)
    return Pool(language, tuple(texts), embedder.embed_passages(texts) * lengths[:, None], packed)


def articles(pools: Sequence[Pool], passages: int, seed: int = 0) -> Iterator[Entry]:
    """Articles of PASSAGES_AN_ARTICLE passages, of each pool in turn, with ``passages`` in all."""
    chance = random.Random(seed)
    for number, start in enumerate(range(0, passages, PASSAGES_AN_ARTICLE)):
        yield _article(pools[number % len(pools)], number, min(PASSAGES_AN_ARTICLE, passages - start), chance)


def _article(held: Pool, number: int, passages: int, chance: random.Random) -> Entry:
    name = f"made-{number}"
    top = chance.randrange(len(held.texts))
    text, cut, units, terms, vectors = "", [], [], [], []
    for ordinal in range(passages):
        text += "\n\n" if text else ""
        start = len(text)
        drawn: list[int] = []
        spans: list[tuple[int, int]] = []
        while len(text) - start < LENGTH[held.language]:
            drawn.append(chance.randrange(len(held.texts)))
            text += " " if spans and held.language == "en" else ""
            spans.append((len(text), len(text) + len(held.texts[drawn[-1]])))
            text += held.texts[drawn[-1]]
        cut.append(Passage(f"{name}-{ordinal}", name, ordinal, start, len(text), text[start:]))
        units += [Unit(ordinal, *span) for span in _units(spans)]
        terms.append(_joined([held.terms[at] for at in (top, *drawn)]))
        vectors.append(_vectors(held.vectors[top], held.vectors[drawn]))
    date = f"{2015 + number % 11}-{1 + number % 12:02}-01"
    file = f"/made/{number // 100}.txt"
    article = Article(name, held.texts[top], text, date, "made", "", file, held.language, str(number))
    return Entry(article, cut, terms, units, np.concatenate(vectors))


def _units(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each sentence, each two neighbours, and all of them."""
    pairs = [(start, end) for (start, _), (_, end) in zip(spans, spans[1:], strict=False)] if len(spans) > 2 else []
    return [*spans, *pairs, *([(spans[0][0], spans[-1][1])] if len(spans) > 1 else [])]


def _vectors(title: Floats, sentences: Floats) -> Floats:
    """The vectors of the same units, the title before each."""
    parts = [sentences]
    if len(sentences) > 2:
        parts.append(sentences[:-1] + sentences[1:])
    if len(sentences) > 1:
        parts.append(sentences.sum(axis=0, keepdims=True))
    whole = np.concatenate(parts) + title
    unit: Floats = whole / np.linalg.norm(whole, axis=1, keepdims=True)
    return unit


def _joined(tables: Sequence[NDArray[np.int64]]) -> bytes:
    """The packed terms of texts one behind the other."""
    both = np.concatenate(tables)
    ids, at = np.unique(both[:, 0], return_inverse=True)
    counts = np.bincount(at, weights=both[:, 1]).astype("<i8")
    return np.stack([ids, counts], axis=1).astype("<i8").tobytes()
