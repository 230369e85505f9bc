"""How much of a question each sentence of a passage covers, in its own language word for word, in another by translation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from index.lexical import Translated

SURE = 0.3
"""Probability of the renderings found at which a translated word counts for two thirds: one of several synonyms is enough."""

SEEN = 0.15
"""How surely a translated word must stand in a passage to count as seen."""

Terms = frozenset[str]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in a sentence: the question's vector, and its terms and translated words with what each tells."""

    vector: NDArray[np.float32]
    terms: Mapping[str, float]
    characters: Mapping[str, float] = field(default_factory=dict)
    """Single Han characters and what each tells: 初名 and 名为 share one."""
    translated: Sequence[tuple[Translated, float]] = ()
    _known: dict[bool, Mapping[str, Sequence[tuple[int, float]]]] = field(default_factory=dict, init=False, repr=False)

    @property
    def wanted(self) -> Iterator[str]:
        """All terms that are looked for."""
        renderings = (rendering for word, _ in self.translated for rendering, _ in word.renderings)
        return chain(self.terms, self.characters, *renderings)

    def told(self, *, other: bool) -> NDArray[np.float64]:
        """What each word of the question tells, as shares of the whole, shape (words,)."""
        told = np.array([told for _, told in self.translated] if other else list(self.terms.values()), dtype=np.float64)
        return told / max(float(told.sum()), 1e-9)

    def found(self, texts: Sequence[Terms], *, other: bool) -> NDArray[np.float64]:
        """How surely each word stands in each text, 0 to 1, shape (texts, words)."""
        if other not in self._known:  # a question's passages are all looked at by the same words
            self._known[other] = self._places(other)
        places = self._known[other]
        rows = [[0.0] * (len(self.translated) if other else len(self.terms)) for _ in texts]
        for text, row in zip(texts, rows, strict=True):
            for term in places.keys() & text:
                for word, part in places[term]:
                    row[word] += part
        found = np.array(rows).reshape(len(rows), -1 if rows else 0)
        return np.minimum(_sure(found), 1.0) if other else found

    def _places(self, other: bool) -> Mapping[str, Sequence[tuple[int, float]]]:
        """Term -> the words that it stands for, as numbers, and how likely it makes each."""
        if not other:
            return {term: [(word, 1.0)] for word, term in enumerate(self.terms)}
        places: dict[str, list[tuple[int, float]]] = {}
        for number, (word, _) in enumerate(self.translated):
            for rendering, probability in word.renderings:
                for term in rendering:
                    places.setdefault(term, []).append((number, probability / len(rendering)))
        return places


def seen(word: Translated, text: Terms) -> bool:
    """Whether one of a word's renderings stands in a text, as surely as counts."""
    return _likely(word, text) > SEEN


def _likely(word: Translated, text: Terms) -> float:
    likely = sum(p * sum(term in text for term in rendering) / len(rendering) for rendering, p in word.renderings)
    return min(float(_sure(np.float64(likely))), 1.0)


def _sure(likely: NDArray[np.float64] | np.float64) -> NDArray[np.float64] | np.float64:
    """One of several synonyms is enough: the probability of what was found, raised."""
    return likely * (1 + SURE) / (likely + SURE)


def share(told: Mapping[str, float], text: Terms) -> float:
    """The share of what the terms tell that stands in a text, 0 to 1."""
    total = sum(told.values())
    return sum([weight for term, weight in told.items() if term in text]) / total if total else 0.0


def coverage(
    sought: Sought, passages: Sequence[tuple[Terms, Sequence[Terms]]], *, other: bool
) -> list[list[dict[str, float]]]:
    """For each sentence of each passage, which is given by what stands above it and its sentences, the shares of the question, 0 to 1,
    that stand

    - ``characters``: in it, of the question's single characters;
    - ``since``: in it or in the one before it;
    - ``around``: in it, in the one before or after it, or above (title and heading);
    - ``topped``: in it, in the first sentence of the passage, or above: what the passage is about need not be said again;
    - ``fresh``: in it, words that few sentences of the passage hold counting most (inverse sentence frequency);
    - ``within``: anywhere in the passage;
    - ``words``: anywhere in the passage or above, each word counting the same.
    """
    sizes = np.array([len(sentences) for _, sentences in passages if sentences], dtype=np.int64)
    if not len(sizes):
        return [[] for _ in passages]
    told = sought.told(other=other)
    held = [(above, sentences) for above, sentences in passages if sentences]
    found = sought.found([*(above for above, _ in held), *(one for _, own in held for one in own)], other=other)
    top, rows = found[: len(held)], found[len(held) :]
    owner, ends = np.repeat(np.arange(len(held)), sizes), np.cumsum(sizes)
    first, at = ends - sizes, np.arange(len(rows))
    before, after = rows[np.maximum(at - 1, first[owner])], rows[np.minimum(at + 1, ends[owner] - 1)]
    fresh = told * np.log1p(sizes[:, None] / (np.add.reduceat(rows, first) + top + 0.5))
    fresh /= np.maximum(fresh.sum(axis=1, keepdims=True), 1e-9)
    whole = np.maximum(np.maximum.reduceat(rows, first), top)
    shares = {
        "since": np.maximum(rows, before) @ told,
        "around": np.maximum.reduce([rows, before, after, top[owner]]) @ told,
        "topped": np.maximum(rows, np.maximum(rows[first], top)[owner]) @ told,
        "fresh": (rows * fresh[owner]).sum(axis=1),
        "within": (whole @ told)[owner],
        "words": (whole > SEEN).mean(axis=1)[owner] if whole.size else np.zeros(len(rows)),
    }
    shown = iter(np.stack([*shares.values()], axis=1).tolist())
    return [
        [
            {"characters": share(sought.characters, sentence), **dict(zip(shares, next(shown), strict=True))}
            for sentence in sentences
        ]
        for _, sentences in passages
    ]
