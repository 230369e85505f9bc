"""Questions and the passages they are of: neighbouring lines joined, some words of them asked, their neighbours against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.corpus import Bags, Corpus, Tokens

MAX_LINES = 4
MIN_TOKENS, MAX_TOKENS = 12, 200
"""A passage is one to four lines of a document, so many English tokens long; of a longer line its beginning."""

RUN = 32
"""Passages that follow each other in one source: they speak of one thing, as the paragraphs of an article do."""

STRETCH = (6, 24)
"""Fewest and most tokens of the stretch that a question's words are taken from."""

RARE = 3e-4
"""A token of this share of the text or less is always asked for; of a commoner one, the root of the ratio is the chance."""

ASKING = 80
MAX_ASKING = 3
"""How many tokens are taken as those that only say that something is asked, and how many a question has at most."""

WITHIN = 0.33
WHOLE = 0.3
DROPPED = 0.3
"""Share of batches within one language; of those across, share with whole passages on both sides;
share of a passage's tokens left out within a language, so that a question must do without its very words."""


@dataclass(frozen=True, slots=True)
class Asking:
    """For each token the chance to be asked for; for each language common tokens of questions, and how common each is."""

    kept: NDArray[np.float64]
    common: tuple[NDArray[np.int64], ...]
    shares: tuple[NDArray[np.float64], ...]


def asking(corpus: Corpus, marks: Sequence[int], vocabulary: int) -> Asking:
    """Counted on the corpus; a question is a line whose last token is one of `marks`."""
    counts = sum(np.bincount(side.ids, minlength=vocabulary) for side in corpus.sides)
    share = counts / np.sum(counts)
    asked = [_counts_in_questions(side, marks, vocabulary) for side in corpus.sides]
    common = tuple(np.argsort(-counts, kind="stable")[:ASKING] for counts in asked)
    shares = tuple(counts[tokens] / counts[tokens].sum() for counts, tokens in zip(asked, common, strict=True))
    return Asking(np.minimum(1, np.sqrt(RARE / (share + 1e-12))), common, shares)


def _counts_in_questions(side: Bags, marks: Sequence[int], vocabulary: int) -> NDArray[np.int64]:
    asked = np.flatnonzero(
        np.isin(side.ids[side.starts + side.lengths - 1], list(marks)) & (side.lengths <= STRETCH[1])
    )
    tokens = side.gather(side.starts[asked], side.lengths[asked]) if len(asked) else np.zeros(0, dtype=np.int64)
    return 1 + np.bincount(tokens, minlength=vocabulary)


def _passages(lengths: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.int64]:
    """First and last line of passages that follow each other, for the lines' token counts."""
    found = []
    wanted = chance.integers(1, MAX_LINES + 1, len(lengths))
    start = 0
    while start < len(lengths):
        end, tokens = start + 1, int(lengths[start])
        while end < min(len(lengths), start + wanted[start]) and tokens + lengths[end] <= MAX_TOKENS:
            tokens += int(lengths[end])
            end += 1
        if tokens >= MIN_TOKENS:
            found.append((start, end - 1))
        start = end
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _runs(corpus: Corpus, number: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """Runs of a source, in random order: (runs, RUN, first and last line)."""
    lines = np.flatnonzero(corpus.source == number)
    passages = lines[_passages(corpus.english.lengths[lines], chance)]
    count = len(passages) // RUN
    skipped = int(chance.integers(len(passages) - count * RUN + 1))
    runs = passages[skipped : skipped + count * RUN].reshape(-1, RUN, 2)
    return chance.permutation(runs)[: corpus.runs[number]]


def batches(corpus: Corpus, size: int, chance: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Passages, `size` a batch, as first and last line: runs of one source, what is left over mixed. Without end,
    unless the corpus has no run."""
    together = max(1, size // RUN)
    whole: list[NDArray[np.int64]] = [np.zeros((0, 2), dtype=np.int64)] * bool(corpus.runs.any())
    while whole:
        whole, rest = [], []
        for number in np.flatnonzero(corpus.runs):
            runs = _runs(corpus, int(number), chance)
            cut = len(runs) // together * together
            whole += list(runs[:cut].reshape(-1, together * RUN, 2))
            rest.append(runs[cut:])
        left = chance.permutation(np.concatenate(rest))
        whole += [left[i : i + together].reshape(-1, 2) for i in range(0, len(left), together)]
        yield from (whole[index] for index in chance.permutation(len(whole)))


def _span(side: Bags, passages: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    starts = side.starts[passages[:, 0]]
    ends = side.starts[passages[:, 1]] + side.lengths[passages[:, 1]]
    return starts, np.minimum(ends - starts, MAX_TOKENS)


def _thinned(tokens: Tokens, kept: NDArray[np.bool_]) -> Tokens:
    """The tokens that are kept, and how many each text has left."""
    ids, lengths = tokens
    owner = np.repeat(np.arange(len(lengths)), lengths)[kept]
    return ids[kept], np.bincount(owner, minlength=len(lengths))


def _passage(side: Bags, passages: NDArray[np.int64]) -> Tokens:
    starts, lengths = _span(side, passages)
    return side.gather(starts, lengths), lengths


def _question(
    corpus: Corpus, language: int, passages: NDArray[np.int64], asking: Asking, chance: np.random.Generator
) -> Tokens:
    """Of a stretch of each passage the tokens that tell most, and some that only ask."""
    side = corpus.sides[language]
    starts, lengths = _span(side, passages)
    taken = np.minimum(chance.integers(STRETCH[0], STRETCH[1] + 1, len(passages)), lengths)
    ids = side.gather(starts + (chance.random(len(passages)) * (lengths - taken + 1)).astype(np.int64), taken)
    ids, taken = _thinned((ids, taken), chance.random(len(ids)) < asking.kept[ids])
    added = chance.integers(0, MAX_ASKING + 1, len(passages))
    words = chance.choice(asking.common[language], added.sum(), p=asking.shares[language])
    owner = np.repeat(np.tile(np.arange(len(passages)), 2), np.concatenate([taken, added]))
    return np.concatenate([ids, words])[np.argsort(owner, kind="stable")], taken + added


def texts(
    corpus: Corpus, passages: NDArray[np.int64], asking: Asking, chance: np.random.Generator
) -> tuple[Tokens, Tokens]:
    """Questions and their passages, in languages drawn for the whole batch."""
    asked = int(chance.integers(2))
    if chance.random() < WITHIN:
        passage = _passage(corpus.sides[asked], passages)
        passage = _thinned(passage, chance.random(len(passage[0])) >= DROPPED)
        return _question(corpus, asked, passages, asking, chance), passage
    passage = _passage(corpus.sides[1 - asked], passages)
    if chance.random() < WHOLE:
        return _passage(corpus.sides[asked], passages), passage
    return _question(corpus, asked, passages, asking, chance), passage
