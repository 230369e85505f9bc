"""Which word translates which in sentence pairs: aligned by eflomal, counted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ONE_WAY = 0.25
"""Weight of a link that only one direction of the alignment draws; one that both draw weighs 1."""

DISCOUNT = 0.4
"""Taken off every count (absolute discounting): a pair of words linked once in one direction is chance."""

MODEL = 3
"""IBM model 1, hidden Markov model and fertility in turn."""

LENGTH = 0.5
"""Share of eflomal's usual number of sampling rounds."""

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Links:
    """Linked words: entry i says that english[i] and chinese[i] (numbers into the vocabularies) were linked, with both
    conditional probabilities."""

    english_words: list[str]
    chinese_words: list[str]
    english: NDArray[np.int64]
    chinese: NDArray[np.int64]
    chinese_given_english: NDArray[np.float64]
    english_given_chinese: NDArray[np.float64]


def align(pairs: Iterable[tuple[Words, Words]]) -> Links:
    """Align pairs of word sequences with eflomal (Östling & Tiedemann 2016, Efficient word alignment with MCMC).

    Its sampler draws from the system's chance: counts differ by a hair from run to run. Raises ImportError when it is missing.
    """
    try:
        from eflomal import Aligner
    except ImportError as problem:
        raise ImportError("The lexicon's recipe needs eflomal: pip install eflomal.") from problem
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in ("english", "chinese", "forward", "backward")}
        with (
            paths["english"].open("w", encoding="utf-8") as ours,
            paths["chinese"].open("w", encoding="utf-8") as theirs,
        ):
            for english, chinese in pairs:
                ours.write(" ".join(english) + "\n")
                theirs.write(" ".join(chinese) + "\n")
        with paths["english"].open(encoding="utf-8") as ours, paths["chinese"].open(encoding="utf-8") as theirs:
            Aligner(model=MODEL, rel_iterations=LENGTH, n_samplers=1).align(
                ours,
                theirs,
                links_filename_fwd=str(paths["forward"]),
                links_filename_rev=str(paths["backward"]),
                quiet=True,
            )
        return _count(paths)


def _count(paths: dict[str, Path]) -> Links:
    numbers: tuple[dict[str, int], dict[str, int]] = ({}, {})
    english, chinese, weights = [], [], []
    files = [paths[name].open(encoding="utf-8") for name in ("english", "chinese", "forward", "backward")]
    for line, other, forward, backward in zip(*files, strict=True):
        ours = [numbers[0].setdefault(word, len(numbers[0])) for word in line.split()]
        theirs = [numbers[1].setdefault(word, len(numbers[1])) for word in other.split()]
        drawn = set(forward.split()), set(backward.split())
        for link in sorted(drawn[0] | drawn[1]):
            here, there = link.split("-")
            english.append(ours[int(here)])
            chinese.append(theirs[int(there)])
            weights.append(1.0 if link in drawn[0] and link in drawn[1] else ONE_WAY)
    for file in files:
        file.close()
    return _probabilities(numbers, np.array(english), np.array(chinese), np.array(weights))


def _probabilities(
    numbers: tuple[dict[str, int], dict[str, int]],
    english: NDArray[np.int64],
    chinese: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> Links:
    pairs, place = np.unique(english * len(numbers[1]) + chinese, return_inverse=True)
    counts = np.bincount(place, weights)
    ours, theirs = pairs // len(numbers[1]), pairs % len(numbers[1])
    totals = np.bincount(ours, counts), np.bincount(theirs, counts)
    kept = np.maximum(counts - DISCOUNT, 0)
    real = kept > 0
    return Links(
        list(numbers[0]),
        list(numbers[1]),
        ours[real],
        theirs[real],
        (kept / totals[0][ours])[real],
        (kept / totals[1][theirs])[real],
    )
