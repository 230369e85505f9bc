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

LIKE = 0.8
"""The cosine below which two articles are not compared for that."""

COMPARED = 200
"""Articles of a group that one is compared with at most, those just before it."""

SEED = 20260101


def groups(vectors: Floats) -> list[list[int]]:
    """Groups of article numbers, the largest group first. ``vectors``: unit vectors, shape (articles, dimension)."""
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

    means = MiniBatchKMeans(AT_ONCE // 2, init="random", random_state=SEED, n_init=1, batch_size=2048, max_iter=3)
    labels = means.fit_predict(vectors)
    return [own for own in (np.flatnonzero(labels == at).tolist() for at in range(AT_ONCE // 2)) if own]


def _joined(centres: Floats) -> NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering

    clustering = AgglomerativeClustering(None, metric="cosine", linkage="average", distance_threshold=APART)
    return np.asarray(clustering.fit_predict(centres), dtype=np.int64)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def central(vectors: Floats, own: Sequence[int]) -> list[int]:
    """The articles of a group, the one nearest to their mean first."""
    centre = vectors[list(own)].mean(axis=0)
    return sorted(own, key=lambda at: -float(vectors[at] @ centre))


def told_once(articles: Sequence[Article], vectors: Floats) -> list[tuple[Article, list[Article]]]:
    """Each article with the later ones that tell the same news, in the order given. ``vectors``: shape (articles, dimension)."""
    told: list[tuple[int, list[Article]]] = []
    known: dict[int, frozenset[str]] = {}

    def shingles(at: int) -> frozenset[str]:
        if at not in known:
            known[at] = duplicates.shingles(articles[at].text)
        return known[at]

    firsts: list[int] = []
    for at, article in enumerate(articles):
        near = np.flatnonzero(vectors[firsts[-COMPARED:]] @ vectors[at] >= LIKE) if firsts else ()
        candidates = (max(0, len(firsts) - COMPARED) + int(place) for place in near)
        same = next((one for one in candidates if _share(shingles(at), shingles(firsts[one])) >= SAME), None)
        if same is None:
            firsts.append(at)
            told.append((at, []))
        else:
            told[same][1].append(article)
    return [(articles[at], also) for at, also in told]


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
