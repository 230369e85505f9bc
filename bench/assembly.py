"""Articles put together from sentences whose vectors are known: a million passages without embedding a million."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.library import Entry, Unit
from index.types import Article, Passage
from models import Embedder

PASSAGES_AN_ARTICLE = 10
LENGTH = {"zh": 460, "en": 690}
"""Characters that a passage has at least."""

SHORTEST = {"zh": 15, "en": 30}
"""Characters of a sentence: with these a passage has about 9 units, as one of the news has."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pool:
    """Sentences of one language with what the library would hold of each."""

    language: str
    texts: tuple[str, ...]
    vectors: Floats
    """Of each sentence alone, the longer ones longer: a text's vector is nearly the sum of its sentences'."""


def pool(sentences: Sequence[str], language: str, embedder: Embedder, most: int) -> Pool:
    """Embed up to ``most`` sentences, each with its full stop."""
    end = {"zh": "。", "en": "."}[language]
    fitting = [text if text[-1] in ".!?。！？" else text + end for text in sentences if len(text) >= SHORTEST[language]]
    texts = fitting[:: max(1, len(fitting) // most)][:most]
    lengths = np.sqrt([len(text) for text in texts]).astype(np.float32)
    return Pool(language, tuple(texts), embedder.embed_passages(texts) * lengths[:, None])


def articles(pools: Sequence[Pool], passages: int, seed: int = 0) -> Iterator[Entry]:
    """Articles of PASSAGES_AN_ARTICLE passages, of each pool in turn, with ``passages`` in all."""
    chance = random.Random(seed)
    for number, start in enumerate(range(0, passages, PASSAGES_AN_ARTICLE)):
        yield _article(pools[number % len(pools)], number, min(PASSAGES_AN_ARTICLE, passages - start), chance)


def _article(held: Pool, number: int, passages: int, chance: random.Random) -> Entry:
    name = f"made-{number}"
    top = chance.randrange(len(held.texts))
    text, cut, units, vectors = "", [], [], []
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
        vectors.append(_vectors(held.vectors[top], held.vectors[drawn]))
    date = f"{2015 + number % 11}-{1 + number % 12:02}-01"
    file = f"/made/{number // 100}.txt"
    article = Article(name, held.texts[top], text, date, "made", "", file, held.language, str(number))
    return Entry(article, cut, units, np.concatenate(vectors))


def _units(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each sentence, and all of them."""
    return [*spans, *([(spans[0][0], spans[-1][1])] if len(spans) > 1 else [])]


def _vectors(title: Floats, sentences: Floats) -> Floats:
    """The vectors of the same units, the title before each."""
    parts = [sentences]
    if len(sentences) > 1:
        parts.append(sentences.sum(axis=0, keepdims=True))
    whole = np.concatenate(parts) + title
    unit: Floats = whole / np.linalg.norm(whole, axis=1, keepdims=True)
    return unit
