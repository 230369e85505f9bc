"""After training: directions in which all texts vary much are shrunk, so that the others tell texts apart too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.embedder import damped, unit
from models.training.corpus import Bags, Corpus

POWER = 0.25
"""Exponent of the covariance's eigenvalues that the vectors are divided by: 0 changes nothing, a half whitens fully."""

PAIRS = 6_000
MIN_TOKENS = 16
"""Pairs of prose that the covariance is taken of, and how many English tokens the shortest has."""

SMALLEST = 1e-4
"""Eigenvalues below this share of the largest count as this share."""


def _vectors(rows: NDArray[np.float32], side: Bags, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    lengths = side.lengths[chosen]
    ids, lengths, factors = damped(side.gather(side.starts[chosen], lengths), lengths)
    sums: NDArray[np.float32] = np.add.reduceat(rows[ids] * factors[:, None], np.cumsum(lengths) - lengths, axis=0)
    return unit(sums)


def whitened(rows: NDArray[np.float32], corpus: Corpus, seed: int, power: float = POWER) -> NDArray[np.float32]:
    """The token vectors, partly whitened by the second moments of prose in both languages.

    Whitening: Su et al. 2021, Whitening Sentence Representations for Better Semantics and Faster Retrieval. As it is
    linear, it goes into the table. Without prose of that length the vectors stay as they are.
    """
    found = np.flatnonzero(corpus.prose[corpus.source] & (corpus.english.lengths >= MIN_TOKENS))
    if not len(found):
        return rows
    chosen = np.random.default_rng(seed).permutation(found)[:PAIRS]
    texts = np.concatenate([_vectors(rows, side, chosen) for side in corpus.sides])
    values, basis = np.linalg.eigh(texts.T @ texts / len(texts))
    factors = np.maximum(values, values.max() * SMALLEST) ** -power
    turned: NDArray[np.float32] = rows @ (basis * factors @ basis.T).astype(np.float32)
    return turned
