"""Articles grouped by what they are about, by scikit-learn's clustering of their vectors; the only user of sklearn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index import duplicates
from index.types import Article

Floats = NDArray[np.float32]

APART = 0.5
"""Cosine distance above which two groups stay apart, on average over their articles."""

AT_ONCE = 2000
"""Articles whose distances are all worked out, 16 MB; more are first put into AT_ONCE / 2 small groups by k-means."""

SAME = 0.5
"""The share of the shorter text's five-character shingles above which two articles tell the same news."""

COMPARED = 60
"""Articles of a group that are compared with each other for that."""

SEED = 20260101


def groups(vectors: Floats) -> list[list[int]]:
    """Numbers of the articles that belong together, shape (articles, dimension) of unit vectors, the largest group first."""
    if len(vectors) < 2:
        return [[at] for at in range(len(vectors))]
    small = _small_groups(vectors)
    centres = np.array([_unit(vectors[own].mean(axis=0)) for own in small])
    joined = _joined(centres) if len(centres) > 1 else np.zeros(1, dtype=np.int64)
    found: dict[int, list[int]] = {}
    for own, group in zip(small, joined.tolist(), strict=True):
        found.setdefault(group, []).extend(own)
    return sorted((sorted(own) for own in found.values()), key=lambda own: (-len(own), own[0]))


def _small_groups(vectors: Floats) -> list[list[int]]:
    if len(vectors) <= AT_ONCE:
        return [[at] for at in range(len(vectors))]
    from sklearn.cluster import MiniBatchKMeans

    means = MiniBatchKMeans(AT_ONCE // 2, random_state=SEED, n_init=1, batch_size=4096, max_iter=20)
    labels = means.fit_predict(vectors)
    return [own for own in (np.flatnonzero(labels == at).tolist() for at in range(AT_ONCE // 2)) if own]


def _joined(centres: Floats) -> NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering

    clustering = AgglomerativeClustering(None, metric="cosine", linkage="average", distance_threshold=APART)
    return np.asarray(clustering.fit_predict(centres), dtype=np.int64)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def central(vectors: Floats, own: Sequence[int]) -> list[int]:
    """The articles of a group, the one nearest to all of them first."""
    centre = vectors[list(own)].mean(axis=0)
    return sorted(own, key=lambda at: -float(vectors[at] @ centre))


def told_once(articles: Sequence[Article]) -> list[tuple[Article, list[Article]]]:
    """Articles in order, each with those after it that tell the same news."""
    told: list[tuple[Article, list[Article], frozenset[str]]] = []
    for number, article in enumerate(articles):
        own = duplicates.shingles(article.text) if number < COMPARED else frozenset()
        same = next((one for one in told if own and one[2] and _share(own, one[2]) >= SAME), None)
        if same:
            same[1].append(article)
        else:
            told.append((article, [], own))
    return [(article, also) for article, also, _ in told]


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / min(len(one), len(other))
